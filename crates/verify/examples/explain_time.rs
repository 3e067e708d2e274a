//! How long a diagnosis takes, in the worst case: a request of 64 KB that nothing explains.
//!
//! `cargo run --release -p hookgate --example explain_time`. Prints the slowest schemes first: the
//! median and the fastest of 31 runs, in milliseconds, and what the trials cost, in bytes that SHA-256
//! hashes.

#![allow(clippy::disallowed_methods, reason = "it measures time")]

#[cfg(feature = "explain")]
fn main() {
    let mut rows: Vec<(f64, f64, &str, u32, u64)> =
        hookgate::SCHEMES.iter().filter_map(row).collect();
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    println!(
        "{:<20} {:>8} {:>7} {:>10}",
        "scheme", "ms", "trials", "bytes"
    );
    for (time, fastest, name, tried, work) in rows.iter().take(12) {
        println!("{name:<20} {time:>8.3} {fastest:>8.3} {tried:>7} {work:>10}");
    }
}

#[cfg(feature = "explain")]
fn row(scheme: &'static hookgate::Scheme) -> Option<(f64, f64, &'static str, u32, u64)> {
    use hookgate::{Outgoing, Request, Target, Verifier, explain};

    let secrets = [
        "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu",
        "user:0123456789abcdef",
    ];
    let hex = "0123456789abcdef".repeat(4);
    let all = || secrets.iter().copied().chain([hex.as_str()]);
    let secret = all().find(|secret| Verifier::new(scheme, &[secret]).is_ok())?;
    let verifier = Verifier::signing(scheme, &[secret]).ok()?;
    let item = |number: usize| {
        format!(
            r#"{{"id": {number}, "url": "https://a.example/{number}", "note": "caf\u00e9 <é>"}}"#
        )
    };
    let items: Vec<String> = (0..930).map(item).collect();
    let body = format!(
        r#"{{"webhookTimestamp": 1700000000000, "items": [{}]}}"#,
        items.join(", ")
    );
    let outgoing = Outgoing {
        id: "msg_1",
        timestamp: 1_700_000_000,
        event_type: Some("a.b"),
        body: body.as_bytes(),
    };
    let target = Target {
        method: "POST",
        url: "https://example.com/in?a=1",
        content_type: None,
    };
    let mut signed = verifier.sign_request(&outgoing, &target).ok()?;
    signed.body = body.replace("caf", "kaf").into_bytes();
    let headers: Vec<(&str, &[u8])> = signed
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let request = Request {
        method: "POST",
        url: &signed.url,
        headers: &headers,
        body: &signed.body,
    };
    let mut times = Vec::new();
    let mut told = None;
    for _ in 0..31 {
        let start = std::time::Instant::now();
        told = Some(explain(scheme, &[secret], &request, 1_700_000_000, None));
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let told = told?;
    Some((times[15], times[0], scheme.name(), told.tried, told.work))
}

#[cfg(not(feature = "explain"))]
fn main() {}

//! What the ingress does with a request, without the runtime around it: its path and its headers,
//! the verdict, the events of its body, their claims, real inboxes, the log of refusals, and the
//! answer.
//!
//! Four bytes are the operator's choices ([`Choices`]); behind them stands a request as text
//! (`crates/verify/fuzz/src/case.rs`).

mod choices;
// The very storage that the tests run on.
#[allow(dead_code, unused_imports)]
#[path = "../../tests/it/host.rs"]
mod host;
mod ports;
mod refused;
#[allow(dead_code, unused_imports)]
#[path = "../../tests/it/world.rs"]
mod world;

use futures_executor::block_on;
use hookgate::{Outgoing, Received, Reply, Request, Target, Verified, Verifier};
use hookgate_fuzz::{Case, signer};
use hookgate_relay::admission::DedupStore;
use hookgate_relay::admission::events::{Arrived, events};
use hookgate_relay::admission::gate::{Gate, Stopped};
use hookgate_relay::admission::head;
use hookgate_relay::admission::large::fit;
use hookgate_relay::source::{Acknowledgement, Source};

use self::choices::Choices;
use self::ports::{Bucket, Edge};

/// Receives one request. Nothing of it may panic, and what holds for every request is asserted.
pub fn receive(data: &[u8]) {
    let Some((choices, rest)) = Choices::read(data) else {
        return;
    };
    let case = Case::read(rest);
    let path = case.url.split(['?', '#']).next().unwrap_or_default();
    if let Some((_, name)) = path.rsplit_once("/in/")
        && head::is_source_name(name)
    {
        assert!((1..=head::LONGEST_NAME).contains(&name.len()) && !name.contains(['/', '%', '.']));
    }
    let scheme = case.scheme(&[]);
    let source = choices.source(scheme);
    acknowledge(source.acknowledgement.as_ref());
    let as_it_came = Verifier::new(scheme, &[case.secret]).ok();
    if let Some(verifier) = &as_it_came {
        let request = case.request();
        attend(&choices, &source, verifier, &request, case.secret, case.now);
    }
    if let Some(verifier) = signer(scheme) {
        signed_anew(&choices, &source, &verifier, &case);
    }
}

/// The same content under a right signature, so that the road goes on past the verifier.
fn signed_anew(choices: &Choices, source: &Source, verifier: &Verifier, case: &Case<'_>) {
    let find = |wanted: &str| {
        let mut headers = case.headers.iter();
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        core::str::from_utf8(found.1).ok()
    };
    let kind = find("content-type");
    let target = Target {
        method: "POST",
        url: case.url,
        content_type: kind,
    };
    let outgoing = Outgoing {
        id: case.secret,
        timestamp: case.now,
        event_type: Some(case.first()),
        body: case.body,
    };
    let Ok(signed) = verifier.sign_request(&outgoing, &target) else {
        return;
    };
    let own = signed.headers.iter();
    let own = own.map(|(name, value)| (name.as_str(), value.as_bytes()));
    let headers: Vec<(&str, &[u8])> = own.chain(case.headers.iter().copied()).collect();
    let request = Request {
        method: "POST",
        url: &signed.url,
        headers: &headers,
        body: &signed.body,
    };
    let secret = hookgate_fuzz::SECRET;
    attend(choices, source, verifier, &request, secret, case.now);
}

/// As `src/ingest` does, step by step.
fn attend(
    choices: &Choices,
    source: &Source,
    verifier: &Verifier,
    request: &Request<'_>,
    secret: &str,
    now: u64,
) {
    let line = |(name, value): &(&str, &[u8])| {
        let value = String::from_utf8_lossy(value).into_owned();
        (name.to_ascii_lowercase(), value)
    };
    let headers: Vec<(String, String)> = request.headers.iter().map(line).collect();
    if !head::fits(&headers) {
        return;
    }
    let mut lines = headers.iter();
    let content_type = lines.find(|(name, _)| name == "content-type");
    let content_type = content_type.map(|(_, value)| value.clone());
    if !content_type.as_deref().is_none_or(head::takes) {
        return;
    }
    match verifier.receive(request, now) {
        Err(error) if choices.explains => {
            refused::write_down(verifier, request, &headers, &error, secret, now);
        }
        Err(_) => {}
        Ok(Received::Handshake(Reply::Answer { status, body, .. })) => {
            assert!(
                (200..300).contains(&status) && body.len() <= 4096,
                "{status}"
            );
        }
        Ok(Received::Handshake(_)) => {}
        Ok(Received::Event(verified)) => {
            let arrived = Arrived {
                source,
                body_signed: verifier.scheme().covers_body(),
                verified: &verified,
                headers: &headers,
                event_headers: head::event_headers(&headers, verifier.scheme().secret_header())
                    .into(),
                content_type,
                body: request.body,
                received_at: world::START,
                digest: || verifier.content_digest(request),
            };
            admit(choices, source, &verified, arrived);
        }
    }
}

fn admit<D: Fn() -> [u8; 32]>(
    choices: &Choices,
    source: &Source,
    verified: &Verified,
    arrived: Arrived<'_, D>,
) {
    let edge = Edge::new();
    let (whole, mut candidates) = events(arrived, &edge.dice());
    assert!(
        !candidates.is_empty(),
        "a verified request is an event at least"
    );
    assert!(whole.is_none() || !verified.events.is_empty());
    let bucket = choices.has_bucket.then(Bucket::default);
    if block_on(fit(&mut candidates, source, bucket.as_ref())).is_err() {
        assert!(bucket.is_none(), "there was a bucket");
        return;
    }
    let gate = Gate {
        source_id: &source.id,
        dedup: &source.dedup,
        queue: source.queue.as_deref(),
        now: edge.world.now(),
        ports: &edge,
    };
    let count = candidates.len();
    let pass = || block_on(gate.pass(whole.clone(), candidates.clone()));
    match pass() {
        Ok(passed) => {
            assert_eq!(passed.accepted + passed.duplicates, count);
            assert!(passed.accepted > 0, "nothing came before");
            edge.check(source, passed.accepted);
        }
        Err(Stopped::TooLarge) => return,
        Err(Stopped::Away(cause)) => panic!("nothing was away: {cause}"),
    }
    if source.dedup.store == DedupStore::None {
        return;
    }
    // The provider's retry, here and in another isolate.
    for forgets in [false, true] {
        if forgets {
            edge.forget();
        }
        let again = pass().expect("nothing is away");
        assert_eq!((again.accepted, again.duplicates), (0, count), "a copy");
    }
}

/// An answer of the operator's that has no flaw can be given.
fn acknowledge(own: Option<&Acknowledgement>) {
    if let Some(own) = own.filter(|own| own.flaw().is_none()) {
        assert!((200..300).contains(&own.status));
        assert!(own.body.is_empty() || own.content_type.is_some());
    }
}

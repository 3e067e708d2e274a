//! Signatures of another algorithm, encoding, content or provider.

use super::*;

pub(super) fn signatures() -> Vec<Mistake> {
    let options = SchemeOptions::default;
    let of_body = |title: &str, signature: &str| {
        format!(
            r#"{{"name":"{title}","algorithm":{{"hmac":"sha256"}},"signature":{{"header":"{signature}"}},
            "encoding":"hex","message":["body"]}}"#
        )
    };
    let plain = |message: &str| {
        format!(
            r#"{{"name":"x","algorithm":{{"plain":"sha256"}},"signature":{{"header":"X-Signature"}},
            "encoding":"hex","message":{message}}}"#
        )
    };
    vec![
        (
            "hmac: SHA-1",
            "algorithm",
            chosen(SchemeOptions {
                algorithm: Some("sha1"),
                ..options()
            }),
        ),
        (
            "hmac: SHA-512",
            "algorithm",
            chosen(SchemeOptions {
                algorithm: Some("sha512"),
                ..options()
            }),
        ),
        (
            "hmac: MD5",
            "algorithm",
            chosen(SchemeOptions {
                algorithm: Some("md5"),
                ..options()
            }),
        ),
        (
            "hmac: base64 for hex",
            "signature_encoding",
            chosen(SchemeOptions {
                encoding: Some("base64"),
                ..options()
            }),
        ),
        (
            "hmac: SHA-512 in base64",
            "algorithm",
            chosen(SchemeOptions {
                algorithm: Some("sha512"),
                encoding: Some("base64"),
                ..options()
            }),
        ),
        (
            "shopify: hex for base64",
            "signature_encoding",
            Judged::of("shopify").signature(as_hex),
        ),
        (
            "twilio: hex for base64",
            "signature_encoding",
            Judged::of("twilio").signature(as_hex),
        ),
        (
            "github: base64 for hex",
            "signature_encoding",
            Judged::of("github").signature(|value| format!("sha256={}", as_base64(&value[7..]))),
        ),
        (
            "standard: base64 of hex",
            "signature_encoding",
            Judged::of("standard")
                .signature(|value| format!("v1,{}", STANDARD.encode(as_hex(&value[3..])))),
        ),
        (
            "shopify: URL-safe base64",
            "signature_encoding",
            url_safe("shopify"),
        ),
        (
            "github: mixed case",
            "signature_encoding",
            Judged::of("github").signature(mixed),
        ),
        (
            "shopify: cut",
            "signature_truncated",
            Judged::of("shopify").signature(|value| value[..24].into()),
        ),
        (
            "hmac: secret before the body",
            "algorithm_plain",
            sent_by(&plain(r#"["secret","body"]"#), "hmac"),
        ),
        (
            "hmac: secret after the body",
            "algorithm_plain",
            sent_by(&plain(r#"["body","secret"]"#), "hmac"),
        ),
        (
            "linear for stripe",
            "other_provider",
            Judged::of("linear").by("stripe").secret(RAW),
        ),
        (
            "visibuild: the body alone",
            "signed_content",
            alone(&of_body("x", "X-Visibuild-Signature")),
        ),
        (
            "hubspot v2 for v1",
            "other_scheme",
            Judged::of("hubspot-v2").by("hubspot-v1"),
        ),
        (
            "bird for messagebird-legacy",
            "other_scheme",
            Judged::of("bird").by("messagebird-legacy"),
        ),
        (
            "github for shopify",
            "other_scheme",
            Judged::of("github").by("shopify"),
        ),
        (
            "stripe for calendly",
            "other_scheme",
            Judged::of("stripe").by("calendly"),
        ),
        (
            "helpdesk for vicket",
            "other_scheme",
            Judged::of("helpdesk").by("vicket"),
        ),
        (
            "messagebird: HS512 where HS256 is set",
            "algorithm",
            token_of("HS512"),
        ),
    ]
}

/// A sender who signs the body alone, with the headers of Visibuild.
fn alone(json: &str) -> Judged {
    let mut sent = sent_by(json, "visibuild");
    let template = Judged::of("visibuild");
    let (name, value) = sent.sample.headers.pop().expect("a signature");
    sent.sample.headers = template.sample.headers.clone();
    sent.sample
        .headers
        .retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
    let old = template
        .sample
        .value(&template.sample.signature_header())
        .to_owned();
    let hex = String::from_utf8(value).expect("ASCII");
    let start = old.len() - hex.len();
    let value = format!("{}{hex}", &old[..start]);
    sent.add(&template.sample.signature_header(), value)
}

fn url_safe(name: &str) -> Judged {
    // Some body whose signature has a letter of the other alphabet.
    let bodies = (0..100).map(|number| format!("{{\"n\":{number}}}"));
    let mut found = bodies.map(|body| Judged::signed(name, &body));
    let found = found.find(|judged| {
        let value = judged.sample.value(&judged.sample.signature_header());
        value.contains(['+', '/'])
    });
    let judged = found.expect("one of a hundred");
    judged.signature(|value| value.replace('+', "-").replace('/', "_").replace('=', ""))
}

fn mixed(value: &str) -> String {
    let upper = value[7..].to_uppercase();
    let lower = &value[7..];
    let (half, _) = (lower.len() / 2, ());
    format!("sha256={}{}", &upper[..half], &lower[half..])
}

fn token_of(algorithm: &str) -> Judged {
    let options = |name| SchemeOptions {
        algorithm: Some(name),
        ..SchemeOptions::default()
    };
    let sent = by_name("messagebird")
        .with_options(&options(algorithm))
        .expect("options");
    let sent: &'static hookgate::Scheme = Box::leak(Box::new(sent));
    let mut judged = Judged::new(crate::samples::Sample::signed(sent, &SECRETS[..1], BODY));
    judged.scheme = by_name("messagebird")
        .with_options(&options("HS256"))
        .expect("options");
    judged
}

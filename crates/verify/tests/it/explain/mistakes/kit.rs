//! How mistakes are prepared: senders who sign otherwise, and texts in other encodings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookgate::{SchemeOptions, Verifier};

use crate::explain::Judged;
use crate::samples::{BODY, NOW, SECRETS, TYPE, by_name, form};

pub(super) fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn as_hex(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).expect("base64");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(pair).collect()
}

pub(super) fn as_base64(hex: &str) -> String {
    STANDARD.encode(bytes(hex))
}

/// A request over another URL than the sample's.
pub(super) fn at(name: &str, url: &'static str) -> Judged {
    let scheme = by_name(name);
    let secret = form(scheme, SECRETS[0]);
    let mut judged = Judged::of(name);
    let kind = judged
        .sample
        .headers
        .iter()
        .find(|(name, _)| name == "Content-Type")
        .cloned();
    let kind = kind.map(|(_, kind)| String::from_utf8(kind).expect("ASCII"));
    let target = hookgate::Target {
        method: "POST",
        url,
        content_type: kind.as_deref(),
    };
    let body = judged.sample.body.clone();
    let outgoing = hookgate::Outgoing {
        id: crate::samples::ID,
        timestamp: NOW,
        event_type: Some(TYPE),
        body: &body,
    };
    let verifier = Verifier::new(scheme, &[secret]).expect("a secret");
    let signed = verifier.sign_request(&outgoing, &target).expect("signed");
    let kind = kind.map(|kind| ("Content-Type".to_owned(), kind));
    let headers = kind.into_iter().chain(signed.headers);
    judged.sample.headers = headers
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    judged.sample.url = signed.url;
    judged.sample.body = signed.body;
    judged
}

/// A request of a sender who set another algorithm or encoding.
pub(super) fn chosen(options: SchemeOptions<'_>) -> Judged {
    let scheme = by_name("hmac").with_options(&options).expect("options");
    let mut judged = Judged::of("hmac");
    let verifier = Verifier::new(&scheme, &SECRETS[..1]).expect("a secret");
    let outgoing = hookgate::Outgoing {
        id: "x",
        timestamp: NOW,
        event_type: None,
        body: BODY.as_bytes(),
    };
    let headers = verifier.sign(&outgoing).expect("signed");
    judged.sample.headers = headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    judged
}

/// A request that a sender signed with a scheme of another message.
pub(super) fn sent_by(json: &str, judged_by: &str) -> Judged {
    let scheme = hookgate::Scheme::from_json(json).expect("a scheme");
    let scheme: &'static hookgate::Scheme = Box::leak(Box::new(scheme));
    Judged::new(crate::samples::Sample::signed(scheme, &SECRETS[..1], BODY)).by(judged_by)
}

pub(super) const RAW: &str = "raw-secret-of-the-endpoint-1";

/// A request that was signed with another secret than the samples'.
pub(super) fn under(name: &'static str, secret: &str) -> Judged {
    let scheme = by_name(name);
    let verifier = Verifier::new(scheme, &[secret]).expect("a secret");
    let mut judged = Judged::of(name);
    let target = hookgate::Target {
        method: "POST",
        url: crate::samples::URL,
        content_type: None,
    };
    let outgoing = hookgate::Outgoing {
        id: crate::samples::ID,
        timestamp: NOW,
        event_type: Some(TYPE),
        body: BODY.as_bytes(),
    };
    let signed = verifier.sign_request(&outgoing, &target).expect("signed");
    judged.sample.headers = signed
        .headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    judged.secret(secret)
}

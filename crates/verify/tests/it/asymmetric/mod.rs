//! Public-key signatures, in a build that has them all.
//!
//! `fixtures/make.sh` says how the keys and certificates were made. `../../vectors-asymmetric.jsonl`
//! has the form of `../../vectors.jsonl`. Its rows are from the test suites of svix/svix-webhooks and
//! standard-webhooks/standard-webhooks (MIT), sendgrid/sendgrid-nodejs (MIT), aws/aws-sdk-java-v2 and
//! aws/aws-js-sns-message-validator (Apache-2.0), ssMMiles/discord-interactions, paypal/PayPal-Java-SDK
//! and paypal/PayPal-Python-SDK.

#![cfg(all(
    feature = "ed25519",
    feature = "ecdsa",
    feature = "rsa",
    feature = "x509"
))]

mod certificates;
mod errors;
mod garbage;
mod keys;
mod paypal;
mod powers;
mod sign;
mod sns;
mod urls;
mod vectors;
mod wycheproof;

/// A file beside `fixtures/make.sh`.
macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("fixtures/", $name))
    };
}
use fixture;

/// 2026-01-01: every certificate of the fixtures is valid, but for the one that says otherwise.
const NOW: u64 = 1_767_225_600;

/// The bytes of one-line base64.
fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .expect("base64")
}

/// The bytes of hexadecimal.
fn hex(text: &str) -> Vec<u8> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "an even number of digits");
    let byte = |pair: &[u8; 2]| {
        let pair = std::str::from_utf8(pair).expect("ASCII");
        u8::from_str_radix(pair, 16).expect("hexadecimal")
    };
    pairs.iter().map(byte).collect()
}

/// The base64 inside a PEM, on one line.
fn bare(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}

/// DER as PEM.
fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n")
}

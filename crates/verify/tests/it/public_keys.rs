//! The schemes of which the provider keeps the private key, through the verifier that judges all.

#![cfg(all(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookgate::{Outgoing, Request, SignError, Verified, Verifier, VerifyError};

use crate::rows::{self, Row};
use crate::samples::{self, BODY, ID, NOW, SECRETS, TYPE, by_name};
use crate::test;

/// A seed of 32 times 7, and its public key.
pub(crate) const WHSK: &str = "whsk_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
pub(crate) const WHPK: &str = "whpk_6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=";
const RSA_PUBLIC: &str = include_str!("asymmetric/fixtures/rsa-spki.pem");

/// Those without certificates, for which see `certified`.
fn rows() -> impl Iterator<Item = Row> {
    rows::rows().filter(|row| !row.has_certificate())
}

fn verdict(row: &Row) -> Result<Verified, &'static str> {
    let name = match row.scheme.as_str() {
        "standard-webhooks-v1a" if row.headers.contains_key("svix-id") => "svix",
        "standard-webhooks-v1a" => "standard",
        name => name,
    };
    let key = row.secret_or_key.as_str().expect("text");
    let verifier = Verifier::new(by_name(name), &[key]).map_err(|error| error.code())?;
    let body = STANDARD.decode(&row.body_base64).expect("base64");
    let headers: Vec<(&str, &[u8])> = row
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let request = request(&headers, &body);
    verifier
        .verify(&request, row.now)
        .map_err(|error| error.code())
}

fn request<'a>(headers: &'a [(&'a str, &'a [u8])], body: &'a [u8]) -> Request<'a> {
    Request {
        method: "POST",
        url: "https://example.com/in",
        headers,
        body,
    }
}

pub(crate) fn event() -> Outgoing<'static> {
    Outgoing {
        id: ID,
        timestamp: NOW,
        event_type: Some(TYPE),
        body: BODY.as_bytes(),
    }
}

#[test]
fn every_vector_gets_its_expected_verdict_and_cause() {
    let mut causes = Vec::new();
    let mut valid = Vec::new();
    for row in rows() {
        let verdict = verdict(&row);
        assert_eq!(
            verdict.is_ok(),
            row.expect == "valid",
            "{}: {verdict:?}",
            row.id
        );
        match verdict {
            Ok(event) => {
                assert!(event.replay_protected, "{}", row.id);
                valid.push(row.id);
            }
            Err(code) => causes.push((row.id, code)),
        }
    }
    let causes: Vec<(&str, &str)> = causes
        .iter()
        .map(|(id, code)| (id.as_str(), *code))
        .collect();
    // Judged by hand from each row's note.
    let expected = [
        ("discord-02", "signature_mismatch"),
        ("discord-04", "signature_mismatch"),
        ("discord-07", "malformed_header"),
        ("sendgrid-05", "signature_mismatch"),
        ("sendgrid-06", "malformed_header"),
        ("sendgrid-07", "signature_mismatch"),
        ("standard-webhooks-v1a-05", "signature_mismatch"),
        ("standard-webhooks-v1a-08", "signature_mismatch"),
    ];
    assert_eq!(causes, expected);
    let expected = [
        "discord-01",
        "sendgrid-01",
        "standard-webhooks-v1a-01",
        "standard-webhooks-v1a-02",
    ];
    assert_eq!(valid, expected);
}

#[test]
fn sendgrids_events_are_named_one_by_one() {
    let row = rows().find(|row| row.id == "sendgrid-01").expect("the row");
    let event = verdict(&row).expect("a sound request");
    let names = event
        .events
        .iter()
        .map(|event| (event.id.as_deref(), event.event_type.as_deref()));
    let names: Vec<_> = names.collect();
    assert_eq!(
        names,
        [(
            Some("ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA"),
            Some("dropped")
        )]
    );
    assert_eq!(event.id.as_deref(), names[0].0);
    assert!(event.id_signed);
}

#[test]
fn public_keys_alone_cannot_sign() {
    for (name, key) in [("standard", WHPK), ("wise", RSA_PUBLIC)] {
        let verifier = Verifier::new(by_name(name), &[key]).expect("a key");
        assert_eq!(
            verifier.sign(&event()),
            Err(SignError::NoPrivateKey),
            "{name}"
        );
    }
    let both = Verifier::new(by_name("standard"), &[WHPK, WHSK]).expect("keys");
    assert_eq!(both.sign(&event()).map(|headers| headers.len()), Ok(3));
}

#[test]
fn a_key_of_another_kind_is_refused_with_what_is_expected() {
    let reason = |name: &str, key: &str| {
        let error = Verifier::new(by_name(name), &[key]).expect_err(name);
        assert!(
            matches!(error.code(), "malformed_secret" | "unusable_key"),
            "{error:?}"
        );
        error.to_string()
    };
    let private = samples::form(by_name("sendgrid"), SECRETS[0]);
    assert!(reason("discord", SECRETS[0]).contains("64 hexadecimal digits"));
    assert!(reason("discord", &"0".repeat(64)).contains("safe point"));
    assert!(reason("sendgrid", &private).contains("P-256 public key"));
    assert!(reason("sendgrid", RSA_PUBLIC).contains("another algorithm"));
    assert!(
        reason("wise", include_str!("asymmetric/fixtures/p256-spki.pem"))
            .contains("another algorithm")
    );
    assert!(
        reason("wise", include_str!("asymmetric/fixtures/rsa-pkcs8.pem")).contains("private key")
    );
    assert!(reason("standard", "whpk_AAAA").contains("whpk_"));
}

/// OpenSSL signed: see the last line of `asymmetric/fixtures/make.sh`.
#[test]
fn wise_verifies_what_its_private_key_signed() {
    let scheme = by_name("wise");
    let signature = include_str!("asymmetric/fixtures/wise.sig")
        .trim()
        .replace('\n', "");
    let body = br#"{"event_type":"transfers#state-change","data":{"resource":{"id":1}}}"#;
    let headers = [
        ("x-signature-sha256", signature.as_bytes()),
        ("x-delivery-id", b"d-1"),
    ];
    let verifier = Verifier::new(scheme, &[RSA_PUBLIC]).expect("a key");
    let event = verifier
        .verify(&request(&headers, body), NOW)
        .expect("sound");
    assert_eq!(event.id.as_deref(), Some("d-1"));
    assert_eq!(event.event_type.as_deref(), Some("transfers#state-change"));
    assert!(!event.id_signed && !event.replay_protected);
    for at in 0..body.len() {
        let mut changed = body.to_vec();
        changed[at] ^= 1;
        let verdict = verifier.verify(&request(&headers, &changed), NOW);
        let mismatch = VerifyError::SignatureMismatch {
            signatures: 1,
            secrets: 1,
        };
        assert_eq!(verdict, Err(mismatch));
    }
}

/// OpenSSL's signature again: what is signed here needs a feature of its own, see `asymmetric`.
#[test]
fn every_flipped_bit_of_wises_signature_is_refused_and_its_key_found_in_a_rotation() {
    let paypal = rows::rows().find_map(|row| row.key("spki_pem").map(str::to_owned));
    let other = paypal.expect("a row with a key of PayPal's");
    let other = other.as_str();
    let signature = include_str!("asymmetric/fixtures/wise.sig")
        .trim()
        .replace('\n', "");
    let body = br#"{"event_type":"transfers#state-change","data":{"resource":{"id":1}}}"#;
    let judge = |keys: &[&str], signature: &[u8]| {
        let verifier = Verifier::new(by_name("wise"), keys).expect("keys");
        let headers = [("x-signature-sha256", signature)];
        let verdict = verifier.verify(&request(&headers, body), NOW);
        verdict.map(|event| event.key_index)
    };
    let right = signature.as_bytes();
    assert_eq!(judge(&[RSA_PUBLIC, other], right), Ok(0));
    assert_eq!(judge(&[other, RSA_PUBLIC], right), Ok(1));
    let mismatch = VerifyError::SignatureMismatch {
        signatures: 1,
        secrets: 1,
    };
    assert_eq!(judge(&[other], right), Err(mismatch));
    let causes = ["signature_mismatch", "malformed_header", "non_ascii_header"];
    for at in 0..right.len() {
        for bit in 0..8 {
            let mut changed = right.to_vec();
            changed[at] ^= 1 << bit;
            let error = judge(&[RSA_PUBLIC], &changed).expect_err("changed");
            assert!(causes.contains(&error.code()), "{at} {bit}: {error}");
        }
    }
}

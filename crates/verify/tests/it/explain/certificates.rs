//! Requests that name a certificate: what is certain of their refusal, and what was handed in.

#![cfg(all(feature = "ed25519", feature = "ecdsa", feature = "x509"))]

use hookgate::{Diagnosis, Explainer, Request};

use super::codes;
use crate::samples::by_name;
use crate::test;

const CHAIN: &str = include_str!("../asymmetric/fixtures/leaf-and-intermediate.pem");
const OTHER_ROOT: &str = include_str!("../asymmetric/fixtures/p256-root.pem");
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:orders";
const URL: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem";
/// When the message was published.
const NOW: u64 = 1_767_225_600;

/// A message that was signed by OpenSSL: see the last lines of `asymmetric/fixtures/make.sh`.
fn message(url: &str) -> Vec<u8> {
    let signature = include_str!("../asymmetric/fixtures/sns.sig").replace('\n', "");
    let message = serde_json::json!({
        "Type": "Notification", "MessageId": "m-1", "TopicArn": TOPIC, "Message": "hello",
        "Timestamp": "2026-01-01T00:00:00.000Z", "SignatureVersion": "2",
        "Signature": signature, "SigningCertURL": url,
    });
    message.to_string().into_bytes()
}

fn diagnosis(secret: &str, body: &[u8], certificates: &[(&str, &str)]) -> Diagnosis {
    let request = Request {
        method: "POST",
        url: "https://example.com/in",
        headers: &[],
        body,
    };
    let secrets = [secret];
    let explainer = Explainer::new(by_name("aws-sns"), &secrets);
    explainer.certificates(certificates).explain(&request, NOW)
}

#[test]
fn a_request_whose_certificate_was_handed_in_has_no_fault() {
    let diagnosis = diagnosis(TOPIC, &message(URL), &[(URL, CHAIN)]);
    assert_eq!(diagnosis.refusal, None, "{diagnosis}");
    assert_eq!(codes(&diagnosis), [""; 0], "{diagnosis}");
}

#[test]
fn what_a_certificate_is_refused_for_is_certain() {
    let other = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem";
    let pinned = format!("{TOPIC} {OTHER_ROOT}");
    let evil = message("https://evil.example/a.pem");
    let handed_in: &[(&str, &str)] = &[(URL, CHAIN)];
    for (secret, body, certificates, refusal, cause) in [
        (
            TOPIC,
            message(URL),
            &[][..],
            "needs_certificate",
            "certificate_needed",
        ),
        (
            TOPIC,
            message(other),
            handed_in,
            "needs_certificate",
            "certificate_needed",
        ),
        (
            &pinned,
            message(URL),
            handed_in,
            "unusable_certificate",
            "certificate_refused",
        ),
        (
            TOPIC,
            message(URL),
            &[(URL, "nonsense")],
            "unusable_certificate",
            "certificate_refused",
        ),
        (
            TOPIC,
            evil,
            handed_in,
            "certificate_url",
            "certificate_address",
        ),
        (
            "arn:aws:sns:us-east-1:123456789012:other",
            message(URL),
            handed_in,
            "other_topic",
            "other_topic",
        ),
    ] {
        let diagnosis = diagnosis(secret, &body, certificates);
        assert_eq!(diagnosis.refusal, Some(refusal), "{diagnosis}");
        let first = &diagnosis.causes[0];
        assert_eq!((first.code, first.certain), (cause, true), "{diagnosis}");
        assert!(!codes(&diagnosis).contains(&"unexplained"), "{diagnosis}");
    }
}

/// Only with the certificate can the trial prove it.
#[test]
fn a_mistake_beside_a_certificate_is_proved_with_it() {
    let spaced = format!(" {TOPIC}\n");
    let diagnosis = diagnosis(&spaced, &message(URL), &[(URL, CHAIN)]);
    let first = &diagnosis.causes[0];
    assert_eq!(
        (first.code, first.certain),
        ("secret_whitespace", true),
        "{diagnosis}"
    );
}

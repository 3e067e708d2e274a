//! Requests that Amazon and PayPal signed, and what others made of them.

use hookgate::{Request, VerifyError};

use super::{TOPIC, row, rows};
use crate::test;

#[test]
fn every_vector_gets_its_expected_verdict_and_cause() {
    let mut causes = Vec::new();
    let mut valid = Vec::new();
    for row in rows() {
        let verdict = row.judge(&row.known(), &row.body(), row.now);
        assert_eq!(verdict.is_ok(), row.expect == "valid", "{}", row.id);
        match verdict {
            Ok(event) => {
                assert!(event.replay_protected, "{}", row.id);
                valid.push(row.id);
            }
            Err(error) => causes.push((row.id, error.code())),
        }
    }
    let causes: Vec<(&str, &str)> = causes
        .iter()
        .map(|(id, code)| (id.as_str(), *code))
        .collect();
    // Judged by hand from each row's note.
    let expected = [
        ("paypal-02", "signature_mismatch"),
        ("paypal-04", "unsupported_version"),
        ("paypal-07", "signature_mismatch"),
        ("paypal-08", "certificate_url"),
        ("paypal-11", "signature_mismatch"),
        ("sns-07", "unsupported_version"),
        ("sns-10", "malformed_field"),
        ("sns-11", "signature_mismatch"),
        ("sns-13", "signature_mismatch"),
        ("sns-15", "signature_mismatch"),
        ("sns-16", "certificate_url"),
        ("sns-17", "certificate_url"),
        ("sns-18", "certificate_url"),
        ("sns-21", "missing_field"),
        ("sns-23", "missing_field"),
        ("sns-25", "missing_field"),
    ];
    assert_eq!(causes, expected);
    assert_eq!(
        valid,
        ["paypal-01", "paypal-09", "sns-03", "sns-04", "sns-05"]
    );
}

#[test]
fn a_refusal_names_the_field_or_the_header() {
    let refusal = |id: &str| {
        let row = row(id);
        row.judge(&row.known(), &row.body(), row.now)
            .expect_err(id)
            .to_string()
    };
    for (id, words) in [
        ("paypal-04", "`PAYPAL-AUTH-ALGO`"),
        ("paypal-08", "`PAYPAL-CERT-URL`"),
        ("paypal-08", "paypal.com"),
        ("sns-07", "`/SignatureVersion`"),
        ("sns-10", "`/Signature`"),
        ("sns-16", "sns.<region>.amazonaws.com"),
        ("sns-17", "port"),
        ("sns-18", "https"),
        ("sns-21", "`/MessageId`"),
        ("sns-23", "`/TopicArn`"),
        ("sns-25", "`/Signature`"),
    ] {
        assert!(refusal(id).contains(words), "{id}: {}", refusal(id));
    }
}

#[test]
fn an_event_of_sns_is_named_by_what_is_signed() {
    for (id, event_type, message) in [
        (
            "sns-03",
            "Notification",
            "9d2c5580-b61d-550c-8583-37a582870907",
        ),
        (
            "sns-04",
            "SubscriptionConfirmation",
            "f3f2fc87-c426-4c2f-9044-b55890c0939c",
        ),
    ] {
        let row = row(id);
        let event = row
            .judge(&row.known(), &row.body(), row.now)
            .expect("a sound request");
        assert_eq!(event.scheme, "aws-sns");
        assert_eq!(event.event_type.as_deref(), Some(event_type));
        assert_eq!(event.id.as_deref(), Some(message));
        assert!(event.id_signed);
        assert!(event.timestamp.is_some_and(|timestamp| timestamp < row.now));
        assert_eq!(event.signature.len(), 256);
    }
}

#[test]
fn an_event_of_paypal_is_named_by_its_transmission() {
    let row = row("paypal-01");
    let event = row
        .judge(&row.known(), &row.body(), row.now)
        .expect("a sound request");
    assert_eq!(event.id.as_deref(), Some(TRANSMISSION));
    assert_eq!(event.event_type.as_deref(), Some("BILLING.PLAN.CREATED"));
    assert_eq!(event.timestamp, Some(1_490_904_245));
    assert!(event.id_signed && event.replay_protected);
}

const TRANSMISSION: &str = "071f7d20-1584-11e7-abf0-6b62a8a99ac4";

/// A checksum is no signature of the body: whoever captured an event can give it another one. What
/// is sent again has the same id and the same digest all the same.
#[test]
fn another_body_of_the_same_checksum_verifies_at_paypal_under_the_same_id() {
    let row = row("paypal-01");
    let verifier = row.known();
    let genuine = row.body();
    let forged = with_checksum(br#"{"id":"WH-FORGED","x":"#, crc32(&genuine));
    let event = row
        .judge(&verifier, &forged, row.now)
        .expect("the same checksum");
    assert_eq!(event.id.as_deref(), Some(TRANSMISSION));
    assert_eq!(event.event_type, None);
    let digest = |body: &[u8]| {
        let headers: Vec<(&str, &[u8])> = row
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        verifier.content_digest(&Request {
            method: "POST",
            url: "https://example.com/in",
            headers: &headers,
            body,
        })
    };
    assert_eq!(digest(&forged), digest(&genuine));
    assert_ne!(digest(b"{}"), digest(&genuine));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// Four bytes more, by which the checksum becomes this one: it is run backwards from its end.
fn with_checksum(body: &[u8], wanted: u32) -> Vec<u8> {
    let start = !crc32(body);
    let back = (0..32).fold(!wanted, |crc: u32, _| {
        let bit = crc >> 31;
        ((crc ^ (0xedb8_8320 & bit.wrapping_neg())) << 1) | bit
    });
    let patch = (back ^ start).to_le_bytes();
    let body = [body, &patch].concat();
    assert_eq!(crc32(&body), wanted);
    body
}

#[test]
fn a_message_of_another_topic_is_refused_before_its_certificate_is_asked_for() {
    let row = row("sns-03");
    let verifier = super::sns("");
    let error = VerifyError::OtherTopic {
        topic: TOPIC.into(),
    };
    assert_eq!(row.judge(&verifier, &row.body(), row.now), Err(error));
}

#[test]
fn the_digest_of_a_message_is_that_of_what_is_signed() {
    let digest = |body: &[u8]| {
        super::sns("").content_digest(&Request {
            method: "POST",
            url: "https://example.com/in",
            headers: &[],
            body,
        })
    };
    let body = String::from_utf8(row("sns-03").body()).expect("text");
    let unsigned = body.replace("Action=Unsubscribe", "Action=Other");
    assert_ne!(unsigned, body);
    assert_eq!(digest(unsigned.as_bytes()), digest(body.as_bytes()));
    let signed = body.replace("9d2c5580", "9d2c5581");
    assert_ne!(digest(signed.as_bytes()), digest(body.as_bytes()));
    assert_ne!(digest(b"x"), digest(b"y"));
}

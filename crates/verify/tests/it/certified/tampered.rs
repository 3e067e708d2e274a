//! What is signed cannot be changed; what is not signed can.

use hookgate::{Verifier, VerifyError};

use super::{Row, code, row};
use crate::test;

/// The signed fields of a message, and the signature.
fn essence(body: &[u8]) -> Option<Vec<Option<String>>> {
    let json: serde_json::Value = serde_json::from_slice(body).ok()?;
    let names = [
        "Type",
        "MessageId",
        "TopicArn",
        "Message",
        "Subject",
        "Timestamp",
        "Signature",
        "SignatureVersion",
        "SigningCertURL",
    ];
    let text = |name: &&str| json.get(name)?.as_str().map(String::from);
    Some(names.iter().map(text).collect())
}

#[test]
fn a_flipped_bit_of_a_message_is_refused_unless_it_changes_nothing_signed() {
    let row = row("sns-03");
    let (verifier, body) = (row.known(), row.body());
    let mut refused = 0;
    let whole = essence(&body);
    for at in 0..body.len() {
        for bit in 0..8 {
            let mut changed = body.clone();
            changed[at] ^= 1 << bit;
            let verdict = row.judge(&verifier, &changed, row.now);
            let same = essence(&changed) == whole;
            assert_eq!(verdict.is_ok(), same, "{at} {bit}: {verdict:?}");
            refused += usize::from(!same);
        }
    }
    // The rest is white space, and the address to unsubscribe at.
    assert!(refused > 8 * 700 && refused < 8 * body.len(), "{refused}");
}

#[test]
fn a_shortened_or_lengthened_message_is_refused() {
    let row = row("sns-03");
    let (verifier, body) = (row.known(), row.body());
    let whole = body.trim_ascii_end().len();
    for length in 0..whole {
        assert!(row.judge(&verifier, &body[..length], row.now).is_err());
    }
    for more in ["{}", "x", "\0", "\u{feff}"] {
        let longer = [&body[..], more.as_bytes()].concat();
        let verdict = row.judge(&verifier, &longer, row.now);
        assert_eq!(code(verdict), Err("malformed_body"), "{more}");
    }
}

fn with(row: &Row, known: &Verifier, name: &str, value: &[u8]) -> Result<(), VerifyError> {
    let lines = row.headers.iter();
    let mut headers: Vec<(&str, &[u8])> = lines
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    for (header, old) in &mut headers {
        if *header == name {
            *old = value;
        }
    }
    super::judge(known, &headers, &row.body(), row.now).map(drop)
}

#[test]
fn every_flipped_bit_of_a_header_of_paypal_is_refused() {
    let row = row("paypal-01");
    let known = row.known();
    for (name, value) in &row.headers {
        for at in 0..value.len() {
            for bit in 0..8 {
                let mut changed = value.clone().into_bytes();
                changed[at] ^= 1 << bit;
                let verdict = with(&row, &known, name, &changed);
                assert!(verdict.is_err(), "{name} {at} {bit}");
            }
        }
    }
}

#[test]
fn every_flipped_bit_of_the_body_changes_its_checksum() {
    let row = row("paypal-01");
    let (verifier, body) = (row.known(), row.body());
    let mismatch = VerifyError::SignatureMismatch {
        signatures: 1,
        secrets: 1,
    };
    for at in 0..body.len() {
        for bit in 0..8 {
            let mut changed = body.clone();
            changed[at] ^= 1 << bit;
            let verdict = row.judge(&verifier, &changed, row.now);
            assert_eq!(verdict, Err(mismatch.clone()), "{at} {bit}");
        }
    }
}

#[test]
fn every_header_of_paypal_must_be_there_once() {
    let row = row("paypal-01");
    for name in row.headers.keys() {
        let headers = |times: usize| {
            let lines = row.headers.iter();
            let lines = lines.flat_map(move |(header, value)| {
                let times = if header == name { times } else { 1 };
                std::iter::repeat_n((header.as_str(), value.as_bytes()), times)
            });
            super::judge(
                &row.known(),
                &lines.collect::<Vec<_>>(),
                &row.body(),
                row.now,
            )
        };
        assert!(headers(1).is_ok());
        assert_eq!(code(headers(0)), Err("missing_header"), "{name}");
        assert_eq!(code(headers(2)), Err("repeated_header"), "{name}");
    }
}

#[test]
fn the_headers_of_sns_are_not_read() {
    let row = row("sns-03");
    let verdict = super::judge(&row.known(), &[], &row.body(), row.now);
    assert!(verdict.is_ok());
}

#[test]
fn a_body_that_is_no_message_is_refused_for_its_own_cause() {
    let row = row("sns-03");
    let body = String::from_utf8(row.body()).expect("text");
    let timestamp = "2026-03-06T20:00:26.893Z";
    for (from, to, expected) in [
        (body.as_str(), "raw delivery", "malformed_body"),
        (&body, "", "malformed_body"),
        ("\"Notification\"", "\"Other\"", "malformed_field"),
        ("\"Notification\"", "1", "malformed_field"),
        (timestamp, "yesterday", "malformed_field"),
        (timestamp, "2026-03-06T20:00:26.893Z\\n", "malformed_field"),
        (
            "\"Message\" :",
            "\"Type\" : \"x\", \"Message\" :",
            "missing_field",
        ),
    ] {
        let changed = body.replacen(from, to, 1);
        assert_ne!(changed, body);
        let verdict = row.judge(&row.verifier(), changed.as_bytes(), row.now);
        assert_eq!(code(verdict), Err(expected), "{to}");
    }
}

#[test]
fn both_are_told_by_their_headers() {
    for (id, name) in [("sns-03", "aws-sns"), ("paypal-01", "paypal")] {
        let row = row(id);
        let headers: Vec<(&str, &[u8])> = row
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let found = hookgate::detect(&headers);
        let found: Vec<&str> = found.iter().map(|scheme| scheme.name()).collect();
        assert_eq!(found, [name]);
    }
}

//! Requests from other projects' test suites, each with its expected verdict.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookgate::{Request, VerifyError};
use serde::Deserialize;

use crate::samples::{by_name, verifier};

#[derive(Deserialize)]
struct Row {
    id: String,
    scheme: String,
    secret_or_key: String,
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body_base64: String,
    now: Option<u64>,
    expect: String,
    opts: BTreeMap<String, Option<u32>>,
}

fn rows() -> Vec<Row> {
    let lines = include_str!("../vectors.jsonl").lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a row"))
        .collect()
}

fn verdict(row: &Row) -> Result<hookgate::Verified, VerifyError> {
    let scheme = match row.scheme.as_str() {
        "standard-webhooks" => by_name("standard"),
        name => by_name(name),
    };
    let mut verifier = verifier(scheme, &[&row.secret_or_key]);
    match row.opts.get("tolerance_s") {
        None => {}
        Some(Some(tolerance)) => verifier = verifier.tolerance(*tolerance),
        Some(None) => verifier = verifier.without_replay_check(),
    }
    let body = STANDARD.decode(&row.body_base64).expect("base64");
    let headers: Vec<(&str, &[u8])> = row
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let request = Request {
        method: &row.method,
        url: &row.url,
        headers: &headers,
        body: &body,
    };
    verifier.verify(&request, row.now.unwrap_or_default())
}

#[test]
fn every_vector_gets_its_expected_verdict() {
    let mut judged = BTreeMap::new();
    for row in rows() {
        let verdict = verdict(&row);
        assert_eq!(
            verdict.is_ok(),
            row.expect == "valid",
            "{}: {verdict:?}",
            row.id
        );
        *judged.entry((row.scheme, row.expect)).or_insert(0) += 1;
    }
    let judged: Vec<_> = judged
        .iter()
        .map(|((scheme, expect), n)| (scheme.as_str(), expect.as_str(), *n))
        .collect();
    assert_eq!(
        judged,
        [
            ("github", "invalid", 4),
            ("github", "valid", 3),
            ("standard-webhooks", "invalid", 7),
            ("standard-webhooks", "valid", 3),
            ("stripe", "invalid", 7),
            ("stripe", "valid", 2),
            ("svix", "invalid", 7),
            ("svix", "valid", 5),
        ]
    );
}

#[test]
fn every_invalid_vector_is_refused_for_its_own_cause() {
    let causes: Vec<(String, &str)> = rows()
        .iter()
        .filter_map(|row| Some((row.id.clone(), verdict(row).err()?.code())))
        .collect();
    let causes: Vec<(&str, &str)> = causes
        .iter()
        .map(|(id, code)| (id.as_str(), *code))
        .collect();
    assert_eq!(causes, CAUSES);
}

/// Judged by hand from each row's note.
const CAUSES: &[(&str, &str)] = &[
    ("github-02", "malformed_header"),
    ("github-03", "signature_mismatch"),
    ("github-09", "missing_header"),
    ("github-12", "signature_mismatch"),
    ("standard-webhooks-07", "signature_mismatch"),
    ("standard-webhooks-08", "missing_header"),
    ("standard-webhooks-09", "missing_header"),
    ("standard-webhooks-10", "missing_header"),
    ("standard-webhooks-14", "signature_mismatch"),
    ("standard-webhooks-16", "timestamp_too_old"),
    ("standard-webhooks-17", "timestamp_in_future"),
    ("stripe-02", "timestamp_too_old"),
    ("stripe-03", "signature_mismatch"),
    ("stripe-04", "signature_mismatch"),
    ("stripe-07", "unsupported_version"),
    ("stripe-08", "malformed_header"),
    ("stripe-14", "malformed_header"),
    ("stripe-15", "malformed_header"),
    ("svix-06", "signature_mismatch"),
    ("svix-12", "malformed_header"),
    ("svix-13", "malformed_header"),
    ("svix-15", "malformed_header"),
    ("svix-16", "timestamp_too_old"),
    ("svix-19", "malformed_header"),
    ("svix-22", "signature_mismatch"),
];

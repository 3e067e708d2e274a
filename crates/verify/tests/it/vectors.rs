//! Requests from other projects' test suites, each with its expected verdict.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookgate::{Request, Scheme, SchemeOptions, Verified, Verifier};
use serde::Deserialize;

use crate::samples::by_name;
use crate::test;

#[derive(Deserialize)]
struct Row {
    id: String,
    scheme: String,
    secret_or_key: Secret,
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body_base64: String,
    now: Option<u64>,
    expect: String,
    opts: Options,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Secret {
    One(String),
    Pair {
        primary: Option<String>,
        secondary: Option<String>,
    },
}

#[derive(Deserialize)]
struct Options {
    /// Absent: the scheme's own. `null`: no replay check.
    #[serde(default, deserialize_with = "present")]
    tolerance_s: Option<Option<u32>>,
    algo: Option<String>,
    header: Option<String>,
    check_iss: Option<bool>,
    check_payload_hash: Option<bool>,
}

fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(value).map(Some)
}

fn rows() -> Vec<Row> {
    let lines = include_str!("../vectors.jsonl").lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a row"))
        .collect()
}

/// The names that the vectors have for schemes, where they are others than ours.
fn name(row: &Row) -> &str {
    match row.scheme.as_str() {
        "standard-webhooks" => "standard",
        "messagebird-jwt" => "messagebird",
        "vonage-jwt" => "vonage",
        "vonage-sig" => "vonage-legacy",
        "plivo-v3" => "plivo",
        "adyen-payments" => "adyen",
        "hubspot-v3" => "hubspot",
        "gitlab-token" => "gitlab",
        "okta-token" | "okta-challenge" => "okta",
        name => name,
    }
}

fn scheme(row: &Row) -> Cow<'static, Scheme> {
    let scheme = by_name(name(row));
    let options = SchemeOptions {
        header: row.opts.header.as_deref(),
        algorithm: row.opts.algo.as_deref(),
        ..SchemeOptions::default()
    };
    if options.header.is_none() && options.algorithm.is_none() {
        return Cow::Borrowed(scheme);
    }
    Cow::Owned(
        scheme
            .with_options(&options)
            .expect("options of the scheme"),
    )
}

/// The verdict, or the code of what refused the secret or the request.
fn verdict(row: &Row) -> Result<Verified, &'static str> {
    let secrets: Vec<&str> = match &row.secret_or_key {
        Secret::One(secret) => vec![secret],
        Secret::Pair { primary, secondary } => [primary, secondary]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect(),
    };
    let mut verifier = Verifier::new(&scheme(row), &secrets).map_err(|error| error.code())?;
    match row.opts.tolerance_s {
        None => {}
        Some(Some(tolerance)) => verifier = verifier.tolerance(tolerance),
        Some(None) => verifier = verifier.without_replay_check(),
    }
    for (checked, claim) in [
        (row.opts.check_iss, "iss"),
        (row.opts.check_payload_hash, "payload_hash"),
    ] {
        if checked == Some(false) {
            verifier = verifier.without_claim_check(claim);
        }
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
    verifier
        .verify(&request, row.now.unwrap_or_default())
        .map_err(|error| error.code())
}

#[test]
fn every_vector_gets_its_expected_verdict() {
    let mut judged = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows() {
        let verdict = verdict(&row);
        if verdict.is_ok() != (row.expect == "valid") {
            wrong.push(format!("{}: {verdict:?}", row.id));
        }
        let counts = judged.entry(name(&row).to_owned()).or_insert((0, 0));
        match row.expect.as_str() {
            "valid" => counts.0 += 1,
            _ => counts.1 += 1,
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let judged: Vec<(&str, usize, usize)> = judged
        .iter()
        .map(|(scheme, (valid, invalid))| (scheme.as_str(), *valid, *invalid))
        .collect();
    assert_eq!(judged, JUDGED);
}

#[test]
fn every_invalid_vector_is_refused_for_its_own_cause() {
    let causes: Vec<(String, &str)> = rows()
        .iter()
        .filter_map(|row| Some((row.id.clone(), verdict(row).err()?)))
        .collect();
    let causes: Vec<(&str, &str)> = causes
        .iter()
        .map(|(id, code)| (id.as_str(), *code))
        .collect();
    assert_eq!(causes, CAUSES);
}

/// For each scheme, how many rows are valid and how many are not.
const JUDGED: &[(&str, usize, usize)] = &[
    ("adyen", 2, 2),
    ("adyen-banking", 1, 2),
    ("box", 5, 5),
    ("coinbase-commerce", 1, 1),
    ("github", 3, 4),
    ("gitlab", 1, 1),
    ("hubspot", 1, 2),
    ("hubspot-v1", 1, 1),
    ("hubspot-v2", 2, 1),
    ("line", 1, 1),
    ("mailgun", 6, 2),
    ("messagebird", 12, 10),
    ("messagebird-legacy", 4, 5),
    ("okta", 2, 1),
    ("paddle", 3, 4),
    ("plivo", 3, 2),
    ("plivo-v1", 1, 1),
    ("plivo-v2", 1, 1),
    ("shopify", 1, 1),
    ("slack", 2, 3),
    ("square", 1, 3),
    ("standard", 3, 7),
    ("stripe", 2, 7),
    ("svix", 5, 7),
    ("twilio", 19, 7),
    ("twitch", 1, 3),
    ("vonage", 2, 4),
    ("vonage-legacy", 7, 3),
    ("zendesk", 1, 2),
    ("zoom", 1, 3),
];

/// Judged by hand from each row's note. The secrets `x` and `foo` are wrong ones, and too short.
const CAUSES: &[(&str, &str)] = &[
    ("adyen-banking-02", "signature_mismatch"),
    ("adyen-banking-04", "signature_mismatch"),
    ("adyen-payments-03", "signature_mismatch"),
    ("adyen-payments-04", "missing_field"),
    ("box-05", "no_secret"),
    ("box-06", "timestamp_too_old"),
    ("box-09", "unsupported_version"),
    ("box-16", "signature_mismatch"),
    ("box-18", "signature_mismatch"),
    ("coinbase-commerce-02", "signature_mismatch"),
    ("github-02", "malformed_header"),
    ("github-03", "signature_mismatch"),
    ("github-09", "missing_header"),
    ("github-12", "signature_mismatch"),
    ("gitlab-token-02", "missing_header"),
    ("hubspot-v1-03", "signature_mismatch"),
    ("hubspot-v2-04", "signature_mismatch"),
    ("hubspot-v3-03", "signature_mismatch"),
    ("hubspot-v3-04", "signature_mismatch"),
    ("line-02", "signature_mismatch"),
    ("mailgun-12", "signature_mismatch"),
    ("mailgun-14", "missing_field"),
    ("messagebird-jwt-16", "timestamp_in_future"),
    ("messagebird-jwt-22", "digest_mismatch"),
    ("messagebird-jwt-23", "digest_mismatch"),
    ("messagebird-jwt-25", "digest_mismatch"),
    ("messagebird-jwt-26", "digest_mismatch"),
    ("messagebird-jwt-27", "digest_mismatch"),
    ("messagebird-jwt-31", "missing_claim"),
    ("messagebird-jwt-32", "missing_claim"),
    ("messagebird-jwt-33", "missing_claim"),
    ("messagebird-jwt-34", "missing_claim"),
    ("messagebird-legacy-03", "signature_mismatch"),
    ("messagebird-legacy-07", "malformed_header"),
    ("messagebird-legacy-11", "timestamp_too_old"),
    ("messagebird-legacy-12", "timestamp_in_future"),
    ("messagebird-legacy-14", "malformed_header"),
    ("okta-token-02", "missing_header"),
    ("paddle-03", "signature_mismatch"),
    ("paddle-04", "timestamp_too_old"),
    ("paddle-07", "malformed_header"),
    ("paddle-11", "timestamp_too_old"),
    ("plivo-v1-03", "signature_mismatch"),
    ("plivo-v2-03", "signature_mismatch"),
    ("plivo-v3-08", "signature_mismatch"),
    ("plivo-v3-09", "signature_mismatch"),
    ("shopify-03", "signature_mismatch"),
    ("slack-05", "missing_header"),
    ("slack-08", "malformed_header"),
    ("slack-09", "signature_mismatch"),
    ("square-03", "signature_mismatch"),
    ("square-06", "signature_mismatch"),
    ("square-07", "signature_mismatch"),
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
    ("twilio-03", "missing_header"),
    ("twilio-04", "malformed_header"),
    ("twilio-09", "digest_mismatch"),
    ("twilio-10", "malformed_parameter"),
    ("twilio-11", "missing_parameter"),
    ("twilio-32", "missing_parameter"),
    ("twilio-51", "signature_mismatch"),
    ("twitch-05", "signature_mismatch"),
    ("twitch-06", "timestamp_too_old"),
    ("twitch-07", "signature_mismatch"),
    ("vonage-jwt-08", "timestamp_too_old"),
    ("vonage-jwt-11", "digest_mismatch"),
    ("vonage-jwt-12", "signature_mismatch"),
    ("vonage-jwt-15", "malformed_header"),
    ("vonage-sig-09", "signature_mismatch"),
    ("vonage-sig-10", "missing_parameter"),
    ("vonage-sig-11", "signature_mismatch"),
    // `1235` is no timestamp of ten digits.
    ("zendesk-02", "malformed_header"),
    ("zendesk-04", "signature_mismatch"),
    ("zoom-03", "signature_mismatch"),
    ("zoom-05", "malformed_header"),
    ("zoom-06", "malformed_header"),
];

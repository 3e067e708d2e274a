//! Requests that Python's `hmac` signed, as each provider's document says: for the schemes of which
//! no project publishes a vector, and for the turns that those of the others do not take.

use std::collections::BTreeMap;

use hookgate::{Request, SchemeOptions, Verified, Verifier};
use serde::Deserialize;

use crate::samples::by_name;
use crate::test;

#[derive(Deserialize)]
struct Row {
    scheme: String,
    secret: String,
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: String,
    now: u64,
    id: Option<String>,
    #[serde(rename = "type")]
    event_type: Option<String>,
    options: BTreeMap<String, String>,
    replay_protected: bool,
}

fn rows() -> impl Iterator<Item = Row> {
    let lines = include_str!("../signed.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).expect("a row"))
}

fn verdict(row: &Row, secret: &str) -> Result<Verified, &'static str> {
    let option = |name: &str| row.options.get(name).map(String::as_str);
    let scheme = by_name(&row.scheme).with_options(&SchemeOptions {
        header: option("header"),
        algorithm: option("algorithm"),
        encoding: option("encoding"),
        prefix: option("prefix"),
        user: option("user"),
    });
    let verifier = scheme.and_then(|scheme| Verifier::new(&scheme, &[secret]));
    let headers: Vec<(&str, &[u8])> = row
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let request = Request {
        method: &row.method,
        url: &row.url,
        headers: &headers,
        body: row.body.as_bytes(),
    };
    let verifier = verifier.map_err(|error| error.code())?;
    verifier
        .verify(&request, row.now)
        .map_err(|error| error.code())
}

#[test]
fn every_request_verifies_and_says_what_it_is() {
    for row in rows() {
        let name = &row.scheme;
        let event = verdict(&row, &row.secret).unwrap_or_else(|code| panic!("{name}: {code}"));
        assert_eq!(event.id, row.id, "{name}");
        assert_eq!(event.event_type, row.event_type, "{name}");
        assert_eq!(event.replay_protected, row.replay_protected, "{name}");
    }
}

#[test]
fn no_request_verifies_with_another_secret() {
    for row in rows() {
        let other = match row.scheme.as_str() {
            "adyen" => "22".repeat(32),
            "postmark" => "user:another".into(),
            "clerk" | "resend" => format!("whsec_{}", "AAAA".repeat(8)),
            _ => "another secret".into(),
        };
        let verdict = verdict(&row, &other);
        assert_eq!(
            verdict.map(|event| event.id),
            Err("signature_mismatch"),
            "{}",
            row.scheme
        );
    }
}

#[test]
fn no_signed_request_verifies_with_another_body() {
    for mut row in rows().filter(|row| row.scheme != "plivo-v2") {
        if !by_name(&row.scheme).signs_content() {
            continue;
        }
        row.body.push('x');
        assert!(verdict(&row, &row.secret).is_err(), "{}", row.scheme);
    }
}

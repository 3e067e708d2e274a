//! Requests from the vendors' own test suites, each with its expected verdict and its cause. What
//! a scheme's row will do, the functions here do by hand.

use std::collections::BTreeMap;

use hookgate::asymmetric::{
    Algorithm, Certificates, KeyForm, PublicKey, SnsMessage, Trust, paypal_algorithm,
    paypal_certificate_url, paypal_message,
};

use super::{base64, hex};
use crate::rows::{Row, rows};
use crate::test;

impl Row {
    fn header(&self, name: &str) -> &str {
        &self.headers[name]
    }

    fn public_key(&self, form: KeyForm) -> PublicKey {
        PublicKey::parse(form, self.secret_or_key.as_str().expect("text")).expect("a key")
    }
}

/// The code of the cause for which a row is refused.
fn verdict(row: &Row) -> Result<(), &'static str> {
    let body = base64(&row.body_base64);
    match row.scheme.as_str() {
        "discord" => discord(row, &body),
        "sendgrid" => sendgrid(row, &body),
        "standard-webhooks-v1a" => standard(row, &body),
        "sns" => sns(row, &body),
        "paypal" => paypal(row, &body),
        other => panic!("{other} is not a scheme with public keys"),
    }
}

fn discord(row: &Row, body: &[u8]) -> Result<(), &'static str> {
    let signature = row.header("x-signature-ed25519");
    if !signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("not_hex");
    }
    let message = [row.header("x-signature-timestamp").as_bytes(), body];
    row.public_key(KeyForm::Ed25519Hex)
        .verify(Algorithm::Ed25519, message, &hex(signature))
        .map_err(|error| error.code())
}

fn sendgrid(row: &Row, body: &[u8]) -> Result<(), &'static str> {
    let header = |name: &str| row.header(&format!("x-twilio-email-event-webhook-{name}"));
    let message = [header("timestamp").as_bytes(), body];
    row.public_key(KeyForm::P256)
        .verify(
            Algorithm::EcdsaP256Sha256,
            message,
            &base64(header("signature")),
        )
        .map_err(|error| error.code())
}

fn standard(row: &Row, body: &[u8]) -> Result<(), &'static str> {
    let family = if row.headers.contains_key("svix-id") {
        "svix"
    } else {
        "webhook"
    };
    let header = |name: &str| row.header(&format!("{family}-{name}"));
    let dot = b".".as_slice();
    let message = [
        header("id").as_bytes(),
        dot,
        header("timestamp").as_bytes(),
        dot,
        body,
    ];
    let signature = header("signature")
        .strip_prefix("v1a,")
        .expect("one signature");
    row.public_key(KeyForm::StandardWebhooks)
        .verify(Algorithm::Ed25519, message, &base64(signature))
        .map_err(|error| error.code())
}

fn sns(row: &Row, body: &[u8]) -> Result<(), &'static str> {
    let message = SnsMessage::read(body).map_err(|error| error.code())?;
    let signature = message.signature().map_err(|error| error.code())?;
    let url = message.certificate_url().map_err(|error| error.code())?;
    assert_eq!(
        url.as_str(),
        row.key("cert_url").expect("text"),
        "{}",
        row.id
    );
    Certificates::from_pem(row.key("cert_pem").expect("text"))
        .and_then(|pem| pem.signing_key(url.names(), row.now, Trust::Fetched))
        .map_err(|error| error.code())?
        .verify(message.algorithm(), message.signed(), &signature)
        .map_err(|error| error.code())
}

fn paypal(row: &Row, body: &[u8]) -> Result<(), &'static str> {
    let header = |name: &str| row.header(&format!("paypal-{name}"));
    let algorithm = paypal_algorithm(header("auth-algo")).map_err(|error| error.code())?;
    let url = paypal_certificate_url(header("cert-url")).map_err(|error| error.code())?;
    let key = match row.secret_or_key.get("cert_pem") {
        Some(pem) => Certificates::from_pem(pem.as_str().expect("text"))
            .and_then(|pem| pem.signing_key(url.names(), row.now, Trust::Fetched))
            .map_err(|error| error.code())?,
        None => PublicKey::parse(KeyForm::Rsa, row.key("spki_pem").expect("text")).expect("a key"),
    };
    let message = paypal_message(
        header("transmission-id"),
        header("transmission-time"),
        row.key("webhook_id").expect("text"),
        body,
    )
    .map_err(|error| error.code())?;
    let signature = base64(header("transmission-sig"));
    key.verify(algorithm, [message.as_bytes()], &signature)
        .map_err(|error| error.code())
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
            ("discord", "invalid", 3),
            ("discord", "valid", 1),
            ("paypal", "invalid", 5),
            ("paypal", "valid", 2),
            ("sendgrid", "invalid", 3),
            ("sendgrid", "valid", 1),
            ("sns", "invalid", 11),
            ("sns", "valid", 3),
            ("standard-webhooks-v1a", "invalid", 2),
            ("standard-webhooks-v1a", "valid", 2),
        ]
    );
}

#[test]
fn every_invalid_vector_is_refused_for_its_own_cause() {
    let causes: Vec<(String, &str)> = rows()
        .filter_map(|row| Some((row.id.clone(), verdict(&row).err()?)))
        .collect();
    let causes: Vec<(&str, &str)> = causes
        .iter()
        .map(|(id, code)| (id.as_str(), *code))
        .collect();
    assert_eq!(causes, CAUSES);
}

/// Judged by hand from each row's note.
const CAUSES: &[(&str, &str)] = &[
    ("discord-02", "signature_mismatch"),
    ("discord-04", "signature_mismatch"),
    ("discord-07", "not_hex"),
    ("paypal-02", "signature_mismatch"),
    ("paypal-04", "unknown_algorithm"),
    ("paypal-07", "signature_mismatch"),
    ("paypal-08", "url_host"),
    ("paypal-11", "signature_mismatch"),
    ("sendgrid-05", "signature_mismatch"),
    ("sendgrid-06", "signature_mismatch"),
    ("sendgrid-07", "signature_mismatch"),
    ("sns-07", "sns_unknown_signature_version"),
    ("sns-10", "sns_not_base64"),
    ("sns-11", "signature_mismatch"),
    ("sns-13", "signature_mismatch"),
    ("sns-15", "signature_mismatch"),
    ("sns-16", "url_host"),
    ("sns-17", "url_port"),
    ("sns-18", "url_not_https"),
    ("sns-21", "sns_missing_field"),
    ("sns-23", "sns_missing_field"),
    ("sns-25", "sns_missing_field"),
    ("standard-webhooks-v1a-05", "signature_mismatch"),
    ("standard-webhooks-v1a-08", "wrong_signature_length"),
];

//! The table of schemes and the table of codes hold together.

use std::collections::BTreeSet;

use hookgate::{CODES, Malformed, SCHEMES, SetupError, SignError, Stage, VerifyError, scheme};

use crate::samples::is_built;
use crate::test;

#[test]
fn the_schemes_are_found_by_name() {
    let names: Vec<&str> = SCHEMES.iter().map(|scheme| scheme.name()).collect();
    let expected = "standard svix clerk resend visiwise visibuild vicket helpdesk vexylcloud stripe github meta twilio sendgrid sendgrid-inbound messagebird messagebird-legacy bird gupshup vonage vonage-legacy plivo plivo-v2 plivo-v1 mailgun mailersend postmark aws-sns shopify woocommerce slack zoom discord twitch line box hubspot hubspot-v2 hubspot-v1 zendesk square paddle adyen adyen-banking razorpay coinbase-commerce coinbase-cdp wise paypal x typeform intercom atlassian gitlab okta auth0 telegram linear dropbox xero docusign calendly hmac token basic";
    let expected = expected.split(' ').filter(|name| is_built(name));
    assert_eq!(names, expected.collect::<Vec<_>>());
    for name in names {
        assert_eq!(scheme(name).map(|scheme| scheme.name()), Some(name));
    }
    for unknown in ["", "Stripe", "stripe ", "unknown"] {
        assert_eq!(scheme(unknown), None);
    }
}

#[test]
fn every_scheme_cites_its_document() {
    const UNPUBLISHED: [&str; 5] = ["visiwise", "visibuild", "vicket", "helpdesk", "vexylcloud"];
    for scheme in SCHEMES {
        assert!(!scheme.title().is_empty());
        let public = scheme.documentation().starts_with("https://");
        assert_eq!(
            public,
            !UNPUBLISHED.contains(&scheme.name()),
            "{}",
            scheme.name()
        );
    }
}

#[test]
fn only_these_have_no_id() {
    let without: Vec<&str> = SCHEMES
        .iter()
        .filter(|scheme| !scheme.has_id())
        .map(|scheme| scheme.name())
        .collect();
    let expected = [
        "vexylcloud",
        "sendgrid-inbound",
        "x",
        "dropbox",
        "calendly",
        "hmac",
        "token",
        "basic",
    ];
    let expected = expected.into_iter().filter(|name| is_built(name));
    assert_eq!(without, expected.collect::<Vec<_>>());
}

#[test]
fn only_these_sign_nothing() {
    let tokens: Vec<&str> = SCHEMES
        .iter()
        .filter(|scheme| !scheme.signs_content())
        .map(|scheme| scheme.name())
        .collect();
    let expected = [
        "gupshup", "postmark", "gitlab", "okta", "auth0", "telegram", "token", "basic",
    ];
    assert_eq!(tokens, expected);
    for name in expected {
        let scheme = scheme(name).expect("a scheme");
        assert!(!scheme.signs_id() && !scheme.signs_timestamp(), "{name}");
    }
}

#[test]
fn every_error_has_its_own_code_and_every_code_is_listed() {
    let name = || "x".into();
    let verify = [
        VerifyError::MissingHeader { name: name() },
        VerifyError::RepeatedHeader { name: name() },
        VerifyError::NonAsciiHeader { name: name() },
        VerifyError::MalformedHeader {
            name: name(),
            reason: Malformed::Empty,
        },
        VerifyError::NoSignature { name: name() },
        VerifyError::UnsupportedVersion {
            name: name(),
            expected: name(),
        },
        VerifyError::MissingField { pointer: name() },
        VerifyError::MalformedField {
            pointer: name(),
            reason: Malformed::Empty,
        },
        VerifyError::MissingParameter { name: name() },
        VerifyError::MalformedParameter {
            name: name(),
            reason: Malformed::Empty,
        },
        VerifyError::MalformedBody {
            reason: Malformed::NotJson,
        },
        VerifyError::UncoveredBody,
        VerifyError::UnsupportedAlgorithm {
            name: name(),
            expected: name(),
        },
        VerifyError::MissingClaim { claim: name() },
        VerifyError::ClaimMismatch { claim: name() },
        VerifyError::DigestMismatch { name: name() },
        VerifyError::NoVerifyToken,
        VerifyError::VerifyTokenMismatch,
        VerifyError::TimestampTooOld {
            timestamp: 0,
            now: 1,
            tolerance: 0,
        },
        VerifyError::TimestampInFuture {
            timestamp: 1,
            now: 0,
            tolerance: 0,
        },
        VerifyError::SignatureMismatch {
            signatures: 1,
            secrets: 1,
        },
        VerifyError::CertificateUrl {
            name: name(),
            reason: name(),
        },
        VerifyError::UnusableCertificate { reason: name() },
        VerifyError::OtherTopic { topic: name() },
        VerifyError::NeedsCertificate { url: name() },
    ];
    let setup = [
        SetupError::UnknownScheme { name: name() },
        SetupError::NoSecret,
        SetupError::EmptySecret { index: 0 },
        SetupError::LineBreakInSecret { index: 0 },
        SetupError::MalformedSecret {
            index: 0,
            expected: name(),
        },
        SetupError::ShortSecret {
            index: 0,
            expected: name(),
            minimum: 24,
        },
        SetupError::UnusableKey {
            index: 0,
            reason: name(),
        },
        SetupError::UnknownOption { option: name() },
        SetupError::InvalidOption {
            option: name(),
            expected: name(),
        },
        SetupError::InvalidScheme { reason: name() },
    ];
    let sign = [
        SignError::InvalidId {
            reason: Malformed::Empty,
        },
        SignError::InvalidEventType {
            reason: Malformed::Empty,
        },
        SignError::InvalidTimestamp { timestamp: 1 },
        SignError::NeedsTarget,
        SignError::NoPrivateKey,
        SignError::InvalidBody {
            reason: Malformed::Empty,
        },
    ];
    let stage = |error: &VerifyError| {
        if matches!(error, VerifyError::NeedsCertificate { .. }) {
            assert!(!error.is_malformed());
            Stage::Incomplete
        } else if error.is_malformed() {
            Stage::Malformed
        } else {
            Stage::Unauthenticated
        }
    };
    let mut expected: Vec<(&str, Stage)> = verify
        .iter()
        .map(|error| (error.code(), stage(error)))
        .collect();
    expected.extend(setup.iter().map(|error| (error.code(), Stage::Setup)));
    expected.extend(sign.iter().map(|error| (error.code(), Stage::Sign)));

    let listed: BTreeSet<&str> = CODES.iter().map(|code| code.code).collect();
    assert_eq!(listed.len(), CODES.len(), "a code is listed twice");
    assert_eq!(
        expected.len(),
        CODES.len(),
        "a code is listed that no error has"
    );
    for (code, stage) in expected {
        assert!(
            CODES
                .iter()
                .any(|row| row.code == code && row.stage == stage),
            "{code}"
        );
    }
}

#[test]
fn a_mismatch_asks_the_questions_that_find_its_cause() {
    let error = VerifyError::SignatureMismatch {
        signatures: 2,
        secrets: 1,
    };
    assert_eq!(
        error.to_string(),
        "no signature matches (2 in the request, 1 secret(s) tried): is it this endpoint's own secret, and are \
         you passing the raw request body, as it was before any parsing?"
    );
}

//! The table of schemes and the table of codes hold together.

use std::collections::BTreeSet;

use hookgate::{CODES, Malformed, SCHEMES, SetupError, SignError, Stage, VerifyError, scheme};

#[test]
fn the_nine_schemes_are_found_by_name() {
    let names: Vec<&str> = SCHEMES.iter().map(|scheme| scheme.name()).collect();
    let expected = [
        "standard",
        "svix",
        "visiwise",
        "visibuild",
        "vicket",
        "helpdesk",
        "vexylcloud",
        "stripe",
        "github",
    ];
    assert_eq!(names, expected);
    for name in names {
        assert_eq!(scheme(name).map(|scheme| scheme.name()), Some(name));
    }
    for unknown in ["", "Stripe", "stripe ", "unknown"] {
        assert_eq!(scheme(unknown), None);
    }
}

#[test]
fn every_scheme_cites_its_document() {
    for scheme in SCHEMES {
        assert!(!scheme.title().is_empty());
        assert!(!scheme.documentation().is_empty(), "{}", scheme.name());
    }
}

#[test]
fn only_vexylcloud_has_no_id() {
    let without: Vec<&str> = SCHEMES
        .iter()
        .filter(|scheme| !scheme.has_id())
        .map(|scheme| scheme.name())
        .collect();
    assert_eq!(without, ["vexylcloud"]);
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
    ];
    let sign = [
        SignError::InvalidId {
            reason: Malformed::Empty,
        },
        SignError::InvalidEventType {
            reason: Malformed::Empty,
        },
        SignError::InvalidTimestamp { timestamp: 1 },
    ];
    let stage = |error: &VerifyError| {
        if error.is_malformed() {
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

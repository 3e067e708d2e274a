//! What the errors say to a developer: each in a sentence of its own, which names its data.

use std::collections::BTreeSet;

use hookgate::{Malformed, SetupError, SignError, VerifyError};

use crate::test;

fn reasons() -> Vec<(Malformed, &'static [&'static str])> {
    let expected = || "something".into();
    vec![
        (Malformed::Empty, &["empty"]),
        (Malformed::TooLong { limit: 8192 }, &["8192"]),
        (Malformed::NotTimestamp, &["12 ASCII digits"]),
        (Malformed::NotMilliseconds, &["15 ASCII digits"]),
        (Malformed::NotDateTime, &["`2026-03-17T09:00:00Z`"]),
        (Malformed::NotVisibleAscii, &["control characters"]),
        (Malformed::AmbiguousId, &["timestamp"]),
        (Malformed::DotInId, &["`.`"]),
        (Malformed::NotHex, &["hexadecimal"]),
        (Malformed::NotBase64, &["standard base64"]),
        (Malformed::NotBase64Url, &["URL-safe base64"]),
        (Malformed::NotJson, &["JSON"]),
        (Malformed::NotAForm, &["form"]),
        (Malformed::NotToken, &["three parts"]),
        (Malformed::Repeated, &["several times"]),
        (Malformed::TooMany { limit: 16 }, &["16"]),
        (
            Malformed::MissingPrefix {
                expected: expected(),
            },
            &["`something`"],
        ),
        (
            Malformed::NotAList {
                expected: "something",
            },
            &["something"],
        ),
        (
            Malformed::MissingField { field: expected() },
            &["`something`"],
        ),
        (
            Malformed::RepeatedField { field: expected() },
            &["`something`", "several times"],
        ),
    ]
}

#[test]
fn every_reason_says_what_was_expected() {
    let reasons = reasons();
    let texts: BTreeSet<String> = reasons
        .iter()
        .map(|(reason, _)| reason.to_string())
        .collect();
    assert_eq!(texts.len(), reasons.len(), "two reasons read alike");
    for (reason, words) in reasons {
        let text = reason.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        let name = || "X-Signature".into();
        let header = VerifyError::MalformedHeader {
            name: name(),
            reason: reason.clone(),
        };
        let field = VerifyError::MalformedField {
            pointer: "/a".into(),
            reason: reason.clone(),
        };
        let parameter = VerifyError::MalformedParameter {
            name: "sig".into(),
            reason: reason.clone(),
        };
        let body = VerifyError::MalformedBody { reason };
        for (error, place) in [
            (header, "X-Signature"),
            (field, "/a"),
            (parameter, "sig"),
            (body, "body"),
        ] {
            let whole = error.to_string();
            assert!(whole.contains(place) && whole.ends_with(&text), "{whole}");
        }
    }
}

#[test]
fn an_age_is_told_with_all_three_numbers() {
    let (timestamp, now, tolerance) = (1_000, 2_000, 300);
    let old = VerifyError::TimestampTooOld {
        timestamp,
        now,
        tolerance,
    };
    let future = VerifyError::TimestampInFuture {
        timestamp: now,
        now: timestamp,
        tolerance,
    };
    for error in [old, future] {
        let text = error.to_string();
        for number in ["1000", "300"] {
            assert!(text.contains(number), "{text}");
        }
    }
}

#[test]
fn what_is_missing_or_other_than_expected_is_named() {
    let name = || "the-name".into();
    let expected = || "the-other".into();
    for (error, words) in [
        (
            VerifyError::MissingHeader { name: name() },
            &["the-name"][..],
        ),
        (VerifyError::RepeatedHeader { name: name() }, &["the-name"]),
        (VerifyError::NonAsciiHeader { name: name() }, &["the-name"]),
        (VerifyError::NoSignature { name: name() }, &["the-name"]),
        (
            VerifyError::UnsupportedVersion {
                name: name(),
                expected: expected(),
            },
            &["the-name", "the-other"],
        ),
        (
            VerifyError::UnsupportedAlgorithm {
                name: name(),
                expected: expected(),
            },
            &["the-name", "the-other"],
        ),
        (VerifyError::MissingField { pointer: name() }, &["the-name"]),
        (
            VerifyError::MissingParameter { name: name() },
            &["the-name"],
        ),
        (VerifyError::MissingClaim { claim: name() }, &["the-name"]),
        (VerifyError::ClaimMismatch { claim: name() }, &["the-name"]),
        (VerifyError::DigestMismatch { name: name() }, &["the-name"]),
        (VerifyError::UncoveredBody, &["body"]),
    ] {
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
}

#[test]
fn a_set_up_that_failed_says_which_secret_and_which_form() {
    let expected = || "a form".into();
    let malformed = SetupError::MalformedSecret {
        index: 7,
        expected: expected(),
    };
    let short = SetupError::ShortSecret {
        index: 7,
        expected: expected(),
        minimum: 24,
    };
    let unusable = SetupError::UnusableKey {
        index: 7,
        reason: expected(),
    };
    for (error, words) in [
        (
            SetupError::UnknownScheme {
                name: "acme".into(),
            },
            &["`acme`"][..],
        ),
        (SetupError::NoSecret, &["at least one secret"]),
        (SetupError::EmptySecret { index: 7 }, &["secret 7"]),
        (
            SetupError::LineBreakInSecret { index: 7 },
            &["secret 7", "line break"],
        ),
        (malformed, &["secret 7", "a form"]),
        (short, &["secret 7", "24", "a form"]),
        (unusable, &["secret 7", "a form"]),
        (
            SetupError::UnknownOption {
                option: "user".into(),
            },
            &["`user`"],
        ),
        (
            SetupError::InvalidOption {
                option: "user".into(),
                expected: expected(),
            },
            &["`user`", "a form"],
        ),
        (
            SetupError::InvalidScheme { reason: expected() },
            &["a form"],
        ),
    ] {
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    for (error, words) in [
        (
            SignError::InvalidId {
                reason: Malformed::DotInId,
            },
            &["id", "`.`"][..],
        ),
        (
            SignError::InvalidEventType {
                reason: Malformed::Empty,
            },
            &["event type", "empty"],
        ),
        (
            SignError::InvalidTimestamp {
                timestamp: 1_773_738_000_000,
            },
            &["1773738000000", "milliseconds"],
        ),
        (SignError::NeedsTarget, &["URL"]),
        (SignError::NoPrivateKey, &["public"]),
        (
            SignError::InvalidBody {
                reason: Malformed::NotJson,
            },
            &["body", "JSON"],
        ),
    ] {
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
}

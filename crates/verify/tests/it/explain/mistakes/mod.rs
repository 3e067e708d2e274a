//! Prepared mistakes, and the cause that each must be told to have.

mod bodies;
mod headers;
mod kit;
mod large;
mod others;
mod public_keys;
mod secrets;
mod signatures;
mod times;
mod urls;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookgate::{SchemeOptions, Verifier};

use super::{Judged, certain, codes};
use crate::samples::{BODY, NOW, SECRETS, by_name, form};
use crate::test;
use bodies::{JS, PYTHON, bodies};
use headers::headers;
use kit::*;
use others::others;
use public_keys::public_keys;
#[cfg(all(feature = "ed25519", feature = "ecdsa"))]
pub(crate) use public_keys::published;
use secrets::secrets;
use signatures::signatures;
use times::times;
use urls::urls;

/// What went wrong, the code of its cause, and the request.
type Mistake = (&'static str, &'static str, Judged);

fn all() -> Vec<Mistake> {
    let mut all = bodies();
    all.extend(secrets());
    all.extend(headers());
    all.extend(signatures());
    all.extend(urls());
    all.extend(times());
    all.extend(public_keys());
    all.extend(others());
    all
}

/// Of the causes, those that can only be guessed.
const GUESSES: [&str; 10] = [
    "body_multipart",
    "body_empty",
    "body_object",
    "body_compressed",
    "body_length",
    "secret_other",
    "secret_of_another_kind",
    "signature_truncated",
    "other_provider",
    "url_other",
];

#[test]
fn each_mistake_is_told_by_its_cause() {
    let mut wrong = Vec::new();
    let mistakes = all();
    for (title, expected, judged) in &mistakes {
        let diagnosis = judged.diagnosis();
        let first = if GUESSES.contains(expected) {
            diagnosis.causes.iter().find(|cause| !cause.certain)
        } else {
            certain(&diagnosis).next()
        };
        if first.map(|cause| cause.code) != Some(*expected) {
            wrong.push(format!(
                "{title}: {expected}, not {:?}\n{diagnosis}",
                codes(&diagnosis)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        mistakes.len(),
        wrong.join("\n")
    );
}

#[test]
fn there_are_mistakes_enough() {
    let mistakes = all();
    let mut schemes: Vec<&str> = mistakes
        .iter()
        .map(|(_, _, judged)| judged.scheme.name())
        .collect();
    schemes.sort_unstable();
    schemes.dedup();
    assert!(mistakes.len() >= 100, "{}", mistakes.len());
    assert!(schemes.len() >= 25, "{schemes:?}");
}

#[test]
fn two_mistakes_at_once_are_both_told() {
    for (title, expected, judged) in [
        (
            "secret and newline",
            ["body_newline_lost", "secret_quoted"],
            Judged::signed("github", &format!("{JS}\n"))
                .body(JS)
                .secret(format!("\"{}\"", SECRETS[0])),
        ),
        (
            "layout and letters",
            ["body_unicode", "body_whitespace"],
            Judged::signed("paddle", PYTHON).body(JS),
        ),
        (
            "URL and newline",
            ["body_newline_lost", "url_scheme"],
            Judged::signed("square", &format!("{JS}\n"))
                .body(JS)
                .url("http://example.com/in?b=2&a=1"),
        ),
        (
            "newline and age",
            ["body_newline_lost", "timestamp_old"],
            Judged::signed("stripe", &format!("{JS}\n"))
                .body(JS)
                .now(NOW + 5_000),
        ),
        (
            "names and newline",
            ["body_newline_lost", "header_renamed"],
            Judged::signed("stripe", &format!("{JS}\n"))
                .body(JS)
                .names(|name| format!("HTTP_{}", name.replace('-', "_"))),
        ),
        (
            "encoding and secret",
            ["secret_quoted", "signature_encoding"],
            Judged::of("shopify")
                .signature(as_hex)
                .secret(format!("\"{}\"", SECRETS[0])),
        ),
    ] {
        let diagnosis = judged.diagnosis();
        let mut found: Vec<&str> = certain(&diagnosis).map(|cause| cause.code).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{title}\n{diagnosis}");
    }
}

/// Every mistake of the table, for the tests of what a report may say.
pub(super) fn reports() -> Vec<(&'static str, Judged)> {
    all()
        .into_iter()
        .map(|(title, _, judged)| (title, judged))
        .collect()
}

//! What a report says, and never says.

use hookgate::Verdict;

use super::mistakes::reports;
use super::{Judged, codes, has_secret};
use crate::samples::{self, NOW};
use crate::test;

#[test]
fn a_report_is_read_from_top_to_bottom() {
    let judged = Judged::signed("stripe", "{\"a\":1}\n")
        .body("{\"a\":1}")
        .now(NOW + 400);
    let expected = "\
stripe: refused, timestamp_too_old

  ok    secrets    1 of the form that the scheme expects
  ok    headers    all that are needed
                   found: Stripe-Signature
  ok    form       1 to compare
  FAIL  timestamp  400 s old
                   timestamp: 1773738000
                   now: 1773738400
                   tolerance: 300 s
  ok    content    18 bytes are signed
                   signed: 1773738000.{\"a\":1}
  FAIL  signature  no secret made it over this content
                   received: ";
    let report = judged.diagnosis().to_string();
    assert!(report.starts_with(expected), "{report}");
    let causes = "
Causes

  1. body_newline_lost (certain)
     The body lost the line break at its end.
     Here: it was `\\n`.
     -> Pass the raw bytes: do not trim them.

  2. timestamp_old (certain)
     The timestamp is older than the tolerance allows.
     Here: it is 400 s old, and 300 s are allowed.
     -> An old event";
    assert!(report.contains(causes), "{report}");
}

#[test]
fn no_report_calls_anything_valid() {
    let genuine = samples::signable()
        .filter(|scheme| has_secret(scheme.name()))
        .map(|scheme| Judged::of(scheme.name()));
    let mistakes = reports().into_iter().map(|(_, judged)| judged);
    for judged in genuine.chain(mistakes) {
        let diagnosis = judged.diagnosis();
        let report = format!("{diagnosis}{diagnosis:?}").to_lowercase();
        assert!(!report.contains("valid"), "{report}");
        let fault = diagnosis.refusal.is_some();
        assert_ne!(report.contains("no fault was found"), fault, "{report}");
    }
}

#[test]
fn the_checks_stand_in_the_order_of_the_verifier() {
    const ORDER: [&str; 7] = [
        "secrets",
        "headers",
        "form",
        "timestamp",
        "content",
        "signature",
        "claims",
    ];
    for (title, judged) in reports() {
        let diagnosis = judged.diagnosis();
        let place = |name: &str| ORDER.iter().position(|known| *known == name);
        let places: Vec<_> = diagnosis
            .checks
            .iter()
            .map(|check| place(check.name))
            .collect();
        assert!(
            places.is_sorted() && places[0] == Some(0),
            "{title}: {diagnosis}"
        );
        let failed = diagnosis
            .checks
            .iter()
            .any(|check| check.verdict == Verdict::Failed);
        assert_eq!(failed, diagnosis.refusal.is_some(), "{title}: {diagnosis}");
    }
}

#[test]
fn a_check_that_fails_says_what_it_saw() {
    let said = |judged: Judged, name: &str| {
        let diagnosis = judged.diagnosis();
        let mut checks = diagnosis.checks.into_iter();
        let check = checks.find(|check| check.name == name).expect("the check");
        (check.verdict, check.summary)
    };
    let failed = |summary: &str| (Verdict::Failed, summary.to_owned());
    let stripe = || Judged::of("stripe");
    assert_eq!(
        said(stripe().secret(""), "secrets"),
        failed("secret 0 is empty")
    );
    let gone = stripe().without("Stripe-Signature");
    assert_eq!(
        said(gone.clone(), "headers"),
        failed("missing: Stripe-Signature")
    );
    assert_eq!(said(gone, "form").0, Verdict::NotReached);
    let nonsense = stripe().signature(|_| "nonsense".into());
    assert_eq!(said(nonsense, "form").0, Verdict::Failed);
    let token = Judged::of("gitlab").secret("another-secret");
    assert_eq!(
        said(token, "signature"),
        failed("the request carries another secret")
    );
    let claims = Judged::of("vonage").body("{}");
    assert_eq!(said(claims.clone(), "signature").0, Verdict::Passed);
    assert_eq!(said(claims, "claims").0, Verdict::Failed);
}

#[cfg(all(feature = "ed25519", feature = "ecdsa"))]
#[test]
fn every_code_stands_once_in_the_table_and_nearly_each_has_its_mistake() {
    use std::collections::BTreeSet;

    use hookgate::CAUSES;

    let known: BTreeSet<&str> = CAUSES.iter().map(|cause| cause.code).collect();
    assert_eq!(known.len(), CAUSES.len());
    let mut told = BTreeSet::new();
    for (title, judged) in reports() {
        for cause in judged.diagnosis().causes {
            assert!(known.contains(cause.code), "{title}: {}", cause.code);
            let row = CAUSES
                .iter()
                .find(|row| row.code == cause.code)
                .expect("a row");
            assert_eq!((cause.meaning(), cause.remedy()), (row.meaning, row.remedy));
            told.insert(cause.code);
        }
    }
    let untold: Vec<&str> = known.difference(&told).copied().collect();
    assert_eq!(untold, UNTOLD);
}

/// Told by the tests below, or by none.
#[cfg(all(feature = "ed25519", feature = "ecdsa"))]
const UNTOLD: [&str; 6] = [
    "certificate_address",
    "certificate_needed",
    "certificate_refused",
    "other_topic",
    "time_zone",
    "unexplained",
];

#[test]
fn a_difference_of_whole_hours_is_called_a_time_zone() {
    for (now, told) in [
        (NOW + 7_200, true),
        (NOW - 3_600 + 20, true),
        (NOW + 19_800, true),
        (NOW + 4_500, false),
        (NOW + 86_400, false),
    ] {
        let diagnosis = Judged::of("stripe").now(now).diagnosis();
        assert_eq!(
            codes(&diagnosis).contains(&"time_zone"),
            told,
            "{diagnosis}"
        );
    }
}

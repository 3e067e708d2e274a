//! Ages: of requests, and of certificates that were handed in long ago.

use hookgate::{Verifier, VerifyError};

use super::{CHAIN, NOW, OTHER_ROOT, ROOT, URL, code, judge, message, row, sns};
use crate::samples::by_name;
use crate::test;

const UNDER_EXPIRING: &str = include_str!("../asymmetric/fixtures/under-expired-intermediate.pem");

#[test]
fn the_tolerance_is_that_of_the_retries_both_ways() {
    for (id, timestamp, tolerance) in [
        ("sns-03", 1_772_827_226, 3_600),
        ("paypal-01", 1_490_904_245, 259_200),
    ] {
        let row = row(id);
        let verifier = row.known();
        assert_eq!(verifier.scheme().tolerance(), Some(tolerance));
        let verdict = |now| row.judge(&verifier, &row.body(), now);
        let within = u64::from(tolerance);
        for now in [timestamp - within, timestamp, timestamp + within] {
            assert_eq!(
                verdict(now).map(|event| event.timestamp),
                Ok(Some(timestamp))
            );
        }
        let now = timestamp + within + 1;
        let old = VerifyError::TimestampTooOld {
            timestamp,
            now,
            tolerance,
        };
        assert_eq!(verdict(now), Err(old), "{id}");
        let now = timestamp - within - 1;
        let future = VerifyError::TimestampInFuture {
            timestamp,
            now,
            tolerance,
        };
        assert_eq!(verdict(now), Err(future), "{id}");
    }
}

#[test]
fn an_old_request_is_refused_before_its_certificate_is_asked_for() {
    for id in ["sns-03", "paypal-01"] {
        let row = row(id);
        let verdict = row.judge(&row.verifier(), &row.body(), row.now + 1_000_000);
        assert_eq!(code(verdict), Err("timestamp_too_old"), "{id}");
    }
}

#[test]
fn without_the_replay_check_nothing_is_promised() {
    for id in ["sns-03", "paypal-01"] {
        let row = row(id);
        let verifier = row.known().without_replay_check();
        let event = row
            .judge(&verifier, &row.body(), row.now + 1_000_000)
            .expect("a sound request");
        assert!(!event.replay_protected, "{id}");
    }
}

/// 2026-10-14 is the last day of the certificate of the vectors.
#[test]
fn a_certificate_that_expires_after_it_was_handed_in_no_longer_serves() {
    let row = row("sns-03");
    let verifier = row.known().without_replay_check();
    let verdict = |now| code(row.judge(&verifier, &row.body(), now)).map(drop);
    let last = 1_792_022_399;
    assert_eq!(verdict(last), Ok(()));
    assert_eq!(verdict(last + 1), Err("unusable_certificate"));
}

#[test]
fn nor_does_one_whose_chain_does() {
    // The intermediate is valid in January 2025 alone, its leaf until 2035.
    let mut verifier = sns(ROOT).without_replay_check();
    let january = 1_736_000_000;
    let added = verifier.add_certificate(URL, UNDER_EXPIRING, january);
    assert_eq!(added, Ok(()));
    let verdict = |now| code(judge(&verifier, &[], &message(URL), now)).map(drop);
    // The fixture's message was signed with another key.
    assert_eq!(verdict(january), Err("signature_mismatch"));
    assert_eq!(verdict(NOW), Err("unusable_certificate"));
    let again = verifier.add_certificate(URL, UNDER_EXPIRING, NOW);
    assert_eq!(code(again), Err("unusable_certificate"));
}

#[test]
fn the_first_secret_that_accepts_decides_and_one_that_needs_a_certificate_outweighs_a_refusal() {
    let with = |trust: &str| format!("{}\n{trust}", super::ORDERS);
    let verifier =
        |secrets: &[String]| Verifier::new(by_name("aws-sns"), secrets).expect("secrets");
    let other = include_str!("../asymmetric/fixtures/rsa-pkcs1-public.pem");
    assert!(other.contains("RSA PUBLIC KEY"));
    let wrong = row("paypal-09");
    let wrong = with(wrong.key("spki_pem").expect("a key"));
    let verdict = |verifier: &Verifier| {
        code(judge(verifier, &[], &message(URL), NOW)).map(|event| event.key_index)
    };
    let both = verifier(&[wrong.clone(), with(other)]);
    assert_eq!(verdict(&both), Ok(1));
    let mut fetched = verifier(&[wrong.clone(), with(OTHER_ROOT), with(ROOT)]);
    assert_eq!(verdict(&fetched), Err("needs_certificate"));
    assert_eq!(fetched.add_certificate(URL, CHAIN, NOW), Ok(()));
    assert_eq!(verdict(&fetched), Ok(2));
    // Those that do not trust it never ask for it again.
    let forged = String::from_utf8(message(URL)).expect("text");
    let forged = forged.replace("hello", "hallo");
    assert_eq!(
        code(judge(&fetched, &[], forged.as_bytes(), NOW)),
        Err("signature_mismatch")
    );
    assert_eq!(
        judge(&verifier(&[wrong]), &[], &message(URL), NOW),
        Err(VerifyError::SignatureMismatch {
            signatures: 1,
            secrets: 1
        })
    );
}

//! Bodies of the schemes that sign a form's parameters.

use hookgate::{Malformed, VerifyError};

use crate::elsewhere::with_body;
use crate::samples::{self, NOW, Sample};
use crate::tamper::is_the_same_form;
use crate::test;

#[test]
fn a_form_has_at_most_a_thousand_parameters() {
    for name in samples::FORMS {
        let verdict = with_body(name, |body| format!("{body}{}", "&a".repeat(1_000)));
        let expected = VerifyError::MalformedBody {
            reason: Malformed::TooMany { limit: 1_000 },
        };
        assert_eq!(verdict, Err(expected), "{name}");
    }
}

#[test]
fn a_body_that_is_no_form_is_refused_where_only_forms_are_signed() {
    for name in ["plivo", "plivo-v1", "vonage-legacy"] {
        let mut sample = Sample::of(name).set("Content-Type", "application/json");
        // Else the signature is missed first.
        sample.url += "&sig=00&timestamp=1773738000";
        assert_eq!(sample.verdict(), Err(VerifyError::UncoveredBody), "{name}");
    }
    let expected = VerifyError::MissingParameter {
        name: "bodySHA256".into(),
    };
    let twilio = Sample::of("twilio");
    let untyped = twilio.clone().without("Content-Type");
    assert_eq!(untyped.verdict(), Err(expected.clone()));
    let json = twilio.set("Content-Type", "application/json");
    assert_eq!(json.verdict(), Err(expected));
}

#[test]
fn every_flipped_bit_of_vonages_form_is_refused() {
    let sample = Sample::of("vonage-legacy");
    let verifier = sample.verifier().without_replay_check();
    let causes = [
        "signature_mismatch",
        "missing_parameter",
        "malformed_parameter",
    ];
    for at in 0..sample.body.len() {
        for bit in 0..8 {
            let mut changed = sample.clone();
            changed.body[at] ^= 1 << bit;
            let verdict = changed.with(|request| verifier.verify(request, NOW));
            match verdict.map_err(|error| error.code()) {
                Ok(_) => assert!(is_the_same_form(&sample.body, &changed.body), "{at} {bit}"),
                Err(code) => assert!(causes.contains(&code), "{at} {bit}: {code}"),
            }
        }
    }
}

#[test]
fn of_two_content_types_neither_is_believed_over_the_other() {
    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";
    for name in samples::FORMS {
        let verdict = |first: &str, second: &str| {
            let sample = Sample::of(name).without("Content-Type");
            let sample = sample.add("Content-Type", first);
            sample.add("content-type", second).verdict()
        };
        let refused = verdict(FORM, JSON);
        assert!(refused.is_err(), "{name}");
        assert_eq!(refused, verdict(JSON, FORM), "{name}");
        assert!(verdict(FORM, FORM).is_ok(), "{name}");
    }
}

#[test]
fn bytes_that_are_no_text_in_a_form_are_signed_like_any_others() {
    let mismatch = VerifyError::SignatureMismatch {
        signatures: 1,
        secrets: 1,
    };
    for name in samples::FORMS {
        let sample = Sample::of(name);
        for before in [
            b"x=%FF&".as_slice(),
            b"x=\xff&",
            b"\xff=x&",
            b"x=%00&",
            b"x=\0&",
            b"x=%&",
            b"x=%4&",
            b"x&",
            b"%C3%28=1&",
        ] {
            let mut changed = sample.clone();
            changed.body.splice(..0, before.iter().copied());
            assert_eq!(changed.verdict(), Err(mismatch.clone()), "{name}");
        }
    }
}

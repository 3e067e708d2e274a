//! Secrets never show, and neither do signatures that would have been right.

use hookgate::Verifier;

use crate::samples::{self, SECRETS, Sample};
use crate::test;

#[test]
fn debug_shows_neither_secret_nor_key() {
    for scheme in samples::signable() {
        let verifier = samples::verifier(scheme, &SECRETS);
        let expected = format!(
            "Verifier {{ scheme: {:?}, secrets: [3 redacted], tolerance: {}, checks_replay: true }}",
            scheme.name(),
            scheme.tolerance().unwrap_or(0),
        );
        assert_eq!(format!("{verifier:?}"), expected);
        assert_eq!(format!("{:?}", verifier.clone()), expected);
    }
}

#[test]
fn a_set_up_error_never_quotes_the_secret() {
    for secret in [
        "c2VjcmV0LXRleHQ=",
        "whsec_topsecret!",
        "topsecret\n",
        "whsec_c2VjcmV0LXRleHQ=",
        "74:6f:70:topsecret",
        ":topsecret\n",
        "\u{7f}topsecret",
    ] {
        for scheme in hookgate::SCHEMES {
            if let Err(error) = Verifier::new(scheme, &[secret]) {
                let shown = format!("{error} {error:?}");
                assert!(
                    !shown.contains("topsecret") && !shown.contains("c2Vjc"),
                    "{shown}"
                );
            }
        }
    }
}

#[test]
fn a_mismatch_shows_neither_the_secret_nor_the_signature_that_was_expected() {
    for sample in samples::over_bodies() {
        let right = sample.value(&sample.signature_header()).to_owned();
        let right = &right[right.len() - 20..];
        let mut changed = sample.clone();
        changed.body = b"{}".to_vec();
        let original = sample.body.clone();
        let error = changed.verdict().expect_err("another body");
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains(right) && !shown.contains(&SECRETS[0][6..]),
            "{shown}"
        );
        let expected = Sample::signed(sample.scheme, &SECRETS[..1], "{}");
        let expected = expected.value(&expected.signature_header()).to_owned();
        assert!(!shown.contains(&expected[expected.len() - 20..]), "{shown}");
        assert_ne!(original, changed.body);
    }
}

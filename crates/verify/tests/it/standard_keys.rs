//! Standard Webhooks' two versions side by side: `v1` of secrets, and `v1a` of Ed25519 keys.

#![cfg(all(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]

use hookgate::{Malformed, SetupError, Verifier, VerifyError};

use crate::public_keys::{WHPK, WHSK, event};
use crate::samples::{NOW, SECRETS, Sample, by_name};
use crate::test;

const OTHER_WHSK: &str = "whsk_CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";

/// What `standard` sends when it signs with these keys.
fn standard(keys: &[&str]) -> Sample {
    let verifier = Verifier::signing(by_name("standard"), keys).expect("keys");
    let headers = verifier.sign(&event()).expect("a sound event");
    let mut sample = Sample::of("standard");
    sample.headers = headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    sample
}

fn judged(sample: &Sample, keys: &[&str]) -> Result<usize, VerifyError> {
    let verifier = Verifier::new(by_name("standard"), keys).expect("keys");
    let verdict = sample.with(|request| verifier.verify(request, NOW));
    verdict.map(|event| event.key_index)
}

fn unsupported(expected: &'static str) -> VerifyError {
    VerifyError::UnsupportedVersion {
        name: "webhook-signature".into(),
        expected: expected.into(),
    }
}

#[test]
fn the_public_half_of_a_key_verifies_what_the_private_half_signed() {
    let sample = standard(&[WHSK]);
    assert!(sample.value("webhook-signature").starts_with("v1a,"));
    for key in [WHPK, WHSK] {
        assert_eq!(judged(&sample, &[key]), Ok(0));
    }
    let mismatch = VerifyError::SignatureMismatch {
        signatures: 1,
        secrets: 1,
    };
    assert_eq!(judged(&sample, &[OTHER_WHSK]), Err(mismatch));
}

#[test]
fn neither_version_is_judged_as_the_other() {
    let by_key = standard(&[WHSK]);
    let by_secret = standard(&SECRETS[..1]);
    assert_eq!(judged(&by_key, &SECRETS[..1]), Err(unsupported("v1")));
    assert_eq!(judged(&by_secret, &[WHPK]), Err(unsupported("v1a")));
    // Each under the other's name.
    let relabelled = |sample: &Sample, from: &str, to: &str| {
        let value = sample.value("webhook-signature").replacen(from, to, 1);
        sample.clone().set("webhook-signature", value)
    };
    for keys in [&[SECRETS[0], WHPK][..], &[WHPK, SECRETS[0]]] {
        for sample in [
            relabelled(&by_key, "v1a,", "v1,"),
            relabelled(&by_secret, "v1,", "v1a,"),
        ] {
            let mismatch = VerifyError::SignatureMismatch {
                signatures: 1,
                secrets: 2,
            };
            assert_eq!(judged(&sample, keys), Err(mismatch));
        }
    }
}

#[test]
fn a_text_of_the_public_key_is_no_secret_of_v1() {
    // What would pass if the public key, which everybody knows, were taken for a secret.
    let bytes = WHPK.strip_prefix("whpk_").expect("a prefix");
    let forged = standard(&[&format!("whsec_{bytes}")]);
    assert_eq!(judged(&forged, &[WHPK]), Err(unsupported("v1a")));
}

#[test]
fn secrets_and_keys_stand_beside_each_other_while_a_sender_moves() {
    let sample = standard(&[SECRETS[0], WHSK]);
    let header = sample.value("webhook-signature").to_owned();
    let versions: Vec<_> = header
        .split(' ')
        .filter_map(|item| item.split_once(','))
        .collect();
    assert!(matches!(versions[..], [("v1", _), ("v1a", _)]), "{header}");
    assert_eq!(judged(&sample, &SECRETS[..1]), Ok(0));
    assert_eq!(judged(&sample, &[WHPK]), Ok(0));
    assert_eq!(judged(&sample, &[SECRETS[1], WHPK]), Ok(1));
    assert_eq!(judged(&sample, &[OTHER_WHSK, SECRETS[0]]), Ok(1));
}

#[test]
fn a_version_without_a_key_is_skipped_whatever_it_holds() {
    let sample = standard(&SECRETS[..1]);
    let value = format!("v1a,not-base64! {}", sample.value("webhook-signature"));
    let sample = sample.set("webhook-signature", value);
    assert_eq!(judged(&sample, &SECRETS[..1]), Ok(0));
    let malformed = VerifyError::MalformedHeader {
        name: "webhook-signature".into(),
        reason: Malformed::NotBase64,
    };
    assert_eq!(judged(&sample, &[SECRETS[0], WHPK]), Err(malformed));
}

#[test]
fn at_most_sixteen_signatures_of_public_keys_are_judged() {
    let sample = standard(&[WHSK]);
    let right = sample.value("webhook-signature").to_owned();
    let many = |count| {
        sample
            .clone()
            .set("webhook-signature", vec![right.as_str(); count].join(" "))
    };
    assert_eq!(judged(&many(16), &[WHPK]), Ok(0));
    let malformed = VerifyError::MalformedHeader {
        name: "webhook-signature".into(),
        reason: Malformed::TooMany { limit: 16 },
    };
    assert_eq!(judged(&many(17), &[WHPK]), Err(malformed));
    let beside = format!(
        "{} {}",
        many(17).value("webhook-signature"),
        standard(&SECRETS[..1]).value("webhook-signature")
    );
    assert_eq!(
        judged(&many(17).set("webhook-signature", beside), &SECRETS[..1]),
        Ok(0)
    );
}

#[test]
fn other_senders_of_space_lists_have_no_such_keys() {
    for name in ["clerk", "resend", "visiwise"] {
        let error = Verifier::new(by_name(name), &[WHPK]).expect_err(name);
        assert!(
            matches!(error, SetupError::MalformedSecret { index: 0, .. }),
            "{name}: {error:?}"
        );
    }
}

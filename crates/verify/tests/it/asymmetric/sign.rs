//! What a private key signs, its public key verifies, and nothing else does.

use hookgate::asymmetric::{Algorithm, KeyForm, PrivateKey, PublicKey, SignatureError};

use super::{NOW, base64, fixture};
use crate::test;

/// The pair of svix-webhooks' own test (MIT).
const WHSK: &str =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const WHPK: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";

fn keys() -> Vec<(Algorithm, PrivateKey)> {
    let parse = |form, text| PrivateKey::parse(form, text).expect("a key");
    let p256 = parse(KeyForm::P256, fixture!("p256-pkcs8.pem"));
    #[allow(unused_mut, reason = "RSA signs only in a build that asks for it")]
    let mut keys = vec![
        (Algorithm::Ed25519, parse(KeyForm::StandardWebhooks, WHSK)),
        (Algorithm::EcdsaP256Sha256, p256),
    ];
    #[cfg(feature = "rsa-sign")]
    for algorithm in [Algorithm::RsaPkcs1Sha256, Algorithm::RsaPkcs1Sha1] {
        keys.push((algorithm, parse(KeyForm::Rsa, fixture!("rsa-pkcs8.pem"))));
    }
    keys
}

#[test]
fn a_standard_webhooks_signature_is_the_one_of_svix() {
    let key = PrivateKey::parse(KeyForm::StandardWebhooks, WHSK).expect("a key");
    let public = PublicKey::parse(KeyForm::StandardWebhooks, WHPK).expect("a key");
    assert_eq!(key.public_key(), public);
    let message = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}".as_slice();
    let signature = key
        .sign(Algorithm::Ed25519, [message])
        .expect("a signature");
    let expected =
        "hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
    assert_eq!(signature, base64(expected));
}

#[test]
fn a_seed_alone_is_the_same_key() {
    let seed = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=";
    let hex = "e976ff742707a4f79adb53d2d4df5563f3595bbdb708473becde2b242b9b31b7";
    for (form, text) in [
        (KeyForm::StandardWebhooks, seed),
        (KeyForm::Ed25519Hex, hex),
    ] {
        let key = PrivateKey::parse(form, text).expect("a key");
        let public = PublicKey::parse(KeyForm::StandardWebhooks, WHPK).expect("a key");
        assert_eq!(key.public_key(), public);
    }
}

#[test]
fn what_a_key_signs_its_public_key_verifies_however_it_is_cut() {
    for (algorithm, key) in keys() {
        let signature = key
            .sign(algorithm, [b"t".as_slice(), b".", b"body"])
            .expect("a signature");
        let public = key.public_key();
        let cuts: [&[&[u8]]; 3] = [&[b"t.body"], &[b"", b"t.", b"", b"body"], &[b"t.bod", b"y"]];
        for cut in cuts {
            let verdict = public.verify(algorithm, cut.iter().copied(), &signature);
            assert_eq!(verdict, Ok(()), "{algorithm:?}");
        }
        assert_eq!(
            key.sign(algorithm, [b"t.body".as_slice()]),
            Ok(signature),
            "{algorithm:?}: the same message gets the same signature"
        );
    }
}

#[test]
fn any_flipped_bit_is_refused() {
    let message = b"1614265330{}\r\n".to_vec();
    for (algorithm, key) in keys() {
        let public = key.public_key();
        let signature = key.sign(algorithm, [&message[..]]).expect("a signature");
        for bit in 0..message.len() * 8 {
            let mut changed = message.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                public.verify(algorithm, [&changed[..]], &signature),
                Err(SignatureError::Mismatch),
                "{algorithm:?}, bit {bit} of the message"
            );
        }
        // RSA is slow in a debug build: every fifth bit still meets every place in a byte.
        let step = if signature.len() > 128 { 5 } else { 1 };
        for bit in (0..signature.len() * 8).step_by(step) {
            let mut changed = signature.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let verdict = public.verify(algorithm, [&message[..]], &changed);
            assert!(
                matches!(
                    verdict,
                    Err(SignatureError::Mismatch | SignatureError::Malformed)
                ),
                "{algorithm:?}, bit {bit} of the signature: {verdict:?}"
            );
        }
    }
}

#[test]
fn a_longer_or_shorter_signature_is_refused() {
    for (algorithm, key) in keys() {
        let public = key.public_key();
        let message = [b"message".as_slice()];
        let signature = key.sign(algorithm, message).expect("a signature");
        let refused = |length| match algorithm {
            Algorithm::EcdsaP256Sha256 => Err(SignatureError::Malformed),
            _ => Err(SignatureError::WrongLength {
                expected: signature.len(),
                length,
            }),
        };
        for length in [0, 1, signature.len() - 1] {
            let verdict = public.verify(algorithm, message, &signature[..length]);
            assert_eq!(verdict, refused(length), "{algorithm:?}");
        }
        let longer = [&signature[..], &[0]].concat();
        let verdict = public.verify(algorithm, message, &longer);
        assert_eq!(verdict, refused(longer.len()), "{algorithm:?}");
    }
}

#[test]
fn a_key_is_not_used_with_another_algorithm() {
    let all = [
        Algorithm::Ed25519,
        Algorithm::EcdsaP256Sha256,
        Algorithm::RsaPkcs1Sha256,
        Algorithm::RsaPkcs1Sha1,
    ];
    let is_rsa = |algorithm| {
        matches!(
            algorithm,
            Algorithm::RsaPkcs1Sha256 | Algorithm::RsaPkcs1Sha1
        )
    };
    for (own, key) in keys() {
        for other in all {
            if own == other || is_rsa(own) && is_rsa(other) {
                continue;
            }
            let message = [b"message".as_slice()];
            assert_eq!(key.sign(other, message), Err(SignatureError::WrongKey));
            assert_eq!(
                key.public_key().verify(other, message, &[0; 64]),
                Err(SignatureError::WrongKey)
            );
        }
    }
}

/// With `R` and `S` zero but for `R` being the neutral point, the equation holds for `A` of small
/// order; with a sound `A` it does not, but the point is refused before that.
#[test]
fn an_ed25519_commitment_of_small_order_is_refused_as_malformed() {
    let key = PublicKey::parse(KeyForm::StandardWebhooks, WHPK).expect("a key");
    let mut signature = [0; 64];
    signature[0] = 1;
    assert_eq!(
        key.verify(Algorithm::Ed25519, [b"message".as_slice()], &signature),
        Err(SignatureError::Malformed)
    );
}

#[test]
fn no_key_is_shown() {
    for (_, key) in keys() {
        assert_eq!(format!("{key:?}"), "PrivateKey([redacted])");
    }
    let key = PublicKey::parse(KeyForm::StandardWebhooks, WHPK).expect("a key");
    assert_eq!(format!("{key:?}"), "PublicKey(Ed25519)");
}

#[test]
fn every_error_of_a_key_says_something_and_quotes_no_key() {
    for form in [
        KeyForm::Ed25519Hex,
        KeyForm::StandardWebhooks,
        KeyForm::P256,
        KeyForm::Rsa,
    ] {
        for text in [
            WHSK,
            "",
            fixture!("p256-pkcs8.pem"),
            fixture!("rsa-pkcs8.pem"),
        ] {
            let error = PublicKey::parse(form, text).expect_err("no public key");
            let said = format!("{error} {error:?} {}", error.code());
            assert!(said.len() > 20, "{said}");
            assert!(!said.contains("6Xb/") && !said.contains("MIIE"), "{said}");
        }
    }
}

/// The mirror of a verified message of SNS and PayPal.
#[cfg(feature = "rsa-sign")]
#[test]
fn sns_and_paypal_messages_round_trip() {
    use hookgate::asymmetric::{
        Certificates, SnsMessage, Trust, paypal_message, sns_certificate_url,
    };
    let key = PrivateKey::parse(KeyForm::Rsa, fixture!("rsa-pkcs8.pem")).expect("a key");
    let url =
        sns_certificate_url("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem")
            .expect("an address");
    let certificates = Certificates::from_pem(fixture!("leaf-and-intermediate.pem"));
    let public = certificates
        .expect("certificates")
        .signing_key(url.names(), NOW, Trust::Fetched)
        .expect("a key");
    assert_eq!(public, key.public_key());

    for version in ["1", "2"] {
        let body = format!(
            r#"{{"Type":"Notification","MessageId":"m","TopicArn":"t","Subject":"s","Message":"a\nb\u00e9","Timestamp":"now","SignatureVersion":"{version}"}}"#
        );
        let message = SnsMessage::read(body.as_bytes()).expect("a message");
        let signature = key
            .sign(message.algorithm(), message.signed())
            .expect("a signature");
        assert_eq!(
            public.verify(message.algorithm(), message.signed(), &signature),
            Ok(())
        );
    }
    let text = paypal_message("id", "time", "webhook", b"{}").expect("a text");
    let algorithm = Algorithm::RsaPkcs1Sha256;
    let signature = key.sign(algorithm, [text.as_bytes()]).expect("a signature");
    assert_eq!(
        public.verify(algorithm, [text.as_bytes()], &signature),
        Ok(())
    );
}

/// The mirror of Wise, whose private key needs the feature.
#[cfg(feature = "rsa-sign")]
#[test]
fn what_wise_would_sign_verifies_with_the_public_half_alone() {
    use hookgate::{Outgoing, Request, Verifier, VerifyError};
    let wise = crate::samples::by_name("wise");
    let signing = Verifier::signing(wise, &[fixture!("rsa-pkcs8.pem")]).expect("a key");
    let outgoing = Outgoing {
        id: "d-1",
        timestamp: NOW,
        event_type: None,
        body: br#"{"event_type":"transfers#state-change"}"#,
    };
    let sent = signing.sign(&outgoing).expect("sound");
    let headers: Vec<(&str, &[u8])> = sent
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let judge = |keys: &[&str], body: &[u8]| {
        let request = Request {
            method: "POST",
            url: "https://example.com/in",
            headers: &headers,
            body,
        };
        let verifier = Verifier::new(wise, keys).expect("keys");
        verifier.verify(&request, NOW).map(|event| event.key_index)
    };
    let public = fixture!("rsa-spki.pem");
    let paypal = crate::rows::rows().find_map(|row| row.key("spki_pem").map(str::to_owned));
    let other = paypal.expect("a row with a key of PayPal's");
    let other = other.as_str();
    assert_eq!(judge(&[public], outgoing.body), Ok(0));
    assert_eq!(judge(&[other, public], outgoing.body), Ok(1));
    let mismatch = VerifyError::SignatureMismatch {
        signatures: 1,
        secrets: 1,
    };
    assert_eq!(judge(&[public], b"{}"), Err(mismatch.clone()));
    assert_eq!(judge(&[other], outgoing.body), Err(mismatch));
}

#[cfg(not(feature = "rsa-sign"))]
#[test]
fn a_build_without_rsa_signing_says_which_feature_it_lacks() {
    use hookgate::asymmetric::KeyError;
    let _ = NOW;
    assert_eq!(
        PrivateKey::parse(KeyForm::Rsa, fixture!("rsa-pkcs8.pem")).err(),
        Some(KeyError::NotCompiledIn {
            feature: "rsa-sign"
        })
    );
}

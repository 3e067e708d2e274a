//! Nothing panics, whatever is handed in: sound inputs, cut and changed by a small generator whose
//! seed is fixed, so that a failure can be repeated.

use hookgate::asymmetric::{
    Algorithm, Certificates, KeyForm, PrivateKey, PublicKey, SnsMessage, Trust,
    paypal_certificate_url, paypal_message, sns_certificate_url, sns_subscribe_url,
};

use super::{NOW, bare, base64, fixture, pem};
use crate::test;

/// xorshift64*, by Vigna.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).expect("31 bits") % limit.max(1)
    }

    /// Cuts, flips, overwrites, doubles or drops something, up to four times.
    fn mutate(&mut self, input: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), [0, 0x30, 0x80, 0xff][self.below(4)]),
                2 => drop(bytes.drain(at..(at + self.below(9)).min(bytes.len()))),
                3 => bytes.extend_from_within(at..),
                _ if bytes.is_empty() => {}
                4 => bytes[at] ^= 1 << self.below(8),
                _ => bytes[at] = [0, 1, 0x7f, 0x80, 0x84, 0xff][self.below(6)],
            }
        }
        bytes
    }
}

const FORMS: [KeyForm; 4] = [
    KeyForm::Ed25519Hex,
    KeyForm::StandardWebhooks,
    KeyForm::P256,
    KeyForm::Rsa,
];

fn parse_keys(text: &str) {
    for form in FORMS {
        let _ = PublicKey::parse(form, text);
        let _ = PrivateKey::parse(form, text);
    }
}

#[test]
fn mutated_texts_of_keys_do_not_panic() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for text in [
        "c5568d0facd66bddee281dcb9c8ac02e169c5c20741b215b2539a96bb183c5d6",
        "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
        fixture!("p256-spki.pem"),
        fixture!("p256-sec1-with-parameters.pem"),
        fixture!("rsa-spki.pem"),
    ] {
        for _ in 0..200 {
            parse_keys(&String::from_utf8_lossy(&dice.mutate(text.as_bytes())));
        }
    }
}

#[test]
fn mutated_and_truncated_der_of_keys_does_not_panic() {
    let mut dice = Dice(0xdead_beef_cafe_f00d);
    for (label, text) in [
        ("PUBLIC KEY", fixture!("p256-spki.pem")),
        ("PUBLIC KEY", fixture!("rsa-spki.pem")),
        ("RSA PUBLIC KEY", fixture!("rsa-pkcs1-public.pem")),
        ("PRIVATE KEY", fixture!("p256-pkcs8.pem")),
    ] {
        let der = base64(&bare(text));
        for length in 0..der.len() {
            parse_keys(&pem(label, &der[..length]));
        }
        for _ in 0..300 {
            parse_keys(&pem(label, &dice.mutate(&der)));
        }
    }
}

#[test]
fn mutated_and_truncated_certificates_do_not_panic_nor_verify() {
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let root = Certificates::from_pem(fixture!("p256-root.pem")).expect("certificates");
    let der = base64(&bare(fixture!("p256-leaf.pem")));
    let names = ["messageverificationcerts.paypal.com"];
    let judge = |bytes: &[u8]| {
        let Ok(chain) = Certificates::from_pem(&pem("CERTIFICATE", bytes)) else {
            return;
        };
        let _ = chain.signing_key(&names, NOW, Trust::Fetched);
        let judged = chain.signing_key(&names, NOW, Trust::Anchors(&root));
        assert_eq!(judged.is_ok(), bytes == der, "{bytes:02x?}");
    };
    judge(&der);
    for length in 0..der.len() {
        judge(&der[..length]);
    }
    for _ in 0..2_000 {
        judge(&dice.mutate(&der));
    }
    for _ in 0..200 {
        let text = dice.mutate(fixture!("leaf-and-intermediate.pem").as_bytes());
        let _ = Certificates::from_pem(&String::from_utf8_lossy(&text));
    }
}

#[test]
fn mutated_signatures_do_not_panic_nor_verify() {
    let mut dice = Dice(0x5555_aaaa_1234_8765);
    let keys = [
        (
            Algorithm::Ed25519,
            PrivateKey::parse(KeyForm::Ed25519Hex, &"07".repeat(32)),
        ),
        (
            Algorithm::EcdsaP256Sha256,
            PrivateKey::parse(KeyForm::P256, fixture!("p256-pkcs8.pem")),
        ),
    ];
    let message = [b"message".as_slice()];
    for (algorithm, key) in keys {
        let key = key.expect("a key");
        let signature = key.sign(algorithm, message).expect("a signature");
        let public = key.public_key();
        for _ in 0..500 {
            let changed = dice.mutate(&signature);
            let verdict = public.verify(algorithm, message, &changed);
            assert_eq!(verdict.is_ok(), changed == signature, "{changed:02x?}");
        }
    }
    let rsa = PublicKey::parse(KeyForm::Rsa, fixture!("rsa-spki.pem")).expect("a key");
    for fill in [0, 1, 0x7f, 0xff] {
        for length in [0, 1, 255, 256, 257, 4096] {
            let signature = vec![fill; length];
            for algorithm in [Algorithm::RsaPkcs1Sha256, Algorithm::RsaPkcs1Sha1] {
                assert!(rsa.verify(algorithm, message, &signature).is_err());
            }
        }
    }
}

#[test]
fn mutated_messages_and_addresses_do_not_panic() {
    let mut dice = Dice(0x1357_9bdf_0246_8ace);
    let body = br#"{"Type":"Notification","MessageId":"m","TopicArn":"t","Message":"a\n\u00e9","Timestamp":"T","SignatureVersion":"2","Signature":"AAAA","SigningCertURL":"https://sns.eu-west-1.amazonaws.com/a.pem"}"#;
    for _ in 0..5_000 {
        let body = dice.mutate(body);
        if let Ok(message) = SnsMessage::read(&body) {
            let _ = (message.signed(), message.signature());
            let _ = message.certificate_url();
        }
        let url = dice.mutate(b"https://sns.eu-west-1.amazonaws.com/a.pem");
        let url = String::from_utf8_lossy(&url);
        let _ = (sns_certificate_url(&url), sns_subscribe_url(&url));
        let _ = paypal_certificate_url(&url.replace("amazonaws", "paypal"));
        let _ = paypal_message(&url, "t", "w", &body);
    }
}

//! The forms in which keys are handed out, and what is refused with which words.

use hookgate::asymmetric::{KeyError, KeyForm, PrivateKey, PublicKey};

use super::{bare, base64, fixture, pem};
use crate::test;

const HEX: &str = "c5568d0facd66bddee281dcb9c8ac02e169c5c20741b215b2539a96bb183c5d6";
const WHPK: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const WHSK: &str =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";

const FORMS: [KeyForm; 4] = [
    KeyForm::Ed25519Hex,
    KeyForm::StandardWebhooks,
    KeyForm::P256,
    KeyForm::Rsa,
];

fn public(form: KeyForm, text: &str) -> Result<PublicKey, KeyError> {
    PublicKey::parse(form, text)
}

fn private(form: KeyForm, text: &str) -> Result<PublicKey, KeyError> {
    PrivateKey::parse(form, text).map(|key| key.public_key())
}

#[test]
fn one_key_reads_the_same_in_all_its_forms() {
    let p256 = fixture!("p256-spki.pem");
    let rsa = fixture!("rsa-spki.pem");
    let same = [
        (KeyForm::Ed25519Hex, String::from(HEX), HEX.to_uppercase()),
        (KeyForm::StandardWebhooks, WHPK.into(), WHPK[5..].into()),
        (KeyForm::P256, p256.into(), bare(p256)),
        (KeyForm::P256, p256.into(), p256.replace('\n', "\r\n")),
        (
            KeyForm::P256,
            p256.into(),
            format!("  # SendGrid\n{p256}\n\n"),
        ),
        (KeyForm::Rsa, rsa.into(), bare(rsa)),
        (
            KeyForm::Rsa,
            rsa.into(),
            fixture!("rsa-pkcs1-public.pem").into(),
        ),
        (KeyForm::Rsa, rsa.into(), rsa.trim_end().into()),
    ];
    for (form, one, other) in same {
        let one = public(form, &one).expect("a key");
        assert_eq!(Ok(one), public(form, &other), "{form:?} {other}");
    }
}

#[test]
fn a_private_p256_key_reads_from_pkcs8_and_sec1() {
    let expected = public(KeyForm::P256, fixture!("p256-spki.pem"));
    let pkcs8 = fixture!("p256-pkcs8.pem");
    let sec1 = fixture!("p256-sec1-with-parameters.pem");
    assert_eq!(private(KeyForm::P256, pkcs8), expected);
    assert_eq!(private(KeyForm::P256, &bare(pkcs8)), expected);
    assert_eq!(private(KeyForm::P256, sec1), expected);
}

#[test]
fn a_private_p256_key_of_another_version_curve_or_point_is_refused() {
    // The base point of the curve, which is the public key of 1 alone.
    const OTHER: &str =
        "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";
    let pkcs8 = base64(&bare(fixture!("p256-pkcs8.pem")));
    let expected = KeyForm::P256.expected_private();
    let read = |der: &[u8]| private(KeyForm::P256, &pem("PRIVATE KEY", der));
    assert!(read(&pkcs8).is_ok());
    // The versions of PKCS#8 and of SEC1, the end of the curve's name, and that of the point.
    for at in [5, 26, 33, 137] {
        let mut changed = pkcs8.clone();
        changed[at] ^= 1;
        assert_eq!(
            read(&changed),
            Err(KeyError::Malformed { expected }),
            "{at}"
        );
    }
    let mut changed = pkcs8.clone();
    changed.splice(74.., base64(OTHER));
    assert_eq!(changed.len(), pkcs8.len());
    assert_eq!(read(&changed), Err(KeyError::Malformed { expected }));
}

#[cfg(feature = "rsa-sign")]
#[test]
fn a_private_rsa_key_reads_from_pkcs8() {
    let expected = public(KeyForm::Rsa, fixture!("rsa-spki.pem"));
    let pkcs8 = fixture!("rsa-pkcs8.pem");
    assert_eq!(private(KeyForm::Rsa, pkcs8), expected);
    assert_eq!(private(KeyForm::Rsa, &bare(pkcs8)), expected);
}

#[test]
fn an_empty_key_is_refused_with_the_form_that_is_expected() {
    for form in FORMS {
        let expected = form.expected_public();
        assert_eq!(public(form, ""), Err(KeyError::Empty { expected }));
    }
    let expected = KeyForm::StandardWebhooks.expected_public();
    assert_eq!(
        public(KeyForm::StandardWebhooks, "whpk_"),
        Err(KeyError::Empty { expected })
    );
    let expected = KeyForm::StandardWebhooks.expected_private();
    assert_eq!(
        private(KeyForm::StandardWebhooks, "whsk_"),
        Err(KeyError::Empty { expected })
    );
}

#[test]
fn an_endless_key_is_refused_before_it_is_decoded() {
    let endless = "A".repeat(16 * 1024 + 1);
    for form in FORMS {
        let refused = Err(KeyError::TooLong { limit: 16 * 1024 });
        assert_eq!(public(form, &endless), refused, "{form:?}");
    }
}

#[test]
fn a_malformed_public_key_is_refused_with_the_form_that_is_expected() {
    let p256 = fixture!("p256-spki.pem");
    let rsa = fixture!("rsa-spki.pem");
    let pkcs1 = fixture!("rsa-pkcs1-public.pem");
    let table: [(KeyForm, String); 20] = [
        (KeyForm::Ed25519Hex, HEX[1..].into()),
        (KeyForm::Ed25519Hex, HEX.replacen('c', "C", 1)),
        (KeyForm::Ed25519Hex, HEX.replacen('c', "g", 1)),
        (KeyForm::Ed25519Hex, format!("{HEX}\n")),
        (KeyForm::Ed25519Hex, format!("0x{HEX}")),
        (KeyForm::StandardWebhooks, WHPK.trim_end_matches('=').into()),
        (KeyForm::StandardWebhooks, WHPK.replace("ir4=", "ir5=")),
        (KeyForm::StandardWebhooks, format!("{WHPK} ")),
        (KeyForm::StandardWebhooks, WHPK.replace("whpk_", "whsec_")),
        (
            KeyForm::P256,
            bare(p256).replace('/', "_").replace('+', "-") + "\n",
        ),
        (KeyForm::P256, p256.replace("END PUBLIC", "END PRIVATE")),
        (KeyForm::P256, p256.replace("-----END PUBLIC KEY-----", "")),
        (KeyForm::P256, format!("{p256}{p256}")),
        (KeyForm::P256, p256.replace('\n', "\\n")),
        (
            KeyForm::P256,
            "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----".into(),
        ),
        (KeyForm::Rsa, bare(rsa)[4..].into()),
        (KeyForm::Rsa, bare(pkcs1)),
        (KeyForm::Rsa, rsa.replace("PUBLIC KEY", "RSA PUBLIC KEY")),
        (KeyForm::Rsa, pkcs1.replace("RSA PUBLIC KEY", "PUBLIC KEY")),
        (
            KeyForm::Rsa,
            rsa.replace("PUBLIC KEY", "CERTIFICATE REQUEST"),
        ),
    ];
    for (form, text) in table {
        let expected = form.expected_public();
        assert_eq!(
            public(form, &text),
            Err(KeyError::Malformed { expected }),
            "{form:?} {text}"
        );
    }
}

#[test]
fn a_key_of_another_length_is_refused_with_its_length() {
    let form = KeyForm::Ed25519Hex;
    let expected = form.expected_public();
    for (text, length) in [(&HEX[2..], 31), (&[HEX, HEX].concat(), 64)] {
        let refused = Err(KeyError::WrongLength { length, expected });
        assert_eq!(public(form, text), refused);
    }
    let form = KeyForm::StandardWebhooks;
    let expected = form.expected_private();
    let length = 33;
    assert_eq!(
        private(form, "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        Err(KeyError::WrongLength { length, expected })
    );
}

#[test]
fn a_private_key_in_a_public_ones_place_is_named_as_what_it_is() {
    for (form, text) in [
        (KeyForm::StandardWebhooks, WHSK),
        (KeyForm::P256, fixture!("p256-pkcs8.pem")),
        (KeyForm::P256, fixture!("p256-sec1-with-parameters.pem")),
        (KeyForm::Rsa, fixture!("rsa-pkcs8.pem")),
    ] {
        let expected = form.expected_public();
        assert_eq!(
            public(form, text),
            Err(KeyError::PrivateKeyGiven { expected })
        );
    }
}

#[test]
fn a_public_key_in_a_private_ones_place_is_named_as_what_it_is() {
    for (form, text) in [
        (KeyForm::StandardWebhooks, WHPK),
        (KeyForm::P256, fixture!("p256-spki.pem")),
    ] {
        let expected = form.expected_private();
        assert_eq!(
            private(form, text),
            Err(KeyError::PublicKeyGiven { expected })
        );
    }
}

#[test]
fn a_certificate_in_a_keys_place_is_named_as_what_it_is() {
    for form in [KeyForm::P256, KeyForm::Rsa] {
        let expected = form.expected_public();
        assert_eq!(
            public(form, fixture!("root.pem")),
            Err(KeyError::CertificateGiven { expected })
        );
    }
}

#[test]
fn a_key_of_another_algorithm_or_curve_is_refused() {
    for (form, text) in [
        (KeyForm::P256, fixture!("rsa-spki.pem")),
        (KeyForm::P256, fixture!("p384-spki.pem")),
        (KeyForm::P256, fixture!("ed25519-spki.pem")),
        (KeyForm::Rsa, fixture!("p256-spki.pem")),
        (KeyForm::Rsa, fixture!("ed25519-spki.pem")),
    ] {
        let expected = form.expected_public();
        assert_eq!(
            public(form, text),
            Err(KeyError::OtherAlgorithm { expected }),
            "{text}"
        );
    }
}

#[test]
fn an_rsa_key_of_1024_bits_or_with_exponent_3_is_refused() {
    assert_eq!(
        public(KeyForm::Rsa, fixture!("rsa-1024-spki.pem")),
        Err(KeyError::RsaModulus { bits: 1024 })
    );
    assert_eq!(
        public(KeyForm::Rsa, fixture!("rsa-exponent-3-spki.pem")),
        Err(KeyError::RsaExponent)
    );
}

/// PKCS#1 with a modulus of so many bytes, its last one `last`.
fn pkcs1(length: usize, last: u8, exponent: &[u8]) -> String {
    let mut modulus = vec![0, 0xff];
    modulus.resize(length, 0xff);
    modulus.push(last);
    let integer = |bytes: &[u8]| {
        let [.., high, low] = bytes.len().to_be_bytes();
        match bytes.len() {
            0..=127 => [&[2, low], bytes].concat(),
            _ => [&[2, 0x82, high, low], bytes].concat(),
        }
    };
    let numbers = [integer(&modulus), integer(exponent)].concat();
    let [.., high, low] = numbers.len().to_be_bytes();
    let der = [vec![0x30, 0x82, high, low], numbers].concat();
    pem("RSA PUBLIC KEY", &der)
}

#[test]
fn an_rsa_modulus_has_2048_to_8192_bits_and_is_odd() {
    const E: &[u8] = &[1, 0, 1];
    assert!(public(KeyForm::Rsa, &pkcs1(256, 0xff, E)).is_ok());
    assert!(public(KeyForm::Rsa, &pkcs1(1024, 0xff, E)).is_ok());
    for (length, last) in [(255, 0xff), (1025, 0xff), (256, 0xfe), (8000, 0xff)] {
        let bits = length * 8;
        assert_eq!(
            public(KeyForm::Rsa, &pkcs1(length, last, E)),
            Err(KeyError::RsaModulus { bits })
        );
    }
    for exponent in [&[3][..], &[1, 0, 0], &[0x7f, 0xff], &[1, 0, 0, 0, 1]] {
        assert_eq!(
            public(KeyForm::Rsa, &pkcs1(256, 0xff, exponent)),
            Err(KeyError::RsaExponent)
        );
    }
}

#[test]
fn a_point_off_the_curve_is_refused() {
    let mut der = base64(&bare(fixture!("p256-spki.pem")));
    *der.last_mut().expect("a byte") ^= 1;
    assert_eq!(
        public(KeyForm::P256, &pem("PUBLIC KEY", &der)),
        Err(KeyError::UnsafePoint)
    );
}

/// RFC 5480, 2.2: to read the compressed form is optional. Each other form of SEC1 is none of a key.
#[test]
fn a_point_is_written_in_full() {
    const POINT: usize = 65;
    let der = base64(&bare(fixture!("p256-spki.pem")));
    let (head, point) = der.split_at(der.len() - POINT);
    let spki = |point: &[u8]| {
        let shorter = (POINT - point.len()) as u8;
        let mut der = [head, point].concat();
        // The lengths of the sequence and of the bit string.
        der[1] -= shorter;
        der[head.len() - 2] -= shorter;
        public(KeyForm::P256, &pem("PUBLIC KEY", &der))
    };
    assert!(spki(point).is_ok());
    let parity = point[POINT - 1] & 1;
    let (x, tags) = (&point[1..33], [2 | parity, 3 - parity, 4, 5]);
    let compressed = tags.map(|tag| [&[tag], x].concat());
    let hybrid = [&[6 | parity], &point[1..]].concat();
    let cut = point[..POINT - 1].to_vec();
    for point in compressed
        .into_iter()
        .chain([hybrid, cut, vec![0], vec![4], vec![]])
    {
        assert_eq!(spki(&point), Err(KeyError::UnsafePoint), "{point:02x?}");
    }
}

#[test]
fn two_halves_of_different_keys_are_refused() {
    let mixed = WHSK.replacen("6Xb/", "7Xb/", 1);
    assert_eq!(
        private(KeyForm::StandardWebhooks, &mixed),
        Err(KeyError::MismatchedHalves)
    );
}

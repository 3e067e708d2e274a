//! From a certificate to its key: name, validity, and each of the three kinds of trust.

use hookgate::asymmetric::{
    CertificateError, Certificates, ChainFault, KeyError, KeyForm, PublicKey, Trust,
};

use super::{NOW, fixture};
use crate::test;

const SNS: &[&str] = &["sns.amazonaws.com"];
/// 2025-01-01 and 2035-01-01.
const NOT_BEFORE: u64 = 1_735_689_600;
const NOT_AFTER: u64 = 2_051_222_400;

fn pem(text: &str) -> Certificates {
    Certificates::from_pem(text).expect("certificates")
}

fn anchored(chain: &str, root: &str) -> Result<PublicKey, CertificateError> {
    pem(chain).signing_key(SNS, NOW, Trust::Anchors(&pem(root)))
}

fn untrusted(reason: ChainFault) -> Option<CertificateError> {
    Some(CertificateError::Untrusted { reason })
}

#[test]
fn a_chain_leads_through_its_intermediate_to_the_anchor() {
    let expected = PublicKey::parse(KeyForm::Rsa, fixture!("rsa-spki.pem")).expect("a key");
    let chain = fixture!("leaf-and-intermediate.pem");
    assert_eq!(anchored(chain, fixture!("root.pem")), Ok(expected.clone()));
    let anchors = [fixture!("p256-root.pem"), fixture!("root.pem")].concat();
    assert_eq!(anchored(chain, &anchors), Ok(expected));
}

#[test]
fn a_chain_of_p256_is_verified_too() {
    let chain = pem(fixture!("p256-leaf.pem"));
    let root = pem(fixture!("p256-root.pem"));
    let key = chain.signing_key(
        &["messageverificationcerts.paypal.com"],
        NOW,
        Trust::Anchors(&root),
    );
    assert_eq!(format!("{key:?}"), "Ok(PublicKey(P-256))");
}

#[test]
fn an_anchor_that_came_with_the_chain_proves_nothing() {
    let chain = [fixture!("leaf-and-intermediate.pem"), fixture!("root.pem")].concat();
    let other = fixture!("p256-root.pem");
    assert_eq!(
        anchored(&chain, other).err(),
        untrusted(ChainFault::UnknownIssuer)
    );
}

#[test]
fn a_chain_that_breaks_is_refused_for_its_own_cause() {
    let chain = fixture!("leaf-and-intermediate.pem");
    let leaf = &chain[..chain.find("-----END").expect("a block") + 25];
    let root = fixture!("root.pem");
    for (chain, reason) in [
        (leaf, ChainFault::UnknownIssuer),
        (
            fixture!("under-expired-intermediate.pem"),
            ChainFault::Validity,
        ),
        (fixture!("issued-by-a-leaf.pem"), ChainFault::Usage),
        (fixture!("client-leaf.pem"), ChainFault::Usage),
        (fixture!("sha1-leaf.pem"), ChainFault::Algorithm),
    ] {
        assert_eq!(anchored(chain, root).err(), untrusted(reason), "{chain}");
    }
}

#[test]
fn a_changed_certificate_is_refused_by_its_signature() {
    let chain = fixture!("leaf-and-intermediate.pem");
    let end = chain
        .find("=\n-----END")
        .or(chain.find("\n-----END"))
        .expect("a block");
    let mut changed = chain.as_bytes().to_vec();
    let byte = &mut changed[end - 8];
    *byte = if *byte == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).expect("ASCII");
    assert_eq!(
        anchored(&changed, fixture!("root.pem")).err(),
        untrusted(ChainFault::Signature)
    );
}

#[test]
fn a_pin_is_the_hash_of_the_very_certificate() {
    let chain = pem(fixture!("leaf-and-intermediate.pem"));
    let pins = [pem(fixture!("root.pem")).fingerprint(), chain.fingerprint()];
    assert!(chain.signing_key(SNS, NOW, Trust::Pinned(&pins)).is_ok());
    assert_eq!(
        chain.signing_key(SNS, NOW, Trust::Pinned(&pins[..1])),
        Err(CertificateError::NotPinned)
    );
    assert_eq!(
        chain.signing_key(SNS, NOW, Trust::Pinned(&[])),
        Err(CertificateError::NotPinned)
    );
}

#[test]
fn validity_is_checked_to_the_second_under_every_trust() {
    let chain = pem(fixture!("leaf-and-intermediate.pem"));
    let root = pem(fixture!("root.pem"));
    let pins = [chain.fingerprint()];
    for trust in [Trust::Fetched, Trust::Pinned(&pins), Trust::Anchors(&root)] {
        let judge = |now| chain.signing_key(SNS, now, trust).err();
        assert_eq!(judge(NOT_BEFORE), None);
        assert_eq!(judge(NOT_AFTER), None);
        let (not_before, now) = (NOT_BEFORE, NOT_BEFORE - 1);
        assert_eq!(
            judge(now),
            Some(CertificateError::NotYetValid { not_before, now })
        );
        let (not_after, now) = (NOT_AFTER, NOT_AFTER + 1);
        assert_eq!(
            judge(now),
            Some(CertificateError::Expired { not_after, now })
        );
    }
}

#[test]
fn the_name_is_checked_under_every_trust() {
    let chain = pem(fixture!("leaf-and-intermediate.pem"));
    let root = pem(fixture!("root.pem"));
    let pins = [chain.fingerprint()];
    for trust in [Trust::Fetched, Trust::Pinned(&pins), Trust::Anchors(&root)] {
        for names in [
            &["sns.us-east-1.amazonaws.com", "amazonaws.com"][..],
            &["evil.sns.amazonaws.com"],
            &["*.amazonaws.com"],
            &["", "not a name"],
        ] {
            let expected = String::from(names[0]);
            let judged = chain.signing_key(names, NOW, trust);
            assert_eq!(judged, Err(CertificateError::OtherName { expected }));
        }
        assert!(
            chain
                .signing_key(&["x.example", SNS[0]], NOW, trust)
                .is_ok()
        );
        let none: [&str; 0] = [];
        assert!(chain.signing_key(&none, NOW, trust).is_err());
    }
}

#[test]
fn a_subject_without_a_dns_name_and_a_version_1_certificate_are_refused() {
    assert_eq!(
        pem(fixture!("bare-leaf.pem")).signing_key(SNS, NOW, Trust::Fetched),
        Err(CertificateError::Malformed)
    );
    assert_eq!(
        pem(fixture!("root.pem")).signing_key(&["Test Root"], NOW, Trust::Fetched),
        Err(CertificateError::OtherName {
            expected: "Test Root".into()
        })
    );
}

#[test]
fn a_key_that_is_too_small_or_of_another_algorithm_is_refused() {
    let judge = |text| pem(text).signing_key(SNS, NOW, Trust::Fetched);
    let small = judge(fixture!("small-leaf.pem"));
    let reason = KeyError::RsaModulus { bits: 1024 };
    assert_eq!(small, Err(CertificateError::Key { reason }));
    let other = judge(fixture!("ed25519-leaf.pem")).err();
    assert_eq!(other.map(|error| error.code()), Some("other_key_algorithm"));
}

#[test]
fn what_is_not_pem_of_certificates_is_refused() {
    let root = fixture!("root.pem");
    let key = fixture!("rsa-spki.pem");
    let table = [
        (String::new(), CertificateError::NotPem),
        ("hello".into(), CertificateError::NotPem),
        (
            root.replace("-----END", "----END"),
            CertificateError::NotPem,
        ),
        (root.replacen("MII", "MI!", 1), CertificateError::NotPem),
        (key.into(), CertificateError::NotACertificate),
        ([root, key].concat(), CertificateError::NotACertificate),
        (root.repeat(17), CertificateError::TooMany { limit: 16 }),
        (
            " ".repeat(200_000),
            CertificateError::TooLong { limit: 131_072 },
        ),
    ];
    for (text, error) in table {
        assert_eq!(Certificates::from_pem(&text).err(), Some(error));
    }
    let explained = format!("subject=CN = x\n{root}\nissuer=y\n{root}");
    assert!(Certificates::from_pem(&explained).is_ok());
}

#[test]
fn pem_around_other_der_is_a_malformed_certificate() {
    let text = fixture!("rsa-spki.pem").replace("PUBLIC KEY", "CERTIFICATE");
    let judged = pem(&text).signing_key(SNS, NOW, Trust::Fetched);
    assert_eq!(judged, Err(CertificateError::Malformed));
    let leaf = pem(fixture!("leaf-and-intermediate.pem"));
    assert_eq!(
        leaf.signing_key(SNS, NOW, Trust::Anchors(&pem(&text))),
        Err(CertificateError::MalformedAnchor)
    );
}

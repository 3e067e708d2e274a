//! When a certificate is asked for, and for how long the answer serves.

use hookgate::{SCHEMES, VerifyError};

use super::{CHAIN, NOW, URL, code, judge, message, row, sns};
use crate::samples;
use crate::test;

#[test]
fn a_certificate_is_asked_for_once_and_then_serves_every_request() {
    for id in ["sns-03", "paypal-01"] {
        let row = row(id);
        let mut verifier = row.verifier();
        let asked = row.judge(&verifier, &row.body(), row.now);
        let Err(error @ VerifyError::NeedsCertificate { .. }) = &asked else {
            panic!("{id}: {asked:?}");
        };
        let VerifyError::NeedsCertificate { url } = error else {
            unreachable!();
        };
        assert!(!error.is_malformed());
        let named = row.key("cert_url");
        let named = named.unwrap_or_else(|| &row.headers["paypal-cert-url"]);
        assert_eq!(url, named);
        assert_eq!(verifier.add_certificate(url, row.pem(), row.now), Ok(()));
        for _ in 0..2 {
            assert!(row.judge(&verifier, &row.body(), row.now).is_ok(), "{id}");
        }
    }
}

#[test]
fn another_address_is_another_certificate() {
    let mut verifier = sns("");
    let other = URL.replace("-0.pem", "-1.pem");
    assert_eq!(verifier.add_certificate(URL, CHAIN, NOW), Ok(()));
    assert!(judge(&verifier, &[], &message(URL), NOW).is_ok());
    let needed = VerifyError::NeedsCertificate {
        url: other.clone().into(),
    };
    assert_eq!(judge(&verifier, &[], &message(&other), NOW), Err(needed));
}

#[test]
fn a_foreign_address_is_refused_and_never_asked_for() {
    let mut verifier = sns("");
    for url in [
        "https://evil.example/SimpleNotificationService-0.pem",
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com:444/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem#x",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem?x",
        "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-0.pem",
        "https://SNS.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com/%2e/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com/../SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws\u{3002}com/SimpleNotificationService-0.pem",
        "",
    ] {
        let verdict = judge(&verifier, &[], &message(url), NOW);
        let Err(VerifyError::CertificateUrl { name, reason }) = verdict else {
            panic!("{url}: {verdict:?}");
        };
        assert_eq!(name, "/SigningCertURL");
        assert!(!reason.is_empty());
        let added = verifier.add_certificate(url, CHAIN, NOW);
        assert_eq!(code(added), Err("certificate_url"), "{url}");
    }
}

#[test]
fn a_foreign_address_is_refused_even_where_a_known_key_needs_none() {
    let verifier = sns(super::RSA_PUBLIC);
    assert!(judge(&verifier, &[], &message(URL), NOW).is_ok());
    let verdict = judge(&verifier, &[], &message("https://evil.example/a.pem"), NOW);
    assert_eq!(code(verdict), Err("certificate_url"));
}

#[test]
fn what_was_fetched_must_be_a_certificate_of_the_vendor() {
    let mut verifier = sns("");
    for (pem, words) in [
        ("<html>404</html>", "no certificate"),
        ("", "no certificate"),
        (super::RSA_PUBLIC, "not a certificate"),
        (super::ROOT, "`sns.amazonaws.com`"),
        (row("paypal-01").pem(), "valid until"),
    ] {
        let error = verifier
            .add_certificate(URL, pem, NOW)
            .expect_err("no certificate of SNS");
        assert_eq!(error.code(), "unusable_certificate");
        assert!(error.to_string().contains(words), "{error}");
    }
    // None of them was remembered.
    let verdict = judge(&verifier, &[], &message(URL), NOW);
    assert_eq!(code(verdict), Err("needs_certificate"));
}

#[test]
fn sixteen_addresses_are_remembered_and_the_oldest_is_forgotten_first() {
    let mut verifier = sns("");
    let url = |number: u32| URL.replace("-0.pem", &format!("-{number:x}.pem"));
    for number in 0..17 {
        // Again: the same address takes one place.
        for _ in 0..2 {
            let added = verifier.add_certificate(&url(number), CHAIN, NOW);
            assert_eq!(added, Ok(()));
        }
    }
    let verdict = |number| code(judge(&verifier, &[], &message(&url(number)), NOW)).map(drop);
    assert_eq!(verdict(0), Err("needs_certificate"));
    assert_eq!((1..17).map(verdict).find(Result::is_err), None);
}

#[test]
fn schemes_without_certificates_take_none() {
    let with: Vec<&str> = SCHEMES
        .iter()
        .filter(|scheme| scheme.has_certificates())
        .map(|scheme| scheme.name())
        .collect();
    assert_eq!(with, ["aws-sns", "paypal"]);
    let mut verifier = samples::Sample::of("standard").verifier();
    let added = verifier.add_certificate(URL, CHAIN, NOW);
    assert_eq!(code(added), Err("certificate_url"));
}

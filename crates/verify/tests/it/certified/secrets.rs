//! What a secret may say: whose events, and which certificates.

use hookgate::asymmetric::Certificates;
use hookgate::{SignError, Target, Verifier, VerifyError};

use super::{CHAIN, NOW, ORDERS, OTHER_ROOT, ROOT, RSA_PUBLIC, URL, code, judge, message, sns};
use crate::public_keys::event;
use crate::samples::by_name;
use crate::test;

/// The verdict on a sound message, once the certificate was handed in.
fn verdict(mut verifier: Verifier) -> Result<(), VerifyError> {
    verifier.add_certificate(URL, CHAIN, NOW)?;
    judge(&verifier, &[], &message(URL), NOW).map(drop)
}

fn fingerprint(pem: &str) -> String {
    let certificates = Certificates::from_pem(pem).expect("certificates");
    let bytes = certificates.fingerprint();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[test]
fn a_secret_says_which_certificates_are_trusted() {
    let (right, wrong) = (fingerprint(CHAIN), fingerprint(ROOT));
    for trust in [
        "",
        &right,
        &format!("{wrong}\n{right}"),
        ROOT,
        &[OTHER_ROOT, ROOT].concat(),
        RSA_PUBLIC,
    ] {
        assert_eq!(verdict(sns(trust)), Ok(()), "{trust}");
    }
    for (trust, words) in [(&wrong[..], "pinned"), (OTHER_ROOT, "issuer is unknown")] {
        let error = verdict(sns(trust)).expect_err(trust);
        assert_eq!(error.code(), "unusable_certificate");
        assert!(error.to_string().contains(words), "{error}");
        // It was not remembered.
        let verdict = judge(&sns(trust), &[], &message(URL), NOW);
        assert_eq!(code(verdict), Err("needs_certificate"));
    }
}

#[test]
fn a_known_key_asks_for_no_certificate() {
    let verdict = judge(&sns(RSA_PUBLIC), &[], &message(URL), NOW);
    assert_eq!(verdict.map(|event| event.key_index), Ok(0));
}

#[test]
fn a_star_stands_for_every_topic_of_one_account_and_region() {
    let topic = |identity: &str| {
        let secret = format!("{identity} {RSA_PUBLIC}");
        let verifier = Verifier::new(by_name("aws-sns"), &[secret]).expect(identity);
        code(judge(&verifier, &[], &message(URL), NOW)).map(drop)
    };
    assert_eq!(topic(ORDERS), Ok(()));
    assert_eq!(topic("arn:aws:sns:us-east-1:123456789012:*"), Ok(()));
    for other in [
        "arn:aws:sns:us-east-1:123456789012:order",
        "arn:aws:sns:us-east-1:123456789012:orders2",
        "arn:aws:sns:us-east-1:123456789012:Orders",
        "arn:aws:sns:us-east-1:123456789013:*",
        "arn:aws:sns:us-east-2:123456789012:*",
        "arn:aws-cn:sns:us-east-1:123456789012:*",
    ] {
        assert_eq!(topic(other), Err("other_topic"), "{other}");
    }
}

#[test]
fn no_secret_means_the_topics_of_everybody() {
    for secret in [
        "*",
        "any",
        "arn:*",
        "arn:aws:sns:*",
        "arn:aws:sns:*:*:*",
        "arn:aws:sns:us-east-1:*:orders",
        "arn:aws:sns:us-east-1:*:*",
        "arn:aws:sns:*:123456789012:*",
        "arn:aws:sns::123456789012:orders",
        "arn:aws:sns:us-east-1::orders",
        "arn:aws:sns:us-east-1:123456789012",
        "arn:aws:sns:us-east-1:123456789012:",
        "arn:aws:sns:us-east-1:123456789012:or*",
        "arn:aws:sns:us-east-1:123456789012:orders:1b2f",
        "arn:aws:sqs:us-east-1:123456789012:orders",
        "orders",
        " arn:aws:sns:us-east-1:123456789012:orders",
    ] {
        let error = Verifier::new(by_name("aws-sns"), &[secret]).expect_err(secret);
        assert_eq!(error.code(), "malformed_secret", "{secret}");
        assert!(error.to_string().contains("ARN of the topic"), "{error}");
    }
}

#[test]
fn what_stands_beside_topic_or_webhook_must_be_a_trust() {
    let anchor = format!("{ORDERS}\n{}", ROOT.replace("MII", "MMM"));
    let private = include_str!("../asymmetric/fixtures/rsa-pkcs8.pem");
    let p256 = include_str!("../asymmetric/fixtures/p256-spki.pem");
    for (name, secret, code) in [
        ("aws-sns", format!("{ORDERS} orders"), "malformed_secret"),
        ("aws-sns", format!("{ORDERS} sha256:00"), "malformed_secret"),
        (
            "aws-sns",
            format!("{ORDERS} {}", &fingerprint(ROOT)[7..]),
            "malformed_secret",
        ),
        (
            "aws-sns",
            format!("{ORDERS} {} x", fingerprint(ROOT)),
            "malformed_secret",
        ),
        ("aws-sns", anchor, "unusable_key"),
        ("aws-sns", format!("{ORDERS} {private}"), "unusable_key"),
        ("aws-sns", format!("{ORDERS} {p256}"), "unusable_key"),
        ("aws-sns", format!("{ORDERS}\n"), "line_break_in_secret"),
        ("aws-sns", RSA_PUBLIC.into(), "malformed_secret"),
        ("paypal", RSA_PUBLIC.into(), "malformed_secret"),
        ("paypal", "a|b".into(), "malformed_secret"),
        ("paypal", "i".repeat(65), "malformed_secret"),
        ("paypal", "96605875FF6516633 x".into(), "malformed_secret"),
    ] {
        let error = Verifier::new(by_name(name), &[&secret]).expect_err(&secret);
        assert_eq!(error.code(), code, "{secret}: {error}");
    }
}

#[test]
fn a_topic_alone_cannot_sign() {
    for (name, identity) in [("aws-sns", ORDERS), ("paypal", "96605875FF6516633")] {
        let error = Verifier::signing(by_name(name), &[identity]).expect_err(name);
        assert!(error.to_string().contains("private key"), "{error}");
        for trust in ["", RSA_PUBLIC] {
            let secret = format!("{identity} {trust}");
            let verifier = Verifier::new(by_name(name), &[secret.trim_end()]).expect(name);
            let target = Target {
                method: "POST",
                url: "https://example.com/in",
                content_type: None,
            };
            let signed = verifier.sign_request(&event(), &target);
            assert_eq!(signed, Err(SignError::NoPrivateKey), "{name}");
        }
    }
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?}", sns(RSA_PUBLIC));
    assert!(
        shown.contains("redacted") && !shown.contains("arn:"),
        "{shown}"
    );
}

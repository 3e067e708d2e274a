//! What this side signs it verifies, with the certificate of the same key and without.

use hookgate::{Outgoing, Signed, Target, Verified, Verifier, VerifyError};

use super::{CHAIN, NOW, ORDERS, ROOT, RSA_PUBLIC, code, judge};
use crate::samples::by_name;
use crate::test;

const PRIVATE: &str = include_str!("../asymmetric/fixtures/rsa-pkcs8.pem");
const WEBHOOKS: [&str; 3] = [
    "1AB23456CD789012E",
    "2AB23456CD789012E",
    "3AB23456CD789012E",
];
const TOPICS: [&str; 3] = [
    ORDERS,
    "arn:aws:sns:eu-west-1:123456789012:*",
    "arn:aws-cn:sns:cn-north-1:123456789012:orders",
];

fn event() -> Outgoing<'static> {
    Outgoing {
        id: "m-1",
        timestamp: NOW,
        event_type: None,
        body: br#"{"id":"WH-1","event_type":"X.Y","note":"caf\u00e9 \n"}"#,
    }
}

fn sign(scheme: &str, identity: &str) -> Signed {
    let secret = format!("{identity}\n{PRIVATE}");
    let verifier = Verifier::signing(by_name(scheme), &[secret]).expect("a key");
    let target = Target {
        method: "POST",
        url: "https://example.com/in",
        content_type: None,
    };
    let signed = verifier.sign_request(&event(), &target).expect("sound");
    assert!(verify(&verifier, &signed, NOW).is_ok(), "by itself");
    signed
}

fn verify(verifier: &Verifier, signed: &Signed, now: u64) -> Result<Verified, VerifyError> {
    let headers: Vec<(&str, &[u8])> = signed
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    judge(verifier, &headers, &signed.body, now)
}

#[test]
fn a_message_of_sns_holds_the_body_as_its_text() {
    for topic in TOPICS {
        let signed = sign("aws-sns", topic);
        let json: serde_json::Value = serde_json::from_slice(&signed.body).expect("JSON");
        let text = json["Message"].as_str().expect("text");
        assert_eq!(text.as_bytes(), event().body);
        let headers = signed.headers.iter().map(|(name, _)| name.as_str());
        let expected = [
            "x-amz-sns-message-id",
            "x-amz-sns-message-type",
            "x-amz-sns-topic-arn",
        ];
        assert_eq!(headers.collect::<Vec<_>>(), expected);

        let mut verifier =
            Verifier::new(by_name("aws-sns"), &[format!("{topic}\n{ROOT}")]).expect("a secret");
        let asked = verify(&verifier, &signed, NOW);
        let Err(VerifyError::NeedsCertificate { url }) = asked else {
            panic!("{asked:?}");
        };
        assert_eq!(verifier.add_certificate(&url, CHAIN, NOW), Ok(()));
        let event = verify(&verifier, &signed, NOW + 3_600).expect("sound");
        assert_eq!(event.id.as_deref(), Some("m-1"));
        assert_eq!(event.event_type.as_deref(), Some("Notification"));
        assert_eq!(event.timestamp, Some(NOW));
        assert!(event.id_signed && event.replay_protected);
        let late = verify(&verifier, &signed, NOW + 3_601);
        assert_eq!(code(late), Err("timestamp_too_old"));
    }
}

#[test]
fn every_secret_of_a_rotation_is_accepted_and_named() {
    for (scheme, identities, other) in [
        ("aws-sns", TOPICS, "other_topic"),
        ("paypal", WEBHOOKS, "signature_mismatch"),
    ] {
        let secret = |identity: &str| format!("{identity} {RSA_PUBLIC}");
        let all = Verifier::new(by_name(scheme), &identities.map(secret)).expect("secrets");
        for (index, identity) in identities.into_iter().enumerate() {
            let signed = sign(scheme, identity);
            let event = verify(&all, &signed, NOW).expect("sound");
            assert_eq!(event.key_index, index, "{identity}");
            let next = identities[(index + 1) % 3];
            let next = Verifier::new(by_name(scheme), &[secret(next)]).expect("a secret");
            let verdict = verify(&next, &signed, NOW);
            assert_eq!(code(verdict), Err(other), "{identity}");
        }
    }
}

#[test]
fn an_event_of_paypal_has_all_its_headers() {
    let signed = sign("paypal", WEBHOOKS[0]);
    assert_eq!(signed.body, event().body);
    let verifier = Verifier::new(
        by_name("paypal"),
        &[format!("{} {RSA_PUBLIC}", WEBHOOKS[0])],
    )
    .expect("a secret");
    let event = verify(&verifier, &signed, NOW).expect("sound");
    assert_eq!(event.id.as_deref(), Some("m-1"));
    assert_eq!(event.event_type.as_deref(), Some("X.Y"));
    let names = signed.headers.iter().map(|(name, _)| name.as_str());
    let expected = [
        "PAYPAL-TRANSMISSION-ID",
        "PAYPAL-AUTH-ALGO",
        "PAYPAL-CERT-URL",
        "PAYPAL-TRANSMISSION-TIME",
        "PAYPAL-TRANSMISSION-SIG",
    ];
    assert_eq!(names.collect::<Vec<_>>(), expected);
}

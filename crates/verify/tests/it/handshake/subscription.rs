//! The confirmations of Amazon SNS, and handshakes that are described in JSON.

use hookgate::Scheme;

use super::{Asked, NOW};
use crate::samples::{self, SECRETS};
use crate::test;

/// A scheme with this handshake, and whatever else follows it.
fn described(handshake: &str, more: &str) -> String {
    format!(
        r#"{{"name":"own","algorithm":{{"hmac":"sha256"}},"signature":{{"header":"X-S"}},"encoding":"hex","message":["body"],"handshakes":[{handshake}]{more}}}"#
    )
}

const ECHO: &str = r#"{"method":"POST","signed":true,"when":[{"at":{"pointer":"/type"},"is":"hello"}],"challenge":{"pointer":"/challenge"},"answer":{"say":{"status":201,"content_type":"json","body":[{"literal":"{\"is\":\""},"challenge",{"literal":"\"}"}]}}}"#;

#[test]
fn a_handshake_can_be_described() {
    let more =
        r#","acknowledgement":{"status":202,"content_type":"xml","body":"<ok/>","timeout":7}"#;
    let scheme = Scheme::from_json(&described(ECHO, more)).expect("a scheme");
    let acknowledgement = scheme.acknowledgement();
    assert_eq!(
        (acknowledgement.status(), acknowledgement.timeout()),
        (202, Some(7))
    );
    assert_eq!(acknowledgement.body(), Some("<ok/>"));

    let verifier = samples::verifier(&scheme, &SECRETS[..1]);
    let body = r#"{"type":"hello","challenge":"a-b"}"#;
    let asked = signed(&verifier, body);
    let expected = super::answer(201, super::JSON, r#"{"is":"a-b"}"#);
    assert_eq!(asked.by(&verifier), Ok(Some(expected)));
    let plain = Scheme::from_json(&described(ECHO, "")).expect("a scheme");
    let acknowledgement = plain.acknowledgement();
    assert_eq!(
        (acknowledgement.status(), acknowledgement.body()),
        (200, None)
    );
}

#[test]
fn a_handshake_or_acknowledgement_that_cannot_be_is_refused() {
    let changed = |from: &str, to: &str| {
        let handshake = ECHO.replace(from, to);
        assert_ne!(handshake, ECHO, "{from}");
        described(&handshake, "")
    };
    for json in [
        changed("POST", "PUT"),
        changed("\"signed\":true", "\"signed\":false"),
        changed("\"signed\":true,", ""),
        changed("\"signed\":true", "\"signed\":true,\"extra\":1"),
        changed("{\"pointer\":\"/type\"}", "{\"header\":\"X S\"}"),
        changed("{\"at\":{\"pointer\":\"/type\"},\"is\":\"hello\"}", ""),
        changed("\"is\":\"hello\"", "\"is\":null"),
        changed("\"challenge\":{\"pointer\":\"/challenge\"},", ""),
        changed("\"status\":201", "\"status\":302"),
        changed("\"json\"", "\"html\""),
        changed("\"challenge\",{", "\"secret\",{"),
        described(ECHO, r#","acknowledgement":{"status":301}"#),
        described(ECHO, r#","acknowledgement":{"status":199}"#),
        described(ECHO, r#","acknowledgement":{"body":"ok"}"#),
        described(
            ECHO,
            r#","acknowledgement":{"status":204,"content_type":"text","body":"ok"}"#,
        ),
        described(ECHO, r#","acknowledgement":{"state":200}"#),
        described(ECHO, r#","acknowledgement":{"content_type":"html"}"#),
        // The tag of a static token would be the token.
        changed("\"challenge\",{", "{\"tag\":\"hex\"},{")
            .replace(r#"{"hmac":"sha256"}"#, "\"token\""),
        #[cfg(feature = "rsa")]
        described(
            r#"{"method":"GET","signed":false,"answer":"sns-subscribe"}"#,
            "",
        ),
    ] {
        let error = Scheme::from_json(&json).expect_err(&json);
        assert_eq!(error.code(), "invalid_scheme", "{json}");
    }
}

#[test]
fn the_example_in_the_document_is_a_scheme() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemes.md");
    // Absent in a package, which has no documents of the project.
    let Ok(document) = std::fs::read_to_string(path) else {
        return;
    };
    let (_, rest) = document.split_once("```json\n").expect("an example");
    let (json, _) = rest.split_once("```").expect("its end");
    let scheme = Scheme::from_json(json).expect("a scheme");
    assert!(scheme.has_handshake());
    assert_eq!(scheme.acknowledgement().status(), 202);
}

fn signed(verifier: &hookgate::Verifier, body: &str) -> Asked {
    let outgoing = hookgate::Outgoing {
        id: "1",
        timestamp: NOW,
        event_type: None,
        body: body.as_bytes(),
    };
    let mut asked = Asked {
        method: "POST",
        body: body.into(),
        ..Asked::default()
    };
    for (name, value) in verifier.sign(&outgoing).expect("a sound event") {
        asked = asked.header(&name, value);
    }
    asked
}

#[cfg(feature = "rsa")]
mod sns {
    use super::*;
    use crate::test;
    use hookgate::{Malformed, Reply, VerifyError};

    const URL: &str = "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&Token=2336";

    /// Signed with an HMAC, which stands in for the signature of SNS.
    fn verifier() -> hookgate::Verifier {
        let handshake = |kind| {
            format!(
                r#"{{"method":"POST","signed":true,"when":[{{"at":{{"pointer":"/Type"}},"is":"{kind}"}}],"answer":"sns-subscribe"}}"#
            )
        };
        let both = ["SubscriptionConfirmation", "UnsubscribeConfirmation"].map(handshake);
        let scheme = Scheme::from_json(&described(&both.join(","), "")).expect("a scheme");
        samples::verifier(&scheme, &SECRETS[..1])
    }

    fn message(kind: &str) -> String {
        format!(
            r#"{{"Type":"{kind}","MessageId":"165545c9","Token":"2336","TopicArn":"arn:aws:sns:us-west-2:123456789012:MyTopic","Message":"You have chosen","SubscribeURL":"{URL}","Timestamp":"2012-04-26T20:45:04.751Z","SignatureVersion":"1","Signature":"AAAA","SigningCertURL":"https://x"}}"#
        )
    }

    fn asked(body: &str) -> Result<Option<Reply>, VerifyError> {
        signed(&verifier(), body).by(&verifier())
    }

    #[test]
    fn a_confirmation_asks_for_a_get_of_its_address() {
        for (kind, undoes) in [
            ("SubscriptionConfirmation", false),
            ("UnsubscribeConfirmation", true),
        ] {
            let expected = Reply::Get {
                url: URL.into(),
                topic: "arn:aws:sns:us-west-2:123456789012:MyTopic".into(),
                undoes_unsubscription: undoes,
            };
            assert_eq!(asked(&message(kind)), Ok(Some(expected)));
        }
        assert_eq!(asked(&message("Notification")), Ok(None));
    }

    #[test]
    fn an_address_that_is_not_of_sns_is_not_fetched() {
        for url in [
            "https://sns.us-west-2.amazonaws.com.evil.example/",
            "https://evil.example/?sns.us-west-2.amazonaws.com",
            "http://sns.us-west-2.amazonaws.com/",
            "https://a@sns.us-west-2.amazonaws.com/",
            "https://169.254.169.254/",
        ] {
            let body = message("SubscriptionConfirmation").replace(URL, url);
            let expected = VerifyError::MalformedField {
                pointer: "/SubscribeURL".into(),
                reason: Malformed::ForeignAddress,
            };
            assert_eq!(asked(&body), Err(expected), "{url}");
        }
    }

    #[test]
    fn an_unsigned_confirmation_is_not_followed() {
        let body = message("SubscriptionConfirmation");
        let mut unsigned = signed(&verifier(), &body);
        unsigned.headers.clear();
        let refused = unsigned.by(&verifier()).map_err(|error| error.code());
        assert_eq!(refused, Err("missing_header"));
        let mut changed = signed(&verifier(), &body);
        changed.body = body.replace("MyTopic", "MyTopiC");
        let refused = changed.by(&verifier()).map_err(|error| error.code());
        assert_eq!(refused, Err("signature_mismatch"));
    }

    #[test]
    fn a_confirmation_without_its_fields_is_refused() {
        let body = message("SubscriptionConfirmation").replace("\"Token\"", "\"T\"");
        let expected = VerifyError::MalformedBody {
            reason: Malformed::NotJson,
        };
        assert_eq!(asked(&body), Err(expected));
    }
}

//! An answer that is made with the secret must not be the signature of any event.

use hookgate::{Reply, Scheme, VerifyError};

use super::{Asked, NOW, verifier};
use crate::samples::{self, BODY, SECRETS};
use crate::test;

/// The signature that X's handshake gives away for a text, if it answers.
fn given_away(text: &str) -> Option<String> {
    let mut encoded = String::new();
    for byte in text.bytes() {
        encoded += &format!("%{byte:02X}");
    }
    let asked = Asked::get(&format!("crc_token={encoded}"));
    let Ok(Some(Reply::Answer { body, .. })) = asked.of("x") else {
        return None;
    };
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    body["response_token"].as_str().map(Into::into)
}

fn as_event(body: &str, signature: String) -> Result<(), VerifyError> {
    let verifier = verifier("x");
    let event = Asked {
        method: "POST",
        body: body.into(),
        ..Asked::default()
    };
    let event = event.header("X-Twitter-Webhooks-Signature", signature);
    event
        .with(|request| verifier.verify(request, NOW))
        .map(|_| ())
}

#[test]
fn no_event_gets_its_signature_from_the_handshake() {
    for body in [
        BODY,
        r#"{"for_user_id":"1"}"#,
        "{}",
        "[]",
        "[1]",
        r#""text""#,
        " 1",
        "a=1&b=2",
        "<x/>",
        "v0:1:{}",
        "-",
        "1",
        "null",
        "-1.5e+7",
        "a=1",
        "text",
    ] {
        let genuine = Asked::signed("x", body);
        let (_, right) = genuine.headers.last().expect("a signature");
        let right = String::from_utf8(right.clone()).expect("ASCII");
        match given_away(body) {
            // What is given away is right, and so the event must not count.
            Some(signature) => {
                assert_eq!(signature, right, "{body}");
                let refused = as_event(body, signature);
                assert_eq!(refused, Err(VerifyError::UncoveredBody), "{body}");
            }
            None => assert_eq!(as_event(body, right), Ok(()), "{body}"),
        }
    }
}

#[test]
fn no_single_character_is_both_a_challenge_and_an_event() {
    let mut challenges = String::new();
    for byte in 0..0x7f_u8 {
        let body = char::from(byte).to_string();
        let right = Asked::signed("x", &body);
        let (_, right) = right.headers.last().expect("a signature");
        let right = String::from_utf8(right.clone()).expect("ASCII");
        let counts = as_event(&body, right).is_ok();
        let answered = given_away(&body).is_some();
        assert_ne!(counts, answered, "{body:?}");
        if answered {
            challenges += &body;
        }
    }
    let plain = "+-./0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
    assert_eq!(challenges, plain);
}

#[test]
fn a_text_of_256_bytes_is_a_challenge_and_a_longer_one_an_event() {
    for (length, answered) in [(256, true), (257, false)] {
        let text = "a".repeat(length);
        assert_eq!(given_away(&text).is_some(), answered);
        let right = Asked::signed("x", &text);
        let (_, right) = right.headers.last().expect("a signature");
        let right = String::from_utf8(right.clone()).expect("ASCII");
        assert_eq!(as_event(&text, right).is_err(), answered);
    }
}

#[test]
fn what_zoom_signs_is_never_a_challenge() {
    for body in ["", "a", "1", BODY] {
        let event = Asked::signed("zoom", body);
        let verifier = verifier("zoom");
        let verdict = event.with(|request| verifier.verify(request, NOW));
        assert!(verdict.is_ok(), "{body}");
    }
    let forged =
        r#"{"payload":{"plainToken":"v0:1773738000:a"},"event":"endpoint.url_validation"}"#;
    let reply = Asked::signed("zoom", forged).of("zoom");
    assert_eq!(reply.map_err(|error| error.code()), Err("malformed_field"));
}

#[test]
fn a_scheme_of_ones_own_is_guarded_alike() {
    let json = r#"{
        "name": "own", "algorithm": { "hmac": "sha1" }, "signature": { "header": "X-S" },
        "encoding": "hex", "message": [{ "literal": "v1." }, "body"],
        "handshakes": [{
            "method": "GET", "signed": false, "challenge": { "parameter": "c" },
            "answer": { "say": { "status": 200, "content_type": "text", "body": [{ "tag": "hex" }] } }
        }]
    }"#;
    let scheme = Scheme::from_json(json).expect("a scheme");
    let verifier = samples::verifier(&scheme, &SECRETS[..1]);
    let asked = Asked::get("c=v1.pay");
    let Ok(Some(Reply::Answer { body, .. })) = asked.by(&verifier) else {
        panic!("no answer");
    };
    let event = Asked {
        method: "POST",
        body: "pay".into(),
        ..Asked::default()
    };
    let event = event.header("X-S", body);
    let verdict = event.with(|request| verifier.verify(request, NOW));
    assert_eq!(verdict, Err(VerifyError::UncoveredBody));
}

//! What no provider can mean: each is refused when the scheme is set up, and the error says where.

use hookgate::{Outgoing, Scheme, SetupError, Verifier};

use super::ACME;
use crate::samples::NOW;
use crate::test;

/// Why a description is refused.
#[track_caller]
fn reason(json: &str) -> String {
    match Scheme::from_json(json) {
        Err(SetupError::InvalidScheme { reason }) => reason.into(),
        other => panic!("{json}: {other:?}"),
    }
}

/// The scheme with one more field, as JSON.
fn with(name: &str, value: &str) -> String {
    let json = ACME.trim_end().trim_end_matches('}');
    assert!(!json.contains(&format!("\"{name}\":")), "{name}");
    format!("{json}, \"{name}\": {value} }}")
}

/// The scheme with another value of a field.
fn instead(from: &str, to: &str) -> String {
    let json = ACME.replace(from, to);
    assert_ne!(json, ACME, "{from}");
    json
}

#[test]
fn a_pointer_without_its_slash_or_with_another_escape_is_refused_where_it_stands() {
    for text in ["id", "", "~1id", "#/id", "/~", "/a~2b", "/~0~"] {
        let at = |path: &str, json: &str| {
            let expected = format!("`{path}`: expected: a JSON pointer (RFC 6901)");
            let said = reason(&json.replace('@', text));
            assert!(said.starts_with(&expected), "{text}: {said}");
        };
        at("/id/0/pointer", &instead("\"/id\"", "\"@\""));
        at(
            "/event_type/0/joined/0/pointer",
            &instead("\"/type\"", "\"@\""),
        );
        at(
            "/message/2/pointer",
            &instead("\"body\"", r#"{ "pointer": "@" }"#),
        );
        at(
            "/signature/pointer",
            &instead(r#""header": "X-Acme-Signature""#, r#""pointer": "@""#),
        );
        at(
            "/timestamp/place/pointer",
            &instead(r#""header": "X-Acme-Time""#, r#""pointer": "@""#),
        );
        at(
            "/batches/0/events",
            &with("batches", r#"[{ "events": "@" }]"#),
        );
        let handshake = r#"[{ "method": "POST", "signed": true, "answer": { "say": { "status": 200 } },
            "when": [{ "at": { "pointer": "@" }, "is": "x" }] }]"#;
        at(
            "/handshakes/0/when/0/at/pointer",
            &with("handshakes", handshake),
        );
    }
}

#[test]
fn a_name_that_no_header_can_have_is_refused_where_it_stands() {
    let long = "x".repeat(257);
    for text in ["", "X Y", "X:", "é", "X\\n", long.as_str()] {
        let at = |path: &str, json: &str| {
            let expected = format!("`{path}`: expected: the name of a header");
            assert_eq!(reason(&json.replace('@', text)), expected, "{text}");
        };
        at(
            "/signature/header",
            &instead("\"X-Acme-Signature\"", "\"@\""),
        );
        at(
            "/signature/headers/1",
            &instead(
                r#""header": "X-Acme-Signature""#,
                r#""headers": ["X", "@"]"#,
            ),
        );
        at(
            "/signature/numbered",
            &instead(r#""header": "X-Acme-Signature""#, r#""numbered": "@""#),
        );
        at(
            "/message/2/header",
            &instead("\"body\"", r#"{ "header": "@" }"#),
        );
        at(
            "/timestamp/place/header",
            &instead("\"X-Acme-Time\"", "\"@\""),
        );
        at(
            "/id/0/header",
            &instead(r#""pointer": "/id""#, r#""header": "@""#),
        );
        at(
            "/event_type/0/joined/1/header",
            &instead("\"X-Acme-Kind\"", "\"@\""),
        );
        at(
            "/event_type/0/joined/1/text-header",
            &instead(r#""header": "X-Acme-Kind""#, r#""text-header": "@""#),
        );
        at("/sent_id", &with("sent_id", "\"@\""));
        at("/sent_event_type", &with("sent_event_type", "\"@\""));
        at("/families/1", &with("families", r#"["X-", "@"]"#));
        at(
            "/expects/0/header",
            &with("expects", r#"[{ "header": "@", "value": "1" }]"#),
        );
        let token = r#"[{ "method": "GET", "signed": false, "answer": { "say": { "status": 200 } },
            "challenge": { "header": "@" } }]"#;
        at("/handshakes/0/challenge/header", &with("handshakes", token));
    }
}

#[test]
fn a_claim_that_would_be_read_as_a_path_is_refused_where_it_stands() {
    for text in ["https://acme.example/id", "a~b"] {
        for (path, json) in [
            (
                "/claims/body_digest",
                with("claims", r#"{ "issuer": "a/b", "body_digest": "@" }"#),
            ),
            (
                "/id/0/claim",
                instead(r#""pointer": "/id""#, r#""claim": "@""#),
            ),
        ] {
            let expected = format!("`{path}`: expected: the name of a claim without `/` and `~`");
            assert_eq!(reason(&json.replace('@', text)), expected);
        }
    }
}

#[test]
fn a_name_that_is_unknown_is_not_repeated_at_any_length() {
    for json in [
        format!("{{\"{}\": 1}}", "x".repeat(100_000)),
        instead("\"base64\"", &format!("\"{}\"", "é".repeat(100_000))),
    ] {
        let said = reason(&json);
        assert!(said.len() < 700, "{}", said.len());
        assert!(said.contains("unknown "), "{said}");
    }
}

#[test]
fn a_place_of_malformed_json_lies_within_the_text() {
    for json in [
        "{",
        "{\"",
        "{\"name\\",
        "{\"name\\u12",
        "{\"name\":t",
        "{\"claims\":nul",
        "{\"claims\":n]}",
    ] {
        let said = reason(json);
        let at = said.strip_prefix("malformed JSON at byte ");
        let at = at.unwrap_or_else(|| panic!("{json}: {said}"));
        let at: usize = at.parse().expect("a number");
        assert!(at <= json.len(), "{json}: {said}");
    }
    for (end, _) in ACME.char_indices() {
        let said = reason(&ACME[..end]);
        if let Some(at) = said.strip_prefix("malformed JSON at byte ") {
            assert_eq!(at, end.to_string(), "{said}");
        } else {
            assert!(said.contains("expected: an "), "{end}: {said}");
        }
    }
}

#[test]
fn the_escapes_of_a_pointer_name_the_same_key_when_it_is_signed_and_when_it_is_read() {
    let json = r#"{
        "name": "escaped",
        "algorithm": { "hmac": "sha256" },
        "signature": { "pointer": "/a~1b/m~0n" },
        "encoding": "hex",
        "message": [{ "pointer": "/x~1y" }],
        "id": [{ "pointer": "/x~1y" }],
        "batches": [{ "events": "/e~1f/*", "id": [{ "pointer": "/id" }] }]
    }"#;
    let scheme = Scheme::from_json(json).expect("a scheme");
    let verifier = Verifier::new(&scheme, &["a-secret"]).expect("a secret");
    let outgoing = Outgoing {
        id: "evt_1",
        timestamp: NOW,
        event_type: None,
        body: br#"{"a/b":{"m~n":"old"},"e/f":[{"id":"1"},{"id":"2"}]}"#,
    };
    let target = hookgate::Target {
        method: "POST",
        url: "https://example.com/",
        content_type: Some("application/json"),
    };
    let signed = verifier.sign_request(&outgoing, &target).expect("sound");
    let body = core::str::from_utf8(&signed.body).expect("UTF-8");
    assert!(body.contains(r#""x/y":"evt_1""#), "{body}");
    assert!(!body.contains("old") && !body.contains("~1"), "{body}");
    let request = hookgate::Request {
        method: "POST",
        url: "https://example.com/",
        headers: &[],
        body: &signed.body,
    };
    let event = verifier.verify(&request, NOW).expect("sound");
    assert_eq!(event.id.as_deref(), Some("evt_1"));
    let ids: Vec<_> = event
        .events
        .iter()
        .map(|event| event.id.as_deref())
        .collect();
    assert_eq!(ids, [Some("1"), Some("2")]);
}

#[test]
fn a_signature_that_is_written_as_text_is_refused() {
    let text = instead("\"base64\"", "\"text\"");
    let expected = "`text` is how a token is written, and no signature";
    assert_eq!(reason(&text), expected);
    let token = text.replace(r#"{ "hmac": "sha512" }"#, "\"token\"");
    assert!(Scheme::from_json(&token).is_ok());
}

const FORMS: [&str; 4] = ["exact", "any-port", "reserved-decoded", "without-query"];

#[test]
fn a_message_with_the_url_in_two_forms_is_refused() {
    let message = |one: &str, other: &str| {
        let parts = format!(r#"{{ "url": "{one}" }}, "body", {{ "url": "{other}" }}"#);
        instead("\"body\"", &parts)
    };
    for one in FORMS {
        for other in FORMS {
            let json = message(one, other);
            if one == other {
                assert!(Scheme::from_json(&json).is_ok(), "{json}");
            } else {
                assert_eq!(reason(&json), "the message has a `url` in two forms");
            }
        }
    }
}

#[test]
fn a_url_that_stands_twice_in_a_message_is_tried_in_the_same_text_in_both_places() {
    // As Python's `hmac` signs `https://example.com:443/in|{}|https://example.com:443/in`.
    const SIGNATURE: &str = "9ffb197e036885a04da20cd0289c2c96ffc0059c966e8d492461afedcdd9da9d";
    let url = r#"{ "url": "any-port" }, { "literal": "|" }"#;
    let json = format!(
        r#"{{ "name": "twice", "algorithm": {{ "hmac": "sha256" }}, "signature": {{ "header": "X" }},
            "encoding": "hex", "message": [{url}, "body", {{ "literal": "|" }}, {{ "url": "any-port" }}] }}"#
    );
    let scheme = Scheme::from_json(&json).expect("a scheme");
    let verifier = Verifier::new(&scheme, &["a-secret"]).expect("a secret");
    let judge = |url: &str| {
        let request = hookgate::Request {
            method: "POST",
            url,
            headers: &[("X", SIGNATURE.as_bytes())],
            body: b"{}",
        };
        let verdict = verifier.verify(&request, NOW);
        verdict.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(judge("https://example.com:443/in"), Ok(()));
    assert_eq!(judge("https://example.com/in"), Ok(()));
    let mismatch = Err("signature_mismatch");
    assert_eq!(judge("https://example.com:444/in"), mismatch);
    assert_eq!(judge("https://example.com/in?a"), mismatch);
}

/// A handshake in the scheme.
fn asking(handshake: &str) -> String {
    with("handshakes", &format!("[{handshake}]"))
}

const TAG: &str = r#"{ "method": "GET", "signed": false, "challenge": { "parameter": "c" },
    "answer": { "say": { "status": 200, "content_type": "text", "body": [{ "tag": "hex" }] } } }"#;

#[test]
fn a_tag_beside_a_message_that_could_always_be_a_challenge_is_refused() {
    let message =
        |parts: &str| asking(TAG).replace(r#"["timestamp", { "literal": "." }, "body"]"#, parts);
    for parts in [
        r#"["timestamp", { "literal": "." }]"#,
        r#"["timestamp", "method", { "header": "X-Nonce" }]"#,
        r#"["timestamp", { "pointer": "/token" }]"#,
        r#"["timestamp", "sorted-query"]"#,
    ] {
        let said = reason(&message(parts));
        assert!(
            said.starts_with("with a `tag` in an answer the message has"),
            "{said}"
        );
    }
    for parts in [
        r#"["timestamp", { "literal": ":" }, { "pointer": "/token" }]"#,
        r#"["timestamp", "body-sha256"]"#,
        r#"[{ "url": "exact" }]"#,
        r#"["body"]"#,
    ] {
        let json = message(parts);
        assert!(Scheme::from_json(&json).is_ok(), "{json}");
    }
}

#[test]
fn a_tag_that_is_written_as_text_is_refused() {
    let json = asking(&TAG.replace("\"hex\"", "\"text\""));
    assert_eq!(
        reason(&json),
        "a `tag` is written in `hex`, `upper-hex` or `base64`"
    );
}

#[test]
fn a_question_that_every_get_would_ask_is_refused() {
    let unsigned =
        r#"{ "method": "GET", "signed": false, "answer": { "say": { "status": 200 } } }"#;
    let expected =
        "a handshake says in `when` what tells it from an event, or where its `challenge` is";
    assert_eq!(reason(&asking(unsigned)), expected);
    let absent = r#""when": [{ "at": { "header": "X-Acme-Signature" } }], "signed": false"#;
    let only_absent = unsigned.replace("\"signed\": false", absent);
    assert_eq!(reason(&asking(&only_absent)), expected);
    for told in [
        unsigned.replace("GET", "HEAD"),
        unsigned.replace("false", "true"),
        unsigned.replace("false", r#"false, "challenge": { "parameter": "c" }"#),
        unsigned.replace(
            "false",
            r#"false, "when": [{ "at": { "parameter": "mode" }, "is": "subscribe" }]"#,
        ),
    ] {
        let json = asking(&told);
        assert!(Scheme::from_json(&json).is_ok(), "{json}");
    }
}

#[test]
fn a_body_where_none_may_be_or_of_no_type_is_refused() {
    let said = |status: u16, kind: &str| {
        let say = format!("\"status\": {status}{kind}, \"body\"");
        let say = TAG.replace(r#""status": 200, "content_type": "text", "body""#, &say);
        assert_ne!(say, TAG);
        reason(&asking(&say))
    };
    let text = ", \"content_type\": \"text\"";
    for status in [204, 205] {
        let expected = "a response with a body has another status than 204 and 205";
        assert_eq!(said(status, text), expected);
        let acknowledged =
            format!(r#"{{ "status": {status}, "content_type": "text", "body": "ok" }}"#);
        assert_eq!(reason(&with("acknowledgement", &acknowledged)), expected);
    }
    assert_eq!(said(200, ""), "a response with a body has a `content_type`");
    for status in [199, 300, 401] {
        let expected = "a response has a status from 200 to 299";
        assert_eq!(said(status, text), expected);
    }
}

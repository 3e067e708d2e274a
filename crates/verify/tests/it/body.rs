//! The id and the type that a verified body holds.

use crate::samples::{self, NOW, SECRETS, Sample};
use crate::test;

fn id(body: &str) -> Option<String> {
    let sample = Sample::signed(samples::by_name("stripe"), &SECRETS[..1], body);
    sample.verdict().expect("any body can be signed").id
}

fn event_type(body: &str) -> Option<String> {
    let sample = Sample::signed(samples::by_name("stripe"), &SECRETS[..1], body);
    sample.verdict().expect("any body can be signed").event_type
}

#[test]
fn a_string_at_the_pointer_is_the_id() {
    assert_eq!(id(r#"{"id":"evt_1","type":"a"}"#).as_deref(), Some("evt_1"));
    assert_eq!(
        id(r#" { "data" : {"id": "inner"} , "\u0069d" : "\u0065vt_1" } "#).as_deref(),
        Some("evt_1")
    );
}

#[test]
fn a_number_is_the_id_with_all_its_digits() {
    for number in [
        "0",
        "42",
        "-7",
        "12345678901234567890123456789",
        "1.50",
        "1e3",
    ] {
        assert_eq!(
            id(&format!(r#"{{"id":{number}}}"#)).as_deref(),
            Some(number)
        );
    }
}

#[test]
fn other_values_are_no_id() {
    for value in [
        "null",
        "true",
        "false",
        "{}",
        "[]",
        r#"["evt_1"]"#,
        r#"{"id":"evt_1"}"#,
        r#""""#,
    ] {
        assert_eq!(id(&format!(r#"{{"id":{value}}}"#)), None, "{value}");
    }
}

#[test]
fn an_id_in_the_body_is_visible_ascii_of_at_most_256_characters() {
    for text in ["a b", "é", "a\\nb", "a\\u0000", "\\ud83d\\ude00"] {
        assert_eq!(id(&format!(r#"{{"id":"{text}"}}"#)), None, "{text}");
    }
    let longest = "i".repeat(256);
    assert_eq!(
        id(&format!(r#"{{"id":"{longest}"}}"#)),
        Some(longest.clone())
    );
    assert_eq!(id(&format!(r#"{{"id":"{longest}i"}}"#)), None);
    assert_eq!(
        id(&format!(r#"{{"id":"{}"}}"#, "\\u0061".repeat(256))),
        Some("a".repeat(256))
    );
    assert_eq!(id(&format!(r#"{{"id":{}}}"#, "1".repeat(257))), None);
}

#[test]
fn a_type_in_the_body_may_be_any_text_without_control_characters() {
    assert_eq!(
        event_type(r#"{"type":"Ticket créé"}"#).as_deref(),
        Some("Ticket créé")
    );
    for text in ["", "a\\nb", "a\\u0000", "a\\u0085"] {
        assert_eq!(
            event_type(&format!(r#"{{"type":"{text}"}}"#)),
            None,
            "{text}"
        );
    }
}

#[test]
fn a_type_in_the_body_has_at_most_256_bytes() {
    let longest = "é".repeat(128);
    assert_eq!(
        event_type(&format!(r#"{{"type":"{longest}"}}"#)),
        Some(longest.clone())
    );
    assert_eq!(event_type(&format!(r#"{{"type":"{longest}x"}}"#)), None);
    assert_eq!(
        event_type(&format!(r#"{{"type":{}}}"#, "1".repeat(257))),
        None
    );
}

#[test]
fn a_key_that_only_starts_like_the_pointer_is_not_it() {
    for key in ["i", "id2", "Id", "ID", " id", "id\\u0000", "", "/id"] {
        assert_eq!(id(&format!(r#"{{"{key}":"evt_1"}}"#)), None, "{key}");
    }
}

#[test]
fn an_event_without_an_id_has_no_signed_id() {
    let sample = Sample::signed(samples::by_name("stripe"), &SECRETS[..1], "{}");
    let event = sample.verdict().expect("any body can be signed");
    assert_eq!((event.id, event.id_signed), (None, false));
}

#[test]
fn a_key_that_stands_twice_is_no_id_because_readers_disagree() {
    for body in [
        r#"{"id":"a","id":"b"}"#,
        r#"{"id":"a","id":"a"}"#,
        r#"{"id":"a","x":1,"\u0069d":"b"}"#,
        r#"{"id":"a","id":null}"#,
        r#"{"id":null,"id":"a"}"#,
    ] {
        assert_eq!(id(body), None, "{body}");
    }
    assert_eq!(
        event_type(r#"{"id":"a","type":"t","id":"b"}"#).as_deref(),
        Some("t")
    );
    assert_eq!(
        id(r#"{"id":"a","data":{"id":"b"},"data":{"id":"c"}}"#).as_deref(),
        Some("a")
    );
}

#[test]
fn a_body_that_is_not_one_json_document_has_no_id() {
    for body in [
        "",
        " ",
        "id=evt_1",
        r#"{"id":"evt_1""#,
        r#"{"id":"evt_1"} x"#,
        r#"{"id":"evt_1"}{"id":"evt_1"}"#,
        r#"{"id":"evt_1",}"#,
        "{'id':'evt_1'}",
        "\u{feff}{\"id\":\"evt_1\"}",
        r#""evt_1""#,
        "42",
        "null",
        r#"[{"id":"evt_1"}]"#,
    ] {
        assert_eq!(id(body), None, "{body}");
    }
}

#[test]
fn a_body_that_is_not_utf8_has_no_id() {
    let scheme = samples::by_name("stripe");
    let body = b"{\"id\":\"evt_1\",\"x\":\"\xff\"}";
    let outgoing = hookgate::Outgoing {
        id: "",
        timestamp: NOW,
        event_type: None,
        body,
    };
    let mut sample = Sample::of("stripe");
    sample.body = body.to_vec();
    for (name, value) in samples::verifier(scheme, &SECRETS[..1])
        .sign(&outgoing)
        .expect("signed as it is")
    {
        sample = sample.set(&name, value);
    }
    assert_eq!(sample.verdict().expect("the signature is right").id, None);
}

#[test]
fn nesting_of_any_depth_neither_overflows_nor_hides_the_verdict() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        assert_eq!(id(&deep), None);
        assert_eq!(id(&format!(r#"{{"id":{deep}}}"#)), None);
        assert_eq!(
            id(&format!(r#"{{"x":{deep},"id":"evt_1"}}"#)).as_deref(),
            Some("evt_1")
        );
        assert_eq!(id(&open.repeat(10_000)), None);
        assert_eq!(id(&format!(r#"{{"id":{deep}"#)), None);
    }
}

#[test]
fn the_digest_of_the_content_is_its_sha256() {
    use sha2::{Digest as _, Sha256};
    let (id, body) = (samples::ID, samples::BODY);
    let url = samples::URL;
    for (name, content) in [
        ("standard", format!("{id}.{NOW}.{body}")),
        ("svix", format!("{id}.{NOW}.{body}")),
        ("visiwise", format!("{id}.{NOW}.{body}")),
        ("visibuild", format!("{NOW}.{body}")),
        ("stripe", format!("{NOW}.{body}")),
        ("paddle", format!("{NOW}:{body}")),
        ("slack", format!("v0:{NOW}:{body}")),
        ("zoom", format!("v0:{NOW}:{body}")),
        ("coinbase-cdp", format!("{NOW}.{body}")),
        ("twitch", format!("{id}2026-03-17T09:00:00Z{body}")),
        ("zendesk", format!("2026-03-17T09:00:00Z{body}")),
        ("box", format!("{body}2026-03-17T09:00:00Z")),
        ("hubspot", format!("POST{url}{body}{NOW}000")),
        ("hubspot-v2", format!("POST{url}{body}")),
        ("hubspot-v1", body.to_owned()),
        ("square", format!("{url}{body}")),
        ("plivo-v2", format!("https://example.com/in{id}")),
        ("mailgun", format!("{NOW}{id}")),
        ("github", body.to_owned()),
        ("gitlab", body.to_owned()),
        ("messagebird", body.to_owned()),
    ] {
        let sample = Sample::of(name);
        let digest = sample.with(|request| sample.verifier().content_digest(request));
        let expected: [u8; 32] = Sha256::digest(content).into();
        assert_eq!(digest, expected, "{name}");
    }
}

#[test]
fn the_digest_of_the_content_does_not_depend_on_the_secret() {
    for sample in samples::all() {
        let digest = |secret| {
            let signed = Sample::signed(sample.scheme, &[secret], samples::BODY);
            signed
                .with(|request| samples::verifier(sample.scheme, &[secret]).content_digest(request))
        };
        // Adyen's signatures stand in the body that counts.
        if sample.scheme.name() != "adyen" {
            assert_eq!(
                digest(SECRETS[0]),
                digest(SECRETS[1]),
                "{}",
                sample.scheme.name()
            );
        }
    }
}

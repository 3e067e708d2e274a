//! The events of bodies that hold several.

use hookgate::Verified;

use crate::samples::{self, SECRETS, Sample};
use crate::test;

fn verified(scheme: &str, body: &str) -> Verified {
    let sample = Sample::signed(samples::by_name(scheme), &SECRETS[..1], body);
    sample.verdict().expect("any body can be signed")
}

/// Id, type and text of each event.
fn events(scheme: &str, body: &str) -> Vec<(Option<String>, Option<String>, String)> {
    let event = |event: hookgate::Event| {
        let text = body[event.range].to_owned();
        (event.id, event.event_type, text)
    };
    verified(scheme, body)
        .events
        .into_iter()
        .map(event)
        .collect()
}

fn named(id: &str, event_type: &str, text: &str) -> (Option<String>, Option<String>, String) {
    (Some(id.into()), Some(event_type.into()), text.into())
}

#[test]
fn each_event_of_a_root_array_is_told_with_its_bytes() {
    let body = " [ {\"eventId\":1,\"subscriptionType\":\"a.b\"} ,\n{\"eventId\":2, \"subscriptionType\":\"c\"}]";
    let expected = [
        named("1", "a.b", r#"{"eventId":1,"subscriptionType":"a.b"}"#),
        named("2", "c", r#"{"eventId":2, "subscriptionType":"c"}"#),
    ];
    for scheme in ["hubspot", "hubspot-v2", "hubspot-v1"] {
        assert_eq!(events(scheme, body), expected, "{scheme}");
        let event = verified(scheme, body);
        assert_eq!(
            (event.id, event.event_type, event.id_signed),
            (None, None, false)
        );
    }
}

#[test]
fn the_id_of_a_single_event_is_the_requests() {
    let event = verified(
        "line",
        r#"{"events":[{"webhookEventId":"01H","type":"follow"}]}"#,
    );
    assert_eq!(event.id.as_deref(), Some("01H"));
    assert_eq!(event.event_type.as_deref(), Some("follow"));
    assert!(event.id_signed);
    let event = verified("auth0", r#"[{"log_id":"a","data":{"type":"s"}}]"#);
    assert_eq!(event.id.as_deref(), Some("a"));
    assert!(!event.id_signed, "a static token signs nothing");
}

#[test]
fn events_are_found_through_arrays_in_arrays() {
    let body = concat!(
        r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":["#,
        r#"{"field":"messages","value":{"messages":[{"id":"wamid.A"}]}},"#,
        r#"{"field":"messages","value":{"statuses":[{"id":"wamid.B","status":"read"}]}}]},"#,
        r#"{"id":"2","changes":[{"field":"account_update","value":{}}]}]}"#
    );
    let found = events("meta", body);
    let names: Vec<_> = found
        .iter()
        .map(|(id, kind, _)| (id.as_deref(), kind.as_deref()))
        .collect();
    let expected = [
        (Some("wamid.A"), Some("messages")),
        (Some("wamid.B:read"), Some("messages")),
        (None, Some("account_update")),
    ];
    assert_eq!(names, expected);
}

/// The ids of the events of a body of `meta`.
fn ids(body: &str) -> Vec<Option<String>> {
    events("meta", body)
        .into_iter()
        .map(|(id, ..)| id)
        .collect()
}

#[test]
fn a_message_that_is_taken_back_has_another_id_than_when_it_was_sent() {
    let body = concat!(
        r#"{"object":"instagram","entry":[{"id":"1","messaging":["#,
        r#"{"timestamp":1773738000000,"message":{"mid":"m_1","text":"x"}},"#,
        r#"{"timestamp":1773738009000,"message":{"mid":"m_1","is_deleted":true}},"#,
        r#"{"message":{"mid":"m_1"}},{"timestamp":1773738009000,"read":{}}]}]}"#
    );
    let expected = [
        Some("m_1:1773738000000".into()),
        Some("m_1:1773738009000".into()),
        None,
        None,
    ];
    assert_eq!(ids(body), expected);
}

#[test]
fn a_change_of_several_messages_is_not_known_by_the_first_alone() {
    let id = |value: &str| {
        ids(&format!(
            r#"{{"entry":[{{"changes":[{{"value":{value}}}]}}]}}"#
        ))
    };
    for (value, expected) in [
        (r#"{"messages":[{"id":"A"}]}"#, "A"),
        (r#"{"messages":[{"id":"A"},{"id":"B"}]}"#, "A:B"),
        (r#"{"statuses":[{"id":"A","status":"sent"}]}"#, "A:sent"),
        (
            r#"{"statuses":[{"id":"A","status":"sent"},{"id":"B","status":"read"}]}"#,
            "A:sent:B:read",
        ),
    ] {
        assert_eq!(id(value), [Some(expected.into())], "{value}");
    }
}

#[test]
fn a_body_of_which_a_part_would_be_left_out_is_not_divided() {
    let change = r#""changes":[{"field":"messages","value":{}}]"#;
    let messaging = r#""messaging":[{"message":{"mid":"m_1"},"timestamp":1}]"#;
    let standby = r#""standby":[{"message":{"mid":"m_2"},"timestamp":2}]"#;
    let body = |entries: &[&str]| format!(r#"{{"entry":[{}]}}"#, entries.join(","));
    let entry = |parts: &[&str]| format!("{{{}}}", parts.join(","));
    for part in [change, messaging, standby] {
        let two = body(&[&entry(&[part]), &entry(&[part])]);
        assert_eq!(ids(&two).len(), 2, "{two}");
        for other in [change, messaging, standby] {
            if part == other {
                continue;
            }
            for mixed in [
                body(&[&entry(&[part]), &entry(&[other])]),
                body(&[&entry(&[part, other])]),
            ] {
                assert_eq!(events("meta", &mixed), [], "{mixed}");
            }
        }
        for rest in ["7", "{}", r#"{"new":[{}]}"#, r#"{"changes":[]}"#, "[]"] {
            for mixed in [
                body(&[&entry(&[part]), rest]),
                body(&[rest, &entry(&[part])]),
            ] {
                assert_eq!(events("meta", &mixed), [], "{mixed}");
            }
        }
    }
}

#[test]
fn no_other_batch_is_taken_where_one_has_too_many_events() {
    let changes = vec!["{}"; 10_001].join(",");
    let body = format!(r#"{{"entry":[{{"changes":[{changes}],"messaging":[{{}}]}}]}}"#);
    assert_eq!(events("meta", &body), []);
}

#[test]
fn a_custom_schemes_body_is_divided_wholly_or_not_at_all() {
    let scheme = hookgate::Scheme::from_json(
        r#"{
            "name": "acme",
            "algorithm": { "hmac": "sha256" },
            "signature": { "header": "Acme-Signature" },
            "encoding": "hex",
            "message": ["body"],
            "batches": [
                { "events": "/groups/*/event", "id": [{ "pointer": "/id" }] },
                { "events": "/single", "id": [{ "pointer": "/id" }] }
            ]
        }"#,
    )
    .expect("a scheme");
    // It has to outlive the sample, as those of the table do.
    let scheme: &'static hookgate::Scheme = Box::leak(Box::new(scheme));
    for (body, expected) in [
        (
            r#"{"groups":[{"event":{"id":"1"}},{"event":{"id":"2"}}]}"#,
            ["1", "2"].as_slice(),
        ),
        (r#"{"groups":[],"single":{"id":"3"}}"#, &["3"]),
        (
            r#"{"groups":[{"event":{"id":"1"}},{"other":{"id":"2"}}]}"#,
            &[],
        ),
        (
            r#"{"groups":[{"other":{"id":"2"}},{"event":{"id":"1"}}]}"#,
            &[],
        ),
        (
            r#"{"groups":[{"event":{"id":"1"}}],"single":{"id":"3"}}"#,
            &[],
        ),
    ] {
        let sample = Sample::signed(scheme, &SECRETS[..1], body);
        let verified = sample.verdict().expect("any body can be signed");
        let ids: Vec<_> = verified
            .events
            .iter()
            .map(|event| event.id.as_deref().expect("an id"))
            .collect();
        assert_eq!(ids, expected, "{body}");
    }
}

#[test]
fn adyens_items_are_events() {
    let event = Sample::of("adyen").verdict().expect("sound");
    let ids: Vec<_> = event
        .events
        .iter()
        .map(|event| event.id.as_deref())
        .collect();
    assert_eq!(ids, [Some("psp1:REFUND"), Some("psp2:CAPTURE")]);
}

#[test]
fn a_body_of_another_form_has_no_events() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "7",
        "[",
        "[1,]",
        r#"{"events":{}}"#,
        r#"{"events":"x"}"#,
        r#"{"events":[{}],"events":[{}]}"#,
        r#"{"events":[{}]} x"#,
        "\u{feff}{\"events\":[{}]}",
    ] {
        assert_eq!(events("line", body), [], "{body}");
    }
    assert_eq!(events("line", &deep), []);
    assert_eq!(events("hubspot", &deep).len(), 1);
}

#[test]
fn names_in_events_are_read_as_strictly_as_elsewhere() {
    let body = r#"[{"eventId":"a b","subscriptionType":"x\ny"},{"eventId":1,"eventId":1},[],7]"#;
    let found = events("hubspot", body);
    assert_eq!(found.len(), 4);
    assert!(
        found
            .iter()
            .all(|(id, kind, _)| id.is_none() && kind.is_none())
    );
}

#[test]
fn more_than_ten_thousand_events_count_as_one_body() {
    let body = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
    assert_eq!(events("hubspot", &body(10_000)).len(), 10_000);
    assert_eq!(events("hubspot", &body(10_001)).len(), 0);
}

#[test]
fn the_kind_of_telegrams_update_is_its_other_key() {
    let kind = |body: &str| verified("telegram", body).event_type;
    let named = kind(r#"{"update_id":1,"edited_message":{"text":"x"}}"#);
    assert_eq!(named.as_deref(), Some("edited_message"));
    for body in [
        r#"{"update_id":1}"#,
        r#"{"update_id":1,"message":{},"poll":{}}"#,
        r#"{"update_id":1,"message":{},"message":{}}"#,
        r#"{"update_id":1,"a\nb":{}}"#,
        r#"{"update_id":1,"":{}}"#,
        r#"{"update_id":1,"message":{}} x"#,
        r#"["message"]"#,
        "",
    ] {
        assert_eq!(kind(body), None, "{body}");
    }
}

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
        r#"{"id":"2"},7,{"changes":[{"field":"account_update","value":{}}]}]}"#
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
    let messenger = r#"{"entry":[{"messaging":[{"message":{"mid":"m_1"}},{"read":{}}]}]}"#;
    let found = events("meta", messenger);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].0.as_deref(), Some("m_1"));
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

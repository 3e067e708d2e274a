//! What happens to endpoints is told, once, and never of operational webhooks themselves.

use hookgate_relay::config::EndpointConfig;
use hookgate_relay::health::DisableReason;
use hookgate_relay::message::Body;
use hookgate_relay::notice::{Fate, LastAttempt, Notice};
use hookgate_relay::operational::{APPLICATION, Operation};

use super::{Bench, handed};
use crate::host::START;
use crate::neighbour::Taken;
use crate::sample::{config, message};

fn types(operations: &[Operation]) -> Vec<&str> {
    operations
        .iter()
        .map(|one| one.event_type.as_str())
        .collect()
}

fn exhausted() -> Notice {
    Notice::Message {
        endpoint_id: "ep_1".into(),
        id: "msg_told".into(),
        fate: Fate::Exhausted,
        message_id: "msg_1".into(),
        attempt: LastAttempt {
            id: "atmpt_1".into(),
            status_code: 500,
            at: START,
        },
        at: START,
    }
}

fn disabled() -> Notice {
    Notice::Disabled {
        id: "msg_disabled".into(),
        failing_since: Some(START),
        endpoint_id: "ep_1".into(),
        version: 9,
        reason: DisableReason::Failing,
        at: START + 5,
    }
}

#[test]
fn an_endpoints_life_is_told_with_the_payloads_of_the_public_svix_set() {
    let bench = Bench::with(&[EndpointConfig {
        uid: Some("shop".into()),
        ..config("ep_1", "standard")
    }]);
    let mut changed = bench.app.endpoint("ep_1").unwrap().unwrap();
    changed.description = "changed".into();
    bench.app.replace_endpoint(changed).unwrap();
    bench.app.hear(vec![disabled()]).unwrap();
    bench.app.remove_endpoint("ep_1").unwrap();
    bench.chores();
    let mut told = bench.objects.published();
    told.sort_by_key(|one| one.event_type.clone());
    assert_eq!(
        types(&told),
        [
            "endpoint.created",
            "endpoint.deleted",
            "endpoint.disabled",
            "endpoint.updated"
        ]
    );
    let message = told.swap_remove(2).into_message(Some("acme"));
    assert_eq!(
        (message.id.as_str(), message.event_type.as_str()),
        ("msg_disabled", "endpoint.disabled")
    );
    assert_eq!(
        message.payload,
        Body::Text(
            concat!(
                r#"{"data":{"appId":"app_1","appUid":"acme","endpointId":"ep_1","endpointUid":"shop","#,
                r#""failSince":"2026-03-17T09:00:00.000Z","trigger":"automatic"},"type":"endpoint.disabled"}"#
            )
            .into()
        )
    );
}

#[test]
fn the_fate_of_a_message_is_told_with_its_last_attempt() {
    let bench = Bench::of(&["ep_1"]);
    let mut one = message("msg_1");
    one.event_id = Some("order-7".into());
    bench.app.create(one).unwrap();
    bench.chores();
    bench.objects.published();
    bench.app.hear(vec![exhausted()]).unwrap();
    bench.chores();
    let told = bench.objects.published().remove(0).into_message(None);
    assert_eq!(
        told.payload,
        Body::Text(
            concat!(
                r#"{"data":{"appId":"app_1","appUid":null,"endpointId":"ep_1","endpointUid":null,"#,
                r#""lastAttempt":{"id":"atmpt_1","responseStatusCode":500,"timestamp":"2026-03-17T09:00:00.000Z"},"#,
                r#""msgEventId":"order-7","msgId":"msg_1"},"type":"message.attempt.exhausted"}"#
            )
            .into()
        )
    );
}

#[test]
fn what_is_told_twice_is_one_message() {
    let bench = Bench::of(&["ep_1"]);
    bench.chores();
    bench.objects.published();
    bench.objects.script("operational").then(Taken::YesUnheard);
    bench.app.hear(vec![exhausted()]).unwrap();
    bench.chores();
    bench.world.pass(2_000);
    bench.chores();
    bench.app.hear(vec![exhausted()]).unwrap();
    bench.chores();
    let told = bench.objects.published();
    assert_eq!(told.len(), 3);

    let listener = Bench::of(&["ep_listener"]);
    for one in told {
        let messages = vec![one.into_message(None)];
        listener.app.accept_operations(messages).unwrap();
    }
    listener.drain();
    assert_eq!(
        listener.objects.landed(),
        [handed("ep_listener", &["msg_told"])]
    );
}

#[test]
fn what_nobody_wants_is_not_kept() {
    let listener = Bench::with(&[EndpointConfig {
        event_types: Some(vec!["endpoint.disabled".into()]),
        ..config("ep_listener", "standard")
    }]);
    let bench = Bench::of(&["ep_1"]);
    bench.app.hear(vec![exhausted(), disabled()]).unwrap();
    bench.chores();
    let told = bench.objects.published().into_iter();
    let messages = told.map(|one| one.into_message(None)).collect();
    listener.app.accept_operations(messages).unwrap();
    assert_eq!(listener.sizes(), (1, 1));
}

#[test]
fn an_operational_webhook_is_never_about_an_operational_webhook() {
    let bench = Bench::with(&[EndpointConfig {
        application: Some(APPLICATION.into()),
        ..config("ep_1", "standard")
    }]);
    bench.app.create(message("msg_1")).unwrap();
    bench.app.hear(vec![exhausted(), disabled()]).unwrap();
    assert!(bench.app.endpoint("ep_1").unwrap().unwrap().disabled);
    bench.app.remove_endpoint("ep_1").unwrap();
    bench.chores();
    assert_eq!(bench.objects.published(), []);
}

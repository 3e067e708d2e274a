//! Filters: an endpoint gets the messages of whose payload its filter is true.

use hookgate_relay::application::{FilterFailures, Replaced};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::message::Body;

use super::{Bench, handed};
use crate::host::START;
use crate::sample::{config, message};

fn filtered(id: &str, filter: &str) -> EndpointConfig {
    EndpointConfig {
        filter: Some(filter.into()),
        ..config(id, "standard")
    }
}

impl Bench {
    fn make(&self, id: &str, payload: &str) {
        let mut message = message(id);
        message.payload = Body::Text(payload.into());
        self.app.create(message).unwrap();
        self.drain();
    }
}

#[test]
fn each_endpoint_gets_what_its_filter_is_true_of_and_of_its_types_and_channels() {
    let mut typed = filtered("ep_typed", "amount > `100`");
    typed.event_types = Some(vec!["user.made".into()]);
    let bench = Bench::with(&[
        config("ep_all", "standard"),
        filtered("ep_large", "amount > `100`"),
        filtered("ep_small", "amount <= `100`"),
        typed,
    ]);
    bench.make("msg_1", r#"{"amount":250}"#);
    assert_eq!(
        bench.objects.landed(),
        [handed("ep_all", &["msg_1"]), handed("ep_large", &["msg_1"])]
    );
    bench.make("msg_2", r#"{"amount":100}"#);
    assert_eq!(
        bench.objects.landed(),
        [handed("ep_all", &["msg_2"]), handed("ep_small", &["msg_2"])]
    );
    bench.make("msg_3", "amount=250");
    assert_eq!(bench.objects.landed(), [handed("ep_all", &["msg_3"])]);
    for id in ["ep_all", "ep_large", "ep_small", "ep_typed"] {
        assert_eq!(bench.app.filter_failures(id), Ok(None), "{id}");
    }
}

#[test]
fn a_filter_that_cannot_say_gets_nothing_and_the_endpoint_shows_it_until_it_has_another() {
    let bench = Bench::with(&[
        filtered("ep_a", "starts_with(name, 'x')"),
        filtered("ep_b", "name"),
    ]);
    bench.make("msg_1", r#"{"name":7}"#);
    bench.make("msg_2", r#"{"name":null}"#);
    assert_eq!(bench.objects.landed(), [handed("ep_b", &["msg_1"])]);
    let FilterFailures {
        count,
        message_id,
        reason,
        at,
    } = bench.app.filter_failures("ep_a").unwrap().unwrap();
    assert_eq!((count, &*message_id, at), (2, "msg_2", START));
    assert!(
        reason.contains("string") && reason.contains("null"),
        "{reason}"
    );
    assert_eq!(bench.app.filter_failures("ep_b"), Ok(None));
    let mut changed = bench.app.endpoint("ep_a").unwrap().unwrap();
    changed.description = "the same filter".into();
    assert_eq!(
        bench.app.replace_endpoint(changed.clone()),
        Ok(Replaced::Done)
    );
    assert!(bench.app.filter_failures("ep_a").unwrap().is_some());
    changed.version += 1;
    changed.filter = Some("starts_with(name || '', 'x')".into());
    assert_eq!(bench.app.replace_endpoint(changed), Ok(Replaced::Done));
    assert_eq!(bench.app.filter_failures("ep_a"), Ok(None));
}

#[test]
fn a_message_that_arrives_twice_is_judged_once() {
    let bench = Bench::with(&[filtered("ep_a", "starts_with(name, 'x')")]);
    bench.make("msg_1", "{}");
    bench.make("msg_1", "{}");
    let failures = bench.app.filter_failures("ep_a").unwrap().unwrap();
    assert_eq!(failures.count, 1);
}

#[test]
fn a_payload_with_more_values_than_are_bearable_goes_to_endpoints_without_a_filter_alone() {
    let bench = Bench::with(&[config("ep_all", "standard"), filtered("ep_a", "@")]);
    bench.make("msg_1", &format!("[{}0]", "0,".repeat(70_000)));
    assert_eq!(bench.objects.landed(), [handed("ep_all", &["msg_1"])]);
    let failures = bench.app.filter_failures("ep_a").unwrap().unwrap();
    assert!(failures.reason.contains("65536"), "{}", failures.reason);
}

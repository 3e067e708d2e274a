//! The application learns that an endpoint is disabled, and its operator enables it again.

use hookgate_relay::application::Replaced;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::health::DisableReason;
use hookgate_relay::notice::Notice;

use super::{Bench, handed};
use crate::sample::message;

fn disabled(version: u64) -> Vec<Notice> {
    vec![Notice::Disabled {
        id: "msg_of_it".into(),
        failing_since: None,
        endpoint_id: "ep_a".into(),
        version,
        reason: DisableReason::Gone,
        at: 0,
    }]
}

impl Bench {
    fn known(&self) -> EndpointConfig {
        self.app.endpoint("ep_a").unwrap().unwrap()
    }
}

#[test]
fn an_endpoint_that_has_disabled_itself_is_given_no_new_messages_until_it_is_enabled() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.hear(disabled(1)).unwrap();
    bench.app.hear(disabled(1)).unwrap();
    assert_eq!((bench.known().disabled, bench.known().version), (true, 2));
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &[])]);

    let mut enabled = bench.known();
    enabled.disabled = false;
    assert_eq!(bench.app.replace_endpoint(enabled), Ok(Replaced::Done));
    assert_eq!((bench.known().version, bench.known().enabled_in), (3, 3));
    bench.app.create(message("msg_2")).unwrap();
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_2"])]);
    // A notice of before comes late.
    bench.app.hear(disabled(2)).unwrap();
    assert!(!bench.known().disabled);
    bench.app.hear(disabled(3)).unwrap();
    assert!(bench.known().disabled);
}

#[test]
fn a_change_of_what_has_been_changed_meanwhile_is_refused() {
    let bench = Bench::of(&["ep_a", "ep_b"]);
    let before = bench.known();
    let renamed = EndpointConfig {
        uid: Some("billing".into()),
        ..before.clone()
    };
    assert_eq!(bench.app.replace_endpoint(renamed), Ok(Replaced::Done));
    let late = bench.app.replace_endpoint(before);
    assert_eq!(late, Ok(Replaced::Changed));
    assert_eq!(bench.known().uid.as_deref(), Some("billing"));
    let mut other = bench.app.endpoint("ep_b").unwrap().unwrap();
    other.uid = Some("billing".into());
    assert_eq!(
        bench.app.replace_endpoint(other.clone()),
        Ok(Replaced::Conflict)
    );
    other.id = "ep_z".into();
    assert_eq!(bench.app.replace_endpoint(other), Ok(Replaced::Unknown));
}

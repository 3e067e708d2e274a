//! Samples: an event to admit, a message to deliver, an endpoint to deliver to.

use std::collections::BTreeMap;

use hookgate_relay::admission::Dedup;
use hookgate_relay::application::Message;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::inbox::Arrival;
use hookgate_relay::message::{Body, QueueMessage, VERSION};
use hookgate_relay::page::Page;
use hookgate_relay::schedule::Schedule;
use hookgate_relay::source::{DEFAULT_BODY_CAP, Source};
use hookgate_relay::vault::Vault;

use crate::host::{START, World};

pub(crate) const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// `whsec_`, and the base64 of 27 bytes.
pub(crate) const SECRET: &str = "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu";
pub(crate) const OLD_SECRET: &str = "whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtZW5kcG9p";
pub(crate) const DAY: i64 = 86_400_000;

pub(crate) fn vault() -> Vault {
    Vault::new(MASTER_KEY).expect("a sound key")
}

/// An endpoint that takes everything.
pub(crate) fn config(id: &str, profile: &str) -> EndpointConfig {
    let dice = World::new();
    EndpointConfig {
        id: id.into(),
        application: Some("app_1".into()),
        uid: None,
        url: "https://receiver.example/hook".into(),
        description: String::new(),
        disabled: false,
        event_types: None,
        channels: None,
        filter: None,
        headers: BTreeMap::new(),
        metadata: BTreeMap::new(),
        throttle_rate: None,
        fifo: false,
        profile: profile.into(),
        signature: None,
        envelope: None,
        retry_schedule: None,
        timeout_secs: None,
        secrets: vec![vault().wrap(SECRET, id, &*dice)],
        disable_rule: None,
        enabled_in: 0,
        old_secrets: vec![],
        version: 1,
        created_at: START,
        updated_at: START,
    }
}

/// A schedule of an endpoint's own, seconds.
pub(crate) fn waits(seconds: &[u32]) -> Option<Schedule> {
    Some(Schedule::List(seconds.to_vec().into()))
}

/// A Stripe source with two secrets.
pub(crate) fn source(id: &str, uid: &str) -> Source {
    let dice = World::new();
    Source {
        id: id.into(),
        uid: Some(uid.into()),
        name: "Stripe".into(),
        scheme: "stripe".into(),
        secrets: [SECRET, OLD_SECRET]
            .map(|secret| vault().wrap(secret, id, &*dice))
            .into(),
        disabled: false,
        dedup: Dedup::default(),
        queue: None,
        body_cap: DEFAULT_BODY_CAP,
        split_batches: true,
        tolerance_secs: None,
        verify_token: None,
        acknowledgement: None,
        metadata: BTreeMap::new(),
        created_at: START,
        updated_at: START,
    }
}

/// A message as the API makes it.
pub(crate) fn message(id: &str) -> Message {
    Message {
        id: id.into(),
        event_id: None,
        event_type: "invoice.paid".into(),
        channels: vec![],
        tags: vec![],
        content_type: None,
        created_at: START,
        deliver_at: None,
        expunged: false,
        payload: Body::Text(r#"{"amount":1.10}"#.into()),
    }
}

/// A received event, as the queue carries it.
pub(crate) fn event(id: &str) -> QueueMessage {
    QueueMessage {
        version: VERSION,
        id: id.into(),
        source_id: "src_1".into(),
        scheme: "stripe".into(),
        event_id: Some(format!("evt_of_{id}")),
        event_type: Some("invoice.paid".into()),
        timestamp: Some(1_773_738_000),
        received_at: START,
        headers: vec![].into(),
        content_type: Some("application/json".into()),
        inbox: Some("src_1/0".into()),
        queue: None,
        body: Body::Text(r#"{"amount":1.10}"#.into()),
    }
}

/// An arrival with these claims, alive for three days.
pub(crate) fn arrival(keys: &[&str], id: &str) -> Arrival {
    let json = serde_json::to_string(&event(id)).expect("JSON");
    arrival_of(keys, id, &json)
}

/// An arrival that carries this JSON.
pub(crate) fn arrival_of(keys: &[&str], id: &str, json: &str) -> Arrival {
    Arrival {
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
        ttl_ms: 3 * DAY,
        layout: 0,
        queue: None,
        message_id: id.into(),
        message: json.to_owned(),
    }
}

/// A list's first page, oldest first.
pub(crate) fn first_page() -> Page {
    Page {
        limit: 250,
        iterator: None,
        descending: false,
    }
}

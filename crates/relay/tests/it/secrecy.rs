//! Secrets never show: in no stored row, no `Debug`, no log line, no message.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hookgate_relay::application::Consignment;
use hookgate_relay::port::Value;
use hookgate_relay::registry::{Registry, Shelf};
use hookgate_relay::source::Source;

use crate::host::{Disk, World};
use crate::sample::{self, MASTER_KEY, OLD_SECRET, SECRET, arrival, config, event, message, vault};
use crate::{application, endpoint, inbox};

/// Every form in which a secret could be recognised.
fn needles() -> Vec<Vec<u8>> {
    let mut needles = vec![];
    for text in [SECRET, OLD_SECRET, MASTER_KEY] {
        let encoded = text.trim_start_matches("whsec_");
        let bytes = STANDARD.decode(encoded).unwrap();
        needles.push(encoded.trim_end_matches('=').into());
        needles.push(URL_SAFE_NO_PAD.encode(text).into());
        needles.push(STANDARD.encode(text).trim_end_matches('=').into());
        needles.push(format!("{bytes:?}").trim_matches(['[', ']']).into());
        needles.push(
            bytes
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect::<String>()
                .into(),
        );
        needles.push(bytes);
    }
    needles
}

fn assert_clean(text: &[u8], what: &str) {
    for needle in needles() {
        let found = text.windows(needle.len()).any(|window| window == needle);
        assert!(!found, "{what}: {}", String::from_utf8_lossy(text));
    }
}

/// The tables but for the count of their versions.
const TABLES: &str =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_version'";

/// Looks at every value of every table; how many rows there were.
fn scan(disk: &Disk) -> usize {
    let mut seen = 0;
    for mut table in disk.rows(TABLES) {
        let table = table.take_text(0).unwrap();
        for row in disk.rows(&format!("SELECT * FROM {table}")) {
            seen += 1;
            for value in row.0 {
                match value {
                    Value::Text(text) => assert_clean(text.as_bytes(), &table),
                    Value::Blob(bytes) => assert_clean(&bytes, &table),
                    Value::Null | Value::Integer(_) => {}
                }
            }
        }
    }
    seen
}

fn assert_debug_clean(value: &impl std::fmt::Debug, what: &str) {
    assert_clean(format!("{value:?}").as_bytes(), what);
    assert_clean(format!("{value:#?}").as_bytes(), what);
}

#[test]
fn the_scan_finds_what_it_looks_for() {
    for text in [SECRET, OLD_SECRET, MASTER_KEY] {
        let seen = std::panic::catch_unwind(|| assert_clean(text.as_bytes(), "a secret"));
        assert!(seen.is_err());
    }
}

#[test]
fn secrets_never_show_in_what_an_endpoint_stores_sends_or_logs() {
    let mut rotating = config("ep_1", "standard");
    let dice = World::new();
    rotating
        .secrets
        .push(vault().wrap(OLD_SECRET, "ep_1", &*dice));
    let bench = endpoint::Bench::with(rotating);
    bench.http.script().then(crate::neighbour::status(500));
    bench.accept(&["msg_1", "msg_2"]);
    bench.pump();
    // The configuration, health and throttle, two deliveries, a payload that waits, two attempts.
    assert_eq!(scan(&bench.disk), 8);
    assert_debug_clean(&bench.endpoint, "the endpoint");
    assert_debug_clean(&bench.config, "its configuration");
    for request in bench.http.requests() {
        assert_debug_clean(&request, "a request");
    }
    assert_debug_clean(&bench.attempts(), "the log");
    // Nor when they do not open.
    let foreign = endpoint::Bench::with(hookgate_relay::config::EndpointConfig {
        secrets: config("ep_2", "standard").secrets,
        ..config("ep_1", "standard")
    });
    foreign.accept(&["msg_1"]);
    foreign.pump();
    assert_debug_clean(&foreign.attempts(), "the log");
    assert_eq!(scan(&foreign.disk), 6);
}

#[test]
fn secrets_never_show_in_what_an_application_stores_or_hands_over() {
    let bench = application::Bench::of(&["ep_1", "ep_2"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.app.accept(vec![event("msg_2")]).unwrap();
    assert_eq!(scan(&bench.disk), 9);
    assert_debug_clean(&bench.app, "the application");
    let consignment = Consignment {
        config: config("ep_1", "standard"),
        messages: vec![message("msg_1")],
        resends: vec![],
    };
    assert_debug_clean(&consignment, "a consignment");
    let call = serde_json::to_string(&consignment).unwrap();
    assert_clean(call.as_bytes(), "a call to an endpoint");
}

#[test]
fn secrets_never_show_in_what_a_source_is_kept_as() {
    let (world, disk) = (World::new(), Disk::new());
    let registry = Registry::open(world.host(&disk)).unwrap();
    let source = sample::source("src_1", "stripe");
    let id = source.id.clone();
    registry.create(Shelf::Source, &id, None, &source).unwrap();
    assert_eq!(scan(&disk), 1);
    assert_debug_clean(&source, "a source");
    assert_debug_clean(&vault(), "the vault");
    assert_debug_clean(&registry, "the registry");
    // What KV holds is the same record.
    assert_clean(serde_json::to_string(&source).unwrap().as_bytes(), "KV");
    let read: Option<Source> = registry.find(Shelf::Source, "src_1").unwrap();
    let read = read.unwrap();
    for (wrapped, secret) in read.secrets.iter().zip([SECRET, OLD_SECRET]) {
        assert_eq!(vault().open(wrapped, "src_1").unwrap().as_str(), secret);
    }
}

#[test]
fn secrets_never_show_in_an_inbox_or_in_the_queue() {
    let bench = inbox::Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    assert_eq!(scan(&bench.disk), 2);
    assert_debug_clean(&Rc::clone(&bench.inbox), "the inbox");
    bench.drain();
    for message in bench.queue.batches().concat() {
        assert_clean(message.as_bytes(), "a queue message");
    }
}

//! An object that an older build has stored is opened by this one, with all that it holds.

use hookgate_relay::application::Application;
use hookgate_relay::attempt::State;
use hookgate_relay::inbox::Inbox;
use hookgate_relay::refusals::Refusals;
use hookgate_relay::registry::Registry;

use crate::endpoint::Bench;
use crate::host::{Disk, Fault, START, TestHost, World};
use crate::sample::{config, vault};

/// The tables as they were before versions were counted, and a delivery that waits.
const UNVERSIONED: &str = "
    CREATE TABLE endpoint (
        one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, config TEXT NOT NULL
    );
    CREATE TABLE deliveries (
        message_id TEXT PRIMARY KEY, event_type TEXT NOT NULL, created_at INTEGER NOT NULL,
        state INTEGER NOT NULL, made INTEGER NOT NULL, next_attempt_at INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX deliveries_by_due ON deliveries (next_attempt_at)
     WHERE next_attempt_at IS NOT NULL;
    CREATE INDEX deliveries_out ON deliveries (message_id) WHERE state = 3;
    CREATE TABLE payloads (message_id TEXT PRIMARY KEY, content_type TEXT, payload BLOB NOT NULL);
    CREATE TABLE attempts (
        id TEXT PRIMARY KEY, message_id TEXT NOT NULL, url TEXT NOT NULL,
        state INTEGER NOT NULL, status_code INTEGER NOT NULL, response TEXT NOT NULL,
        started_at INTEGER NOT NULL, duration_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX attempts_by_message ON attempts (message_id, id);
    INSERT INTO deliveries VALUES ('msg_1', 'invoice.paid', 1773738000000, 1, 2, 1773738000000);
    INSERT INTO payloads VALUES ('msg_1', NULL, x'7B7D');";

/// A configuration with the fields of that time alone.
fn old_config() -> String {
    let wrapped = serde_json::to_string(&config("ep_1", "standard").secrets).unwrap();
    format!(
        r#"{{"id":"ep_1","uid":null,"url":"https://receiver.example/hook","profile":"standard",
            "retrySchedule":[0,5,5],"secrets":{wrapped},"version":1,"createdAt":0,"updatedAt":0}}"#
    )
}

fn unversioned() -> Bench {
    let mut bench = Bench::new("standard");
    bench.disk = Disk::new();
    bench.disk.write(UNVERSIONED);
    let config = old_config();
    bench
        .disk
        .write(&format!("INSERT INTO endpoint VALUES (1, 1, '{config}')"));
    bench
}

#[test]
fn an_endpoint_of_before_versions_were_counted_delivers_what_it_holds() {
    let mut bench = unversioned();
    bench.reopen();
    let version = bench.disk.number("SELECT version FROM schema_version");
    assert_eq!(version, 10);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
    assert_eq!(bench.http.requests().remove(0).body, b"{}");
    assert_eq!(bench.endpoint.health().unwrap().failures, 0);
    bench.reopen();
    bench.accept(&["msg_2"]);
    bench.pump();
    assert_eq!(bench.attempts().len(), 2);
}

#[test]
fn a_migration_that_is_cut_off_anywhere_is_taken_up_again() {
    for fault in [Fault::Refused, Fault::Misreported] {
        for skip in 0.. {
            let mut bench = unversioned();
            bench.world.plan(skip, fault);
            let host = bench.world.host(&bench.disk);
            let guard = hookgate_relay::guard::Guard::default();
            let opened = hookgate_relay::endpoint::Endpoint::open(host, vault(), guard);
            if bench.world.call_off() {
                assert!(opened.is_ok());
                assert!(skip > 15, "{skip}");
                break;
            }
            assert!(opened.is_err(), "{fault:?} at {skip}");
            bench.reopen();
            bench.pump();
            let delivered = Some((State::Success, None));
            assert_eq!(bench.delivery("msg_1"), delivered, "{fault:?} at {skip}");
        }
    }
}

#[test]
fn every_object_counts_the_versions_of_its_tables() {
    let world = World::new();
    let opened = |open: &dyn Fn(TestHost)| {
        let disk = Disk::new();
        open(world.host(&disk));
        disk.number("SELECT version FROM schema_version")
    };
    let application = opened(&|host| drop(Application::open(host).unwrap()));
    let inbox = opened(&|host| drop(Inbox::open(host, 60_000).unwrap()));
    let registry = opened(&|host| drop(Registry::open(host).unwrap()));
    let refusals = opened(&|host| drop(Refusals::open(host).unwrap()));
    assert_eq!([application, inbox, registry, refusals], [11, 2, 3, 1]);
}

#[test]
fn an_endpoint_of_a_newer_build_is_opened_as_it_is() {
    let world = World::new();
    let mut bench = Bench::on(world, config("ep_1", "standard"));
    bench.disk.write("UPDATE schema_version SET version = 99");
    bench.reopen();
    bench.accept(&["msg_1"]);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
    let version = bench.disk.number("SELECT version FROM schema_version");
    assert_eq!((version, bench.world.now()), (99, START));
}

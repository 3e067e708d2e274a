//! The log of refusals is bounded in number, in age and in size.

mod redact;

use std::rc::Rc;

use hookgate_relay::id::{self, Kind};
use hookgate_relay::page::Page;
use hookgate_relay::port::Clock;
use hookgate_relay::refusals::{KEPT_MS, LARGEST, MOST, Refusal, Refusals};

use crate::host::{Disk, Fault, START, TestHost, World};

struct Bench {
    world: Rc<World>,
    disk: Rc<Disk>,
    refusals: Refusals<TestHost>,
}

impl Bench {
    fn new() -> Self {
        let (world, disk) = (World::new(), Disk::new());
        let refusals = Refusals::open(world.host(&disk)).expect("sound storage");
        Self {
            world,
            disk,
            refusals,
        }
    }

    fn refuse(&self, code: &str) -> Refusal {
        let refusal = self.refusal(code);
        self.refusals
            .record(refusal.clone())
            .expect("sound storage");
        refusal
    }

    fn refusal(&self, code: &str) -> Refusal {
        refusal_by(code, &self.world.host(&self.disk))
    }

    fn codes(&self) -> Vec<String> {
        let listed = self.refusals.list(&page(250)).expect("sound storage");
        listed.data.into_iter().map(|entry| entry.code).collect()
    }

    fn rows(&self) -> i64 {
        self.disk.number("SELECT COUNT(*) FROM refusals")
    }
}

fn refusal_by(code: &str, host: &TestHost) -> Refusal {
    Refusal {
        id: id::new(Kind::Log, host),
        at: host.now(),
        status: 401,
        code: code.into(),
        detail: "no signature matches".into(),
        headers: vec![("content-type".into(), "application/json".into())],
        payload: "{}".into(),
        body_bytes: Some(2),
        causes: vec![],
        checks: vec![],
        unlogged: 0,
    }
}

fn page(limit: u32) -> Page {
    Page {
        limit,
        iterator: None,
        descending: true,
    }
}

#[test]
fn what_was_refused_is_listed_newest_first() {
    let bench = Bench::new();
    for code in ["first", "second"] {
        bench.refuse(code);
        bench.world.pass(1_000);
    }
    let third = bench.refuse("third");
    assert_eq!(bench.codes(), ["third", "second", "first"]);
    let newest = bench.refusals.list(&page(1)).unwrap();
    assert_eq!((newest.data, newest.done), (vec![third], false));
}

#[test]
fn the_newest_five_hundred_are_kept() {
    let bench = Bench::new();
    for at in 0..MOST + 20 {
        bench.refuse(&format!("{at}"));
        bench.world.pass(10);
        assert!(bench.rows() <= MOST);
    }
    assert_eq!(bench.rows(), MOST);
    assert_eq!(bench.codes()[0], format!("{}", MOST + 19));
    let first = bench.disk.rows(
        "SELECT MIN(entry ->> 'code') FROM refusals WHERE at = (SELECT MIN(at) FROM refusals)",
    );
    assert_eq!(first[0].clone().take_text(0).unwrap(), "20");
}

#[test]
fn what_is_a_week_old_is_listed_no_more_and_leaves_with_the_alarm() {
    let bench = Bench::new();
    bench.refuse("old");
    bench.world.pass(KEPT_MS - 1);
    assert_eq!(bench.codes(), ["old"]);
    bench.world.pass(1);
    assert_eq!((bench.codes(), bench.rows()), (vec![], 1));
    assert!(bench.disk.rings(bench.world.now()));
    bench.refusals.on_alarm().unwrap();
    assert_eq!(bench.rows(), 0);
}

#[test]
fn the_alarm_rings_for_the_oldest_that_is_left() {
    let bench = Bench::new();
    bench.refuse("old");
    bench.world.pass(1_000);
    bench.refuse("young");
    bench.world.pass(KEPT_MS - 1_000);
    bench.refusals.on_alarm().unwrap();
    assert_eq!(bench.codes(), ["young"]);
    assert_eq!(bench.disk.alarm(), Some(START + 1_000 + KEPT_MS));
}

#[test]
fn an_entry_past_the_bound_keeps_its_cause_and_loses_what_the_request_carried() {
    let bench = Bench::new();
    let mut refusal = bench.refusal("too_much");
    refusal.payload = "x".repeat(LARGEST);
    bench.refusals.record(refusal).unwrap();
    let listed = bench.refusals.list(&page(1)).unwrap();
    assert_eq!(
        (&*listed.data[0].code, &*listed.data[0].payload),
        ("too_much", "")
    );
    let bytes = bench.disk.number("SELECT LENGTH(entry) FROM refusals");
    assert!(bytes < 1_000, "{bytes}");
}

#[test]
fn a_storage_that_fails_keeps_nothing_half() {
    // Three statements and their commit.
    for call in 0..4 {
        let bench = Bench::new();
        let refusal = bench.refusal("lost");
        bench.world.plan(call, Fault::Refused);
        let error = bench.refusals.record(refusal).unwrap_err();
        assert!(error.cause.starts_with("injected"), "{error}");
        assert_eq!(bench.rows(), 0, "{call}");
    }
}

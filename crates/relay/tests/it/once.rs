//! A call under a key runs once, and is answered as it was.

use std::rc::Rc;

use hookgate_relay::id::Kind;
use hookgate_relay::once::{Claim, LEASE_MS, LIFE_MS, MOST_KEYS, Once, Settled};
use hookgate_relay::port::Millis;

use crate::host::{Disk, Fault, TestHost, World};
use crate::sample::vault;

fn open() -> (Rc<World>, Rc<Disk>, Once<TestHost>) {
    let (world, disk) = (World::new(), Disk::new());
    let once = Once::open(world.host(&disk)).unwrap();
    (world, disk, once)
}

fn created() -> Settled {
    Settled {
        status: 201,
        answer: Some(vault().wrap("{}", "k", &*World::new())),
    }
}

/// As many keys as there may be, whose calls were answered; they end one after the other.
fn fill(disk: &Disk, ends: Millis) {
    disk.write(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MOST_KEYS})
         INSERT INTO once (key, digest, status, expires_at)
         SELECT 'k' || i, 'd', 204, {ends} + i FROM n"
    ));
}

/// Claims a key, for a call that is then to run: the id of its task.
fn runs(once: &Once<TestHost>, key: &str, digest: &str) -> String {
    match once.claim(key, digest) {
        Ok(Claim::Yours { task_id }) => task_id,
        other => panic!("{key}: {other:?}"),
    }
}

#[test]
fn a_call_that_runs_is_not_run_again_and_one_that_was_answered_is_answered_so() {
    let (world, _, once) = open();
    runs(&once, "k", "d");
    assert_eq!(once.claim("k", "d"), Ok(Claim::Running));
    assert_eq!(once.claim("k", "other"), Ok(Claim::Other));
    once.settle("k", Some(created())).unwrap();
    world.pass(LIFE_MS - 1);
    assert_eq!(once.claim("k", "d"), Ok(Claim::Answered(created())));
    assert_eq!(once.claim("k", "other"), Ok(Claim::Other));
    world.pass(1);
    runs(&once, "k", "other");
}

#[test]
fn a_call_that_failed_or_was_lost_can_be_made_again() {
    let (world, _, once) = open();
    once.claim("k", "d").unwrap();
    once.settle("k", None).unwrap();
    runs(&once, "k", "d");
    world.pass(LEASE_MS - 1);
    assert_eq!(once.claim("k", "d"), Ok(Claim::Running));
    world.pass(1);
    runs(&once, "k", "d");
    // One that was answered is not freed by a late failure of another.
    once.settle("k", Some(created())).unwrap();
    once.settle("k", None).unwrap();
    assert_eq!(once.claim("k", "d"), Ok(Claim::Answered(created())));
}

#[test]
fn a_call_that_failed_or_was_lost_has_the_same_task_when_it_is_made_again() {
    let (world, disk, once) = open();
    let task_id = runs(&once, "k", "d");
    assert!(Kind::Task.matches(&task_id), "{task_id}");
    once.settle("k", None).unwrap();
    assert_eq!(runs(&once, "k", "d"), task_id, "it failed");
    world.pass(LEASE_MS);
    assert_eq!(runs(&once, "k", "d"), task_id, "it was lost");
    assert_ne!(runs(&once, "k2", "d"), task_id, "another key");
    once.settle("k", None).unwrap();
    let other = runs(&once, "k", "other");
    assert_ne!(other, task_id, "another call");
    once.settle("k", Some(created())).unwrap();
    world.pass(LIFE_MS);
    assert_ne!(runs(&once, "k", "other"), other, "it was answered");
    world.pass(LEASE_MS + LIFE_MS);
    runs(&once, "k3", "d");
    assert_eq!(disk.number("SELECT COUNT(*) FROM once"), 1);
}

#[test]
fn keys_are_forgotten_when_they_end_and_when_there_are_too_many() {
    let (world, disk, once) = open();
    fill(&disk, world.now() + 1_000);
    runs(&once, "new", "d");
    assert_eq!(disk.number("SELECT COUNT(*) FROM once"), MOST_KEYS);
    // It went first.
    runs(&once, "k1", "d");
    world.pass(LIFE_MS);
    once.claim("newer", "d").unwrap();
    assert_eq!(disk.number("SELECT COUNT(*) FROM once"), MOST_KEYS - 99);
}

#[test]
fn a_call_that_runs_is_known_however_many_keys_come_after_it() {
    let (world, disk, once) = open();
    fill(&disk, world.now() + LIFE_MS);
    runs(&once, "running", "d");
    let lost = runs(&once, "lost", "d");
    world.pass(LEASE_MS / 2);
    runs(&once, "late", "d");
    assert_eq!(once.claim("running", "d"), Ok(Claim::Running));
    world.pass(LEASE_MS / 2);
    runs(&once, "later", "d");
    assert_eq!(disk.number("SELECT COUNT(*) FROM once"), MOST_KEYS);
    assert_eq!(runs(&once, "lost", "d"), lost);
}

#[test]
fn a_store_failure_never_lets_a_call_run_twice() {
    for skip in 0.. {
        let (world, _, once) = open();
        world.plan(skip, Fault::Misreported);
        let first = once.claim("k", "d");
        if world.call_off() {
            assert!(matches!(first, Ok(Claim::Yours { .. })), "{first:?}");
            return;
        }
        assert!(first.is_err());
        let second = once.claim("k", "d").unwrap();
        assert!(
            matches!(second, Claim::Yours { .. } | Claim::Running),
            "{second:?}"
        );
    }
}

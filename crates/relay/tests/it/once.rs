//! A call under a key runs once, and is answered as it was.

use std::rc::Rc;

use hookgate_relay::once::{Claim, LEASE_MS, LIFE_MS, MOST_KEYS, Once, Settled};

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

#[test]
fn a_call_that_runs_is_not_run_again_and_one_that_was_answered_is_answered_so() {
    let (world, _, once) = open();
    assert_eq!(once.claim("k", "d"), Ok(Claim::Yours));
    assert_eq!(once.claim("k", "d"), Ok(Claim::Running));
    assert_eq!(once.claim("k", "other"), Ok(Claim::Other));
    once.settle("k", Some(created())).unwrap();
    world.pass(LIFE_MS - 1);
    assert_eq!(once.claim("k", "d"), Ok(Claim::Answered(created())));
    assert_eq!(once.claim("k", "other"), Ok(Claim::Other));
    world.pass(1);
    assert_eq!(once.claim("k", "other"), Ok(Claim::Yours));
}

#[test]
fn a_call_that_failed_or_was_lost_can_be_made_again() {
    let (world, _, once) = open();
    once.claim("k", "d").unwrap();
    once.settle("k", None).unwrap();
    assert_eq!(once.claim("k", "d"), Ok(Claim::Yours));
    world.pass(LEASE_MS - 1);
    assert_eq!(once.claim("k", "d"), Ok(Claim::Running));
    world.pass(1);
    assert_eq!(once.claim("k", "d"), Ok(Claim::Yours));
    // One that was answered is not freed by a late failure of another.
    once.settle("k", Some(created())).unwrap();
    once.settle("k", None).unwrap();
    assert_eq!(once.claim("k", "d"), Ok(Claim::Answered(created())));
}

#[test]
fn keys_are_forgotten_when_they_end_and_when_there_are_too_many() {
    let (world, disk, once) = open();
    disk.write(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MOST_KEYS})
         INSERT INTO once (key, digest, status, expires_at)
         SELECT 'k' || i, 'd', 204, {} + i FROM n",
        world.now() + 1_000
    ));
    assert_eq!(once.claim("new", "d"), Ok(Claim::Yours));
    assert_eq!(disk.number("SELECT COUNT(*) FROM once"), MOST_KEYS);
    assert_eq!(once.claim("k1", "d"), Ok(Claim::Yours), "it went first");
    world.pass(LIFE_MS);
    once.claim("newer", "d").unwrap();
    assert_eq!(disk.number("SELECT COUNT(*) FROM once"), MOST_KEYS - 99);
}

#[test]
fn a_store_failure_never_lets_a_call_run_twice() {
    for skip in 0.. {
        let (world, _, once) = open();
        world.plan(skip, Fault::Misreported);
        let first = once.claim("k", "d");
        if world.call_off() {
            assert_eq!(first, Ok(Claim::Yours));
            return;
        }
        assert!(first.is_err());
        let second = once.claim("k", "d").unwrap();
        assert!(
            matches!(second, Claim::Yours | Claim::Running),
            "{second:?}"
        );
    }
}

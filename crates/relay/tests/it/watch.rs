//! The watch: an object that has work is looked at until it has none, whatever is lost on the way.

use std::rc::Rc;

use hookgate_relay::port::Millis;
use hookgate_relay::watch::{Cover, GRACE_MS, Kind, Look, Note, Watched, Watchlist};

use crate::host::{Disk, Fault, TestHost, World};

const MINUTE: Millis = 60_000;

struct Bench {
    world: Rc<World>,
    disk: Rc<Disk>,
    list: Watchlist<TestHost>,
}

impl Bench {
    fn new() -> Self {
        let (world, disk) = (World::new(), Disk::new());
        let list = Watchlist::open(world.host(&disk)).expect("sound storage");
        Self { world, disk, list }
    }

    fn note(&self, name: &str, after: Millis) {
        let look_at = self.world.now() + after;
        let (kind, name) = (Kind::Inbox, name.to_owned());
        let note = Note {
            kind,
            name,
            look_at,
        };
        self.list.note(&note).unwrap();
    }

    fn due(&self, most: u32) -> Vec<Watched> {
        self.list.take_due(self.world.now(), most).unwrap()
    }

    fn due_names(&self, most: u32) -> Vec<String> {
        let mut names: Vec<_> = self.due(most).into_iter().map(|one| one.name).collect();
        names.sort();
        names
    }

    fn rows(&self) -> i64 {
        self.disk.number("SELECT COUNT(*) FROM watch")
    }
}

#[test]
fn an_object_is_looked_at_when_its_time_has_come_and_not_before() {
    let bench = Bench::new();
    bench.note("src_1/0", MINUTE);
    bench.world.pass(MINUTE - 1);
    assert_eq!(bench.due_names(10), Vec::<String>::new());
    bench.world.pass(1);
    assert_eq!(bench.due_names(10), ["src_1/0"]);
}

#[test]
fn the_longest_due_come_first_and_one_that_is_away_stands_before_nobody() {
    let bench = Bench::new();
    for (name, after) in [("c", 3), ("a", 1), ("b", 2)] {
        bench.note(name, after);
    }
    bench.world.pass(MINUTE);
    assert_eq!(bench.due_names(2), ["a", "b"]);
    // Nothing is heard of these two: the third has its turn all the same, and then they again.
    assert_eq!(bench.due_names(2), ["c"]);
    bench.world.pass(MINUTE - 1);
    assert_eq!(bench.due_names(2), Vec::<String>::new());
    bench.world.pass(1);
    assert_eq!(bench.due_names(3), ["a", "b", "c"]);
}

#[test]
fn kinds_do_not_share_their_names() {
    let bench = Bench::new();
    for kind in [Kind::Inbox, Kind::Application, Kind::Endpoint] {
        let (name, look_at) = ("src_1".to_owned(), bench.world.now());
        bench
            .list
            .note(&Note {
                kind,
                name,
                look_at,
            })
            .unwrap();
    }
    let kinds: Vec<Kind> = bench.due(10).into_iter().map(|one| one.kind).collect();
    assert_eq!(kinds.len(), 3);
    for kind in [Kind::Inbox, Kind::Application, Kind::Endpoint] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

#[test]
fn an_object_with_nothing_left_leaves_the_list_and_another_is_looked_at_again() {
    let bench = Bench::new();
    bench.note("a", 0);
    bench.note("b", 0);
    let again = Some(bench.world.now() + 5 * MINUTE);
    let looks: Vec<Look> = bench
        .due(10)
        .into_iter()
        .map(|at| {
            let again = again.filter(|_| at.name == "b");
            Look { at, again }
        })
        .collect();
    bench.list.looked(&looks).unwrap();
    assert_eq!(bench.rows(), 1);
    bench.world.pass(5 * MINUTE - 1);
    assert_eq!(bench.due_names(10), Vec::<String>::new());
    bench.world.pass(1);
    assert_eq!(bench.due_names(10), ["b"]);
}

#[test]
fn a_note_that_was_made_while_a_look_was_out_outlives_what_the_look_found() {
    for again in [None, Some(i64::from(i32::MAX) * 1_000_000)] {
        let bench = Bench::new();
        bench.note("a", 0);
        let at = bench.due(1).remove(0);
        // It has said that it has nothing left, and has taken something over since.
        bench.note("a", MINUTE);
        bench.list.looked(&[Look { at, again }]).unwrap();
        bench.world.pass(MINUTE);
        assert_eq!(bench.due_names(1), ["a"], "{again:?}");
    }
}

#[test]
fn a_failure_or_a_crash_at_any_call_leaves_the_object_on_the_list() {
    use Fault::{KilledAfter, KilledBefore, Misreported, Refused};
    for fault in [Refused, Misreported, KilledBefore, KilledAfter] {
        for skip in 0.. {
            let bench = Bench::new();
            bench.note("a", 0);
            bench.world.plan(skip, fault);
            let looked = bench.list.take_due(bench.world.now(), 10).and_then(|due| {
                let again = Some(bench.world.now() + MINUTE);
                let looks: Vec<Look> = due.into_iter().map(|at| Look { at, again }).collect();
                bench.list.looked(&looks)
            });
            if bench.world.call_off() {
                assert_eq!((looked, skip), (Ok(()), 3));
                break;
            }
            let list = Watchlist::open(bench.world.host(&bench.disk)).unwrap();
            bench.world.pass(MINUTE);
            let due = list.take_due(bench.world.now(), 10).unwrap();
            assert_eq!(due.len(), 1, "{fault:?} at call {skip}");
        }
    }
}

#[test]
fn an_object_tells_once_for_as_long_as_its_note_holds() {
    let (cover, world) = (Cover::default(), World::new());
    assert_eq!(cover.renew(world.now()), Some(world.now() + GRACE_MS));
    for _ in 0..60 {
        world.pass(1_000);
        assert_eq!(cover.renew(world.now()), None);
    }
}

#[test]
fn an_object_that_could_not_tell_tells_with_the_next_event() {
    let (cover, world) = (Cover::default(), World::new());
    cover.renew(world.now());
    cover.untold();
    assert_eq!(cover.renew(world.now()), Some(world.now() + GRACE_MS));
}

#[test]
fn an_object_that_nobody_looks_at_tells_again_after_five_minutes() {
    let (cover, world) = (Cover::default(), World::new());
    cover.renew(world.now());
    world.pass(GRACE_MS + 5 * MINUTE);
    assert_eq!(cover.renew(world.now()), None);
    world.pass(1);
    assert_eq!(cover.renew(world.now()), Some(world.now() + GRACE_MS));
}

#[test]
fn an_object_that_is_looked_at_in_days_only_tells_when_it_takes_work_over() {
    let (cover, world) = (Cover::default(), World::new());
    let purge = world.now() + 3 * 86_400_000;
    assert_eq!(
        cover.looked(Some(purge), world.now()),
        Some(purge + GRACE_MS)
    );
    assert_eq!(cover.renew(world.now()), Some(world.now() + GRACE_MS));
}

#[test]
fn an_object_with_nothing_left_tells_with_its_next_event() {
    let (cover, world) = (Cover::default(), World::new());
    cover.renew(world.now());
    assert_eq!(cover.looked(None, world.now()), None);
    assert_eq!(cover.renew(world.now()), Some(world.now() + GRACE_MS));
}

#[test]
fn an_alarm_in_the_past_is_looked_after_in_a_minute() {
    let (cover, world) = (Cover::default(), World::new());
    let again = cover.looked(Some(world.now() - MINUTE), world.now());
    assert_eq!(again, Some(world.now() + GRACE_MS));
}

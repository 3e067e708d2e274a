//! A source whose number of shards is changed readmits nothing, and loses nothing.

use hookgate_relay::admission::gate::{Candidate, Passed, Stopped};
use hookgate_relay::admission::layout::{ChangedTooOften, MOST_FORMER, STALE_MS};
use hookgate_relay::admission::{Dedup, DedupStore};
use hookgate_relay::port::Millis;

use super::gate::{Edge, batch, copy, counts, ids, is_away, loose};
use crate::host::START;
use crate::neighbour::Taken;

const COUNT: u32 = 24;
const TTL: Millis = 3 * 86_400_000;

/// An edge whose isolates may each know another record of the source.
fn edge() -> Edge {
    Edge::of(DedupStore::DurableObject)
}

fn with_shards(dedup: &Dedup, shards: u8, now: Millis) -> Dedup {
    let next = Dedup {
        shards,
        ..dedup.clone()
    };
    dedup.changed_to(next, now).expect("not too often")
}

/// Each event in a request of its own, to an isolate that knows this record.
fn one_by_one(edge: &Edge, dedup: &Dedup, of: u32) -> Vec<Result<Passed, Stopped>> {
    let pass = |event: Candidate| edge.elsewhere().pass_by(dedup, vec![event]);
    batch(COUNT, of).into_iter().map(pass).collect()
}

fn notes(edge: &Edge) -> i64 {
    let inboxes = edge.inboxes.borrow();
    let count = |bench: &crate::inbox::Bench| bench.disk.number("SELECT COUNT(*) FROM departures");
    inboxes.values().map(count).sum()
}

#[test]
fn a_changed_shard_count_readmits_nothing_while_claims_live() {
    for shards in [1, 2, 8, 64] {
        let edge = edge();
        let before = edge.dedup.clone();
        one_by_one(&edge, &before, 1);
        let after = with_shards(&before, shards, edge.world.now());
        for _ in 0..3 {
            let again = one_by_one(&edge, &after, 2);
            assert!(again.iter().all(|passed| counts(passed) == (0, 1)));
            edge.world.pass(TTL / 4);
        }
        assert_eq!(edge.durable(), ids(COUNT), "{shards}");
        assert_eq!(notes(&edge), 0, "what is held there has not departed");
    }
}

#[test]
fn a_body_of_several_is_recognised_event_by_event_under_other_shards() {
    let edge = edge();
    let before = edge.dedup.clone();
    edge.pass_by(&before, batch(10, 1)).unwrap();
    let after = with_shards(&before, 7, edge.world.now());
    let passed = edge.elsewhere().pass_by(&after, batch(COUNT, 2));
    // The whole is told apart by its digest, which is the same in these tests.
    assert_eq!(counts(&passed), (14, 10));
    assert_eq!(edge.durable(), ids(COUNT));
}

#[test]
fn two_copies_in_flight_at_the_change_are_admitted_once_whichever_comes_first() {
    for stale_first in [true, false] {
        let edge = edge();
        let before = edge.dedup.clone();
        let after = with_shards(&before, 9, edge.world.now());
        let (first, second) = match stale_first {
            true => (&before, &after),
            false => (&after, &before),
        };
        let firsts = one_by_one(&edge, first, 1);
        assert!(firsts.iter().all(|passed| counts(passed) == (1, 0)));
        for passed in one_by_one(&edge, second, 2) {
            // An isolate that knows the old record may not be able to tell. It then acknowledges
            // nothing, and the provider sends again.
            assert!(is_away(&passed) || counts(&passed) == (0, 1), "{passed:?}");
            assert!(!(stale_first && is_away(&passed)));
        }
        let retried = one_by_one(&edge, &after, 3);
        assert!(retried.iter().all(|passed| counts(passed) == (0, 1)));
        assert_eq!(edge.durable(), ids(COUNT));
    }
}

#[test]
fn a_copy_that_asked_and_died_before_it_claimed_leaves_nothing_that_looks_like_an_event() {
    let edge = edge();
    let before = edge.dedup.clone();
    let after = with_shards(&before, 9, edge.world.now());
    // One whose shard is the same under both numbers asks nobody.
    let moves = |event: &Candidate| event.claims.shard(4) != event.claims.shard(9);
    let mut died = 0;
    for event in batch(COUNT, 1).into_iter().filter(moves) {
        edge.door.then(Taken::Yes);
        edge.door.then(Taken::No);
        assert!(is_away(&edge.elsewhere().pass_by(&after, vec![event])));
        died += 1;
    }
    assert_eq!((edge.durable().len(), notes(&edge)), (0, died));
    let retried = one_by_one(&edge, &after, 2);
    assert!(retried.iter().all(|passed| counts(passed) == (1, 0)));
    assert_eq!(edge.durable(), ids(COUNT));
}

#[test]
fn shards_that_are_changed_back_are_asked_and_claimed_in_without_a_circle() {
    let edge = edge();
    let four = edge.dedup.clone();
    let eight = with_shards(&four, 8, START);
    let back = with_shards(&eight, 4, START + 1);
    // An isolate under each layout, in every order.
    let layouts = [&four, &eight, &back];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for (round, order) in orders.into_iter().enumerate() {
        let events = |of: u32| (0..COUNT).map(move |at| (format!("evt_{round}_{at}"), of));
        for (of, layout) in order.into_iter().enumerate() {
            for (id, of) in events(of as u32) {
                let passed = edge
                    .elsewhere()
                    .pass_by(layouts[layout], vec![copy(&id, of)]);
                assert!(passed.is_ok() || is_away(&passed));
            }
        }
        for (id, of) in events(9) {
            let passed = edge.elsewhere().pass_by(&back, vec![copy(&id, of)]);
            assert_eq!(counts(&passed), (0, 1), "{order:?}");
        }
    }
    assert_eq!(edge.durable().len(), orders.len() * COUNT as usize);
}

#[test]
fn notes_are_left_while_an_old_record_may_be_acted_upon_and_no_longer() {
    let edge = edge();
    let before = edge.dedup.clone();
    let after = with_shards(&before, 9, edge.world.now());
    one_by_one(&edge, &after, 1);
    let noted = notes(&edge);
    assert!(noted > i64::from(COUNT) / 2, "{noted}");
    edge.world.pass(STALE_MS);
    let later = |at: u32| edge.pass_by(&after, vec![copy(&format!("later_{at}"), 1)]);
    assert!((0..COUNT).all(|at| counts(&later(at)) == (1, 0)));
    assert_eq!(notes(&edge), noted, "read, and not noted");
    // They leave with their time.
    edge.world.pass(2 * 60_000);
    for bench in edge.inboxes.borrow().values() {
        bench.ring();
    }
    assert_eq!(notes(&edge), 0);
}

#[test]
fn former_inboxes_are_asked_until_the_last_claim_under_them_has_expired() {
    let edge = edge();
    let before = edge.dedup.clone();
    let after = with_shards(&before, 9, START);
    let asked = |now: Millis| after.past.alive(now).count();
    assert_eq!(asked(START + TTL + STALE_MS - 1), 1);
    assert_eq!(asked(START + TTL + STALE_MS), 0);
    edge.world.pass(TTL + STALE_MS);
    edge.pass_by(&after, vec![copy("evt_1", 1)]).unwrap();
    assert_eq!(edge.inboxes.borrow().len(), 1, "nobody else was asked");
}

#[test]
fn claims_of_a_longer_life_than_todays_are_asked_for_as_long_as_they_live() {
    let before = Dedup::default();
    let shorter = Dedup {
        ttl_secs: 60,
        ..before.clone()
    };
    let shorter = before.changed_to(shorter, START).unwrap();
    let after = with_shards(&shorter, 9, START + 1_000);
    assert_eq!(after.past.former[0].until, START + STALE_MS + TTL);
    let longer = Dedup {
        ttl_secs: 7 * 86_400,
        ..after.clone()
    };
    let longer = after.changed_to(longer, START + 2_000).unwrap();
    assert_eq!(longer.past, after.past);
}

#[test]
fn claims_that_stand_together_are_recognised_under_any_number_of_shards() {
    let edge = edge();
    let before = edge.dedup.clone();
    edge.pass_by(&before, vec![loose("evt_1", 1, 1)]).unwrap();
    let after = with_shards(&before, 9, edge.world.now());
    let again = edge.elsewhere().pass_by(&after, vec![loose("evt_1", 2, 2)]);
    assert_eq!(counts(&again), (0, 1));
    assert_eq!(edge.inboxes.borrow().len(), 1);
}

#[test]
fn a_former_inbox_that_is_away_lets_nothing_pass() {
    for taken in [Taken::No, Taken::YesUnheard] {
        let edge = edge();
        let before = edge.dedup.clone();
        one_by_one(&edge, &before, 1);
        let after = with_shards(&before, 9, edge.world.now());
        edge.door.afterwards(taken);
        assert!(one_by_one(&edge, &after, 2).iter().all(is_away));
        edge.door.afterwards(Taken::Yes);
        let again = one_by_one(&edge, &after, 3);
        assert!(again.iter().all(|passed| counts(passed) == (0, 1)));
        assert_eq!(edge.durable(), ids(COUNT));
    }
}

#[test]
fn more_changes_than_can_be_asked_for_are_refused_until_the_oldest_is_forgotten() {
    let mut dedup = Dedup::default();
    for change in 0..MOST_FORMER {
        dedup = with_shards(&dedup, 5 + change as u8, START);
    }
    let next = Dedup {
        shards: 20,
        ..dedup.clone()
    };
    let until = START + STALE_MS + TTL;
    assert_eq!(
        dedup.changed_to(next.clone(), START + 1),
        Err(ChangedTooOften { until })
    );
    let changed = dedup.changed_to(next, until).expect("all are forgotten");
    let expected = (MOST_FORMER as u32 + 1, 1);
    assert_eq!((changed.past.layout, changed.past.former.len()), expected);
}

#[test]
fn a_record_of_before_shards_could_be_changed_has_no_past_and_is_written_without_one() {
    let read: Dedup = serde_json::from_str(r#"{"store":"both","ttlSecs":60,"shards":4}"#).unwrap();
    assert!(read.past.is_empty());
    assert!(!serde_json::to_string(&read).unwrap().contains("past"));
    let changed = with_shards(&read, 5, START);
    let written = serde_json::to_string(&changed).unwrap();
    assert!(written.contains(r#""past":{"layout":1,"former":[{"shards":4,"changedAt":1"#));
    assert_eq!(serde_json::from_str::<Dedup>(&written).unwrap(), changed);
}

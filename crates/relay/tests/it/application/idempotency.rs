//! A message that is made again under its idempotency key is made once.

use hookgate_relay::application::{Idempotency, Made, Terms};

use super::Bench;
use crate::host::Fault;
use crate::sample::{DAY, message};

fn under(key: &str, digest: &str) -> Terms {
    Terms {
        idempotency: Some(Idempotency {
            key: key.into(),
            digest: digest.into(),
        }),
        keep_content_ms: None,
    }
}

#[test]
fn the_same_request_under_its_key_is_told_what_it_made_and_another_is_refused() {
    let mut bench = Bench::of(&["ep_a"]);
    let made = |bench: &Bench, id: &str, terms: Terms| bench.app.make(message(id), terms).unwrap();
    assert_eq!(made(&bench, "msg_1", under("k", "d")), Made::Created);
    let again = Made::Again(Box::new(message("msg_1")));
    assert_eq!(made(&bench, "msg_2", under("k", "d")), again);
    bench.reopen();
    assert_eq!(made(&bench, "msg_3", under("k", "d")), again);
    assert_eq!(made(&bench, "msg_4", under("k", "other")), Made::KeyReused);
    assert_eq!(made(&bench, "msg_5", under("other", "d")), Made::Created);
    assert_eq!(made(&bench, "msg_6", Terms::default()), Made::Created);
    assert_eq!(bench.sizes(), (3, 3));
}

#[test]
fn a_retry_under_its_key_is_no_conflict_with_its_own_event_id() {
    let bench = Bench::of(&[]);
    let mut first = message("msg_1");
    first.event_id = Some("evt_1".into());
    assert_eq!(
        bench.app.make(first.clone(), under("k", "d")),
        Ok(Made::Created)
    );
    let again = bench.app.make(first.clone(), under("k", "d"));
    assert_eq!(again, Ok(Made::Again(Box::new(first.clone()))));
    let other = bench.app.make(first, under("k2", "d"));
    assert_eq!(other, Ok(Made::Conflict));
}

#[test]
fn a_key_is_free_again_after_a_day() {
    let bench = Bench::of(&[]);
    bench.app.make(message("msg_1"), under("k", "d")).unwrap();
    bench.world.pass(DAY - 1);
    let refused = bench.app.make(message("msg_2"), under("k", "e"));
    assert_eq!(refused, Ok(Made::KeyReused));
    bench.world.pass(1);
    let made = bench.app.make(message("msg_3"), under("k", "e"));
    assert_eq!(made, Ok(Made::Created));
    assert!(bench.app.message("msg_1").unwrap().is_some());
}

#[test]
fn a_request_whose_answer_was_lost_is_made_once_and_one_that_failed_can_be_made_again() {
    for fault in [Fault::Refused, Fault::Misreported] {
        for skip in 0.. {
            let bench = Bench::of(&["ep_a"]);
            bench.world.plan(skip, fault);
            let first = bench.app.make(message("msg_1"), under("k", "d"));
            if bench.world.call_off() {
                assert_eq!(first, Ok(Made::Created));
                break;
            }
            let second = bench.app.make(message("msg_2"), under("k", "d"));
            assert!(
                matches!(second, Ok(Made::Created | Made::Again(_))),
                "{fault:?} at {skip}: {second:?}"
            );
            assert_eq!(bench.sizes(), (1, 1), "{fault:?} at {skip}");
        }
    }
}

//! Endpoints and applications that are deleted: crash or not, all of it is done.

use hookgate_relay::application::{Creation, GRACE_MS, Retirement};
use hookgate_relay::task::{TaskKind, TaskStatus};

use super::Bench;
use super::work::task;
use crate::host::{Fault, START};
use crate::neighbour::Taken;
use crate::sample::{config, event, message};

fn gone(bench: &Bench) -> bool {
    bench.app.is_gone().unwrap()
}

#[test]
fn a_deleted_endpoint_is_given_nothing_and_its_object_is_emptied_and_later_forgotten() {
    let bench = Bench::of(&["ep_1", "ep_2"]);
    bench.app.create(message("msg_1")).unwrap();
    assert_eq!(bench.app.remove_endpoint("ep_1"), Ok(true));
    assert_eq!(bench.app.remove_endpoint("ep_1"), Ok(false));
    assert_eq!(bench.app.endpoint("ep_1"), Ok(None));
    bench.app.create(message("msg_2")).unwrap();
    bench.drain();
    bench.chores();
    let landed = bench.objects.landed();
    assert!(
        landed.iter().all(|(endpoint, _)| endpoint == "ep_2"),
        "{landed:?}"
    );
    assert_eq!(
        bench.objects.retired(),
        [("ep_1".into(), Retirement::Empty)]
    );
    bench.world.pass(GRACE_MS - 1);
    bench.chores();
    assert_eq!(bench.objects.retired(), []);
    assert_eq!(bench.disk.alarm(), Some(bench.world.now() + 1));
    bench.world.pass(1);
    bench.ring();
    bench.chores();
    assert_eq!(
        bench.objects.retired(),
        [("ep_1".into(), Retirement::Vanish)]
    );
    bench.world.pass(100 * GRACE_MS);
    bench.chores();
    assert_eq!(bench.objects.retired(), []);
}

#[test]
fn an_endpoints_object_that_is_away_is_asked_until_it_has_confirmed() {
    let mut bench = Bench::of(&["ep_1"]);
    for taken in [Taken::No, Taken::YesUnheard] {
        bench.objects.script("ep_1").then(taken);
    }
    bench.app.remove_endpoint("ep_1").unwrap();
    for _ in 0..3 {
        bench.chores();
        bench.reopen();
        bench.world.pass(2_000);
    }
    let emptied = ("ep_1".to_owned(), Retirement::Empty);
    assert_eq!(bench.objects.retired(), [emptied.clone(), emptied]);
}

#[test]
fn a_deletion_that_is_cut_off_anywhere_is_taken_up_again() {
    for fault in [Fault::Refused, Fault::Misreported] {
        for skip in 0.. {
            let mut bench = Bench::of(&["ep_1"]);
            bench.world.plan(skip, fault);
            let removed = bench.app.remove_endpoint("ep_1");
            let _ = futures_executor::block_on(bench.app.chores(&bench.objects));
            let through = bench.world.call_off();
            bench.reopen();
            bench.world.pass(2_000);
            bench.chores();
            let there = bench.app.endpoint("ep_1").unwrap().is_some();
            let retired = bench.objects.retired();
            assert_eq!(retired.is_empty(), there, "{fault:?} at {skip}");
            assert!(removed.is_err() || !there, "{fault:?} at {skip}");
            if through {
                assert!(skip > 5);
                break;
            }
        }
    }
}

#[test]
fn a_deleted_application_takes_nothing_in_and_leaves_nothing_behind() {
    let mut bench = Bench::of(&["ep_1", "ep_2"]);
    for number in 0..1_200 {
        bench.app.create(message(&format!("msg_{number}"))).unwrap();
    }
    bench.objects.script("registry").then(Taken::No);
    bench.app.close("app_1").unwrap();
    bench.app.close("app_1").unwrap();
    assert_eq!(bench.app.create(message("msg_late")), Ok(Creation::Gone));
    assert_eq!(
        bench.app.add_endpoint(&config("ep_3", "standard")),
        Ok(Creation::Gone)
    );
    bench.app.accept(vec![event("msg_later")]).unwrap();
    bench.reopen();
    assert_eq!(bench.app.create(message("msg_late")), Ok(Creation::Gone));
    bench.drain();
    assert_eq!(bench.objects.landed(), []);
    bench.chores();
    assert_eq!(bench.sizes(), (700, 0));
    for _ in 0..10 {
        bench.world.pass(1_000);
        bench.chores();
        assert!(!gone(&bench), "a call may still be on its way");
    }
    assert_eq!(bench.sizes(), (0, 0));
    assert_eq!(bench.objects.unlisted(), ["app_1"]);
    bench.world.pass(GRACE_MS);
    bench.chores();
    let vanished = bench.objects.retired();
    let stages: Vec<_> = vanished.iter().map(|(_, stage)| *stage).collect();
    assert_eq!(
        stages,
        [
            Retirement::Empty,
            Retirement::Empty,
            Retirement::Vanish,
            Retirement::Vanish
        ]
    );
    assert!(gone(&bench));
}

#[test]
fn a_deleted_application_ends_its_tasks_before_it_is_gone() {
    let bench = Bench::of(&["ep_1"]);
    bench.app.start_task(&task(TaskKind::BulkReplay)).unwrap();
    bench.app.close("app_1").unwrap();
    for taken in [Taken::No, Taken::No, Taken::Yes] {
        bench.objects.script("registry").then(taken);
    }
    for _ in 0..5 {
        bench.chores();
        bench.world.pass(4_000);
    }
    let last = bench.objects.tasks().pop().map(|task| task.status);
    assert_eq!(last, Some(TaskStatus::Failed));
    bench.world.pass(GRACE_MS);
    bench.chores();
    bench.world.pass(GRACE_MS);
    bench.chores();
    assert!(gone(&bench));
}

#[test]
fn a_deleted_application_that_has_still_to_tell_something_waits_and_does_not_ring_without_end() {
    let bench = Bench::of(&["ep_1"]);
    bench.app.remove_endpoint("ep_1").unwrap();
    bench.app.close("app_1").unwrap();
    bench.objects.script("operational").afterwards(Taken::No);
    let mut rings = 0;
    while bench.world.now() < START + 3 * GRACE_MS {
        let next = bench.disk.alarm().expect("it has something to tell");
        bench.world.reach(next.max(bench.world.now()));
        bench.ring();
        rings += 1;
        assert!(rings < 100, "{rings} rings");
    }
    assert!(!gone(&bench));
    bench.objects.script("operational").afterwards(Taken::Yes);
    bench.world.pass(GRACE_MS);
    bench.ring();
    assert!(gone(&bench));
}

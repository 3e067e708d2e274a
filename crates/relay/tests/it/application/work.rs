//! Background tasks: worked off page by page, each order given once.

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::application::{Application, Message};
use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::task::{Task, TaskFilter, TaskKind, TaskStatus};

use super::Bench;
use crate::host::{Fault, START};
use crate::neighbour::Taken;
use crate::sample::{DAY, config, message};
use crate::script::Tasks;

pub(super) fn task(kind: TaskKind) -> Task {
    Task {
        id: "qtask_1".into(),
        kind,
        application_id: "app_1".into(),
        endpoint_id: "ep_1".into(),
        filter: TaskFilter {
            since: START,
            until: START + 1_000_000,
            ..TaskFilter::default()
        },
        dry_run: false,
        status: TaskStatus::Running,
        scanned: 0,
        matched: 0,
        revision: 0,
        updated_at: START,
    }
}

/// An application with so many messages, one a millisecond, all of them handed over.
fn with_messages(count: i64) -> Bench {
    let bench = Bench::of(&["ep_1"]);
    for number in 0..count {
        let one = Message {
            created_at: START + number,
            ..message(&format!("msg_{number:04}"))
        };
        bench.app.create(one).unwrap();
    }
    bench.drain();
    bench.objects.consignments();
    bench
}

/// Chores and hand-overs until nothing is due; what was sent again, and how the task ended.
pub(super) fn run(bench: &Bench) -> (Vec<String>, Task) {
    let mut last = None;
    let mut sent = vec![];
    for _ in 0..100 {
        bench.chores();
        bench.drain();
        let consignments = bench.objects.consignments();
        for one in consignments {
            sent.extend(one.messages.into_iter().map(|message| message.id));
            sent.extend(one.resends.into_iter().map(|resend| resend.message.id));
        }
        last = bench.objects.tasks().pop().or(last);
        if let Some(task) = &last
            && task.status != TaskStatus::Running
            && bench.disk.number("SELECT COUNT(*) FROM tasks") == 0
        {
            break;
        }
        let due = bench.disk.alarm().expect("the task is armed for");
        bench.world.reach(due.max(bench.world.now()));
    }
    (sent, last.expect("the registry was told"))
}

#[test]
fn a_task_asks_for_every_message_of_its_time_once_and_counts_them() {
    let bench = with_messages(450);
    let mut only_some = task(TaskKind::Recover);
    only_some.filter.since = START + 5;
    only_some.filter.until = START + 444;
    bench.app.start_task(&only_some).unwrap();
    let (mut sent, end) = run(&bench);
    let expected: Vec<_> = (5..=444).map(|number| format!("msg_{number:04}")).collect();
    sent.sort();
    assert_eq!(sent, expected);
    let counts = (end.status, end.scanned, end.matched, end.revision);
    assert_eq!(counts, (TaskStatus::Finished, 440, 440, 3));
    let sieves = bench.objects.sieves();
    assert_eq!(sieves.len(), 3);
    assert!(
        sieves
            .iter()
            .all(|sieve| sieve.state == Some(State::Fail) && !sieve.missing)
    );
}

#[test]
fn work_of_one_run_is_bounded_and_goes_on_at_the_next_alarm() {
    let bench = with_messages(2_100);
    bench.app.start_task(&task(TaskKind::BulkReplay)).unwrap();
    bench.chores();
    let told = bench.objects.tasks();
    assert_eq!(
        (told.len(), told[0].status, told[0].scanned),
        (1, TaskStatus::Running, 2_000)
    );
    assert!(bench.disk.alarm() <= Some(bench.world.now()));
    let (_, end) = run(&bench);
    assert_eq!((end.status, end.matched), (TaskStatus::Finished, 2_100));
}

#[test]
fn a_task_that_is_cut_off_anywhere_gives_each_order_once_and_ends() {
    for fault in [Fault::Refused, Fault::Misreported] {
        for skip in 0.. {
            let mut bench = with_messages(3);
            bench.app.start_task(&task(TaskKind::BulkReplay)).unwrap();
            bench.world.plan(skip, fault);
            let _ = futures_executor::block_on(bench.app.chores(&bench.objects));
            let through = bench.world.call_off();
            bench.reopen();
            bench.world.pass(2_000);
            if bench.disk.number("SELECT COUNT(*) FROM tasks") > 0 {
                let (_, end) = run(&bench);
                assert_eq!(end.status, TaskStatus::Finished, "{fault:?} at {skip}");
                assert_eq!(end.matched, 3, "{fault:?} at {skip}");
            }
            let orders = bench.disk.number("SELECT last FROM orders");
            assert_eq!(orders, 1, "{fault:?} at {skip}");
            if through {
                assert!(skip > 5);
                break;
            }
        }
    }
}

#[test]
fn a_task_that_has_ended_is_not_made_again_by_a_call_that_comes_again() {
    let bench = with_messages(3);
    let replay = task(TaskKind::BulkReplay);
    bench.app.start_task(&replay).unwrap();
    assert_eq!(run(&bench).0.len(), 3);
    // A key is good for a day and a minute.
    bench.world.pass(DAY + 60_000);
    bench.app.start_task(&replay).unwrap();
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM tasks"), 0);
    assert_eq!(run_once(&bench), Vec::<String>::new());
    bench.world.pass(2 * DAY);
    let other = Task {
        id: "qtask_2".into(),
        ..replay
    };
    bench.app.start_task(&other).unwrap();
    let known = bench.disk.rows("SELECT id FROM followed");
    let known: Vec<_> = known
        .into_iter()
        .map(|mut row| row.take_text(0).unwrap())
        .collect();
    assert_eq!(known, ["qtask_2"], "what can come no more is forgotten");
}

#[test]
fn a_call_that_starts_a_task_and_is_cut_off_anywhere_starts_it_once_all_the_same() {
    for fault in [Fault::Refused, Fault::Misreported] {
        for skip in 0.. {
            let mut bench = with_messages(3);
            bench.world.plan(skip, fault);
            let first = bench.app.start_task(&task(TaskKind::BulkReplay));
            let through = bench.world.call_off();
            assert_eq!(first.is_ok(), through, "{fault:?} at {skip}");
            bench.reopen();
            if bench.disk.number("SELECT COUNT(*) FROM tasks") > 0 {
                run(&bench);
            }
            bench.app.start_task(&task(TaskKind::BulkReplay)).unwrap();
            if bench.disk.number("SELECT COUNT(*) FROM tasks") > 0 {
                run(&bench);
            }
            let orders = bench.disk.number("SELECT last FROM orders");
            assert_eq!(orders, 1, "{fault:?} at {skip}");
            if through {
                assert!(skip > 3, "{skip}");
                break;
            }
        }
    }
}

#[test]
fn neighbours_that_are_away_are_asked_again_and_nothing_is_ordered_twice() {
    let bench = with_messages(3);
    bench.objects.script("ep_1").then(Taken::No);
    bench.objects.script("registry").then(Taken::No);
    bench.objects.script("registry").then(Taken::YesUnheard);
    bench.app.start_task(&task(TaskKind::BulkReplay)).unwrap();
    let mut sent = vec![];
    for _ in 0..6 {
        sent.extend(run_once(&bench));
        bench.world.pass(600_000);
    }
    assert_eq!(sent, ["msg_0000", "msg_0001", "msg_0002"]);
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM tasks"), 0);
}

fn run_once(bench: &Bench) -> Vec<String> {
    bench.chores();
    bench.drain();
    let consignments = bench.objects.consignments();
    let resends = consignments.into_iter().flat_map(|one| one.resends);
    resends.map(|resend| resend.message.id).collect()
}

#[test]
fn a_dry_run_counts_and_sends_nothing() {
    let bench = with_messages(7);
    let mut dry = task(TaskKind::BulkReplay);
    dry.dry_run = true;
    bench.app.start_task(&dry).unwrap();
    let (sent, end) = run(&bench);
    assert_eq!((sent, end.matched), (vec![], 7));
}

#[test]
fn a_filter_is_by_type_channel_and_tag_and_the_endpoint_is_asked_for_the_rest() {
    let bench = Bench::of(&["ep_1"]);
    for (id, event_type, channel, tag) in [
        ("msg_1", "a", "x", "t"),
        ("msg_2", "b", "x", "t"),
        ("msg_3", "a", "y", "t"),
        ("msg_4", "a", "x", "u"),
    ] {
        let one = Message {
            event_type: event_type.into(),
            channels: vec![channel.into()],
            tags: vec![tag.into()],
            ..message(id)
        };
        bench.app.create(one).unwrap();
    }
    let mut some = task(TaskKind::BulkReplay);
    some.filter = TaskFilter {
        event_types: Some(vec!["a".into()]),
        channel: Some("x".into()),
        tag: Some("t".into()),
        state: Some(State::Success),
        status_code_class: Some(200),
        ..some.filter
    };
    bench.app.start_task(&some).unwrap();
    bench.chores();
    let sieve = bench.objects.sieves().remove(0);
    assert_eq!(sieve.ids, ["msg_1"]);
    assert_eq!(
        (sieve.state, sieve.status_code_class),
        (Some(State::Success), Some(200))
    );
}

#[test]
fn what_is_missing_is_what_the_endpoint_wants_and_goes_as_if_it_were_new() {
    let bench = Bench::with(&[EndpointConfig {
        event_types: Some(vec!["a".into()]),
        ..config("ep_2", "standard")
    }]);
    for (id, event_type) in [("msg_1", "a"), ("msg_2", "b")] {
        let one = Message {
            event_type: event_type.into(),
            ..message(id)
        };
        bench.app.create(one).unwrap();
    }
    let late = EndpointConfig {
        event_types: Some(vec!["b".into()]),
        ..config("ep_1", "standard")
    };
    bench.app.add_endpoint(&late).unwrap();
    bench.drain();
    bench.objects.consignments();
    bench
        .app
        .start_task(&task(TaskKind::ReplayMissing))
        .unwrap();
    bench.chores();
    assert!(bench.objects.sieves()[0].missing);
    bench.drain();
    assert_eq!(bench.objects.landed(), [super::handed("ep_1", &["msg_2"])]);
}

#[test]
fn a_task_whose_endpoint_is_deleted_fails() {
    let bench = with_messages(3);
    bench.app.start_task(&task(TaskKind::Recover)).unwrap();
    assert_eq!(bench.app.remove_endpoint("ep_1"), Ok(true));
    let (sent, end) = run(&bench);
    assert_eq!((sent, end.status), (vec![], TaskStatus::Failed));
}

#[test]
fn an_alarm_does_not_ring_without_end_while_an_endpoint_is_asked() {
    let bench = with_messages(3);
    bench.app.start_task(&task(TaskKind::BulkReplay)).unwrap();
    bench.objects.script("ep_1").afterwards_hold();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    tasks.start(async move { app.on_alarm(&objects).await });
    let mut rings = 0;
    for _ in 0..10_000 {
        if bench.disk.rings(bench.world.now()) {
            rings += 1;
            block_on(bench.app.on_alarm(&bench.objects)).unwrap();
        }
        bench.world.pass(1);
    }
    assert!((5..=10).contains(&rings), "{rings} in ten seconds");
}

#[test]
fn a_disabled_endpoint_is_given_what_it_misses_and_holds_it_back() {
    let bench = Bench::of(&[]);
    for number in 0..3 {
        let one = Message {
            created_at: START + number,
            ..message(&format!("msg_{number}"))
        };
        bench.app.create(one).unwrap();
    }
    let disabled = EndpointConfig {
        disabled: true,
        ..config("ep_1", "standard")
    };
    bench.app.add_endpoint(&disabled).unwrap();
    bench
        .app
        .start_task(&task(TaskKind::ReplayMissing))
        .unwrap();
    let (sent, end) = run(&bench);
    assert_eq!(sent.len(), 3);
    assert_eq!((end.status, end.matched), (TaskStatus::Finished, 3));
}

#[test]
fn what_an_endpoint_may_have_forgotten_is_not_taken_for_missing() {
    let mut bench = Bench::of(&["ep_1"]);
    let app = Application::open(bench.world.host(&bench.disk)).unwrap();
    bench.app = Rc::new(app.keeping(30 * DAY).unwrap());
    bench.world.pass(30 * DAY);
    for (id, age) in [("msg_old", 29 * DAY + 1), ("msg_young", 29 * DAY - 1)] {
        let one = Message {
            created_at: bench.world.now() - age,
            ..message(id)
        };
        bench.app.create(one).unwrap();
    }
    bench.drain();
    bench.objects.consignments();
    let mut missing = task(TaskKind::ReplayMissing);
    missing.filter.since = 0;
    missing.filter.until = bench.world.now();
    bench.app.start_task(&missing).unwrap();
    let (sent, _) = run(&bench);
    assert_eq!(sent, ["msg_young"]);
}

//! Orders to send again, on their way from the application.

use std::rc::Rc;

use hookgate_relay::application::ResendOrder;
use hookgate_relay::once;
use hookgate_relay::task::{Task, TaskKind, TaskStatus};

use super::Bench;
use super::work::task;
use crate::host::Fault;
use crate::neighbour::Taken;
use crate::sample::message;
use crate::script::Tasks;

fn order(bench: &Bench, message: &str, endpoint: &str) -> bool {
    let order = ResendOrder {
        message_id: message.into(),
        endpoint_id: endpoint.into(),
        call_id: None,
    };
    bench.app.resend(&order).unwrap()
}

fn resends(bench: &Bench) -> Vec<(i64, String)> {
    let consignments = bench.objects.consignments();
    let resends = consignments.into_iter().flat_map(|one| one.resends);
    resends.map(|one| (one.number, one.message.id)).collect()
}

#[test]
fn an_order_to_send_again_brings_the_message_and_a_number_that_grows() {
    let bench = Bench::of(&["ep_1", "ep_2"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    assert_eq!(resends(&bench), []);
    assert!(order(&bench, "msg_1", "ep_1"));
    bench.drain();
    assert_eq!(resends(&bench), [(1, "msg_1".into())]);
    assert!(order(&bench, "msg_1", "ep_1"));
    bench.drain();
    assert_eq!(resends(&bench), [(2, "msg_1".into())]);
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM fanout"), 0);
}

#[test]
fn an_order_for_what_is_not_there_is_none() {
    let bench = Bench::of(&["ep_1"]);
    bench.app.create(message("msg_1")).unwrap();
    assert!(!order(&bench, "msg_2", "ep_1"));
    assert!(!order(&bench, "msg_1", "ep_2"));
    bench.drain();
    assert_eq!(resends(&bench), []);
}

#[test]
fn a_call_that_comes_again_orders_once_and_one_that_ordered_nothing_may_still() {
    let mut bench = Bench::of(&["ep_1"]);
    let ask = |bench: &Bench, call: &str| {
        let order = ResendOrder {
            message_id: "msg_1".into(),
            endpoint_id: "ep_1".into(),
            call_id: Some(call.into()),
        };
        bench.app.resend(&order)
    };
    assert_eq!(ask(&bench, "qtask_1"), Ok(false), "no such message");
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    for fault in [Fault::Refused, Fault::Misreported] {
        for skip in 0.. {
            let call = format!("{fault:?}_{skip}");
            bench.world.plan(skip, fault);
            let first = ask(&bench, &call);
            let through = bench.world.call_off();
            assert_eq!(first.is_ok(), through, "{call}");
            bench.reopen();
            bench.drain();
            let before = resends(&bench).len();
            assert_eq!(ask(&bench, &call), Ok(true), "{call}");
            bench.drain();
            assert_eq!(before + resends(&bench).len(), 1, "{call}");
            if through {
                assert!(skip > 3, "{skip}");
                break;
            }
        }
    }
    assert_eq!(ask(&bench, "qtask_1"), Ok(true));
    bench.drain();
    assert_eq!(resends(&bench).len(), 1);
}

#[test]
fn a_call_that_keeps_coming_is_remembered_for_as_long_as_it_does() {
    let bench = Bench::of(&["ep_1"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    let ask = |call: &str| {
        let order = ResendOrder {
            message_id: "msg_1".into(),
            endpoint_id: "ep_1".into(),
            call_id: Some(call.into()),
        };
        assert_eq!(bench.app.resend(&order), Ok(true));
        bench.drain();
        resends(&bench).len()
    };
    assert_eq!(ask("call"), 1);
    for day in 1..5 {
        bench.world.pass(once::LIFE_MS);
        assert_eq!(ask("call"), 0, "day {day}");
        // Each call takes along what is older than two days.
        assert_eq!(ask(&format!("other_{day}")), 1);
    }
    bench.world.pass(2 * once::LIFE_MS);
    ask("another");
    assert_eq!(ask("call"), 1, "it was forgotten in the end");
}

#[test]
fn an_order_whose_acceptance_was_unheard_comes_again_under_its_number() {
    let mut bench = Bench::of(&["ep_1"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    bench.objects.script("ep_1").then(Taken::YesUnheard);
    order(&bench, "msg_1", "ep_1");
    bench.drain();
    bench.reopen();
    bench.world.pass(2_000);
    bench.drain();
    assert_eq!(resends(&bench), [(1, "msg_1".into()), (1, "msg_1".into())]);
}

#[test]
fn what_has_not_been_handed_over_is_taken_back_and_a_change_is_not() {
    let bench = Bench::of(&["ep_1", "ep_2"]);
    for id in ["msg_1", "msg_2"] {
        bench.app.create(message(id)).unwrap();
        order(&bench, id, "ep_1");
    }
    let mut config = bench.app.endpoint("ep_1").unwrap().unwrap();
    config.description = "changed".into();
    bench.app.replace_endpoint(config).unwrap();
    assert_eq!(bench.app.take_back("ep_1", Some("msg_1")), Ok(2));
    assert_eq!(bench.app.take_back("ep_1", None), Ok(2));
    let left = bench
        .disk
        .rows("SELECT endpoint_id, message_id FROM fanout ORDER BY 1, 2");
    let left: Vec<_> = left
        .into_iter()
        .map(|mut row| row.take_text(1).unwrap())
        .collect();
    assert_eq!(left, ["version/2", "msg_1", "msg_2"]);
}

#[test]
fn what_is_taken_back_ends_the_tasks_that_would_bring_more_and_leaves_those_of_others() {
    let bench = Bench::of(&["ep_1", "ep_2"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    bench.objects.consignments();
    bench.app.start_task(&task(TaskKind::BulkReplay)).unwrap();
    let other = Task {
        id: "qtask_2".into(),
        endpoint_id: "ep_2".into(),
        ..task(TaskKind::BulkReplay)
    };
    bench.app.start_task(&other).unwrap();
    assert_eq!(bench.app.take_back("ep_1", Some("msg_1")), Ok(0));
    assert_eq!(bench.app.take_back("ep_1", None), Ok(0));
    bench.world.pass(1_000);
    bench.ring();
    for _ in 0..3 {
        bench.chores();
        bench.drain();
    }
    let consignments = bench.objects.consignments();
    let sent: Vec<&str> = consignments
        .iter()
        .map(|one| one.config.id.as_str())
        .collect();
    assert_eq!(sent, ["ep_2"]);
    let ends = bench.objects.tasks().into_iter();
    let mut ends: Vec<_> = ends.map(|one| (one.id, one.status, one.revision)).collect();
    ends.sort_by(|one, other| one.0.cmp(&other.0));
    let failed = ("qtask_1".into(), TaskStatus::Failed, 1);
    assert_eq!(ends, [failed, ("qtask_2".into(), TaskStatus::Finished, 1)]);
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM tasks"), 0);
}

#[test]
fn a_task_that_is_ended_while_it_waits_for_its_endpoint_orders_nothing_any_more() {
    let bench = Bench::of(&["ep_1"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    bench.objects.consignments();
    let script = bench.objects.script("ep_1");
    script.then_hold();
    bench.app.start_task(&task(TaskKind::BulkReplay)).unwrap();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    let chores = tasks.start(async move { app.chores(&objects).await });
    assert_eq!(bench.app.take_back("ep_1", None), Ok(0));
    script.release(0, Taken::Yes);
    tasks.settle();
    assert_eq!(chores.result(), Some(Ok(())));
    bench.chores();
    bench.drain();
    assert_eq!(resends(&bench), []);
    let ends = bench.objects.tasks().into_iter();
    let ends: Vec<_> = ends.map(|one| one.status).collect();
    assert_eq!(ends, [TaskStatus::Failed]);
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM tasks"), 0);
}

//! An instance may die at any moment: nothing is lost, and nothing that was recorded is sent again.

use futures_executor::block_on;
use hookgate_relay::attempt::State;

use super::Bench;
use crate::host::{Fault, START};
use crate::neighbour::status;
use crate::sample::message;
use crate::script::Tasks;

const INTERRUPTED: &str =
    "interrupted: the gateway stopped before the receiver's answer was recorded";

#[test]
fn after_a_crash_a_stale_sending_row_is_retried_under_the_same_message_id() {
    let mut bench = Bench::new("standard");
    bench.http.script().then_hold();
    bench.accept(&["msg_1"]);
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    drop(tasks);
    bench.world.pass(3_000);
    bench.reopen();
    // The alarm does it, whoever woke the object.
    assert_eq!(bench.disk.alarm(), Some(START + 3_000));
    bench.ring();
    let ids = bench.http.requests().into_iter().map(|request| {
        let header = |(name, _): &(String, String)| name == "webhook-id";
        request.headers.into_iter().find(header).unwrap().1
    });
    assert_eq!(ids.collect::<Vec<_>>(), ["msg_1", "msg_1"]);
    let attempts = bench.attempts();
    let log: Vec<_> = attempts
        .iter()
        .map(|a| (a.started_at - START, a.state, a.response.as_str()))
        .collect();
    let expected = [(0, State::Fail, INTERRUPTED), (3_000, State::Success, "")];
    assert_eq!(log, expected);
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
}

#[test]
fn an_interrupted_attempt_does_not_use_up_the_schedule() {
    let mut bench = Bench::new("standard");
    bench.world.load_dice(0);
    bench.accept(&["msg_1"]);
    for crash in 0..15 {
        bench.http.script().then_hold();
        let mut tasks = Tasks::default();
        bench.start_pump(&mut tasks);
        drop(tasks);
        assert_eq!(bench.http.requests().len(), 1, "crash {crash}");
        bench.world.pass(100);
        bench.reopen();
    }
    bench.http.script().then(status(500));
    bench.pump();
    assert_eq!(bench.attempts().len(), 16);
    let next = (State::Pending, Some(bench.world.now() + 5_000));
    assert_eq!(bench.delivery("msg_1"), Some(next));
}

#[test]
fn a_crash_leaves_the_deliveries_that_wait_at_their_time() {
    let mut bench = Bench::new("standard");
    bench.world.load_dice(0);
    bench.http.script().then(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.world.pass(1_000);
    bench.reopen();
    bench.pump();
    assert_eq!(bench.http.requests().len(), 1);
    let next = (State::Pending, Some(START + 5_000));
    assert_eq!(bench.delivery("msg_1"), Some(next));
    assert_eq!(bench.disk.alarm(), Some(START + 5_000));
}

#[test]
fn a_clock_that_was_set_back_over_a_crash_leaves_nothing_stuck() {
    let mut bench = Bench::new("standard");
    bench.http.script().then_hold();
    bench.accept(&["msg_1"]);
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    drop(tasks);
    bench.world.pass(-86_400_000);
    bench.reopen();
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
}

#[test]
fn a_fault_or_a_crash_at_any_call_delivers_all_the_same_and_never_after_a_recorded_success() {
    use Fault::{KilledAfter, KilledBefore, Misreported, Refused};
    for fault in [Refused, Misreported, KilledBefore, KilledAfter] {
        for skip in 0.. {
            let name = format!("{fault:?} at call {skip}");
            let mut bench = Bench::new("standard");
            bench.http.script().then(status(500));
            bench.world.plan(skip, fault);
            // As the application and the runtime do: the consignment again and again until it is
            // confirmed, the pump after each, the alarm when it is time.
            let mut confirmed = false;
            let (mut sent, mut sent_after_success) = (0, 0);
            for _ in 0..200 {
                let success = delivered(&bench);
                if bench.world.life() > 0 && !confirmed {
                    bench.reopen();
                }
                if !confirmed {
                    confirmed = bench.offer(vec![message("msg_1")]).is_ok();
                    let _ = block_on(bench.endpoint.pump(&bench.http));
                }
                if bench.disk.rings(bench.world.now()) {
                    if bench.world.life() > 0 {
                        bench.reopen();
                    }
                    let handled = block_on(bench.endpoint.on_alarm(&bench.http));
                    if handled.is_err() && bench.disk.alarm().is_none() {
                        // What the object's shell does, or the runtime when the shell is dead.
                        bench.disk.set_alarm(bench.world.now() + 10_000);
                    }
                }
                let requests = bench.http.requests().len();
                sent += requests;
                if success {
                    sent_after_success += requests;
                }
                bench.world.pass(500);
            }
            let reached = !bench.world.call_off();
            assert!(confirmed && delivered(&bench), "{name}");
            assert_eq!(sent_after_success, 0, "{name}");
            let sending = "SELECT COUNT(*) FROM attempts WHERE state = 3";
            assert_eq!(bench.disk.number(sending), 0, "{name}");
            assert!((2..=3).contains(&sent), "{sent} requests, {name}");
            if !reached {
                assert_eq!(sent, 2);
                break;
            }
        }
    }
}

fn delivered(bench: &Bench) -> bool {
    bench
        .disk
        .number("SELECT COUNT(*) FROM deliveries WHERE state = 0")
        == 1
}

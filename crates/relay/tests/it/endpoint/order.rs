//! An endpoint with an order gets one delivery after the other, whatever becomes of each.

use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::port::{Hints, HttpOutcome};

use super::Bench;
use super::manual::cancel;
use crate::host::START;
use crate::neighbour::status;
use crate::sample::{config, waits};
use crate::script::Tasks;

fn fifo() -> EndpointConfig {
    EndpointConfig {
        fifo: true,
        retry_schedule: waits(&[0, 60, 600]),
        ..config("ep_1", "standard")
    }
}

impl Bench {
    /// The messages of the requests since the last call.
    fn sent(&self) -> Vec<String> {
        let id = |headers: Vec<(String, String)>| {
            let mut headers = headers.into_iter();
            headers.find(|(name, _)| name == "webhook-id").unwrap().1
        };
        let requests = self.http.requests().into_iter();
        requests.map(|request| id(request.headers)).collect()
    }

    fn ring_at(&self, at: i64) {
        self.world.reach(at);
        self.ring();
    }
}

#[test]
fn deliveries_leave_in_the_order_of_their_arrival_and_one_at_a_time() {
    let bench = Bench::with(fifo());
    // Not the order of their ids.
    bench.accept(&["msg_3", "msg_1"]);
    bench.accept(&["msg_2"]);
    bench.http.script().afterwards_hold();
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    bench.start_pump(&mut tasks);
    for index in 0..3 {
        assert_eq!(bench.http.out(), (1, 1));
        bench.release(&mut tasks, index, status(200));
    }
    assert_eq!(bench.sent(), ["msg_3", "msg_1", "msg_2"]);
}

#[test]
fn one_that_is_sent_again_keeps_its_place_before_those_that_came_after_it() {
    let bench = Bench::with(fifo());
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.http.script().then(status(500));
    bench.accept(&["msg_2", "msg_3"]);
    bench.pump();
    assert_eq!(bench.sent(), ["msg_1", "msg_2"]);
    bench.resend(1, "msg_2", false);
    bench.pump();
    assert_eq!(bench.sent(), ["msg_2", "msg_3"]);
    bench.accept(&["msg_4"]);
    bench.resend(2, "msg_3", false);
    bench.pump();
    assert_eq!(bench.sent(), ["msg_3", "msg_4"]);
}

#[test]
fn what_waits_for_its_retry_holds_up_all_behind_it() {
    let bench = Bench::with(fifo());
    bench.http.script().then(status(500));
    bench.accept(&["msg_1", "msg_2"]);
    bench.pump();
    bench.ring_at(START + 1_000);
    // No alarm in between for what is due and has to wait.
    let retry = bench.disk.alarm().unwrap();
    assert!((60_000..67_000).contains(&(retry - START)), "{retry}");
    bench.world.reach(retry - 1);
    bench.pump();
    assert_eq!(bench.sent(), ["msg_1"]);
    bench.ring_at(retry);
    assert_eq!(bench.sent(), ["msg_1", "msg_2"]);
    assert_eq!(bench.delivery("msg_2"), Some((State::Success, None)));
}

#[test]
fn the_next_one_leaves_when_the_schedule_is_used_up_or_the_receiver_gives_the_message_up() {
    let bench = Bench::with(EndpointConfig {
        retry_schedule: waits(&[0, 0]),
        ..fifo()
    });
    bench.accept(&["msg_1", "msg_2", "msg_3"]);
    bench.http.script().then(status(500));
    bench.http.script().then(status(500));
    bench.http.script().then(HttpOutcome::Answered {
        status: 400,
        hints: Hints {
            retry_after: None,
            delivery: Some("abort-message".into()),
        },
        body: vec![],
    });
    bench.pump();
    assert_eq!(bench.sent(), ["msg_1", "msg_1", "msg_2", "msg_3"]);
    let states = ["msg_1", "msg_2", "msg_3"].map(|id| bench.delivery(id).unwrap().0);
    assert_eq!(states, [State::Fail, State::Fail, State::Success]);
}

#[test]
fn what_was_out_when_the_process_died_goes_again_before_all_others() {
    let mut bench = Bench::with(fifo());
    bench.accept(&["msg_2", "msg_1"]);
    bench.http.script().then_hold();
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    drop(tasks);
    bench.world.kill();
    bench.reopen();
    bench.pump();
    assert_eq!(bench.sent(), ["msg_2", "msg_2", "msg_1"]);
}

#[test]
fn an_order_that_is_asked_for_later_takes_in_what_waits_by_its_age() {
    let mut bench = Bench::with(EndpointConfig {
        fifo: false,
        ..fifo()
    });
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_2"]);
    bench.pump();
    bench.world.pass(1_000);
    bench.accept(&["msg_1"]);
    bench.pump();
    bench
        .disk
        .write("UPDATE deliveries SET created_at = created_at + 1000 WHERE message_id = 'msg_1'");
    bench.config = EndpointConfig {
        version: 2,
        ..fifo()
    };
    bench.accept(&["msg_0"]);
    bench.http.script().afterwards(status(200));
    bench.sent();
    bench.world.pass(600_000);
    bench.pump();
    assert_eq!(bench.sent(), ["msg_2", "msg_1", "msg_0"]);
    // And gives it up again.
    bench.config = EndpointConfig {
        fifo: false,
        version: 3,
        ..fifo()
    };
    bench.accept(&["msg_4", "msg_5"]);
    bench.http.script().afterwards_hold();
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    assert_eq!(bench.http.out().0, 2);
}

#[test]
fn a_delivery_that_is_brought_back_without_a_place_goes_last_and_is_not_forgotten() {
    let bench = Bench::with(EndpointConfig {
        fifo: false,
        ..fifo()
    });
    bench.accept(&["msg_old"]);
    bench.disk.write(&format!(
        "UPDATE deliveries SET next_attempt_at = {}",
        START + 5_000
    ));
    let ordered = EndpointConfig {
        version: 2,
        ..fifo()
    };
    bench
        .endpoint
        .accept(hookgate_relay::application::Consignment {
            config: ordered,
            messages: vec![crate::sample::message("msg_new")],
            resends: vec![],
        })
        .unwrap();
    bench
        .disk
        .write("UPDATE deliveries SET position = NULL WHERE message_id = 'msg_old'");
    bench.pump();
    assert_eq!(bench.sent(), ["msg_new"]);
    bench.ring_at(START + 5_000);
    assert_eq!(bench.sent(), ["msg_old"]);
}

#[test]
fn of_deliveries_without_a_place_too_one_alone_is_out() {
    let bench = Bench::with(fifo());
    bench.accept(&["msg_1", "msg_2"]);
    bench.disk.write("UPDATE deliveries SET position = NULL");
    bench.http.script().afterwards_hold();
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    bench.start_pump(&mut tasks);
    assert_eq!(bench.http.out(), (1, 1));
    bench.release(&mut tasks, 0, status(200));
    bench.release(&mut tasks, 1, status(200));
    assert_eq!(bench.sent().len(), 2);
}

#[test]
fn the_one_behind_a_message_that_is_cancelled_is_due_at_once() {
    let bench = Bench::with(fifo());
    bench.http.script().then(status(500));
    bench.accept(&["msg_1", "msg_2"]);
    bench.pump();
    bench.ring_at(START + 1_000);
    assert_eq!(bench.sent(), ["msg_1"]);
    assert!(cancel(&bench, "msg_1"));
    bench.ring();
    assert_eq!(bench.sent(), ["msg_2"]);
}

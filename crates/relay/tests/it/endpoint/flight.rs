//! Requests that are out: never more than six, never two of one delivery, and none forgotten.

use std::rc::Rc;

use hookgate_relay::attempt::State;
use hookgate_relay::port::{HttpOutcome, Unavailable};

use super::Bench;
use crate::host::{Fault, START};
use crate::neighbour::status;
use crate::script::{Task, Tasks};

impl Bench {
    pub(crate) fn start_pump(&self, tasks: &mut Tasks) -> Task<Result<(), Unavailable>> {
        let (endpoint, http) = (Rc::clone(&self.endpoint), self.http.clone());
        tasks.start(async move { endpoint.pump(&http).await })
    }

    fn start_alarm(&self, tasks: &mut Tasks) -> Task<Result<(), Unavailable>> {
        assert!(self.disk.rings(self.world.now()), "not yet");
        let (endpoint, http) = (Rc::clone(&self.endpoint), self.http.clone());
        tasks.start(async move { endpoint.on_alarm(&http).await })
    }

    pub(crate) fn release(&self, tasks: &mut Tasks, index: usize, outcome: HttpOutcome) {
        self.http.script().release(index, outcome);
        tasks.settle();
    }

    fn accept_ten(&self) {
        let ids: Vec<String> = (0..10).map(|n| format!("msg_{n}")).collect();
        self.accept(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    }

    fn states(&self) -> Vec<State> {
        let attempts = self.attempts();
        attempts.iter().map(|attempt| attempt.state).collect()
    }
}

#[test]
fn at_most_six_requests_are_out_however_many_pumps_run() {
    let bench = Bench::new("standard");
    bench.http.script().afterwards_hold();
    bench.accept_ten();
    let mut tasks = Tasks::default();
    let first = bench.start_pump(&mut tasks);
    let second = bench.start_pump(&mut tasks);
    bench.world.pass(1_000);
    let alarm = bench.start_alarm(&mut tasks);
    assert_eq!(bench.http.out(), (6, 6));
    // The others had nothing to wait for.
    assert_eq!(
        (second.result(), alarm.result()),
        (Some(Ok(())), Some(Ok(())))
    );
    for index in 0..10 {
        assert_eq!(first.result(), None);
        bench.release(&mut tasks, index, status(200));
        let out = 6.min(9 - index);
        assert_eq!(bench.http.out(), (out, 6), "after release {index}");
    }
    assert_eq!(first.result(), Some(Ok(())));
    assert_eq!(bench.http.requests().len(), 10);
    assert_eq!(bench.states(), [State::Success; 10]);
}

#[test]
fn two_pumps_share_the_six_and_each_delivery_is_sent_once() {
    let bench = Bench::new("standard");
    bench.http.script().afterwards_hold();
    let mut tasks = Tasks::default();
    bench.accept(&["msg_a", "msg_b"]);
    bench.start_pump(&mut tasks);
    bench.accept_ten();
    bench.start_pump(&mut tasks);
    assert_eq!(bench.http.out(), (6, 6));
    for index in 0..12 {
        bench.release(&mut tasks, index, status(200));
    }
    assert_eq!(bench.http.out(), (0, 6));
    assert_eq!(bench.http.requests().len(), 12);
    assert_eq!(bench.states(), [State::Success; 12]);
}

#[test]
fn a_place_that_is_freed_takes_what_has_become_due_since() {
    let bench = Bench::new("standard");
    bench.http.script().afterwards_hold();
    let mut tasks = Tasks::default();
    bench.accept(&["msg_a"]);
    let pump = bench.start_pump(&mut tasks);
    bench.accept(&["msg_b"]);
    bench.release(&mut tasks, 0, status(200));
    assert_eq!((pump.result(), bench.http.requests().len()), (None, 2));
    bench.release(&mut tasks, 1, status(200));
    assert_eq!(pump.result(), Some(Ok(())));
}

#[test]
fn a_clock_that_jumps_ahead_while_a_request_is_out_does_not_send_it_twice() {
    let bench = Bench::new("standard");
    bench.http.script().afterwards_hold();
    let mut tasks = Tasks::default();
    bench.accept(&["msg_1"]);
    bench.start_pump(&mut tasks);
    bench.world.pass(7 * 86_400_000);
    bench.start_alarm(&mut tasks);
    bench.start_pump(&mut tasks);
    assert_eq!(bench.http.out(), (1, 1));
    // And what is due besides is sent all the same.
    bench.accept(&["msg_2"]);
    bench.start_pump(&mut tasks);
    assert_eq!(bench.http.out(), (2, 2));
    for index in 0..2 {
        bench.release(&mut tasks, index, status(200));
    }
    assert_eq!(bench.states(), [State::Success; 2]);
}

#[test]
fn a_clock_that_is_set_back_while_a_request_is_out_gives_no_negative_duration() {
    let bench = Bench::new("standard");
    bench.world.load_dice(0);
    bench.http.script().then_hold();
    let mut tasks = Tasks::default();
    bench.accept(&["msg_1"]);
    bench.start_pump(&mut tasks);
    bench.world.pass(-60_000);
    bench.release(&mut tasks, 0, status(500));
    assert_eq!(bench.attempts()[0].duration_ms, 0);
    let next = (State::Pending, Some(START - 60_000 + 5_000));
    assert_eq!(bench.delivery("msg_1"), Some(next));
}

#[test]
fn a_failing_storage_does_not_abandon_the_requests_that_are_out() {
    // One delivery is taken with five calls: the list, the payload, the delivery, the attempt, the
    // commit. The first has one more: whether an operator has ordered anything.
    for skip in 0..=16 {
        let bench = Bench::new("standard");
        bench.http.script().afterwards_hold();
        let mut tasks = Tasks::default();
        bench.accept(&["msg_1", "msg_2", "msg_3"]);
        bench.world.plan(skip, Fault::Refused);
        let pump = bench.start_pump(&mut tasks);
        let out = (skip.saturating_sub(1) / 5) as usize;
        assert_eq!(bench.http.out(), (out, out), "call {skip}");
        for index in 0..out {
            bench.release(&mut tasks, index, status(200));
        }
        assert!(pump.result().unwrap().is_err(), "call {skip}");
        assert_eq!(bench.states(), vec![State::Success; out], "call {skip}");
        // Nothing is left behind that would hold the others back.
        let again = bench.start_pump(&mut tasks);
        for index in out..3 {
            bench.release(&mut tasks, index, status(200));
        }
        assert_eq!(again.result(), Some(Ok(())), "call {skip}");
        assert_eq!(bench.states(), [State::Success; 3], "call {skip}");
    }
}

#[test]
fn an_outcome_that_cannot_be_recorded_costs_the_other_requests_nothing() {
    for skip in 0..4 {
        let bench = Bench::new("standard");
        bench.http.script().afterwards_hold();
        let mut tasks = Tasks::default();
        bench.accept(&["msg_1", "msg_2", "msg_3"]);
        let pump = bench.start_pump(&mut tasks);
        bench.world.plan(skip, Fault::Refused);
        bench.release(&mut tasks, 1, status(200));
        assert_eq!(bench.http.out(), (2, 3), "call {skip}");
        bench.release(&mut tasks, 0, status(200));
        bench.release(&mut tasks, 2, status(200));
        assert!(pump.result().unwrap().is_err(), "call {skip}");
        let success = |id| bench.delivery(id) == Some((State::Success, None));
        assert!(success("msg_1") && success("msg_3"), "call {skip}");
        let lost = bench.delivery("msg_2");
        assert_eq!(lost, Some((State::Sending, Some(START + 25_000))));
        // Nobody knows what came of it: it is sent again when it cannot be out any more.
        bench.http.script().afterwards(status(200));
        bench.world.pass(25_000);
        bench.start_pump(&mut tasks);
        assert!(success("msg_2"), "call {skip}");
        assert_eq!(bench.http.requests().len(), 4, "call {skip}");
    }
}

#[test]
fn a_pump_that_is_dropped_frees_its_places() {
    let bench = Bench::new("standard");
    bench.http.script().afterwards_hold();
    bench.accept_ten();
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    drop(tasks);
    assert_eq!(bench.http.out(), (0, 6));
    bench.http.script().afterwards(status(200));
    bench.pump();
    assert_eq!(
        bench.http.requests().len(),
        10,
        "six that were out, four more"
    );
    bench.world.pass(25_000);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 6);
    let states = bench.states();
    let count = |state| states.iter().filter(|s| **s == state).count();
    assert_eq!((count(State::Fail), count(State::Success)), (6, 10));
}

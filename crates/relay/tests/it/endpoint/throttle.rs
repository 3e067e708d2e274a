//! The throttle holds, across alarms, pumps and restarts, and holds up nothing but its endpoint.

use std::cell::RefCell;
use std::rc::Rc;

use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;

use super::Bench;
use crate::host::START;
use crate::neighbour::status;
use crate::sample::{config, waits};
use crate::script::Tasks;

const MESSAGES: [&str; 6] = ["msg_1", "msg_2", "msg_3", "msg_4", "msg_5", "msg_6"];

fn throttled(rate: u16) -> Bench {
    Bench::with(EndpointConfig {
        throttle_rate: Some(rate),
        retry_schedule: waits(&[0, 0, 0]),
        ..config("ep_1", "standard")
    })
}

impl Bench {
    /// Notes when each request leaves, from the start.
    fn clocked(&self) -> Rc<RefCell<Vec<i64>>> {
        let times = Rc::new(RefCell::new(vec![]));
        let (noted, world) = (Rc::clone(&times), Rc::clone(&self.world));
        let note = move |_: &_| noted.borrow_mut().push(world.now() - START);
        self.http.on_request(note);
        times
    }
}

#[test]
fn requests_leave_evenly_and_the_alarm_rings_for_each_and_no_more() {
    let bench = throttled(4);
    let times = bench.clocked();
    bench.accept(&MESSAGES);
    bench.pump();
    let mut rings = 0;
    while let Some(at) = bench.disk.alarm() {
        bench.world.reach(at);
        bench.ring();
        rings += 1;
        assert!(rings < 100, "it rings without end");
    }
    assert_eq!(*times.borrow(), [0, 250, 500, 750, 1_000, 1_250]);
    // The last one is the net below the last request.
    assert_eq!(rings, 6);
    assert_eq!(bench.delivery("msg_6"), Some((State::Success, None)));
}

#[test]
fn a_retry_takes_a_token_as_a_first_attempt_does() {
    let bench = throttled(10);
    let times = bench.clocked();
    bench.http.script().then(status(500));
    bench.http.script().then(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    for _ in 0..3 {
        bench.world.reach(bench.disk.alarm().unwrap());
        bench.ring();
    }
    assert_eq!(*times.borrow(), [0, 100, 200]);
}

#[test]
fn a_new_instance_goes_on_where_the_throttle_was() {
    let mut bench = throttled(2);
    let times = bench.clocked();
    bench.accept(&MESSAGES);
    for _ in 0..40 {
        bench.reopen();
        bench.pump();
        bench.world.pass(100);
    }
    assert_eq!(*times.borrow(), [0, 500, 1_000, 1_500, 2_000, 2_500]);
}

#[test]
fn a_slow_receiver_does_not_hold_up_what_its_throttle_lets_go() {
    let bench = throttled(4);
    let times = bench.clocked();
    bench.http.script().afterwards_hold();
    bench.accept(&MESSAGES);
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    for _ in 0..2_000 {
        if bench.disk.rings(bench.world.now()) {
            let (endpoint, http) = (Rc::clone(&bench.endpoint), bench.http.clone());
            tasks.start(async move { endpoint.on_alarm(&http).await });
        }
        bench.world.pass(1);
    }
    assert_eq!(*times.borrow(), [0, 250, 500, 750, 1_000, 1_250]);
    assert_eq!(bench.http.out(), (6, 6));
}

#[test]
fn a_pause_that_a_receiver_asks_for_outlasts_the_throttle() {
    let bench = throttled(4);
    let times = bench.clocked();
    bench.http.script().then(status(429));
    bench.accept(&["msg_1", "msg_2"]);
    bench.pump();
    assert_eq!(bench.disk.alarm(), Some(START + 250));
    bench.world.pass(250);
    bench.ring();
    assert_eq!(bench.disk.alarm(), Some(START + 5_000));
    for _ in 0..2 {
        bench.world.reach(bench.disk.alarm().unwrap());
        bench.ring();
    }
    assert_eq!(*times.borrow(), [0, 5_000, 5_250]);
}

#[test]
fn without_a_throttle_nothing_is_read_or_written_for_one() {
    let bench = Bench::new("standard");
    bench.accept(&["msg_1"]);
    bench.disk.statements();
    bench.pump();
    let statements = bench.disk.statements();
    assert!(statements.iter().all(|sql| !sql.contains("throttle")));
}

//! An endpoint that was deleted leaves nothing behind, and nothing brings it back.

use std::rc::Rc;

use hookgate_relay::attempt::State;

use super::Bench;
use crate::host::Fault;
use crate::neighbour::status;
use crate::script::Tasks;

const TABLES: [&str; 9] = [
    "endpoint",
    "deliveries",
    "payloads",
    "attempts",
    "manual",
    "notices",
    "failing",
    "health",
    "throttle",
];

fn rows(bench: &Bench) -> i64 {
    let count = |table| bench.disk.number(&format!("SELECT COUNT(*) FROM {table}"));
    // Of health, one row says how nothing fares.
    TABLES.iter().map(count).sum::<i64>() - 1
}

#[test]
fn a_retired_endpoint_ends_what_waits_and_takes_nothing_in() {
    let mut bench = Bench::new("standard");
    bench.http.script().afterwards(status(410));
    bench.accept(&["msg_1", "msg_2"]);
    bench.pump();
    bench.endpoint.retire().unwrap();
    assert_eq!(rows(&bench), 0);
    bench.accept(&["msg_3"]);
    bench.resend(1, "msg_1", false);
    bench.reopen();
    bench.accept(&["msg_4"]);
    bench.world.pass(100_000_000);
    bench.pump();
    assert_eq!((rows(&bench), bench.http.requests().len()), (0, 2));
}

#[test]
fn an_attempt_that_is_out_when_its_endpoint_is_deleted_does_not_bring_it_back() {
    let bench = Bench::new("visibuild");
    bench.http.script().then_hold();
    bench.accept(&["msg_1"]);
    let mut tasks = Tasks::default();
    let pump = bench.start_pump(&mut tasks);
    assert_eq!(
        bench.delivery("msg_1").map(|(state, _)| state),
        Some(State::Sending)
    );
    bench.endpoint.retire().unwrap();
    bench.release(&mut tasks, 0, status(410));
    assert_eq!(pump.result(), Some(Ok(())));
    assert_eq!(rows(&bench), 0);
}

#[test]
fn a_retirement_is_whole_or_not_at_all() {
    for skip in 0.. {
        let mut bench = Bench::new("standard");
        bench.http.script().afterwards(status(500));
        bench.accept(&["msg_1"]);
        bench.pump();
        let before = rows(&bench);
        bench.world.plan(skip, Fault::Refused);
        let outcome = bench.endpoint.retire();
        if bench.world.call_off() {
            assert_eq!((outcome, rows(&bench)), (Ok(()), 0));
            return;
        }
        assert!(outcome.is_err());
        assert_eq!(rows(&bench), before, "call {skip}");
        let endpoint = Rc::clone(&bench.endpoint);
        endpoint.retire().unwrap();
        bench.reopen();
        assert_eq!(rows(&bench), 0, "call {skip}");
    }
}

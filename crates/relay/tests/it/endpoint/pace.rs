//! The endpoint's alarm: in time for every retry, and never without end.

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::attempt::State;

use super::Bench;
use crate::host::{Fault, START, World};
use crate::neighbour::status;
use crate::sample::{config, message};
use crate::script::Tasks;

const NET: i64 = 1_000;

/// A way into the object, and its name.
type Entry = (&'static str, fn(&mut Bench));

impl Bench {
    /// The alarm rings when something is due, or (what is due now) within a second.
    fn assert_armed(&self, after: &str) {
        let due = self
            .disk
            .rows("SELECT MIN(next_attempt_at) FROM deliveries");
        let Some(due) = due[0].optional_integer(0).unwrap() else {
            return;
        };
        let alarm = self
            .disk
            .alarm()
            .unwrap_or_else(|| panic!("no alarm after {after}"));
        let latest = due.max(self.world.now() + NET);
        assert!(alarm <= latest, "{} ms late after {after}", alarm - latest);
    }

    /// Lets the alarm ring, millisecond by millisecond, and counts.
    pub(super) fn rings_in(&self, ms: usize, tasks: &mut Tasks) -> usize {
        let mut rings = 0;
        for _ in 0..ms {
            if self.disk.rings(self.world.now()) {
                rings += 1;
                let (endpoint, http) = (Rc::clone(&self.endpoint), self.http.clone());
                let handled = tasks.start(async move { endpoint.on_alarm(&http).await });
                assert_eq!(handled.result(), Some(Ok(())));
                self.assert_armed("an alarm while requests are out");
            }
            self.world.pass(1);
        }
        rings
    }
}

#[test]
fn an_acceptance_is_followed_by_an_alarm_within_a_second() {
    let bench = Bench::new("standard");
    bench.accept(&["msg_1"]);
    assert_eq!(bench.disk.alarm(), Some(START + NET));
    bench.world.pass(NET);
    bench.ring();
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
}

#[test]
fn an_alarm_sets_the_next_before_its_first_request() {
    let bench = Bench::new("standard");
    bench.accept(&["msg_1"]);
    bench.http.script().then_hold();
    bench.world.pass(NET);
    assert!(bench.disk.rings(bench.world.now()));
    let mut tasks = Tasks::default();
    let (endpoint, http) = (Rc::clone(&bench.endpoint), bench.http.clone());
    tasks.start(async move { endpoint.on_alarm(&http).await });
    assert_eq!(bench.http.out(), (1, 1));
    assert_eq!(bench.disk.alarm(), Some(bench.world.now() + NET));
}

#[test]
fn an_overdue_alarm_is_set_again_by_every_entry() {
    let entries: [Entry; 3] = [
        ("a redelivered message", |bench| bench.accept(&["msg_1"])),
        ("a pump", |bench| bench.pump()),
        ("a new instance", |bench| bench.reopen()),
    ];
    for (name, entry) in entries {
        let mut bench = Bench::new("standard");
        bench.accept(&["msg_1"]);
        bench.http.script().then(status(500));
        bench.disk.forget_alarm();
        bench.world.pass(NET + 5_001);
        entry(&mut bench);
        bench.assert_armed(name);
    }
}

#[test]
fn a_slow_receiver_does_not_delay_the_retry_of_another_message() {
    let bench = Bench::new("standard");
    bench.world.load_dice(0);
    bench.http.script().then_hold();
    bench.http.script().then_hold();
    bench.accept(&["msg_1"]);
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    bench.world.pass(10);
    bench.accept(&["msg_2"]);
    bench.start_pump(&mut tasks);
    // The net rings while both are out, and sees nothing to do.
    bench.world.pass(NET);
    bench.ring();
    bench.world.pass(500);
    bench.release(&mut tasks, 1, status(500));
    bench.assert_armed("a failure beside a slow request");
    let due = bench.world.now() + 5_000;
    assert_eq!(bench.delivery("msg_2"), Some((State::Pending, Some(due))));
    bench.world.reach(due);
    bench.ring();
    assert_eq!(bench.delivery("msg_2"), Some((State::Success, None)));
    let first = bench.delivery("msg_1").unwrap();
    assert_eq!(first.0, State::Sending, "the slow one is out still");
}

#[test]
fn a_slow_receiver_does_not_delay_the_retry_of_a_message_of_the_same_pump() {
    let bench = Bench::new("standard");
    bench.http.script().then_hold();
    bench.http.script().then_hold();
    let messages = ["msg_1", "msg_2"].map(message);
    bench.offer(messages.into()).unwrap();
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    bench.world.pass(NET);
    bench.ring();
    bench.world.pass(500);
    bench.release(&mut tasks, 1, status(500));
    bench.assert_armed("a failure beside a slow request");
}

#[test]
fn an_alarm_does_not_ring_without_end_while_six_are_out_and_more_wait() {
    let bench = Bench::new("standard");
    bench.http.script().afterwards_hold();
    let ids: Vec<String> = (0..20).map(|n| format!("msg_{n}")).collect();
    bench.accept(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    assert_eq!(bench.rings_in(10_000, &mut tasks), 9, "one for each second");
}

#[test]
fn an_alarm_does_not_ring_without_end_after_the_clock_jumped_over_a_request() {
    let bench = Bench::new("standard");
    bench.http.script().afterwards_hold();
    bench.accept(&["msg_1"]);
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    bench.world.pass(86_400_000);
    assert_eq!(
        bench.rings_in(10_000, &mut tasks),
        10,
        "one for each second"
    );
}

#[test]
fn the_alarm_is_set_in_time_after_every_entry_whatever_failed_before() {
    for seed in 0..40 {
        let mut bench = Bench::on(World::seeded(seed), config("ep_1", "standard"));
        for step in 0..150 {
            let world = Rc::clone(&bench.world);
            let name = format!("step {step} of seed {seed}");
            world.pass(world.below(20_000) as i64 - 500);
            if world.below(4) == 0 {
                world.plan(world.below(12), Fault::Refused);
            }
            let answer = [200, 200, 500][world.below(3) as usize];
            bench.http.script().afterwards(status(answer));
            let outcome = if bench.disk.rings(world.now()) {
                let outcome = block_on(bench.endpoint.on_alarm(&bench.http));
                if outcome.is_err() {
                    // What the object's shell does.
                    bench.disk.set_alarm(world.now() + 10_000);
                }
                outcome
            } else {
                match world.below(4) {
                    0 => block_on(bench.endpoint.pump(&bench.http)),
                    1 => {
                        world.call_off();
                        bench.reopen();
                        Ok(())
                    }
                    _ => bench.offer(vec![message(&format!("msg_{step}"))]),
                }
            };
            world.call_off();
            if outcome.is_ok() {
                bench.assert_armed(&name);
            }
        }
    }
}

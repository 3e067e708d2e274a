//! Whatever stops a drain, the next begins within a bound, by the alarm alone or by the first who
//! enters.

use std::mem::forget;
use std::rc::Rc;

use hookgate_relay::inbox::Inbox;

use super::{Bench, LEASE};
use crate::host::{Disk, World};
use crate::neighbour::Taken;
use crate::sample::arrival;
use crate::script::{Task, Tasks};

/// Half a minute of patience with a send, and the second after which the alarm looks again.
const SEND_LOST: i64 = 30_000;
const NET: i64 = 1_000;

impl Bench {
    fn accept(&self, n: usize) {
        let arrival = arrival(&[&format!("id:{n}")], &format!("msg_{n}"));
        self.inbox.accept(arrival).unwrap();
    }

    fn start_drain(
        &self,
        tasks: &mut Tasks,
    ) -> Task<Result<(), hookgate_relay::port::Unavailable>> {
        let (inbox, queue) = (Rc::clone(&self.inbox), self.queue.clone());
        tasks.start(async move { inbox.drain(&queue).await })
    }

    fn start_alarm(&self, tasks: &mut Tasks) {
        let (inbox, queue) = (Rc::clone(&self.inbox), self.queue.clone());
        tasks.start(async move { inbox.on_alarm(&queue).await });
    }

    /// Rings the alarm whenever it is time, until `ms` have passed.
    fn ring_for(&self, tasks: &mut Tasks, ms: i64) {
        let end = self.world.now() + ms;
        while let Some(at) = self.disk.alarm().filter(|at| *at <= end) {
            self.world.reach(at);
            assert!(self.disk.rings(self.world.now()));
            self.start_alarm(tasks);
        }
        self.world.reach(end);
    }
}

#[test]
fn a_send_that_never_settles_holds_the_outbox_up_for_half_a_minute() {
    let bench = Bench::new();
    let mut tasks = Tasks::default();
    bench.queue.script().then_hold();
    bench.accept(0);
    bench.start_drain(&mut tasks);
    bench.accept(1);
    bench.ring_for(&mut tasks, SEND_LOST - 1);
    assert_eq!((bench.queue.calls(), bench.sent().len()), (1, 0));
    // What comes after goes now; what it carried, when its lease ends.
    bench.ring_for(&mut tasks, NET + 1);
    assert_eq!(bench.sent(), [["msg_1"]]);
    bench.ring_for(&mut tasks, LEASE - SEND_LOST);
    // Both were leased when they came.
    assert_eq!(bench.sent(), [["msg_0", "msg_1"]]);
}

#[test]
fn sends_that_never_settle_one_after_the_other_never_end_the_trying() {
    let bench = Bench::new();
    let mut tasks = Tasks::default();
    bench.queue.script().afterwards_hold();
    bench.accept(0);
    bench.start_drain(&mut tasks);
    for n in 1..5 {
        bench.accept(n);
        bench.ring_for(&mut tasks, SEND_LOST + NET);
        assert_eq!(bench.queue.calls(), n + 1);
    }
    bench.queue.script().afterwards(Taken::Yes);
    bench.ring_for(&mut tasks, 2 * LEASE + SEND_LOST + NET);
    let mut sent = bench.sent().concat();
    sent.sort();
    sent.dedup();
    assert_eq!(sent, ["msg_0", "msg_1", "msg_2", "msg_3", "msg_4"]);
}

#[test]
fn a_drain_that_is_forgotten_and_never_dropped_heals_alike() {
    // What becomes of a future when the runtime gives up the request that it waits for: it is
    // neither woken nor dropped.
    let bench = Bench::new();
    let mut lost = Tasks::default();
    bench.queue.script().then_hold();
    bench.accept(0);
    bench.start_drain(&mut lost);
    forget(lost);
    bench.accept(1);
    let mut tasks = Tasks::default();
    bench.ring_for(&mut tasks, SEND_LOST + NET);
    assert_eq!(bench.sent(), [["msg_1"]]);
}

#[test]
fn a_send_that_settles_after_another_drain_took_over_changes_nothing() {
    for answer in [Taken::Yes, Taken::No] {
        let bench = Bench::new();
        let mut tasks = Tasks::default();
        bench.queue.script().then_hold();
        bench.queue.script().then_hold();
        bench.accept(0);
        let first = bench.start_drain(&mut tasks);
        bench.world.pass(SEND_LOST);
        bench.accept(1);
        let second = bench.start_drain(&mut tasks);
        let rows = "SELECT message_id, sends, due_at FROM outbox ORDER BY message_id";
        let before = bench.disk.rows(rows);
        bench.queue.script().release(0, answer);
        tasks.settle();
        assert_eq!(first.result(), Some(Ok(())));
        assert_eq!(bench.disk.rows(rows), before, "{answer:?}");
        // Nor does it free the place of the one who is at it.
        bench.accept(2);
        bench.drain();
        assert_eq!(bench.queue.calls(), 2, "{answer:?}");
        bench.queue.script().release(1, Taken::Yes);
        tasks.settle();
        assert_eq!(second.result(), Some(Ok(())));
        assert_eq!(bench.sent().last(), Some(&vec!["msg_2".to_owned()]));
    }
}

#[test]
fn a_clock_that_is_set_back_while_a_send_is_lost_lengthens_the_wait_by_no_more_than_itself() {
    let bench = Bench::new();
    let mut tasks = Tasks::default();
    bench.queue.script().then_hold();
    bench.accept(0);
    bench.start_drain(&mut tasks);
    bench.world.pass(-86_400_000);
    bench.accept(1);
    bench.drain();
    assert_eq!(bench.queue.calls(), 1);
    bench.world.pass(SEND_LOST);
    bench.accept(2);
    bench.drain();
    assert_eq!(bench.queue.calls(), 2);
}

#[test]
fn an_alarm_that_is_lost_is_made_good_by_whoever_enters_next() {
    let bench = Bench::new();
    let mut tasks = Tasks::default();
    bench.accept(0);
    bench.disk.forget_alarm();
    bench.world.pass(NET + 5_001);
    // A duplicate drains nothing, and writes nothing but the alarm.
    bench.inbox.accept(arrival(&["id:0"], "msg_1")).unwrap();
    bench.ring_for(&mut tasks, NET);
    assert_eq!(bench.sent(), [["msg_0"]]);
}

#[test]
fn what_an_earlier_instance_held_is_due_however_long_its_lease_was() {
    let world = World::new();
    let disk = Disk::new();
    let patient = Inbox::open(world.host(&disk), 60 * LEASE).unwrap();
    patient.accept(arrival(&["id:0"], "msg_0")).unwrap();
    drop(patient);
    let bench = Bench::standing(world, disk);
    bench.ring();
    assert_eq!(bench.sent(), [["msg_0"]]);
}

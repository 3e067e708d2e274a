//! The outbox goes to the queue in batches, and stays until it is confirmed.

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::message::Body;

use super::{Bench, LEASE, accepted};
use crate::host::{Fault, World};
use crate::neighbour::Taken;
use crate::sample::{arrival, arrival_of, event};
use crate::script::Tasks;

const HOUR: i64 = 3_600_000;

fn id(n: usize) -> String {
    format!("msg_{n:04}")
}

impl Bench {
    fn accept_many(&self, count: usize) {
        for n in 0..count {
            let arrival = arrival(&[&format!("id:{n}")], &id(n));
            self.inbox.accept(arrival).unwrap();
        }
    }

    /// Accepts an event whose JSON has exactly so many bytes.
    fn accept_sized(&self, n: usize, bytes: usize) {
        let mut event = event(&id(n));
        let mut filled = |padding| {
            event.body = Body::Text("x".repeat(padding));
            serde_json::to_string(&event).unwrap()
        };
        let frame = filled(0).len();
        let json = filled(bytes - frame);
        assert_eq!(json.len(), bytes);
        let arrival = arrival_of(&[&format!("id:{n}")], &id(n), &json);
        self.inbox.accept(arrival).unwrap();
    }

    /// The times, counted from now, at which a message leaves, driven by the alarm alone.
    fn send_times(&self, count: usize) -> Vec<i64> {
        let start = self.world.now();
        let mut times = vec![];
        while times.len() < count {
            self.world.reach(self.disk.alarm().expect("an alarm"));
            let before = self.queue.calls();
            self.ring();
            if self.queue.calls() > before {
                assert_eq!(self.queue.calls(), before + 1);
                times.push(self.world.now() - start);
            }
        }
        times
    }
}

#[test]
fn a_batch_holds_at_most_100_messages_the_longest_due_first() {
    let bench = Bench::new();
    bench.accept_many(250);
    bench.drain();
    let mut batches = bench.sent();
    batches.iter_mut().for_each(|batch| batch.sort());
    let all: Vec<String> = (0..250).map(id).collect();
    assert_eq!(batches, [&all[..100], &all[100..200], &all[200..]]);
}

#[test]
fn a_batch_holds_at_most_240_kb() {
    for (bytes, batches) in [
        // Eight are held, the others are read: they take turns.
        (60_000, vec![4, 2, 4]),
        (60_001, vec![3, 2, 3, 2]),
        (240_000, vec![1; 10]),
        // More than the limit goes alone: it is the queue that refuses it, not the inbox.
        (300_000, vec![1; 10]),
    ] {
        let bench = Bench::new();
        (0..10).for_each(|n| bench.accept_sized(n, bytes));
        bench.drain();
        let sizes: Vec<usize> = bench.sent().iter().map(Vec::len).collect();
        assert_eq!(sizes, batches, "messages of {bytes} bytes");
    }
}

#[test]
fn a_batch_is_full_to_the_byte() {
    for (last, batches) in [(120_000, vec![2]), (120_001, vec![1, 1])] {
        let bench = Bench::new();
        bench.accept_sized(0, 120_000);
        bench.accept_sized(1, last);
        bench.drain();
        let sizes: Vec<usize> = bench.sent().iter().map(Vec::len).collect();
        assert_eq!(sizes, batches);
    }
}

#[test]
fn a_confirmed_message_leaves_the_outbox_and_no_other_does() {
    let bench = Bench::new();
    bench.accept_many(3);
    bench.drain();
    let ids = [id(0), id(2), "msg_never_seen".into()];
    bench.inbox.confirm(&ids).unwrap();
    bench.inbox.confirm(&ids).unwrap();
    assert_eq!(bench.sizes(), (1, 3));
    bench.sent();
    bench.world.pass(LEASE);
    bench.drain();
    assert_eq!(bench.sent(), [[id(1)]]);
}

#[test]
fn any_number_of_messages_is_confirmed_in_one_call() {
    let bench = Bench::new();
    bench.accept_many(500);
    let ids: Vec<String> = (0..500).map(id).collect();
    bench.inbox.confirm(&ids).unwrap();
    assert_eq!(bench.sizes().0, 0);
}

#[test]
fn what_is_sent_and_never_confirmed_is_sent_again_after_a_lease_that_doubles_to_an_hour() {
    let bench = Bench::new();
    bench.accept_many(1);
    // The first is the net behind the acceptance, with which the first lease begins.
    let (mut expected, mut ends) = (vec![1_000], 0);
    for lease in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
        ends += lease * LEASE;
        expected.push(ends);
    }
    assert_eq!(bench.send_times(10), expected);
}

#[test]
fn a_queue_that_fails_is_tried_after_one_second_doubling_to_an_hour_and_nothing_is_lost() {
    let bench = Bench::new();
    bench.accept_many(3);
    bench.queue.script().afterwards(Taken::No);
    bench.drain();
    let mut expected = vec![];
    let mut at = 0;
    for n in 0..14 {
        at += (1_000 << n).min(HOUR);
        expected.push(at);
    }
    assert_eq!(bench.send_times(14), expected);
    assert_eq!(bench.sent(), Vec::<Vec<String>>::new());
    assert_eq!(bench.sizes(), (3, 3));
    bench.queue.script().afterwards(Taken::Yes);
    assert_eq!(bench.send_times(1), [HOUR]);
    let mut sent = bench.sent().remove(0);
    sent.sort();
    assert_eq!(sent, [id(0), id(1), id(2)]);
}

#[test]
fn a_send_that_landed_unheard_is_made_again_after_a_second() {
    let bench = Bench::new();
    bench.accept_many(1);
    bench.queue.script().then(Taken::YesUnheard);
    bench.drain();
    assert_eq!(bench.sent(), [[id(0)]]);
    assert_eq!(bench.send_times(1), [1_000]);
    assert_eq!(bench.sent(), [[id(0)]]);
}

#[test]
fn a_failure_of_one_batch_leaves_the_next_for_later() {
    let bench = Bench::new();
    bench.accept_many(150);
    bench.queue.script().then(Taken::No);
    bench.drain();
    assert_eq!(bench.queue.calls(), 1);
    // The batch that was not tried is due at once, the other in a second.
    assert_eq!(bench.disk.alarm(), Some(bench.world.now()));
    bench.ring();
    bench.world.pass(1_000);
    bench.ring();
    let sizes: Vec<usize> = bench.sent().iter().map(Vec::len).collect();
    assert_eq!(sizes, [50, 100]);
}

#[test]
fn what_an_instance_held_or_had_sent_when_it_died_is_sent_by_the_next_one_at_once() {
    let mut bench = Bench::new();
    bench.accept_many(1);
    bench.queue.script().then_hold();
    let mut tasks = Tasks::default();
    let (inbox, queue) = (Rc::clone(&bench.inbox), bench.queue.clone());
    let drain = tasks.start(async move { inbox.drain(&queue).await });
    assert_eq!((drain.result(), bench.queue.calls()), (None, 1));
    bench
        .inbox
        .accept(arrival(&["id:held"], "msg_held"))
        .unwrap();
    drop(tasks);
    bench.reopen();
    bench.drain();
    let mut sent = bench.sent().concat();
    sent.sort();
    assert_eq!(sent, [id(0), "msg_held".into()]);
    // And leased once more.
    bench.world.pass(LEASE);
    bench.drain();
    assert!(bench.sent().is_empty());
    bench.world.pass(LEASE);
    bench.drain();
    assert_eq!(bench.sent().concat().len(), 2);
}

#[test]
fn two_drains_at_once_send_once() {
    let bench = Bench::new();
    bench.accept_many(1);
    bench.queue.script().then_hold();
    let mut tasks = Tasks::default();
    let drains = [0, 1].map(|_| {
        let (inbox, queue) = (Rc::clone(&bench.inbox), bench.queue.clone());
        tasks.start(async move { inbox.drain(&queue).await })
    });
    assert_eq!(drains[0].result(), None);
    assert_eq!(drains[1].result(), Some(Ok(())));
    // Not even when the lease ends while the send is out.
    bench.world.pass(29_999);
    bench.disk.rows("UPDATE outbox SET due_at = 0 RETURNING 1");
    bench.drain();
    assert_eq!(bench.queue.calls(), 1);
    bench.queue.script().release(0, Taken::Yes);
    tasks.settle();
    assert_eq!(drains[0].result(), Some(Ok(())));
    assert_eq!(bench.sent()[0], [id(0)]);
}

#[test]
fn what_is_accepted_while_a_send_is_out_goes_with_the_running_drain() {
    let bench = Bench::new();
    bench.accept_many(1);
    bench.queue.script().then_hold();
    let mut tasks = Tasks::default();
    let (inbox, queue) = (Rc::clone(&bench.inbox), bench.queue.clone());
    let drain = tasks.start(async move { inbox.drain(&queue).await });
    let late = bench.inbox.accept(arrival(&["id:late"], "msg_late"));
    assert_eq!(late, Ok(accepted("msg_late")));
    bench.queue.script().release(0, Taken::Yes);
    tasks.settle();
    assert_eq!(drain.result(), Some(Ok(())));
    assert_eq!(bench.sent(), [[id(0)], ["msg_late".to_owned()]]);
}

#[test]
fn a_drain_that_is_dropped_halfway_does_not_block_the_next() {
    let bench = Bench::new();
    bench.accept_many(1);
    bench.queue.script().then_hold();
    let mut tasks = Tasks::default();
    let (inbox, queue) = (Rc::clone(&bench.inbox), bench.queue.clone());
    tasks.start(async move { inbox.drain(&queue).await });
    drop(tasks);
    bench.world.pass(LEASE);
    bench.drain();
    assert_eq!(bench.sent(), [[id(0)]]);
}

#[test]
fn a_fault_or_a_crash_at_any_call_of_a_drain_loses_nothing() {
    use Fault::{KilledAfter, KilledBefore, Misreported, Refused};
    for fault in [Refused, Misreported, KilledBefore, KilledAfter] {
        for skip in 0.. {
            let mut bench = Bench::on(World::seeded(skip));
            bench.accept_many(101);
            bench.world.plan(skip, fault);
            let drained = block_on(bench.inbox.drain(&bench.queue));
            if bench.world.call_off() {
                assert_eq!(drained, Ok(()));
                break;
            }
            if bench.world.life() > 0 {
                bench.reopen();
            }
            bench.world.pass(LEASE);
            bench.ring();
            let mut sent: Vec<String> = bench.sent().concat();
            sent.sort();
            sent.dedup();
            assert_eq!(sent.len(), 101, "{fault:?} at call {skip}");
            bench.inbox.confirm(&sent).unwrap();
            assert_eq!(bench.sizes().0, 0);
        }
    }
}

#[test]
fn what_comes_meanwhile_does_not_keep_back_what_is_due_again() {
    let bench = Bench::new();
    let mut tasks = Tasks::default();
    bench.accept_many(1);
    bench.queue.script().then(Taken::No);
    bench.drain();
    bench.world.pass(1_000);
    let later = |n: usize| {
        let arrival = arrival(&[&format!("later:{n}")], &format!("later_{n}"));
        bench.inbox.accept(arrival).unwrap();
    };
    bench.queue.script().afterwards_hold();
    later(0);
    let (inbox, queue) = (Rc::clone(&bench.inbox), bench.queue.clone());
    tasks.start(async move { inbox.drain(&queue).await });
    for n in 0..3 {
        later(n + 1);
        bench.queue.script().release(n, Taken::Yes);
        tasks.settle();
    }
    let sent = bench.sent();
    assert!(sent[..2].concat().contains(&id(0)), "{sent:?}");
}

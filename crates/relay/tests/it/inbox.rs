//! The inbox admits an event once, or refuses it whole.

mod alarm;
mod drain;
mod growth;
mod healing;
mod own_queue;
mod simulation;

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::inbox::{Admission, Inbox};
use hookgate_relay::message::{Body, QueueMessage};
use hookgate_relay::port::Millis;

use crate::host::{Disk, Fault, TestHost, World};
use crate::neighbour::TestQueue;
use crate::sample::{DAY, arrival, arrival_of, event};
use crate::script::Tasks;

pub(crate) const LEASE: Millis = 60_000;

/// An inbox, and all that it stands on.
pub(crate) struct Bench {
    pub(crate) world: Rc<World>,
    pub(crate) disk: Rc<Disk>,
    pub(crate) queue: TestQueue,
    pub(crate) inbox: Rc<Inbox<TestHost>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::on(World::new())
    }

    pub(crate) fn on(world: Rc<World>) -> Self {
        Self::standing(world, Disk::new())
    }

    pub(crate) fn standing(world: Rc<World>, disk: Rc<Disk>) -> Self {
        let inbox = Inbox::open(world.host(&disk), LEASE).expect("sound storage");
        Self {
            world,
            disk,
            queue: TestQueue::new(),
            inbox: Rc::new(inbox),
        }
    }

    /// Opens the inbox anew: the former instance is dead.
    pub(crate) fn reopen(&mut self) {
        let inbox = Inbox::open(self.world.host(&self.disk), LEASE);
        self.inbox = Rc::new(inbox.expect("sound storage"));
    }

    pub(crate) fn drain(&self) {
        block_on(self.inbox.drain(&self.queue)).expect("sound storage");
    }

    /// The alarm rings, and is handled.
    pub(crate) fn ring(&self) {
        assert!(self.disk.rings(self.world.now()), "not yet");
        block_on(self.inbox.on_alarm(&self.queue)).expect("sound storage");
    }

    pub(crate) fn sizes(&self) -> (i64, i64) {
        (
            self.disk.number("SELECT COUNT(*) FROM outbox"),
            self.disk.number("SELECT COUNT(*) FROM claims"),
        )
    }

    /// The ids of what the queue was sent since the last call, batch by batch.
    pub(crate) fn sent(&self) -> Vec<Vec<String>> {
        let id = |message: &String| {
            let message: QueueMessage = serde_json::from_str(message).expect("a queue message");
            message.id
        };
        let batches = self.queue.batches();
        batches
            .iter()
            .map(|batch| batch.iter().map(id).collect())
            .collect()
    }
}

pub(crate) fn accepted(id: &str) -> Admission {
    Admission::Accepted { id: id.into() }
}

pub(crate) fn duplicate(id: &str) -> Admission {
    Admission::Duplicate { id: id.into() }
}

#[test]
fn acknowledged_is_durable_the_event_and_its_claim_are_on_disk_when_accept_returns() {
    let mut bench = Bench::new();
    let admission = bench.inbox.accept(arrival(&["id:a"], "msg_1"));
    assert_eq!(admission, Ok(accepted("msg_1")));
    bench.reopen();
    assert_eq!(bench.inbox.sizes(), Ok((1, 1)));
    bench.drain();
    assert_eq!(bench.sent(), [["msg_1"]]);
}

#[test]
fn admitted_once_the_same_key_again_is_a_duplicate_under_the_first_id() {
    let bench = Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    for id in ["msg_2", "msg_3"] {
        let admission = bench.inbox.accept(arrival(&["id:a"], id));
        assert_eq!(admission, Ok(duplicate("msg_1")));
    }
    assert_eq!(bench.sizes(), (1, 1));
}

#[test]
fn admitted_once_one_taken_key_of_two_is_enough_for_a_duplicate() {
    let bench = Bench::new();
    let first = arrival(&["id:a", "sig:1"], "msg_1");
    bench.inbox.accept(first).unwrap();
    for keys in [["id:a", "sig:2"], ["id:b", "sig:1"], ["sig:1", "id:a"]] {
        let admission = bench.inbox.accept(arrival(&keys, "msg_2"));
        assert_eq!(admission, Ok(duplicate("msg_1")), "{keys:?}");
    }
    let other = bench.inbox.accept(arrival(&["id:c", "sig:3"], "msg_3"));
    assert_eq!(other, Ok(accepted("msg_3")));
}

#[test]
fn admitted_once_the_signature_of_a_genuine_retry_is_claimed_with_the_first_id() {
    let bench = Bench::new();
    bench
        .inbox
        .accept(arrival(&["id:a", "sig:1"], "msg_1"))
        .unwrap();
    // The provider's own retry has a new timestamp, and so a new signature.
    let retry = bench.inbox.accept(arrival(&["id:a", "sig:2"], "msg_2"));
    assert_eq!(retry, Ok(duplicate("msg_1")));
    // Whoever captured that retry sends it under another unsigned id.
    let replay = bench.inbox.accept(arrival(&["id:b", "sig:2"], "msg_3"));
    assert_eq!(replay, Ok(duplicate("msg_1")));
    assert_eq!(bench.sizes().0, 1);
}

#[test]
fn admitted_once_a_duplicate_never_lengthens_the_life_of_a_claim() {
    let bench = Bench::new();
    let keys = ["id:a", "sig:1"];
    bench.inbox.accept(arrival(&keys, "msg_1")).unwrap();
    bench.world.pass(DAY);
    let again = bench.inbox.accept(arrival(&keys, "msg_2"));
    assert_eq!(again, Ok(duplicate("msg_1")));
    bench.world.pass(2 * DAY);
    let late = bench.inbox.accept(arrival(&keys, "msg_3"));
    assert_eq!(late, Ok(accepted("msg_3")));
}

#[test]
fn a_claim_holds_to_its_last_millisecond_and_is_free_at_the_next() {
    let bench = Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    bench.world.pass(3 * DAY - 1);
    let last = bench.inbox.accept(arrival(&["id:a"], "msg_2"));
    assert_eq!(last, Ok(duplicate("msg_1")));
    bench.world.pass(1);
    let next = bench.inbox.accept(arrival(&["id:a"], "msg_3"));
    assert_eq!(next, Ok(accepted("msg_3")));
    let then = bench.inbox.accept(arrival(&["id:a"], "msg_4"));
    assert_eq!(then, Ok(duplicate("msg_3")));
}

#[test]
fn admitted_once_fifty_copies_at_once_are_one_event() {
    let bench = Bench::new();
    let mut tasks = Tasks::default();
    bench.queue.script().then_hold();
    let calls: Vec<_> = (0..50)
        .map(|copy| {
            let (inbox, queue) = (Rc::clone(&bench.inbox), bench.queue.clone());
            tasks.start(async move {
                let admission = inbox.accept(arrival(&["id:a"], &format!("msg_{copy}")));
                inbox.drain(&queue).await.map(|()| admission)
            })
        })
        .collect();
    bench
        .queue
        .script()
        .release(0, crate::neighbour::Taken::Yes);
    tasks.settle();
    for (copy, call) in calls.iter().enumerate() {
        let expected = if copy == 0 {
            accepted("msg_0")
        } else {
            duplicate("msg_0")
        };
        assert_eq!(call.result(), Some(Ok(Ok(expected))), "copy {copy}");
    }
    assert_eq!(bench.sent(), [["msg_0"]]);
    assert_eq!(bench.sizes(), (1, 1));
}

#[test]
fn a_store_failure_is_never_an_acknowledgement_and_leaves_no_claim_behind() {
    for skip in 0.. {
        let bench = Bench::new();
        bench.world.plan(skip, Fault::Refused);
        let keys = ["id:a", "sig:1"];
        let admission = bench.inbox.accept(arrival(&keys, "msg_1"));
        if bench.world.call_off() {
            assert_eq!(admission, Ok(accepted("msg_1")));
            // The alarm, two look-ups, two claims, the row, the commit.
            assert_eq!(skip, 7, "calls of one acceptance");
            return;
        }
        let failure = admission.unwrap_err();
        assert!(failure.cause.starts_with("injected at "), "{failure}");
        assert_eq!(bench.sizes(), (0, 0), "call {skip}");
        let retry = bench.inbox.accept(arrival(&keys, "msg_2"));
        assert_eq!(retry, Ok(accepted("msg_2")), "call {skip}");
        bench.drain();
        assert_eq!(bench.sent(), [["msg_2"]], "call {skip}");
    }
}

#[test]
fn acknowledged_is_durable_a_crash_at_any_call_keeps_claim_and_event_together() {
    for fault in [Fault::Misreported, Fault::KilledBefore, Fault::KilledAfter] {
        for skip in 0.. {
            let mut bench = Bench::new();
            bench.world.plan(skip, fault);
            let first = bench.inbox.accept(arrival(&["id:a"], "msg_1"));
            if bench.world.call_off() {
                assert_eq!(skip, 5, "calls of one acceptance");
                break;
            }
            assert!(first.is_err(), "{fault:?} at call {skip}");
            bench.reopen();
            let kept = bench.sizes();
            let retry = bench.inbox.accept(arrival(&["id:a"], "msg_2")).unwrap();
            bench.drain();
            if kept == (1, 1) {
                assert_eq!(retry, duplicate("msg_1"), "{fault:?} at call {skip}");
                assert_eq!(bench.sent(), [["msg_1"]], "{fault:?} at call {skip}");
            } else {
                assert_eq!(kept, (0, 0), "{fault:?} at call {skip}");
                assert_eq!(retry, accepted("msg_2"), "{fault:?} at call {skip}");
                assert_eq!(bench.sent(), [["msg_2"]], "{fault:?} at call {skip}");
            }
        }
    }
}

#[test]
fn a_message_id_that_is_taken_refuses_the_event_and_its_claim() {
    let bench = Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    let collision = bench.inbox.accept(arrival(&["id:b"], "msg_1"));
    assert_eq!(collision.unwrap_err().doing, "a statement");
    assert_eq!(bench.sizes(), (1, 1));
    let next = bench.inbox.accept(arrival(&["id:b"], "msg_2"));
    assert_eq!(next, Ok(accepted("msg_2")));
}

#[test]
fn what_was_verified_is_what_is_forwarded_byte_for_byte() {
    let bench = Bench::new();
    let bytes: Vec<u8> = (0..=255).chain(*b"\r\n\0\xc3\xa9 \"\\").collect();
    let texts = [
        "",
        " {\"n\" : 1.10,\t\"n\":2e0}\r\n",
        "\u{0}\u{2028}é\u{1F600}",
    ];
    let bodies: Vec<Vec<u8>> = texts.map(Vec::from).into_iter().chain([bytes]).collect();
    for (n, body) in bodies.iter().enumerate() {
        let mut event = event(&format!("msg_{n}"));
        event.body = Body::from_bytes(body.clone());
        let json = serde_json::to_string(&event).unwrap();
        let arrival = arrival_of(&[&format!("id:{n}")], &event.id, &json);
        bench.inbox.accept(arrival).unwrap();
        bench.drain();
        let batches = bench.queue.batches();
        assert_eq!(batches, [[json]]);
        let read: QueueMessage = serde_json::from_str(&batches[0][0]).unwrap();
        assert_eq!(read.body.into_bytes().as_ref(), Ok(body));
    }
}

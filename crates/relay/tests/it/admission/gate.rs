//! The gate, on real inboxes: whatever fails, what was acknowledged is durable, and once.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::admission::claims::Name;
use hookgate_relay::admission::gate::{
    Candidate, Gate, Inboxes, Mark, Markers, Passed, Recent, Stopped,
};
use hookgate_relay::admission::layout::Enquiry;
use hookgate_relay::admission::{Claims, Dedup, DedupStore, KeyPlace};
use hookgate_relay::inbox::{Admission, Arrival};
use hookgate_relay::message::{Body, QueueMessage};
use hookgate_relay::port::{Queue, Unavailable};

use super::verified;
use crate::host::World;
use crate::inbox::Bench;
use crate::neighbour::{Taken, TestQueue};
use crate::sample::event;
use crate::script::Script;

const EXACT: [DedupStore; 2] = [DedupStore::Both, DedupStore::DurableObject];
const REMEMBERING: [DedupStore; 3] = [DedupStore::Both, DedupStore::DurableObject, DedupStore::Kv];

/// One source's memories, inboxes and queue.
pub(super) struct Edge {
    pub(super) dedup: Dedup,
    pub(super) queue_name: Option<&'static str>,
    pub(super) world: Rc<World>,
    recent: RefCell<BTreeMap<String, String>>,
    kv: RefCell<BTreeMap<String, String>>,
    kv_away: Cell<bool>,
    pub(super) kv_reads: Cell<usize>,
    pub(super) kv_writes: Cell<usize>,
    pub(super) notes: Cell<usize>,
    pub(super) inboxes: RefCell<BTreeMap<String, Bench>>,
    pub(super) door: Script<Taken>,
    queue: TestQueue,
}

impl Edge {
    pub(super) fn of(store: DedupStore) -> Self {
        Self {
            queue_name: None,
            dedup: Dedup {
                store,
                ..Dedup::default()
            },
            world: World::new(),
            recent: RefCell::default(),
            kv: RefCell::default(),
            kv_away: Cell::new(false),
            kv_reads: Cell::new(0),
            kv_writes: Cell::new(0),
            notes: Cell::new(0),
            inboxes: RefCell::default(),
            door: Script::always(Taken::Yes),
            queue: TestQueue::new(),
        }
    }

    pub(super) fn pass(&self, candidates: Vec<Candidate>) -> Result<Passed, Stopped> {
        self.pass_by(&self.dedup, candidates)
    }

    /// As an isolate that knows this record of the source.
    pub(super) fn pass_by(
        &self,
        dedup: &Dedup,
        candidates: Vec<Candidate>,
    ) -> Result<Passed, Stopped> {
        let several = candidates.len() > 1;
        let whole = Claims::whole(dedup.key.as_ref(), [7; 32]).filter(|_| several);
        let gate = Gate {
            source_id: "src_1",
            dedup,
            queue: self.queue_name,
            now: self.world.now(),
            ports: self,
        };
        let passed = block_on(gate.pass(whole, candidates))?;
        // After the answer.
        block_on(self.set(&passed.marks));
        Ok(passed)
    }

    fn inbox(&self, name: &str) -> RefMut<'_, Bench> {
        RefMut::map(self.inboxes.borrow_mut(), |inboxes| {
            inboxes
                .entry(name.to_owned())
                .or_insert_with(|| Bench::on(Rc::clone(&self.world)))
        })
    }

    /// Another isolate: what this one remembers is gone.
    pub(super) fn elsewhere(&self) -> &Self {
        self.recent.borrow_mut().clear();
        self
    }

    /// The ids of all that is durable, copies included.
    pub(super) fn durable(&self) -> Vec<String> {
        let id = |message: &String| {
            let message: QueueMessage = serde_json::from_str(message).expect("a queue message");
            message.event_id.expect("an id")
        };
        let queued = self.queue.batches();
        let mut ids: Vec<String> = queued.iter().flatten().map(id).collect();
        for bench in self.inboxes.borrow().values() {
            for mut row in bench.disk.rows("SELECT message FROM outbox") {
                ids.push(id(&row.take_text(0).expect("text")));
            }
        }
        ids.sort();
        ids
    }
}

impl Recent for Edge {
    fn recall(&self, claim: &str) -> Option<String> {
        self.recent.borrow().get(claim).cloned()
    }

    fn note(&self, mark: &Mark) {
        self.notes.set(self.notes.get() + 1);
        let mut recent = self.recent.borrow_mut();
        recent.insert(mark.claim.clone(), mark.id.clone());
    }
}

impl Markers for Edge {
    async fn find(&self, claims: &[&str]) -> Vec<Option<String>> {
        self.kv_reads.set(self.kv_reads.get() + claims.len());
        let kv = self.kv.borrow();
        let there = !self.kv_away.get();
        let find = |claim: &&str| kv.get(*claim).filter(|_| there).cloned();
        claims.iter().map(find).collect()
    }

    async fn set(&self, marks: &[Mark]) {
        self.kv_writes.set(self.kv_writes.get() + marks.len());
        if self.kv_away.get() {
            return;
        }
        for mark in marks {
            let (claim, id) = (mark.claim.clone(), mark.id.clone());
            self.kv.borrow_mut().insert(claim, id);
        }
    }
}

impl Inboxes for Edge {
    async fn accept(
        &self,
        inbox: &str,
        arrivals: Vec<Arrival>,
    ) -> Result<Vec<Admission>, Unavailable> {
        let taken = self.door.next().await;
        let bench = self.inbox(inbox);
        let admissions = if taken.landed() {
            let accept = |arrival| bench.inbox.accept(arrival);
            arrivals.into_iter().map(accept).collect::<Result<_, _>>()?
        } else {
            vec![]
        };
        taken.heard().map(|()| admissions)
    }

    async fn enquire(
        &self,
        inbox: &str,
        enquiry: Enquiry,
    ) -> Result<Vec<Option<String>>, Unavailable> {
        let taken = self.door.next().await;
        let holders = match taken.landed() {
            true => self.inbox(inbox).inbox.enquire(&enquiry)?,
            false => vec![],
        };
        taken.heard().map(|()| holders)
    }
}

impl Queue for Edge {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        self.queue.send_batch(messages).await
    }
}

/// A copy of an event with a signed id; every copy would be a message of its own.
pub(super) fn copy(id: &str, of: u32) -> Candidate {
    candidate(Claims::of(&verified("standard", id), || [0; 32]), id, of)
}

/// A copy of an event whose id is not signed, under one signature.
pub(super) fn loose(id: &str, signature: u8, of: u32) -> Candidate {
    let mut verified = verified("standard", "any");
    verified.signature = vec![signature];
    let name = Name {
        text: id,
        signed: false,
        chosen: false,
    };
    let claims = Claims::named(Some(name), &verified, None, || [0; 32]);
    candidate(claims, id, of)
}

fn candidate(claims: Claims, id: &str, of: u32) -> Candidate {
    let mut message = event(&format!("msg_{id}_{of}"));
    message.event_id = Some(id.into());
    message.inbox = None;
    Candidate { claims, message }
}

pub(super) fn batch(count: u32, of: u32) -> Vec<Candidate> {
    (0..count)
        .map(|at| copy(&format!("evt_{at}"), of))
        .collect()
}

pub(super) fn ids(count: u32) -> Vec<String> {
    let mut ids: Vec<String> = (0..count).map(|at| format!("evt_{at}")).collect();
    ids.sort();
    ids
}

pub(super) fn counts(passed: &Result<Passed, Stopped>) -> (usize, usize) {
    let passed = passed.as_ref().expect("it passed");
    (passed.accepted, passed.duplicates)
}

pub(super) fn is_away(outcome: &Result<Passed, Stopped>) -> bool {
    matches!(outcome, Err(Stopped::Away(_)))
}

#[test]
fn a_second_copy_is_a_duplicate_of_the_first_in_every_store_that_remembers() {
    for store in REMEMBERING {
        let edge = Edge::of(store);
        let first = edge.pass(vec![copy("evt_1", 1)]).unwrap();
        assert_eq!((first.accepted, &*first.first), (1, "msg_evt_1_1"));
        for edge in [&edge, edge.elsewhere()] {
            let second = edge.pass(vec![copy("evt_1", 2)]).unwrap();
            assert_eq!(
                (second.duplicates, &*second.first),
                (1, "msg_evt_1_1"),
                "{store:?}"
            );
        }
        assert_eq!(edge.durable(), ["evt_1"], "{store:?}");
    }
}

#[test]
fn without_a_store_every_copy_is_sent_and_nothing_is_remembered() {
    let edge = Edge::of(DedupStore::None);
    for of in [1, 2] {
        assert_eq!(counts(&edge.pass(vec![copy("evt_1", of)])), (1, 0));
        assert_eq!(counts(&edge.pass(batch(2, of))), (2, 0));
    }
    assert_eq!(edge.kv_reads.get(), 0);
    assert!(edge.recent.borrow().is_empty() && edge.kv.borrow().is_empty());
    assert_eq!(edge.durable().len(), 6);
}

#[test]
fn where_no_inbox_holds_an_event_its_message_names_none() {
    for (store, named) in [
        (DedupStore::Kv, false),
        (DedupStore::None, false),
        (DedupStore::Both, true),
    ] {
        let edge = Edge::of(store);
        edge.pass(vec![copy("evt_1", 1)]).unwrap();
        let inboxes = edge.inboxes.borrow();
        let mut texts: Vec<String> = edge.queue.batches().concat();
        for bench in inboxes.values() {
            let rows = bench.disk.rows("SELECT message FROM outbox");
            texts.extend(rows.into_iter().map(|mut row| row.take_text(0).unwrap()));
        }
        assert_eq!(texts.len(), 1);
        assert_eq!(texts[0].contains("\"inbox\""), named, "{store:?}");
    }
}

#[test]
fn a_send_that_failed_leaves_no_marker_and_the_retry_is_sent() {
    let edge = Edge::of(DedupStore::Kv);
    edge.queue.script().then(Taken::No);
    assert!(is_away(&edge.pass(vec![copy("evt_1", 1)])));
    assert!(edge.kv.borrow().is_empty() && edge.recent.borrow().is_empty());
    assert_eq!(counts(&edge.pass(vec![copy("evt_1", 2)])), (1, 0));
    assert_eq!(edge.durable(), ["evt_1"]);
}

#[test]
fn a_kv_that_is_away_holds_nothing_up() {
    for (store, copies) in [(DedupStore::Both, 1), (DedupStore::Kv, 2)] {
        let edge = Edge::of(store);
        edge.kv_away.set(true);
        edge.pass(vec![copy("evt_1", 1)]).unwrap();
        // Only the inbox is exact; KV alone lets a second copy through while it is away.
        edge.elsewhere().pass(vec![copy("evt_1", 2)]).unwrap();
        assert_eq!(edge.durable().len(), copies, "{store:?}");
    }
}

#[test]
fn an_inbox_that_is_away_is_no_acknowledgement_and_the_retry_is_admitted_once() {
    for store in EXACT {
        for taken in [Taken::No, Taken::YesUnheard] {
            let edge = Edge::of(store);
            edge.door.then(taken);
            assert!(is_away(&edge.pass(vec![copy("evt_1", 1)])));
            assert!(edge.kv.borrow().is_empty() && edge.recent.borrow().is_empty());
            edge.pass(vec![copy("evt_1", 2)]).unwrap();
            assert_eq!(edge.durable(), ["evt_1"], "{store:?} {taken:?}");
        }
    }
}

#[test]
fn a_retry_under_a_new_signature_cannot_be_replayed_under_a_new_id() {
    for store in REMEMBERING {
        let edge = Edge::of(store);
        edge.pass(vec![loose("evt_1", 1, 1)]).unwrap();
        // The provider tries again: same id, later timestamp, so another signature.
        assert_eq!(counts(&edge.pass(vec![loose("evt_1", 2, 2)])), (0, 1));
        for edge in [&edge, edge.elsewhere()] {
            let replayed = edge.pass(vec![loose("evt_forged", 2, 3)]);
            assert_eq!(counts(&replayed), (0, 1), "{store:?}");
        }
        assert_eq!(edge.durable(), ["evt_1"], "{store:?}");
    }
}

#[test]
fn a_request_replayed_under_the_id_of_an_event_to_come_does_not_keep_that_event_out() {
    for store in REMEMBERING {
        for elsewhere in [false, true] {
            let edge = Edge::of(store);
            edge.pass(vec![loose("evt_1", 1, 1)]).unwrap();
            for of in [2, 3] {
                let replayed = edge.pass(vec![loose("evt_2", 1, of)]);
                assert_eq!(counts(&replayed), (0, 1), "{store:?}");
            }
            let edge = if elsewhere { edge.elsewhere() } else { &edge };
            let genuine = edge.pass(vec![loose("evt_2", 2, 4)]);
            assert_eq!(counts(&genuine), (1, 0), "{store:?}");
            assert_eq!(edge.durable(), ["evt_1", "evt_2"], "{store:?}");
        }
    }
}

#[test]
fn the_same_bytes_under_another_key_header_are_events_of_their_own() {
    for store in REMEMBERING {
        let mut edge = Edge::of(store);
        edge.dedup.key = Some(KeyPlace::Header("x-key".into()));
        let body = |key: &str, signature: u8| {
            let event = |at: u8| loose(&format!("{key}:{at}"), signature + at, 1);
            vec![event(0), event(1)]
        };
        assert_eq!(counts(&edge.pass(body("a", 1))), (2, 0), "{store:?}");
        assert_eq!(counts(&edge.pass(body("b", 5))), (2, 0), "{store:?}");
        assert_eq!(counts(&edge.pass(body("b", 5))), (0, 2), "{store:?}");
    }
}

#[test]
fn a_body_of_more_claims_than_kv_takes_calls_has_no_marker_of_each() {
    for (store, key) in [
        (DedupStore::Kv, None),
        (DedupStore::Both, Some(KeyPlace::Header("x-key".into()))),
    ] {
        let mut edge = Edge::of(store);
        let whole = usize::from(key.is_none());
        edge.dedup.key = key;
        // Two claims each.
        let of_one = |at: u32| {
            let mut verified = verified("standard", "any");
            verified.signature = at.to_be_bytes().to_vec();
            let id = format!("evt_{at}");
            let name = Name {
                text: &id,
                signed: false,
                chosen: false,
            };
            candidate(
                Claims::named(Some(name), &verified, None, || [0; 32]),
                &id,
                1,
            )
        };
        edge.pass((0..250).map(of_one).collect()).unwrap();
        assert_eq!(edge.kv_reads.get(), whole, "{store:?}");
        assert_eq!(edge.kv.borrow().len(), whole, "{store:?}");
    }
}

#[test]
fn the_events_of_one_body_are_admitted_each_on_its_own() {
    for store in REMEMBERING {
        let edge = Edge::of(store);
        edge.pass(vec![copy("evt_3", 0)]).unwrap();
        let mut events = batch(10, 1);
        events.push(copy("evt_5", 2));
        let passed = edge.pass(events).unwrap();
        assert_eq!((passed.accepted, passed.duplicates), (9, 2), "{store:?}");
        assert_eq!(passed.first, "msg_evt_0_1");
        assert_eq!(edge.durable(), ids(10), "{store:?}");
    }
}

#[test]
fn whichever_call_fails_the_events_of_a_body_are_durable_once_after_the_retry() {
    for store in EXACT {
        for taken in [Taken::No, Taken::YesUnheard] {
            // Twelve events stand in four inboxes: one call for each.
            for failing in 0..4 {
                let edge = Edge::of(store);
                for _ in 0..failing {
                    edge.door.then(Taken::Yes);
                }
                edge.door.then(taken);
                assert!(is_away(&edge.pass(batch(12, 1))), "{failing}");
                assert!(edge.kv.borrow().is_empty(), "the whole did not pass");
                let retried = edge.elsewhere().pass(batch(12, 2)).unwrap();
                assert_eq!(retried.accepted + retried.duplicates, 12);
                assert_eq!(edge.durable(), ids(12), "{store:?} {taken:?} {failing}");
            }
        }
    }
}

#[test]
fn a_body_whose_second_batch_fails_is_sent_on_from_there() {
    let edge = Edge::of(DedupStore::Kv);
    edge.queue.script().then(Taken::Yes);
    edge.queue.script().then(Taken::No);
    assert!(is_away(&edge.pass(batch(150, 1))));
    assert_eq!(counts(&edge.elsewhere().pass(batch(150, 2))), (50, 100));
    assert_eq!(edge.durable(), ids(150));
}

#[test]
fn a_body_of_more_events_than_kv_takes_calls_has_one_marker() {
    let edge = Edge::of(DedupStore::Kv);
    edge.pass(batch(500, 1)).unwrap();
    assert_eq!(edge.kv.borrow().len(), 1);
    assert_eq!(edge.kv_reads.get(), 1);
    assert_eq!(counts(&edge.elsewhere().pass(batch(500, 2))), (0, 500));
}

#[test]
fn an_event_that_fits_no_message_keeps_its_whole_body_out() {
    for store in [DedupStore::Both, DedupStore::Kv, DedupStore::None] {
        let edge = Edge::of(store);
        let mut events = batch(3, 1);
        events[2].message.body = Body::Text("x".repeat(127_000));
        assert_eq!(edge.pass(events), Err(Stopped::TooLarge));
        assert_eq!(edge.durable(), [""; 0], "{store:?}");
    }
}

#[test]
fn no_call_carries_more_than_its_platform_takes() {
    let edge = Edge::of(DedupStore::None);
    let mut events = batch(250, 1);
    for event in &mut events[..10] {
        event.message.body = Body::Text("x".repeat(100_000));
    }
    edge.pass(events).unwrap();
    let batches = edge.queue.batches();
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.concat().len()).collect();
    assert!(batches.iter().all(|batch| batch.len() <= 100));
    assert!(sizes.iter().all(|bytes| *bytes <= 240_000), "{sizes:?}");
    let sent: BTreeSet<&String> = batches.iter().flatten().collect();
    assert_eq!(sent.len(), 250);
}

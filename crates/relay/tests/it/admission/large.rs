//! Bodies that do not fit a queue message: in R2 before anything is claimed, or not at all.

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures_executor::block_on;
use hookgate_relay::admission::gate::{
    Candidate, Gate, Inboxes, LARGEST_MESSAGE, Mark, Markers, Passed, Recent, Stopped,
};
use hookgate_relay::admission::large::{Payloads, fit};
use hookgate_relay::admission::layout::Enquiry;
use hookgate_relay::admission::{Claims, DedupStore};
use hookgate_relay::inbox::{Admission, Arrival};
use hookgate_relay::message::{Body, QueueMessage};
use hookgate_relay::port::{Queue, Unavailable};

use super::verified;
use crate::inbox::Bench;
use crate::neighbour::{Taken, TestQueue};
use crate::sample::{event, source};
use crate::script::Script;
use crate::world::START;

/// A source's inbox, its queue and a bucket, with no memory before them.
struct Edge {
    inbox: Bench,
    queue: TestQueue,
    bucket: Script<Taken>,
    objects: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Edge {
    fn new() -> Self {
        Self {
            inbox: Bench::new(),
            queue: TestQueue::new(),
            bucket: Script::always(Taken::Yes),
            objects: RefCell::default(),
        }
    }

    fn pass(
        &self,
        store: DedupStore,
        mut candidates: Vec<Candidate>,
        bound: bool,
    ) -> Result<(Passed, Vec<String>), Stopped> {
        let mut source = source("src_1", "stripe");
        source.dedup.store = store;
        source.dedup.shards = 1;
        let gate = Gate {
            source_id: "src_1",
            dedup: &source.dedup,
            queue: None,
            now: START,
            ports: self,
        };
        block_on(async {
            let keys = fit(&mut candidates, &source, bound.then_some(self)).await?;
            Ok((gate.pass(None, candidates).await?, keys))
        })
    }

    /// The bodies of what is durable.
    fn durable(&self) -> Vec<Body> {
        let outbox = self.inbox.disk.rows("SELECT message FROM outbox");
        let outbox = outbox.into_iter().map(|mut row| row.take_text(0).unwrap());
        let messages = outbox.chain(self.queue.batches().into_iter().flatten());
        let body = |message: String| serde_json::from_str::<QueueMessage>(&message).unwrap().body;
        messages.map(body).collect()
    }

    fn claims(&self) -> usize {
        self.inbox.disk.rows("SELECT key FROM claims").len()
    }
}

impl Payloads for Edge {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), Unavailable> {
        let taken = self.bucket.next().await;
        // Nothing may be claimed of what is not there yet.
        assert_eq!((self.claims(), self.durable()), (0, vec![]));
        if taken.landed() {
            self.objects.borrow_mut().insert(key.into(), bytes.into());
        }
        taken.heard()
    }
}

impl Recent for Edge {
    fn recall(&self, _: &str) -> Option<String> {
        None
    }
    fn note(&self, _: &Mark) {}
}

impl Markers for Edge {
    async fn find(&self, claims: &[&str]) -> Vec<Option<String>> {
        vec![None; claims.len()]
    }
    async fn set(&self, _: &[Mark]) {}
}

impl Inboxes for Edge {
    async fn accept(&self, _: &str, arrivals: Vec<Arrival>) -> Result<Vec<Admission>, Unavailable> {
        let accept = |arrival| self.inbox.inbox.accept(arrival);
        arrivals.into_iter().map(accept).collect()
    }

    async fn enquire(&self, _: &str, enquiry: Enquiry) -> Result<Vec<Option<String>>, Unavailable> {
        self.inbox.inbox.enquire(&enquiry)
    }
}

impl Queue for Edge {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        self.queue.send_batch(messages).await
    }
}

fn candidate(id: &str, body: Vec<u8>) -> Candidate {
    let mut message = event(&format!("msg_{id}"));
    message.inbox = None;
    message.body = Body::from_bytes(body);
    Candidate {
        claims: Claims::of(&verified("standard", id), || [0; 32]),
        message,
    }
}

#[test]
fn a_body_that_fits_no_message_is_in_r2_and_its_key_in_the_message() {
    for (store, key) in [
        (DedupStore::Both, "inbox/src_1/msg_a"),
        (DedupStore::DurableObject, "inbox/src_1/msg_a"),
        (DedupStore::Kv, "queue/src_1/msg_a"),
        (DedupStore::None, "queue/src_1/msg_a"),
    ] {
        let edge = Edge::new();
        let body = vec![0xff; 100_000];
        let (passed, keys) = edge
            .pass(store, vec![candidate("a", body.clone())], true)
            .unwrap();
        assert_eq!((passed.accepted, keys), (1, vec![key.to_owned()]));
        assert_eq!(edge.objects.take(), [(key.to_owned(), body)].into());
        assert_eq!(edge.durable(), [Body::R2Key(key.into())]);
    }
}

#[test]
fn what_fits_a_message_to_its_last_byte_needs_no_bucket() {
    let length = |body: &Vec<u8>| {
        let mut message = candidate("a", body.clone()).message;
        message.inbox = Some("src_1/0".into());
        serde_json::to_string(&message).unwrap().len()
    };
    // A quote takes two bytes.
    let mut body = vec![b'"'; 60_000];
    body.extend(vec![b'x'; LARGEST_MESSAGE - length(&body) - 64]);
    let fits = Edge::new();
    let (_, keys) = fits
        .pass(DedupStore::Both, vec![candidate("a", body.clone())], true)
        .unwrap();
    assert_eq!((keys, fits.objects.take().len()), (vec![], 0));
    body.extend([b'x'; 64]);
    let beyond = Edge::new();
    let (_, keys) = beyond
        .pass(DedupStore::Both, vec![candidate("a", body)], true)
        .unwrap();
    assert_eq!((keys.len(), beyond.objects.take().len()), (1, 1));
}

#[test]
fn without_a_bucket_nothing_of_the_request_is_admitted() {
    for store in [DedupStore::Both, DedupStore::Kv] {
        let edge = Edge::new();
        let candidates = vec![
            candidate("a", vec![b'x'; 10]),
            candidate("b", vec![b'x'; 130_000]),
        ];
        let outcome = edge.pass(store, candidates, false);
        assert_eq!(outcome.unwrap_err(), Stopped::TooLarge);
        assert_eq!((edge.claims(), edge.durable()), (0, vec![]));
    }
}

#[test]
fn a_bucket_that_fails_before_or_after_it_took_effect_leaves_no_claim() {
    for fault in [Taken::No, Taken::YesUnheard] {
        for store in [
            DedupStore::Both,
            DedupStore::DurableObject,
            DedupStore::Kv,
            DedupStore::None,
        ] {
            let edge = Edge::new();
            edge.bucket.then(Taken::Yes);
            edge.bucket.then(fault);
            let large = |id| candidate(id, vec![b'x'; 130_000]);
            let outcome = edge.pass(store, vec![large("a"), large("b")], true);
            assert!(matches!(outcome, Err(Stopped::Away(_))), "{store:?}");
            assert_eq!((edge.claims(), edge.durable()), (0, vec![]));

            // The provider sends it again.
            let (passed, keys) = edge
                .pass(store, vec![large("a"), large("b")], true)
                .unwrap();
            assert_eq!((passed.accepted, keys.len()), (2, 2));
            assert_eq!(edge.durable().len(), 2);
        }
    }
}

//! The ports of the gate, in memory: what an isolate knows, KV, a queue, a bucket, and an inbox on real
//! SQLite, which every request finds empty.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::admission::gate::{Inboxes, Mark, Markers, Recent};
use hookgate_relay::admission::large::Payloads;
use hookgate_relay::admission::layout::Enquiry;
use hookgate_relay::inbox::{Admission, Arrival, Inbox};
use hookgate_relay::message::{Body, QueueMessage, Receipt};
use hookgate_relay::port::{Queue, Unavailable};
use hookgate_relay::source::Source;

use crate::host::{Disk, TestHost};
use crate::world::World;

const LEASE_MS: i64 = 60_000;

thread_local! {
    static SHARD: Rc<Shard> = Rc::new(Shard::new());
}

/// One inbox for all shards: to make one takes longer than to use it.
struct Shard {
    world: Rc<World>,
    disk: Rc<Disk>,
    inbox: Inbox<TestHost>,
}

impl Shard {
    fn new() -> Self {
        let (world, disk) = (World::new(), Disk::new());
        let inbox = Inbox::open(world.host(&disk), LEASE_MS).expect("an inbox");
        Self { world, disk, inbox }
    }
}

#[derive(Default)]
pub(crate) struct Bucket(RefCell<BTreeMap<String, Vec<u8>>>);

impl Payloads for Bucket {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), Unavailable> {
        self.0.borrow_mut().insert(key.into(), bytes.into());
        Ok(())
    }
}

#[derive(Default)]
struct Sent(RefCell<Vec<(Option<String>, String)>>);

impl Queue for Sent {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        let sent = messages.iter().map(|message| (None, message.clone()));
        self.0.borrow_mut().extend(sent);
        Ok(())
    }

    async fn send_batch_to(&self, queue: &str, messages: &[String]) -> Result<(), Unavailable> {
        let own = |message: &String| (Some(queue.to_owned()), message.clone());
        self.0.borrow_mut().extend(messages.iter().map(own));
        Ok(())
    }
}

/// All that one request meets.
pub(crate) struct Edge {
    pub(crate) world: Rc<World>,
    shard: Rc<Shard>,
    recent: RefCell<BTreeMap<String, String>>,
    kv: RefCell<BTreeMap<String, String>>,
    queue: Sent,
}

impl Edge {
    pub(crate) fn new() -> Self {
        let shard = SHARD.with(Rc::clone);
        shard
            .disk
            .write("DELETE FROM claims; DELETE FROM outbox; DELETE FROM departures");
        Self {
            world: Rc::clone(&shard.world),
            shard,
            recent: RefCell::default(),
            kv: RefCell::default(),
            queue: Sent::default(),
        }
    }

    pub(crate) fn dice(&self) -> TestHost {
        self.world.host(&self.shard.disk)
    }

    /// Another isolate, which KV has not told yet.
    pub(crate) fn forget(&self) {
        self.recent.borrow_mut().clear();
    }

    /// What was accepted arrives: so many messages, each of them as it was written.
    pub(crate) fn check(&self, source: &Source, accepted: usize) {
        let inbox = &self.shard.inbox;
        block_on(inbox.drain(&self.queue)).expect("sound storage");
        let sent = self.queue.0.take();
        assert_eq!(sent.len(), accepted);
        let mut ids = vec![];
        for (queue, text) in sent {
            let message: QueueMessage = serde_json::from_str(&text).expect("a queue message");
            assert_eq!(queue, source.queue);
            assert_eq!(message.queue, source.queue);
            assert_eq!(serde_json::to_string(&message).expect("JSON"), text);
            let receipt: Receipt = serde_json::from_str(&text).expect("a receipt");
            assert_eq!((&receipt.id, &receipt.source_id), (&message.id, &source.id));
            if !matches!(message.body, Body::R2Key(_)) {
                message.body.into_bytes().expect("bytes");
            }
            ids.push(receipt.id);
        }
        inbox.confirm(&ids).expect("sound storage");
        assert_eq!(self.shard.disk.number("SELECT COUNT(*) FROM outbox"), 0);
    }
}

impl Recent for Edge {
    fn recall(&self, claim: &str) -> Option<String> {
        self.recent.borrow().get(claim).cloned()
    }

    fn note(&self, mark: &Mark) {
        let (claim, id) = (mark.claim.clone(), mark.id.clone());
        self.recent.borrow_mut().insert(claim, id);
    }
}

impl Markers for Edge {
    async fn find(&self, claims: &[&str]) -> Vec<Option<String>> {
        let kv = self.kv.borrow();
        claims.iter().map(|claim| kv.get(*claim).cloned()).collect()
    }

    async fn set(&self, marks: &[Mark]) {
        for mark in marks {
            // With KV's 512 bytes of a key in mind.
            assert!((4..=400).contains(&mark.claim.len()), "{}", mark.claim);
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
        let shard = inbox.strip_prefix("src_1/").expect("the source's own");
        assert!(shard.parse::<u8>().is_ok_and(|shard| shard < 64), "{inbox}");
        // As it travels to the object.
        let json = String::from_utf8(Arrival::write(&arrivals)?).expect("JSON is text");
        let arrivals = match arrivals.len() {
            1 => vec![Arrival::read(&json)?],
            _ => Arrival::read_all(&json)?,
        };
        let accept = |arrival| self.shard.inbox.accept(arrival);
        arrivals.into_iter().map(accept).collect()
    }

    async fn enquire(
        &self,
        _inbox: &str,
        enquiry: Enquiry,
    ) -> Result<Vec<Option<String>>, Unavailable> {
        self.shard.inbox.enquire(&enquiry)
    }
}

impl Queue for Edge {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        self.queue.send_batch(messages).await
    }

    async fn send_batch_to(&self, queue: &str, messages: &[String]) -> Result<(), Unavailable> {
        self.queue.send_batch_to(queue, messages).await
    }
}

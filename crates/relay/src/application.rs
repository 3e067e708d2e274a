//! The application: its endpoints, its messages, and the fan-out between them.
//!
//! A message and one fan-out row for each endpoint that wants it commit together; then the rows
//! are handed to the endpoint objects in batches, and leave once accepted. A row whose endpoint
//! object is away comes back after a while; a batch that arrives twice is accepted once.
//!
//! Not here: sending, retries and attempts, which are the endpoint's.

mod again;
mod choice;
mod chores;
mod departure;
mod followed;
mod idempotency;
mod making;
mod messages;
mod retention;
mod roster;
mod work;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::join;
use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};

use crate::backoff;
use crate::busy::{Busy, Place};
use crate::config::EndpointConfig;
use crate::endpoint::Resend;
use crate::fanout;
use crate::message::QueueMessage;
use crate::migration::{Version, migrate};
use crate::operational::{self, Operation};
use crate::port::{Host, Millis, Unavailable};
use crate::task::{Sieve, Task};
use crate::wake::Wake;

pub use self::again::ResendOrder;
pub use self::choice::FilterFailures;
pub use self::departure::{GRACE_MS, Retirement};
pub use self::idempotency::Idempotency;
pub use self::making::{Made, Terms};
pub use self::messages::{Message, PAGE_BYTES};
pub use self::retention::SHORTEST_ROWS_MS;
pub use self::roster::{MOST_OLD_SECRETS, Replaced, Rotated, Rotation};

/// Endpoint objects that are called at once.
const MOST_HAND_OVERS: usize = 6;

/// The type of a received event whose provider names none.
pub const UNKNOWN_TYPE: &str = "unknown";

/// Before versions were counted.
const FIRST: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS endpoints (
        id TEXT PRIMARY KEY, uid TEXT UNIQUE, config TEXT NOT NULL
    ) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS messages (
        id TEXT PRIMARY KEY, event_id TEXT, event_type TEXT NOT NULL, channels TEXT NOT NULL,
        tags TEXT NOT NULL, content_type TEXT, payload BLOB NOT NULL, created_at INTEGER NOT NULL
    )",
    "CREATE INDEX IF NOT EXISTS messages_by_event_id ON messages (event_id)
     WHERE event_id IS NOT NULL",
];

const VERSIONS: [Version; 11] = [
    FIRST,
    fanout::SCHEMA,
    again::SCHEMA,
    fanout::ORDER,
    choice::SCHEMA,
    idempotency::SCHEMA,
    retention::SCHEMA,
    operational::SCHEMA,
    work::SCHEMA,
    departure::SCHEMA,
    followed::SCHEMA,
];

/// What an endpoint object is handed: its configuration, and messages to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consignment {
    /// The endpoint as its application knows it.
    pub config: EndpointConfig,
    /// What to deliver.
    pub messages: Vec<Message>,
    /// What to deliver again, as an operator asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resends: Vec<Resend>,
}

/// Whom an application calls: the objects of its endpoints, the registry, and the application of
/// operational webhooks.
#[allow(async_fn_in_trait)]
pub trait Endpoints {
    /// Hands `consignment` over to the object of its endpoint.
    ///
    /// # Errors
    /// The object did not confirm; it may have accepted all the same.
    async fn accept(&self, consignment: Consignment) -> Result<(), Unavailable>;

    /// Asks the object of an endpoint which of some messages are meant.
    ///
    /// # Errors
    /// The object did not answer.
    async fn sift(&self, endpoint_id: &str, sieve: &Sieve) -> Result<Vec<String>, Unavailable>;

    /// Tells the object of an endpoint that its endpoint was deleted.
    ///
    /// # Errors
    /// The object did not confirm; it may have heard all the same.
    async fn retire(&self, endpoint_id: &str, stage: Retirement) -> Result<(), Unavailable>;

    /// Tells the registry that an application was deleted.
    ///
    /// # Errors
    /// The registry did not confirm; it may have heard all the same.
    async fn unlist(&self, application_id: &str) -> Result<(), Unavailable>;

    /// Tells the registry how a background task stands.
    ///
    /// # Errors
    /// The registry did not confirm; it may have heard all the same.
    async fn note_task(&self, task: &Task) -> Result<(), Unavailable>;

    /// Tells the application of operational webhooks what has happened.
    ///
    /// # Errors
    /// It did not confirm; it may have heard all the same.
    async fn publish(&self, operations: Vec<Operation>) -> Result<(), Unavailable>;
}

/// What became of something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Creation {
    /// It is in storage.
    Created,
    /// Its uid, or its event id, belongs to another; or it was there, and is being deleted.
    Conflict,
    /// The application was deleted.
    Gone,
}

/// One application's state machine.
#[derive(Debug)]
pub struct Application<H> {
    host: H,
    wake: Wake,
    endpoints: RefCell<Option<Rc<Vec<EndpointConfig>>>>,
    draining: Busy,
    working: Busy,
    closed: Cell<bool>,
    keep_ms: Cell<Option<Millis>>,
    purge_at: Cell<Option<Millis>>,
}

impl<H: Host> Application<H> {
    /// Opens the object's storage.
    ///
    /// # Errors
    /// The storage is away.
    pub fn open(host: H) -> Result<Self, Unavailable> {
        migrate(&host, &VERSIONS)?;
        let application = Self {
            host,
            wake: Wake::default(),
            endpoints: RefCell::default(),
            draining: Busy::default(),
            working: Busy::default(),
            closed: Cell::default(),
            keep_ms: Cell::new(None),
            purge_at: Cell::new(None),
        };
        application.read_closed()?;
        application.rearm()?;
        Ok(application)
    }

    /// Stores a message that the API made, with its fan-out, unless its event id is taken.
    ///
    /// # Errors
    /// The storage is away; nothing is kept.
    pub fn create(&self, message: Message) -> Result<Creation, Unavailable> {
        Ok(match self.make(message, Terms::default())? {
            Made::Created | Made::Again(_) => Creation::Created,
            Made::Conflict | Made::KeyReused => Creation::Conflict,
            Made::Gone => Creation::Gone,
        })
    }

    /// Accepts received events, each once by its message id, however often it arrives.
    ///
    /// # Errors
    /// The storage is away; none of them is kept.
    pub fn accept(&self, events: Vec<QueueMessage>) -> Result<(), Unavailable> {
        if self.closed.get() {
            return Ok(());
        }
        let endpoints = self.all_endpoints()?;
        self.arm_soon()?;
        self.host.transaction(|| {
            for event in events {
                self.store(
                    Message {
                        id: event.id,
                        event_id: event.event_id,
                        event_type: event.event_type.unwrap_or_else(|| UNKNOWN_TYPE.into()),
                        channels: vec![],
                        tags: vec![],
                        content_type: event.content_type,
                        created_at: event.received_at,
                        deliver_at: None,
                        expunged: false,
                        payload: event.body,
                    },
                    Terms::default(),
                    &endpoints,
                )?;
            }
            Ok(())
        })
    }

    /// Hands over all that is due. Each endpoint goes at its own pace.
    ///
    /// # Errors
    /// The storage is away. An endpoint object that is away is not an error: its rows wait.
    pub async fn drain(&self, objects: &impl Endpoints) -> Result<(), Unavailable> {
        let mut hand_overs = vec![];
        for id in fanout::due_endpoints(&self.host, self.host.now())? {
            if let Some(place) = self.draining.enter(&id) {
                hand_overs.push(self.hand_over(id, place, objects));
            }
        }
        if hand_overs.is_empty() && self.wake.is_set(&self.host) {
            // What is due is on its way, and for what is not the alarm was set as it was stored.
            return Ok(());
        }
        // So many at once: each holds a megabyte of payloads while it is out.
        let mut outcomes = stream::iter(hand_overs).buffer_unordered(MOST_HAND_OVERS);
        let mut failure = None;
        while let Some(outcome) = outcomes.next().await {
            failure = failure.or(outcome.err());
        }
        failure.map_or_else(|| self.rearm(), Err)
    }

    /// What the alarm does.
    ///
    /// # Errors
    /// The storage is away; the shell arms a later alarm and does not throw.
    pub async fn on_alarm(&self, objects: &impl Endpoints) -> Result<(), Unavailable> {
        self.wake.void();
        // Before the first hand-over: should this instance die while it waits, the next alarm is
        // already set.
        let outcome = match self.arm(self.host.now() + backoff::RETRY_MS) {
            Ok(()) => match self.purge() {
                Ok(()) => {
                    let (drained, done) = join(self.drain(objects), self.chores(objects)).await;
                    drained.and(done)
                }
                failed => failed,
            },
            failed => failed,
        };
        // The net has done its work: now the alarm is set to what is due. After a failure the shell
        // sets one of its own.
        self.wake.void();
        outcome.and_then(|()| self.rearm())
    }

    /// Hands over, batch after batch, what is due for one endpoint.
    async fn hand_over(
        &self,
        id: String,
        _place: Place<'_>,
        objects: &impl Endpoints,
    ) -> Result<(), Unavailable> {
        loop {
            let fifo = self.endpoint(&id)?.is_some_and(|config| config.fifo);
            let ids = fanout::lease(&self.host, &id, fifo, self.host.now())?;
            if ids.is_empty() {
                return Ok(());
            }
            // After the lease: a change that is leased goes with what it changed.
            let Some(config) = self.endpoint(&id)? else {
                return fanout::forget(&self.host, &id);
            };
            let consignment = Consignment {
                config,
                messages: self.messages(&ids)?,
                resends: self.resends(&ids)?,
            };
            if objects.accept(consignment).await.is_err() {
                fanout::postpone(&self.host, &id, &ids, self.host.now())?;
                // Not only when all are done: a slow endpoint must not delay this one's retry.
                return self.rearm();
            }
            fanout::accepted(&self.host, &id, &ids)?;
        }
    }

    /// The safety net, should this instance die before it drains. It comes before what it is for:
    /// an alarm that rings for nothing is harmless, a message that is kept without one is not.
    fn arm_soon(&self) -> Result<(), Unavailable> {
        self.wake
            .no_later_than(&self.host, Some(self.host.now() + backoff::RETRY_MS))
    }

    /// Arms the alarm for what is next due.
    fn rearm(&self) -> Result<(), Unavailable> {
        // What is due may go with a hand-over that is out, or with a chore. An alarm in the past would
        // ring at once, and again, for as long as the neighbour takes to answer.
        let busy = self.draining.len() + self.working.len() > 0;
        self.arm(if busy {
            self.host.now() + backoff::RETRY_MS
        } else {
            0
        })
    }

    fn arm(&self, not_before: Millis) -> Result<(), Unavailable> {
        let due = self.earliest()?.into_iter();
        let due = due.chain(self.purge_at.get()).min();
        self.wake
            .no_later_than(&self.host, due.map(|at| at.max(not_before)))
    }
}

fn to_json(value: &impl Serialize) -> Result<String, Unavailable> {
    serde_json::to_string(value).map_err(|error| Unavailable::new("writing a row", error))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Unavailable> {
    serde_json::from_str(text).map_err(|error| Unavailable::new("reading a row", error))
}

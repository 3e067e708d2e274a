//! The endpoint: delivers its messages, retries by its profile, and keeps the log.
//!
//! One object is one endpoint. A delivery is *pending* until due, *sending* while its request is
//! out, then *success*, or *pending* again, or *failed* when the schedule is used up. The attempt
//! is written as sending before its request leaves, so that whatever happens to this instance, the
//! next one knows what was out. The payload stays here until the delivery has ended.
//!
//! Not here: which messages an endpoint gets (`application`), and how a body is signed (the
//! verifier's table).

mod ending;
mod given;
mod manual;
mod memory;
mod order;
mod retention;
mod retired;
mod sift;
mod taking;
mod telling;
mod throttle;
mod unsent;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::application::{Consignment, Message};
use crate::attempt::{self, Attempt, AttemptFilter, State};
use crate::batch::json_list;
use crate::busy::Busy;
use crate::config::EndpointConfig;
use crate::guard::Guard;
use crate::health::{self, Health};
use crate::migration::{Version, migrate};
use crate::notice;
use crate::page::{Listed, Page};
use crate::payload;
use crate::port::{Host, Http, Millis, Unavailable, Value};
use crate::vault::Vault;
use crate::wake::Wake;

pub use self::given::Delivery;
pub use self::manual::{Cancel, MOST_CANCELLED, Resend};
use self::memory::Memory;
use self::throttle::Throttle;

/// Requests in flight: a Worker may wait for the headers of six at once.
pub const MAX_IN_FLIGHT: usize = 6;

/// Attempts of one run: a Worker may make 1,000 requests in one invocation, and an attempt is up to three
/// (a payload in R2 is read twice). What is left goes with the alarm, which is an invocation of its own.
pub const MOST_IN_A_RUN: usize = 300;

/// Where the alarm stands behind a fresh acceptance.
const NET_MS: Millis = 1_000;

/// Before versions were counted.
const FIRST: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS endpoint (
        one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, config TEXT NOT NULL
    )",
    "CREATE TABLE IF NOT EXISTS deliveries (
        message_id TEXT PRIMARY KEY, event_type TEXT NOT NULL, created_at INTEGER NOT NULL,
        state INTEGER NOT NULL, made INTEGER NOT NULL, next_attempt_at INTEGER
    ) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS deliveries_by_due ON deliveries (next_attempt_at)
     WHERE next_attempt_at IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS deliveries_out ON deliveries (message_id) WHERE state = 3",
    "CREATE TABLE IF NOT EXISTS payloads (
        message_id TEXT PRIMARY KEY, content_type TEXT, payload BLOB NOT NULL
    )",
    "CREATE TABLE IF NOT EXISTS attempts (
        id TEXT PRIMARY KEY, message_id TEXT NOT NULL, url TEXT NOT NULL,
        state INTEGER NOT NULL, status_code INTEGER NOT NULL, response TEXT NOT NULL,
        started_at INTEGER NOT NULL, duration_ms INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS attempts_by_message ON attempts (message_id, id)",
];

const VERSIONS: [Version; 10] = [
    FIRST,
    health::SCHEMA,
    notice::SCHEMA,
    manual::SCHEMA,
    throttle::SCHEMA,
    order::SCHEMA,
    telling::SCHEMA,
    retired::SCHEMA,
    order::LAST,
    attempt::SCHEMA,
];

/// One endpoint's state machine.
#[derive(Debug)]
pub struct Endpoint<H> {
    host: H,
    vault: Vault,
    guard: Guard,
    wake: Wake,
    memory: Memory,
    config: RefCell<Option<Rc<EndpointConfig>>>,
    in_flight: Busy,
    telling: Busy,
    /// Its endpoint was deleted.
    retired: Cell<bool>,
    keep_ms: Cell<Option<Millis>>,
    purge_at: Cell<Option<Millis>>,
    purged_to: RefCell<String>,
}

impl<H: Host> Endpoint<H> {
    /// Opens the object's storage. Whatever an earlier instance had out is due again at once:
    /// this one has nothing out yet.
    ///
    /// # Errors
    /// The storage is away.
    pub fn open(host: H, vault: Vault, guard: Guard) -> Result<Self, Unavailable> {
        migrate(&host, &VERSIONS)?;
        // The state is written out, so that the partial index answers: at most six rows.
        host.query(
            "UPDATE deliveries SET next_attempt_at = MIN(next_attempt_at, ?) WHERE state = 3",
            vec![host.now().into()],
        )?;
        let endpoint = Self {
            host,
            vault,
            guard,
            wake: Wake::default(),
            memory: Memory::default(),
            config: RefCell::default(),
            in_flight: Busy::default(),
            telling: Busy::default(),
            retired: Cell::default(),
            keep_ms: Cell::new(None),
            purge_at: Cell::new(None),
            purged_to: RefCell::default(),
        };
        endpoint.read_retired()?;
        endpoint.rearm()?;
        Ok(endpoint)
    }

    /// Takes messages over, each once by its id, and the configuration if it is newer.
    ///
    /// # Errors
    /// The storage is away; none of them is kept.
    pub fn accept(&self, consignment: Consignment) -> Result<(), Unavailable> {
        if self.retired.get() {
            // A call that was on its way when the endpoint was deleted.
            return Ok(());
        }
        let now = self.host.now();
        let Consignment {
            config,
            messages,
            resends,
        } = consignment;
        let (newer, config, ordered) = match self.known_config()? {
            Some(known) if known.version >= config.version => {
                (false, Rc::clone(&known), known.fifo)
            }
            known => (true, Rc::new(config), known.is_some_and(|known| known.fifo)),
        };
        // The safety net, should this instance die before it pumps. It comes first: an alarm that
        // rings for nothing is harmless, a delivery that is kept without one is not.
        self.wake.no_later_than(&self.host, Some(now + NET_MS))?;
        // Before it is written: a failed call that landed all the same is read back.
        self.config.replace(None);
        self.transaction(|| {
            if newer {
                let text = serde_json::to_string(&*config)
                    .map_err(|error| Unavailable::new("writing an endpoint", error))?;
                self.host.query(
                    "INSERT OR REPLACE INTO endpoint (one, version, config) VALUES (1, ?, ?)",
                    vec![(config.version as i64).into(), text.into()],
                )?;
                let health = self.known_health()?;
                let anew = health.clone().after_enabling(&config);
                if anew != health {
                    self.write_health(anew)?;
                }
                if config.fifo && !ordered {
                    order::place_all(&self.host)?;
                }
            }
            for message in messages {
                match message.expunged {
                    true => self.expunge(&message)?,
                    false => self.store(message, now, &config)?,
                }
            }
            for resend in resends {
                self.resend(resend, &config, now)?;
            }
            Ok(())
        })?;
        self.config.replace(Some(config));
        Ok(())
    }

    /// Sends what is due, up to six at once, until nothing is due or [`MOST_IN_A_RUN`] have gone;
    /// further calls while one runs share the six. The call that frees a place looks for what has become due since.
    ///
    /// # Errors
    /// The storage is away. A delivery that fails is not an error.
    pub async fn pump(&self, http: &impl Http) -> Result<(), Unavailable> {
        self.send_due(http).await?;
        self.rearm()
    }

    async fn send_due(&self, http: &impl Http) -> Result<(), Unavailable> {
        let mut out = FuturesUnordered::new();
        let mut failure = None;
        let mut left = MOST_IN_A_RUN;
        loop {
            while failure.is_none() && left > 0 && self.in_flight.len() < MAX_IN_FLIGHT {
                match self.take_due() {
                    Ok(Some((leaving, request))) => {
                        left -= 1;
                        out.push(self.send(leaving, request, http));
                    }
                    Ok(None) => break,
                    // What is out is still recorded, if it can be.
                    Err(error) => failure = Some(error),
                }
            }
            // A slow receiver must not hold up what its throttle lets go meanwhile.
            if failure.is_none()
                && self.is_throttled()
                && let Err(error) = self.rearm()
            {
                failure = Some(error);
            }
            let Some(recorded) = out.next().await else {
                break;
            };
            // Not only at the end: a slow receiver must not delay what has failed meanwhile.
            let recorded = match recorded {
                Ok(false) if failure.is_none() => Ok(()),
                Ok(_) => self.rearm(),
                Err(error) => Err(error),
            };
            if let Err(error) = recorded {
                failure = failure.or(Some(error));
            }
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// What the alarm does.
    ///
    /// # Errors
    /// The storage is away; the shell arms a later alarm and does not throw.
    pub async fn on_alarm(&self, http: &impl Http) -> Result<(), Unavailable> {
        self.wake.void();
        // Before the first request: should this instance die while it waits, the next alarm is
        // already set.
        let outcome = match self.arm(self.host.now() + NET_MS) {
            Ok(()) => match self.purge() {
                Ok(()) => self.send_due(http).await,
                failed => failed,
            },
            failed => failed,
        };
        // The net has done its work: now the alarm is set to what is due. After a failure the shell
        // sets one of its own.
        self.wake.void();
        outcome.and_then(|()| self.rearm())
    }

    /// How the endpoint fares.
    ///
    /// # Errors
    /// The storage is away.
    pub fn health(&self) -> Result<Health, Unavailable> {
        self.known_health()
    }

    /// One page of the log.
    ///
    /// # Errors
    /// The storage is away.
    pub fn attempts(
        &self,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Listed<Attempt>, Unavailable> {
        attempt::list(&self.host, filter, page)
    }

    /// The state of a message here and when it is next attempted, if it came here at all.
    ///
    /// # Errors
    /// The storage is away.
    pub fn delivery(
        &self,
        message_id: &str,
    ) -> Result<Option<(State, Option<Millis>)>, Unavailable> {
        self.host
            .query(
                "SELECT state, next_attempt_at FROM deliveries WHERE message_id = ?",
                vec![message_id.into()],
            )?
            .pop()
            .map(|row| {
                Ok((
                    State::from_number(row.integer(0)?)?,
                    row.optional_integer(1)?,
                ))
            })
            .transpose()
    }

    /// The configuration, from memory after the first time.
    fn known_config(&self) -> Result<Option<Rc<EndpointConfig>>, Unavailable> {
        if let Some(known) = &*self.config.borrow() {
            return Ok(Some(Rc::clone(known)));
        }
        let read = self
            .host
            .query("SELECT config FROM endpoint", vec![])?
            .pop()
            .map(|mut row| {
                serde_json::from_str(&row.take_text(0)?)
                    .map(Rc::new)
                    .map_err(|error| Unavailable::new("reading an endpoint", error))
            })
            .transpose()?;
        self.config.replace(read.clone());
        Ok(read)
    }

    fn store(
        &self,
        message: Message,
        now: Millis,
        config: &EndpointConfig,
    ) -> Result<(), Unavailable> {
        let first = config.schedule().delay_ms(0, &self.host).unwrap_or(0);
        let position = match config.fifo {
            true => Some(order::last_place(&self.host)?),
            false => None,
        };
        let stored = self.host.query(
            "INSERT OR IGNORE INTO deliveries
                (message_id, event_type, created_at, state, made, next_attempt_at, position,
                 channels, tags)
             VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?) RETURNING message_id",
            vec![
                message.id.as_str().into(),
                message.event_type.into(),
                message.created_at.into(),
                State::Pending.number().into(),
                (now + first).into(),
                position.into(),
                labels(&message.channels)?,
                labels(&message.tags)?,
            ],
        )?;
        if stored.is_empty() {
            return Ok(());
        }
        let payload = payload::to_column(message.payload)?;
        self.host.query(
            "INSERT INTO payloads (message_id, content_type, payload) VALUES (?, ?, ?)",
            vec![message.id.into(), message.content_type.into(), payload],
        )?;
        Ok(())
    }

    /// Arms the alarm for what is next due.
    fn rearm(&self) -> Result<(), Unavailable> {
        let now = self.host.now();
        // What is due may be out, or wait for a place that the running pump will fill, or be what the
        // application is being told. An alarm in the past would ring at once, and again, for as long
        // as the other side takes.
        let busy = self.in_flight.len() + self.telling.len() > 0;
        let due = match self.earliest()? {
            Some(at) if busy && at <= now => Some(now + NET_MS),
            due => due,
        };
        self.wake.no_later_than(&self.host, due)
    }

    fn arm(&self, not_before: Millis) -> Result<(), Unavailable> {
        let due = self.earliest()?;
        self.wake
            .no_later_than(&self.host, due.map(|at| at.max(not_before)))
    }

    /// When there is something to do.
    fn earliest(&self) -> Result<Option<Millis>, Unavailable> {
        let told = self.told_at()?;
        let due = self.next_attempt()?.into_iter().chain(told);
        Ok(due.chain(self.purge_at.get()).min())
    }

    /// When the next request may leave; never while the endpoint is disabled.
    fn next_attempt(&self) -> Result<Option<Millis>, Unavailable> {
        let due = self
            .host
            .query(
                "SELECT MIN(next_attempt_at) FROM deliveries WHERE next_attempt_at IS NOT NULL",
                vec![],
            )?
            .first()
            .map_or(Ok(None), |row| row.optional_integer(0))?;
        let (Some(mut due), Some(config)) = (due, self.known_config()?) else {
            return Ok(due);
        };
        let health = self.known_health()?;
        if health.is_disabled(&config) {
            return Ok(None);
        }
        if config.fifo {
            due = order::earliest(&self.host)?.unwrap_or(due);
        }
        let now = self.host.now();
        let opens = self.throttle(&config, now)?.map_or(0, Throttle::wakes_at);
        Ok(Some(due.max(health.paused_until(now)).max(opens)))
    }
}

/// Channels or tags as their column has them: most messages have none.
fn labels(labels: &[String]) -> Result<Value, Unavailable> {
    match labels.is_empty() {
        true => Ok(Value::Null),
        false => json_list(labels),
    }
}

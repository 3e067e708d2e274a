//! The inbox: admits an event once, and keeps it until the far side has it.
//!
//! One object is one shard of one source. A claim and its outbox row commit together, before the
//! provider is answered; so what was acknowledged is in storage, and nothing else is needed for
//! it to arrive. The outbox is then drained to the queue. A row leaves when its message is
//! *confirmed*; what is sent and unconfirmed is sent again after a lease, because a queue may
//! lose what it holds (the local emulator keeps its queues in memory) and acceptance behind it is
//! idempotent. What goes to a queue of the user's own has nobody to confirm it: its rows leave at the
//! send.
//!
//! Not here: verification, KV, and what a claim's key is (`admission`).

mod arrival;
mod former;
mod held;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::batch::{LIMIT, fitting, json_list, present};
use crate::migration::{Version, migrate};
use crate::port::{Host, Millis, Queue, Unavailable};
use crate::turn::Turns;
use crate::wake::Wake;

pub use self::arrival::{Admission, Arrival};
use self::held::Held;

/// Platform limits of one `sendBatch`: messages, and bytes with room for each one's frame.
const BATCH_MESSAGES: i64 = 100;
const BATCH_BYTES: i64 = 240_000;

/// A queue that failed is tried again after this, doubling up to [`LONGEST_WAIT_MS`].
const QUEUE_RETRY_MS: Millis = 1_000;
const LONGEST_WAIT_MS: Millis = 3_600_000;

/// A send that is not answered in this time is lost, and the next drain takes its place. It is
/// longer than a queue's own patience (10 s in the Worker): this is for a call that never comes
/// back at all.
const SEND_LOST_MS: Millis = 30_000;

/// Expired claims that one alarm removes: bounded work, the next alarm goes on.
const PURGE_SLICE: i64 = 500;
/// A purge waits this long after the first claim has expired, to find more than one.
const PURGE_DELAY_MS: Millis = 60_000;

/// Before versions were counted.
const FIRST: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS claims (
        key TEXT PRIMARY KEY, message_id TEXT NOT NULL, expires_at INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS claims_by_expiry ON claims (expires_at)",
    "CREATE TABLE IF NOT EXISTS outbox (
        message_id TEXT PRIMARY KEY, message TEXT NOT NULL, bytes INTEGER NOT NULL,
        sends INTEGER NOT NULL, due_at INTEGER NOT NULL
    )",
    "CREATE INDEX IF NOT EXISTS outbox_by_due ON outbox (due_at, message_id, bytes)",
];

/// Claims that are made elsewhere since the source has other shards; events for a queue of the user's.
const SECOND: &[&str] = &[
    "CREATE TABLE departures (
        key TEXT PRIMARY KEY, layout INTEGER NOT NULL, expires_at INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX departures_by_expiry ON departures (expires_at)",
    "ALTER TABLE outbox ADD COLUMN queue TEXT",
];

const VERSIONS: [Version; 2] = [FIRST, SECOND];

/// Ids and messages of a batch, by the queue that they go to.
type Leased = BTreeMap<Option<String>, Vec<(String, String)>>;

/// One shard's state machine.
#[derive(Debug)]
pub struct Inbox<H> {
    host: H,
    wake: Wake,
    draining: Turns,
    lease_ms: Millis,
    /// Whether there may be notes of departed claims.
    noted: Cell<bool>,
    /// Messages that wait for their first send.
    held: RefCell<Held>,
    /// Whether the last batch was of those.
    held_went: Cell<bool>,
    /// Before this nothing in the outbox is due; 0 where that is not known.
    nothing_due_before: Cell<Millis>,
}

impl<H: Host> Inbox<H> {
    /// Opens the object's storage. `lease_ms` is how long a sent message may stay unconfirmed.
    ///
    /// # Errors
    /// The storage is away.
    pub fn open(host: H, lease_ms: Millis) -> Result<Self, Unavailable> {
        migrate(&host, &VERSIONS)?;
        let inbox = Self {
            host,
            wake: Wake::default(),
            draining: Turns::default(),
            lease_ms,
            noted: Cell::new(false),
            held: RefCell::default(),
            held_went: Cell::new(false),
            nothing_due_before: Cell::new(0),
        };
        inbox.look_for_notes()?;
        inbox.take_over()?;
        inbox.rearm()?;
        Ok(inbox)
    }

    /// Admits `arrival`, or finds that it was admitted before. To be called before the provider
    /// is answered; [`Inbox::drain`] follows after.
    ///
    /// # Errors
    /// The storage is away; then neither claim nor event is kept.
    pub fn accept(&self, arrival: Arrival) -> Result<Admission, Unavailable> {
        let now = self.host.now();
        // The safety net, should this instance die before it drains. It comes first: an alarm that
        // rings for nothing is harmless, an event that is kept without one is not.
        self.wake
            .no_later_than(&self.host, Some(now + QUEUE_RETRY_MS))?;
        let holds = self.held.borrow().has_room(&arrival.message);
        // What is held is leased from the start: the drain neither looks for it nor reads it again.
        let (sends, due_at) = match holds {
            true => (1, now + self.lease_ms),
            false => (0, now),
        };
        let admission = self.host.transaction(|| {
            let (mut first, mut free) = (None, vec![]);
            for key in &arrival.keys {
                match self.claimed(key, now)? {
                    Some(id) if first.is_none() => {
                        // A name that stands before a signature that is taken may be anybody's: who
                        // replays one captured request would else take the ids of events to come.
                        free.clear();
                        first = Some(id);
                    }
                    Some(_) => {}
                    None => free.push(key),
                }
            }
            if first.is_none() {
                for key in &free {
                    self.check_not_departed(key, arrival.layout)?;
                }
            }
            // What follows a name that is taken is claimed with it: a provider's retry carries a new
            // signature, which could else be replayed under another id.
            let holder = first.as_ref().unwrap_or(&arrival.message_id);
            for key in free {
                self.host.query(
                    "INSERT OR REPLACE INTO claims (key, message_id, expires_at) VALUES (?, ?, ?)",
                    vec![
                        key.as_str().into(),
                        holder.as_str().into(),
                        (now + arrival.ttl_ms).into(),
                    ],
                )?;
            }
            if let Some(id) = first {
                return Ok(Admission::Duplicate { id });
            }
            self.host.query(
                "INSERT INTO outbox (message_id, message, bytes, sends, due_at, queue)
                 VALUES (?, ?, ?, ?, ?, ?)",
                vec![
                    arrival.message_id.as_str().into(),
                    arrival.message.as_str().into(),
                    (arrival.message.len() as i64).into(),
                    sends.into(),
                    due_at.into(),
                    arrival.queue.as_deref().into(),
                ],
            )?;
            Ok(Admission::Accepted {
                id: arrival.message_id.clone(),
            })
        })?;
        let before = self.nothing_due_before.get().min(due_at);
        self.nothing_due_before.set(before);
        if holds && matches!(admission, Admission::Accepted { .. }) {
            self.held.borrow_mut().hold(arrival);
        }
        Ok(admission)
    }

    /// Those of these messages that are still to be confirmed.
    ///
    /// # Errors
    /// The storage is away.
    pub fn holds(&self, ids: &[String]) -> Result<Vec<String>, Unavailable> {
        present(&self.host, ("outbox", "message_id"), ids)
    }

    /// Sends all that is due to the queue. Returns at once when another call is at it; one whose
    /// send has not been answered for half a minute is at it no more.
    ///
    /// # Errors
    /// The storage is away. A queue that is away is not an error: its messages wait.
    pub async fn drain(&self, queue: &impl Queue) -> Result<(), Unavailable> {
        let Some(turn) = self.draining.take(self.host.now(), SEND_LOST_MS) else {
            return Ok(());
        };
        // Another may take over while this one waits: the rest is then the other's, alarm and all.
        while turn.goes_on(self.host.now()) {
            let batch = self.next_batch()?;
            if batch.is_empty() {
                break;
            }
            let mut away = false;
            for (own, leased) in batch {
                let (ids, messages): (Vec<_>, Vec<_>) = leased.into_iter().unzip();
                let sent = match &own {
                    Some(name) => queue.send_batch_to(name, &messages).await,
                    None => queue.send_batch(&messages).await,
                };
                if !turn.goes_on(self.host.now()) {
                    return Ok(());
                }
                match sent {
                    Err(_) => {
                        self.wait_for_queue(&ids)?;
                        away = true;
                    }
                    // Nobody confirms what a consumer of the user's has.
                    Ok(()) if own.is_some() => self.remove(&ids)?,
                    Ok(()) => {}
                }
            }
            if away {
                break;
            }
        }
        drop(turn);
        self.rearm()
    }

    /// The messages `ids` have arrived: they leave the outbox.
    ///
    /// # Errors
    /// The storage is away; the messages are then sent again, and accepted idempotently.
    pub fn confirm(&self, ids: &[String]) -> Result<(), Unavailable> {
        self.remove(ids)?;
        self.rearm()
    }

    fn remove(&self, ids: &[String]) -> Result<(), Unavailable> {
        self.host.query(
            "DELETE FROM outbox WHERE message_id IN (SELECT value FROM json_each(?))",
            vec![json_list(ids)?],
        )?;
        Ok(())
    }

    /// What the alarm does: purge a slice of expired claims, drain, and arm again.
    ///
    /// # Errors
    /// The storage is away; the shell arms a later alarm and does not throw.
    pub async fn on_alarm(&self, queue: &impl Queue) -> Result<(), Unavailable> {
        self.wake.void();
        let outcome = self.purge_and_drain(queue).await;
        // The net has done its work: now the alarm is set to what is due. After a failure the shell
        // sets one of its own.
        self.wake.void();
        outcome.and_then(|()| self.rearm())
    }

    async fn purge_and_drain(&self, queue: &impl Queue) -> Result<(), Unavailable> {
        self.host.query(
            &format!(
                "DELETE FROM claims WHERE key IN (
                    SELECT key FROM claims WHERE expires_at <= ? ORDER BY expires_at {LIMIT})"
            ),
            vec![self.host.now().into(), PURGE_SLICE.into()],
        )?;
        self.purge_notes()?;
        // Before the first send: should this instance die while it waits, the next alarm is
        // already set.
        self.arm(self.host.now() + QUEUE_RETRY_MS)?;
        self.drain(queue).await
    }

    fn claimed(&self, key: &str, now: Millis) -> Result<Option<String>, Unavailable> {
        self.host
            .query(
                "SELECT message_id FROM claims WHERE key = ? AND expires_at > ?",
                vec![key.into(), now.into()],
            )?
            .pop()
            .map(|mut row| row.take_text(0))
            .transpose()
    }

    /// The next messages to send, all of them leased. In turns: what comes without end must keep
    /// nothing back that has failed, or was taken over.
    fn next_batch(&self) -> Result<Leased, Unavailable> {
        let is_due = self.host.now() >= self.nothing_due_before.get();
        if is_due && self.held_went.take() {
            let due = self.lease_batch()?;
            if !due.is_empty() {
                return Ok(due);
            }
        }
        let held = self.held.borrow_mut().take();
        self.held_went.set(!held.is_empty());
        if !held.is_empty() || !is_due {
            return Ok(held);
        }
        self.lease_batch()
    }

    /// What an earlier instance of this object held has perhaps never been sent: it is due, however long
    /// its lease was. So is what it had sent lately and nobody has confirmed: sent twice it is taken once.
    fn take_over(&self) -> Result<(), Unavailable> {
        let now = self.host.now();
        self.host.query(
            "UPDATE outbox SET due_at = ? WHERE message_id IN (
                SELECT message_id FROM outbox WHERE due_at > ? AND (sends = 1 OR due_at <= ?))",
            vec![now.into(), now.into(), (now + self.lease_ms).into()],
        )?;
        Ok(())
    }

    /// Takes the next batch and leases it, before it is sent: should this instance die in
    /// between, the messages are due again when the lease ends. Each further send of a message
    /// doubles its lease, so that a backlog in the queue is not multiplied. The batch is divided by
    /// queue; nearly always there is one.
    fn lease_batch(&self) -> Result<Leased, Unavailable> {
        let now = self.host.now();
        let sizes = self.host.query(
            &format!(
                "SELECT bytes FROM outbox WHERE due_at <= ? ORDER BY due_at, message_id {LIMIT}"
            ),
            vec![now.into(), BATCH_MESSAGES.into()],
        )?;
        let count = fitting(&sizes, BATCH_BYTES)?;
        if count == 0 {
            return Ok(Leased::new());
        }
        let leased = self.host.query(
            &format!(
                "UPDATE outbox SET due_at = ? + MIN(?, ? << MIN(sends, 20)), sends = sends + 1
                 WHERE message_id IN (
                    SELECT message_id FROM outbox WHERE due_at <= ?
                    ORDER BY due_at, message_id {LIMIT})
                 RETURNING message_id, message, queue"
            ),
            vec![
                now.into(),
                LONGEST_WAIT_MS.max(self.lease_ms).into(),
                self.lease_ms.into(),
                now.into(),
                count.into(),
            ],
        )?;
        let mut batch = Leased::new();
        for mut row in leased {
            let message = (row.take_text(0)?, row.take_text(1)?);
            let queue = row.take_optional_text(2)?;
            batch.entry(queue).or_default().push(message);
        }
        Ok(batch)
    }

    fn wait_for_queue(&self, ids: &[String]) -> Result<(), Unavailable> {
        self.nothing_due_before.set(0);
        // `sends` was counted at the lease, so the first wait is the shortest.
        self.host.query(
            "UPDATE outbox SET due_at = ? + MIN(?, ? << MIN(sends - 1, 20))
             WHERE message_id IN (SELECT value FROM json_each(?))",
            vec![
                self.host.now().into(),
                LONGEST_WAIT_MS.into(),
                QUEUE_RETRY_MS.into(),
                json_list(ids)?,
            ],
        )?;
        Ok(())
    }

    /// Arms the alarm for what is next due.
    fn rearm(&self) -> Result<(), Unavailable> {
        // What is due goes with the running drain. An alarm in the past would ring at once, and
        // again, for as long as the queue takes to answer.
        let busy = self.draining.is_taken();
        self.arm(if busy {
            self.host.now() + QUEUE_RETRY_MS
        } else {
            0
        })
    }

    /// Arms the alarm for the earliest of: a message held or due, a claim to purge.
    fn arm(&self, not_before: Millis) -> Result<(), Unavailable> {
        // One statement: an event that is alone in its inbox pays for each of them.
        let rows = self.host.query(
            "SELECT (SELECT MIN(due_at) FROM outbox), (SELECT MIN(expires_at) FROM claims)",
            vec![],
        )?;
        let first = |column| {
            let mut rows = rows.iter();
            rows.next()
                .map_or(Ok(None), |row| row.optional_integer(column))
        };
        let stored = first(0)?;
        self.nothing_due_before.set(stored.unwrap_or(Millis::MAX));
        let held = (!self.held.borrow().is_empty()).then(|| self.host.now());
        let send = held.into_iter().chain(stored).min();
        let send = send.map(|at| at.max(not_before));
        let purge = first(1)?.map(|at| at + PURGE_DELAY_MS);
        let due = send.into_iter().chain(purge).chain(self.first_note()?);
        self.wake.no_later_than(&self.host, due.min())
    }

    /// Rows in the outbox and in the claims, for status pages and tests.
    ///
    /// # Errors
    /// The storage is away.
    pub fn sizes(&self) -> Result<(i64, i64), Unavailable> {
        let rows = self.host.query(
            "SELECT (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM claims)",
            vec![],
        )?;
        let row = rows.first().ok_or_else(|| {
            Unavailable::new("counting rows", "an aggregate answered without a row")
        })?;
        Ok((row.integer(0)?, row.integer(1)?))
    }
}

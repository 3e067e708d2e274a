//! How long an endpoint keeps its log, and how content leaves it.
//!
//! An attempt leaves when it is older than what is kept; a delivery that has ended leaves then, too,
//! but never before its last attempt, nor as long as a copy of its message could still arrive. What waits stays. A payload leaves with
//! the end of its delivery, or when its message was expunged: then nothing of it is sent any more.
//! The purge runs with the alarm, a slice at a time.

use super::Endpoint;
use crate::application::{Message, SHORTEST_ROWS_MS};
use crate::attempt::State;
use crate::batch::json_list;
use crate::port::{Host, Millis, Unavailable};

/// One slice of the purge, rows of each table.
const SLICE_ROWS: i64 = 500;
/// The next slice, so that what is due goes between.
const SLICE_PAUSE_MS: Millis = 100;
/// What could not leave is looked at again after this.
const LATER_MS: Millis = 86_400_000;

impl<H: Host> Endpoint<H> {
    /// Keeps attempts for so long. Without this call all are kept.
    ///
    /// # Errors
    /// The storage is away.
    pub fn keeping(self, ms: Millis) -> Result<Self, Unavailable> {
        self.keep_ms.set(Some(ms));
        self.purge_at.set(self.next_purge(ms)?);
        self.rearm()?;
        Ok(self)
    }

    /// Takes the kept response of one attempt away. False if there is no such attempt.
    ///
    /// # Errors
    /// The storage is away; nothing is changed.
    pub fn expunge_response(
        &self,
        message_id: &str,
        attempt_id: &str,
    ) -> Result<bool, Unavailable> {
        let found = self.host.query(
            "UPDATE attempts SET response = '' WHERE id = ? AND message_id = ? RETURNING id",
            vec![attempt_id.into(), message_id.into()],
        )?;
        Ok(!found.is_empty())
    }

    /// A message was expunged, inside the caller's transaction. One that never came here is noted, so
    /// that a late copy of it is not delivered. A request that is out cannot be called back.
    pub(super) fn expunge(&self, message: &Message) -> Result<(), Unavailable> {
        self.host.query(
            "INSERT OR IGNORE INTO deliveries
                (message_id, event_type, created_at, state, made, next_attempt_at)
             VALUES (?, ?, ?, ?, 0, NULL)",
            vec![
                message.id.as_str().into(),
                message.event_type.as_str().into(),
                message.created_at.into(),
                State::Fail.number().into(),
            ],
        )?;
        self.host.query(
            "UPDATE deliveries SET state = ?, next_attempt_at = NULL
             WHERE message_id = ? AND state = ?",
            vec![
                State::Fail.number().into(),
                message.id.as_str().into(),
                State::Pending.number().into(),
            ],
        )?;
        self.host.query(
            "DELETE FROM payloads WHERE message_id = ?",
            vec![message.id.as_str().into()],
        )?;
        Ok(())
    }

    /// Whether there is still something to send.
    pub(super) fn has_payload(&self, message_id: &str) -> Result<bool, Unavailable> {
        let found = self.host.query(
            "SELECT 1 FROM payloads WHERE message_id = ?",
            vec![message_id.into()],
        )?;
        Ok(!found.is_empty())
    }

    /// Notes that something is there that has to leave one day.
    pub(super) fn note_kept(&self, now: Millis) {
        if let (Some(ms), None) = (self.keep_ms.get(), self.purge_at.get()) {
            self.purge_at.set(Some(now.saturating_add(ms)));
        }
    }

    /// Purges one slice of what is too old, if it is time.
    pub(super) fn purge(&self) -> Result<(), Unavailable> {
        let now = self.host.now();
        let Some(ms) = self.keep_ms.get() else {
            return Ok(());
        };
        if self.purge_at.get().is_none_or(|at| now < at) {
            return Ok(());
        }
        let more = self.transaction(|| {
            // Attempts first: a delivery stays as long as one of its own does.
            match self.purge_attempts(now - ms)? {
                true => Ok(true),
                false => self.purge_deliveries(now - ms.max(SHORTEST_ROWS_MS)),
            }
        })?;
        let next = if more {
            Some(now + SLICE_PAUSE_MS)
        } else {
            let later = |at| if at <= now { now + LATER_MS } else { at };
            self.next_purge(ms)?.map(later)
        };
        self.purge_at.set(next);
        Ok(())
    }

    /// Whether there may be more.
    fn purge_attempts(&self, before: Millis) -> Result<bool, Unavailable> {
        // By their ids, in which their time stands: what follows the first younger one is younger.
        let rows = self.host.query(
            "SELECT id, started_at FROM attempts ORDER BY id LIMIT ?",
            vec![SLICE_ROWS.into()],
        )?;
        let mut ids = vec![];
        for mut row in rows {
            if row.integer(1)? > before {
                break;
            }
            ids.push(row.take_text(0)?);
        }
        self.host.query(
            "DELETE FROM attempts WHERE id IN (SELECT value FROM json_each(?))",
            vec![json_list(&ids)?],
        )?;
        Ok(ids.len() as i64 == SLICE_ROWS)
    }

    /// Whether there may be more.
    fn purge_deliveries(&self, before: Millis) -> Result<bool, Unavailable> {
        // What waits is passed over once in a round, not in each of its slices.
        let rows = self.host.query(
            "SELECT message_id, created_at, next_attempt_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM attempts WHERE attempts.message_id = deliveries.message_id)
             FROM deliveries WHERE message_id > ? ORDER BY message_id LIMIT ?",
            vec![self.purged_to.take().into(), SLICE_ROWS.into()],
        )?;
        let (mut ids, mut last, mut seen) = (vec![], String::new(), 0);
        for mut row in rows {
            if row.integer(1)? > before {
                break;
            }
            last = row.take_text(0)?;
            seen += 1;
            if row.integer(2)? != 0 {
                ids.push(last.clone());
            }
        }
        // What was asked of them, and told of them, leaves with them.
        for table in ["deliveries", "manual", "failing"] {
            self.host.query(
                &format!(
                    "DELETE FROM {table} WHERE message_id IN (SELECT value FROM json_each(?))"
                ),
                vec![json_list(&ids)?],
            )?;
        }
        let more = seen == SLICE_ROWS;
        if more {
            self.purged_to.replace(last);
        }
        Ok(more)
    }

    /// When the next attempt or delivery is too old.
    fn next_purge(&self, ms: Millis) -> Result<Option<Millis>, Unavailable> {
        let first = |sql: &str, keep: Millis| {
            let rows = self.host.query(sql, vec![])?;
            let at = rows.first().map(|row| row.integer(0)).transpose()?;
            Ok::<_, Unavailable>(at.map(|at| at.saturating_add(keep)))
        };
        let attempt = first("SELECT started_at FROM attempts ORDER BY id LIMIT 1", ms)?;
        let delivery = first(
            "SELECT created_at FROM deliveries ORDER BY message_id LIMIT 1",
            ms.max(SHORTEST_ROWS_MS),
        )?;
        Ok(attempt.into_iter().chain(delivery).min())
    }
}

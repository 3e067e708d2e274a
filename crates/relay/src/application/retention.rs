//! How long an application keeps its messages, and how their content leaves.
//!
//! A message leaves when it is older than what is kept; its payload leaves earlier if it was made so,
//! or at once when its operator says so (expunged). What has still to be handed to an endpoint stays
//! until it has been. The purge runs with the alarm, a slice at a time.

use super::Application;
use crate::batch::{fitting, json_list};
use crate::fanout;
use crate::port::{Host, Millis, Row, Unavailable};

pub(super) const SCHEMA: &[&str] = &[
    "ALTER TABLE messages ADD COLUMN deliver_at INTEGER",
    "ALTER TABLE messages ADD COLUMN expires_at INTEGER",
    "ALTER TABLE messages ADD COLUMN expunged INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX messages_by_expiry ON messages (expires_at) WHERE expires_at IS NOT NULL",
];

/// Who has taken a message's content away: `expunged`, in place of 0. What has aged here may still be on
/// its way from an endpoint.
pub(super) const BY_OPERATOR: i64 = 1;
const BY_AGE: i64 = 2;

/// Rows tell for so long that a message was here, even where its content is kept for less: a copy
/// that the queue or a dead letter brings back is known by them.
pub const SHORTEST_ROWS_MS: Millis = 30 * 86_400_000;

/// One slice of the purge: messages, and bytes of payload.
const SLICE_ROWS: i64 = 500;
const SLICE_BYTES: i64 = 16_000_000;
/// The next slice, so that what is to be handed over goes between.
const SLICE_PAUSE_MS: Millis = 100;
/// What could not leave is looked at again after this.
const LATER_MS: Millis = 3_600_000;

impl<H: Host> Application<H> {
    /// Keeps content for so long, and rows at least for [`SHORTEST_ROWS_MS`]. Without this call all is
    /// kept.
    ///
    /// # Errors
    /// The storage is away.
    pub fn keeping(self, ms: Millis) -> Result<Self, Unavailable> {
        self.keep_ms.set(Some(ms));
        self.purge_at.set(self.next_purge()?);
        self.rearm()?;
        Ok(self)
    }

    /// Takes the content of a message away, here and, as soon as they can be reached, at its
    /// endpoints: what waits there is not delivered any more. False if there is no such message.
    ///
    /// # Errors
    /// The storage is away; nothing is changed.
    pub fn expunge(&self, id: &str) -> Result<bool, Unavailable> {
        let endpoints = self.all_endpoints()?;
        self.arm_soon()?;
        let now = self.host.now();
        self.host.transaction(|| {
            let found = self.host.query(
                &format!(
                    "UPDATE messages SET payload = x'', expunged = {BY_OPERATOR}, expires_at = NULL
                     WHERE id = ? RETURNING id"
                ),
                vec![id.into()],
            )?;
            // To every endpoint: which of them had wanted it is not kept.
            for endpoint in endpoints.iter().filter(|_| !found.is_empty()) {
                fanout::expunge(&self.host, &endpoint.id, id, now)?;
            }
            Ok(!found.is_empty())
        })
    }

    /// When the content of a message is to leave, if that is before its row does.
    pub(super) fn content_expires_at(
        &self,
        own_ms: Option<Millis>,
        delivered_from: Millis,
    ) -> Option<Millis> {
        let kept = self.keep_ms.get().unwrap_or(Millis::MAX);
        let keep = own_ms.unwrap_or(kept).min(kept);
        let early = own_ms.is_some() || kept < SHORTEST_ROWS_MS;
        early.then(|| delivered_from.saturating_add(keep))
    }

    /// Notes that something is there that has to leave one day.
    pub(super) fn note_kept(&self, created_at: Millis, expires_at: Option<Millis>) {
        if let Some(rows_ms) = self.rows_ms() {
            let leaves_at = expires_at.unwrap_or(created_at.saturating_add(rows_ms));
            let sooner = self
                .purge_at
                .get()
                .map_or(leaves_at, |at| at.min(leaves_at));
            self.purge_at.set(Some(sooner));
        }
    }

    /// Purges one slice of what is too old, if it is time.
    pub(super) fn purge(&self) -> Result<(), Unavailable> {
        let now = self.host.now();
        let Some(rows_ms) = self.rows_ms() else {
            return Ok(());
        };
        if self.purge_at.get().is_none_or(|at| now < at) {
            return Ok(());
        }
        let left = self.host.transaction(|| {
            let contents = self.purge_contents(now)?;
            Ok(contents + self.purge_rows(now - rows_ms)?)
        })?;
        let next = if left > 0 {
            Some(now + SLICE_PAUSE_MS)
        } else {
            // What is too old and was not purged waits for an endpoint.
            let later = |at| if at <= now { now + LATER_MS } else { at };
            self.next_purge()?.map(later)
        };
        self.purge_at.set(next);
        Ok(())
    }

    fn purge_contents(&self, now: Millis) -> Result<usize, Unavailable> {
        let old = self.host.query(
            "SELECT LENGTH(payload), id FROM messages
             WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
            vec![now.into(), SLICE_ROWS.into()],
        )?;
        let (waiting, ids) = self.split(old)?;
        self.host.query(
            "UPDATE messages SET expires_at = ?
             WHERE id IN (SELECT value FROM json_each(?))",
            vec![(now + LATER_MS).into(), json_list(&waiting)?],
        )?;
        self.host.query(
            &format!(
                "UPDATE messages SET payload = x'', expunged = {BY_AGE}, expires_at = NULL
                 WHERE id IN (SELECT value FROM json_each(?))"
            ),
            vec![json_list(&ids)?],
        )?;
        Ok(ids.len())
    }

    fn purge_rows(&self, before: Millis) -> Result<usize, Unavailable> {
        // In the order in which they were made: what follows the first younger one is younger too.
        let mut old = self.host.query(
            "SELECT LENGTH(payload), id, created_at FROM messages ORDER BY rowid LIMIT ?",
            vec![SLICE_ROWS.into()],
        )?;
        let mut count = 0;
        for row in &old {
            if row.integer(2)? > before {
                break;
            }
            count += 1;
        }
        old.truncate(count);
        let (_, ids) = self.split(old)?;
        self.host.query(
            "DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?))",
            vec![json_list(&ids)?],
        )?;
        Ok(ids.len())
    }

    /// Of these rows (bytes, id), as many as one slice may have: those that still wait to be handed
    /// over, and the others.
    fn split(&self, mut rows: Vec<Row>) -> Result<(Vec<String>, Vec<String>), Unavailable> {
        let fitting = usize::try_from(fitting(&rows, SLICE_BYTES)?).unwrap_or(1);
        rows.truncate(fitting);
        let ids = rows
            .into_iter()
            .map(|mut row| row.take_text(1))
            .collect::<Result<Vec<_>, _>>()?;
        let waiting = self
            .host
            .query(
                "SELECT value FROM json_each(?) WHERE EXISTS (
                    SELECT 1 FROM endpoints JOIN fanout ON endpoint_id = endpoints.id
                    AND message_id = value)",
                vec![json_list(&ids)?],
            )?
            .into_iter()
            .map(|mut row| row.take_text(0))
            .collect::<Result<Vec<_>, _>>()?;
        let free = ids.into_iter().filter(|id| !waiting.contains(id)).collect();
        Ok((waiting, free))
    }

    /// When the next content or row is too old.
    fn next_purge(&self) -> Result<Option<Millis>, Unavailable> {
        let Some(rows_ms) = self.rows_ms() else {
            return Ok(None);
        };
        let first = |sql: &str| {
            let rows = self.host.query(sql, vec![])?;
            rows.first().map_or(Ok(None), |row| row.optional_integer(0))
        };
        let content = first("SELECT MIN(expires_at) FROM messages WHERE expires_at IS NOT NULL")?;
        let row = first("SELECT created_at FROM messages ORDER BY rowid LIMIT 1")?;
        let row = row.map(|at| at.saturating_add(rows_ms));
        Ok(content.into_iter().chain(row).min())
    }

    pub(super) fn rows_ms(&self) -> Option<Millis> {
        self.keep_ms.get().map(|ms| ms.max(SHORTEST_ROWS_MS))
    }
}

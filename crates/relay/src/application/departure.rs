//! What is deleted, and what is still to be done for it: the objects of endpoints are emptied, and an
//! application empties itself.
//!
//! A deletion commits with a row that says so; what it asks of others is asked until they have
//! confirmed. An endpoint's object is emptied first and forgotten later, when no call that was on
//! its way can still arrive: until then it knows that it is retired, and takes nothing in.

use super::{Application, Endpoints, choice};
use crate::backoff::{LONGEST_RETRY_MS, RETRY_MS};
use crate::fanout;
use crate::port::{Host, Millis, Sql, Unavailable};

pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE departures (
        endpoint_id TEXT PRIMARY KEY, emptied INTEGER NOT NULL, tries INTEGER NOT NULL,
        due_at INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX departures_by_due ON departures (due_at)",
    "CREATE TABLE closing (
        one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, unlisted INTEGER NOT NULL,
        tries INTEGER NOT NULL, due_at INTEGER NOT NULL, gone_at INTEGER NOT NULL
    )",
];

/// No call to an object is older than this.
pub const GRACE_MS: Millis = 600_000;

/// Endpoints that are seen off, and messages that are deleted, in one go.
const MOST_ENDPOINTS: i64 = 20;
const MOST_MESSAGES: i64 = 500;

/// What an endpoint's object is asked for when its endpoint is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retirement {
    /// To end what it has, and to take nothing in any more.
    Empty,
    /// To leave nothing behind.
    Vanish,
}

impl<H: Host> Application<H> {
    /// Deletes an endpoint: whether it was there.
    ///
    /// # Errors
    /// The storage is away; nothing is deleted.
    pub fn remove_endpoint(&self, id: &str) -> Result<bool, Unavailable> {
        let Some(config) = self.endpoint(id)? else {
            return Ok(false);
        };
        self.arm_soon()?;
        self.endpoints.replace(None);
        let now = self.host.now();
        self.host.transaction(|| {
            depart(&self.host, &config.id, now)?;
            fanout::forget(&self.host, &config.id)?;
            choice::forget(&self.host, &config.id)?;
            self.host.query(
                "DELETE FROM endpoints WHERE id = ?",
                vec![config.id.as_str().into()],
            )?;
            self.tell_of_endpoint("endpoint.deleted", &config, now)
        })?;
        Ok(true)
    }

    /// Deletes the application, whose id this is: from now on it takes nothing in.
    ///
    /// # Errors
    /// The storage is away; nothing is deleted.
    pub fn close(&self, id: &str) -> Result<(), Unavailable> {
        let endpoints = self.all_endpoints()?;
        self.arm_soon()?;
        self.endpoints.replace(None);
        let now = self.host.now();
        self.host.transaction(|| {
            self.host.query(
                "INSERT OR IGNORE INTO closing (one, id, unlisted, tries, due_at, gone_at)
                 VALUES (1, ?, 0, 0, ?, ?)",
                vec![id.into(), now.into(), (now + GRACE_MS).into()],
            )?;
            for config in endpoints.iter() {
                depart(&self.host, &config.id, now)?;
            }
            // Not its tasks: they fail for want of their endpoints, and the registry is told.
            for table in ["endpoints", "fanout", "filter_failures"] {
                self.host.query(&format!("DELETE FROM {table}"), vec![])?;
            }
            Ok(())
        })?;
        self.closed.set(true);
        Ok(())
    }

    /// The ids of all endpoints, those among them that were deleted and are still to be seen off.
    ///
    /// # Errors
    /// The storage is away.
    pub fn endpoint_ids(&self) -> Result<Vec<String>, Unavailable> {
        self.host
            .query(
                "SELECT id FROM endpoints UNION SELECT endpoint_id FROM departures",
                vec![],
            )?
            .into_iter()
            .map(|mut row| row.take_text(0))
            .collect()
    }

    /// Whether it has been deleted.
    pub fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Whether it has been deleted, and nothing of it is needed any more.
    ///
    /// # Errors
    /// The storage is away.
    pub fn is_gone(&self) -> Result<bool, Unavailable> {
        if !self.closed.get() {
            return Ok(false);
        }
        let rows = self.host.query(
            "SELECT 1 FROM closing WHERE unlisted = 1 AND gone_at <= ?
                AND NOT EXISTS (SELECT 1 FROM departures)
                AND NOT EXISTS (SELECT 1 FROM messages)
                AND NOT EXISTS (SELECT 1 FROM operations)
                AND NOT EXISTS (SELECT 1 FROM tasks)",
            vec![self.host.now().into()],
        )?;
        Ok(!rows.is_empty())
    }

    pub(super) fn read_closed(&self) -> Result<(), Unavailable> {
        let rows = self.host.query("SELECT 1 FROM closing", vec![])?;
        self.closed.set(!rows.is_empty());
        Ok(())
    }

    /// Its id, if it was deleted.
    ///
    /// # Errors
    /// The storage is away.
    pub fn closed_id(&self) -> Result<Option<String>, Unavailable> {
        let rows = self.host.query("SELECT id FROM closing", vec![])?;
        rows.into_iter()
            .next()
            .map(|mut row| row.take_text(0))
            .transpose()
    }

    /// Sees deleted endpoints off, and empties an application that was deleted.
    pub(super) async fn see_off(&self, objects: &impl Endpoints) -> Result<(), Unavailable> {
        for (id, emptied) in self.departing()? {
            // Not beside a hand-over: that would come after.
            let Some(_place) = self.draining.enter(&id) else {
                continue;
            };
            let stage = match emptied {
                false => Retirement::Empty,
                true => Retirement::Vanish,
            };
            if objects.retire(&id, stage).await.is_err() {
                continue;
            }
            let (sql, params) = match stage {
                Retirement::Empty => (
                    "UPDATE departures SET emptied = 1, tries = 0, due_at = ?
                     WHERE endpoint_id = ?",
                    vec![(self.host.now() + GRACE_MS).into(), id.into()],
                ),
                Retirement::Vanish => (
                    "DELETE FROM departures WHERE endpoint_id = ?",
                    vec![id.into()],
                ),
            };
            self.host.query(sql, params)?;
        }
        if self.closed.get() {
            self.empty_slice()?;
            self.unlist(objects).await?;
        }
        Ok(())
    }

    /// The endpoints that are due, put off to the next try.
    fn departing(&self) -> Result<Vec<(String, bool)>, Unavailable> {
        let now = self.host.now();
        self.host
            .query(
                "UPDATE departures SET tries = tries + 1,
                    due_at = ?1 + MIN(?2, ?3 << MIN(tries, 20))
                 WHERE endpoint_id IN (
                    SELECT endpoint_id FROM departures WHERE due_at <= ?1 LIMIT ?4)
                 RETURNING endpoint_id, emptied",
                vec![
                    now.into(),
                    LONGEST_RETRY_MS.into(),
                    RETRY_MS.into(),
                    MOST_ENDPOINTS.into(),
                ],
            )?
            .into_iter()
            .map(|mut row| Ok((row.take_text(0)?, row.integer(1)? != 0)))
            .collect()
    }

    fn empty_slice(&self) -> Result<(), Unavailable> {
        self.host.query(
            "DELETE FROM messages WHERE id IN (SELECT id FROM messages LIMIT ?)",
            vec![MOST_MESSAGES.into()],
        )?;
        Ok(())
    }

    async fn unlist(&self, objects: &impl Endpoints) -> Result<(), Unavailable> {
        let now = self.host.now();
        let due = self.host.query(
            "UPDATE closing SET tries = tries + 1, due_at = ?1 + MIN(?2, ?3 << MIN(tries, 20))
             WHERE unlisted = 0 AND due_at <= ?1 RETURNING id",
            vec![now.into(), LONGEST_RETRY_MS.into(), RETRY_MS.into()],
        )?;
        for mut row in due {
            if objects.unlist(&row.take_text(0)?).await.is_ok() {
                self.host.query("UPDATE closing SET unlisted = 1", vec![])?;
            }
        }
        Ok(())
    }
}

fn depart(sql: &impl Sql, endpoint_id: &str, now: Millis) -> Result<(), Unavailable> {
    sql.query(
        "INSERT OR IGNORE INTO departures (endpoint_id, emptied, tries, due_at)
         VALUES (?, 0, 0, ?)",
        vec![endpoint_id.into(), now.into()],
    )?;
    Ok(())
}

/// When the next of all this is due.
pub(super) const EARLIEST: &str = "
            SELECT MIN(due_at) AS due FROM departures
            UNION ALL SELECT due_at FROM closing WHERE unlisted = 0
            UNION ALL SELECT 0 FROM closing WHERE EXISTS (SELECT 1 FROM messages)
            UNION ALL SELECT gone_at FROM closing
                WHERE unlisted = 1 AND NOT EXISTS (SELECT 1 FROM departures)
                    AND NOT EXISTS (SELECT 1 FROM operations)
                    AND NOT EXISTS (SELECT 1 FROM tasks)";

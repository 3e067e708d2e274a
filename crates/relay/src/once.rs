//! Idempotency keys of calls that change something other than messages: a call that is made again
//! under its key is not run again, and is answered as it was.
//!
//! A key is claimed before its call runs, and settled with the call's answer. Of two that come at once
//! one runs. Should it never be heard of again, its claim ends after a minute, and the next one runs.
//! A call that failed, or was not heard of, may have done its work all the same: so a claim comes with an
//! id for the call, which stays the same for a day after each time that it is made again.
//! An answer is sealed by its caller: it may carry a secret.
//!
//! Not here: the keys of messages, which commit with them (`application`).

use serde::{Deserialize, Serialize};

use crate::id::{self, Kind};
use crate::port::{Host, Millis, Unavailable};
use crate::vault::Wrapped;

/// How long an answer is remembered: a day.
pub const LIFE_MS: Millis = 86_400_000;
/// A call that has not been heard of for this long is taken for lost.
pub const LEASE_MS: Millis = 60_000;
/// Keys that are remembered; beyond, those that end first are forgotten.
pub const MOST_KEYS: i64 = 10_000;

const SCHEMA: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS once (
        key TEXT PRIMARY KEY, digest TEXT NOT NULL, status INTEGER, answer TEXT,
        expires_at INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS once_by_expiry ON once (expires_at)",
];

/// What an answer was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Its status.
    pub status: u16,
    /// Its body, sealed; none where it had none.
    pub answer: Option<Wrapped>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// Nothing, or that it failed: the call runs, and its key is settled or released.
    Yours {
        /// The id of the call, which is that of the task that it starts, if it does.
        task_id: String,
    },
    /// The same call runs at this moment.
    Running,
    /// The same call was answered so.
    Answered(Settled),
    /// It was used for another call.
    Other,
}

/// The keys. They stand in another machine's storage.
#[derive(Debug)]
pub struct Once<H> {
    host: H,
}

impl<H: Host> Once<H> {
    /// Opens the storage, which may be another machine's, too.
    ///
    /// # Errors
    /// The storage is away.
    pub fn open(host: H) -> Result<Self, Unavailable> {
        for statement in SCHEMA {
            host.query(statement, vec![])?;
        }
        Ok(Self { host })
    }

    /// Claims a key for the call of this digest.
    ///
    /// # Errors
    /// The storage is away; the call does not run.
    pub fn claim(&self, key: &str, digest: &str) -> Result<Claim, Unavailable> {
        let now = self.host.now();
        self.host.transaction(|| {
            self.forget(now)?;
            let found = self.host.query(
                "SELECT digest, status, answer, expires_at FROM once WHERE key = ?",
                vec![key.into()],
            )?;
            let mut task_id = None;
            if let Some(mut row) = found.into_iter().next() {
                let same = row.take_text(0)? == digest;
                let status = row.optional_integer(1)?;
                if row.integer(3)? > now {
                    return Ok(match (same, status) {
                        (false, _) => Claim::Other,
                        (true, None) => Claim::Running,
                        (true, Some(status)) => Claim::Answered(Settled {
                            status: u16::try_from(status).unwrap_or(200),
                            answer: row.take_optional_text(2)?.map(Wrapped),
                        }),
                    });
                }
                if same && status.is_none() {
                    task_id = row.take_optional_text(2)?;
                }
            }
            let task_id = task_id.unwrap_or_else(|| id::new(Kind::Task, &self.host));
            self.host.query(
                "INSERT OR REPLACE INTO once (key, digest, answer, expires_at) VALUES (?, ?, ?, ?)",
                vec![
                    key.into(),
                    digest.into(),
                    task_id.as_str().into(),
                    (now + LEASE_MS).into(),
                ],
            )?;
            Ok(Claim::Yours { task_id })
        })
    }

    /// The call of this key was answered so. Without an answer the key is free again.
    ///
    /// # Errors
    /// The storage is away; the claim ends by itself.
    pub fn settle(&self, key: &str, settled: Option<Settled>) -> Result<(), Unavailable> {
        let Some(Settled { status, answer }) = settled else {
            self.host.query(
                "UPDATE once SET expires_at = ? WHERE key = ? AND status IS NULL",
                vec![self.host.now().into(), key.into()],
            )?;
            return Ok(());
        };
        self.host.query(
            "UPDATE once SET status = ?, answer = ?, expires_at = ? WHERE key = ?",
            vec![
                i64::from(status).into(),
                answer.map(|wrapped| wrapped.0).into(),
                (self.host.now() + LIFE_MS).into(),
                key.into(),
            ],
        )?;
        Ok(())
    }

    fn forget(&self, now: Millis) -> Result<(), Unavailable> {
        self.host.query(
            "DELETE FROM once WHERE key IN (
                SELECT key FROM once
                WHERE expires_at <= ? AND (status IS NOT NULL OR expires_at <= ?)
                ORDER BY expires_at LIMIT 100)",
            vec![now.into(), (now - LIFE_MS).into()],
        )?;
        self.host.query(
            // Answers first: one that runs must not be forgotten for those that come meanwhile.
            "DELETE FROM once WHERE key IN (SELECT key FROM once ORDER BY status IS NULL, expires_at
                LIMIT MAX(0, (SELECT COUNT(*) FROM once) - ?))",
            vec![(MOST_KEYS - 1).into()],
        )?;
        Ok(())
    }
}

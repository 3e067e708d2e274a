//! Idempotency keys of calls that change something other than messages: a call that is made again
//! under its key is not run again, and is answered as it was.
//!
//! A key is claimed before its call runs, and settled with the call's answer. Of two that come at once
//! one runs. Should it never be heard of again, its claim ends after a minute, and the next one runs.
//! An answer is sealed by its caller: it may carry a secret.
//!
//! Not here: the keys of messages, which commit with them (`application`).

use serde::{Deserialize, Serialize};

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
    /// Nothing: the call runs, and its key is settled or released.
    Yours,
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
                "SELECT digest, status, answer FROM once WHERE key = ? AND expires_at > ?",
                vec![key.into(), now.into()],
            )?;
            let Some(mut row) = found.into_iter().next() else {
                self.host.query(
                    "INSERT OR REPLACE INTO once (key, digest, expires_at) VALUES (?, ?, ?)",
                    vec![key.into(), digest.into(), (now + LEASE_MS).into()],
                )?;
                return Ok(Claim::Yours);
            };
            if row.take_text(0)? != digest {
                return Ok(Claim::Other);
            }
            let Some(status) = row.optional_integer(1)? else {
                return Ok(Claim::Running);
            };
            Ok(Claim::Answered(Settled {
                status: u16::try_from(status).unwrap_or(200),
                answer: row.take_optional_text(2)?.map(Wrapped),
            }))
        })
    }

    /// The call of this key was answered so. Without an answer the key is free again.
    ///
    /// # Errors
    /// The storage is away; the claim ends by itself.
    pub fn settle(&self, key: &str, settled: Option<Settled>) -> Result<(), Unavailable> {
        let Some(Settled { status, answer }) = settled else {
            self.host.query(
                "DELETE FROM once WHERE key = ? AND status IS NULL",
                vec![key.into()],
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
                SELECT key FROM once WHERE expires_at <= ? ORDER BY expires_at LIMIT 100)",
            vec![now.into()],
        )?;
        self.host.query(
            "DELETE FROM once WHERE key IN (SELECT key FROM once ORDER BY expires_at
                LIMIT MAX(0, (SELECT COUNT(*) FROM once) - ?))",
            vec![(MOST_KEYS - 1).into()],
        )?;
        Ok(())
    }
}

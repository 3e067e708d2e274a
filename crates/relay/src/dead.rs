//! Dead letters: what the queue has given up, kept for an operator to look at and to send again.
//!
//! What stands in an inbox is not lost by dying: the inbox sends its unconfirmed events again by
//! itself, later each time. A letter says that something refuses them, and sending it again is not to
//! wait for the inbox. Of an event that no inbox holds, and of what this build cannot read at all, it
//! is all that there is: so many letters are kept.
//!
//! Not here: why a message was refused, which is in the Worker's log.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::batch::{json_list, present};
use crate::page::{Listed, Listing, Page};
use crate::port::{Host, Millis, Row, Unavailable};

/// Letters that are kept; beyond, the longest dead leave. A message has at most 128 KB, so they are
/// an eighth of what an object may store.
pub const MOST_LETTERS: i64 = 10_000;

const SCHEMA: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS dead (
        id TEXT PRIMARY KEY, source_id TEXT, times INTEGER NOT NULL, died_at INTEGER NOT NULL,
        message TEXT NOT NULL
    )",
    "CREATE INDEX IF NOT EXISTS dead_by_time ON dead (died_at)",
];

/// A message that the queue has given up.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// The message's own id; the queue's, for what this build cannot read.
    pub id: String,
    /// Its source, where it can be read.
    pub source_id: Option<String>,
    /// The whole queue message.
    pub message: Box<RawValue>,
}

/// A dead letter, without its message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    /// As it was given.
    pub id: String,
    /// As it was given.
    pub source_id: Option<String>,
    /// How often it has died: it is sent again by its inbox, too.
    pub times: i64,
    /// When it died last.
    pub died_at: Millis,
    /// Bytes of the message.
    pub bytes: i64,
}

/// The letters.
#[derive(Debug)]
pub struct DeadLetters<H> {
    host: H,
}

impl<H: Host> DeadLetters<H> {
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

    /// Keeps what has died, each once by its id.
    ///
    /// # Errors
    /// The storage is away; none is kept, and the dead-letter queue brings them again.
    pub fn record(&self, given: &[Given]) -> Result<(), Unavailable> {
        let now = self.host.now();
        self.host.transaction(|| {
            for letter in given {
                self.host.query(
                    "INSERT INTO dead (id, source_id, times, died_at, message)
                     VALUES (?, ?, 1, ?, ?)
                     ON CONFLICT (id) DO UPDATE SET times = times + 1,
                        died_at = excluded.died_at, message = excluded.message",
                    vec![
                        letter.id.as_str().into(),
                        letter.source_id.as_deref().into(),
                        now.into(),
                        letter.message.get().into(),
                    ],
                )?;
            }
            self.host.query(
                "DELETE FROM dead WHERE id IN (
                    SELECT id FROM dead ORDER BY died_at DESC, id LIMIT -1 OFFSET ?)",
                vec![MOST_LETTERS.into()],
            )?;
            Ok(())
        })
    }

    /// One page of letters.
    ///
    /// # Errors
    /// The storage is away.
    pub fn list(&self, page: &Page) -> Result<Listed<Letter>, Unavailable> {
        let listing = Listing {
            select: "SELECT id, source_id, times, died_at, LENGTH(CAST(message AS BLOB)) FROM dead",
            condition: ("TRUE", vec![]),
            key: "id",
        };
        listing.read(&self.host, page, |mut row: Row| {
            let letter = Letter {
                id: row.take_text(0)?,
                source_id: row.take_optional_text(1)?,
                times: row.integer(2)?,
                died_at: row.integer(3)?,
                bytes: row.integer(4)?,
            };
            Ok((letter.id.clone(), letter))
        })
    }

    /// Those of these messages that have died.
    ///
    /// # Errors
    /// The storage is away.
    pub fn hold(&self, ids: &[String]) -> Result<Vec<String>, Unavailable> {
        present(&self.host, ("dead", "id"), ids)
    }

    /// The message of one letter.
    ///
    /// # Errors
    /// The storage is away.
    pub fn message(&self, id: &str) -> Result<Option<String>, Unavailable> {
        self.host
            .query("SELECT message FROM dead WHERE id = ?", vec![id.into()])?
            .pop()
            .map(|mut row| row.take_text(0))
            .transpose()
    }

    /// These have been sent again, or are of no use: they leave.
    ///
    /// # Errors
    /// The storage is away.
    pub fn forget(&self, ids: &[String]) -> Result<(), Unavailable> {
        self.host.query(
            "DELETE FROM dead WHERE id IN (SELECT value FROM json_each(?))",
            vec![json_list(ids)?],
        )?;
        Ok(())
    }
}

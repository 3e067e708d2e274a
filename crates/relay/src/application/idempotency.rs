//! Idempotency keys of messages: a creation that is repeated under its key is made once.
//!
//! The key stands with the message and commits with it, so that of two that arrive together one is
//! made and the other is told of it. A key holds for [`LIFE_MS`], or as long as its message is kept.
//!
//! Not here: the keys of other calls (`once`).

use serde::{Deserialize, Serialize};

use crate::port::{Millis, Sql, Unavailable};

/// How long a key holds: a day.
pub(super) const LIFE_MS: Millis = 86_400_000;

pub(super) const SCHEMA: &[&str] = &[
    "ALTER TABLE messages ADD COLUMN idempotency_key TEXT",
    "ALTER TABLE messages ADD COLUMN request_digest TEXT",
    "CREATE UNIQUE INDEX messages_by_idempotency_key ON messages (idempotency_key)
     WHERE idempotency_key IS NOT NULL",
];

/// A caller's word that a request is the same as another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// What is to be the same: a digest of the request.
    pub digest: String,
}

/// What is known of a key.
pub(super) enum Known {
    /// Nothing.
    New,
    /// This message was made under it, by the same request.
    Same(String),
    /// It was used for another request.
    Other,
}

/// Looks a key up, and frees it if it is too old.
pub(super) fn look_up(
    sql: &impl Sql,
    idempotency: &Idempotency,
    now: Millis,
) -> Result<Known, Unavailable> {
    let found = sql
        .query(
            "SELECT id, request_digest, created_at FROM messages WHERE idempotency_key = ?",
            vec![idempotency.key.as_str().into()],
        )?
        .pop();
    let Some(mut row) = found else {
        return Ok(Known::New);
    };
    let id = row.take_text(0)?;
    if now - row.integer(2)? >= LIFE_MS {
        sql.query(
            "UPDATE messages SET idempotency_key = NULL WHERE id = ?",
            vec![id.into()],
        )?;
        return Ok(Known::New);
    }
    Ok(match row.take_optional_text(1)? {
        Some(digest) if digest == idempotency.digest => Known::Same(id),
        _ => Known::Other,
    })
}

//! Calls that were followed: what an operator asked for under an `idempotency-key` is done once.
//!
//! The registry answers a call that comes again, but only once it has heard of its end. A call whose
//! instance died before that is made again under the same id, perhaps when its task has long ended and is
//! forgotten here. So the id is written with what is done, in one transaction, and outlives it.

use crate::port::{Millis, Sql, Unavailable};

pub(super) const SCHEMA: &[&str] = &[
    "CREATE TABLE followed (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX followed_by_age ON followed (at)",
];

/// A call keeps its id for a day and a minute after each time that it comes ([`crate::once`]); two days
/// allow for one that comes again late, and for clocks that differ.
const KEPT_MS: Millis = 2 * crate::once::LIFE_MS;

/// Those that leave with one that comes.
const SLICE: i64 = 100;

/// Whether the call of this id was followed; that it came again lengthens the life of its note, as it does
/// that of its key.
pub(super) fn is_followed(sql: &impl Sql, id: &str, now: Millis) -> Result<bool, Unavailable> {
    let rows = sql.query(
        "UPDATE followed SET at = MAX(at, ?) WHERE id = ? RETURNING id",
        vec![now.into(), id.into()],
    )?;
    Ok(!rows.is_empty())
}

/// Notes that the call of this id is followed, inside the caller's transaction.
pub(super) fn follow(sql: &impl Sql, id: &str, now: Millis) -> Result<(), Unavailable> {
    sql.query(
        "DELETE FROM followed WHERE id IN (
            SELECT id FROM followed WHERE at <= ? ORDER BY at LIMIT ?)",
        vec![(now - KEPT_MS).into(), SLICE.into()],
    )?;
    sql.query(
        "INSERT INTO followed (id, at) VALUES (?, ?)",
        vec![id.into(), now.into()],
    )?;
    Ok(())
}

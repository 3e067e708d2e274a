//! The order of deliveries: which one's turn it is.
//!
//! Without order, every delivery that is due may leave. With it (`fifo`), one alone is out, and it
//! is the first of those that have not ended: the next one waits until it has succeeded, has used up
//! its schedule or was cancelled, however long that takes. The order is that of arrival here; only
//! deliveries of an endpoint with an order have a place in it.

use crate::batch::LIMIT;
use crate::port::{Millis, Row, Sql, Unavailable};

pub(super) const SCHEMA: &[&str] = &[
    "ALTER TABLE deliveries ADD COLUMN position INTEGER",
    "CREATE INDEX deliveries_in_order ON deliveries (position)
     WHERE position IS NOT NULL AND next_attempt_at IS NOT NULL",
];

/// Places go on where the last one was given, whether it has ended or not.
pub(super) const LAST: &[&str] =
    &["CREATE INDEX deliveries_by_position ON deliveries (position) WHERE position IS NOT NULL"];

/// The columns in which a delivery is read, in the order of [`due`].
const COLUMNS: &str = "message_id, state, made, event_type, created_at, next_attempt_at";

/// What may leave now, the longest due first; at most `most`.
pub(super) fn due(
    sql: &impl Sql,
    fifo: bool,
    now: Millis,
    most: usize,
) -> Result<Vec<Row>, Unavailable> {
    if fifo {
        let mut head = head(sql)?;
        for row in std::mem::take(&mut head) {
            if row.integer(5)? <= now {
                head.push(row);
            }
        }
        return Ok(head);
    }
    sql.query(
        &format!(
            "SELECT {COLUMNS} FROM deliveries
             WHERE next_attempt_at <= ? ORDER BY next_attempt_at {LIMIT}"
        ),
        vec![now.into(), (most as i64).into()],
    )
}

/// When the next delivery is due whose turn it is.
pub(super) fn earliest(sql: &impl Sql) -> Result<Option<Millis>, Unavailable> {
    head(sql)?.first().map(|row| row.integer(5)).transpose()
}

/// The first that has not ended. One without a place, which only somebody has brought back who knows
/// nothing of the order, goes last: it is never forgotten.
fn head(sql: &impl Sql) -> Result<Vec<Row>, Unavailable> {
    let placed = sql.query(
        &format!(
            "SELECT {COLUMNS} FROM deliveries
             WHERE position IS NOT NULL AND next_attempt_at IS NOT NULL
             ORDER BY position LIMIT 1"
        ),
        vec![],
    )?;
    if !placed.is_empty() {
        return Ok(placed);
    }
    sql.query(
        &format!(
            "SELECT {COLUMNS} FROM deliveries
             WHERE next_attempt_at IS NOT NULL ORDER BY next_attempt_at LIMIT 1"
        ),
        vec![],
    )
}

/// The place of a delivery that arrives now: after all that wait, and after all that have ended, which
/// may be sent again and keep their place.
pub(super) fn last_place(sql: &impl Sql) -> Result<i64, Unavailable> {
    let last = sql
        .query(
            "SELECT MAX(position) FROM deliveries WHERE position IS NOT NULL",
            vec![],
        )?
        .first()
        .map_or(Ok(None), |row| row.optional_integer(0))?;
    Ok(last.unwrap_or(0) + 1)
}

/// Gives a place to everything that waits without one, by its age: the order has been asked for just
/// now. One pass over what waits.
pub(super) fn place_all(sql: &impl Sql) -> Result<(), Unavailable> {
    let first = last_place(sql)?;
    sql.query(
        "UPDATE deliveries SET position = ? + waiting.rank
         FROM (SELECT message_id AS id,
                  ROW_NUMBER() OVER (ORDER BY created_at, message_id) - 1 AS rank
               FROM deliveries WHERE next_attempt_at IS NOT NULL AND position IS NULL) AS waiting
         WHERE message_id = waiting.id",
        vec![first.into()],
    )?;
    Ok(())
}

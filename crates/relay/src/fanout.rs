//! The fan-out: which message is still to be handed to which endpoint, as rows of the application.
//!
//! A row is leased before it goes and leaves when the endpoint has accepted it. One whose lease
//! ends, or whose endpoint object was away, is due again.

use crate::backoff::{LONGEST_RETRY_MS, RETRY_MS};
use crate::batch::{LIMIT, fitting, json_list};
use crate::port::{Millis, Sql, Unavailable};

/// One hand-over: deliveries, and bytes of payload.
const BATCH_ROWS: i64 = 100;
const BATCH_BYTES: i64 = 1_000_000;

/// A hand-over that is not answered in this time is made again.
const LEASE_MS: Millis = 30_000;

pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS fanout (
        endpoint_id TEXT NOT NULL, message_id TEXT NOT NULL, bytes INTEGER NOT NULL,
        tries INTEGER NOT NULL, due_at INTEGER NOT NULL,
        PRIMARY KEY (endpoint_id, message_id)
    ) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS fanout_by_due ON fanout (due_at)",
    "CREATE INDEX IF NOT EXISTS fanout_by_endpoint ON fanout (endpoint_id, due_at)",
];

/// The place of a message among those of an endpoint that takes them in order.
pub(crate) const ORDER: &[&str] = &["ALTER TABLE fanout ADD COLUMN seq INTEGER"];

/// Before a message's id in a row that tells an endpoint of an expunged message.
const EXPUNGE: &str = "expunge/";

/// Notes that a message of so many bytes is for an endpoint, from a moment on; with its place where
/// the endpoint takes messages in order.
pub(crate) fn add(
    sql: &impl Sql,
    endpoint_id: &str,
    message_id: &str,
    bytes: i64,
    seq: Option<i64>,
    due_at: Millis,
) -> Result<(), Unavailable> {
    sql.query(
        "INSERT INTO fanout (endpoint_id, message_id, bytes, tries, due_at, seq)
         VALUES (?, ?, ?, 0, ?, ?)",
        vec![
            endpoint_id.into(),
            message_id.into(),
            bytes.into(),
            due_at.into(),
            seq.into(),
        ],
    )?;
    Ok(())
}

/// A message was expunged: it is not for the endpoint any more, and the endpoint is to learn that. The
/// row has a name of its own, so that a hand-over of the message that is out cannot take it along.
pub(crate) fn expunge(
    sql: &impl Sql,
    endpoint_id: &str,
    message_id: &str,
    now: Millis,
) -> Result<(), Unavailable> {
    let name = format!("{EXPUNGE}{message_id}");
    sql.query(
        "DELETE FROM fanout WHERE endpoint_id = ? AND message_id IN (?, ?)",
        vec![endpoint_id.into(), message_id.into(), name.as_str().into()],
    )?;
    add(sql, endpoint_id, &name, 0, None, now)
}

/// The messages that rows of these names are of.
pub(crate) fn message_ids(names: &[String]) -> Vec<&str> {
    names
        .iter()
        .map(|name| name.strip_prefix(EXPUNGE).unwrap_or(name))
        .collect()
}

/// Notes that an endpoint's object is to learn of this version of its configuration. The row stands
/// among the messages' and names none: what is handed over for it is the configuration alone.
pub(crate) fn add_change(
    sql: &impl Sql,
    endpoint_id: &str,
    version: u64,
    now: Millis,
) -> Result<(), Unavailable> {
    add(
        sql,
        endpoint_id,
        &format!("version/{version}"),
        0,
        None,
        now,
    )
}

/// The endpoints for which something is due.
pub(crate) fn due_endpoints(sql: &impl Sql, now: Millis) -> Result<Vec<String>, Unavailable> {
    sql.query(
        "SELECT DISTINCT endpoint_id FROM fanout WHERE due_at <= ?",
        vec![now.into()],
    )?
    .into_iter()
    .map(|mut row| row.take_text(0))
    .collect()
}

/// Leases the next messages for an endpoint, before they are handed over. With `fifo` they are the
/// oldest, and none while older ones are on their way or have to go again.
pub(crate) fn lease(
    sql: &impl Sql,
    endpoint_id: &str,
    fifo: bool,
    now: Millis,
) -> Result<Vec<String>, Unavailable> {
    if fifo && wait_for_older(sql, endpoint_id, now)? {
        return Ok(vec![]);
    }
    let order = match fifo {
        true => "seq, due_at, message_id",
        false => "due_at, message_id",
    };
    let sizes = sql.query(
        &format!(
            "SELECT bytes FROM fanout WHERE endpoint_id = ? AND due_at <= ?
             ORDER BY {order} {LIMIT}"
        ),
        vec![endpoint_id.into(), now.into(), BATCH_ROWS.into()],
    )?;
    let count = fitting(&sizes, BATCH_BYTES)?;
    if count == 0 {
        return Ok(vec![]);
    }
    sql.query(
        &format!(
            "UPDATE fanout SET due_at = ?, tries = tries + 1
             WHERE endpoint_id = ?2 AND message_id IN (
                SELECT message_id FROM fanout WHERE endpoint_id = ?2 AND due_at <= ?
                ORDER BY {order} {LIMIT})
             RETURNING message_id"
        ),
        vec![
            (now + LEASE_MS).into(),
            endpoint_id.into(),
            now.into(),
            count.into(),
        ],
    )?
    .into_iter()
    .map(|mut row| row.take_text(0))
    .collect()
}

/// Puts what is due off until the first of those that went before it is due again, if there are any.
fn wait_for_older(sql: &impl Sql, endpoint_id: &str, now: Millis) -> Result<bool, Unavailable> {
    let older = sql
        .query(
            "SELECT MIN(due_at) FROM fanout WHERE endpoint_id = ? AND due_at > ? AND tries > 0",
            vec![endpoint_id.into(), now.into()],
        )?
        .first()
        .map_or(Ok(None), |row| row.optional_integer(0))?;
    let Some(due_at) = older else {
        return Ok(false);
    };
    sql.query(
        "UPDATE fanout SET due_at = ? WHERE endpoint_id = ? AND due_at <= ?",
        vec![due_at.into(), endpoint_id.into(), now.into()],
    )?;
    Ok(true)
}

/// The endpoint has accepted these messages: they leave.
pub(crate) fn accepted(
    sql: &impl Sql,
    endpoint_id: &str,
    ids: &[String],
) -> Result<(), Unavailable> {
    sql.query(
        "DELETE FROM fanout
         WHERE endpoint_id = ? AND message_id IN (SELECT value FROM json_each(?))",
        vec![endpoint_id.into(), json_list(ids)?],
    )?;
    Ok(())
}

/// The endpoint's object is away: these messages wait, longer each time.
pub(crate) fn postpone(
    sql: &impl Sql,
    endpoint_id: &str,
    ids: &[String],
    now: Millis,
) -> Result<(), Unavailable> {
    sql.query(
        "UPDATE fanout SET due_at = ? + MIN(?, ? << MIN(tries - 1, 20))
         WHERE endpoint_id = ? AND message_id IN (SELECT value FROM json_each(?))",
        vec![
            now.into(),
            LONGEST_RETRY_MS.into(),
            RETRY_MS.into(),
            endpoint_id.into(),
            json_list(ids)?,
        ],
    )?;
    Ok(())
}

/// The endpoint is gone, and with it what was meant for it.
pub(crate) fn forget(sql: &impl Sql, endpoint_id: &str) -> Result<(), Unavailable> {
    sql.query(
        "DELETE FROM fanout WHERE endpoint_id = ?",
        vec![endpoint_id.into()],
    )?;
    Ok(())
}

/// An order to send again, as the name of its row has it.
pub(crate) struct Order<'a> {
    pub(crate) number: i64,
    pub(crate) only_failed: bool,
    pub(crate) message_id: &'a str,
}

/// The order that a row of this name is, if it is one: `again/{number}/{failed|any}/{message id}`.
pub(crate) fn order(row: &str) -> Option<Order<'_>> {
    let mut parts = row.strip_prefix("again/")?.splitn(3, '/');
    Some(Order {
        number: parts.next()?.parse().ok()?,
        only_failed: parts.next()? == "failed",
        message_id: parts.next()?,
    })
}

/// Notes that these messages are to be handed to an endpoint again, as far as they are there with
/// their content: how many.
pub(crate) fn add_again(
    sql: &impl Sql,
    endpoint_id: &str,
    message_ids: &[String],
    number: i64,
    only_failed: bool,
    now: Millis,
) -> Result<usize, Unavailable> {
    let which = if only_failed { "failed" } else { "any" };
    let added = sql.query(
        "INSERT INTO fanout (endpoint_id, message_id, bytes, tries, due_at)
         SELECT ?, ? || id, LENGTH(payload), 0, ? FROM messages
         WHERE id IN (SELECT value FROM json_each(?)) AND expunged = 0 RETURNING message_id",
        vec![
            endpoint_id.into(),
            format!("again/{number}/{which}/").into(),
            now.into(),
            json_list(message_ids)?,
        ],
    )?;
    Ok(added.len())
}

/// What is on its way to an endpoint, of one message or of all, is not handed over: how many rows.
/// Changes of its configuration, and what was expunged, still are.
pub(crate) fn take_back(
    sql: &impl Sql,
    endpoint_id: &str,
    message_id: Option<&str>,
) -> Result<usize, Unavailable> {
    let taken = sql.query(
        "DELETE FROM fanout WHERE endpoint_id = ?1
            AND message_id NOT LIKE 'version/%' AND message_id NOT LIKE 'expunge/%'
            AND (?2 IS NULL OR message_id = ?2 OR message_id LIKE 'again/%/' || ?2)
         RETURNING message_id",
        vec![endpoint_id.into(), message_id.into()],
    )?;
    Ok(taken.len())
}

/// Notes that these messages are for an endpoint, unless they are on their way to it already, or their
/// content is gone. None goes before its time, or out of its place.
pub(crate) fn add_missing(
    sql: &impl Sql,
    endpoint_id: &str,
    message_ids: &[String],
    now: Millis,
) -> Result<(), Unavailable> {
    sql.query(
        "INSERT OR IGNORE INTO fanout (endpoint_id, message_id, bytes, tries, due_at, seq)
         SELECT ?, id, LENGTH(payload), 0, MAX(?, COALESCE(deliver_at, 0)), rowid FROM messages
         WHERE id IN (SELECT value FROM json_each(?)) AND expunged = 0",
        vec![endpoint_id.into(), now.into(), json_list(message_ids)?],
    )?;
    Ok(())
}

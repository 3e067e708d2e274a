//! Which endpoints a message is for: by its type, its channels, and what their filters say of its
//! payload.
//!
//! A filter that cannot say whether it wants a message does not get it, and that is noted: one row
//! for each endpoint, with the number and the last cause, until its filter is changed.

use serde::{Deserialize, Serialize};

use crate::config::EndpointConfig;
use crate::filter::{Filter, FilterFailure, Payload};
use crate::port::{Millis, Sql, Unavailable, Value};

pub(super) const SCHEMA: &[&str] = &["CREATE TABLE filter_failures (
    endpoint_id TEXT PRIMARY KEY, count INTEGER NOT NULL, message_id TEXT NOT NULL,
    reason TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID"];

/// What an endpoint's filter could not say, since it was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterFailures {
    /// Of how many messages.
    pub count: i64,
    /// The last of them.
    pub message_id: String,
    /// Why, in words without any value of the payload.
    pub reason: String,
    /// When.
    pub at: Millis,
}

/// An endpoint that a message may be for.
pub(super) struct Choice<'a> {
    pub(super) endpoint: &'a EndpointConfig,
    /// Why nobody can say.
    pub(super) failure: Option<FilterFailure>,
}

/// The endpoints that want a message, and those whose filters cannot say.
pub(super) fn choose<'a>(
    endpoints: &'a [EndpointConfig],
    event_type: &str,
    channels: &[String],
    payload: &Value,
) -> Vec<Choice<'a>> {
    let mut read = None;
    let wanted = endpoints
        .iter()
        .filter(|endpoint| endpoint.wants(event_type, channels));
    wanted
        .filter_map(|endpoint| {
            let failure = match &endpoint.filter {
                None => None,
                Some(text) => {
                    let payload = read.get_or_insert_with(|| match payload {
                        Value::Blob(bytes) => Payload::read(bytes),
                        _ => Payload::too_large(),
                    });
                    let outcome = Filter::parse(text)
                        .map_err(FilterFailure::Filter)
                        .and_then(|filter| filter.matches(payload));
                    match outcome {
                        Ok(true) => None,
                        Ok(false) => return None,
                        Err(failure) => Some(failure),
                    }
                }
            };
            Some(Choice { endpoint, failure })
        })
        .collect()
}

/// Notes a filter that could not say, inside the caller's transaction.
pub(super) fn note(
    sql: &impl Sql,
    endpoint_id: &str,
    message_id: &str,
    failure: &FilterFailure,
    now: Millis,
) -> Result<(), Unavailable> {
    sql.query(
        "INSERT INTO filter_failures (endpoint_id, count, message_id, reason, at)
         VALUES (?1, 1, ?2, ?3, ?4)
         ON CONFLICT (endpoint_id) DO UPDATE
         SET count = count + 1, message_id = ?2, reason = ?3, at = ?4",
        vec![
            endpoint_id.into(),
            message_id.into(),
            failure.to_string().into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// The endpoint has another filter.
pub(super) fn forget(sql: &impl Sql, endpoint_id: &str) -> Result<(), Unavailable> {
    sql.query(
        "DELETE FROM filter_failures WHERE endpoint_id = ?",
        vec![endpoint_id.into()],
    )?;
    Ok(())
}

/// What an endpoint's filter could not say.
pub(super) fn failures(
    sql: &impl Sql,
    endpoint_id: &str,
) -> Result<Option<FilterFailures>, Unavailable> {
    sql.query(
        "SELECT count, message_id, reason, at FROM filter_failures WHERE endpoint_id = ?",
        vec![endpoint_id.into()],
    )?
    .pop()
    .map(|mut row| {
        Ok(FilterFailures {
            count: row.integer(0)?,
            message_id: row.take_text(1)?,
            reason: row.take_text(2)?,
            at: row.integer(3)?,
        })
    })
    .transpose()
}

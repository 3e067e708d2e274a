//! Operational webhooks: what happens to endpoints and their messages, told to the gateway's own
//! operator by the same sender.
//!
//! The names and the payloads are those of the public Svix set. They are messages of an application
//! of their own, whose endpoints are told nothing of themselves: an operational webhook is never
//! about an operational webhook.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::application::Message;
use crate::backoff::{LONGEST_RETRY_MS, RETRY_MS};
use crate::config::EndpointConfig;
use crate::message::Body;
use crate::notice::LastAttempt;
use crate::port::{Millis, Sql, Unavailable};
use crate::time::rfc3339;

/// The application of operational webhooks. No other has such an id.
pub const APPLICATION: &str = "operational-webhooks";

/// Events that are told in one go.
const MOST_AT_ONCE: i64 = 50;

pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE operations (
        id TEXT PRIMARY KEY, operation TEXT NOT NULL, tries INTEGER NOT NULL,
        due_at INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX operations_by_due ON operations (due_at)",
];

/// Something that has happened, on its way to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// The id of the message that it becomes: told twice, it is one message.
    pub id: String,
    /// `endpoint.disabled`
    pub event_type: String,
    /// The application that it happened in.
    pub application_id: String,
    /// What the payload says besides.
    pub data: Value,
    /// When.
    pub at: Millis,
}

impl Operation {
    /// What happened to an endpoint; none for the endpoints of operational webhooks themselves.
    pub(crate) fn of_endpoint(
        id: String,
        event_type: &str,
        config: &EndpointConfig,
        more: Value,
        at: Millis,
    ) -> Option<Self> {
        let application = told_about(config)?;
        let mut data = json!({ "endpointId": config.id, "endpointUid": config.uid });
        if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
            data.extend(more);
        }
        Some(Self {
            id,
            event_type: event_type.to_owned(),
            application_id: application.to_owned(),
            data,
            at,
        })
    }

    /// The message, once the application's uid is known.
    pub fn into_message(self, application_uid: Option<&str>) -> Message {
        let mut data = self.data;
        data["appId"] = self.application_id.into();
        data["appUid"] = application_uid.into();
        Message {
            id: self.id,
            event_id: None,
            payload: Body::Text(json!({ "type": self.event_type, "data": data }).to_string()),
            event_type: self.event_type,
            channels: vec![],
            tags: vec![],
            content_type: None,
            created_at: self.at,
            deliver_at: None,
            expunged: false,
        }
    }
}

/// What is said of a message's last attempt.
pub(crate) fn of_message(message_id: &str, event_id: Option<&str>, attempt: &LastAttempt) -> Value {
    json!({
        "msgId": message_id,
        "msgEventId": event_id,
        "lastAttempt": {
            "id": attempt.id,
            "responseStatusCode": attempt.status_code,
            "timestamp": rfc3339(attempt.at),
        },
    })
}

/// The application of an endpoint of whose fate is told.
pub(crate) fn told_about(config: &EndpointConfig) -> Option<&str> {
    config
        .application
        .as_deref()
        .filter(|id| *id != APPLICATION)
}

/// Keeps what has happened until it has been told, inside the caller's transaction.
pub(crate) fn keep(sql: &impl Sql, operation: &Operation, now: Millis) -> Result<(), Unavailable> {
    let text = serde_json::to_string(operation)
        .map_err(|error| Unavailable::new("writing an operation", error))?;
    sql.query(
        "INSERT OR IGNORE INTO operations (id, operation, tries, due_at) VALUES (?, ?, 0, ?)",
        vec![operation.id.as_str().into(), text.into(), now.into()],
    )?;
    Ok(())
}

/// What is due to be told, put off to the next try.
pub(crate) fn take(sql: &impl Sql, now: Millis) -> Result<Vec<Operation>, Unavailable> {
    sql.query(
        "UPDATE operations SET tries = tries + 1, due_at = ?1 + MIN(?2, ?3 << MIN(tries, 20))
         WHERE id IN (SELECT id FROM operations WHERE due_at <= ?1 ORDER BY id LIMIT ?4)
         RETURNING operation",
        vec![
            now.into(),
            LONGEST_RETRY_MS.into(),
            RETRY_MS.into(),
            MOST_AT_ONCE.into(),
        ],
    )?
    .into_iter()
    .map(|mut row| {
        serde_json::from_str(&row.take_text(0)?)
            .map_err(|error| Unavailable::new("reading an operation", error))
    })
    .collect()
}

/// These have been told.
pub(crate) fn told(sql: &impl Sql, operations: &[Operation]) -> Result<(), Unavailable> {
    let ids: Vec<&str> = operations.iter().map(|one| one.id.as_str()).collect();
    sql.query(
        "DELETE FROM operations WHERE id IN (SELECT value FROM json_each(?))",
        vec![crate::batch::json_list(&ids)?],
    )?;
    Ok(())
}

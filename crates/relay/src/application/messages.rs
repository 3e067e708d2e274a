//! The messages that an application keeps: written once by their id, read one by one or by pages.

use serde::{Deserialize, Serialize};

use super::choice::{self, Choice};
use super::making::Terms;
use super::retention::BY_OPERATOR;
use super::{Application, from_json, to_json};
use crate::batch::{fitting, json_list, present};
use crate::config::EndpointConfig;
use crate::fanout;
use crate::id::Kind;
use crate::message::Body;
use crate::page::{Listed, Listing, Page, horizon};
use crate::payload;
use crate::port::{Host, Millis, Row, Unavailable};
use crate::search::Sought;

/// Bytes of payloads on one page of messages: an object has 128 MB for all that it does.
pub const PAGE_BYTES: i64 = 4_000_000;

/// One message, as it is made and as it is read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// `msg_…`
    pub id: String,
    /// The sender's own id of the event.
    pub event_id: Option<String>,
    /// `invoice.paid`
    pub event_type: String,
    /// The channels it was published in.
    pub channels: Vec<String>,
    /// Labels to find it by.
    pub tags: Vec<String>,
    /// The payload's type; JSON where absent.
    pub content_type: Option<String>,
    /// When it was accepted.
    pub created_at: Millis,
    /// It is not delivered before.
    #[serde(default)]
    pub deliver_at: Option<Millis>,
    /// Its payload has been taken away, by its operator or by its age.
    #[serde(default)]
    pub expunged: bool,
    /// The payload, byte for byte.
    #[serde(flatten)]
    pub payload: Body,
}

impl<H: Host> Application<H> {
    /// Those of these messages whose content may still be needed: here, or by an endpoint that has
    /// not delivered it yet.
    ///
    /// # Errors
    /// The storage is away.
    pub fn knows(&self, ids: &[String]) -> Result<Vec<String>, Unavailable> {
        let kept = format!("(SELECT id FROM messages WHERE expunged <> {BY_OPERATOR})");
        present(&self.host, (&kept, "id"), ids)
    }

    /// One message by its id, or by its event id.
    ///
    /// # Errors
    /// The storage is away.
    pub fn message(&self, id_or_event_id: &str) -> Result<Option<Message>, Unavailable> {
        self.host
            .query(
                &format!("SELECT {COLUMNS} FROM messages WHERE id = ?1 OR event_id = ?1 LIMIT 1"),
                vec![id_or_event_id.into()],
            )?
            .pop()
            .map(message)
            .transpose()
    }

    /// One page of the messages that are asked for: with their payloads as many as [`PAGE_BYTES`] hold,
    /// without them (`{}` stands for each) as many as the page asks for.
    ///
    /// # Errors
    /// The storage is away.
    pub fn list_messages(
        &self,
        sought: &Sought,
        page: &Page,
        with_content: bool,
    ) -> Result<Listed<Message>, Unavailable> {
        let mut conditions = sought.seek(Kind::Message);
        let end = match sought.is_empty() {
            true => None,
            false => horizon(&self.host, page, ("messages", "id"), &conditions)?,
        };
        sought.dates("created_at", &mut conditions);
        sought.labels(&mut conditions)?;
        let listing = |columns: &str, page: &Page| {
            Listing {
                select: &format!("SELECT {columns} FROM messages"),
                condition: (&conditions.text, conditions.params.clone()),
                key: "id",
            }
            .read_to(end.clone(), &self.host, page, |row| {
                let message = message(row)?;
                Ok((message.id.clone(), message))
            })
        };
        if !with_content {
            return listing(&COLUMNS.replace("payload", "x'7B7D'"), page);
        }
        let mut sizes = Listing {
            select: "SELECT LENGTH(payload), id FROM messages",
            condition: (&conditions.text, conditions.params.clone()),
            key: "id",
        }
        .read_to(end.clone(), &self.host, page, |mut row| {
            Ok((row.take_text(1)?, row))
        })?;
        if page.is_backwards() {
            // What is nearest to the iterator stays on the page.
            sizes.data.reverse();
        }
        let fitting = fitting(&sizes.data, PAGE_BYTES)?;
        let mut page = page.clone();
        page.limit = u32::try_from(fitting).unwrap_or(1).clamp(1, page.limit);
        listing(COLUMNS, &page)
    }

    pub(super) fn messages(&self, ids: &[String]) -> Result<Vec<Message>, Unavailable> {
        self.host
            .query(
                &format!(
                    "SELECT {COLUMNS} FROM messages
                     WHERE id IN (SELECT value FROM json_each(?)) ORDER BY rowid"
                ),
                vec![json_list(&fanout::message_ids(ids))?],
            )?
            .into_iter()
            .map(message)
            .collect()
    }

    /// Writes a message and its fan-out, inside the caller's transaction. A message that is
    /// there already is left as it is, fan-out and all.
    pub(super) fn store(
        &self,
        message: Message,
        terms: Terms,
        endpoints: &[EndpointConfig],
    ) -> Result<(), Unavailable> {
        let payload = payload::to_column(message.payload)?;
        let bytes = payload::bytes_of(&payload);
        let (event_type, channels) = (&message.event_type, &message.channels);
        let choices = choice::choose(endpoints, event_type, channels, &payload);
        let now = self.host.now();
        let due_at = message.deliver_at.map_or(now, |at| at.max(now));
        let expires_at =
            self.content_expires_at(terms.keep_content_ms, due_at.max(message.created_at));
        let (key, digest) = terms
            .idempotency
            .map(|idempotency| (idempotency.key, idempotency.digest))
            .unzip();
        let stored = self.host.query(
            &format!(
                "INSERT OR IGNORE INTO messages
                    ({COLUMNS}, expires_at, idempotency_key, request_digest)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?) RETURNING rowid"
            ),
            vec![
                message.id.as_str().into(),
                message.event_id.into(),
                event_type.as_str().into(),
                to_json(channels)?.into(),
                to_json(&message.tags)?.into(),
                message.content_type.into(),
                payload,
                message.created_at.into(),
                message.deliver_at.into(),
                expires_at.into(),
                key.into(),
                digest.into(),
            ],
        )?;
        let Some(row) = stored.first() else {
            return Ok(());
        };
        let seq = row.integer(0)?;
        for Choice { endpoint, failure } in choices {
            if let Some(failure) = failure {
                choice::note(&self.host, &endpoint.id, &message.id, &failure, now)?;
                continue;
            }
            let seq = endpoint.fifo.then_some(seq);
            fanout::add(&self.host, &endpoint.id, &message.id, bytes, seq, due_at)?;
        }
        self.note_kept(message.created_at, expires_at);
        Ok(())
    }
}

/// The columns of a message, in the order in which [`message`] reads and `store` writes them.
const COLUMNS: &str = "id, event_id, event_type, channels, tags, content_type, payload, created_at, deliver_at, expunged";

fn message(mut row: Row) -> Result<Message, Unavailable> {
    Ok(Message {
        id: row.take_text(0)?,
        event_id: row.take_optional_text(1)?,
        event_type: row.take_text(2)?,
        channels: from_json(&row.take_text(3)?)?,
        tags: from_json(&row.take_text(4)?)?,
        content_type: row.take_optional_text(5)?,
        payload: payload::from_column(&mut row, 6)?,
        created_at: row.integer(7)?,
        deliver_at: row.optional_integer(8)?,
        expunged: row.integer(9)? != 0,
    })
}

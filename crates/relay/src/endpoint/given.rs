//! What an endpoint was given: its deliveries, page by page, and how many of them stand how.
//!
//! No call looks at more than [`MOST_SEEN`] of them. Who counts more goes on where the last count ended.

use serde_json::{Value, json};

use super::Endpoint;
use crate::attempt::{AttemptFilter, State};
use crate::id::Kind;
use crate::page::{Listed, Listing, Page, horizon};
use crate::port::{Host, Millis, Row, Unavailable};
use crate::search::{Conditions, Sought};

/// A message's state at an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message.
    pub message_id: String,
    /// Its type.
    pub event_type: String,
    /// When it was made.
    pub created_at: Millis,
    /// How it stands.
    pub state: State,
    /// When it is attempted next, as far as that can be told: not while it is out, nor while the endpoint
    /// is disabled.
    pub next_attempt_at: Option<Millis>,
}

impl Delivery {
    /// As it travels. A reader of lists of JSON is there already: in WebAssembly another for this one
    /// would weigh more than all that it is for.
    pub fn to_json(&self) -> Value {
        json!({
            "messageId": self.message_id,
            "eventType": self.event_type,
            "createdAt": self.created_at,
            "state": self.state.number(),
            "nextAttemptAt": self.next_attempt_at,
        })
    }

    /// Reads what [`Self::to_json`] has written.
    pub fn from_json(json: &Value) -> Option<Self> {
        Some(Self {
            message_id: json["messageId"].as_str()?.to_owned(),
            event_type: json["eventType"].as_str()?.to_owned(),
            created_at: json["createdAt"].as_i64()?,
            state: State::numbered(json["state"].as_i64()?)?,
            next_attempt_at: json["nextAttemptAt"].as_i64(),
        })
    }
}

/// The deliveries, under the name by which lists know their keys.
const DELIVERIES: &str = "(SELECT message_id AS id, event_type, created_at, state, next_attempt_at,
    channels, tags FROM deliveries)";

impl<H: Host> Endpoint<H> {
    /// One page of deliveries: of a message, in a state, and by what their messages are. The dates of what
    /// is sought are the messages' own.
    ///
    /// # Errors
    /// The storage is away.
    pub fn given(
        &self,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Listed<Delivery>, Unavailable> {
        let AttemptFilter {
            message_id,
            state,
            sought,
            ..
        } = filter;
        let mut conditions = sought.seek(Kind::Message);
        if let Some(id) = message_id {
            conditions.and("id = ?", [id.as_str().into()]);
        }
        let end = match (sought.is_empty() && state.is_none()) || message_id.is_some() {
            true => None,
            false => horizon(&self.host, page, (DELIVERIES, "id"), &conditions)?,
        };
        if let Some(state) = state {
            conditions.and("+state = ?", [state.number().into()]);
        }
        sought.dates("created_at", &mut conditions);
        sought.labels(&mut conditions)?;
        let not_before = self.leaves_from()?;
        Listing {
            select: &format!(
                "SELECT id, event_type, created_at, state, next_attempt_at FROM {DELIVERIES}"
            ),
            condition: (&conditions.text, conditions.params),
            key: "id",
        }
        .read_to(end, &self.host, page, |row| {
            let delivery = delivery(row, not_before)?;
            Ok((delivery.message_id.clone(), delivery))
        })
    }

    /// Counts the deliveries whose messages were made in a time, a part of them: from where the page before
    /// ended. One number for each state, at its place ([`State::number`]).
    ///
    /// # Errors
    /// The storage is away.
    pub fn count(&self, made: &Sought, page: &Page) -> Result<Listed<i64>, Unavailable> {
        let mut seek = made.seek(Kind::Message);
        let end = horizon(&self.host, page, (DELIVERIES, "id"), &seek)?;
        for (bound, key) in [("id > ?", &page.iterator), ("id <= ?", &end)] {
            if let Some(key) = key {
                seek.and(bound, [key.as_str().into()]);
            }
        }
        made.dates("created_at", &mut seek);
        let Conditions { text, params } = seek;
        let rows = self.host.query(
            &format!("SELECT state, COUNT(*) FROM {DELIVERIES} WHERE {text} GROUP BY state"),
            params,
        )?;
        let mut data = vec![0; 5];
        for row in rows {
            let state = State::from_number(row.integer(0)?)?.number();
            if let Some(count) = data.get_mut(state as usize) {
                *count = row.integer(1)?;
            }
        }
        Ok(Listed {
            data,
            done: end.is_none(),
            iterator: end,
            prev_iterator: None,
        })
    }

    /// Before then nothing leaves, whatever is due. None: nothing until the operator says so.
    fn leaves_from(&self) -> Result<Option<Millis>, Unavailable> {
        let now = self.host.now();
        let health = self.known_health()?;
        Ok(match self.known_config()? {
            Some(config) if !health.is_disabled(&config) => Some(health.paused_until(now)),
            _ => None,
        })
    }
}

fn delivery(mut row: Row, not_before: Option<Millis>) -> Result<Delivery, Unavailable> {
    let state = State::from_number(row.integer(3)?)?;
    let due = row.optional_integer(4)?.filter(|_| state == State::Pending);
    Ok(Delivery {
        message_id: row.take_text(0)?,
        event_type: row.take_text(1)?,
        created_at: row.integer(2)?,
        state,
        next_attempt_at: due.zip(not_before).map(|(at, from)| at.max(from)),
    })
}

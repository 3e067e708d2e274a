//! Making a message for the API: on which terms, and what may stand in its way.

use serde::{Deserialize, Serialize};

use super::idempotency::{self, Idempotency, Known};
use super::{Application, Message};
use crate::port::{Host, Millis, Unavailable};

/// What is asked of a message besides what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// It is made once under this key.
    #[serde(default)]
    pub idempotency: Option<Idempotency>,
    /// Its payload is kept no longer than this, milliseconds.
    #[serde(default)]
    pub keep_content_ms: Option<Millis>,
}

/// What became of a message that was to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// It is in storage.
    Created,
    /// Its event id belongs to another.
    Conflict,
    /// The same request has made this one before.
    Again(Box<Message>),
    /// Its idempotency key was used for another request.
    KeyReused,
    /// The application was deleted.
    Gone,
}

impl<H: Host> Application<H> {
    /// Stores a message that the API made, with its fan-out, on these terms.
    ///
    /// # Errors
    /// The storage is away; nothing is kept.
    pub fn make(&self, message: Message, terms: Terms) -> Result<Made, Unavailable> {
        if self.closed.get() {
            return Ok(Made::Gone);
        }
        let endpoints = self.all_endpoints()?;
        self.arm_soon()?;
        self.host.transaction(|| {
            if let Some(idempotency) = &terms.idempotency {
                match idempotency::look_up(&self.host, idempotency, self.host.now())? {
                    Known::New => {}
                    Known::Other => return Ok(Made::KeyReused),
                    Known::Same(id) => {
                        let same = self.message(&id)?;
                        let same = same.ok_or_else(|| {
                            Unavailable::new("reading a message", "it is not there")
                        })?;
                        return Ok(Made::Again(Box::new(same)));
                    }
                }
            }
            if let Some(event_id) = &message.event_id {
                let same = self.host.query(
                    "SELECT 1 FROM messages WHERE event_id = ?",
                    vec![event_id.as_str().into()],
                )?;
                if !same.is_empty() {
                    return Ok(Made::Conflict);
                }
            }
            self.store(message, terms, &endpoints)?;
            Ok(Made::Created)
        })
    }
}

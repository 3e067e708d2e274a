//! What an application does besides handing messages over: it works tasks off, sees deleted endpoints
//! off, and tells what has happened.
//!
//! Beside the hand-overs and not among them: a neighbour that is slow here delays no message.

use futures_util::future::join;
use serde_json::{Value, json};

use super::{Application, Endpoints, Message, Terms, departure};
use crate::config::EndpointConfig;
use crate::id::{self, Kind};
use crate::notice::Notice;
use crate::operational::{self, Operation};
use crate::port::{Host, Millis, Unavailable};

impl<H: Host> Application<H> {
    /// Does what is due besides hand-overs, a bounded part of it.
    ///
    /// # Errors
    /// The storage is away. A neighbour that is away is not an error: it is asked again.
    pub async fn chores(&self, objects: &impl Endpoints) -> Result<(), Unavailable> {
        let (told, seen_off) = join(self.tell(objects), self.see_off(objects)).await;
        let worked = self.work(objects).await;
        told.and(seen_off).and(worked)?;
        self.rearm()
    }

    /// Takes in what has happened elsewhere, as messages, each once by its id. What nobody wants is
    /// not kept.
    ///
    /// # Errors
    /// The storage is away; none of it is kept.
    pub fn accept_operations(&self, messages: Vec<Message>) -> Result<(), Unavailable> {
        let endpoints = self.all_endpoints()?;
        self.arm_soon()?;
        self.host.transaction(|| {
            for message in messages {
                let wanted = |one: &EndpointConfig| one.wants(&message.event_type, &[]);
                if endpoints.iter().any(wanted) {
                    self.store(message, Terms::default(), &endpoints)?;
                }
            }
            Ok(())
        })
    }

    /// Notes what has happened to an endpoint, inside the caller's transaction.
    pub(super) fn tell_of_endpoint(
        &self,
        event_type: &str,
        config: &EndpointConfig,
        now: Millis,
    ) -> Result<(), Unavailable> {
        let id = id::new(Kind::Message, &self.host);
        self.note(id, event_type, config, json!({}), now)
    }

    /// Notes what an endpoint's object has told.
    pub(super) fn tell_of_notice(
        &self,
        notice: &Notice,
        config: &EndpointConfig,
    ) -> Result<(), Unavailable> {
        let (id, event_type, more, at) = match notice {
            Notice::Disabled {
                id,
                at,
                failing_since,
                ..
            } => {
                let since = failing_since.unwrap_or(*at);
                let more =
                    json!({ "failSince": crate::time::rfc3339(since), "trigger": "automatic" });
                (id, "endpoint.disabled", more, *at)
            }
            Notice::Message {
                id,
                fate,
                message_id,
                attempt,
                at,
                ..
            } => {
                let rows = self.host.query(
                    "SELECT event_id FROM messages WHERE id = ?",
                    vec![message_id.as_str().into()],
                )?;
                let event_id = rows.into_iter().next();
                let event_id = event_id.map_or(Ok(None), |mut row| row.take_optional_text(0))?;
                let more = operational::of_message(message_id, event_id.as_deref(), attempt);
                (id, fate.event_type(), more, *at)
            }
        };
        let id = match id.as_str() {
            "" => id::new(Kind::Message, &self.host),
            id => id.to_owned(),
        };
        self.note(id, event_type, config, more, at)
    }

    fn note(
        &self,
        id: String,
        event_type: &str,
        config: &EndpointConfig,
        more: Value,
        at: Millis,
    ) -> Result<(), Unavailable> {
        match Operation::of_endpoint(id, event_type, config, more, at) {
            Some(operation) => operational::keep(&self.host, &operation, self.host.now()),
            None => Ok(()),
        }
    }

    async fn tell(&self, objects: &impl Endpoints) -> Result<(), Unavailable> {
        let Some(_place) = self.working.enter("operations") else {
            return Ok(());
        };
        loop {
            let operations = operational::take(&self.host, self.host.now())?;
            if operations.is_empty() || objects.publish(operations.clone()).await.is_err() {
                return Ok(());
            }
            operational::told(&self.host, &operations)?;
        }
    }

    /// When anything is next due.
    pub(super) fn earliest(&self) -> Result<Option<Millis>, Unavailable> {
        // The runtime's SQLite takes five terms in one compound.
        let departure = departure::EARLIEST;
        self.host
            .query(
                &format!(
                    "SELECT MIN(due) FROM ({departure}
                        UNION ALL SELECT MIN(at) FROM (
                            SELECT MIN(due_at) AS at FROM fanout
                            UNION ALL SELECT MIN(due_at) FROM operations
                            UNION ALL SELECT MIN(due_at) FROM tasks))"
                ),
                vec![],
            )?
            .first()
            .map_or(Ok(None), |row| row.optional_integer(0))
    }
}

//! How an attempt begins: which delivery is taken next, and the request that leaves for it.

use std::rc::Rc;

use super::manual::{Fallback, Order};
use super::{Endpoint, order};
use crate::attempt::{self, State};
use crate::busy::Place;
use crate::config::EndpointConfig;
use crate::id::{self, Kind};
use crate::outbound::Outbound;
use crate::payload::{Prepared, Stored};
use crate::port::{Host, Millis, Unavailable, Value};

/// How much longer than its timeout a request may be out before it is taken for lost.
const STALE_MS: Millis = 5_000;

/// A delivery whose attempt has been written and whose request may leave.
pub(super) struct Leaving<'a> {
    pub(super) attempt_id: String,
    pub(super) message_id: String,
    pub(super) made: usize,
    pub(super) started_at: Millis,
    /// Where its delivery falls back to if it fails, when an operator asked for it.
    pub(super) asked_for: Option<Fallback>,
    _place: Place<'a>,
}

impl<H: Host> Endpoint<H> {
    /// The delivery that is longest due, with its attempt written as sending.
    pub(super) fn take_due(&self) -> Result<Option<(Leaving<'_>, Prepared)>, Unavailable> {
        let now = self.host.now();
        let Some(config) = self.known_config()? else {
            return Ok(None);
        };
        let stale_at = now + Millis::from(config.timeout_ms()) + STALE_MS;
        let health = self.known_health()?;
        if health.is_disabled(&config) || now < health.paused_until(now) {
            return Ok(None);
        }
        if config.fifo && self.in_flight.len() > 0 {
            return Ok(None);
        }
        let throttle = self.throttle(&config, now)?;
        if throttle.is_some_and(|throttle| now < throttle.opens_at()) {
            return Ok(None);
        }
        // One more than is out, so that what is out cannot hide what is due; after one that ends
        // here, the next are read anew.
        let most = self.in_flight.len() + 1;
        let due = order::due(&self.host, config.fifo, now, most)?;
        if due.is_empty() {
            return Ok(None);
        }
        self.transaction(|| {
            let mut rows = due.into_iter();
            while let Some(mut row) = rows.next() {
                let message_id = row.take_text(0)?;
                let Some(place) = self.in_flight.enter(&message_id) else {
                    // The clock jumped: it is out, here, and not stale.
                    continue;
                };
                let asked_for = match self.order(&message_id)? {
                    Order::Cancelled => {
                        rows = order::due(&self.host, config.fifo, now, most)?.into_iter();
                        continue;
                    }
                    Order::Again(fallback) => Some(fallback),
                    Order::None => None,
                };
                if State::from_number(row.integer(1)?)? == State::Sending {
                    // Not counted: nobody knows whether the receiver saw it, and a crash must not
                    // use up the schedule.
                    attempt::interrupt(&self.host, &message_id)?;
                }
                let made = usize::try_from(row.integer(2)?).unwrap_or(usize::MAX);
                let (event_type, created_at) = (row.take_text(3)?, row.integer(4)?);
                let request = self.request(&config, &message_id, &event_type, created_at)?;
                let Some(request) = request else {
                    // Its message was expunged while it was out.
                    self.host.query(
                        "UPDATE deliveries SET state = ?, next_attempt_at = NULL
                         WHERE message_id = ?",
                        vec![State::Fail.number().into(), message_id.into()],
                    )?;
                    rows = order::due(&self.host, config.fifo, now, most)?.into_iter();
                    continue;
                };
                if let Some(throttle) = throttle {
                    self.take_token(throttle)?;
                }
                self.note_kept(now);
                let attempt_id = id::new(Kind::Attempt, &self.host);
                self.host.query(
                    "UPDATE deliveries SET state = ?, next_attempt_at = ? WHERE message_id = ?",
                    vec![
                        State::Sending.number().into(),
                        stale_at.into(),
                        message_id.as_str().into(),
                    ],
                )?;
                let manual = asked_for.is_some();
                attempt::begin(
                    &self.host,
                    &attempt_id,
                    &message_id,
                    &config.url,
                    manual,
                    now,
                )?;
                let leaving = Leaving {
                    attempt_id,
                    message_id,
                    made,
                    started_at: now,
                    asked_for,
                    _place: place,
                };
                return Ok(Some((leaving, request)));
            }
            Ok(None)
        })
    }

    /// The signed request of one attempt, if there is still something to send.
    fn request(
        &self,
        config: &Rc<EndpointConfig>,
        message_id: &str,
        event_type: &str,
        created_at: Millis,
    ) -> Result<Option<Prepared>, Unavailable> {
        let row = self
            .host
            .query(
                "SELECT content_type, payload FROM payloads WHERE message_id = ?",
                vec![message_id.into()],
            )?
            .pop();
        let Some(mut row) = row else { return Ok(None) };
        let content_type = row.take_optional_text(0)?;
        if let Some(Value::Text(key)) = row.0.get(1) {
            return Ok(Some(Prepared::Stored(Stored {
                config: Rc::clone(config),
                message_id: message_id.into(),
                event_type: event_type.into(),
                created_at,
                content_type,
                key: key.clone(),
            })));
        }
        let outbound = Outbound {
            config,
            message_id,
            event_type,
            created_at,
            content_type,
            payload: row.take_blob(1)?,
        };
        let request = outbound.request(&self.vault, self.guard, self.host.now());
        Ok(Some(request.map_or_else(Prepared::Never, Prepared::Ready)))
    }

    /// Whether the endpoint, as far as this instance knows it, has a throttle.
    pub(super) fn is_throttled(&self) -> bool {
        let config = self.config.borrow();
        config.as_ref().is_some_and(|c| c.throttle_rate.is_some())
    }
}

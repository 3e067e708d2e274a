//! What an operator asks of single deliveries: to be sent again, or not any more.
//!
//! An order has a number that its application counts, so that one which arrives twice, or late, is
//! followed once. A delivery that is out when it is asked for goes again when it has ended, never
//! beside itself. What has failed starts its schedule anew; what waits goes now, and keeps its place
//! in the schedule; what was delivered is sent once more, and stays delivered if that fails.

use serde::{Deserialize, Serialize};

use super::{Endpoint, labels};
use crate::application::Message;
use crate::attempt::{self, State};
use crate::config::EndpointConfig;
use crate::outcome::Verdict;
use crate::payload;
use crate::port::{Host, Millis, Unavailable, Value};

pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE manual (
        message_id TEXT PRIMARY KEY, number INTEGER NOT NULL, phase INTEGER NOT NULL,
        state INTEGER, next_attempt_at INTEGER
    ) WITHOUT ROWID",
    "ALTER TABLE attempts ADD COLUMN manual INTEGER NOT NULL DEFAULT 0",
];

/// Deliveries that one call cancels at most.
pub const MOST_CANCELLED: usize = 500;

/// A message that is to be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resend {
    /// Counted by the application: a later order has a larger one.
    pub number: i64,
    /// Only if its delivery has failed for good.
    pub only_failed: bool,
    /// The message; its payload left with its delivery.
    pub message: Message,
}

/// A delivery that is not to be tried any more. One that has not come yet never will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancel {
    /// The message.
    pub message_id: String,
    /// Its type.
    pub event_type: String,
    /// When it was accepted.
    pub created_at: Millis,
}

/// Where an order stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has been followed.
    Done = 0,
    /// The next attempt is the one that was asked for.
    Due = 1,
    /// It follows when the attempt that is out has ended.
    AfterThis = 2,
    /// The attempt that is out is the last.
    LastOne = 3,
}

/// What a delivery falls back to if the attempt that was asked for fails; none: its schedule.
pub(super) type Fallback = Option<(State, Option<Millis>)>;

/// Where a delivery stands when an attempt has ended.
#[derive(Clone, Copy)]
pub(super) struct After {
    pub(super) state: State,
    pub(super) made: usize,
    pub(super) due: Option<Millis>,
}

/// What an attempt that is about to leave has to know.
pub(super) enum Order {
    /// None: it is its schedule's.
    None,
    /// It was asked for.
    Again(Fallback),
    /// It was cancelled while an attempt was out whose end nobody knows.
    Cancelled,
}

impl<H: Host> Endpoint<H> {
    /// Follows an order to send again, inside the caller's transaction.
    pub(super) fn resend(
        &self,
        resend: Resend,
        config: &EndpointConfig,
        now: Millis,
    ) -> Result<(), Unavailable> {
        let id = resend.message.id.clone();
        let known = self.delivery(&id)?;
        let (number, phase) = self.last_order(&id)?;
        if number >= resend.number {
            return Ok(());
        }
        let failed = matches!(known, Some((State::Fail, _)));
        if resend.only_failed && !failed {
            return Ok(());
        }
        let (next, fallback) = match known {
            None => {
                self.store(resend.message, now, config)?;
                self.due_now(&id, None, now)?;
                return self.note_order(&id, resend.number, Phase::Due, None);
            }
            Some((State::Sending, _)) => {
                self.keep_payload(resend.message)?;
                return self.repeat_order(&id, resend.number, Phase::AfterThis);
            }
            // It was asked for before, and has not left yet.
            Some((State::Pending, _)) if phase == Phase::Due as i64 => {
                return self.repeat_order(&id, resend.number, Phase::Due);
            }
            Some((State::Pending, next)) => (None, Some((State::Pending, next))),
            Some((State::Success, _)) => (Some(0), Some((State::Success, None))),
            Some((State::Fail | State::Canceled, _)) => (Some(0), None),
        };
        self.keep_payload(resend.message)?;
        self.due_now(&id, next, now)?;
        self.note_order(&id, resend.number, Phase::Due, fallback)
    }

    /// Ends a delivery that waits; one that is out is not tried again.
    ///
    /// # Errors
    /// The storage is away; nothing is changed.
    pub fn cancel(&self, cancel: &Cancel) -> Result<bool, Unavailable> {
        let ended = self.transaction(|| {
            match self.delivery(&cancel.message_id)? {
                None => {
                    self.host.query(
                        "INSERT INTO deliveries
                            (message_id, event_type, created_at, state, made, next_attempt_at)
                         VALUES (?, ?, ?, ?, 0, NULL)",
                        vec![
                            cancel.message_id.as_str().into(),
                            cancel.event_type.as_str().into(),
                            cancel.created_at.into(),
                            State::Canceled.number().into(),
                        ],
                    )?;
                }
                Some((State::Pending, _)) => self.end_canceled(&cancel.message_id)?,
                Some((State::Sending, _)) => {
                    let (number, _) = self.last_order(&cancel.message_id)?;
                    self.repeat_order(&cancel.message_id, number, Phase::LastOne)?;
                }
                Some(_) => return Ok(false),
            }
            Ok(true)
        })?;
        // In an order, those behind it may be due now.
        self.rearm()?;
        Ok(ended)
    }

    /// Ends deliveries that wait or are out, [`MOST_CANCELLED`] at most: how many.
    ///
    /// # Errors
    /// The storage is away; nothing is changed.
    pub fn cancel_pending(&self) -> Result<usize, Unavailable> {
        let count = self.transaction(|| {
            let rows = self.host.query(
                "SELECT d.message_id, d.state, COALESCE(m.number, 0) FROM deliveries d
                 LEFT JOIN manual m ON m.message_id = d.message_id
                 WHERE d.next_attempt_at IS NOT NULL AND COALESCE(m.phase, 0) <> ?
                 ORDER BY d.next_attempt_at LIMIT ?",
                vec![
                    (Phase::LastOne as i64).into(),
                    (MOST_CANCELLED as i64).into(),
                ],
            )?;
            let count = rows.len();
            for mut row in rows {
                let id = row.take_text(0)?;
                if State::from_number(row.integer(1)?)? == State::Sending {
                    self.repeat_order(&id, row.integer(2)?, Phase::LastOne)?;
                } else {
                    self.end_canceled(&id)?;
                }
            }
            Ok(count)
        })?;
        self.rearm()?;
        Ok(count)
    }

    /// What was asked of a delivery whose next attempt is about to leave. The row then says that
    /// this attempt is it.
    pub(super) fn order(&self, message_id: &str) -> Result<Order, Unavailable> {
        if !self.is_ordered()? {
            return Ok(Order::None);
        }
        let Some(row) = self
            .host
            .query(
                "SELECT phase, state, next_attempt_at FROM manual
                 WHERE message_id = ? AND phase <> 0",
                vec![message_id.into()],
            )?
            .pop()
        else {
            return Ok(Order::None);
        };
        let phase = row.integer(0)?;
        if phase == Phase::LastOne as i64 {
            attempt::interrupt(&self.host, message_id)?;
            self.end_canceled(message_id)?;
            return Ok(Order::Cancelled);
        }
        if phase == Phase::AfterThis as i64 {
            // The attempt that was out when this was asked for was lost with its instance.
            self.set_phase(message_id, Phase::Due)?;
        }
        let fallback = row
            .optional_integer(1)?
            .map(State::from_number)
            .transpose()?;
        let next = row.optional_integer(2)?;
        Ok(Order::Again(fallback.map(|state| (state, next))))
    }

    /// Where a delivery stands, if somebody asked something of it while its attempt was out; inside
    /// the caller's transaction.
    pub(super) fn after_orders(
        &self,
        message_id: &str,
        after: After,
        now: Millis,
    ) -> Result<After, Unavailable> {
        let (number, phase) = self.last_order(message_id)?;
        if phase == Phase::Done as i64 {
            return Ok(after);
        }
        if phase == Phase::AfterThis as i64 {
            let ended = after.state == State::Fail;
            let fallback = (!ended).then_some((after.state, after.due));
            self.note_order(message_id, number, Phase::Due, fallback)?;
            return Ok(After {
                state: State::Pending,
                made: if ended { 0 } else { after.made },
                due: Some(now),
            });
        }
        self.set_phase(message_id, Phase::Done)?;
        if phase == Phase::LastOne as i64 && after.due.is_some() {
            return Ok(After {
                state: State::Canceled,
                due: None,
                ..after
            });
        }
        Ok(after)
    }

    /// The number of the last order for a message, and its phase.
    pub(super) fn last_order(&self, message_id: &str) -> Result<(i64, i64), Unavailable> {
        if !self.is_ordered()? {
            return Ok((0, 0));
        }
        self.host
            .query(
                "SELECT number, phase FROM manual WHERE message_id = ?",
                vec![message_id.into()],
            )?
            .first()
            .map_or(Ok((0, 0)), |row| Ok((row.integer(0)?, row.integer(1)?)))
    }

    fn note_order(
        &self,
        message_id: &str,
        number: i64,
        phase: Phase,
        fallback: Fallback,
    ) -> Result<(), Unavailable> {
        let (state, next) = fallback.unzip();
        self.note_ordered();
        self.host.query(
            "INSERT OR REPLACE INTO manual (message_id, number, phase, state, next_attempt_at)
             VALUES (?, ?, ?, ?, ?)",
            vec![
                message_id.into(),
                number.into(),
                (phase as i64).into(),
                state.map(State::number).into(),
                next.flatten().into(),
            ],
        )?;
        Ok(())
    }

    /// As [`Self::note_order`]; what the delivery falls back to stays.
    fn repeat_order(&self, message_id: &str, number: i64, phase: Phase) -> Result<(), Unavailable> {
        self.note_ordered();
        self.host.query(
            "INSERT INTO manual (message_id, number, phase) VALUES (?1, ?2, ?3)
             ON CONFLICT (message_id) DO UPDATE SET number = ?2, phase = ?3",
            vec![message_id.into(), number.into(), (phase as i64).into()],
        )?;
        Ok(())
    }

    pub(super) fn set_phase(&self, message_id: &str, phase: Phase) -> Result<(), Unavailable> {
        self.host.query(
            "UPDATE manual SET phase = ?1, state = IIF(?1 = 0, NULL, state),
                next_attempt_at = IIF(?1 = 0, NULL, next_attempt_at)
             WHERE message_id = ?2",
            vec![(phase as i64).into(), message_id.into()],
        )?;
        Ok(())
    }

    fn due_now(&self, message_id: &str, made: Option<i64>, now: Millis) -> Result<(), Unavailable> {
        self.host.query(
            "UPDATE deliveries SET state = ?, next_attempt_at = ?, made = COALESCE(?, made)
             WHERE message_id = ?",
            vec![
                State::Pending.number().into(),
                now.into(),
                made.map_or(Value::Null, Value::Integer),
                message_id.into(),
            ],
        )?;
        Ok(())
    }

    fn keep_payload(&self, message: Message) -> Result<(), Unavailable> {
        // It may have been cancelled before it came here: then its labels are not known yet.
        self.host.query(
            "UPDATE deliveries SET channels = ?, tags = ? WHERE message_id = ?",
            vec![
                labels(&message.channels)?,
                labels(&message.tags)?,
                message.id.as_str().into(),
            ],
        )?;
        let payload = payload::to_column(message.payload)?;
        self.host.query(
            "INSERT OR IGNORE INTO payloads (message_id, content_type, payload) VALUES (?, ?, ?)",
            vec![message.id.into(), message.content_type.into(), payload],
        )?;
        Ok(())
    }

    fn end_canceled(&self, message_id: &str) -> Result<(), Unavailable> {
        self.host.query(
            "UPDATE deliveries SET state = ?, next_attempt_at = NULL WHERE message_id = ?",
            vec![State::Canceled.number().into(), message_id.into()],
        )?;
        self.host.query(
            "DELETE FROM payloads WHERE message_id = ?",
            vec![message_id.into()],
        )?;
        self.set_phase(message_id, Phase::Done)
    }
}

/// Where a delivery stands after an attempt that was asked for has failed.
pub(super) fn fall_back(
    fallback: Fallback,
    made: usize,
    after: After,
    verdict: &Verdict,
    now: Millis,
) -> After {
    match fallback {
        None => after,
        Some((State::Pending, _)) if verdict.aborted => after,
        Some((state, next)) => After {
            state,
            made,
            due: next.map(|at| at.max(now + verdict.retry_after_ms.unwrap_or(0))),
        },
    }
}

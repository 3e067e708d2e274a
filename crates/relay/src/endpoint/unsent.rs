//! Attempts that were written and whose requests do not leave after all: the endpoint's name could not be
//! looked up, or somebody came between.
//!
//! As with one that was interrupted, the schedule is not used up, and what an operator asked for is still
//! to be done.
//!
//! Not here: what never can leave (`ending`), which fails by the schedule.

use super::Endpoint;
use super::manual::{After, Phase};
use super::taking::Leaving;
use crate::attempt::{self, State};
use crate::health::Health;
use crate::port::{Host, Unavailable};

impl<H: Host> Endpoint<H> {
    /// Nobody could tell where the endpoint's name leads. That is no failure of one delivery's: all of the
    /// endpoint's wait, longer each time, and for a day at most.
    pub(super) fn hold_off(
        &self,
        leaving: &Leaving<'_>,
        reason: String,
    ) -> Result<bool, Unavailable> {
        if self.retired.get() {
            return Ok(false);
        }
        let mut health = self.known_health()?;
        match health.hold_off(self.host.now()) {
            true => self.put_back(leaving, &reason, Some(health)).map(|()| true),
            false => self.never_left(leaving, reason),
        }
    }

    /// Whether something has come between, while it was found out whether the request may leave. Its
    /// attempt is then ended.
    pub(super) fn is_called_off(&self, leaving: &Leaving<'_>) -> Result<bool, Unavailable> {
        if self.retired.get() {
            return Ok(true);
        }
        let reason = if !self.has_payload(&leaving.message_id)? {
            "not sent: its message was expunged"
        } else if self.is_cancelled(leaving)? {
            "not sent: it was cancelled"
        } else if self.known_config()?.is_some_and(|config| config.disabled) {
            "not sent: its endpoint was disabled"
        } else {
            return Ok(false);
        };
        self.put_back(leaving, reason, None)?;
        Ok(true)
    }

    fn is_cancelled(&self, leaving: &Leaving<'_>) -> Result<bool, Unavailable> {
        let (_, phase) = self.last_order(&leaving.message_id)?;
        Ok(phase == Phase::LastOne as i64)
    }

    fn put_back(
        &self,
        leaving: &Leaving<'_>,
        reason: &str,
        health: Option<Health>,
    ) -> Result<(), Unavailable> {
        let now = self.host.now();
        let id = leaving.message_id.as_str();
        self.transaction(|| {
            let took = (now - leaving.started_at).max(0);
            attempt::end(
                &self.host,
                &leaving.attempt_id,
                State::Fail,
                0,
                reason,
                took,
            )?;
            let state = if !self.has_payload(id)? {
                State::Fail
            } else if self.is_cancelled(leaving)? {
                State::Canceled
            } else {
                State::Pending
            };
            if state != State::Pending {
                self.set_phase(id, Phase::Done)?;
            }
            let after = After {
                state,
                made: leaving.made,
                due: (state == State::Pending).then_some(now),
            };
            self.stand(id, after)?;
            health.map_or(Ok(()), |health| self.write_health(health))
        })
    }
}

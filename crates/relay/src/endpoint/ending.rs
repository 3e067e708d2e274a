//! How an attempt ends: what is recorded of it, and what follows for its delivery, for the endpoint's
//! health, and for its application.

use super::Endpoint;
use super::manual::{self, After};
use super::taking::Leaving;
use crate::attempt::{self, State};
use crate::config::EndpointConfig;
use crate::id::{self, Kind};
use crate::notice::{Home, Notice};
use crate::outcome::{Verdict, judge};
use crate::payload::Prepared;
use crate::port::{Host, Http, HttpOutcome, Millis, Unavailable, Veto};

impl<H: Host> Endpoint<H> {
    /// Tells the application what it does not know yet.
    ///
    /// # Errors
    /// The storage is away. An application that is away is not an error: it is told later.
    pub async fn report(&self, home: &impl Home) -> Result<(), Unavailable> {
        // One at a time, or an earlier notice could be heard after a later one.
        let Some(_place) = self.telling.enter("home") else {
            return Ok(());
        };
        while let Some((last, notices)) = self.take_notices()? {
            let config = self.known_config()?;
            let application = config.as_ref().and_then(|c| c.application.as_deref());
            if let Some(application) = application
                && home.tell(application, notices).await.is_err()
            {
                break;
            }
            // An endpoint of before applications were noted has nobody to tell.
            self.notices_heard(last)?;
        }
        self.rearm()
    }

    /// Sends one request and records what came of it. Whether anything is due by it: its delivery again,
    /// or a notice.
    pub(super) async fn send(
        &self,
        leaving: Leaving<'_>,
        request: Prepared,
        http: &impl Http,
    ) -> Result<bool, Unavailable> {
        let signed = match request {
            Prepared::Ready(request) => Ok((request, None)),
            Prepared::Stored(stored) => {
                let now = self.host.now();
                stored.sign(&self.vault, self.guard, now, http).await
            }
            Prepared::Never(reason) => Err(reason),
        };
        let (request, stored) = match signed {
            Ok(signed) => signed,
            Err(reason) => return self.never_left(&leaving, reason),
        };
        if http.vets() {
            match http.vet(&request.url, request.timeout_ms).await {
                Ok(()) => {}
                Err(Veto::Blocked(reason)) => {
                    return self.never_left(&leaving, format!("blocked: {reason}"));
                }
                Err(Veto::Unknown(reason)) => {
                    return self.hold_off(&leaving, format!("not sent: {reason}"));
                }
            }
        }
        // What leaves in the moment in which it was taken, nobody could call off meanwhile.
        if (http.vets() || stored.is_some()) && self.is_called_off(&leaving)? {
            return Ok(true);
        }
        let outcome = match stored {
            None => http.post(request).await,
            Some(key) => http.post_stored(request, &key).await,
        };
        let verdict = judge(outcome, self.host.now());
        self.record(&leaving, &verdict, true)
    }

    /// What never left says nothing of the receiver's health.
    pub(super) fn never_left(
        &self,
        leaving: &Leaving<'_>,
        reason: String,
    ) -> Result<bool, Unavailable> {
        let verdict = judge(HttpOutcome::Failed(reason), self.host.now());
        self.record(leaving, &verdict, false)
    }

    fn record(
        &self,
        leaving: &Leaving<'_>,
        verdict: &Verdict,
        left: bool,
    ) -> Result<bool, Unavailable> {
        if self.retired.get() {
            return Ok(false);
        }
        let now = self.host.now();
        let made = leaving.made + 1;
        let config = self.known_config()?;
        let next = match &config {
            Some(config) if !verdict.delivered && !verdict.aborted => {
                self.next(config, made, verdict)
            }
            _ => None,
        };
        let attempt_state = if verdict.delivered {
            State::Success
        } else {
            State::Fail
        };
        self.transaction(|| {
            // What was expunged while it was out is not sent again.
            let next = match next {
                Some(delay) if self.has_payload(&leaving.message_id)? => Some(delay),
                _ => None,
            };
            let mut after = After {
                state: match next {
                    Some(_) => State::Pending,
                    None => attempt_state,
                },
                made,
                due: next.map(|delay| now + delay),
            };
            if let Some(fallback) = leaving.asked_for
                && !verdict.delivered
            {
                after = manual::fall_back(fallback, leaving.made, after, verdict, now);
            }
            attempt::end(
                &self.host,
                &leaving.attempt_id,
                attempt_state,
                verdict.status_code,
                &verdict.response,
                (now - leaving.started_at).max(0),
            )?;
            let after = self.after_orders(&leaving.message_id, after, now)?;
            self.stand(&leaving.message_id, after)?;
            if let Some(config) = &config {
                self.tell_of_attempt(config, leaving, verdict, after, now)?;
            }
            if let Some(config) = config.as_ref().filter(|_| left) {
                self.note(config, verdict, now)?;
            }
            Ok(after.due.is_some() || self.has_new_notice())
        })
    }

    /// Writes where a delivery stands, inside the caller's transaction.
    pub(super) fn stand(&self, message_id: &str, after: After) -> Result<(), Unavailable> {
        self.host.query(
            "UPDATE deliveries SET state = ?, made = ?, next_attempt_at = ? WHERE message_id = ?",
            vec![
                after.state.number().into(),
                (after.made as i64).into(),
                after.due.into(),
                message_id.into(),
            ],
        )?;
        if after.due.is_none() {
            self.host.query(
                "DELETE FROM payloads WHERE message_id = ?",
                vec![message_id.into()],
            )?;
        }
        Ok(())
    }

    /// Milliseconds to the next attempt: by the schedule, or later if the receiver asks for it.
    fn next(&self, config: &EndpointConfig, made: usize, verdict: &Verdict) -> Option<Millis> {
        let delay = config.schedule().delay_ms(made, &self.host)?;
        Some(delay.max(verdict.retry_after_ms.unwrap_or(0)))
    }

    /// Notes the endpoint's health, inside the caller's transaction.
    fn note(
        &self,
        config: &EndpointConfig,
        verdict: &Verdict,
        now: Millis,
    ) -> Result<(), Unavailable> {
        let before = self.known_health()?;
        let mut health = before.clone();
        if let Some(reason) = health.note(verdict, config, now) {
            let notice = Notice::Disabled {
                id: id::new(Kind::Message, &self.host),
                failing_since: health.failing_since,
                endpoint_id: config.id.clone(),
                version: config.version,
                reason,
                at: now,
            };
            self.keep_notice(&notice, now)?;
        }
        if health == before {
            return Ok(());
        }
        self.write_health(health)
    }
}

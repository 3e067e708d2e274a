//! What an endpoint tells of its messages: that one keeps failing, that it got through after all,
//! that it never will.
//!
//! The names are those of the public Svix set. Of a thousand messages that fail together, twenty in an
//! hour are told as failing; each that is given up is told, for it is lost unless somebody acts.

use super::Endpoint;
use super::manual::After;
use super::taking::Leaving;
use crate::attempt::State;
use crate::config::EndpointConfig;
use crate::id::{self, Kind};
use crate::notice::{Fate, LastAttempt, Notice};
use crate::operational;
use crate::outcome::Verdict;
use crate::port::{Host, Millis, Unavailable};

pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE failing (message_id TEXT PRIMARY KEY, told_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX failing_by_time ON failing (told_at)",
];

/// The failed attempt with which a message is told as failing, as Svix has it.
const FAILING_AFTER: usize = 4;

/// Most messages of an endpoint that are told as failing in an hour.
const MOST_FAILING: i64 = 20;
const HOUR_MS: Millis = 3_600_000;

impl<H: Host> Endpoint<H> {
    /// Notes what is to be told of an attempt that has ended, inside the caller's transaction.
    pub(super) fn tell_of_attempt(
        &self,
        config: &EndpointConfig,
        leaving: &Leaving<'_>,
        verdict: &Verdict,
        after: After,
        now: Millis,
    ) -> Result<(), Unavailable> {
        if operational::told_about(config).is_none() {
            return Ok(());
        }
        let message_id = leaving.message_id.as_str();
        let fate = if verdict.delivered {
            if leaving.made < FAILING_AFTER || !self.was_told(message_id)? {
                return Ok(());
            }
            Fate::Recovered
        } else if after.state == State::Fail {
            self.was_told(message_id)?;
            Fate::Exhausted
        } else if after.made == FAILING_AFTER
            && leaving.made < after.made
            && self.may_tell(message_id, now)?
        {
            Fate::Failing
        } else {
            return Ok(());
        };
        let notice = Notice::Message {
            endpoint_id: config.id.clone(),
            id: id::new(Kind::Message, &self.host),
            fate,
            message_id: message_id.to_owned(),
            attempt: LastAttempt {
                id: leaving.attempt_id.clone(),
                status_code: verdict.status_code,
                at: leaving.started_at,
            },
            at: now,
        };
        self.keep_notice(&notice, now)
    }

    /// Whether a message was told as failing. From now on it is not.
    fn was_told(&self, message_id: &str) -> Result<bool, Unavailable> {
        let rows = self.host.query(
            "DELETE FROM failing WHERE message_id = ? RETURNING message_id",
            vec![message_id.into()],
        )?;
        Ok(!rows.is_empty())
    }

    /// Whether a message may be told as failing. From now on it is.
    fn may_tell(&self, message_id: &str, now: Millis) -> Result<bool, Unavailable> {
        let rows = self.host.query(
            "INSERT OR IGNORE INTO failing (message_id, told_at)
             SELECT ?1, ?2 WHERE ?3 > (
                SELECT COUNT(*) FROM failing WHERE told_at > ?4)
             RETURNING message_id",
            vec![
                message_id.into(),
                now.into(),
                MOST_FAILING.into(),
                (now - HOUR_MS).into(),
            ],
        )?;
        Ok(!rows.is_empty())
    }
}

//! An endpoint's health: how long it has been failing, when that disables it, and how long nothing
//! is sent to it because it is overloaded.
//!
//! One row of the endpoint's own storage, written with the attempt that changes it.

use serde::{Deserialize, Serialize};

use crate::config::EndpointConfig;
use crate::outcome::{LONGEST_RETRY_AFTER_MS, Verdict};
use crate::port::{Millis, Sql, Unavailable, Value};

/// The first pause of an overloaded endpoint that names none; each further one is twice as long.
const FIRST_PAUSE_MS: Millis = 5_000;
/// The longest such pause.
const LONGEST_PAUSE_MS: Millis = 300_000;
/// Pauses in a row after which a name that cannot be looked up is a failure as any other: a day of them.
const MOST_PAUSES: i64 = 294;

/// When failures disable an endpoint. Neither: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisableRule {
    /// After so many attempts in a row that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consecutive_failures: Option<u32>,
    /// When every attempt has failed for so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_for_secs: Option<u32>,
}

/// Why an endpoint was disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DisableReason {
    /// The receiver asked for it: 410, or `webhook-delivery: disable`.
    Gone,
    /// The rule of its profile, or its own.
    Failing,
}

pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE health (
        one INTEGER PRIMARY KEY CHECK (one = 1), failures INTEGER NOT NULL, failing_since INTEGER,
        disabled_in INTEGER, paused_until INTEGER, pauses INTEGER NOT NULL
    )",
    "INSERT INTO health (one, failures, pauses) VALUES (1, 0, 0)",
];

/// How an endpoint fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Attempts that failed since the last success.
    pub failures: i64,
    /// When the first of them failed.
    pub failing_since: Option<Millis>,
    /// The version of the configuration under which it was disabled, unless it is enabled.
    pub disabled_in: Option<i64>,
    /// Nothing is sent before.
    pub paused_until: Option<Millis>,
    /// Pauses in a row.
    pub pauses: i64,
}

impl Health {
    pub(crate) fn read(sql: &impl Sql) -> Result<Self, Unavailable> {
        let rows = sql.query(
            "SELECT failures, failing_since, disabled_in, paused_until, pauses FROM health",
            vec![],
        )?;
        let Some(row) = rows.first() else {
            return Ok(Self::default());
        };
        Ok(Self {
            failures: row.integer(0)?,
            failing_since: row.optional_integer(1)?,
            disabled_in: row.optional_integer(2)?,
            paused_until: row.optional_integer(3)?,
            pauses: row.integer(4)?,
        })
    }

    pub(crate) fn write(&self, sql: &impl Sql) -> Result<(), Unavailable> {
        let number = |value: Option<i64>| value.map_or(Value::Null, Value::Integer);
        sql.query(
            "UPDATE health SET failures = ?, failing_since = ?, disabled_in = ?,
                paused_until = ?, pauses = ?",
            vec![
                self.failures.into(),
                number(self.failing_since),
                number(self.disabled_in),
                number(self.paused_until),
                self.pauses.into(),
            ],
        )?;
        Ok(())
    }

    /// Notes how an attempt ended. The reason, if this disables the endpoint.
    pub(crate) fn note(
        &mut self,
        verdict: &Verdict,
        config: &EndpointConfig,
        now: Millis,
    ) -> Option<DisableReason> {
        if verdict.delivered {
            self.failures = 0;
            self.failing_since = None;
            self.pauses = 0;
        } else {
            self.failures += 1;
            let since = *self.failing_since.get_or_insert(now);
            // A clock that was set back must not make the failing look shorter than it is for ever.
            self.failing_since = Some(since.min(now));
        }
        if verdict.throttled {
            self.pause(verdict.retry_after_ms, now);
        }
        if self.is_disabled(config) {
            return None;
        }
        let reason = if verdict.gone {
            DisableReason::Gone
        } else if self.has_failed_enough(config.disable_rule(), now) {
            DisableReason::Failing
        } else {
            return None;
        };
        self.disabled_in = Some(config.version as i64);
        Some(reason)
    }

    /// Nobody could tell where the endpoint's name leads: nothing is sent to it for a while. False if
    /// that has gone on for too long to be waited out.
    pub(crate) fn hold_off(&mut self, now: Millis) -> bool {
        let holds = self.pauses < MOST_PAUSES;
        if holds {
            self.pause(None, now);
        }
        holds
    }

    fn has_failed_enough(&self, rule: DisableRule, now: Millis) -> bool {
        let Some(since) = self.failing_since else {
            return false;
        };
        let often = rule
            .consecutive_failures
            .is_some_and(|most| self.failures >= i64::from(most));
        let long = rule
            .failing_for_secs
            .is_some_and(|secs| self.failures > 1 && now - since >= i64::from(secs) * 1000);
        often || long
    }

    /// The receiver is overloaded, or not to be found. Of requests that were out together, one alone
    /// counts.
    fn pause(&mut self, asked: Option<Millis>, now: Millis) {
        let own = FIRST_PAUSE_MS << self.pauses.clamp(0, 16);
        let until = now + asked.unwrap_or(own.min(LONGEST_PAUSE_MS));
        if self.paused_until.is_none_or(|before| before <= now) {
            self.pauses += 1;
        } else if asked.is_none() {
            return;
        }
        self.paused_until = self.paused_until.max(Some(until));
    }

    /// Whether nothing may be sent until the operator says so.
    pub fn is_disabled(&self, config: &EndpointConfig) -> bool {
        config.disabled
            || self
                .disabled_in
                .is_some_and(|version| config.enabled_in as i64 <= version)
    }

    /// Before then nothing is sent. No pause is longer than a receiver may ask for, whatever the
    /// clock has done since.
    pub fn paused_until(&self, now: Millis) -> Millis {
        let until = self.paused_until.unwrap_or(0);
        until.min(now + LONGEST_RETRY_AFTER_MS)
    }

    /// The endpoint was enabled by its operator: it starts anew.
    pub(crate) fn after_enabling(self, config: &EndpointConfig) -> Self {
        match self.disabled_in {
            Some(version) if config.enabled_in as i64 > version => Self::default(),
            _ => self,
        }
    }
}

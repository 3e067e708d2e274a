//! What every attempt asks of an endpoint's storage, remembered while its object lives: its health, its
//! throttle, when its application is next told something, and whether an operator has ordered anything.
//!
//! Nobody else writes these. So it is read once, and afterwards only written;
//! whatever fails, it is read anew, for a call that failed may have landed.

use std::cell::{Cell, RefCell};

use super::Endpoint;
use super::throttle::{self, Throttle};
use crate::backoff;
use crate::config::EndpointConfig;
use crate::health::Health;
use crate::notice::{self, Notice};
use crate::port::{Host, Millis, Unavailable};

/// Nothing of it is known at first.
#[derive(Debug, Default)]
pub(super) struct Memory {
    health: RefCell<Option<Health>>,
    full_at_us: Cell<Option<i64>>,
    told_at: Cell<Option<Option<Millis>>>,
    ordered: Cell<Option<bool>>,
}

impl Memory {
    pub(super) fn forget(&self) {
        self.health.replace(None);
        self.full_at_us.set(None);
        self.told_at.set(None);
        self.ordered.set(None);
    }
}

impl<H: Host> Endpoint<H> {
    /// One transaction. Where it fails, what was remembered is read anew.
    pub(super) fn transaction<T>(
        &self,
        work: impl FnOnce() -> Result<T, Unavailable>,
    ) -> Result<T, Unavailable> {
        let outcome = self.host.transaction(work);
        if outcome.is_err() {
            self.memory.forget();
        }
        outcome
    }

    pub(super) fn known_health(&self) -> Result<Health, Unavailable> {
        if let Some(known) = &*self.memory.health.borrow() {
            return Ok(known.clone());
        }
        let health = Health::read(&self.host)?;
        self.memory.health.replace(Some(health.clone()));
        Ok(health)
    }

    /// Writes it, inside the caller's [`transaction`](Self::transaction).
    pub(super) fn write_health(&self, health: Health) -> Result<(), Unavailable> {
        health.write(&self.host)?;
        self.memory.health.replace(Some(health));
        Ok(())
    }

    /// Whether an operator has ordered anything that is still noted here.
    pub(super) fn is_ordered(&self) -> Result<bool, Unavailable> {
        if let Some(known) = self.memory.ordered.get() {
            return Ok(known);
        }
        let rows = self.host.query("SELECT 1 FROM manual LIMIT 1", vec![])?;
        self.memory.ordered.set(Some(!rows.is_empty()));
        Ok(!rows.is_empty())
    }

    /// From now on something is, inside the caller's [`transaction`](Self::transaction).
    pub(super) fn note_ordered(&self) {
        self.memory.ordered.set(Some(true));
    }

    /// The bucket at `now`, if the endpoint has one.
    pub(super) fn throttle(
        &self,
        config: &EndpointConfig,
        now: Millis,
    ) -> Result<Option<Throttle>, Unavailable> {
        let Some(rate) = config.throttle_rate else {
            return Ok(None);
        };
        let full_at_us = match self.memory.full_at_us.get() {
            Some(known) => known,
            None => throttle::read(&self.host)?,
        };
        self.memory.full_at_us.set(Some(full_at_us));
        Ok(Some(Throttle::at(rate, full_at_us, now)))
    }

    /// Takes a token, inside the caller's [`transaction`](Self::transaction).
    pub(super) fn take_token(&self, throttle: Throttle) -> Result<(), Unavailable> {
        let full_at_us = throttle.after_one();
        throttle::write(&self.host, full_at_us)?;
        self.memory.full_at_us.set(Some(full_at_us));
        Ok(())
    }

    /// Keeps a notice until it has been heard, inside the caller's [`transaction`](Self::transaction).
    pub(super) fn keep_notice(&self, notice: &Notice, now: Millis) -> Result<(), Unavailable> {
        self.memory.told_at.set(None);
        notice::keep(&self.host, notice, now)
    }

    /// Whether the alarm may know nothing of a notice: one was kept since it was last looked at.
    pub(super) fn has_new_notice(&self) -> bool {
        self.memory.told_at.get().is_none()
    }

    /// The notices that are due, put off to the next try, and the last of their numbers.
    pub(super) fn take_notices(&self) -> Result<Option<(i64, Vec<Notice>)>, Unavailable> {
        let now = self.host.now();
        if self.told_at()?.is_none_or(|at| at > now) {
            return Ok(None);
        }
        self.memory.told_at.set(None);
        notice::take(&self.host, now)
    }

    pub(super) fn notices_heard(&self, last: i64) -> Result<(), Unavailable> {
        self.memory.told_at.set(None);
        notice::heard(&self.host, last)
    }

    /// When the application is told something next.
    pub(super) fn told_at(&self) -> Result<Option<Millis>, Unavailable> {
        if let Some(known) = self.memory.told_at.get() {
            return Ok(known);
        }
        let due = backoff::earliest(&self.host, "notices")?;
        self.memory.told_at.set(Some(due));
        Ok(due)
    }
}

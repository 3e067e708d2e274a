//! The one alarm of an object, kept at the earliest time at which something is due.
//!
//! Setting an alarm is a billed write, so the last setting is remembered and a later one is not
//! repeated. An alarm that should have rung and did not is set anew at the next entry.

use std::cell::Cell;

use crate::port::{Alarm, Clock, Millis, Unavailable};

/// An alarm that is this late is taken for lost.
const OVERDUE_MS: Millis = 5_000;

/// What is known of the object's alarm.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    armed: Cell<Option<Millis>>,
}

impl Wake {
    /// What was known is void: the alarm has rung, or the shell has set another.
    pub(crate) fn void(&self) {
        self.armed.set(None);
    }

    /// Whether an alarm is set, by this instance, and not lost.
    pub(crate) fn is_set(&self, host: &impl Clock) -> bool {
        let at = self.armed.get();
        at.is_some_and(|at| at + OVERDUE_MS >= host.now())
    }

    /// Makes sure that the alarm rings at `due` or before.
    pub(crate) fn no_later_than<H: Alarm + Clock>(
        &self,
        host: &H,
        due: Option<Millis>,
    ) -> Result<(), Unavailable> {
        let Some(due) = due else { return Ok(()) };
        match self.armed.get() {
            Some(at) if at <= due && self.is_set(host) => Ok(()),
            _ => {
                host.set_alarm(due)?;
                self.armed.set(Some(due));
                Ok(())
            }
        }
    }
}

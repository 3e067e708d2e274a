//! A timestamp that stands in a signed body, and whether one is near enough to now.

use super::Verifier;
use crate::error::VerifyError;
use crate::pointer::{Found, find};
use crate::request::Request;
use crate::scheme::TimestampPlace;

impl Verifier {
    /// A timestamp that the body's signature covers, read once that has matched.
    pub(super) fn timestamp_in_body(&self, request: &Request<'_>) -> Result<u64, VerifyError> {
        let timestamp = self.scheme.timestamp.as_ref();
        let Some((TimestampPlace::Pointer(pointer), unit)) =
            timestamp.map(|timestamp| (&timestamp.place, timestamp.unit))
        else {
            return Ok(0);
        };
        let found = find(request.body, &[pointer]);
        match found.into_iter().next().and_then(Found::text) {
            None => Err(VerifyError::MissingField {
                pointer: pointer.clone(),
            }),
            Some(text) => unit
                .parse(&text)
                .map_err(|reason| VerifyError::MalformedField {
                    pointer: pointer.clone(),
                    reason,
                }),
        }
    }

    pub(crate) fn check_age(&self, timestamp: u64, now: u64) -> Result<(), VerifyError> {
        if timestamp < now {
            self.check_not_before(timestamp, now, self.tolerance)
        } else {
            self.check_not_after(timestamp, now, self.tolerance)
        }
    }

    pub(crate) fn check_not_before(
        &self,
        timestamp: u64,
        now: u64,
        tolerance: u32,
    ) -> Result<(), VerifyError> {
        if !self.checks_replay || now.saturating_sub(timestamp) <= u64::from(tolerance) {
            return Ok(());
        }
        Err(VerifyError::TimestampTooOld {
            timestamp,
            now,
            tolerance,
        })
    }

    pub(crate) fn check_not_after(
        &self,
        timestamp: u64,
        now: u64,
        tolerance: u32,
    ) -> Result<(), VerifyError> {
        if !self.checks_replay || timestamp.saturating_sub(now) <= u64::from(tolerance) {
            return Ok(());
        }
        Err(VerifyError::TimestampInFuture {
            timestamp,
            now,
            tolerance,
        })
    }
}

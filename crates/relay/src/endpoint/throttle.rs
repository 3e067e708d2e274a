//! The throttle of an endpoint: at most so many requests a second leave for it.
//!
//! A token bucket, kept as one moment: when it would be full again (the 'generic cell rate
//! algorithm'). It stands in the endpoint's storage, so that a new instance goes on where the last
//! one was, and is written with the attempt that takes the token. Up to 39 requests a second the
//! bucket holds one token, and requests leave evenly; above, it holds a twentieth of a second's, so
//! that one alarm can send several.
//!
//! Not here: the pauses of an overloaded receiver, which are its health.

use crate::port::{Millis, Sql, Unavailable};

/// A bucket holds what comes in a second divided by this.
const SHARE: i64 = 20;

pub(super) const SCHEMA: &[&str] = &[
    "CREATE TABLE throttle (
        one INTEGER PRIMARY KEY CHECK (one = 1), full_at_us INTEGER NOT NULL
    )",
    "INSERT INTO throttle (one, full_at_us) VALUES (1, 0)",
];

/// When the bucket would be full, as it is stored.
pub(super) fn read(sql: &impl Sql) -> Result<i64, Unavailable> {
    sql.query("SELECT full_at_us FROM throttle", vec![])?
        .first()
        .map_or(Ok(0), |row| row.integer(0))
}

pub(super) fn write(sql: &impl Sql, full_at_us: i64) -> Result<(), Unavailable> {
    sql.query(
        "UPDATE throttle SET full_at_us = ?",
        vec![full_at_us.into()],
    )?;
    Ok(())
}

/// An endpoint's bucket at one moment. Moments are unix microseconds: of 65,535 requests a second
/// each takes 16 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Throttle {
    tokens: i64,
    token_us: i64,
    full_at_us: i64,
}

impl Throttle {
    /// The bucket of so many requests a second that would be full at `full_at_us`, at `now`.
    pub(super) fn at(rate: u16, full_at_us: i64, now: Millis) -> Self {
        let rate = i64::from(rate.max(1));
        let (tokens, token_us) = ((rate / SHARE).max(1), (999_999 + rate) / rate);
        let now_us = now * 1000;
        Self {
            tokens,
            token_us,
            // An empty bucket is full again after this, whatever the clock has done since.
            full_at_us: full_at_us.clamp(now_us, now_us + tokens * token_us),
        }
    }

    /// The first moment at which a request may leave.
    pub(super) fn opens_at(self) -> Millis {
        self.has(1)
    }

    /// When to look again: half a bucket at a time, so that alarms do not come by the token.
    pub(super) fn wakes_at(self) -> Millis {
        self.has((self.tokens / 2).max(1))
    }

    /// When it would be full, one token taken.
    pub(super) fn after_one(self) -> i64 {
        self.full_at_us + self.token_us
    }

    /// When the bucket has so many tokens.
    fn has(self, tokens: i64) -> Millis {
        let at_us = self.full_at_us - (self.tokens - tokens) * self.token_us;
        (at_us + 999).div_euclid(1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_773_738_000_000;

    /// When each of the first requests leaves whose sender asks every millisecond.
    fn sends(rate: u16, span: Millis) -> Vec<Millis> {
        let (mut full_at_us, mut sent) = (0, vec![]);
        for now in NOW..NOW + span {
            loop {
                let throttle = Throttle::at(rate, full_at_us, now);
                if throttle.opens_at() > now {
                    break;
                }
                full_at_us = throttle.after_one();
                sent.push(now - NOW);
            }
        }
        sent
    }

    #[test]
    fn no_second_has_more_than_the_rate_and_a_bucket_above_39() {
        for rate in [1, 2, 3, 7, 39, 40, 99, 1_000, 65_535] {
            let sent = sends(rate, 3_000);
            let bucket = if rate < 40 { 0 } else { usize::from(rate) / 20 };
            let most = (0..2_000)
                .map(|from| {
                    let second = from..from + 1_000;
                    sent.iter().filter(|at| second.contains(*at)).count()
                })
                .max();
            let bound = usize::from(rate) + bucket;
            assert!(most.is_some_and(|most| most <= bound), "{rate}: {most:?}");
            // And hardly fewer: a moment is a whole millisecond.
            let least = usize::from(rate) * 3 * 95 / 100;
            assert!(sent.len() >= least, "{rate}: {}", sent.len());
        }
        assert_eq!(sends(4, 1_001), [0, 250, 500, 750, 1_000]);
    }

    #[test]
    fn a_clock_that_was_set_back_costs_one_bucket_at_most() {
        let day_later = (NOW + 86_400_000) * 1000;
        assert_eq!(Throttle::at(2, day_later, NOW).opens_at(), NOW + 500);
        assert_eq!(Throttle::at(400, day_later, NOW).opens_at(), NOW + 3);
        assert_eq!(Throttle::at(400, day_later, NOW).wakes_at(), NOW + 25);
        assert_eq!(Throttle::at(400, 0, NOW).wakes_at(), NOW - 25);
    }
}

//! How often something may be done: a bucket that fills with time.
//!
//! For work that a stranger's request can ask for: fetching a certificate, writing a refusal down.
//! One bucket is one isolate's; there may be many isolates, so it bounds a cost and counts nothing.

use crate::port::Millis;

/// How much at once, and how fast it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What a full bucket holds.
    pub burst: u32,
    /// Milliseconds after which one more is allowed.
    pub every_ms: Millis,
}

/// A bucket, full at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    left: u32,
    counted_at: Millis,
}

impl Allowance {
    /// A full bucket.
    pub fn full(rate: Rate, now: Millis) -> Self {
        Self {
            left: rate.burst,
            counted_at: now,
        }
    }

    /// Takes one out, if there is one. A clock that goes back adds nothing.
    pub fn take(&mut self, rate: Rate, now: Millis) -> bool {
        let every = rate.every_ms.max(1);
        let earned = (now - self.counted_at).max(0) / every;
        let room = rate.burst.saturating_sub(self.left);
        match u32::try_from(earned) {
            Ok(earned) if earned < room => {
                self.left += earned;
                // What is earned in part stays earned.
                self.counted_at += Millis::from(earned) * every;
            }
            _ => {
                self.left = rate.burst;
                self.counted_at = now;
            }
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 3,
        every_ms: 1_000,
    };

    #[test]
    fn a_burst_is_allowed_and_then_one_for_each_interval() {
        let mut bucket = Allowance::full(RATE, 0);
        let mut take = |now| bucket.take(RATE, now);
        assert_eq!(
            [0, 0, 0, 0, 999].map(&mut take),
            [true, true, true, false, false]
        );
        assert_eq!(
            [1_000, 1_000, 1_999, 2_000].map(&mut take),
            [true, false, false, true]
        );
    }

    #[test]
    fn a_long_rest_fills_the_bucket_and_no_more() {
        let mut bucket = Allowance::full(RATE, 0);
        for _ in 0..3 {
            assert!(bucket.take(RATE, 0));
        }
        let later = [1_000_000; 4].map(|now| bucket.take(RATE, now));
        assert_eq!(later, [true, true, true, false]);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut bucket = Allowance::full(RATE, 10_000);
        for _ in 0..3 {
            assert!(bucket.take(RATE, 10_000));
        }
        assert!(!bucket.take(RATE, 0));
        assert!(!bucket.take(RATE, 10_500));
        assert!(bucket.take(RATE, 11_000));
    }
}

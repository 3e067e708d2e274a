//! Retry schedules: when each attempt of a delivery is due.
//!
//! Not here: `Retry-After` and throttles, which only ever move an attempt to later.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::port::{Millis, Random};

/// Most attempts of one schedule.
pub const MOST_ATTEMPTS: u32 = 50;

/// Longest wait before an attempt, seconds: 7 days.
pub const LONGEST_WAIT_SECS: u32 = 7 * 86_400;

/// Seconds before each attempt. The first counts from acceptance, every other from the end of the
/// attempt before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Schedule {
    /// Each wait by itself; as many attempts as entries. In JSON a list of numbers.
    List(Cow<'static, [u32]>),
    /// Waits that follow a rule. In JSON an object with the rule's name as `type`.
    Rule(Rule),
}

/// How waits grow. The first attempt is made at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Rule {
    /// `first`, `first + step`, `first + 2 · step`, …
    #[serde(rename_all = "camelCase")]
    Linear {
        /// Seconds before the second attempt.
        first_secs: u32,
        /// Seconds that each further wait is longer; 0 for equal waits.
        #[serde(default)]
        step_secs: u32,
        /// The longest wait, seconds.
        #[serde(default = "longest")]
        cap_secs: u32,
        /// Attempts in all.
        attempts: u32,
    },
    /// `first`, `first · factor`, `first · factor²`, …
    #[serde(rename_all = "camelCase")]
    Exponential {
        /// Seconds before the second attempt.
        first_secs: u32,
        /// By how much each wait is longer than the one before.
        #[serde(default = "double")]
        factor: u32,
        /// The longest wait, seconds.
        #[serde(default = "longest")]
        cap_secs: u32,
        /// Attempts in all.
        attempts: u32,
    },
}

fn longest() -> u32 {
    LONGEST_WAIT_SECS
}

fn double() -> u32 {
    2
}

impl Schedule {
    /// A schedule of these waits, seconds.
    pub const fn list(waits: &'static [u32]) -> Self {
        Self::List(Cow::Borrowed(waits))
    }

    /// Whether it is within bounds: 1 to [`MOST_ATTEMPTS`] attempts, no wait longer than
    /// [`LONGEST_WAIT_SECS`], and a factor of 1 to 10.
    pub fn is_sound(&self) -> bool {
        let attempts = 1..=MOST_ATTEMPTS;
        match self {
            Self::List(waits) => {
                attempts.contains(&u32::try_from(waits.len()).unwrap_or(u32::MAX))
                    && waits.iter().all(|wait| *wait <= LONGEST_WAIT_SECS)
            }
            Self::Rule(Rule::Linear {
                cap_secs,
                attempts: made,
                ..
            }) => attempts.contains(made) && *cap_secs <= LONGEST_WAIT_SECS,
            Self::Rule(Rule::Exponential {
                factor,
                cap_secs,
                attempts: made,
                ..
            }) => {
                attempts.contains(made)
                    && (1..=10).contains(factor)
                    && *cap_secs <= LONGEST_WAIT_SECS
            }
        }
    }

    /// Seconds to wait at least before the attempt after `made` attempts, or `None` when they are
    /// used up.
    pub fn floor_secs(&self, made: usize) -> Option<u32> {
        let rule = match self {
            Self::List(waits) => return waits.get(made).copied(),
            Self::Rule(rule) => rule,
        };
        let (attempts, cap) = match *rule {
            Rule::Linear {
                attempts, cap_secs, ..
            }
            | Rule::Exponential {
                attempts, cap_secs, ..
            } => (attempts, cap_secs),
        };
        let made = u32::try_from(made).ok().filter(|made| *made < attempts)?;
        let Some(earlier) = made.checked_sub(1) else {
            return Some(0);
        };
        let wait = match *rule {
            Rule::Linear {
                first_secs,
                step_secs,
                ..
            } => first_secs.saturating_add(step_secs.saturating_mul(earlier)),
            Rule::Exponential {
                first_secs, factor, ..
            } => first_secs.saturating_mul(factor.saturating_pow(earlier)),
        };
        Some(wait.min(cap))
    }

    /// Every wait, seconds, without jitter: the schedule as a list.
    pub fn waits(&self) -> Vec<u32> {
        (0..)
            .map_while(|made| self.floor_secs(made))
            .take(MOST_ATTEMPTS as usize)
            .collect()
    }

    /// Milliseconds to wait before the attempt after `made` attempts, with jitter, or `None` when
    /// they are used up.
    ///
    /// Jitter adds up to a tenth and never shortens: a receiver that recovers is not met by all
    /// its senders in one second, and no attempt comes earlier than the schedule says.
    pub fn delay_ms(&self, made: usize, dice: &impl Random) -> Option<Millis> {
        let floor = Millis::from(self.floor_secs(made)?) * 1000;
        let mut bytes = [0u8; 2];
        dice.fill(&mut bytes);
        let jitter = floor / 10 * Millis::from(u16::from_be_bytes(bytes)) / 65_536;
        Some(floor + jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Dice(u8);
    impl Random for Dice {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn read(json: &str) -> Schedule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_schedule_is_a_list_or_a_rule_and_is_written_as_it_was_read() {
        for (json, waits) in [
            ("[0,5,300]", vec![0, 5, 300]),
            (
                r#"{"type":"linear","firstSecs":60,"stepSecs":30,"capSecs":100,"attempts":5}"#,
                vec![0, 60, 90, 100, 100],
            ),
            (
                r#"{"type":"linear","firstSecs":60,"stepSecs":0,"capSecs":604800,"attempts":3}"#,
                vec![0, 60, 60],
            ),
            (
                r#"{"type":"exponential","firstSecs":10,"factor":3,"capSecs":200,"attempts":6}"#,
                vec![0, 10, 30, 90, 200, 200],
            ),
        ] {
            let schedule = read(json);
            assert!(schedule.is_sound(), "{json}");
            assert_eq!(schedule.waits(), waits, "{json}");
            assert_eq!(serde_json::to_string(&schedule).unwrap(), json);
        }
        let doubling = read(r#"{"type":"exponential","firstSecs":1,"attempts":50}"#);
        assert_eq!(doubling.floor_secs(49), Some(LONGEST_WAIT_SECS));
        assert_eq!(doubling.floor_secs(50), None);
        assert_eq!(doubling.floor_secs(usize::MAX), None);
    }

    #[test]
    fn a_schedule_out_of_bounds_is_not_sound() {
        let longer = vec![0; 51];
        for json in [
            "[]",
            "[604801]",
            &serde_json::to_string(&longer).unwrap(),
            r#"{"type":"linear","firstSecs":1,"attempts":0}"#,
            r#"{"type":"linear","firstSecs":1,"attempts":51}"#,
            r#"{"type":"linear","firstSecs":1,"capSecs":604801,"attempts":2}"#,
            r#"{"type":"exponential","firstSecs":1,"factor":0,"attempts":2}"#,
            r#"{"type":"exponential","firstSecs":1,"factor":11,"attempts":2}"#,
            r#"{"type":"exponential","firstSecs":1,"attempts":51}"#,
            r#"{"type":"exponential","firstSecs":1,"capSecs":604801,"attempts":2}"#,
        ] {
            assert!(!read(json).is_sound(), "{json}");
        }
        assert!(serde_json::from_str::<Schedule>(r#"{"type":"cubic","attempts":2}"#).is_err());
    }

    #[test]
    fn jitter_adds_up_to_a_tenth_and_never_shortens() {
        let schedule = Schedule::list(&[0, 30]);
        for (dice, expected) in [(0x00, 30_000), (0x80, 31_505), (0xff, 32_999)] {
            assert_eq!(schedule.delay_ms(1, &Dice(dice)), Some(expected));
        }
        assert_eq!(schedule.delay_ms(0, &Dice(0xff)), Some(0));
        assert_eq!(schedule.delay_ms(2, &Dice(0)), None);
        let rule = read(r#"{"type":"exponential","firstSecs":7,"factor":2,"attempts":20}"#);
        for (made, floor) in rule.waits().into_iter().enumerate() {
            for dice in 0..=u8::MAX {
                let delay = rule.delay_ms(made, &Dice(dice)).unwrap();
                let floor = Millis::from(floor) * 1000;
                assert!(
                    (floor..=floor + floor / 10).contains(&delay),
                    "{made}, {dice}"
                );
            }
        }
    }
}

//! Profiles: how we send. A profile is data, and an endpoint may override any field of it.
//!
//! A profile that sends is accepted by the source type of the same name that receives: both read
//! the same row of the verifier's table.

use crate::envelope::Envelope;
use crate::health::DisableRule;
use crate::schedule::{Rule, Schedule};

/// One way of sending.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name, which is also the scheme's that signs and names the headers.
    pub name: &'static str,
    /// What the body is made of.
    pub envelope: Envelope,
    /// When each attempt is due.
    pub schedule: Schedule,
    /// Seconds for one attempt, the response's body included.
    pub timeout_secs: u32,
    /// When failures disable an endpoint.
    pub disable: DisableRule,
    /// Seconds for which a rotated secret still signs, where the operator names none.
    pub overlap_secs: u32,
    /// Where these figures are published.
    pub source: &'static str,
}

const MINUTE: u32 = 60;
const HOUR: u32 = 3600;

const NEVER: DisableRule = DisableRule {
    consecutive_failures: None,
    failing_for_secs: None,
};
const AFTER_TEN: DisableRule = DisableRule {
    consecutive_failures: Some(10),
    ..NEVER
};
const AFTER_FIVE_DAYS: DisableRule = DisableRule {
    failing_for_secs: Some(5 * 24 * HOUR),
    ..NEVER
};

/// The schedule that Svix publishes (<https://docs.svix.com/retries>).
const SVIX: Schedule = Schedule::list(&[
    0,
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    10 * HOUR,
]);

/// The example of the Standard Webhooks specification, 'Deliverability and reliability'.
const STANDARD: Schedule = Schedule::list(&[
    0,
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
]);

/// Every profile; the first is the default.
pub static PROFILES: &[Profile] = &[
    Profile {
        name: "standard",
        envelope: Envelope::Payload,
        schedule: STANDARD,
        timeout_secs: 20,
        disable: AFTER_FIVE_DAYS,
        overlap_secs: 24 * HOUR,
        source: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    },
    Profile {
        name: "svix",
        envelope: Envelope::Payload,
        schedule: SVIX,
        timeout_secs: 15,
        disable: AFTER_FIVE_DAYS,
        overlap_secs: 24 * HOUR,
        source: "https://docs.svix.com/retries",
    },
    Profile {
        name: "visibuild",
        envelope: Envelope::Visibuild,
        schedule: Schedule::list(&[
            0,
            30,
            2 * MINUTE,
            5 * MINUTE,
            15 * MINUTE,
            30 * MINUTE,
            HOUR,
            2 * HOUR,
            4 * HOUR,
            8 * HOUR,
        ]),
        timeout_secs: 30,
        disable: AFTER_TEN,
        overlap_secs: 24 * HOUR,
        source: "Visibuild help centre, 'Webhooks'",
    },
    // The page says 'exponential backoff' and no figures: these reach over 25 hours.
    Profile {
        name: "vicket",
        envelope: Envelope::Vicket,
        schedule: Schedule::Rule(Rule::Exponential {
            first_secs: 30,
            factor: 3,
            cap_secs: 8 * HOUR,
            attempts: 10,
        }),
        timeout_secs: 10,
        disable: NEVER,
        overlap_secs: 24 * HOUR,
        source: "Vicket, 'Webhooks' (API reference)",
    },
    // The page's six delays are those of the retries: the first attempt is made at once.
    Profile {
        name: "helpdesk",
        envelope: Envelope::Payload,
        schedule: Schedule::list(&[0, 1, 5, 30, 5 * MINUTE, 30 * MINUTE, 2 * HOUR]),
        timeout_secs: 10,
        disable: AFTER_TEN,
        overlap_secs: 24 * HOUR,
        source: "Helpdesk platform, 'Webhooks Overview'",
    },
    // The page names no schedule.
    Profile {
        name: "vexylcloud",
        envelope: Envelope::VexylCloud,
        schedule: STANDARD,
        timeout_secs: 10,
        disable: NEVER,
        overlap_secs: 24 * HOUR,
        source: "VexylCloud, 'API webhooks'",
    },
    // 'After rotating a secret, the old secret will stop working immediately.'
    Profile {
        name: "visiwise",
        envelope: Envelope::Payload,
        schedule: SVIX,
        timeout_secs: 15,
        disable: NEVER,
        overlap_secs: 0,
        source: "Visiwise, 'Setup Your Webhook Integration'",
    },
];

/// The profile of that name.
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_signs_with_a_scheme_of_its_own_name_and_has_a_sound_schedule() {
        for profile in PROFILES {
            assert!(hookgate::scheme(profile.name).is_some(), "{}", profile.name);
            assert!(profile.schedule.is_sound(), "{}", profile.name);
        }
    }
}

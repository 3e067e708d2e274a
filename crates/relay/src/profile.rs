//! Profiles: how we send. A profile is data, and an endpoint may override its schedule and
//! timeout.
//!
//! A profile that sends is accepted by the source type of the same name that receives: both read
//! the same row of the verifier's table.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::value::RawValue;

use crate::port::{Millis, Random};
use crate::time::rfc3339;

/// One way of sending.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name, which is also the scheme's that signs.
    pub name: &'static str,
    /// What the body is made of.
    pub envelope: Envelope,
    /// Seconds before each attempt, counted from the end of the one before; the first counts
    /// from acceptance. As many attempts as entries.
    pub schedule: &'static [u32],
    /// Seconds for one attempt, the response's body included.
    pub timeout_secs: u32,
    /// Where these figures are published.
    pub source: &'static str,
}

/// What the body is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// The payload itself, byte for byte.
    Payload,
    /// `{id, type, timestamp, apiVersion, data}` around the payload.
    Visibuild,
}

const MINUTE: u32 = 60;
const HOUR: u32 = 3600;

/// Every profile.
pub static PROFILES: &[Profile] = &[
    Profile {
        name: "standard",
        envelope: Envelope::Payload,
        schedule: &[
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
        ],
        timeout_secs: 20,
        source: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    },
    Profile {
        name: "visibuild",
        envelope: Envelope::Visibuild,
        schedule: &[
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
        ],
        timeout_secs: 30,
        source: "Visibuild help centre, 'Webhooks'",
    },
];

/// The profile of that name.
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

impl Envelope {
    /// The body to send. It depends on the message alone, so every attempt sends the same bytes.
    pub fn body(self, id: &str, event_type: &str, created_at: Millis, payload: &[u8]) -> Vec<u8> {
        match self {
            Self::Payload => payload.to_vec(),
            Self::Visibuild => visibuild(id, event_type, created_at, payload),
        }
    }
}

/// The envelope that Visibuild's page shows. A payload that is not JSON travels as a JSON string,
/// and one that is not even text as base64.
fn visibuild(id: &str, event_type: &str, created_at: Millis, payload: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(payload);
    let json = text
        .ok()
        .and_then(|text| serde_json::from_str::<&RawValue>(text).ok());
    let data = match (json, text) {
        (Some(json), _) => json.get().to_owned(),
        (None, Ok(text)) => quoted(text),
        (None, Err(_)) => quoted(&STANDARD.encode(payload)),
    };
    format!(
        r#"{{"id":{},"type":{},"timestamp":{},"apiVersion":"2025-01-01","data":{data}}}"#,
        quoted(id),
        quoted(event_type),
        quoted(&rfc3339(created_at)),
    )
    .into_bytes()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// How long to wait before the attempt after `made` attempts, or `None` when they are used up.
///
/// Jitter adds up to a tenth and never shortens: a receiver that recovers is not met by all its
/// senders in one second, and no attempt comes earlier than the published schedule says.
pub fn delay_ms(schedule: &[u32], made: usize, dice: &impl Random) -> Option<Millis> {
    let floor = Millis::from(*schedule.get(made)?) * 1000;
    let mut bytes = [0u8; 2];
    dice.fill(&mut bytes);
    let jitter = floor / 10 * Millis::from(u16::from_be_bytes(bytes)) / 65_536;
    Some(floor + jitter)
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

    #[test]
    fn every_profile_signs_with_a_scheme_of_its_own_name() {
        for profile in PROFILES {
            assert!(hookgate::scheme(profile.name).is_some(), "{}", profile.name);
        }
    }

    #[test]
    fn jitter_adds_up_to_a_tenth_and_never_shortens() {
        for (dice, expected) in [(0x00, 30_000), (0x80, 31_505), (0xff, 32_999)] {
            assert_eq!(delay_ms(&[0, 30], 1, &Dice(dice)), Some(expected));
        }
        assert_eq!(delay_ms(&[0, 30], 0, &Dice(0xff)), Some(0));
        assert_eq!(delay_ms(&[0, 30], 2, &Dice(0)), None);
    }

    #[test]
    fn the_visibuild_envelope_is_the_documented_one() {
        let body = Envelope::Visibuild.body(
            "msg_1",
            "ticket.created",
            1_773_738_000_000,
            br#"{"n":1.10, "s":"\u00e9"}"#,
        );
        assert_eq!(
            String::from_utf8(body).unwrap(),
            concat!(
                r#"{"id":"msg_1","type":"ticket.created","timestamp":"2026-03-17T09:00:00.000Z","#,
                r#""apiVersion":"2025-01-01","data":{"n":1.10, "s":"\u00e9"}}"#
            )
        );
        let text = Envelope::Visibuild.body("m", "t", 0, b"a=1&b=2");
        assert!(text.ends_with(br#""data":"a=1&b=2"}"#));
        let bytes = Envelope::Visibuild.body("m", "t", 0, &[0xff]);
        assert!(bytes.ends_with(br#""data":"/w=="}"#));
    }
}

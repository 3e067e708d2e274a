//! Envelopes: what a body is made of.
//!
//! Not here: signatures and headers, which are laid around the body.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::port::Millis;
use crate::time::rfc3339;

/// What the body is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Envelope {
    /// The payload itself, byte for byte.
    Payload,
    /// `{id, type, timestamp, apiVersion, data}` around the payload.
    Visibuild,
    /// `{id, event, occurred_at, data}` around the payload.
    Vicket,
    /// `{event, timestamp, data}` around the payload.
    VexylCloud,
}

impl Envelope {
    /// The body to send. It depends on the message alone, so every attempt sends the same bytes.
    pub fn body(self, id: &str, event_type: &str, created_at: Millis, payload: &[u8]) -> Vec<u8> {
        let (id, event_type) = (quoted(id), quoted(event_type));
        let at = quoted(&rfc3339(created_at));
        let frame = match self {
            Self::Payload => return payload.to_vec(),
            Self::Visibuild => format!(
                r#"{{"id":{id},"type":{event_type},"timestamp":{at},"apiVersion":"2025-01-01","#
            ),
            Self::Vicket => format!(r#"{{"id":{id},"event":{event_type},"occurred_at":{at},"#),
            Self::VexylCloud => format!(r#"{{"event":{event_type},"timestamp":{at},"#),
        };
        format!(r#"{frame}"data":{}}}"#, data(payload)).into_bytes()
    }
}

/// A payload that is not JSON travels as a JSON string, and one that is not even text as base64.
fn data(payload: &[u8]) -> String {
    let text = std::str::from_utf8(payload);
    let json = text
        .ok()
        .and_then(|text| serde_json::from_str::<&RawValue>(text).ok());
    match (json, text) {
        (Some(json), _) => json.get().to_owned(),
        (None, Ok(text)) => quoted(text),
        (None, Err(_)) => quoted(&STANDARD.encode(payload)),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_envelope_is_the_documented_one_and_holds_the_payload_byte_for_byte() {
        let body = |envelope: Envelope| {
            let payload = br#"{"n":1.10, "s":"\u00e9"}"#;
            let body = envelope.body("msg_1", "ticket.created", 1_773_738_000_000, payload);
            String::from_utf8(body).unwrap()
        };
        assert_eq!(
            body(Envelope::Visibuild),
            concat!(
                r#"{"id":"msg_1","type":"ticket.created","timestamp":"2026-03-17T09:00:00.000Z","#,
                r#""apiVersion":"2025-01-01","data":{"n":1.10, "s":"\u00e9"}}"#
            )
        );
        assert_eq!(
            body(Envelope::Vicket),
            concat!(
                r#"{"id":"msg_1","event":"ticket.created","#,
                r#""occurred_at":"2026-03-17T09:00:00.000Z","data":{"n":1.10, "s":"\u00e9"}}"#
            )
        );
        assert_eq!(
            body(Envelope::VexylCloud),
            concat!(
                r#"{"event":"ticket.created","timestamp":"2026-03-17T09:00:00.000Z","#,
                r#""data":{"n":1.10, "s":"\u00e9"}}"#
            )
        );
        assert_eq!(body(Envelope::Payload), r#"{"n":1.10, "s":"\u00e9"}"#);
    }

    #[test]
    fn what_is_no_json_travels_in_an_envelope_as_a_string() {
        for envelope in [Envelope::Visibuild, Envelope::Vicket, Envelope::VexylCloud] {
            let text = envelope.body("m", "t", 0, b"a=1&b=2");
            assert!(text.ends_with(br#""data":"a=1&b=2"}"#));
            let bytes = envelope.body("m", "t", 0, &[0xff]);
            assert!(bytes.ends_with(br#""data":"/w=="}"#));
        }
    }
}

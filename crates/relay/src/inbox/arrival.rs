//! What asks an inbox to be admitted, and what it is told.
//!
//! An arrival travels as JSON, `message` last. That is most of its bytes and JSON already, so it is
//! neither escaped nor looked through: it is set behind the other fields, and cut off them again.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::port::{Millis, Unavailable};

/// What stands before the message. Inside of a JSON string its quotes would be escaped: so it is the
/// field, and the first one is that of the arrival itself.
const BEFORE_MESSAGE: &str = ",\"message\":";

/// One verified event that asks to be admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The claims; one that is taken makes the event a duplicate. They go from the event's name to
    /// its signature: a name that is taken speaks for the signature after it, and not the reverse.
    pub keys: Vec<String>,
    /// How long the claims live.
    pub ttl_ms: Millis,
    /// The source's layout that it was sent here by (`admission::layout`).
    pub layout: u32,
    /// The binding of the user's own queue that it goes to, in place of the gateway's.
    pub queue: Option<String>,
    /// The message's id.
    pub message_id: String,
    /// The whole queue message, as JSON.
    pub message: String,
}

/// All but the message.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    keys: Cow<'a, [String]>,
    ttl_ms: Millis,
    #[serde(default)]
    layout: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue: Option<Cow<'a, str>>,
    message_id: Cow<'a, str>,
}

impl Arrival {
    /// As they travel: one alone, or a list of several.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(arrivals: &[Self]) -> Result<Vec<u8>, Unavailable> {
        let mut json = vec![];
        for arrival in arrivals {
            if !json.is_empty() {
                json.push(b',');
            } else if arrivals.len() > 1 {
                json.push(b'[');
            }
            arrival.append_to(&mut json)?;
        }
        if arrivals.len() != 1 {
            json.push(b']');
        }
        Ok(json)
    }

    fn append_to(&self, json: &mut Vec<u8>) -> Result<(), Unavailable> {
        let head = Head {
            keys: Cow::Borrowed(&self.keys),
            ttl_ms: self.ttl_ms,
            layout: self.layout,
            queue: self.queue.as_deref().map(Cow::Borrowed),
            message_id: Cow::Borrowed(&self.message_id),
        };
        let head = serde_json::to_string(&head)
            .map_err(|error| Unavailable::new("writing an arrival", error))?;
        json.reserve(head.len() + BEFORE_MESSAGE.len() + self.message.len() + 2);
        json.extend_from_slice(head.trim_end_matches('}').as_bytes());
        json.extend_from_slice(BEFORE_MESSAGE.as_bytes());
        json.extend_from_slice(self.message.as_bytes());
        json.push(b'}');
        Ok(())
    }

    /// One that came alone.
    ///
    /// # Errors
    /// It is no arrival.
    pub fn read(json: &str) -> Result<Self, Unavailable> {
        let parts = json.split_once(BEFORE_MESSAGE);
        let parts = parts.and_then(|(head, rest)| Some((head, rest.strip_suffix('}')?)));
        let Some((head, message)) = parts else {
            return Err(Unavailable::new("reading an arrival", "no message"));
        };
        let head: Head<'_> = serde_json::from_str(&format!("{head}}}"))
            .map_err(|error| Unavailable::new("reading an arrival", error))?;
        Ok(Self {
            keys: head.keys.into_owned(),
            ttl_ms: head.ttl_ms,
            layout: head.layout,
            queue: head.queue.map(Cow::into_owned),
            message_id: head.message_id.into_owned(),
            message: message.to_owned(),
        })
    }

    /// Those of a list.
    ///
    /// # Errors
    /// It is none, or one of them is no arrival.
    pub fn read_all(json: &str) -> Result<Vec<Self>, Unavailable> {
        let all: Vec<Box<RawValue>> = serde_json::from_str(json)
            .map_err(|error| Unavailable::new("reading arrivals", error))?;
        all.iter().map(|one| Self::read(one.get())).collect()
    }
}

/// What became of an arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Admission {
    /// It is in storage now.
    Accepted {
        /// The message's id.
        id: String,
    },
    /// It was in storage before.
    Duplicate {
        /// The id of the message that came first.
        id: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_an_arrival_travels_is_pinned_and_read_again() {
        let arrival = Arrival {
            // Nothing that stands in a key is taken for the field.
            keys: vec!["id:,\"message\":{".into()],
            ttl_ms: 60_000,
            layout: 2,
            queue: Some("ORDERS".into()),
            message_id: "msg_1".into(),
            message: r#"{"id":"msg_1","message":"}"}"#.into(),
        };
        let json = Arrival::write(std::slice::from_ref(&arrival)).unwrap();
        let json = String::from_utf8(json).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"keys":["id:,\"message\":{"],"ttlMs":60000,"layout":2,"queue":"ORDERS","#,
                r#""messageId":"msg_1","message":{"id":"msg_1","message":"}"}}"#
            )
        );
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
        assert_eq!(Arrival::read(&json), Ok(arrival.clone()));

        let two = [arrival.clone(), arrival];
        let list = String::from_utf8(Arrival::write(&two).unwrap()).unwrap();
        assert_eq!(list, format!("[{json},{json}]"));
        assert_eq!(Arrival::read_all(&list), Ok(two.to_vec()));
    }

    #[test]
    fn what_is_no_arrival_is_refused() {
        for json in [
            "",
            "{}",
            r#"{"keys":[]}"#,
            r#"{"keys":[],"message":"#,
            r#"{"keys":1,"message":{}}"#,
        ] {
            assert_eq!(Arrival::read(json).unwrap_err().doing, "reading an arrival");
        }
    }
}

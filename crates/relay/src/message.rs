//! The queue message: what a received event looks like to every consumer, ours and the user's.
//!
//! It is a public contract, versioned. A change of its shape changes `docs/storage-schema.md`
//! and the test that pins it, together.

use std::fmt;
use std::rc::Rc;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

/// The version that this build writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// A body as JSON can carry it: text as text, anything else as base64; one that is too large for a
/// message by its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// The body was UTF-8.
    #[serde(rename = "body")]
    Text(String),
    /// The body was not UTF-8; standard base64 with padding.
    #[serde(rename = "bodyBase64")]
    Base64(String),
    /// The body is in R2, under this key.
    #[serde(rename = "bodyR2Key")]
    R2Key(String),
}

/// Why a body has no bytes here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoBytes {
    /// The base64 is damaged.
    Damaged(base64::DecodeError),
    /// They are in R2.
    Elsewhere,
}

impl fmt::Display for NoBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(error) => error.fmt(f),
            Self::Elsewhere => f.write_str("the body is in R2"),
        }
    }
}

impl std::error::Error for NoBytes {}

impl Body {
    /// Wraps the bytes; nothing is lost.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Base64(STANDARD.encode(error.as_bytes())),
        }
    }

    /// The bytes again.
    ///
    /// # Errors
    /// The base64 is damaged, or the bytes are in R2.
    pub fn into_bytes(self) -> Result<Vec<u8>, NoBytes> {
        match self {
            Self::Text(text) => Ok(text.into_bytes()),
            Self::Base64(text) => STANDARD.decode(text).map_err(NoBytes::Damaged),
            Self::R2Key(_) => Err(NoBytes::Elsewhere),
        }
    }
}

/// One received event on its way through the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueMessage {
    /// [`VERSION`].
    pub version: u32,
    /// Our id, `msg_…`: the same at every redelivery.
    pub id: String,
    /// The source that received it, `src_…`.
    pub source_id: String,
    /// The provider's scheme.
    pub scheme: String,
    /// The provider's id of the event, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The provider's name for the kind of event, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// The provider's timestamp, unix seconds, where it sends one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// When the gateway received it, unix milliseconds.
    pub received_at: i64,
    /// The request's headers, lower-case names; without credentials and hop-by-hop headers. The events
    /// of one body share them.
    pub headers: Rc<Vec<(String, String)>>,
    /// The `content-type`, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The inbox that holds the event until it is confirmed: `{source}/{shard}`. None where the
    /// source's `dedup.store` has no inbox, and where it feeds a queue of the user's: then the queue
    /// alone holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbox: Option<String>,
    /// The binding of the user's own queue that it goes to, so that a dead letter can be sent to the
    /// queue that it came from. None where that is the gateway's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The verified bytes.
    #[serde(flatten)]
    pub body: Body,
}

/// Where a queue message came from, read without decoding its body.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The message's version; a consumer leaves versions alone that it does not know.
    pub version: u32,
    /// The message.
    pub id: String,
    /// Its source, which is also its application.
    pub source_id: String,
    /// The inbox that waits for the confirmation, if one does.
    #[serde(default)]
    pub inbox: Option<String>,
    /// The user's own queue that it went to, if it is not the gateway's.
    #[serde(default)]
    pub queue: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: Vec<u8>) -> QueueMessage {
        QueueMessage {
            version: VERSION,
            id: "msg_1".into(),
            source_id: "src_1".into(),
            scheme: "stripe".into(),
            event_id: Some("evt_1".into()),
            event_type: Some("invoice.paid".into()),
            timestamp: Some(1_700_000_000),
            received_at: 1_700_000_000_123,
            headers: Rc::new(vec![("stripe-signature".into(), "t=1,v1=00".into())]),
            content_type: Some("application/json".into()),
            inbox: Some("src_1/0".into()),
            queue: None,
            body: Body::from_bytes(body),
        }
    }

    #[test]
    fn the_written_shape_is_pinned() {
        assert_eq!(
            serde_json::to_string(&message(b"{\"a\":1}".to_vec())).unwrap(),
            concat!(
                r#"{"version":1,"id":"msg_1","sourceId":"src_1","scheme":"stripe","eventId":"evt_1","#,
                r#""eventType":"invoice.paid","timestamp":1700000000,"receivedAt":1700000000123,"#,
                r#""headers":[["stripe-signature","t=1,v1=00"]],"contentType":"application/json","#,
                r#""inbox":"src_1/0","body":"{\"a\":1}"}"#
            )
        );
    }

    #[test]
    fn a_message_of_a_queue_of_the_users_names_it() {
        let own = QueueMessage {
            inbox: None,
            queue: Some("ORDERS".into()),
            ..message(b"{}".to_vec())
        };
        let json = serde_json::to_string(&own).unwrap();
        assert!(
            json.ends_with(r#""contentType":"application/json","queue":"ORDERS","body":"{}"}"#),
            "{json}"
        );
        let receipt: Receipt = serde_json::from_str(&json).unwrap();
        assert_eq!(receipt.queue.as_deref(), Some("ORDERS"));
    }

    #[test]
    fn bytes_that_are_not_text_come_back_unchanged() {
        let bytes = vec![0xff, 0x00, b'\r', b'\n', 0xc3];
        let json = serde_json::to_string(&message(bytes.clone())).unwrap();
        assert!(json.contains(r#""bodyBase64":"/wANCsM=""#), "{json}");
        let read: QueueMessage = serde_json::from_str(&json).unwrap();
        assert_eq!(read.body.into_bytes().unwrap(), bytes);
    }

    #[test]
    fn a_body_in_r2_is_named_by_its_key() {
        let large = QueueMessage {
            body: Body::R2Key("inbox/src_1/msg_1".into()),
            ..message(vec![])
        };
        let json = serde_json::to_string(&large).unwrap();
        assert!(
            json.ends_with(r#""inbox":"src_1/0","bodyR2Key":"inbox/src_1/msg_1"}"#),
            "{json}"
        );
        let read: QueueMessage = serde_json::from_str(&json).unwrap();
        assert_eq!(read, large);
        assert_eq!(read.body.into_bytes(), Err(NoBytes::Elsewhere));
    }

    #[test]
    fn a_receipt_is_read_from_a_whole_message() {
        let json = serde_json::to_string(&message(b"x".to_vec())).unwrap();
        let receipt: Receipt = serde_json::from_str(&json).unwrap();
        assert_eq!(
            (receipt.version, receipt.inbox.as_deref()),
            (1, Some("src_1/0"))
        );
    }
}

//! The queue `EVENTS`, and those that the user has bound beside it.

use hookgate_relay::dead::Given;
use hookgate_relay::message::Receipt;
use hookgate_relay::port::{Queue, Unavailable};
use js_sys::JSON;
use serde_json::value::RawValue;
use worker::{MessageExt, QueueContentType, RawMessage, RawMessageBuilder};

use super::Stores;
use super::patience::patiently;

const SENDING: &str = "sending to the queue";

/// The gateway's own queue, and the one to which the platform sends what that gives up.
const EVENTS: &str = "EVENTS";
const EVENTS_DEAD: &str = "EVENTS_DEAD";

/// Whether this binding is one of the gateway's own queues.
pub(crate) fn is_own(binding: &str) -> bool {
    matches!(binding, EVENTS | EVENTS_DEAD)
}

/// The binding that a dead letter came by; `None` is the gateway's own queue.
pub(crate) fn origin(message: &str) -> Option<String> {
    let receipt: Receipt = serde_json::from_str(message).ok()?;
    receipt.queue
}

/// The sending side.
pub(crate) struct Queues<'a>(&'a Stores);

impl Stores {
    /// The queues that received events go to.
    pub(crate) fn queues(&self) -> Queues<'_> {
        Queues(self)
    }

    /// The queue that is bound under this name.
    ///
    /// # Errors
    /// None is, or something else.
    pub(crate) fn queue(&self, name: &str) -> Result<worker::Queue, Unavailable> {
        let queue = self.env.queue(name);
        queue.map_err(|error| Unavailable::new("finding a queue", format_args!("{name}: {error}")))
    }
}

impl Queue for Queues<'_> {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        self.send_batch_to(EVENTS, messages).await
    }

    async fn send_batch_to(&self, queue: &str, messages: &[String]) -> Result<(), Unavailable> {
        let queue = self.0.queue(queue)?;
        let mut batch = messages
            .iter()
            .map(|message| {
                // A consumer of any language gets an object, not a string to parse.
                let body = JSON::parse(message).map_err(worker::Error::from)?;
                Ok(RawMessageBuilder::new(body).build_with_content_type(QueueContentType::Json))
            })
            .collect::<worker::Result<Vec<_>>>()
            .map_err(|error| Unavailable::new("writing a queue message", error))?;
        match (batch.pop(), batch.is_empty()) {
            // Alone it travels as it is; in a batch it would be wrapped once more.
            (Some(one), true) => patiently(SENDING, queue.send_raw(one)).await,
            (Some(last), false) => {
                batch.push(last);
                patiently(SENDING, queue.send_raw_batch(batch)).await
            }
            (None, _) => Ok(()),
        }
    }
}

/// A message that the queue has given up, as it came.
pub(crate) fn given(message: &RawMessage) -> Option<Given> {
    let text = String::from(JSON::stringify(&message.body()).ok()?);
    let receipt: Option<Receipt> = serde_json::from_str(&text).ok();
    let (id, source_id) = match receipt {
        Some(receipt) => (receipt.id, Some(receipt.source_id)),
        None => (message.id(), None),
    };
    Some(Given {
        id,
        source_id,
        message: RawValue::from_string(text).ok()?,
    })
}

/// The text of a queued message, and where it came from; `None` for what this build cannot read.
pub(crate) fn receipt(message: &RawMessage) -> Option<(String, Receipt)> {
    let text = String::from(JSON::stringify(&message.body()).ok()?);
    let receipt: Receipt = serde_json::from_str(&text).ok()?;
    (receipt.version == hookgate_relay::message::VERSION).then_some((text, receipt))
}

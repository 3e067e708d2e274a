//! The queue `EVENTS`, and those that the user has bound beside it.
#![allow(unsafe_code)] // what `#[wasm_bindgen]` expands to; none is written here

use hookgate_relay::dead::Given;
use hookgate_relay::message::Receipt;
use hookgate_relay::port::{Queue, Unavailable};
use js_sys::{Array, ArrayBuffer, JSON, Object, Promise, Reflect, Uint8Array};
use serde_json::value::RawValue;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{MessageExt, RawMessage};

use super::Stores;
use super::patience::patiently;

#[wasm_bindgen]
extern "C" {
    /// A queue. The bindings of `worker` know of no message that is bytes.
    type Binding;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Binding, body: &JsValue, options: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = sendBatch)]
    fn send_batch(this: &Binding, messages: &Array) -> Result<Promise, JsValue>;
}

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
    /// To the gateway's own queue, whose consumer is this Worker: as the bytes of the JSON, of which
    /// neither side makes an object.
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        let bytes = |message: &String| Ok(Uint8Array::from(message.as_bytes()).into());
        let messages = messages.iter().map(bytes).collect();
        self.send(EVENTS, "bytes", messages).await
    }

    /// To one of the user's: a consumer of any language gets an object, not a string to parse.
    async fn send_batch_to(&self, queue: &str, messages: &[String]) -> Result<(), Unavailable> {
        let object = |message: &String| JSON::parse(message);
        let messages = messages.iter().map(object).collect();
        self.send(queue, "json", messages).await
    }
}

impl Queues<'_> {
    async fn send(
        &self,
        queue: &str,
        content_type: &str,
        messages: Result<Vec<JsValue>, JsValue>,
    ) -> Result<(), Unavailable> {
        let binding: Binding = JsValue::from(self.0.queue(queue)?).unchecked_into();
        let send = async {
            let messages = messages?;
            let options = |body: Option<&JsValue>| {
                let options = Object::new();
                Reflect::set(&options, &"contentType".into(), &content_type.into())?;
                if let Some(body) = body {
                    Reflect::set(&options, &"body".into(), body)?;
                }
                Ok::<_, JsValue>(options)
            };
            let sent = match messages.as_slice() {
                [] => return Ok(()),
                // Alone it travels as it is; in a batch it would be wrapped once more.
                [one] => binding.send(one, &options(None)?)?,
                all => {
                    let batch = all.iter().map(|body| options(Some(body)));
                    binding.send_batch(&batch.collect::<Result<Array, _>>()?)?
                }
            };
            JsFuture::from(sent).await?;
            Ok(())
        };
        patiently("sending to the queue", send).await
    }
}

/// A message that the queue has given up, as it came.
pub(crate) fn given(message: &RawMessage) -> Option<Given> {
    let text = text_of(message)?;
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
    let text = text_of(message)?;
    let receipt: Receipt = serde_json::from_str(&text).ok()?;
    (receipt.version == hookgate_relay::message::VERSION).then_some((text, receipt))
}

/// The JSON of a message, which is bytes, or an object: what was queued by an earlier build, or is
/// given up by a queue of the user's.
fn text_of(message: &RawMessage) -> Option<String> {
    let body = message.body();
    // As which of the two bytes come is the runtime's to choose.
    if body.is_instance_of::<ArrayBuffer>() || ArrayBuffer::is_view(&body) {
        return String::from_utf8(Uint8Array::new(&body).to_vec()).ok();
    }
    Some(String::from(JSON::stringify(&body).ok()?))
}

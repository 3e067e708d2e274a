//! Bodies that do not fit a queue message: they go to R2 before anything is claimed, and the message
//! carries their key.
//!
//! So an event that is acknowledged has its body in R2 and its message in the inbox or the queue. What
//! fails in between leaves a body that nobody knows, and no claim: the collector of orphans takes it.

use super::DedupStore;
use super::gate::{Candidate, LARGEST_MESSAGE, Stopped};
use crate::message::Body;
use crate::payload;
use crate::port::Unavailable;
use crate::source::Source;

/// The bucket.
#[allow(async_fn_in_trait)]
pub trait Payloads {
    /// Keeps `bytes` under `key`.
    ///
    /// # Errors
    /// R2 did not confirm; it may have them all the same.
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), Unavailable>;
}

impl Source {
    /// The key in R2 of a message's body.
    pub fn payload_key(&self, message_id: &str) -> String {
        let store = self.dedup.store;
        // A queue of the user's confirms nothing, and no application gets what goes there.
        let in_inbox =
            self.queue.is_none() && matches!(store, DedupStore::Both | DedupStore::DurableObject);
        payload::key(&self.id, message_id, in_inbox)
    }
}

/// Makes every event fit its queue message. Returns the keys of what was put into R2, to be dropped
/// should all of them turn out to be duplicates.
///
/// # Errors
/// An event is too large and there is no bucket, or R2 is away. Nothing is claimed yet, so that what
/// was put before is an orphan.
pub async fn fit(
    candidates: &mut [Candidate],
    source: &Source,
    payloads: Option<&impl Payloads>,
) -> Result<Vec<String>, Stopped> {
    // Nothing is put of a request of which something cannot be.
    let large: Vec<bool> = candidates
        .iter()
        .map(is_too_large)
        .collect::<Result<_, _>>()?;
    let mut keys = vec![];
    for (candidate, _) in candidates.iter_mut().zip(large).filter(|(_, large)| *large) {
        let payloads = payloads.ok_or(Stopped::TooLarge)?;
        let message = &mut candidate.message;
        let key = source.payload_key(&message.id);
        let body = std::mem::replace(&mut message.body, Body::R2Key(key.clone()));
        let bytes = body
            .into_bytes()
            .map_err(|error| Unavailable::new("reading a body", error))?;
        payloads.put(&key, &bytes).await?;
        keys.push(key);
    }
    Ok(keys)
}

/// Whether the JSON of its message is too long for the queue. It is written only where that is in doubt.
fn is_too_large(candidate: &Candidate) -> Result<bool, Unavailable> {
    let message = &candidate.message;
    let (Body::Text(text) | Body::Base64(text)) = &message.body else {
        return Ok(false);
    };
    if text.len() > LARGEST_MESSAGE {
        return Ok(true);
    }
    let headers = message.headers.iter();
    let headers: usize = headers.map(|(n, v)| 2 * (n.len() + v.len()) + 8).sum();
    if escaped(text) + headers + REST <= LARGEST_MESSAGE {
        return Ok(false);
    }
    let json = serde_json::to_string(message)
        .map_err(|error| Unavailable::new("writing a message", error))?;
    Ok(json.len() + INBOX > LARGEST_MESSAGE)
}

/// Bytes of a text in JSON at most.
fn escaped(text: &str) -> usize {
    let byte = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(byte).sum()
}

/// Bytes of a message without its headers and body: ids, names and times of a few hundred each.
const REST: usize = 4096;

/// The name of its inbox, which the gate adds.
const INBOX: usize = 64;

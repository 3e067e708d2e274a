//! Admission of a verified event: this isolate's memory, then KV, then the inbox.
//!
//! Only the inbox decides that an event is new. The tiers before it may say 'seen before', and
//! say so only of what is durable; their failure means 'ask the next'.

use hookgate::Verified;
use hookgate_relay::admission::{Claims, DedupStore, inbox_name};
use hookgate_relay::id::{self, Kind};
use hookgate_relay::inbox::{Admission, Arrival};
use hookgate_relay::message::{Body, QueueMessage, VERSION};
use hookgate_relay::port::{Millis, Unavailable};
use serde_json::value::RawValue;
use worker::Context;

use super::answer::Refusal;
use super::memory::{self, ActiveSource};
use super::request::{LARGEST_MESSAGE, Received};
use crate::object::method;
use crate::store::{Dice, Stores, now};

/// Admits the event, or finds the message that came first.
pub(super) async fn admit(
    active: &ActiveSource,
    received: Received,
    verified: Verified,
    stores: Stores,
    ctx: Context,
) -> Result<Admission, Refusal> {
    let source = &active.source;
    let claims = Claims::of(&verified, || {
        received.content_digest(&active.verifier.borrow())
    });
    let received_at = now();
    let use_kv = source.dedup.store == DedupStore::Both;

    if let Some(id) = seen_before(&source.id, &claims, use_kv, received_at, &stores).await {
        return Ok(Admission::Duplicate { id });
    }

    let inbox = inbox_name(&source.id, claims.shard(source.dedup.shards));
    let message_id = id::new(Kind::Message, &Dice);
    let message = QueueMessage {
        version: VERSION,
        id: message_id.clone(),
        source_id: source.id.clone(),
        scheme: source.scheme.clone(),
        event_id: verified.id,
        event_type: verified.event_type,
        timestamp: verified.timestamp,
        received_at,
        headers: received.event_headers(),
        content_type: received.content_type(),
        inbox: inbox.clone(),
        body: Body::from_bytes(received.body),
    };
    let arrival = Arrival {
        keys: claims.keys.clone(),
        ttl_ms: Millis::from(source.dedup.ttl_secs) * 1000,
        message_id,
        message: encode(&message)?,
    };
    let admission = stores
        .inbox(&inbox)
        .map_err(Refusal::StorageAway)?
        .call::<method::Accept>(&arrival)
        .await
        .map_err(Refusal::StorageAway)?;

    let (Admission::Accepted { id } | Admission::Duplicate { id }) = &admission;
    for claim in &claims.keys {
        memory::note_admitted(&source.id, claim, id, received_at);
    }
    if use_kv {
        let (source_id, ttl, id) = (source.id.clone(), source.dedup.ttl_secs, id.clone());
        ctx.wait_until(async move {
            for claim in &claims.keys {
                stores.mark(&source_id, claim, &id, ttl).await;
            }
        });
    }
    Ok(admission)
}

async fn seen_before(
    source_id: &str,
    claims: &Claims,
    use_kv: bool,
    now: Millis,
    stores: &Stores,
) -> Option<String> {
    for claim in &claims.keys {
        if let Some(id) = memory::admitted(source_id, claim, now) {
            return Some(id);
        }
    }
    if use_kv {
        for claim in &claims.keys {
            if let Some(id) = stores.marker(source_id, claim).await {
                memory::note_admitted(source_id, claim, &id, now);
                return Some(id);
            }
        }
    }
    None
}

fn encode(message: &QueueMessage) -> Result<Box<RawValue>, Refusal> {
    let json = serde_json::value::to_raw_value(message)
        .map_err(|error| Refusal::StorageAway(Unavailable::new("writing a message", error)))?;
    if json.get().len() > LARGEST_MESSAGE {
        return Err(Refusal::TooLargeForQueue);
    }
    Ok(json)
}

//! Admission of a verified request: its events, and the ports of the gate that they pass
//! (`crates/relay/src/admission`).

use futures_util::FutureExt;
use futures_util::future::join_all;
use hookgate::Verified;
use hookgate_relay::admission::events::{Arrived, events};
use hookgate_relay::admission::gate::{
    Candidate, Gate, Inboxes, LARGEST_MESSAGE, Mark, Markers, Passed, Recent, Stopped,
};
use hookgate_relay::admission::head::event_headers;
use hookgate_relay::admission::large::{Payloads as _, fit};
use hookgate_relay::admission::layout::Enquiry;
use hookgate_relay::inbox::{Admission, Arrival};
use hookgate_relay::message::Body;
use hookgate_relay::port::{Millis, Queue, Unavailable};
use hookgate_relay::source::Source;
use worker::{Context, console_error};

use super::answer::Refusal;
use super::large::Kept;
use super::memory::{self, ActiveSource};
use super::request::Received;
use crate::object::method;
use crate::store::{Dice, Stores, now};

/// Makes the events of a request durable, each once.
pub(super) async fn admit(
    active: &ActiveSource,
    received: &mut Received,
    verified: Verified,
    stores: Stores,
    ctx: &Context,
) -> Result<Passed, Refusal> {
    let source = &active.source;
    bound(source, &stores)?;
    let digest = || received.content_digest(&active.verifier.borrow());
    let (whole, mut candidates) = read(active, received, &verified, &received.body, digest);
    // It moves: of a large body there is no second one.
    let body = std::mem::take(&mut received.body);
    let mut keys = vec![];
    let several = source.split_batches && !verified.events.is_empty();
    if let (false, [one]) = (several, candidates.as_mut_slice()) {
        let is_large = body.len() > LARGEST_MESSAGE;
        one.message.body = match is_large.then(|| stores.payloads()).flatten() {
            Some(bucket) => {
                let key = source.payload_key(&one.message.id);
                bucket.put(&key, &body).await?;
                keys.push(key.clone());
                Body::R2Key(key)
            }
            None => Body::from_bytes(body),
        };
    } else {
        // Each has its part of it.
        drop(body);
    }
    let fitted = fit(&mut candidates, source, stores.payloads().as_ref()).await;
    keys.extend(fitted.map_err(refusal)?);
    pass(active, whole, candidates, keys, stores, ctx).await
}

/// Makes an event durable whose body is in R2 already.
pub(super) async fn admit_kept(
    active: &ActiveSource,
    received: &Received,
    kept: Kept,
    stores: Stores,
    ctx: &Context,
) -> Result<Passed, Refusal> {
    bound(&active.source, &stores)?;
    let whole = &kept.whole;
    let digest = || whole.content_digest;
    let (_, mut candidates) = read(active, received, &whole.verified, &whole.outline, digest);
    // A body that is kept while it is verified is one event.
    candidates.truncate(1);
    if let [one] = candidates.as_mut_slice() {
        one.message.id = kept.id;
        one.message.body = Body::R2Key(kept.key.clone());
    }
    pass(active, None, candidates, vec![kept.key], stores, ctx).await
}

/// The events of a request, and the claim of the whole; `body` is what their names are read from.
fn read(
    active: &ActiveSource,
    received: &Received,
    verified: &Verified,
    body: &[u8],
    digest: impl Fn() -> [u8; 32],
) -> (Option<String>, Vec<Candidate>) {
    let verifier = active.verifier.borrow();
    let scheme = verifier.scheme();
    let arrived = Arrived {
        source: &active.source,
        body_signed: scheme.covers_body(),
        verified,
        headers: &received.headers,
        event_headers: event_headers(&received.headers, scheme.secret_header()).into(),
        content_type: received.content_type(),
        body,
        received_at: now(),
        digest,
    };
    events(arrived, &Dice)
}

/// Whether the queue is there that the source names.
fn bound(source: &Source, stores: &Stores) -> Result<(), Refusal> {
    match &source.queue {
        Some(queue) => stores
            .queue(queue)
            .map(drop)
            .map_err(Refusal::QueueNotBound),
        None => Ok(()),
    }
}

/// Passes the gate. Should all of the events be duplicates, nobody needs what is under `keys` in R2.
async fn pass(
    active: &ActiveSource,
    whole: Option<String>,
    candidates: Vec<Candidate>,
    keys: Vec<String>,
    stores: Stores,
    ctx: &Context,
) -> Result<Passed, Refusal> {
    let source = &active.source;
    let now = now();
    let ports = Ports {
        source_id: source.id.clone(),
        ttl_secs: source.dedup.ttl_secs,
        stores,
        now,
    };
    let gate = Gate {
        source_id: &source.id,
        dedup: &source.dedup,
        queue: source.queue.as_deref(),
        now,
        ports: &ports,
    };
    let passed = gate.pass(whole, candidates).await.map_err(refusal)?;
    if passed.accepted == 0
        && !keys.is_empty()
        && let Some(bucket) = ports.stores.payloads()
    {
        ctx.wait_until(
            async move {
                if let Err(error) = bucket.delete(&keys).await {
                    console_error!("{error}");
                }
            }
            .boxed_local(),
        );
    }
    if !passed.marks.is_empty() {
        let marks = passed.marks.clone();
        ctx.wait_until(async move { ports.set(&marks).await }.boxed_local());
    }
    Ok(passed)
}

fn refusal(stopped: Stopped) -> Refusal {
    match stopped {
        Stopped::TooLarge => Refusal::TooLargeForQueue,
        Stopped::Away(cause) => Refusal::StorageAway(cause),
    }
}

/// The runtime's side of the gate.
struct Ports {
    source_id: String,
    ttl_secs: u32,
    stores: Stores,
    now: Millis,
}

impl Recent for Ports {
    fn recall(&self, claim: &str) -> Option<String> {
        memory::admitted(&self.source_id, claim, self.now)
    }

    fn note(&self, mark: &Mark) {
        memory::note_admitted(&self.source_id, &mark.claim, &mark.id, self.now);
    }
}

impl Markers for Ports {
    async fn find(&self, claims: &[&str]) -> Vec<Option<String>> {
        let each = claims
            .iter()
            .map(|claim| self.stores.marker(&self.source_id, claim));
        join_all(each).await
    }

    async fn set(&self, marks: &[Mark]) {
        let each = marks
            .iter()
            .map(|Mark { claim, id }| self.stores.mark(&self.source_id, claim, id, self.ttl_secs));
        join_all(each).await;
    }
}

impl Inboxes for Ports {
    async fn accept(
        &self,
        inbox: &str,
        arrivals: Vec<Arrival>,
    ) -> Result<Vec<Admission>, Unavailable> {
        let inbox = self.stores.inbox(inbox)?;
        let json = Arrival::write(&arrivals)?;
        match arrivals.len() {
            1 => Ok(vec![inbox.call_with::<method::Accept>(json).await?]),
            _ => inbox.call_with::<method::AcceptAll>(json).await,
        }
    }

    async fn enquire(
        &self,
        inbox: &str,
        enquiry: Enquiry,
    ) -> Result<Vec<Option<String>>, Unavailable> {
        let inbox = self.stores.inbox(inbox)?;
        inbox.call::<method::Enquire>(&enquiry).await
    }
}

impl Queue for Ports {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        self.stores.queues().send_batch(messages).await
    }

    async fn send_batch_to(&self, queue: &str, messages: &[String]) -> Result<(), Unavailable> {
        self.stores.queues().send_batch_to(queue, messages).await
    }
}

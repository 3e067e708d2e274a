//! Admission of a verified request: its events, what claims each of them makes, and the ports of the
//! gate that they pass (`crates/relay/src/admission/gate.rs`).

use futures_util::future::join_all;
use hookgate::Verified;
use hookgate_relay::admission::events::{Arrived, events};
use hookgate_relay::admission::gate::{Gate, Inboxes, Mark, Markers, Passed, Recent, Stopped};
use hookgate_relay::admission::layout::Enquiry;
use hookgate_relay::inbox::{Admission, Arrival};
use hookgate_relay::port::{Millis, Queue, Unavailable};
use worker::Context;

use super::answer::Refusal;
use super::memory::{self, ActiveSource};
use super::request::Received;
use crate::object::method;
use crate::store::{Dice, Stores, now};

/// Makes the events of a request durable, each once.
pub(super) async fn admit(
    active: &ActiveSource,
    received: &Received,
    verified: Verified,
    stores: Stores,
    ctx: &Context,
) -> Result<Passed, Refusal> {
    let source = &active.source;
    if let Some(queue) = &source.queue {
        stores.queue(queue).map_err(Refusal::QueueNotBound)?;
    }
    let received_at = now();
    let verifier = active.verifier.borrow();
    let arrived = Arrived {
        source,
        body_signed: verifier.scheme().covers_body(),
        verified: &verified,
        headers: &received.headers,
        event_headers: received.event_headers(),
        content_type: received.content_type(),
        body: &received.body,
        received_at,
        digest: || received.content_digest(&verifier),
    };
    let (whole, candidates) = events(arrived, &Dice);
    drop(verifier);
    let ports = Ports {
        source_id: source.id.clone(),
        ttl_secs: source.dedup.ttl_secs,
        stores,
        now: received_at,
    };
    let gate = Gate {
        source_id: &source.id,
        dedup: &source.dedup,
        queue: source.queue.as_deref(),
        now: received_at,
        ports: &ports,
    };
    let passed = gate
        .pass(whole, candidates)
        .await
        .map_err(|stopped| match stopped {
            Stopped::TooLarge => Refusal::TooLargeForQueue,
            Stopped::Away(cause) => Refusal::StorageAway(cause),
        })?;
    if !passed.marks.is_empty() {
        let marks = passed.marks.clone();
        ctx.wait_until(async move { ports.set(&marks).await });
    }
    Ok(passed)
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
        match arrivals.as_slice() {
            [one] => Ok(vec![inbox.call::<method::Accept>(one).await?]),
            _ => inbox.call::<method::AcceptAll>(&arrivals).await,
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

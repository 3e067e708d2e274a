//! Admission of a verified request: its events, what claims each of them makes, and the ports of the
//! gate that they pass (`crates/relay/src/admission/gate.rs`).

use futures_util::future::join_all;
use hookgate::{Verified, Verifier};
use hookgate_relay::admission::claims::Name;
use hookgate_relay::admission::gate::{
    Candidate, Gate, Inboxes, LARGEST_MESSAGE, Mark, Markers, Passed, Recent, Stopped,
};
use hookgate_relay::admission::large::{Payloads as _, fit};
use hookgate_relay::admission::layout::Enquiry;
use hookgate_relay::admission::{Claims, KeyPlace};
use hookgate_relay::id::{self, Kind};
use hookgate_relay::inbox::{Admission, Arrival};
use hookgate_relay::message::{Body, QueueMessage, VERSION};
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
    let digest = received.content_digest(&active.verifier.borrow());
    // It moves: of a large body there is no second one.
    let body = std::mem::take(&mut received.body);
    let events = Events {
        source,
        received,
        verified: &verified,
        body: &body,
        digest,
        received_at: now(),
    };
    let mut keys = vec![];
    let several = source.split_batches && !verified.events.is_empty();
    let (whole, mut candidates) = if several {
        let whole = Claims::whole(source.dedup.key.as_ref(), events.digest);
        let each = events.each(&active.verifier.borrow());
        drop(body);
        (whole, each)
    } else {
        let mut one = events.one(&active.verifier.borrow());
        let bucket = stores.payloads();
        one.message.body = match bucket.filter(|_| body.len() > LARGEST_MESSAGE) {
            Some(bucket) => {
                let key = source.payload_key(&one.message.id);
                bucket.put(&key, &body).await?;
                keys.push(key.clone());
                Body::R2Key(key)
            }
            None => Body::from_bytes(body),
        };
        (None, vec![one])
    };
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
    let events = Events {
        source: &active.source,
        received,
        verified: &kept.whole.verified,
        body: &kept.whole.outline,
        digest: kept.whole.content_digest,
        received_at: now(),
    };
    let mut one = events.one(&active.verifier.borrow());
    one.message.id = kept.id;
    one.message.body = Body::R2Key(kept.key.clone());
    pass(active, None, vec![one], vec![kept.key], stores, ctx).await
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
    let bucket = stores.payloads();
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
    if let (0, false, Some(bucket)) = (passed.accepted, keys.is_empty(), bucket) {
        ctx.wait_until(async move {
            if let Err(error) = bucket.delete(&keys).await {
                console_error!("{error}");
            }
        });
    }
    if !passed.marks.is_empty() {
        let marks = passed.marks.clone();
        ctx.wait_until(async move { ports.set(&marks).await });
    }
    Ok(passed)
}

fn refusal(stopped: Stopped) -> Refusal {
    match stopped {
        Stopped::TooLarge => Refusal::TooLargeForQueue,
        Stopped::Away(cause) => Refusal::StorageAway(cause),
    }
}

/// The events of one request.
struct Events<'a> {
    source: &'a Source,
    received: &'a Received,
    verified: &'a Verified,
    /// What their names are read from.
    body: &'a [u8],
    /// SHA-256 of what was signed.
    digest: [u8; 32],
    received_at: Millis,
}

impl Events<'_> {
    /// The whole body as one event, whose bytes are still to be set.
    fn one(&self, verifier: &Verifier) -> Candidate {
        let body = self.body;
        let (id, event_type) = (&self.verified.id, &self.verified.event_type);
        let claims = match self.chosen(verifier, body, None) {
            Some(claims) => claims,
            None => self.with_signature(Claims::of(self.verified, || self.digest), None),
        };
        self.candidate(claims, id, event_type, &[])
    }

    /// The events in the body, each with its own bytes of it.
    fn each(&self, verifier: &Verifier) -> Vec<Candidate> {
        let body_signed = verifier.scheme().covers_body();
        let event = |(at, event): (usize, &hookgate::Event)| {
            let bytes = self.body.get(event.range.clone())?;
            let name = event.id.as_deref().map(|text| Name {
                text,
                signed: body_signed,
                chosen: false,
            });
            let claims = self.chosen(verifier, bytes, Some(at)).unwrap_or_else(|| {
                let claims = Claims::named(name, self.verified, Some(at), || self.digest);
                self.with_signature(claims, Some(at))
            });
            Some(self.candidate(claims, &event.id, &event.event_type, bytes))
        };
        self.verified
            .events
            .iter()
            .enumerate()
            .filter_map(event)
            .collect()
    }

    /// The claims by the key that the operator has chosen, where the event has it.
    fn chosen(&self, verifier: &Verifier, bytes: &[u8], part: Option<usize>) -> Option<Claims> {
        let place = self.source.dedup.key.as_ref()?;
        let mut key = place.read(&self.received.headers, bytes)?;
        let signed = match place {
            KeyPlace::Pointer(_) => verifier.scheme().covers_body(),
            KeyPlace::Header(_) => {
                // One header for all of them tells nothing apart.
                if let Some(part) = part {
                    key = format!("{key}:{part}");
                }
                false
            }
        };
        let name = Name {
            text: &key,
            signed,
            chosen: true,
        };
        Some(Claims::named(Some(name), self.verified, part, || {
            self.digest
        }))
    }

    /// A header that is the key can be left out of a captured request: what then stands in its place
    /// is claimed with the signature.
    fn with_signature(&self, claims: Claims, part: Option<usize>) -> Claims {
        match self.source.dedup.key {
            Some(KeyPlace::Header(_)) if claims.keys.len() == 1 => {
                claims.with_signature(self.verified, part)
            }
            _ => claims,
        }
    }

    fn candidate(
        &self,
        claims: Claims,
        id: &Option<String>,
        event_type: &Option<String>,
        body: &[u8],
    ) -> Candidate {
        let message = QueueMessage {
            version: VERSION,
            id: id::new(Kind::Message, &Dice),
            source_id: self.source.id.clone(),
            scheme: self.source.scheme.clone(),
            event_id: id.clone(),
            event_type: event_type.clone(),
            timestamp: self.verified.timestamp,
            received_at: self.received_at,
            headers: self.received.event_headers(),
            content_type: self.received.content_type(),
            inbox: None,
            body: Body::from_bytes(body.to_vec()),
        };
        Candidate { claims, message }
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

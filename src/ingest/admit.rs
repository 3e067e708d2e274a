//! Admission of a verified request: its events, what claims each of them makes, and the ports of the
//! gate that they pass (`crates/relay/src/admission/gate.rs`).

use std::cell::OnceCell;

use futures_util::future::join_all;
use hookgate::{Verified, Verifier};
use hookgate_relay::admission::claims::Name;
use hookgate_relay::admission::gate::{
    Candidate, Gate, Inboxes, Mark, Markers, Passed, Recent, Stopped,
};
use hookgate_relay::admission::{Claims, KeyPlace};
use hookgate_relay::id::{self, Kind};
use hookgate_relay::inbox::{Admission, Arrival};
use hookgate_relay::message::{Body, QueueMessage, VERSION};
use hookgate_relay::port::{Millis, Queue, Unavailable};
use hookgate_relay::source::Source;
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
    let events = Events {
        source,
        received,
        verified: &verified,
        digest: OnceCell::new(),
        received_at: now(),
    };
    let several = source.split_batches && !verified.events.is_empty();
    let (whole, candidates) = if several {
        let verifier = active.verifier.borrow();
        let whole = Claims::whole(source.dedup.key.as_ref(), events.digest(&verifier));
        (whole, events.each(&verifier))
    } else {
        (None, vec![events.one(&active.verifier.borrow())])
    };
    let ports = Ports {
        source_id: source.id.clone(),
        ttl_secs: source.dedup.ttl_secs,
        stores,
        now: events.received_at,
    };
    let gate = Gate {
        source_id: &source.id,
        dedup: &source.dedup,
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

/// The events of one request.
struct Events<'a> {
    source: &'a Source,
    received: &'a Received,
    verified: &'a Verified,
    /// SHA-256 of what was signed: most events have a signed id, and need none.
    digest: OnceCell<[u8; 32]>,
    received_at: Millis,
}

impl Events<'_> {
    fn digest(&self, verifier: &Verifier) -> [u8; 32] {
        let hash = || self.received.content_digest(verifier);
        *self.digest.get_or_init(hash)
    }

    /// The whole body as one event.
    fn one(&self, verifier: &Verifier) -> Candidate {
        let body = &self.received.body;
        let (id, event_type) = (&self.verified.id, &self.verified.event_type);
        let claims = match self.chosen(verifier, body, None) {
            Some(claims) => claims,
            None => self.with_signature(Claims::of(self.verified, || self.digest(verifier)), None),
        };
        self.candidate(claims, id, event_type, body)
    }

    /// The events in the body, each with its own bytes of it.
    fn each(&self, verifier: &Verifier) -> Vec<Candidate> {
        let body_signed = verifier.scheme().covers_body();
        let event = |(at, event): (usize, &hookgate::Event)| {
            let bytes = self.received.body.get(event.range.clone())?;
            let name = event.id.as_deref().map(|text| Name {
                text,
                signed: body_signed,
                chosen: false,
            });
            let claims = self.chosen(verifier, bytes, Some(at)).unwrap_or_else(|| {
                let claims = Claims::named(name, self.verified, Some(at), || self.digest(verifier));
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
            self.digest(verifier)
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
}

impl Queue for Ports {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        self.stores.events()?.send_batch(messages).await
    }
}

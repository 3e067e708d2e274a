//! The events of a verified request: what claims each of them makes, and the message that it becomes.
//!
//! Whatever a signed request holds, this ends with a list: it reads bytes that a provider chose, in
//! places that an operator chose, and neither may end the ingress.

use std::cell::OnceCell;
use std::rc::Rc;

use hookgate::{Event, Verified};

use super::claims::Name;
use super::gate::Candidate;
use super::{Claims, KeyPlace};
use crate::id::{self, Kind};
use crate::message::{Body, QueueMessage, VERSION};
use crate::port::{Clock, Millis, Random};
use crate::source::Source;

/// What a verified request carries.
#[derive(Debug)]
pub struct Arrived<'a, D> {
    /// Who received it.
    pub source: &'a Source,
    /// Whether its scheme's signature covers the body.
    pub body_signed: bool,
    /// What the verifier found.
    pub verified: &'a Verified,
    /// The request's headers, among which a key may stand.
    pub headers: &'a [(String, String)],
    /// Those that belong to the event.
    pub event_headers: Rc<Vec<(String, String)>>,
    /// Its `content-type`.
    pub content_type: Option<String>,
    /// The verified bytes.
    pub body: &'a [u8],
    /// When it was received.
    pub received_at: Millis,
    /// SHA-256 of what was signed. It is asked once at most, and mostly not at all: it hashes the
    /// body once more.
    pub digest: D,
}

/// The events of a request, and the claim of the whole where it has several. One that is all of the
/// body is still without it: who has the bytes moves them there, for they may be many.
pub fn events<D: Fn() -> [u8; 32]>(
    arrived: Arrived<'_, D>,
    dice: &(impl Random + Clock),
) -> (Option<String>, Vec<Candidate>) {
    let reader = Reader {
        digest: OnceCell::new(),
        arrived,
        dice,
    };
    let arrived = &reader.arrived;
    if !arrived.source.split_batches || arrived.verified.events.is_empty() {
        return (None, vec![reader.one()]);
    }
    let whole = match &arrived.source.dedup.key {
        Some(KeyPlace::Header(_)) => None,
        key => Claims::whole(key.as_ref(), reader.digest()),
    };
    (whole, reader.each())
}

struct Reader<'a, D, R> {
    arrived: Arrived<'a, D>,
    digest: OnceCell<[u8; 32]>,
    dice: &'a R,
}

impl<D: Fn() -> [u8; 32], R: Random + Clock> Reader<'_, D, R> {
    fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| (self.arrived.digest)())
    }

    /// The whole body as one event.
    fn one(&self) -> Candidate {
        let Arrived { verified, body, .. } = self.arrived;
        let claims = match self.chosen(body, None) {
            Some(claims) => claims,
            None => self.with_signature(Claims::of(verified, || self.digest()), None),
        };
        self.candidate(claims, &verified.id, &verified.event_type, &[])
    }

    /// The events in the body, each with its own bytes of it.
    fn each(&self) -> Vec<Candidate> {
        let Arrived { verified, body, .. } = self.arrived;
        let event = |(at, event): (usize, &Event)| {
            let bytes = body.get(event.range.clone())?;
            let name = event.id.as_deref().map(|text| Name {
                text,
                signed: self.arrived.body_signed,
                chosen: false,
            });
            let claims = self.chosen(bytes, Some(at)).unwrap_or_else(|| {
                let claims = Claims::named(name, verified, Some(at), || self.digest());
                self.with_signature(claims, Some(at))
            });
            Some(self.candidate(claims, &event.id, &event.event_type, bytes))
        };
        let events = verified.events.iter().enumerate();
        events.filter_map(event).collect()
    }

    /// The claims by the key that the operator has chosen, where the event has it.
    fn chosen(&self, bytes: &[u8], part: Option<usize>) -> Option<Claims> {
        let place = self.arrived.source.dedup.key.as_ref()?;
        let mut key = place.read(self.arrived.headers, bytes)?;
        let signed = match place {
            KeyPlace::Pointer(_) => self.arrived.body_signed,
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
        let verified = self.arrived.verified;
        Some(Claims::named(Some(name), verified, part, || self.digest()))
    }

    /// A header that is the key can be left out of a captured request: what then stands in its place
    /// is claimed with the signature.
    fn with_signature(&self, claims: Claims, part: Option<usize>) -> Claims {
        match self.arrived.source.dedup.key {
            Some(KeyPlace::Header(_)) if claims.keys.len() == 1 => {
                claims.with_signature(self.arrived.verified, part)
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
        let Arrived { source, .. } = self.arrived;
        let message = QueueMessage {
            version: VERSION,
            id: id::new(Kind::Message, self.dice),
            source_id: source.id.clone(),
            scheme: source.scheme.clone(),
            event_id: id.clone(),
            event_type: event_type.clone(),
            timestamp: self.arrived.verified.timestamp,
            received_at: self.arrived.received_at,
            headers: Rc::clone(&self.arrived.event_headers),
            content_type: self.arrived.content_type.clone(),
            inbox: None,
            queue: None,
            body: Body::from_bytes(body.to_vec()),
        };
        Candidate { claims, message }
    }
}

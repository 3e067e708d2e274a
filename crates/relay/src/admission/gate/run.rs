//! The events of one request on their way through the gate: what each would be as a message, where it
//! asks to be admitted, and what has become of it.

use std::collections::BTreeSet;

use super::{Candidate, Gate, Mark, Stopped};
use crate::admission::layout::Departure;
use crate::admission::{Dedup, DedupStore, inbox_name};
use crate::inbox::{Admission, Arrival};
use crate::port::{Millis, Unavailable};

/// Bytes of a queue message: a queue takes 128 KB, its own frame included.
pub const LARGEST_MESSAGE: usize = 127_000;

/// The events of one request, on their way through.
pub(super) struct Run {
    pub(super) events: Vec<Event>,
}

pub(super) struct Event {
    pub(super) keys: Vec<String>,
    pub(super) id: String,
    pub(super) inbox: String,
    /// Where its claim would stand by former numbers of shards, and the note to leave there.
    pub(super) former: Vec<(String, Option<Departure>)>,
    /// Written once, and handed on as it is: of 64 KB each further look is felt.
    pub(super) json: String,
    pub(super) settled: Option<Admission>,
    /// Once it is settled, the first of its claims that is known to be durable; those after it are.
    pub(super) durable_from: usize,
}

impl Run {
    pub(super) fn of<P>(candidates: Vec<Candidate>, gate: &Gate<'_, P>) -> Result<Self, Stopped> {
        let in_inbox = matches!(
            gate.dedup.store,
            DedupStore::Both | DedupStore::DurableObject
        );
        let event = |candidate: Candidate| {
            let Candidate {
                claims,
                mut message,
            } = candidate;
            let inbox = inbox_name(gate.source_id, claims.shard(gate.dedup.shards));
            // Where a consumer of the user's is fed, nobody confirms.
            message.queue = gate.queue.map(str::to_owned);
            message.inbox = Some(inbox.clone()).filter(|_| in_inbox && gate.queue.is_none());
            let former = gate.dedup.past.alive(gate.now).filter(|_| in_inbox);
            let former = former.map(|(former, note)| {
                let shard = claims.shard(former.shards);
                (inbox_name(gate.source_id, shard), note)
            });
            let former = former.filter(|(name, _)| *name != inbox).collect();
            let json = serde_json::to_string(&message)
                .map_err(|error| Unavailable::new("writing a message", error))?;
            if json.len() > LARGEST_MESSAGE {
                return Err(Stopped::TooLarge);
            }
            Ok(Event {
                keys: claims.keys,
                id: message.id,
                inbox,
                former,
                json,
                settled: None,
                durable_from: 0,
            })
        };
        let events = candidates
            .into_iter()
            .map(event)
            .collect::<Result<_, Stopped>>()?;
        Ok(Self { events })
    }

    /// Every claim once.
    pub(super) fn claims(&self) -> impl Iterator<Item = &str> {
        let keys = self.events.iter().flat_map(|event| &event.keys);
        keys.map(String::as_str)
            .collect::<BTreeSet<_>>()
            .into_iter()
    }

    /// `events` in parts of so many, and of so many bytes; one that is larger goes alone.
    pub(super) fn chunks(
        &self,
        events: &[usize],
        most: usize,
        most_bytes: usize,
    ) -> Vec<Vec<usize>> {
        let (mut chunks, mut bytes): (Vec<Vec<usize>>, usize) = (vec![], 0);
        for at in events {
            let size = self.events[*at].json.len();
            match chunks.last_mut() {
                Some(chunk) if chunk.len() < most && bytes + size <= most_bytes => {
                    chunk.push(*at);
                    bytes += size;
                }
                _ => {
                    chunks.push(vec![*at]);
                    bytes = size;
                }
            }
        }
        chunks
    }
}

impl Event {
    /// It takes the message along.
    pub(super) fn arrival(&mut self, dedup: &Dedup, queue: Option<&str>) -> Arrival {
        Arrival {
            keys: self.keys.clone(),
            ttl_ms: Millis::from(dedup.ttl_secs) * 1000,
            layout: dedup.past.layout,
            queue: queue.map(str::to_owned),
            message_id: self.id.clone(),
            message: std::mem::take(&mut self.json),
        }
    }

    /// Its durable claims, once it is settled.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let Some(admission) = &self.settled else {
            return vec![];
        };
        let mark = |claim: &String| Mark {
            claim: claim.clone(),
            id: admission.id().to_owned(),
        };
        self.keys.iter().skip(self.durable_from).map(mark).collect()
    }
}

impl Admission {
    /// The message that holds the event.
    pub(super) fn id(&self) -> &str {
        let (Self::Accepted { id } | Self::Duplicate { id }) = self;
        id
    }
}

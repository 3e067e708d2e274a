//! The events of one request on their way through the gate: what each would be as a message, where it
//! asks to be admitted, and what has become of it.

use std::collections::BTreeSet;

use super::{Candidate, Gate, Mark, Stopped};
use crate::admission::layout::Departure;
use crate::admission::{Dedup, DedupStore, inbox_name};
use crate::inbox::{Admission, Arrival};
use crate::message::QueueMessage;
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
    /// The message as JSON. Where it is alone, it is written once and handed on as it is: of 64 KB each
    /// further look is felt.
    json: String,
    /// One of several is written again when it is handed on: ten thousand of them would have the
    /// headers of their request in memory as often.
    message: Option<QueueMessage>,
    /// Bytes of that JSON.
    size: usize,
    pub(super) settled: Option<Admission>,
    /// Whether it was settled by what the memories know: they need not be told of it again.
    pub(super) is_known: bool,
    /// Once it is settled, the first of its claims that is known to be durable; those after it are.
    pub(super) durable_from: usize,
}

impl Run {
    pub(super) fn of<P>(candidates: Vec<Candidate>, gate: &Gate<'_, P>) -> Result<Self, Stopped> {
        let in_inbox = matches!(
            gate.dedup.store,
            DedupStore::Both | DedupStore::DurableObject
        );
        let is_alone = candidates.len() == 1;
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
            let json = write(&message)?;
            let size = json.len();
            if size > LARGEST_MESSAGE {
                return Err(Stopped::TooLarge);
            }
            let id = message.id.clone();
            let (json, message) = match is_alone {
                true => (json, None),
                false => (String::new(), Some(message)),
            };
            Ok(Event {
                keys: claims.keys,
                id,
                inbox,
                former,
                json,
                message,
                size,
                settled: None,
                is_known: false,
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
            let size = self.events[*at].size;
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
    /// The message as JSON, to be handed on once.
    pub(super) fn take_json(&mut self) -> Result<String, Unavailable> {
        match self.message.take() {
            Some(message) => write(&message),
            None => Ok(std::mem::take(&mut self.json)),
        }
    }

    /// It takes the message along.
    pub(super) fn arrival(
        &mut self,
        dedup: &Dedup,
        queue: Option<&str>,
    ) -> Result<Arrival, Unavailable> {
        Ok(Arrival {
            keys: self.keys.clone(),
            ttl_ms: Millis::from(dedup.ttl_secs) * 1000,
            layout: dedup.past.layout,
            queue: queue.map(str::to_owned),
            message_id: self.id.clone(),
            message: self.take_json()?,
        })
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

fn write(message: &QueueMessage) -> Result<String, Unavailable> {
    serde_json::to_string(message).map_err(|error| Unavailable::new("writing a message", error))
}

impl Admission {
    /// The message that holds the event.
    pub(super) fn id(&self) -> &str {
        let (Self::Accepted { id } | Self::Duplicate { id }) = self;
        id
    }
}

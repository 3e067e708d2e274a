//! The road from a verified request to durable storage, by the source's `dedup.store`.
//!
//! Three memories can say that an event came before: this isolate's, KV's and the inbox's. Only the
//! inbox is exact, and only what is durable is ever remembered. A memory that is away knows nothing,
//! and the next one is asked; storage that is away is an error, and the provider sends again.
//!
//! | store | memories | durable in |
//! | --- | --- | --- |
//! | `both` | isolate, KV, inbox | the inbox |
//! | `durable_object` | isolate, inbox | the inbox |
//! | `kv` | isolate, KV | the queue; the marker is written after the send, else a send that failed would make the retry a duplicate |
//! | `none` | none | the queue |
//!
//! A request of several events passes when all of them are durable. One that fails is no
//! acknowledgement, and the events before it stay claimed: in the provider's retry they are
//! duplicates, and the others are admitted.

mod run;

use std::collections::{BTreeMap, BTreeSet};

use self::run::{Event, Run};
use super::claims::Claims;
use super::layout::{Departure, Enquiry};
use super::{Dedup, DedupStore};
use crate::inbox::{Admission, Arrival};
use crate::message::QueueMessage;
use crate::port::{Millis, Queue, Unavailable};

pub use self::run::LARGEST_MESSAGE;

/// Platform limits of one `sendBatch`, the bytes with room for each message's frame.
const BATCH_MESSAGES: usize = 100;
const BATCH_BYTES: usize = 240_000;

/// What goes to an inbox in one call.
const CALL_ARRIVALS: usize = 200;
const CALL_BYTES: usize = 1_000_000;
const CALL_ENQUIRIES: usize = 1_000;

/// Claims of one request that have markers of their own in KV, which takes 1,000 calls from one
/// request: each claim is read and written. Of a body with more of them, KV remembers the whole
/// alone.
const MOST_MARKED: usize = 400;

/// An event that asks to be admitted.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What makes it a duplicate.
    pub claims: Claims,
    /// What is kept of it; the gate says in which inbox it stands.
    pub message: QueueMessage,
}

/// A claim that is durable, and the message that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The claim.
    pub claim: String,
    /// The message's id.
    pub id: String,
}

/// The memory of this isolate: small and bounded.
pub trait Recent {
    /// The message that a claim is known to have admitted.
    fn recall(&self, claim: &str) -> Option<String>;
    /// Remembers that a claim is durable.
    fn note(&self, mark: &Mark);
}

/// The memory of KV: not exact, and sometimes away.
#[allow(async_fn_in_trait)]
pub trait Markers {
    /// The messages that these claims have admitted, as far as KV knows: one answer for each.
    async fn find(&self, claims: &[&str]) -> Vec<Option<String>>;
    /// Remembers them. Best effort.
    async fn set(&self, marks: &[Mark]);
}

/// The inboxes of a source.
#[allow(async_fn_in_trait)]
pub trait Inboxes {
    /// Admits each of these or finds that it came before: one answer for each.
    ///
    /// # Errors
    /// The inbox did not answer; some may have been admitted all the same.
    async fn accept(
        &self,
        inbox: &str,
        arrivals: Vec<Arrival>,
    ) -> Result<Vec<Admission>, Unavailable>;

    /// Asks an inbox for claims from before the source's shards were changed: the message that holds
    /// each, if one does.
    ///
    /// # Errors
    /// The inbox did not answer; notes may have been left all the same.
    async fn enquire(
        &self,
        inbox: &str,
        enquiry: Enquiry,
    ) -> Result<Vec<Option<String>>, Unavailable>;
}

/// What has become of a request's events. All of them are durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The message of the first event.
    pub first: String,
    /// How many were new.
    pub accepted: usize,
    /// How many came before.
    pub duplicates: usize,
    /// What KV is to remember, after the answer.
    pub marks: Vec<Mark>,
}

/// Why a request does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// An event does not fit a queue message; none was admitted.
    TooLarge,
    /// Storage is away.
    Away(Unavailable),
}

impl From<Unavailable> for Stopped {
    fn from(cause: Unavailable) -> Self {
        Self::Away(cause)
    }
}

/// The way in to one source.
#[derive(Debug)]
pub struct Gate<'a, P> {
    /// The source.
    pub source_id: &'a str,
    /// How it admits.
    pub dedup: &'a Dedup,
    /// The binding of the queue that it feeds, in place of the gateway's own.
    pub queue: Option<&'a str>,
    /// The time now.
    pub now: Millis,
    /// Its memories, its inboxes and the queue.
    pub ports: &'a P,
}

impl<P: Recent + Markers + Inboxes + Queue> Gate<'_, P> {
    /// Makes the events of one request durable, each once. `whole` is the claim of a body that has
    /// several.
    ///
    /// # Errors
    /// Nothing may then be acknowledged.
    pub async fn pass(
        &self,
        whole: Option<String>,
        candidates: Vec<Candidate>,
    ) -> Result<Passed, Stopped> {
        if let Some(passed) = self.passed_before(whole.as_deref(), candidates.len()).await {
            return Ok(passed);
        }
        let mut run = Run::of(candidates, self)?;
        let marked = run.claims().count() <= MOST_MARKED;
        match self.dedup.store {
            DedupStore::None => self.send(&mut run, false).await?,
            DedupStore::Kv => {
                self.recognise(&mut run, marked).await;
                self.send(&mut run, marked).await?;
            }
            DedupStore::DurableObject => {
                self.recognise(&mut run, false).await;
                self.look_back(&mut run).await?;
                self.claim(&mut run).await?;
            }
            DedupStore::Both => {
                // A body of several has one marker, for the whole: KV is there for the storm.
                self.recognise(&mut run, whole.is_none() && marked).await;
                self.look_back(&mut run).await?;
                self.claim(&mut run).await?;
            }
        }
        self.conclude(whole, run, marked).await
    }

    /// Whether a body of several has passed before, as a whole.
    async fn passed_before(&self, whole: Option<&str>, count: usize) -> Option<Passed> {
        let claim = whole.filter(|_| self.dedup.store != DedupStore::None)?;
        let id = match self.ports.recall(claim) {
            Some(id) => id,
            None if self.uses_kv() => self.ports.find(&[claim]).await.into_iter().next()??,
            None => return None,
        };
        Some(Passed {
            first: id,
            accepted: 0,
            duplicates: count,
            marks: vec![],
        })
    }

    fn uses_kv(&self) -> bool {
        matches!(self.dedup.store, DedupStore::Both | DedupStore::Kv)
    }

    /// Finds the events that are known to be durable.
    ///
    /// Where the inbox decides, only an event of which every claim is known: a claim that is new
    /// must reach the inbox, or a provider's retry under a new signature could be replayed under
    /// another id. Without an inbox one claim is enough, and those after it are noted with it.
    async fn recognise(&self, run: &mut Run, ask_kv: bool) {
        let exact = self.dedup.store != DedupStore::Kv;
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let claims: Vec<String> = run.claims().map(str::to_owned).collect();
        let mut unknown: Vec<&str> = vec![];
        for claim in &claims {
            match self.ports.recall(claim) {
                Some(id) => drop(known.insert(claim.clone(), id)),
                None => unknown.push(claim),
            }
        }
        let recalled: BTreeSet<String> = known.keys().cloned().collect();
        if ask_kv && !unknown.is_empty() {
            let found = self.ports.find(&unknown).await;
            for (claim, id) in unknown.iter().zip(found) {
                if let Some(id) = id {
                    known.insert((*claim).to_owned(), id);
                }
            }
        }
        for event in &mut run.events {
            let ids: Vec<_> = event.keys.iter().map(|key| known.get(key)).collect();
            let Some((held, id)) = ids
                .iter()
                .enumerate()
                .find_map(|(at, id)| Some((at, (*id)?)))
            else {
                continue;
            };
            if !exact || ids.iter().all(Option::is_some) {
                event.settled = Some(Admission::Duplicate { id: id.clone() });
                event.durable_from = held;
                event.is_known = true;
            }
        }
        let duplicates = run.events.iter().filter(|event| event.settled.is_some());
        let marks: Vec<Mark> = duplicates.flat_map(Event::marks).collect();
        // What it remembers itself is not remembered anew: copies that keep coming would lengthen the
        // life of a claim without end.
        let heard = |mark: &&Mark| !recalled.contains(&mark.claim);
        let new = marks.iter().filter(heard);
        new.for_each(|mark| self.ports.note(mark));
        if !exact && ask_kv {
            let new = |mark: &Mark| !known.contains_key(&mark.claim);
            let new: Vec<Mark> = marks.into_iter().filter(new).collect();
            if !new.is_empty() {
                self.ports.set(&new).await;
            }
        }
    }

    /// Finds the events that were claimed while the source had other shards. What is not found is
    /// departed from there: no isolate with an older record can claim it any more.
    async fn look_back(&self, run: &mut Run) -> Result<(), Stopped> {
        let mut inboxes: BTreeMap<String, (Option<Departure>, BTreeSet<usize>)> = BTreeMap::new();
        for (at, event) in run.events.iter().enumerate() {
            if event.settled.is_none() {
                for (inbox, note) in &event.former {
                    let asked = inboxes.entry(inbox.clone()).or_default();
                    asked.0 = asked.0.max(*note);
                    asked.1.insert(at);
                }
            }
        }
        for (inbox, (note, events)) in inboxes {
            // One that stands in several former inboxes is asked for until it is found.
            let open = |at: &usize| run.events[*at].settled.is_none();
            let open: Vec<usize> = events.into_iter().filter(open).collect();
            for chunk in open.chunks(CALL_ENQUIRIES) {
                let keys = chunk.iter().flat_map(|at| run.events[*at].keys.clone());
                let keys: Vec<String> = keys.collect();
                let asked = keys.len();
                let found = self.ports.enquire(&inbox, Enquiry { keys, note }).await?;
                if (found.len(), asked) != (chunk.len(), chunk.len()) {
                    let cause = format_args!("{} of {asked} answers", found.len());
                    return Err(Unavailable::new("asking a former inbox", cause).into());
                }
                for (at, holder) in chunk.iter().zip(found) {
                    let Some(id) = holder else { continue };
                    let event = &mut run.events[*at];
                    event.settled = Some(Admission::Duplicate { id });
                    event.marks().iter().for_each(|mark| self.ports.note(mark));
                }
            }
        }
        Ok(())
    }

    /// Claims what is not settled, in the inboxes.
    async fn claim(&self, run: &mut Run) -> Result<(), Stopped> {
        let mut shards: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, event) in run.events.iter().enumerate() {
            if event.settled.is_none() {
                shards.entry(&event.inbox).or_default().push(at);
            }
        }
        let shards: Vec<(String, Vec<usize>)> = shards
            .into_iter()
            .map(|(inbox, events)| (inbox.to_owned(), events))
            .collect();
        for (inbox, events) in shards {
            for chunk in run.chunks(&events, CALL_ARRIVALS, CALL_BYTES) {
                let mut arrivals = vec![];
                for at in chunk.iter().copied() {
                    arrivals.push(run.events[at].arrival(self.dedup, self.queue)?);
                }
                let admissions = self.ports.accept(&inbox, arrivals).await?;
                if admissions.len() != chunk.len() {
                    let cause = format_args!("{} of {} answers", admissions.len(), chunk.len());
                    return Err(Unavailable::new("admitting events", cause).into());
                }
                for (at, admission) in chunk.into_iter().zip(admissions) {
                    let event = &mut run.events[at];
                    // Of a duplicate only the last claim is held for sure: a name before a taken
                    // signature was not claimed.
                    if matches!(admission, Admission::Duplicate { .. }) {
                        event.durable_from = event.keys.len().saturating_sub(1);
                    }
                    event.settled = Some(admission);
                    event.marks().iter().for_each(|mark| self.ports.note(mark));
                }
            }
        }
        Ok(())
    }

    /// Sends what is not settled to the queue; then its markers are written, if it has any.
    async fn send(&self, run: &mut Run, marked: bool) -> Result<(), Stopped> {
        let remembers = self.dedup.store != DedupStore::None;
        let mut claimed: BTreeMap<String, String> = BTreeMap::new();
        let mut open = vec![];
        for (at, event) in run.events.iter_mut().enumerate() {
            if event.settled.is_some() {
                continue;
            }
            let before = event.keys.iter().find_map(|key| claimed.get(key)).cloned();
            match before.filter(|_| remembers) {
                // Twice in one body.
                Some(id) => event.settled = Some(Admission::Duplicate { id }),
                None => {
                    for key in &event.keys {
                        claimed.insert(key.clone(), event.id.clone());
                    }
                    open.push(at);
                }
            }
        }
        for chunk in run.chunks(&open, BATCH_MESSAGES, BATCH_BYTES) {
            let mut messages = vec![];
            for at in &chunk {
                messages.push(run.events[*at].take_json()?);
            }
            match self.queue {
                Some(name) => self.ports.send_batch_to(name, &messages).await?,
                None => self.ports.send_batch(&messages).await?,
            }
            let mut marks = vec![];
            for at in chunk {
                let event = &mut run.events[at];
                let id = event.id.clone();
                event.settled = Some(Admission::Accepted { id });
                marks.extend(event.marks());
            }
            if remembers {
                marks.iter().for_each(|mark| self.ports.note(mark));
            }
            if marked {
                self.ports.set(&marks).await;
            }
        }
        Ok(())
    }

    async fn conclude(
        &self,
        whole: Option<String>,
        run: Run,
        marked: bool,
    ) -> Result<Passed, Stopped> {
        let settled: Vec<&Admission> = run
            .events
            .iter()
            .filter_map(|event| event.settled.as_ref())
            .collect();
        let (Some(first), true) = (settled.first(), settled.len() == run.events.len()) else {
            return Err(Unavailable::new("admitting events", "not every one is settled").into());
        };
        let first = first.id().to_owned();
        let is_new = |admission: &&&Admission| matches!(admission, Admission::Accepted { .. });
        let accepted = settled.iter().filter(is_new).count();
        let duplicates = settled.len() - accepted;
        let mark = |claim| Mark {
            claim,
            id: first.clone(),
        };
        let whole: Option<Mark> = whole.map(mark);
        let marks = match (self.dedup.store, whole) {
            (DedupStore::None, _) => vec![],
            (store, Some(whole)) => {
                self.ports.note(&whole);
                match store {
                    DedupStore::Both => vec![whole],
                    DedupStore::Kv => {
                        self.ports.set(&[whole]).await;
                        vec![]
                    }
                    _ => vec![],
                }
            }
            (DedupStore::Both, None) if marked => {
                let new = run.events.iter().filter(|event| !event.is_known);
                new.flat_map(Event::marks).collect()
            }
            (_, None) => vec![],
        };
        Ok(Passed {
            first,
            accepted,
            duplicates,
            marks,
        })
    }
}

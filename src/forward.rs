//! The queue handler: hands each batch to its applications, then confirms it to the inboxes.
//!
//! A message is acknowledged once its application has it. The confirmation to the inbox is best
//! effort: without it the inbox sends the message again, and acceptance is idempotent.

use std::collections::BTreeMap;

use hookgate_relay::message::Receipt;
use hookgate_relay::port::{Millis, Unavailable};
use worker::{MessageBatch, MessageExt, RawMessage, console_error};

use crate::object::method;
use crate::store::{Stores, now, receipt};

/// Bytes of events that go to an application in one call: a hundred of the largest at once would
/// be a tenth of the isolate's memory, several times over.
const PARCEL_BYTES: usize = 1_000_000;

/// A message, its text, and where it came from.
struct Item {
    message: RawMessage,
    event: String,
    receipt: Receipt,
}

/// What one application gets in one call.
#[derive(Default)]
struct Parcel {
    items: Vec<Item>,
    bytes: usize,
}

/// What one application gets from one batch.
#[derive(Default)]
struct Parcels(Vec<Parcel>);

/// Forwards a batch. A message that cannot be forwarded now is left to the queue's retry; one that
/// this build cannot read ends in the dead-letter queue, for a build that can.
pub(crate) async fn forward(batch: &MessageBatch<()>, stores: &Stores) {
    let mut parcels: BTreeMap<String, Parcels> = BTreeMap::new();
    for message in batch.raw_iter() {
        match receipt(&message) {
            Some((event, receipt)) => {
                let parcels = parcels.entry(receipt.source_id.clone()).or_default();
                parcels.add(Item {
                    message,
                    event,
                    receipt,
                });
            }
            None => {
                console_error!(
                    "queue message {} is not of a version known here",
                    message.id()
                );
                message.retry();
            }
        }
    }
    let deliveries = parcels
        .into_iter()
        .map(|(application, parcels)| deliver_all(application, parcels, stores));
    futures_util::future::join_all(deliveries).await;
}

impl Parcels {
    fn add(&mut self, item: Item) {
        let fits = |parcel: &Parcel| parcel.bytes + item.event.len() <= PARCEL_BYTES;
        if !self.0.last().is_some_and(fits) {
            self.0.push(Parcel::default());
        }
        if let Some(parcel) = self.0.last_mut() {
            parcel.bytes += item.event.len();
            parcel.items.push(item);
        }
    }
}

async fn deliver_all(application: String, parcels: Parcels, stores: &Stores) {
    let mut parcels = parcels.0.into_iter();
    for parcel in parcels.by_ref() {
        if let Heard::Nothing = deliver(&application, parcel.items, stores).await {
            break;
        }
    }
    for item in parcels.flat_map(|parcel| parcel.items) {
        item.message.retry();
    }
}

async fn deliver(application: &str, items: Vec<Item>, stores: &Stores) -> Heard {
    let (accepted, heard) = match hand_over(application, &items, stores).await {
        Heard::Yes => (items, Heard::Yes),
        Heard::No => one_by_one(application, items, stores).await,
        Heard::Nothing => {
            items.iter().for_each(|item| item.message.retry());
            (vec![], Heard::Nothing)
        }
    };
    let mut confirmations: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Item {
        message, receipt, ..
    } in accepted
    {
        message.ack();
        if let Some(inbox) = receipt.inbox {
            confirmations.entry(inbox).or_default().push(receipt.id);
        }
    }
    for (inbox, ids) in confirmations {
        if let Err(error) = confirm(&inbox, &ids, stores).await {
            console_error!("{inbox}: {error}");
        }
    }
    heard
}

/// Those of a refused parcel that are accepted alone: one message takes no other along. Where an answer
/// fails to come, the application is away, and all that is left comes again.
async fn one_by_one(application: &str, items: Vec<Item>, stores: &Stores) -> (Vec<Item>, Heard) {
    let (mut accepted, mut heard) = (vec![], Heard::No);
    let alone = items.len() == 1;
    for item in items {
        if !alone && heard != Heard::Nothing {
            heard = hand_over(application, std::slice::from_ref(&item), stores).await;
            if heard == Heard::Yes {
                accepted.push(item);
                continue;
            }
        }
        item.message.retry();
    }
    (accepted, heard)
}

/// What was heard of an application.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    Yes,
    No,
    /// It took so long that it is not to be asked again now.
    Nothing,
}

/// A refusal comes within milliseconds.
const SILENT_MS: Millis = 5_000;

async fn hand_over(id: &str, items: &[Item], stores: &Stores) -> Heard {
    let events: Vec<&str> = items.iter().map(|item| item.event.as_str()).collect();
    let events = format!("[{}]", events.join(",")).into();
    let began = now();
    let handed = async {
        let application = stores.application(id)?;
        application.call_with::<method::AcceptEvents>(events).await
    };
    match handed.await {
        Ok(()) => Heard::Yes,
        Err(error) => {
            console_error!("{id}: {error}");
            match now() - began < SILENT_MS {
                true => Heard::No,
                false => Heard::Nothing,
            }
        }
    }
}

async fn confirm(inbox: &str, ids: &Vec<String>, stores: &Stores) -> Result<(), Unavailable> {
    stores.inbox(inbox)?.call::<method::Confirm>(ids).await
}

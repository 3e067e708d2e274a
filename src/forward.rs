//! The queue handler: hands each batch to its applications, then confirms it to the inboxes.
//!
//! A message is acknowledged once its application has it. The confirmation to the inbox is best
//! effort: without it the inbox sends the message again, and acceptance is idempotent.

use std::collections::BTreeMap;

use hookgate_relay::message::Receipt;
use hookgate_relay::port::Unavailable;
use worker::{MessageBatch, MessageExt, RawMessage, console_error};

use crate::object::method;
use crate::store::{Stores, receipt};

/// Bytes of events that go to an application in one call: a hundred of the largest at once would
/// be a tenth of the isolate's memory, several times over.
const PARCEL_BYTES: usize = 1_000_000;

/// What one application gets in one call.
#[derive(Default)]
struct Parcel {
    messages: Vec<RawMessage>,
    events: Vec<String>,
    bytes: usize,
    confirmations: BTreeMap<String, Vec<String>>,
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
            Some((event, receipt)) => parcels
                .entry(receipt.source_id.clone())
                .or_default()
                .add(message, event, receipt),
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
    fn add(&mut self, message: RawMessage, event: String, receipt: Receipt) {
        let fits = |parcel: &Parcel| parcel.bytes + event.len() <= PARCEL_BYTES;
        if !self.0.last().is_some_and(fits) {
            self.0.push(Parcel::default());
        }
        if let Some(parcel) = self.0.last_mut() {
            parcel.bytes += event.len();
            parcel.messages.push(message);
            parcel.events.push(event);
            if let Some(inbox) = receipt.inbox {
                let confirmations = &mut parcel.confirmations;
                confirmations.entry(inbox).or_default().push(receipt.id);
            }
        }
    }
}

async fn deliver_all(application: String, parcels: Parcels, stores: &Stores) {
    for parcel in parcels.0 {
        deliver(&application, parcel, stores).await;
    }
}

async fn deliver(application: &str, parcel: Parcel, stores: &Stores) {
    if let Err(error) = hand_over(application, &parcel.events, stores).await {
        console_error!("{application}: {error}");
        parcel.messages.iter().for_each(MessageExt::retry);
        return;
    }
    parcel.messages.iter().for_each(MessageExt::ack);
    for (inbox, ids) in parcel.confirmations {
        if let Err(error) = confirm(&inbox, &ids, stores).await {
            console_error!("{inbox}: {error}");
        }
    }
}

async fn hand_over(id: &str, events: &[String], stores: &Stores) -> Result<(), Unavailable> {
    stores
        .application(id)?
        .call_with::<method::AcceptEvents>(format!("[{}]", events.join(",")).into())
        .await
}

async fn confirm(inbox: &str, ids: &Vec<String>, stores: &Stores) -> Result<(), Unavailable> {
    stores.inbox(inbox)?.call::<method::Confirm>(ids).await
}

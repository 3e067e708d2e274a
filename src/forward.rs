//! The queue handler: hands each batch to its applications, then confirms it to the inboxes.
//!
//! A message is acknowledged once its application has it. The confirmation to the inbox is best
//! effort: without it the inbox sends the message again, and acceptance is idempotent.

use std::collections::BTreeMap;

use hookgate_relay::port::Unavailable;
use worker::{MessageBatch, MessageExt, RawMessage, console_error};

use crate::object::method;
use crate::store::{Stores, receipt};

/// What one application gets from one batch.
#[derive(Default)]
struct Parcel {
    messages: Vec<RawMessage>,
    events: Vec<String>,
    confirmations: BTreeMap<String, Vec<String>>,
}

/// Forwards a batch. A message that cannot be forwarded now is left to the queue's retry; one that
/// this build cannot read ends in the dead-letter queue, for a build that can.
pub(crate) async fn forward(batch: &MessageBatch<()>, stores: &Stores) {
    let mut parcels: BTreeMap<String, Parcel> = BTreeMap::new();
    for message in batch.raw_iter() {
        match receipt(&message) {
            Some((event, receipt)) => {
                let parcel = parcels.entry(receipt.source_id).or_default();
                parcel.messages.push(message);
                parcel.events.push(event);
                parcel
                    .confirmations
                    .entry(receipt.inbox)
                    .or_default()
                    .push(receipt.id);
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
    futures_util::future::join_all(
        parcels
            .into_iter()
            .map(|(application, parcel)| deliver(application, parcel, stores)),
    )
    .await;
}

async fn deliver(application: String, parcel: Parcel, stores: &Stores) {
    if let Err(error) = hand_over(&application, &parcel.events, stores).await {
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
        .call_with::<method::AcceptEvents>(format!("[{}]", events.join(",")))
        .await
}

async fn confirm(inbox: &str, ids: &Vec<String>, stores: &Stores) -> Result<(), Unavailable> {
    stores.inbox(inbox)?.call::<method::Confirm>(ids).await
}

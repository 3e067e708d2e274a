//! The other half of the scheduled handler: removes bodies from R2 that no message names.
//!
//! One page of the bucket a minute; how far it has come stands in the registry.

use std::collections::BTreeSet;

use hookgate_relay::admission::{Dedup, inbox_name};
use hookgate_relay::orphans::{self, Holders};
use hookgate_relay::port::{Millis, Unavailable};
use worker::console_error;

use crate::object::method::{Holds, Knows, SpokenFor, TakeWalk, WalkDone};
use crate::store::Stores;

/// Looks at the next page, if it is time.
pub(crate) async fn collect(stores: &Stores, now: Millis) {
    if let Err(error) = walk(stores, now).await {
        console_error!("collecting orphans: {error}");
    }
}

async fn walk(stores: &Stores, now: Millis) -> Result<(), Unavailable> {
    let Some(bucket) = stores.payloads() else {
        return Ok(());
    };
    let registry = stores.registry()?;
    let Some(after) = registry.call::<TakeWalk>(&now).await?.pop() else {
        return Ok(());
    };
    let next = orphans::collect(&bucket, stores, after, now).await?;
    registry.call::<WalkDone>(&(next, now)).await
}

impl Holders for Stores {
    async fn known(&self, source_id: &str, ids: Vec<String>) -> Result<Vec<String>, Unavailable> {
        let asked = (source_id.to_owned(), ids);
        let spoken_for = self.registry()?.call::<SpokenFor>(&asked).await?;
        let (mut known, watched) = spoken_for;
        let ids = asked.1;
        // Those that the source has now, and those of an earlier count that have not finished.
        let source = self.source(source_id).await?;
        let shards = source.map_or(Dedup::default().shards, |source| source.dedup.shards);
        let now = (0..shards).map(|shard| inbox_name(source_id, shard));
        let inboxes: BTreeSet<String> = now.chain(watched).collect();
        for inbox in inboxes {
            known.extend(self.inbox(&inbox)?.call::<Holds>(&ids).await?);
        }
        // Last, as a message leaves its inbox when its application has it.
        known.extend(self.application(source_id)?.call::<Knows>(&ids).await?);
        Ok(known)
    }
}

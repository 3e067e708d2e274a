//! The scheduled handler: looks at the objects whose time has come, should an alarm have been lost.
//!
//! It knows them from the registry's watch, and calls none that has nothing under way. What it does
//! not reach it reaches a minute later. It also erases what deleted sources have left behind.

use futures_util::stream::{self, StreamExt};
use hookgate_relay::port::{Millis, Unavailable};
use hookgate_relay::registry::erasure::{Holder, Remains};
use hookgate_relay::watch::{Look, Watched};
use worker::console_error;

use crate::object::method;
use crate::store::Stores;

/// Objects of one run: a Worker may make 1,000 calls, and a look is one.
const MOST_LOOKS: u32 = 500;
/// Objects that one run erases, and the endpoints of those.
const MOST_ERASURES: u32 = 100;
/// Calls that are out at once: the platform's limit.
const AT_ONCE: usize = 6;

/// Looks at whatever is due at `now`.
pub(crate) async fn sweep(stores: &Stores, now: Millis) {
    if let Err(error) = look_around(stores, now).await {
        console_error!("the watch: {error}");
    }
    if let Err(error) = erase(stores, now).await {
        console_error!("erasing: {error}");
    }
}

async fn erase(stores: &Stores, now: Millis) -> Result<(), Unavailable> {
    let registry = stores.registry()?;
    let due = registry
        .call::<method::TakeErasures>(&(now, MOST_ERASURES))
        .await?;
    let mut erased = vec![];
    for remains in due {
        match erase_one(stores, remains).await {
            Ok(mut done) => erased.append(&mut done),
            Err(error) => console_error!("erasing: {error}"),
        }
    }
    match erased.is_empty() {
        true => Ok(()),
        false => registry.call::<method::Erased>(&(now, erased)).await,
    }
}

/// Erases an object; of an application its endpoints first, which nobody else knows.
async fn erase_one(stores: &Stores, remains: Remains) -> Result<Vec<Remains>, Unavailable> {
    let mut all = vec![];
    if remains.kind == Holder::Application {
        let application = stores.application(&remains.name)?;
        let endpoints = application.call::<method::EndpointIds>(&()).await?;
        all.extend(endpoints.into_iter().map(|name| Remains {
            kind: Holder::Endpoint,
            name,
        }));
    }
    all.push(remains);
    for Remains { kind, name } in &all {
        let object = match kind {
            Holder::Inbox => stores.inbox(name),
            Holder::Application => stores.application(name),
            Holder::Endpoint => stores.endpoint(name),
            Holder::Refusals => stores.refusals(name),
        };
        object?.call::<method::Erase>(&()).await?;
    }
    Ok(all)
}

async fn look_around(stores: &Stores, now: Millis) -> Result<(), Unavailable> {
    let registry = stores.registry()?;
    let due = registry
        .call::<method::TakeWatched>(&(now, MOST_LOOKS))
        .await?;
    if due.is_empty() {
        return Ok(());
    }
    let looks: Vec<Option<Look>> = stream::iter(due)
        .map(|at| look_at(stores, at))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let looks: Vec<Look> = looks.into_iter().flatten().collect();
    registry.call::<method::Looked>(&looks).await
}

/// One that is away stays on the list.
async fn look_at(stores: &Stores, at: Watched) -> Option<Look> {
    let answer = match stores.watched(at.kind, &at.name) {
        Ok(object) => object.call::<method::LookAt>(&()).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(again) => Some(Look { at, again }),
        Err(error) => {
            console_error!("looking at {}: {error}", at.name);
            None
        }
    }
}

//! The receiving pipeline: one request of a provider, from the socket to the acknowledgement.
//!
//! Look the source up, read the body within its cap, verify the very bytes, admit, answer. A 2xx
//! leaves only after the event is in durable storage. Nothing but the verifier reads the body
//! before it is verified.

mod admit;
mod answer;
mod memory;
mod request;

use std::rc::Rc;

use hookgate_relay::inbox::Admission;
use worker::{Context, Method, Request, Response, Result};

use self::answer::Refusal;
use self::memory::ActiveSource;
use crate::config::Config;
use crate::store::{Stores, now};

/// Answers `POST /in/{source}`.
pub(crate) async fn receive(
    request: Request,
    source: &str,
    config: &Config,
    stores: Stores,
    ctx: Context,
) -> Result<Response> {
    match pipeline(request, source, config, stores, ctx).await {
        Ok(admission) => answer::acknowledge(&admission),
        Err(refusal) => answer::refuse(source, &refusal),
    }
}

async fn pipeline(
    request: Request,
    source: &str,
    config: &Config,
    stores: Stores,
    ctx: Context,
) -> Result<Admission, Refusal> {
    if request.method() != Method::Post {
        return Err(Refusal::MethodNotAllowed);
    }
    let active = look_up(source, config, &stores).await?;
    if active.source.disabled {
        return Err(Refusal::SourceDisabled);
    }
    let received = request::read(request, &active.source).await?;
    let verified = received.verify(&active.verifier, now())?;
    admit::admit(&active, received, verified, stores, ctx).await
}

/// The source, from this isolate's memory or from KV.
async fn look_up(
    source: &str,
    config: &Config,
    stores: &Stores,
) -> Result<Rc<ActiveSource>, Refusal> {
    if !request::is_source_name(source) {
        return Err(Refusal::UnknownSource);
    }
    let now = now();
    if let Some(active) = memory::recall(source, now) {
        return Ok(active);
    }
    let record = stores
        .source(source)
        .await
        .map_err(Refusal::StorageAway)?
        .ok_or(Refusal::UnknownSource)?;
    let active = ActiveSource::open(record, config).map_err(Refusal::StorageAway)?;
    Ok(memory::remember(
        source,
        active,
        now + config.source_cache_ms,
    ))
}

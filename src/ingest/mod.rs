//! The receiving pipeline: one request of a provider, from the socket to the acknowledgement.
//!
//! Look the source up, read the body within its cap, verify the very bytes, admit, answer. A large
//! body is verified on its way to R2 (`large`). A 2xx leaves only after the event is in durable
//! storage; a handshake is answered, and nothing is stored. Nothing but the verifier reads the body
//! before it is verified.

mod admit;
mod answer;
mod certificate;
mod handshake;
mod large;
mod limit;
mod memory;
mod refused;
mod request;
mod room;

use std::rc::Rc;

use hookgate::{Received as Judged, VerifyError};
use hookgate_relay::admission::gate::Passed;
use hookgate_relay::admission::head;
use worker::{Context, Method, Request, Response, Result};

use self::answer::Refusal;
use self::handshake::Answered;
use self::memory::ActiveSource;
use self::request::Received;
use crate::config::Config;
use crate::store::{Stores, now};

/// What a request turned out to be, and what has become of it.
enum Outcome {
    /// Events that are safe.
    Admitted(Passed),
    /// A question.
    Handshake(Answered),
}

/// Answers `POST /in/{source}`, and the other methods for the handshakes that have them.
pub(crate) async fn receive(
    mut request: Request,
    name: &str,
    config: Rc<Config>,
    stores: Stores,
    ctx: Context,
) -> Result<Response> {
    let sender = limit::sender(&request);
    let active = match look_up(name, &sender, &config, &stores).await {
        Ok(active) => active,
        Err(refusal) => {
            limit::count(None, &sender, &refusal, &stores, &ctx);
            return answer::refuse(name, &refusal);
        }
    };
    let source_id = Some(active.source.id.as_str());
    let mut received = Received::head_of(&request);
    match attend(&active, &mut received, &mut request, &stores, &ctx).await {
        Ok(Outcome::Admitted(passed)) => answer::acknowledge(&active, &passed),
        Ok(Outcome::Handshake(answered)) => answered.into_response(),
        // In the place of a refusal alone: what is genuine has passed above.
        Err(refusal) if limit::is_senders(&refusal) && limit::is_deaf_to(source_id, &sender) => {
            answer::refuse(name, &Refusal::TooMany)
        }
        Err(refusal) => {
            limit::count(source_id, &sender, &refusal, &stores, &ctx);
            refused::write_down(&active, received, &refusal, &config, stores, &ctx);
            answer::refuse(name, &refusal)
        }
    }
}

async fn attend(
    active: &ActiveSource,
    received: &mut Received,
    request: &mut Request,
    stores: &Stores,
    ctx: &Context,
) -> Result<Outcome, Refusal> {
    if active.source.disabled {
        return Err(Refusal::SourceDisabled);
    }
    received.check_method(active.verifier.borrow().scheme())?;
    if !head::fits(&received.headers) {
        return Err(Refusal::HeadersTooLarge);
    }
    if !stores.count_request(&active.source.id).await {
        return Err(Refusal::TooMany);
    }
    let verdict = if received.method == Method::Post {
        let bucket = stores.payloads();
        let large = received.large(request, &active.source, bucket.is_some())?;
        if let (Some(length), Some(bucket)) = (large, &bucket)
            && let Some(body) = request.inner().body()
            && let Some(kept) = large::keep(active, received, body.into(), length, bucket).await?
        {
            let passed = admit::admit_kept(active, received, kept, stores.clone(), ctx).await?;
            return Ok(Outcome::Admitted(passed));
        }
        let bound = bucket.is_some();
        received.read_body(request, &active.source, bound).await?;
        judge(active, received, stores, ctx).await?
    } else {
        Judged::Handshake(received.handshake(&active.verifier.borrow(), now())?)
    };
    match verdict {
        Judged::Handshake(reply) => {
            let answered = handshake::answer(&active.source.id, reply).await?;
            Ok(Outcome::Handshake(answered))
        }
        Judged::Event(verified) => {
            let passed = admit::admit(active, received, verified, stores.clone(), ctx).await?;
            Ok(Outcome::Admitted(passed))
        }
    }
}

/// The verdict, if need be after the certificate was found that the request names.
async fn judge(
    active: &ActiveSource,
    received: &Received,
    stores: &Stores,
    ctx: &Context,
) -> Result<Judged, Refusal> {
    let judge = || received.judge(&active.verifier.borrow(), now());
    match judge() {
        Err(Refusal::NotVerified(VerifyError::NeedsCertificate { url })) => {
            certificate::obtain(active, &url, stores, ctx).await?;
            judge()
        }
        verdict => verdict,
    }
}

/// The source, from this isolate's memory or from KV.
async fn look_up(
    source: &str,
    sender: &str,
    config: &Config,
    stores: &Stores,
) -> Result<Rc<ActiveSource>, Refusal> {
    if !head::is_source_name(source) {
        return Err(Refusal::UnknownSource);
    }
    let now = now();
    if let Some(active) = memory::recall(source, now) {
        return Ok(active);
    }
    // Who asks for names at random may share an address with a provider: a source that was there is
    // looked up all the same.
    if !memory::was_there(source) && limit::is_deaf_to(None, sender) {
        return Err(Refusal::TooMany);
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

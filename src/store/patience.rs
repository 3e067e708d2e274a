//! How long a call inside Cloudflare may take before it counts as lost.
//!
//! A call that never settles would else hold its object's drain for as long as the object lives. Each
//! such call is idempotent on its far side: one that arrives late, after all, does no harm.

use std::time::Duration;

use futures_util::future::{Either, LocalBoxFuture, select};
use hookgate_relay::port::Unavailable;
use worker::Delay;

/// Such calls take milliseconds. What they carry is sent again when its lease ends.
const LIMIT: Duration = Duration::from_secs(10);

/// What `call` gives, if it gives it in time.
pub(super) async fn patiently<T>(
    what: &'static str,
    call: impl Future<Output = worker::Result<T>>,
) -> Result<T, Unavailable> {
    within(LIMIT, what, call).await
}

/// What `call` gives within `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    what: &'static str,
    call: impl Future<Output = worker::Result<T>>,
) -> Result<T, Unavailable> {
    bounded(limit, what, Box::pin(call)).await
}

/// Boxed, for in WebAssembly this would else stand there once for every call.
async fn bounded<T>(
    limit: Duration,
    what: &'static str,
    call: LocalBoxFuture<'_, worker::Result<T>>,
) -> Result<T, Unavailable> {
    match select(call, Delay::from(limit)).await {
        Either::Left((Ok(value), _)) => Ok(value),
        Either::Left((Err(error), _)) => Err(Unavailable::new(what, error)),
        Either::Right(_) => {
            let cause = format_args!("no answer in {} seconds", limit.as_secs());
            Err(Unavailable::new(what, cause))
        }
    }
}

//! `idempotency-key` of the calls that make or do something, messages apart: those carry theirs into
//! the application, where it commits with them.

use hookgate_relay::once::{Claim, Settled};
use hookgate_relay::port::Unavailable;
use sha2::{Digest, Sha256};
use worker::console_error;

use super::error::ApiError;
use super::{Answer, Call};
use crate::object::method::{ClaimOnce, SettleOnce};
use crate::store::Dice;

/// Runs a call once under its key. What fails can be made again under the same key.
pub(super) async fn once(
    call: &Call<'_>,
    key: &str,
    path: &str,
    run: impl Future<Output = Result<Answer, ApiError>>,
) -> Result<Answer, ApiError> {
    let claim = (key.to_owned(), digest(&[path.as_bytes(), &call.body]));
    match call.stores.registry()?.call::<ClaimOnce>(&claim).await? {
        Claim::Yours => {}
        Claim::Other => return Err(ApiError::key_reused()),
        Claim::Running => return Err(ApiError::key_in_use()),
        Claim::Answered(Settled { status, answer }) => {
            let open = |answer| call.config.vault.open(&answer, key);
            let body = answer
                .map(open)
                .transpose()
                .map_err(|error| Unavailable::new("opening an answer", error))?;
            let body = body.map(|text| text.to_string());
            return Ok(Answer { status, body });
        }
    }
    let answer = run.await;
    let settled = answer.as_ref().ok().map(|Answer { status, body }| Settled {
        status: *status,
        answer: body
            .as_ref()
            .map(|body| call.config.vault.wrap(body, key, &Dice)),
    });
    // What was done is done: a key that is not settled is free again after a minute.
    let registry = call.stores.registry()?;
    if let Err(error) = registry.call::<SettleOnce>(&(claim.0, settled)).await {
        console_error!("an idempotency key: {error}");
    }
    answer
}

/// What tells one request from another, as hex; each part is hashed by itself.
pub(super) fn digest(parts: &[&[u8]]) -> String {
    let whole: Vec<u8> = parts.iter().flat_map(Sha256::digest).collect();
    let digest = Sha256::digest(&whole);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

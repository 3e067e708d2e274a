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

/// What is to be done about a call.
pub(super) enum Turn {
    /// It runs. Under a key it is then settled, and has an id.
    Runs(Option<String>),
    /// It has run, and was answered so.
    Ran(Answer),
}

/// Claims the key of a call before it runs.
pub(super) async fn claim(call: &Call<'_>, path: &str) -> Result<Turn, ApiError> {
    let Some(key) = &call.idempotency_key else {
        return Ok(Turn::Runs(None));
    };
    let claim = (key.clone(), digest(&[path.as_bytes(), &call.body]));
    match call.stores.registry()?.call::<ClaimOnce>(&claim).await? {
        Claim::Yours { task_id } => Ok(Turn::Runs(Some(task_id))),
        Claim::Other => Err(ApiError::key_reused()),
        Claim::Running => Err(ApiError::key_in_use()),
        Claim::Answered(Settled { status, answer }) => {
            let open = |answer| call.config.vault.open(&answer, key);
            let body = answer
                .map(open)
                .transpose()
                .map_err(|error| Unavailable::new("opening an answer", error))?;
            let body = body.map(|text| text.to_string());
            Ok(Turn::Ran(Answer { status, body }))
        }
    }
}

/// Keeps the answer for those that come again; what failed can be made again under the same key.
pub(super) async fn settle(call: &Call<'_>, key: &str, answer: &Result<Answer, ApiError>) {
    let settled = answer.as_ref().ok().map(|Answer { status, body }| Settled {
        status: *status,
        answer: body
            .as_ref()
            .map(|body| call.config.vault.wrap(body, key, &Dice)),
    });
    // What was done is done: a key that is not settled is free again after a minute.
    let told = async {
        let registry = call.stores.registry()?;
        registry
            .call::<SettleOnce>(&(key.to_owned(), settled))
            .await
    };
    if let Err(error) = told.await {
        console_error!("an idempotency key: {error}");
    }
}

/// What tells one request from another, as hex; each part is hashed by itself.
pub(super) fn digest(parts: &[&[u8]]) -> String {
    let whole: Vec<u8> = parts.iter().flat_map(Sha256::digest).collect();
    let digest = Sha256::digest(&whole);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

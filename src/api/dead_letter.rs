//! Dead letters: what the queue has given up. Hookgate's own, so below `/api/hookgate/v1`.

use hookgate_relay::dead::Letter;
use hookgate_relay::port::Queue;
use hookgate_relay::time::rfc3339;
use serde::Serialize;

use super::error::ApiError;
use super::{Answer, Call};
use crate::object::method::{FindDead, ForgetDead, ListDead};
use crate::store::origin;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LetterOut {
    id: String,
    source_id: Option<String>,
    times: i64,
    died_at: String,
    bytes: i64,
}

impl LetterOut {
    fn of(letter: Letter) -> Self {
        Self {
            id: letter.id,
            source_id: letter.source_id,
            times: letter.times,
            died_at: rfc3339(letter.died_at),
            bytes: letter.bytes,
        }
    }
}

/// `GET /api/hookgate/v1/dead-letter`
pub(super) async fn list(call: &Call<'_>) -> Result<Answer, ApiError> {
    let page = call.query.page(None, true)?;
    let listed = call.stores.registry()?.call::<ListDead>(&page).await?;
    Answer::ok(&listed.map(LetterOut::of))
}

/// `GET /api/hookgate/v1/dead-letter/{id}`: the queue message as it was sent.
pub(super) async fn show(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    Ok(Answer {
        status: 200,
        body: Some(find(call, id).await?),
    })
}

/// `POST /api/hookgate/v1/dead-letter/{id}/replay`: the message goes to the queue that it came from,
/// and the letter leaves. An event that has arrived meanwhile is not delivered twice.
pub(super) async fn replay(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    let message = find(call, id).await?;
    let queues = call.stores.queues();
    match origin(&message) {
        Some(queue) => queues.send_batch_to(&queue, &[message]).await?,
        None => queues.send_batch(&[message]).await?,
    }
    remove(call, id).await
}

/// `DELETE /api/hookgate/v1/dead-letter/{id}`
pub(super) async fn remove(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    let ids = vec![id.to_owned()];
    call.stores.registry()?.call::<ForgetDead>(&ids).await?;
    Ok(Answer::nothing())
}

async fn find(call: &Call<'_>, id: &str) -> Result<String, ApiError> {
    let found = call
        .stores
        .registry()?
        .call::<FindDead>(&id.to_owned())
        .await?;
    found.ok_or_else(ApiError::not_found)
}

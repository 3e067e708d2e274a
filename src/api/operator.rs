//! What operators ask of deliveries: again, or not any more.

use hookgate_relay::application::ResendOrder;
use hookgate_relay::endpoint::Cancel;
use serde_json::json;

use super::error::ApiError;
use super::{Answer, Call, endpoint, message};
use crate::object::method::{CancelDelivery, CancelPending, ResendMessage, TakeBack};

/// Calls that one request makes to cancel all that waits; each ends a bounded number.
const MOST_CALLS: usize = 40;

/// `POST …/msg/{msg_id}/endpoint/{endpoint_id}/resend`
pub(super) async fn resend(
    call: &Call<'_>,
    app: &str,
    msg: &str,
    endpoint: &str,
) -> Result<Answer, ApiError> {
    let order = ResendOrder {
        endpoint_id: endpoint::find(call, app, endpoint).await?.id,
        message_id: message::find(call, app, msg).await?.id,
        call_id: call.call_id.clone(),
    };
    let application = call.stores.application(app)?;
    if !application.call::<ResendMessage>(&order).await? {
        return Err(ApiError::not_found());
    }
    Answer::with(202, &json!({}))
}

/// `POST /api/hookgate/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/cancel`
pub(super) async fn cancel(
    call: &Call<'_>,
    app: &str,
    msg: &str,
    endpoint: &str,
) -> Result<Answer, ApiError> {
    let endpoint = endpoint::find(call, app, endpoint).await?.id;
    let message = message::find(call, app, msg).await?;
    // First at the endpoint: what is handed over meanwhile is then known there as cancelled.
    let cancel = Cancel {
        message_id: message.id.clone(),
        event_type: message.event_type,
        created_at: message.created_at,
    };
    let cancelled = call
        .stores
        .endpoint(&endpoint)?
        .call::<CancelDelivery>(&cancel)
        .await?;
    call.stores
        .application(app)?
        .call::<TakeBack>(&(endpoint, Some(message.id)))
        .await?;
    Answer::ok(&json!({ "cancelled": u8::from(cancelled), "done": true }))
}

/// `POST /api/hookgate/v1/app/{app_id}/endpoint/{endpoint_id}/cancel-pending`
pub(super) async fn cancel_pending(
    call: &Call<'_>,
    app: &str,
    endpoint: &str,
) -> Result<Answer, ApiError> {
    let endpoint = endpoint::find(call, app, endpoint).await?.id;
    let application = call.stores.application(app)?;
    let mut cancelled = application
        .call::<TakeBack>(&(endpoint.clone(), None))
        .await?;
    let object = call.stores.endpoint(&endpoint)?;
    for _ in 0..MOST_CALLS {
        match object.call::<CancelPending>(&()).await? {
            0 => return Answer::ok(&json!({ "cancelled": cancelled, "done": true })),
            some => cancelled += some,
        }
    }
    Answer::ok(&json!({ "cancelled": cancelled, "done": false }))
}

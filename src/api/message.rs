//! Messages: what an application tells its endpoints.

use hookgate_relay::application::{Idempotency, Made, Message, Terms};
use hookgate_relay::endpoint::Delivery;
use hookgate_relay::id::{self, Kind};
use hookgate_relay::message::Body;
use hookgate_relay::page::Listed;
use hookgate_relay::port::Millis;
use hookgate_relay::time::{from_rfc3339, rfc3339};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::delivery::Standing;
use super::error::ApiError;
use super::input::{CHANNEL, Check, TAG, is_identifier, parse};
use super::once::digest;
use super::{Answer, Call};
use crate::object::method::{ExpungeMessage, FindMessage, ListMessages, MakeMessage, MessageQuery};
use crate::store::{Dice, now};

/// Bytes of a payload.
const LARGEST_PAYLOAD: usize = 1024 * 1024;

/// How far ahead a message may be made.
const LONGEST_DELAY_MS: Millis = 7 * 86_400_000;

/// Hours for which a payload may be kept: 90 days.
const LONGEST_RETENTION: i64 = 90 * 24;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageIn {
    event_type: String,
    /// Kept as it was written: what is signed and sent are these bytes.
    payload: Box<RawValue>,
    #[serde(default)]
    event_id: Option<String>,
    #[serde(default)]
    channels: Option<Vec<String>>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    deliver_at: Option<String>,
    #[serde(default)]
    payload_retention_period: Option<i64>,
    #[serde(default)]
    payload_retention_hours: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageOut {
    id: String,
    event_id: Option<String>,
    event_type: String,
    channels: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    payload: Box<RawValue>,
    /// Where R2 has the payload, if it is too large to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_r2_key: Option<String>,
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliver_at: Option<String>,
    #[serde(flatten)]
    standing: Option<Standing>,
}

impl MessageOut {
    pub(super) fn of(message: Message, with_content: bool) -> Self {
        let some = |labels: Vec<String>| (!labels.is_empty()).then_some(labels);
        let payload_r2_key = match &message.payload {
            Body::R2Key(key) => Some(key.clone()),
            _ => None,
        };
        Self {
            id: message.id,
            event_id: message.event_id,
            event_type: message.event_type,
            channels: some(message.channels),
            tags: some(message.tags),
            payload: match with_content && !message.expunged {
                true => shown(message.payload),
                false => shown(Body::Text("{}".into())),
            },
            payload_r2_key,
            timestamp: rfc3339(message.created_at),
            deliver_at: message.deliver_at.map(rfc3339),
            standing: None,
        }
    }

    /// The same, with how it stands at an endpoint.
    pub(super) fn standing(mut self, delivery: &Delivery) -> Self {
        self.standing = Some(delivery.into());
        self
    }
}

/// A payload that is JSON is shown as it is; anything else as a JSON string.
fn shown(payload: Body) -> Box<RawValue> {
    let text = match payload {
        Body::Text(text) | Body::Base64(text) => text,
        // The public API asks for an object.
        Body::R2Key(_) => "{}".into(),
    };
    RawValue::from_string(text.clone())
        .or_else(|_| to_raw_value(&text))
        .unwrap_or_default()
}

/// `POST /api/v1/app/{app_id}/msg`
pub(super) async fn create(call: &Call<'_>, app: &str) -> Result<Answer, ApiError> {
    let input: MessageIn = parse(&call.body)?;
    let with_content = call.query.flag("with_content", true)?;
    if input.payload.get().len() > LARGEST_PAYLOAD {
        return Err(ApiError::too_large(LARGEST_PAYLOAD));
    }
    let now = now();
    let deliver_at = input.deliver_at.as_deref().map(from_rfc3339);
    let days = input.payload_retention_period;
    let hours = days
        .map(|days| days.saturating_mul(24))
        .or(input.payload_retention_hours);
    Check::default()
        .event_type("eventType", &input.event_type)
        .that(
            input.event_id.as_deref().is_none_or(is_identifier),
            "eventId",
            "must be 1 to 256 characters of A-Z, a-z, 0-9, '-', '_' and '.'",
        )
        .that(
            input.payload.get().starts_with('{'),
            "payload",
            "must be a JSON object",
        )
        .labels("channels", input.channels.as_deref(), 10, CHANNEL)
        .labels("tags", input.tags.as_deref(), 5, TAG)
        .that(
            deliver_at
                .is_none_or(|at| at.is_some_and(|at| (0..=LONGEST_DELAY_MS).contains(&(at - now)))),
            "deliverAt",
            "must be a date and time of RFC 3339 in the next 7 days",
        )
        .that(
            hours.is_none_or(|hours| (1..=LONGEST_RETENTION).contains(&hours)),
            match input.payload_retention_period {
                Some(_) => "payloadRetentionPeriod",
                None => "payloadRetentionHours",
            },
            "must be 1 to 90 days, or 1 to 2160 hours",
        )
        .that(
            input.payload_retention_period.is_none() || input.payload_retention_hours.is_none(),
            "payloadRetentionHours",
            "must not be there beside payloadRetentionPeriod",
        )
        .done()?;
    let message = Message {
        id: id::new(Kind::Message, &Dice),
        event_id: input.event_id,
        event_type: input.event_type,
        channels: input.channels.unwrap_or_default(),
        tags: input.tags.unwrap_or_default(),
        content_type: None,
        created_at: now,
        deliver_at: deliver_at.flatten(),
        expunged: false,
        payload: Body::Text(String::from(Box::<str>::from(input.payload))),
    };
    let terms = Terms {
        idempotency: call.idempotency_key.clone().map(|key| Idempotency {
            key,
            digest: digest(&[&call.body]),
        }),
        keep_content_ms: hours.map(|hours| hours * 3_600_000),
    };
    let new = (message, terms);
    match call
        .stores
        .application(app)?
        .call::<MakeMessage>(&new)
        .await?
    {
        Made::Created => Answer::with(202, &MessageOut::of(new.0, with_content)),
        Made::Again(message) => Answer::with(202, &MessageOut::of(*message, with_content)),
        Made::Conflict => Err(ApiError::conflict("a message has this eventId already")),
        Made::KeyReused => Err(ApiError::key_reused()),
        Made::Gone => Err(ApiError::not_found()),
    }
}

/// `GET /api/v1/app/{app_id}/msg`
pub(super) async fn list(call: &Call<'_>, app: &str) -> Result<Answer, ApiError> {
    let with_content = call.query.flag("with_content", true)?;
    let query = MessageQuery {
        sought: call.query.sought()?,
        page: call.query.page(Some(Kind::Message), true)?,
        with_content,
    };
    let listed = page(call, app, &query).await?;
    Answer::ok(&listed.map(|message| MessageOut::of(message, with_content)))
}

/// `GET /api/v1/app/{app_id}/msg/{msg_id}`
pub(super) async fn show(call: &Call<'_>, app: &str, msg: &str) -> Result<Answer, ApiError> {
    let with_content = call.query.flag("with_content", true)?;
    let message = find(call, app, msg).await?;
    Answer::ok(&MessageOut::of(message, with_content))
}

/// `DELETE /api/v1/app/{app_id}/msg/{msg_id}/content`
pub(super) async fn expunge(call: &Call<'_>, app: &str, msg: &str) -> Result<Answer, ApiError> {
    let message = find(call, app, msg).await?;
    // First the body: while the message still names it, a call that was cut off can be made again.
    if let (Body::R2Key(key), Some(bucket)) = (&message.payload, call.stores.payloads()) {
        bucket.delete(std::slice::from_ref(key)).await?;
    }
    let application = call.stores.application(app)?;
    match application.call::<ExpungeMessage>(&message.id).await? {
        true => Ok(Answer::nothing()),
        false => Err(ApiError::not_found()),
    }
}

/// A page of messages.
pub(super) async fn page(
    call: &Call<'_>,
    app: &str,
    query: &MessageQuery,
) -> Result<Listed<Message>, ApiError> {
    let application = call.stores.application(app)?;
    Ok(application.call::<ListMessages>(query).await?)
}

/// The message of this id or event id.
pub(super) async fn find(
    call: &Call<'_>,
    app: &str,
    id_or_event_id: &str,
) -> Result<Message, ApiError> {
    if !is_identifier(id_or_event_id) {
        return Err(ApiError::not_found());
    }
    call.stores
        .application(app)?
        .call::<FindMessage>(&id_or_event_id.to_owned())
        .await?
        .ok_or_else(ApiError::not_found)
}

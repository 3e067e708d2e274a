//! Messages: what an application tells its endpoints.

use hookgate_relay::application::{Creation, Message};
use hookgate_relay::id::{self, Kind};
use hookgate_relay::message::Body;
use hookgate_relay::time::rfc3339;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::error::ApiError;
use super::input::{Check, is_identifier, parse};
use super::{Answer, Call};
use crate::object::method::{CreateMessage, FindMessage, ListMessages, MessageQuery};
use crate::store::{Dice, now};

/// Bytes of a payload.
const LARGEST_PAYLOAD: usize = 1024 * 1024;

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
    timestamp: String,
}

impl MessageOut {
    pub(super) fn of(message: Message, with_content: bool) -> Self {
        let some = |labels: Vec<String>| (!labels.is_empty()).then_some(labels);
        Self {
            id: message.id,
            event_id: message.event_id,
            event_type: message.event_type,
            channels: some(message.channels),
            tags: some(message.tags),
            payload: match with_content {
                true => shown(message.payload),
                false => shown(Body::Text("{}".into())),
            },
            timestamp: rfc3339(message.created_at),
        }
    }
}

/// A payload that is JSON is shown as it is; anything else as a JSON string.
fn shown(payload: Body) -> Box<RawValue> {
    let (Body::Text(text) | Body::Base64(text)) = payload;
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
        .labels("channels", input.channels.as_deref(), 10, "-_.:+")
        .labels("tags", input.tags.as_deref(), 5, "-_./\\#")
        .done()?;
    let message = Message {
        id: id::new(Kind::Message, &Dice),
        event_id: input.event_id,
        event_type: input.event_type,
        channels: input.channels.unwrap_or_default(),
        tags: input.tags.unwrap_or_default(),
        content_type: None,
        created_at: now(),
        payload: Body::Text(String::from(Box::<str>::from(input.payload))),
    };
    match call
        .stores
        .application(app)?
        .call::<CreateMessage>(&message)
        .await?
    {
        Creation::Created => Answer::with(202, &MessageOut::of(message, with_content)),
        Creation::Gone => Err(ApiError::not_found()),
        Creation::Conflict => Err(ApiError::conflict("a message has this eventId already")),
    }
}

/// `GET /api/v1/app/{app_id}/msg`
pub(super) async fn list(call: &Call<'_>, app: &str) -> Result<Answer, ApiError> {
    let with_content = call.query.flag("with_content", true)?;
    let query = MessageQuery {
        page: call.query.page(true)?,
        with_content,
    };
    let listed = call
        .stores
        .application(app)?
        .call::<ListMessages>(&query)
        .await?;
    Answer::ok(&listed.map(|message| MessageOut::of(message, with_content)))
}

/// `GET /api/v1/app/{app_id}/msg/{msg_id}`
pub(super) async fn show(call: &Call<'_>, app: &str, msg: &str) -> Result<Answer, ApiError> {
    let with_content = call.query.flag("with_content", true)?;
    let message = find(call, app, msg).await?;
    Answer::ok(&MessageOut::of(message, with_content))
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

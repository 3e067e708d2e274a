//! Event types: the names of what happens. The registry keeps each in the form in which it is
//! shown.

use hookgate_relay::registry::Shelf;
use hookgate_relay::time::rfc3339;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::input::{Check, parse};
use super::{Answer, Call, registry};
use crate::store::now;

/// Bytes of an event type's body, its schemas among them.
const LARGEST_SCHEMA: usize = 256 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventTypeIn {
    name: String,
    description: String,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    deprecated: bool,
    #[serde(default)]
    schemas: Option<Value>,
    #[serde(default)]
    feature_flags: Option<Vec<String>>,
    #[serde(default)]
    group_name: Option<String>,
}

/// `POST /api/v1/event-type`
pub(super) async fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    let input: EventTypeIn = parse(&call.body)?;
    Check::default()
        .event_type("name", &input.name)
        .text("description", &input.description, 4096)
        .text(
            "groupName",
            input.group_name.as_deref().unwrap_or_default(),
            256,
        )
        .labels("featureFlags", input.feature_flags.as_deref(), 50, "-_.")
        .that(
            input.schemas.as_ref().is_none_or(Value::is_object)
                && call.body.len() <= LARGEST_SCHEMA,
            "schemas",
            "must be an object, within 256 KiB",
        )
        .done()?;
    let now = rfc3339(now());
    let record = json!({
        "name": input.name,
        "description": input.description,
        "archived": input.archived,
        "deprecated": input.deprecated,
        "schemas": input.schemas,
        "featureFlags": input.feature_flags,
        "groupName": input.group_name,
        "createdAt": now,
        "updatedAt": now,
    });
    registry::file(call, Shelf::EventType, input.name, None, &record).await?;
    Answer::created(&record)
}

/// `GET /api/v1/event-type`
pub(super) async fn list(call: &Call<'_>) -> Result<Answer, ApiError> {
    Answer::ok(&registry::list(call, Shelf::EventType).await?)
}

/// `GET /api/v1/event-type/{event_type_name}`
pub(super) async fn show(call: &Call<'_>, name: &str) -> Result<Answer, ApiError> {
    let found = registry::find(call, Shelf::EventType, name).await?;
    Answer::ok(&found.ok_or_else(ApiError::not_found)?)
}

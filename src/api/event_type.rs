//! Event types: the names of what happens. The registry keeps each in the form in which it is
//! shown.

use hookgate_relay::registry::Shelf;
use hookgate_relay::time::rfc3339;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::input::{Check, parse};
use super::{Answer, Call, registry};
use crate::object::method::{AmendRecord, ListEventTypes, Record};
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
    // One that was archived is taken out again.
    if let Some(before) = registry::find(call, Shelf::EventType, &input.name).await?
        && before["archived"] == true
    {
        let mut record = record;
        record["createdAt"] = before["createdAt"].clone();
        amend(call, input.name, &record).await?;
        return Answer::created(&record);
    }
    registry::file(call, Shelf::EventType, input.name, None, &record).await?;
    Answer::created(&record)
}

async fn amend(call: &Call<'_>, name: String, record: &Value) -> Result<(), ApiError> {
    let record = Record {
        shelf: Shelf::EventType,
        id: name,
        uid: None,
        record: record.clone(),
    };
    Ok(call.stores.registry()?.call::<AmendRecord>(&record).await?)
}

/// `DELETE /api/v1/event-type/{event_type_name}`: it is archived, or with `expunge` no more.
pub(super) async fn remove(call: &Call<'_>, name: &str) -> Result<Answer, ApiError> {
    let found = registry::find(call, Shelf::EventType, name).await?;
    let mut record = found.ok_or_else(ApiError::not_found)?;
    if call.query.flag("expunge", false)? {
        registry::remove(call, Shelf::EventType, name.to_owned()).await?;
    } else {
        record["archived"] = true.into();
        record["updatedAt"] = rfc3339(now()).into();
        amend(call, name.to_owned(), &record).await?;
    }
    Ok(Answer::nothing())
}

/// `GET /api/v1/event-type`
pub(super) async fn list(call: &Call<'_>) -> Result<Answer, ApiError> {
    if call.query.flag("include_archived", false)? {
        return Answer::ok(&registry::list(call, Shelf::EventType).await?);
    }
    let page = call.query.page(None, false)?;
    let registry = call.stores.registry()?;
    Answer::ok(&registry.call::<ListEventTypes>(&page).await?)
}

/// `GET /api/v1/event-type/{event_type_name}`
pub(super) async fn show(call: &Call<'_>, name: &str) -> Result<Answer, ApiError> {
    let found = registry::find(call, Shelf::EventType, name).await?;
    Answer::ok(&found.ok_or_else(ApiError::not_found)?)
}

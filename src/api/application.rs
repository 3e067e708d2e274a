//! Applications: the tenants. The registry keeps each one in the form in which it is shown.

use std::collections::BTreeMap;

use hookgate_relay::id::{self, Kind};
use hookgate_relay::registry::Shelf;
use hookgate_relay::time::rfc3339;
use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use super::input::{Check, parse};
use super::{Answer, Call, registry};
use crate::object::method::Close;
use crate::store::{Dice, now};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationIn {
    name: String,
    #[serde(default)]
    uid: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    throttle_rate: Option<u16>,
}

/// `POST /api/v1/app`
pub(super) async fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    let input: ApplicationIn = parse(&call.body)?;
    Check::default()
        .that(!input.name.trim().is_empty(), "name", "must not be empty")
        // Nobody counts what all endpoints of an application send together: each is an object of its
        // own, and a limit that is taken and not held is worse than none.
        .that(
            input.throttle_rate.is_none(),
            "throttleRate",
            "is not held for an application: set it at its endpoints",
        )
        .text("name", &input.name, 1024)
        .uid(input.uid.as_deref())
        .metadata(&input.metadata)
        .done()?;
    if call.query.flag("get_if_exists", false)?
        && let Some(uid) = &input.uid
        && let Some(found) = registry::find(call, Shelf::Application, uid).await?
    {
        return Answer::ok(&found);
    }
    let id = id::new(Kind::Application, &Dice);
    let now = rfc3339(now());
    let record = json!({
        "id": id,
        "uid": input.uid,
        "name": input.name,
        "metadata": input.metadata,
        "throttleRate": null,
        "createdAt": now,
        "updatedAt": now,
    });
    registry::file(call, Shelf::Application, id, input.uid, &record).await?;
    Answer::created(&record)
}

/// `DELETE /api/v1/app/{app_id}`: its endpoints and messages go with it.
pub(super) async fn remove(call: &Call<'_>, app: &str) -> Result<Answer, ApiError> {
    let found = registry::find(call, Shelf::Application, app).await?;
    let id = found
        .as_ref()
        .and_then(|record| record["id"].as_str())
        .ok_or_else(ApiError::not_found)?
        .to_owned();
    // From here on the application sees to it by itself, should this call be cut off.
    call.stores.application(&id)?.call::<Close>(&id).await?;
    registry::forget(
        &id,
        found.as_ref().and_then(|record| record["uid"].as_str()),
    );
    registry::remove(call, Shelf::Application, id).await?;
    Ok(Answer::nothing())
}

/// `GET /api/v1/app`
pub(super) async fn list(call: &Call<'_>) -> Result<Answer, ApiError> {
    Answer::ok(&registry::list(call, Shelf::Application).await?)
}

/// `GET /api/v1/app/{app_id}`
pub(super) async fn show(call: &Call<'_>, app: &str) -> Result<Answer, ApiError> {
    let found = registry::find(call, Shelf::Application, app).await?;
    Answer::ok(&found.ok_or_else(ApiError::not_found)?)
}

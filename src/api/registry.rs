//! Records of the registry object, and the names by which applications are called.

use std::cell::RefCell;
use std::collections::HashMap;

use hookgate_relay::id::Kind;
use hookgate_relay::page::Listed;
use hookgate_relay::port::Millis;
use hookgate_relay::registry::{Filed, Shelf};
use serde_json::Value;

use super::Call;
use super::error::ApiError;
use super::input::is_identifier;
use crate::object::method::{FileRecord, FindRecord, ListRecords, Record, RemoveRecord};
use crate::store::now;

/// How long, and for how many names, an isolate remembers which application a name is.
const MEMORY_MS: Millis = 60_000;
const NAMES: usize = 4096;

thread_local! {
    static KNOWN: RefCell<HashMap<String, (Millis, String)>> = RefCell::default();
}

/// These names may be another's from now on. Other isolates find out within a minute.
pub(super) fn forget(id: &str, uid: Option<&str>) {
    KNOWN.with_borrow_mut(|known| {
        for name in uid.into_iter().chain([id]) {
            known.remove(name);
        }
    });
}

/// Files a new record, or says that its name is taken.
pub(super) async fn file(
    call: &Call<'_>,
    shelf: Shelf,
    id: String,
    uid: Option<String>,
    record: &Value,
) -> Result<(), ApiError> {
    let record = Record {
        shelf,
        id,
        uid,
        record: record.clone(),
    };
    match call.stores.registry()?.call::<FileRecord>(&record).await? {
        Filed::Created => Ok(()),
        Filed::Taken => Err(ApiError::conflict("this name is taken")),
    }
}

/// The record with this id or uid.
pub(super) async fn find(
    call: &Call<'_>,
    shelf: Shelf,
    id_or_uid: &str,
) -> Result<Option<Value>, ApiError> {
    if !is_identifier(id_or_uid) {
        return Ok(None);
    }
    let key = (shelf, id_or_uid.to_owned());
    Ok(call.stores.registry()?.call::<FindRecord>(&key).await?)
}

/// Takes a record away.
pub(super) async fn remove(call: &Call<'_>, shelf: Shelf, id: String) -> Result<(), ApiError> {
    let registry = call.stores.registry()?;
    Ok(registry.call::<RemoveRecord>(&(shelf, id)).await?)
}

/// The page of records that the call asks for.
pub(super) async fn list(call: &Call<'_>, shelf: Shelf) -> Result<Listed<Value>, ApiError> {
    let kind = match shelf {
        Shelf::Application => Some(Kind::Application),
        Shelf::Source => Some(Kind::Source),
        Shelf::EventType => None,
    };
    let key = (shelf, call.query.page(kind, false)?);
    Ok(call.stores.registry()?.call::<ListRecords>(&key).await?)
}

/// The id of the application, or of the source, of this id or uid: they share their names.
pub(super) async fn application_id(call: &Call<'_>, name: &str) -> Result<String, ApiError> {
    let now = now();
    let known = KNOWN.with_borrow(|known| {
        known
            .get(name)
            .filter(|(until, _)| *until > now)
            .map(|(_, id)| id.clone())
    });
    if let Some(id) = known {
        return Ok(id);
    }
    let record = match find(call, Shelf::Application, name).await? {
        Some(record) => Some(record),
        // A source is an application, too.
        None => find(call, Shelf::Source, name).await?,
    };
    let id = record
        .as_ref()
        .and_then(|record| record["id"].as_str())
        .ok_or_else(ApiError::not_found)?
        .to_owned();
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= NAMES {
            known.clear();
        }
        known.insert(name.to_owned(), (now + MEMORY_MS, id.clone()));
    });
    Ok(id)
}

/// The id of the source of this id or uid.
pub(super) async fn source_id(call: &Call<'_>, name: &str) -> Result<String, ApiError> {
    find(call, Shelf::Source, name)
        .await?
        .as_ref()
        .and_then(|record| record["id"].as_str())
        .map(str::to_owned)
        .ok_or_else(ApiError::not_found)
}

//! Sources: the configured inbound providers.

mod input;

use hookgate_relay::admission::inbox_name;
use hookgate_relay::application::Replaced;
use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::Shelf;
use hookgate_relay::registry::erasure::{Holder, Remains};
use hookgate_relay::source::Source;
use hookgate_relay::time::rfc3339;
use serde_json::{Value, json};

use self::input::{Changes, SourceIn, configure};
use super::error::ApiError;
use super::input::parse;
use super::{Answer, Call, registry};
use crate::object::method::{DeleteSource, Record, ReplaceRecord, Replacement};

/// `POST /ingest/api/v1/source`
pub(super) async fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    make(call, SourceIn::read(&call.body)?).await
}

/// `PUT /ingest/api/v1/source/{source_id}`: a new source of this uid, or all fields of the one that
/// is there anew. What `config` leaves out stays, and so does the uid.
pub(super) async fn update(call: &Call<'_>, source: &str) -> Result<Answer, ApiError> {
    let mut input = SourceIn::read(&call.body)?;
    match registry::find(call, Shelf::Source, source).await? {
        Some(record) => {
            let before = read(record)?;
            input.uid = input.uid.or_else(|| before.uid.clone());
            replace(call, input, before).await
        }
        None => {
            input.uid.get_or_insert_with(|| source.to_owned());
            make(call, input).await
        }
    }
}

/// `PATCH /ingest/api/v1/source/{source_id}`: the given fields anew, also those of `config` and
/// `dedup`; `null` takes one back to its default.
pub(super) async fn patch(call: &Call<'_>, source: &str) -> Result<Answer, ApiError> {
    let changes: Changes = parse(&call.body)?;
    let mut before = find(call, source).await?;
    let input = changes.apply_to(&mut before)?;
    replace(call, input, before).await
}

/// `DELETE /ingest/api/v1/source/{source_id}`: the source, and all that it has received.
pub(super) async fn remove(call: &Call<'_>, source: &str) -> Result<Answer, ApiError> {
    let source = find(call, source).await?;
    let key = (source.id.clone(), remains(&source));
    if !call.stores.registry()?.call::<DeleteSource>(&key).await? {
        return Err(ApiError::not_found());
    }
    registry::forget(&source.id, source.uid.as_deref());
    Ok(Answer::nothing())
}

/// The objects that hold something of a source's.
fn remains(source: &Source) -> Vec<Remains> {
    let former = source.dedup.past.former.iter().map(|former| former.shards);
    let most = former.max().unwrap_or(0).max(source.dedup.shards);
    let inboxes = (0..most).map(|shard| (Holder::Inbox, inbox_name(&source.id, shard)));
    inboxes
        .chain([Holder::Refusals, Holder::Application].map(|kind| (kind, source.id.clone())))
        .map(|(kind, name)| Remains { kind, name })
        .collect()
}

async fn make(call: &Call<'_>, input: SourceIn) -> Result<Answer, ApiError> {
    let source = configure(call, input, None)?;
    let (id, uid) = (source.id.clone(), source.uid.clone());
    registry::file(call, Shelf::Source, id, uid, &write(&source)?).await?;
    Answer::created(&shown(call, &source))
}

async fn replace(call: &Call<'_>, input: SourceIn, before: Source) -> Result<Answer, ApiError> {
    let since = before.updated_at;
    let former_uid = before.uid.clone();
    let source = configure(call, input, Some(before))?;
    let replacement = Replacement {
        record: Record {
            shelf: Shelf::Source,
            id: source.id.clone(),
            uid: source.uid.clone(),
            record: write(&source)?,
        },
        since,
    };
    let registry = call.stores.registry()?;
    match registry.call::<ReplaceRecord>(&replacement).await? {
        Replaced::Done => {
            registry::forget(&source.id, former_uid.as_deref());
            Answer::ok(&shown(call, &source))
        }
        Replaced::Unknown => Err(ApiError::not_found()),
        Replaced::Changed => Err(ApiError::conflict("the source was changed meanwhile")),
        Replaced::Conflict => Err(ApiError::conflict("this name is taken")),
    }
}

/// `GET /ingest/api/v1/source`
pub(super) async fn list(call: &Call<'_>) -> Result<Answer, ApiError> {
    let listed = registry::list(call, Shelf::Source).await?;
    let mut unreadable = None;
    let listed = listed.map(|record| match read(record) {
        Ok(source) => shown(call, &source),
        Err(error) => {
            unreadable = Some(error);
            Value::Null
        }
    });
    match unreadable {
        None => Answer::ok(&listed),
        Some(error) => Err(error.into()),
    }
}

/// `GET /ingest/api/v1/source/{source_id}`
pub(super) async fn show(call: &Call<'_>, source: &str) -> Result<Answer, ApiError> {
    Answer::ok(&shown(call, &find(call, source).await?))
}

async fn find(call: &Call<'_>, source: &str) -> Result<Source, ApiError> {
    let record = registry::find(call, Shelf::Source, source)
        .await?
        .ok_or_else(ApiError::not_found)?;
    Ok(read(record)?)
}

fn write(source: &Source) -> Result<Value, Unavailable> {
    serde_json::to_value(source).map_err(|error| Unavailable::new("writing a source", error))
}

fn read(record: Value) -> Result<Source, Unavailable> {
    serde_json::from_value(record).map_err(|error| Unavailable::new("reading a source", error))
}

/// A source without its secrets.
fn shown(call: &Call<'_>, source: &Source) -> Value {
    json!({
        "id": source.id,
        "uid": source.uid,
        "name": source.name,
        "type": source.scheme,
        "config": {},
        "metadata": source.metadata,
        "ingestUrl": format!("{}/in/{}", call.origin, source.id),
        "disabled": source.disabled,
        "dedup": source.dedup,
        "queue": source.queue,
        "toleranceSecs": source.tolerance_secs,
        "bodyCap": source.body_cap,
        "splitBatches": source.split_batches,
        "acknowledgement": source.acknowledgement,
        "createdAt": rfc3339(source.created_at),
        "updatedAt": rfc3339(source.updated_at),
    })
}

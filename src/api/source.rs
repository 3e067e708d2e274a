//! Sources: the configured inbound providers.

use std::collections::BTreeMap;

use hookgate::Verifier;
use hookgate_relay::admission::{Dedup, DedupStore, KeyPlace};
use hookgate_relay::id::{self, Kind};
use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::Shelf;
use hookgate_relay::source::{Acknowledgement, DEFAULT_BODY_CAP, Source};
use hookgate_relay::time::rfc3339;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{ApiError, Flaw};
use super::input::{Check, parse};
use super::{Answer, Call, registry};
use crate::store::{Dice, now};

/// Most secrets of a source, while they rotate.
const MOST_SECRETS: usize = 10;

/// Longest tolerance: a day.
const LONGEST_TOLERANCE: u32 = 86_400;

/// Bytes that any source may be set to take. An event has to fit a message of the queue.
const LARGEST_BODY_CAP: u32 = 25 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceIn {
    name: String,
    #[serde(rename = "type")]
    scheme: String,
    #[serde(default)]
    uid: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    config: SecretsIn,
    // Beyond the public API.
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    dedup: DedupIn,
    #[serde(default)]
    tolerance_secs: Option<u32>,
    #[serde(default)]
    body_cap: Option<u32>,
    #[serde(default)]
    acknowledgement: Option<Acknowledgement>,
    #[serde(default)]
    split_batches: Option<bool>,
}

/// How the source admits; what is not said is as in [`Dedup::default`].
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DedupIn {
    store: DedupStore,
    ttl_secs: Option<u32>,
    shards: Option<u8>,
    key: Option<KeyPlace>,
}

/// One secret, or several while they rotate.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecretsIn {
    #[serde(default)]
    verify_token: Option<String>,
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    secrets: Vec<String>,
}

/// `POST /ingest/api/v1/source`
pub(super) async fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    let input: SourceIn = parse(&call.body)?;
    let dedup = dedup_of(&input);
    check(&input, &dedup)?;
    let secrets: Vec<&String> = input
        .config
        .secret
        .iter()
        .chain(&input.config.secrets)
        .collect();
    let verify_token = input.config.verify_token.as_ref();
    check_secrets(&input.scheme, &secrets, verify_token)?;
    check_memory(&input, &dedup)?;

    let id = id::new(Kind::Source, &Dice);
    let now = now();
    let source = Source {
        secrets: secrets
            .iter()
            .map(|secret| call.config.vault.wrap(secret, &id, &Dice))
            .collect(),
        verify_token: verify_token.map(|token| call.config.vault.wrap(token, &id, &Dice)),
        id,
        uid: input.uid,
        name: input.name,
        scheme: input.scheme,
        disabled: input.disabled,
        dedup,
        body_cap: input.body_cap.unwrap_or(DEFAULT_BODY_CAP),
        split_batches: input.split_batches.unwrap_or(true),
        tolerance_secs: input.tolerance_secs,
        acknowledgement: input.acknowledgement,
        metadata: input.metadata,
        created_at: now,
        updated_at: now,
    };
    let record = serde_json::to_value(&source)
        .map_err(|error| Unavailable::new("writing a source", error))?;
    let (id, uid) = (source.id.clone(), source.uid.clone());
    registry::file(call, Shelf::Source, id, uid, &record).await?;
    Answer::created(&shown(call, &source))
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
    let record = registry::find(call, Shelf::Source, source)
        .await?
        .ok_or_else(ApiError::not_found)?;
    Answer::ok(&shown(call, &read(record)?))
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
        "toleranceSecs": source.tolerance_secs,
        "bodyCap": source.body_cap,
        "splitBatches": source.split_batches,
        "acknowledgement": source.acknowledgement,
        "createdAt": rfc3339(source.created_at),
        "updatedAt": rfc3339(source.updated_at),
    })
}

fn check(input: &SourceIn, dedup: &Dedup) -> Result<(), ApiError> {
    let uid = |uid: &str| {
        (1..=60).contains(&uid.len())
            && !uid.starts_with("src_")
            && uid
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let acknowledgement = input.acknowledgement.as_ref();
    if let Some((field, words)) = acknowledgement.and_then(Acknowledgement::flaw) {
        return Err(Flaw::field(field, words).into());
    }
    Check::default()
        .that(
            (2..=256).contains(&input.name.chars().count()),
            "name",
            "must be 2 to 256 characters",
        )
        .that(
            input.uid.as_deref().is_none_or(uid),
            "uid",
            "must be 1 to 60 characters of A-Z, a-z, 0-9, '-' and '_', not beginning with src_",
        )
        .metadata(&input.metadata)
        .that(
            dedup.key.as_ref().is_none_or(KeyPlace::is_sound),
            "dedup.key",
            "must be {\"header\": name} or {\"pointer\": \"/…\"} of at most 256 bytes",
        )
        .that(
            Dedup::TTL_SECS.contains(&dedup.ttl_secs),
            "dedup.ttlSecs",
            "must be 60 to 2,592,000 seconds",
        )
        .that(
            Dedup::SHARDS.contains(&dedup.shards),
            "dedup.shards",
            "must be 1 to 64",
        )
        .that(
            input
                .tolerance_secs
                .is_none_or(|tolerance| tolerance <= LONGEST_TOLERANCE),
            "toleranceSecs",
            "must be 0 to 86,400 seconds",
        )
        .that(
            input
                .body_cap
                .is_none_or(|cap| (1..=LARGEST_BODY_CAP).contains(&cap)),
            "bodyCap",
            "must be 1 to 26,214,400 bytes",
        )
        .done()
}

/// A captured request is good for twice the tolerance, from before its time until after it: for as
/// long its claim has to live. PayPal, for one, sends the same event for three days.
fn shortest_ttl(input: &SourceIn) -> u32 {
    let tolerance = hookgate::scheme(&input.scheme)
        .and_then(|scheme| scheme.tolerance())
        .map(|usual| input.tolerance_secs.unwrap_or(usual));
    tolerance.unwrap_or(0).saturating_mul(2)
}

fn dedup_of(input: &SourceIn) -> Dedup {
    let usual = Dedup::default();
    let long_enough = usual.ttl_secs.max(shortest_ttl(input));
    Dedup {
        store: input.dedup.store,
        ttl_secs: input.dedup.ttl_secs.unwrap_or(long_enough),
        shards: input.dedup.shards.unwrap_or(usual.shards),
        key: input.dedup.key.clone(),
    }
}

fn check_memory(input: &SourceIn, dedup: &Dedup) -> Result<(), ApiError> {
    let needed = shortest_ttl(input);
    if dedup.store == DedupStore::None {
        return Ok(());
    }
    if dedup.ttl_secs < needed {
        let msg = format!("must be at least twice the tolerance, {needed} seconds");
        return Err(Flaw::field("dedup.ttlSecs", msg).into());
    }
    Ok(())
}

fn check_secrets(
    scheme: &str,
    secrets: &[&String],
    verify_token: Option<&String>,
) -> Result<(), ApiError> {
    let Some(scheme) = hookgate::scheme(scheme) else {
        let known: Vec<_> = hookgate::SCHEMES.iter().map(|s| s.name()).collect();
        let msg = format!("must be one of {}", known.join(", "));
        return Err(Flaw::field("type", msg).into());
    };
    if secrets.len() > MOST_SECRETS {
        return Err(Flaw::field("config.secrets", "must be at most 10").into());
    }
    let verifier = Verifier::new(scheme, secrets)
        .map_err(|error| Flaw::field("config.secret", error.to_string()))?;
    if let Some(token) = verify_token {
        verifier
            .with_verify_token(token)
            .map_err(|error| Flaw::field("config.verifyToken", error.to_string()))?;
    }
    Ok(())
}

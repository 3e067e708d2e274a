//! A source as it is described, checked, and made.

use std::collections::BTreeMap;

use hookgate::Verifier;
use hookgate_relay::admission::{Dedup, DedupStore, KeyPlace};
use hookgate_relay::id::{self, Kind};
use hookgate_relay::port::Unavailable;
use hookgate_relay::source::{Acknowledgement, DEFAULT_BODY_CAP, Source};
use hookgate_relay::time::rfc3339;
use hookgate_relay::vault::Wrapped;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::Call;
use super::super::error::{ApiError, Flaw};
use super::super::input::{Check, parse};
use crate::store::{Dice, is_own, now};

/// Most secrets of a source, while they rotate.
const MOST_SECRETS: usize = 10;

/// Longest tolerance: a day.
const LONGEST_TOLERANCE: u32 = 86_400;

/// Bytes that any source may be set to take. An event has to fit a message of the queue.
const LARGEST_BODY_CAP: u32 = 25 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SourceIn {
    pub(super) name: String,
    #[serde(rename = "type")]
    scheme: String,
    #[serde(default)]
    pub(super) uid: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    // The secrets; what is left out stays.
    #[serde(default, skip_serializing)]
    config: SecretsIn,
    // Beyond the public API.
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    dedup: DedupIn,
    #[serde(default)]
    queue: Option<String>,
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
#[derive(Default, Serialize, Deserialize)]
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

/// What is to be changed of a source.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Changes(BTreeMap<String, Value>);

impl Changes {
    /// The whole description of the changed source. What is struck out of `config` is struck out of
    /// `before`, from which the rest of it is taken.
    pub(super) fn apply_to(self, before: &mut Source) -> Result<SourceIn, ApiError> {
        let mut whole = serde_json::to_value(SourceIn::from(&*before))
            .map_err(|error| Unavailable::new("writing a source", error))?;
        let strikes = self.0.get("config").and_then(|it| it.get("verifyToken"));
        if strikes == Some(&Value::Null) {
            before.verify_token = None;
        }
        for (name, value) in self.0 {
            match (&mut whole[&name], value) {
                (_, Value::Null) => drop(whole.as_object_mut().map(|it| it.remove(&name))),
                (Value::Object(fields), Value::Object(changes)) if name == "dedup" => {
                    for (name, value) in changes {
                        match value {
                            Value::Null => drop(fields.remove(&name)),
                            value => drop(fields.insert(name, value)),
                        }
                    }
                }
                (place, value) => *place = value,
            }
        }
        SourceIn::read(whole.to_string().as_bytes())
    }
}

impl SourceIn {
    // Once in the module, and not at each of its callers.
    #[inline(never)]
    pub(super) fn read(body: &[u8]) -> Result<Self, ApiError> {
        parse(body)
    }
}

/// A source as it would be described anew, without its secrets.
impl From<&Source> for SourceIn {
    fn from(source: &Source) -> Self {
        let dedup = source.dedup.clone();
        Self {
            name: source.name.clone(),
            scheme: source.scheme.clone(),
            uid: source.uid.clone(),
            metadata: source.metadata.clone(),
            config: SecretsIn::default(),
            disabled: source.disabled,
            dedup: DedupIn {
                store: dedup.store,
                ttl_secs: Some(dedup.ttl_secs),
                shards: Some(dedup.shards),
                key: dedup.key,
            },
            queue: source.queue.clone(),
            tolerance_secs: source.tolerance_secs,
            body_cap: Some(source.body_cap),
            acknowledgement: source.acknowledgement.clone(),
            split_batches: Some(source.split_batches),
        }
    }
}

/// The source that `input` describes: a new one, or `before` changed, whose secrets stay where none
/// are given.
///
/// # Errors
/// A field does not fit.
pub(super) fn configure(
    call: &Call<'_>,
    input: SourceIn,
    before: Option<Source>,
) -> Result<Source, ApiError> {
    let mut dedup = dedup_of(&input);
    check(&input, &dedup)?;
    check_memory(&input, &dedup)?;
    check_queue(call, input.queue.as_deref())?;
    let now = now();
    let (id, created_at, updated_at) = match &before {
        // Two changes of one millisecond are two.
        Some(before) => {
            let later = now.max(before.updated_at + 1);
            (before.id.clone(), before.created_at, later)
        }
        None => (id::new(Kind::Source, &Dice), now, now),
    };
    let (secrets, verify_token) = secrets_of(call, &input, &id, before.as_ref())?;
    if let Some(before) = before {
        dedup = before.dedup.changed_to(dedup, now).map_err(|too_often| {
            let until = rfc3339(too_often.until);
            let words = format!("was changed too often while claims live; the next is at {until}");
            Flaw::field("dedup.shards", words)
        })?;
    }
    Ok(Source {
        id,
        uid: input.uid,
        name: input.name,
        scheme: input.scheme,
        secrets,
        verify_token,
        disabled: input.disabled,
        dedup,
        queue: input.queue,
        body_cap: input.body_cap.unwrap_or(DEFAULT_BODY_CAP),
        split_batches: input.split_batches.unwrap_or(true),
        tolerance_secs: input.tolerance_secs,
        acknowledgement: input.acknowledgement,
        metadata: input.metadata,
        created_at,
        updated_at,
    })
}

/// The secrets and the verify token, sealed: those that are given, else those of before. Both must
/// fit the scheme, which may be another than before.
fn secrets_of(
    call: &Call<'_>,
    input: &SourceIn,
    id: &str,
    before: Option<&Source>,
) -> Result<(Vec<Wrapped>, Option<Wrapped>), ApiError> {
    let vault = &call.config.vault;
    let given: Vec<&String> = input
        .config
        .secret
        .iter()
        .chain(&input.config.secrets)
        .collect();
    let kept = before.filter(|_| given.is_empty());
    let kept = kept.map_or(&[][..], |before| &before.secrets);
    let kept_token = before.and_then(|before| before.verify_token.as_ref());
    let kept_token = kept_token.filter(|_| input.config.verify_token.is_none());
    let open = |sealed: &Wrapped| {
        let opened = vault.open(sealed, id);
        opened.map_err(|error| Unavailable::new("opening a source's secrets", error))
    };
    let opened = kept.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let opened_token = kept_token.map(open).transpose()?;

    let plain = given.iter().map(|secret| secret.as_str());
    let plain: Vec<&str> = plain.chain(opened.iter().map(|it| it.as_str())).collect();
    let token = input.config.verify_token.as_deref();
    let token = token.or(opened_token.as_ref().map(|it| it.as_str()));
    check_secrets(&input.scheme, &plain, token)?;

    let seal = |secret: &str| vault.wrap(secret, id, &Dice);
    let secrets = given.iter().map(|secret| seal(secret));
    let secrets = secrets.chain(kept.iter().cloned()).collect();
    let new_token = input.config.verify_token.as_deref().map(seal);
    Ok((secrets, new_token.or_else(|| kept_token.cloned())))
}

/// A queue that nobody has bound could never be sent to.
fn check_queue(call: &Call<'_>, queue: Option<&str>) -> Result<(), ApiError> {
    let Some(name) = queue else { return Ok(()) };
    let sound = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_own(name) {
        let words = "must be a queue of your own: EVENTS, the gateway's, is where events go without \
                     `queue`, and what is sent to EVENTS_DEAD counts as given up";
        return Err(Flaw::field("queue", words).into());
    }
    if !sound || call.stores.queue(name).is_err() {
        let words = "must be the binding of a queue in wrangler.toml ([[queues.producers]])";
        return Err(Flaw::field("queue", words).into());
    }
    Ok(())
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
        past: usual.past,
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
    secrets: &[&str],
    verify_token: Option<&str>,
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

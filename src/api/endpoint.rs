//! Endpoints: where an application's messages go.

pub(super) mod secret;

use std::collections::BTreeMap;

use hookgate_relay::application::{Creation, FilterFailures, Replaced};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::endpoint::Delivery;
use hookgate_relay::envelope::Envelope;
use hookgate_relay::filter::Filter;
use hookgate_relay::guard::EndpointUrl;
use hookgate_relay::health::DisableRule;
use hookgate_relay::id::{self, Kind};
use hookgate_relay::port::{Http, Unavailable};
use hookgate_relay::profile::{PROFILES, Profile, profile};
use hookgate_relay::schedule::Schedule;
use hookgate_relay::secret::SecretType;
use hookgate_relay::time::rfc3339;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::delivery::Standing;
use super::error::{ApiError, Flaw};
use super::input::{Check, is_identifier, parse};
use super::{Answer, Call};
use crate::object::method::{
    AddEndpoint, FilterFailuresOf, FindEndpoint, ListEndpoints, RemoveEndpoint, ReplaceEndpoint,
};
use crate::store::{Dice, now};

/// Longest timeout, seconds.
const LONGEST_TIMEOUT: u32 = 60;

/// Most extra headers.
const MOST_HEADERS: usize = 50;

/// Headers that are the connection's or the runtime's.
const RESERVED_HEADERS: [&str; 13] = [
    "accept-encoding",
    "content-encoding",
    "expect",
    "host",
    "connection",
    "keep-alive",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "content-type",
    "user-agent",
];

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndpointIn {
    url: String,
    #[serde(default)]
    uid: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    event_types: Option<Vec<String>>,
    #[serde(default)]
    channels: Option<Vec<String>>,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    throttle_rate: Option<u16>,
    #[serde(default)]
    secret: Option<String>,
    // Beyond the public API: the kind of secret to make.
    #[serde(default)]
    secret_type: SecretType,
    // Beyond the public API: how to send.
    #[serde(default)]
    profile: Option<String>,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    envelope: Option<Envelope>,
    #[serde(default)]
    retry_schedule: Option<Schedule>,
    #[serde(default)]
    timeout_secs: Option<u32>,
    #[serde(default)]
    disable_rule: Option<DisableRule>,
    // Beyond the public API: which messages, and in what order.
    #[serde(default)]
    filter: Option<String>,
    #[serde(default)]
    fifo: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndpointOut {
    id: String,
    uid: Option<String>,
    url: String,
    description: String,
    disabled: bool,
    event_types: Option<Vec<String>>,
    channels: Option<Vec<String>>,
    metadata: BTreeMap<String, String>,
    throttle_rate: Option<u16>,
    profile: String,
    signature: String,
    envelope: Envelope,
    retry_schedule: Vec<u32>,
    timeout_secs: u32,
    disable_rule: DisableRule,
    filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_failures: Option<FilterFailuresOut>,
    fifo: bool,
    created_at: String,
    updated_at: String,
    #[serde(flatten)]
    standing: Option<Standing>,
}

impl EndpointOut {
    /// The same, with how a message stands there.
    pub(super) fn standing(mut self, delivery: &Delivery) -> Self {
        self.standing = Some(delivery.into());
        self
    }
}

/// Messages that the filter could not decide about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FilterFailuresOut {
    count: i64,
    last_msg_id: String,
    last_reason: String,
    last_at: String,
}

impl From<FilterFailures> for FilterFailuresOut {
    fn from(failures: FilterFailures) -> Self {
        Self {
            count: failures.count,
            last_msg_id: failures.message_id,
            last_reason: failures.reason,
            last_at: rfc3339(failures.at),
        }
    }
}

/// An endpoint as it would be described anew.
impl From<EndpointConfig> for EndpointIn {
    fn from(config: EndpointConfig) -> Self {
        Self {
            url: config.url,
            uid: config.uid,
            description: config.description,
            disabled: config.disabled,
            event_types: config.event_types,
            channels: config.channels,
            headers: Some(config.headers),
            metadata: config.metadata,
            throttle_rate: config.throttle_rate,
            secret: None,
            secret_type: SecretType::default(),
            profile: Some(config.profile),
            signature: config.signature,
            envelope: config.envelope,
            retry_schedule: config.retry_schedule,
            timeout_secs: config.timeout_secs,
            disable_rule: config.disable_rule,
            filter: config.filter,
            fifo: config.fifo,
        }
    }
}

impl From<EndpointConfig> for EndpointOut {
    fn from(config: EndpointConfig) -> Self {
        Self {
            signature: config.signature().to_owned(),
            envelope: config.envelope(),
            retry_schedule: config.schedule().waits(),
            timeout_secs: config.timeout_ms() / 1000,
            disable_rule: config.disable_rule(),
            profile: config.profile().name.to_owned(),
            created_at: rfc3339(config.created_at),
            updated_at: rfc3339(config.updated_at),
            id: config.id,
            uid: config.uid,
            url: config.url,
            description: config.description,
            disabled: config.disabled,
            event_types: config.event_types,
            channels: config.channels,
            metadata: config.metadata,
            throttle_rate: config.throttle_rate,
            filter: config.filter,
            filter_failures: None,
            fifo: config.fifo,
            standing: None,
        }
    }
}

/// `POST …/endpoint`
pub(super) async fn create(call: &Call<'_>, app: &str) -> Result<Answer, ApiError> {
    let input: EndpointIn = parse(&call.body)?;
    let config = configure(call, app, input, None)?;
    vet(call, &config).await?;
    match call
        .stores
        .application(app)?
        .call::<AddEndpoint>(&config)
        .await?
    {
        Creation::Created => Answer::created(&EndpointOut::from(config)),
        Creation::Gone => Err(ApiError::not_found()),
        Creation::Conflict => Err(ApiError::conflict("an endpoint has this uid already")),
    }
}

/// `GET …/endpoint`
pub(super) async fn list(call: &Call<'_>, app: &str) -> Result<Answer, ApiError> {
    let page = call.query.page(Some(Kind::Endpoint), false)?;
    let listed = call
        .stores
        .application(app)?
        .call::<ListEndpoints>(&page)
        .await?;
    Answer::ok(&listed.map(EndpointOut::from))
}

/// `GET …/endpoint/{endpoint_id}`
pub(super) async fn show(call: &Call<'_>, app: &str, endpoint: &str) -> Result<Answer, ApiError> {
    let config = find(call, app, endpoint).await?;
    let failures = match config.filter {
        None => None,
        Some(_) => {
            let application = call.stores.application(app)?;
            application.call::<FilterFailuresOf>(&config.id).await?
        }
    };
    Answer::ok(&EndpointOut {
        filter_failures: failures.map(FilterFailuresOut::from),
        ..EndpointOut::from(config)
    })
}

/// `PUT …/endpoint/{endpoint_id}`: all fields anew; secrets and headers stay.
pub(super) async fn update(call: &Call<'_>, app: &str, endpoint: &str) -> Result<Answer, ApiError> {
    let input: EndpointIn = parse(&call.body)?;
    let before = find(call, app, endpoint).await?;
    replace(call, app, input, before).await
}

/// `PATCH …/endpoint/{endpoint_id}`: the given fields anew; `null` takes one back to its default.
pub(super) async fn patch(call: &Call<'_>, app: &str, endpoint: &str) -> Result<Answer, ApiError> {
    let changes: BTreeMap<String, Value> = parse(&call.body)?;
    let before = find(call, app, endpoint).await?;
    let known = EndpointIn::from(before.clone());
    let mut whole = serde_json::to_value(known)
        .map_err(|error| Unavailable::new("writing an endpoint", error))?;
    for (name, value) in changes {
        match (&mut whole, value) {
            // Absent, they would stay.
            (whole, Value::Null) if name == "headers" => whole[name] = json!({}),
            (Value::Object(whole), Value::Null) => drop(whole.remove(&name)),
            (whole, value) => whole[name] = value,
        }
    }
    let input = parse(whole.to_string().as_bytes())?;
    replace(call, app, input, before).await
}

async fn replace(
    call: &Call<'_>,
    app: &str,
    input: EndpointIn,
    before: EndpointConfig,
) -> Result<Answer, ApiError> {
    let known_url = before.url.clone();
    let config = configure(call, app, input, Some(before))?;
    // Whose name leads nowhere any more can still be disabled; each attempt is vetted by itself.
    if config.url != known_url {
        vet(call, &config).await?;
    }
    let application = call.stores.application(app)?;
    match application.call::<ReplaceEndpoint>(&config).await? {
        Replaced::Done => Answer::ok(&EndpointOut::from(config)),
        Replaced::Unknown => Err(ApiError::not_found()),
        Replaced::Changed => Err(ApiError::conflict("the endpoint was changed meanwhile")),
        Replaced::Conflict => Err(ApiError::conflict("an endpoint has this uid already")),
    }
}

/// `DELETE …/endpoint/{endpoint_id}`
pub(super) async fn remove(call: &Call<'_>, app: &str, endpoint: &str) -> Result<Answer, ApiError> {
    let config = find(call, app, endpoint).await?;
    let application = call.stores.application(app)?;
    match application.call::<RemoveEndpoint>(&config.id).await? {
        true => Ok(Answer::nothing()),
        false => Err(ApiError::not_found()),
    }
}

/// The endpoint of this id or uid.
pub(super) async fn find(
    call: &Call<'_>,
    app: &str,
    id_or_uid: &str,
) -> Result<EndpointConfig, ApiError> {
    if !is_identifier(id_or_uid) {
        return Err(ApiError::not_found());
    }
    call.stores
        .application(app)?
        .call::<FindEndpoint>(&id_or_uid.to_owned())
        .await?
        .ok_or_else(ApiError::not_found)
}

/// Fails unless the name in the endpoint's URL leads where it may, if names are looked up.
async fn vet(call: &Call<'_>, config: &EndpointConfig) -> Result<(), ApiError> {
    let http = call.config.http(call.stores);
    let vetted = http.vet(&config.url, config.timeout_ms()).await;
    Ok(vetted.map_err(|reason| Flaw::field("url", format!("url_name_refused: {reason}")))?)
}

/// The endpoint that `input` describes: a new one, or the next version of `before`, which keeps its
/// secrets.
pub(super) fn configure(
    call: &Call<'_>,
    app: &str,
    input: EndpointIn,
    before: Option<EndpointConfig>,
) -> Result<EndpointConfig, ApiError> {
    let profile = named(input.profile.as_deref(), "profile")?.unwrap_or(&PROFILES[0]);
    let signs = named(input.signature.as_deref(), "signature")?.unwrap_or(profile);
    check(&input)?;
    if let Some(Err(error)) = input.filter.as_deref().map(Filter::parse) {
        return Err(Flaw::field("filter", format!("{}: {error}", error.code())).into());
    }
    let url = EndpointUrl::parse(&input.url, call.config.guard)
        .map_err(|refusal| Flaw::field("url", format!("{}: {refusal}", refusal.code())))?;
    let now = now();
    let vault = &call.config.vault;
    let kept = match before {
        Some(before) => {
            // What it signs with must fit what it is to sign with.
            let secrets = before.signing_secrets(now);
            let secrets = secrets.map(|secret| vault.open(secret, &before.id));
            let secrets = secrets
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| Unavailable::new("opening a secret", error))?;
            for secret in secrets {
                secret::check(&secret, signs, "signature")?;
            }
            before
        }
        None => {
            // Under a key the same one, should this call be made again.
            let known = call.call_id.as_deref();
            let known = known.and_then(|id| id::beside(Kind::Endpoint, Kind::Task, id));
            let id = known.unwrap_or_else(|| id::new(Kind::Endpoint, &Dice));
            let secret = secret::usable(input.secret, input.secret_type, signs, "secret")?;
            EndpointConfig::new(id.clone(), vault.wrap(&secret, &id, &Dice), now)
        }
    };
    Ok(EndpointConfig {
        application: Some(app.to_owned()),
        uid: input.uid,
        url: url.as_str().to_owned(),
        description: input.description,
        disabled: input.disabled,
        event_types: input.event_types,
        channels: input.channels,
        headers: input.headers.unwrap_or(kept.headers),
        metadata: input.metadata,
        throttle_rate: input.throttle_rate,
        profile: profile.name.to_owned(),
        signature: input.signature,
        envelope: input.envelope,
        retry_schedule: input.retry_schedule,
        timeout_secs: input.timeout_secs,
        disable_rule: input.disable_rule,
        filter: input.filter,
        fifo: input.fifo,
        id: kept.id,
        secrets: kept.secrets,
        old_secrets: kept.old_secrets,
        version: kept.version,
        enabled_in: kept.enabled_in,
        created_at: kept.created_at,
        updated_at: now,
    })
}

/// The profile that `field` names, if it names one.
fn named(name: Option<&str>, field: &str) -> Result<Option<&'static Profile>, ApiError> {
    let known = |name| {
        profile(name).ok_or_else(|| {
            let known: Vec<_> = PROFILES.iter().map(|profile| profile.name).collect();
            Flaw::field(field, format!("must be one of {}", known.join(", "))).into()
        })
    };
    name.map(known).transpose()
}

fn check(input: &EndpointIn) -> Result<(), ApiError> {
    let types = input.event_types.as_deref();
    Check::default()
        .uid(input.uid.as_deref())
        .text("url", &input.url, 4096)
        .text("description", &input.description, 4096)
        .metadata(&input.metadata)
        .that(
            types.is_none_or(|types| {
                (1..=250).contains(&types.len()) && types.iter().all(|t| is_identifier(t))
            }),
            "eventTypes",
            "must be 1 to 250 event types",
        )
        .labels("channels", input.channels.as_deref(), 10, "-_.:+")
        .that(
            input.channels.as_ref().is_none_or(|c| !c.is_empty()),
            "channels",
            "must not be empty",
        )
        .that(
            input.throttle_rate != Some(0),
            "throttleRate",
            "must be 1 or more",
        )
        .that(
            input.retry_schedule.as_ref().is_none_or(Schedule::is_sound),
            "retrySchedule",
            "must make 1 to 50 attempts, with waits of 0 to 604,800 seconds and a factor of 1 to 10",
        )
        .that(
            input
                .timeout_secs
                .is_none_or(|timeout| (1..=LONGEST_TIMEOUT).contains(&timeout)),
            "timeoutSecs",
            "must be 1 to 60 seconds",
        )
        .that(
            input.headers.iter().flatten().count() <= MOST_HEADERS
                && input.headers.iter().flatten().all(is_allowed_header),
            "headers",
            "must be at most 50 names and printable values, none of them the gateway's own",
        )
        .done()
}

fn is_allowed_header((name, value): (&String, &String)) -> bool {
    let name = name.to_ascii_lowercase();
    let token = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    let printable = value.bytes().all(|b| matches!(b, b' '..=b'~'));
    let reserved = [
        "webhook-",
        "svix-",
        "x-visibuild-",
        "x-vicket-",
        "x-webhook-",
        "cf-",
        "proxy-",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix));
    token
        && printable
        && name.len() <= 256
        && value.len() <= 4096
        && !reserved
        && !RESERVED_HEADERS.contains(&name.as_str())
}

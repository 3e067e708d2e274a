//! The signing secrets of an endpoint: shown on request, rotated with an overlap.

use hookgate::Verifier;
use hookgate_relay::application::{MOST_OLD_SECRETS, Rotated, Rotation};
use hookgate_relay::port::Unavailable;
use hookgate_relay::profile::{PROFILES, Profile, profile};
use hookgate_relay::secret::{SecretType, for_receivers, new_secret};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::super::error::{ApiError, Flaw};
use super::super::input::{Check, parse};
use super::super::{Answer, Call};
use super::find;
use crate::object::method::RotateSecret;
use crate::store::Dice;

/// Longest overlap of a rotation, seconds: 7 days.
const LONGEST_OVERLAP: u32 = 604_800;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RotateIn {
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    grace_period_seconds: Option<u32>,
    // Beyond the public API: the kind of secret to make.
    #[serde(default)]
    secret_type: SecretType,
}

/// `GET …/endpoint/{endpoint_id}/secret`: what a receiver needs, of a key pair the public half.
pub(in super::super) async fn show(
    call: &Call<'_>,
    app: &str,
    endpoint: &str,
) -> Result<Answer, ApiError> {
    let config = find(call, app, endpoint).await?;
    let newest = config
        .secrets
        .first()
        .ok_or_else(|| Unavailable::new("reading a secret", "the endpoint has none"))?;
    let secret = call
        .config
        .vault
        .open(newest, &config.id)
        .map_err(|error| Unavailable::new("opening a secret", error))?;
    let key = for_receivers(&secret)
        .ok_or_else(|| Unavailable::new("opening a secret", "the private key does not parse"))?;
    Answer::ok(&json!({ "key": key.as_str() }))
}

/// `POST …/endpoint/{endpoint_id}/secret/rotate`
pub(in super::super) async fn rotate(
    call: &Call<'_>,
    app: &str,
    endpoint: &str,
) -> Result<Answer, ApiError> {
    let input: RotateIn = parse(&call.body)?;
    Check::default()
        .that(
            input
                .grace_period_seconds
                .is_none_or(|seconds| seconds <= LONGEST_OVERLAP),
            "gracePeriodSeconds",
            "must be 0 to 604,800 seconds",
        )
        .done()?;
    let config = find(call, app, endpoint).await?;
    let signs = profile(config.signature()).unwrap_or(&PROFILES[0]);
    let secret = usable(input.key, input.secret_type, signs, "key")?;
    let overlap = input
        .grace_period_seconds
        .unwrap_or(config.profile().overlap_secs);
    let rotation = Rotation {
        secret: call.config.vault.wrap(&secret, &config.id, &Dice),
        endpoint_id: config.id,
        overlap_ms: i64::from(overlap) * 1000,
    };
    let application = call.stores.application(app)?;
    match application.call::<RotateSecret>(&rotation).await? {
        Rotated::Done => Ok(Answer::nothing()),
        Rotated::Unknown => Err(ApiError::not_found()),
        Rotated::TooMany => Err(ApiError::bad_request(format!(
            "{MOST_OLD_SECRETS} rotated secrets still sign: wait for one to expire"
        ))),
    }
}

/// The secret that was given, or else a new one; either can sign for that profile.
pub(super) fn usable(
    given: Option<String>,
    kind: SecretType,
    signs: &Profile,
    field: &str,
) -> Result<Zeroizing<String>, ApiError> {
    let secret = given.map_or_else(|| new_secret(kind, &Dice), Zeroizing::new);
    if kind == SecretType::Ed25519 && !matches!(signs.name, "standard" | "svix") {
        return Err(Flaw::field("secretType", "ed25519 is for `standard` and `svix` alone").into());
    }
    check(&secret, signs, field)?;
    Ok(secret)
}

/// Fails unless `secret` can sign for that profile.
pub(super) fn check(secret: &str, signs: &Profile, field: &str) -> Result<(), ApiError> {
    if secret.starts_with("whpk_") {
        let hint = "a public key cannot sign: give the private one, `whsk_`";
        return Err(Flaw::field(field, hint).into());
    }
    hookgate::scheme(signs.name)
        .map(|scheme| Verifier::new(scheme, &[secret]))
        .transpose()
        .map_err(|error| Flaw::field(field, error.to_string()))?;
    Ok(())
}

//! What an application knows of an endpoint, and an endpoint of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::envelope::Envelope;
use crate::health::DisableRule;
use crate::port::Millis;
use crate::profile::{PROFILES, Profile, profile};
use crate::schedule::Schedule;
use crate::vault::Wrapped;

/// An endpoint as it is stored, in its application and in its own object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointConfig {
    /// `ep_…`
    pub id: String,
    /// The application that it belongs to, which is told when it is disabled.
    #[serde(default)]
    pub application: Option<String>,
    /// The operator's own name for it, unique in the application.
    #[serde(default)]
    pub uid: Option<String>,
    /// Where to send; has passed the guard, and passes it again at each attempt.
    pub url: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// A disabled endpoint is given no new messages, and those that it has wait.
    #[serde(default)]
    pub disabled: bool,
    /// Only these event types, or all.
    #[serde(default)]
    pub event_types: Option<Vec<String>>,
    /// Only messages in one of these channels, or all.
    #[serde(default)]
    pub channels: Option<Vec<String>>,
    /// Only messages of whose payload this is true ([`crate::filter`]), or all.
    #[serde(default)]
    pub filter: Option<String>,
    /// Extra headers of each request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// For the operator's programs.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Requests a second at most.
    #[serde(default)]
    pub throttle_rate: Option<u16>,
    /// One delivery after the other, in the order of their arrival.
    #[serde(default)]
    pub fifo: bool,
    /// The name of a [`Profile`].
    pub profile: String,
    /// In place of the profile's scheme, the name of another profile: what signs, and which headers
    /// carry the signature.
    #[serde(default)]
    pub signature: Option<String>,
    /// In place of the profile's envelope.
    #[serde(default)]
    pub envelope: Option<Envelope>,
    /// In place of the profile's schedule.
    #[serde(default)]
    pub retry_schedule: Option<Schedule>,
    /// In place of the profile's timeout, seconds.
    #[serde(default)]
    pub timeout_secs: Option<u32>,
    /// In place of the profile's rule.
    #[serde(default)]
    pub disable_rule: Option<DisableRule>,
    /// The signing secrets, newest first.
    pub secrets: Vec<Wrapped>,
    /// Secrets that have been rotated and still sign, newest first.
    #[serde(default)]
    pub old_secrets: Vec<OldSecret>,
    /// Raised by every change, so that a late copy never replaces a newer one.
    pub version: u64,
    /// The version in which its operator last enabled it; it was disabled by itself if that was
    /// under this version or a later one.
    #[serde(default)]
    pub enabled_in: u64,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

/// A secret that has been rotated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OldSecret {
    /// The secret.
    pub secret: Wrapped,
    /// From then on it does not sign any more.
    pub expires_at: Millis,
}

impl EndpointConfig {
    /// A new endpoint with nothing but a secret; its URL is still to be set.
    pub fn new(id: String, secret: Wrapped, now: Millis) -> Self {
        Self {
            id,
            application: None,
            uid: None,
            url: String::new(),
            description: String::new(),
            disabled: false,
            event_types: None,
            channels: None,
            filter: None,
            headers: BTreeMap::new(),
            metadata: BTreeMap::new(),
            throttle_rate: None,
            fifo: false,
            profile: PROFILES[0].name.to_owned(),
            signature: None,
            envelope: None,
            retry_schedule: None,
            timeout_secs: None,
            disable_rule: None,
            secrets: vec![secret],
            old_secrets: vec![],
            version: 1,
            enabled_in: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// The secrets that sign at `now`, newest first.
    pub fn signing_secrets(&self, now: Millis) -> impl Iterator<Item = &Wrapped> {
        let old = self
            .old_secrets
            .iter()
            .filter(move |old| now < old.expires_at);
        self.secrets.iter().chain(old.map(|old| &old.secret))
    }

    /// The profile. An unknown name cannot be stored; should one turn up all the same (a
    /// downgrade), messages go out as `standard`.
    pub fn profile(&self) -> &'static Profile {
        profile(&self.profile).unwrap_or(&PROFILES[0])
    }

    /// The scheme that signs, which is named as its profile.
    pub fn signature(&self) -> &str {
        self.signature.as_deref().unwrap_or(self.profile().name)
    }

    /// What the body is made of.
    pub fn envelope(&self) -> Envelope {
        self.envelope.unwrap_or(self.profile().envelope)
    }

    /// When each attempt is due.
    pub fn schedule(&self) -> &Schedule {
        self.retry_schedule
            .as_ref()
            .unwrap_or(&self.profile().schedule)
    }

    /// When failures disable it.
    pub fn disable_rule(&self) -> DisableRule {
        self.disable_rule.unwrap_or(self.profile().disable)
    }

    /// Milliseconds that one attempt may take.
    pub fn timeout_ms(&self) -> u32 {
        self.timeout_secs
            .unwrap_or(self.profile().timeout_secs)
            .saturating_mul(1000)
    }

    /// Whether a message of this type and these channels is for this endpoint, as far as its filter
    /// does not say otherwise.
    pub fn wants(&self, event_type: &str, channels: &[String]) -> bool {
        let type_fits = self
            .event_types
            .as_ref()
            .is_none_or(|types| types.iter().any(|wanted| wanted == event_type));
        let channel_fits = self
            .channels
            .as_ref()
            .is_none_or(|wanted| wanted.iter().any(|channel| channels.contains(channel)));
        !self.disabled && type_fits && channel_fits
    }
}

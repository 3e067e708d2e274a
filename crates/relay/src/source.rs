//! A source: one configured inbound provider, as the registry and KV keep it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::admission::Dedup;
use crate::port::Millis;
use crate::vault::Wrapped;

/// Bytes of a body that a source takes unless it says otherwise.
pub const DEFAULT_BODY_CAP: u32 = 1024 * 1024;

fn yes() -> bool {
    true
}

/// The answer to an event that is safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledgement {
    /// 200 to 299.
    pub status: u16,
    /// The `content-type`; there is one if there is a body.
    #[serde(default)]
    pub content_type: Option<String>,
    /// The body; [`Acknowledgement::LONGEST_BODY`].
    #[serde(default)]
    pub body: String,
}

impl Acknowledgement {
    /// Bytes of a body at most.
    pub const LONGEST_BODY: usize = 4096;

    /// What is wrong with it, as the field and the words for it.
    pub fn flaw(&self) -> Option<(&'static str, &'static str)> {
        // What HTTP gives no body to.
        let bodiless = matches!(self.status, 204 | 205);
        let plain = |text: &str| {
            (1..=256).contains(&text.len()) && text.bytes().all(|b| matches!(b, b' '..=b'~'))
        };
        if !(200..300).contains(&self.status) {
            Some(("acknowledgement.status", "must be 200 to 299"))
        } else if self.body.len() > Self::LONGEST_BODY {
            Some(("acknowledgement.body", "must be at most 4,096 bytes"))
        } else if bodiless && !self.body.is_empty() {
            Some((
                "acknowledgement.body",
                "must be empty with status 204 or 205",
            ))
        } else if !self.content_type.as_deref().is_none_or(plain) {
            let words = "must be 1 to 256 visible ASCII characters";
            Some(("acknowledgement.contentType", words))
        } else if self.content_type.is_none() && !self.body.is_empty() {
            Some(("acknowledgement.contentType", "must be there with a body"))
        } else {
            None
        }
    }
}

/// A source's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `src_…`; also the id of the application that its events are messages of.
    pub id: String,
    /// The operator's own name for it, also in `/in/{uid}`.
    pub uid: Option<String>,
    /// For people.
    pub name: String,
    /// The name of the scheme that its provider signs with.
    pub scheme: String,
    /// The provider's secrets, wrapped for this source; several while one rotates.
    pub secrets: Vec<Wrapped>,
    /// A disabled source refuses everything.
    #[serde(default)]
    pub disabled: bool,
    /// How it admits.
    #[serde(default)]
    pub dedup: Dedup,
    /// The binding of the queue that it feeds, in place of the gateway's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Bytes of a body at most.
    pub body_cap: u32,
    /// Whether a body that has several events is admitted event by event.
    #[serde(default = "yes")]
    pub split_batches: bool,
    /// In place of the scheme's tolerance, seconds.
    #[serde(default)]
    pub tolerance_secs: Option<u32>,
    /// The token that the provider repeats in its handshake, wrapped for this source.
    #[serde(default)]
    pub verify_token: Option<Wrapped>,
    /// What the provider is answered, in place of what its scheme says.
    #[serde(default)]
    pub acknowledgement: Option<Acknowledgement>,
    /// For the operator's programs.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

//! A source: one configured inbound provider, as the registry and KV keep it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::admission::Dedup;
use crate::port::Millis;
use crate::vault::Wrapped;

/// Bytes of a body that a source takes unless it says otherwise.
pub const DEFAULT_BODY_CAP: u32 = 1024 * 1024;

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
    /// Bytes of a body at most.
    pub body_cap: u32,
    /// In place of the scheme's tolerance, seconds.
    #[serde(default)]
    pub tolerance_secs: Option<u32>,
    /// For the operator's programs.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

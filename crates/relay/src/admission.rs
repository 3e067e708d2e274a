//! How a source admits: what it remembers, where, and for how long.
//!
//! - [`claims`]: what makes a second copy a duplicate;
//! - [`events`]: the events of a verified request;
//! - [`head`]: what is read before anything is verified;
//! - [`gate`]: the road from a verified event to durable storage;
//! - [`large`]: what does not fit a queue message goes to R2;
//! - [`layout`]: the inboxes of a source whose number of shards was changed.

pub mod claims;
pub mod events;
pub mod gate;
pub mod head;
pub mod large;
pub mod layout;

use serde::{Deserialize, Serialize};

pub use claims::Claims;

/// Where a source remembers what it has admitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DedupStore {
    /// KV only: catches repeats seconds apart.
    Kv,
    /// The inbox object only: exact.
    DurableObject,
    /// KV first, then the inbox: exact, and a storm of repeats is answered at the edge.
    #[default]
    Both,
    /// No memory at all.
    None,
}

/// Where the key of an event stands, in place of the scheme's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPlace {
    /// In the header of this name. No signature is known to cover it.
    Header(String),
    /// At this JSON pointer of the body; where a body has several events, of each one's own.
    Pointer(String),
}

impl KeyPlace {
    /// Bytes of a header's name or of a pointer at most.
    pub const LONGEST: usize = 256;

    /// The key: 1 to 256 visible ASCII characters. A header that stands twice is none, nor is a
    /// value of the body that is neither text nor a number.
    pub fn read(&self, headers: &[(String, String)], body: &[u8]) -> Option<String> {
        let key = match self {
            Self::Header(name) => {
                let mut lines = headers
                    .iter()
                    .filter(|(known, _)| known.eq_ignore_ascii_case(name));
                let (_, value) = lines.next().filter(|_| lines.next().is_none())?;
                value.clone()
            }
            Self::Pointer(pointer) => hookgate::text_at(body, pointer)?,
        };
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        (visible && (1..=256).contains(&key.len())).then_some(key)
    }

    /// Whether it is a place at all.
    pub fn is_sound(&self) -> bool {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        match self {
            Self::Header(name) => {
                (1..=Self::LONGEST).contains(&name.len()) && name.bytes().all(token)
            }
            Self::Pointer(pointer) => {
                (2..=Self::LONGEST).contains(&pointer.len()) && pointer.starts_with('/')
            }
        }
    }
}

/// How a source admits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Dedup {
    /// Where claims are kept.
    pub store: DedupStore,
    /// How long a claim lives, seconds; [`Dedup::TTL_SECS`].
    pub ttl_secs: u32,
    /// Inbox objects that share the source's events; [`Dedup::SHARDS`].
    pub shards: u8,
    /// What tells its events apart, in place of the scheme's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyPlace>,
    /// How it admitted before.
    #[serde(skip_serializing_if = "layout::Past::is_empty")]
    pub past: layout::Past,
}

impl Dedup {
    /// Shortest and longest life of a claim. KV takes no shorter one than 60 s.
    pub const TTL_SECS: std::ops::RangeInclusive<u32> = 60..=30 * 86_400;
    /// Fewest and most inboxes of a source.
    pub const SHARDS: std::ops::RangeInclusive<u8> = 1..=64;
}

impl Default for Dedup {
    fn default() -> Self {
        Self {
            store: DedupStore::default(),
            // Longer than the retry window of the providers that we know.
            ttl_secs: 3 * 86_400,
            shards: 4,
            key: None,
            past: layout::Past::default(),
        }
    }
}

/// The name of an inbox object.
pub fn inbox_name(source_id: &str, shard: u8) -> String {
    format!("{source_id}/{shard}")
}

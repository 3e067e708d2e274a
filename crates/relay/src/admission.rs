//! Which claims one event makes, and which shard keeps them.
//!
//! A claim is what makes a second copy a duplicate. It must be something that the signature
//! covers: else whoever captured one request could send it again under another name.

use hookgate::Verified;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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

/// How a source admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Dedup {
    /// Where claims are kept.
    pub store: DedupStore,
    /// How long a claim lives, seconds; [`Dedup::TTL_SECS`].
    pub ttl_secs: u32,
    /// Inbox objects that share the source's events; [`Dedup::SHARDS`].
    pub shards: u8,
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
        }
    }
}

/// The claims of one event: all are made, or the event is a duplicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// At least one key.
    pub keys: Vec<String>,
    /// Keys that can meet in different combinations must stand in one place.
    together: bool,
}

impl Claims {
    /// The claims of a verified event. `digest` gives the SHA-256 of the signed content and is
    /// asked only where no signed id stands for it.
    pub fn of(verified: &Verified, digest: impl FnOnce() -> [u8; 32]) -> Self {
        match &verified.id {
            Some(id) if verified.id_signed => Self::one(format!("id:{id}")),
            // A captured request can be sent again under a new unsigned id, inside the tolerance;
            // but its signature is of that one moment and stays the same.
            Some(id) if verified.replay_protected => Self {
                keys: vec![
                    format!("id:{id}"),
                    format!("sig:{}", hex(&verified.signature)),
                ],
                together: true,
            },
            // Nothing signed tells two moments apart. With its content the id is a claim that nobody
            // can make for a genuine event before it comes.
            Some(id) => Self::one(format!("id:{id}:{}", hex(&digest()))),
            None => Self::one(format!("sha256:{}", hex(&digest()))),
        }
    }

    fn one(key: String) -> Self {
        Self {
            keys: vec![key],
            together: false,
        }
    }

    /// The shard, of `shards`, that keeps these claims.
    pub fn shard(&self, shards: u8) -> u8 {
        if self.together {
            return 0;
        }
        let digest = Sha256::digest(self.keys[0].as_bytes());
        let hash = u16::from_be_bytes([digest[0], digest[1]]);
        (hash % u16::from(shards.max(1))) as u8
    }
}

/// The name of an inbox object.
pub fn inbox_name(source_id: &str, shard: u8) -> String {
    format!("{source_id}/{shard}")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

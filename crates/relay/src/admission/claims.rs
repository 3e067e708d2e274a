//! Which claims one event makes, and which shard keeps them.
//!
//! A claim is what makes a second copy a duplicate. It must be something that the signature
//! covers: else whoever captured one request could send it again under another name.

use hookgate::Verified;
use sha2::{Digest, Sha256};

use super::KeyPlace;

/// The claims of one event: all are made, or the event is a duplicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// At least one key, the name before the signature.
    pub keys: Vec<String>,
    /// Keys that can meet in different combinations must stand in one place.
    together: bool,
}

/// A name that tells an event from others.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    /// The provider's id, or what the operator has chosen in its place.
    pub text: &'a str,
    /// Whether the signature covers it.
    pub signed: bool,
    /// Whether the operator has chosen it: its claims are not those of ids.
    pub chosen: bool,
}

impl Claims {
    /// The claims of a verified request that is one event. `digest` gives the SHA-256 of the signed
    /// content and is asked only where no signed name stands for it.
    pub fn of(verified: &Verified, digest: impl FnOnce() -> [u8; 32]) -> Self {
        let id = verified.id.as_deref().map(|text| Name {
            text,
            signed: verified.id_signed,
            chosen: false,
        });
        Self::named(id, verified, None, digest)
    }

    /// The claims of an event with this name, which is the event of this number in a body that has
    /// several. They share one signature and one signed content.
    pub fn named(
        name: Option<Name<'_>>,
        verified: &Verified,
        part: Option<usize>,
        digest: impl FnOnce() -> [u8; 32],
    ) -> Self {
        let Some(name) = name else {
            return Self::one(format!("sha256:{}{}", hex(&digest()), suffix(part)));
        };
        let kind = if name.chosen { "key" } else { "id" };
        let key = format!("{kind}:{}", name.text);
        if name.signed {
            return Self::one(key);
        }
        // A captured request can be sent again under a new unsigned name, inside the tolerance; but
        // its signature is of that one moment and stays the same.
        if verified.replay_protected {
            return Self::one(key).with_signature(verified, part);
        }
        // Nothing signed tells two moments apart. With its content the name is a claim that nobody
        // can make for a genuine event before it comes.
        Self::one(format!("{key}:{}", hex(&digest())))
    }

    /// With the signature as a claim of its own, where it is of one moment: for names that a sender
    /// could leave out.
    #[must_use]
    pub fn with_signature(mut self, verified: &Verified, part: Option<usize>) -> Self {
        if verified.replay_protected {
            self.keys
                .push(format!("sig:{}{}", hex(&verified.signature), suffix(part)));
            self.together = true;
        }
        self
    }

    /// The claim of a body that has several events, as a whole: made once all of them are durable.
    /// Where a header is their key there is none: the same bytes under another key are other events.
    pub fn whole(key: Option<&KeyPlace>, digest: [u8; 32]) -> Option<String> {
        match key {
            Some(KeyPlace::Header(_)) => None,
            _ => Some(format!("all:{}", hex(&digest))),
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

fn suffix(part: Option<usize>) -> String {
    part.map(|part| format!(":{part}")).unwrap_or_default()
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

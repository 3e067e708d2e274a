//! Secrets at rest: AES-256-GCM under the operator's master key.
//!
//! A wrapped secret is `v1.{key}.{base64url(nonce ‖ ciphertext ‖ tag)}`. `key` is the first eight
//! hex digits of the master key's SHA-256, so that a rotation can tell which key wrapped what.
//! The owner's id is authenticated with it: a secret that was copied to another owner's record
//! does not open. A nonce is 96 bits of dice; a master key wraps far fewer than the 2^32 secrets
//! at which NIST SP 800-38D asks for a new key.

use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::port::Random;

const NONCE: usize = 12;

/// A secret as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wrapped(pub(crate) String);

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wrapped(…)")
    }
}

/// Opens and closes secrets.
#[derive(Clone)]
pub struct Vault {
    keys: Vec<(String, Aes256Gcm)>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} keys)", self.keys.len())
    }
}

/// Why the master key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// There is none.
    Missing,
    /// It is not base64 (with padding) of exactly 32 bytes.
    Malformed,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the master key is missing",
            Self::Malformed => "the master key is not the base64 of 32 bytes",
        })
    }
}

impl std::error::Error for KeyError {}

/// Why a secret did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Not what [`Vault::wrap`] writes.
    Malformed,
    /// Wrapped under a master key that this vault does not hold.
    UnknownKey,
    /// Altered, or copied from another owner.
    Forged,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the stored secret is damaged",
            Self::UnknownKey => "the stored secret was wrapped under another master key",
            Self::Forged => "the stored secret was altered or belongs to another owner",
        })
    }
}

impl std::error::Error for OpenError {}

impl Vault {
    /// A vault over one master key, or several separated by commas: the first wraps, all open.
    ///
    /// # Errors
    /// No key, or one that is not the base64 of 32 bytes.
    pub fn new(master_keys: &str) -> Result<Self, KeyError> {
        let keys = master_keys
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .map(|key| {
                let bytes = Zeroizing::new(STANDARD.decode(key).map_err(|_| KeyError::Malformed)?);
                let cipher = Aes256Gcm::new_from_slice(&bytes).map_err(|_| KeyError::Malformed)?;
                let digest = Sha256::digest(&*bytes);
                let name = digest[..4].iter().map(|b| format!("{b:02x}")).collect();
                Ok((name, cipher))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::Missing);
        }
        Ok(Self { keys })
    }

    /// Wraps `secret` for `owner`, the id of the source or endpoint that it belongs to.
    pub fn wrap(&self, secret: &str, owner: &str, dice: &impl Random) -> Wrapped {
        let mut nonce = [0u8; NONCE];
        dice.fill(&mut nonce);
        let (name, cipher) = &self.keys[0];
        let sealed = cipher
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: secret.as_bytes(),
                    aad: owner.as_bytes(),
                },
            )
            .expect("AES-GCM takes up to 64 GiB");
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&sealed);
        Wrapped(format!("v1.{name}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what [`Vault::wrap`] wrapped for the same `owner`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, wrapped: &Wrapped, owner: &str) -> Result<Zeroizing<String>, OpenError> {
        let mut parts = wrapped.0.split('.');
        let (Some("v1"), Some(name), Some(text), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(OpenError::Malformed);
        };
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| OpenError::Malformed)?;
        let (nonce, sealed) = bytes
            .split_first_chunk::<NONCE>()
            .ok_or(OpenError::Malformed)?;
        let (_, cipher) = self
            .keys
            .iter()
            .find(|(known, _)| known == name)
            .ok_or(OpenError::UnknownKey)?;
        let opened = cipher
            .decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: owner.as_bytes(),
                },
            )
            .map_err(|_| OpenError::Forged)?;
        String::from_utf8(opened)
            .map(Zeroizing::new)
            .map_err(|_| OpenError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Dice(std::cell::Cell<u8>);
    impl Random for Dice {
        fn fill(&self, buffer: &mut [u8]) {
            self.0.set(self.0.get().wrapping_add(1));
            buffer.fill(self.0.get());
        }
    }

    const OLD: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const NEW: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn dice() -> Dice {
        Dice(std::cell::Cell::new(0))
    }

    #[test]
    fn a_wrapped_secret_opens_for_its_owner_only() {
        let vault = Vault::new(OLD).unwrap();
        let wrapped = vault.wrap("whsec_abc", "ep_1", &dice());
        assert_eq!(*vault.open(&wrapped, "ep_1").unwrap(), "whsec_abc");
        assert_eq!(vault.open(&wrapped, "ep_2").unwrap_err(), OpenError::Forged);
    }

    #[test]
    fn a_rotated_master_key_still_opens_what_the_old_one_wrapped() {
        let wrapped = Vault::new(OLD).unwrap().wrap("s", "ep_1", &dice());
        let both = Vault::new(&format!("{NEW}, {OLD}")).unwrap();
        assert_eq!(*both.open(&wrapped, "ep_1").unwrap(), "s");
        let new_only = Vault::new(NEW).unwrap();
        assert_eq!(
            new_only.open(&wrapped, "ep_1").unwrap_err(),
            OpenError::UnknownKey
        );
        let again = both.wrap("s", "ep_1", &dice());
        assert_eq!(*new_only.open(&again, "ep_1").unwrap(), "s");
    }

    #[test]
    fn every_altered_character_is_noticed() {
        let vault = Vault::new(OLD).unwrap();
        let wrapped = vault.wrap("whsec_abc", "ep_1", &dice()).0;
        for at in 0..wrapped.len() {
            let mut altered = wrapped.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = Wrapped(String::from_utf8(altered).unwrap());
            assert!(vault.open(&altered, "ep_1").is_err(), "at {at}");
        }
    }

    #[test]
    fn the_plain_secret_stands_nowhere_in_what_is_stored_or_shown() {
        let vault = Vault::new(OLD).unwrap();
        let wrapped = vault.wrap("whsec_abc", "ep_1", &dice());
        let stored = serde_json::to_string(&wrapped).unwrap();
        assert!(!stored.contains("whsec") && !format!("{wrapped:?}{vault:?}").contains("whsec"));
    }

    #[test]
    fn a_missing_or_malformed_master_key_is_named() {
        for (text, error) in [
            ("", KeyError::Missing),
            (" , ", KeyError::Missing),
            ("AAAA", KeyError::Malformed),
            ("not base64!", KeyError::Malformed),
            (&OLD[..43], KeyError::Malformed),
        ] {
            assert_eq!(Vault::new(text).unwrap_err(), error, "{text}");
        }
    }
}

//! RSASSA-PKCS1-v1_5, to sign: for senders and tests, in builds that ask for it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ::rsa::pkcs8::DecodePrivateKey as _;
use ::rsa::traits::PublicKeyParts as _;
use ::rsa::{Pkcs1v15Sign, RsaPrivateKey};

use super::error::{KeyError, SignatureError};
use super::rsa::{Hash, PublicKey, sound};

/// A private key, and the public one that goes with it.
#[derive(Clone)]
pub(super) struct PrivateKey {
    key: Box<RsaPrivateKey>,
    public: PublicKey,
}

impl PrivateKey {
    /// From PKCS#8. `None` if it is not DER of that form, or no RSA key.
    pub(super) fn read(der: &[u8]) -> Option<Result<Self, KeyError>> {
        let key = Box::new(RsaPrivateKey::from_pkcs8_der(der).ok()?);
        let modulus = key.n().to_be_bytes_trimmed_vartime();
        let exponent = key.e().to_be_bytes_trimmed_vartime();
        Some(sound(&modulus, &exponent).map(|public| Self { key, public }))
    }

    pub(super) fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Deterministic and unblinded, as there are no dice here: see RUSTSEC-2023-0071.
    pub(super) fn sign(&self, hash: Hash, digest: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let padding = Pkcs1v15Sign {
            hash_len: Some(digest.len()),
            prefix: Box::from(hash.prefix()),
        };
        self.key
            .sign(padding, digest)
            .map_err(|_| SignatureError::WrongKey)
    }
}

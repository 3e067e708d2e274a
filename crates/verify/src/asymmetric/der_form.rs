//! Keys in DER: which algorithm an SPKI is for, and base64 or PEM around it.

use alloc::vec::Vec;

use der::Decode as _;
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::error::KeyError;
use super::pem::{self, Block};
use super::text::{check_length, decode};

#[cfg(feature = "ecdsa")]
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
#[cfg(feature = "ecdsa")]
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
#[cfg(feature = "rsa")]
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What an SPKI holds, by its algorithm.
pub(super) enum Spki<'d> {
    /// A point on P-256.
    #[cfg(feature = "ecdsa")]
    P256(&'d [u8]),
    /// PKCS#1.
    #[cfg(feature = "rsa")]
    Rsa(&'d [u8]),
    /// One that this build cannot use.
    Other,
}

impl<'d> Spki<'d> {
    /// `None` if it is not an SPKI.
    pub(super) fn read(der: &'d [u8]) -> Option<Self> {
        let spki = SubjectPublicKeyInfoRef::from_der(der).ok()?;
        let key = spki.subject_public_key.as_bytes()?;
        Some(match spki.algorithm.oid {
            #[cfg(feature = "ecdsa")]
            EC_PUBLIC_KEY => match spki.algorithm.parameters_oid() {
                Ok(P256) => Self::P256(key),
                _ => Self::Other,
            },
            // RFC 3279, 2.3.1: the parameters are NULL.
            #[cfg(feature = "rsa")]
            RSA_ENCRYPTION if spki.algorithm.parameters.is_some_and(|any| any.is_null()) => {
                Self::Rsa(key)
            }
            _ => Self::Other,
        })
    }
}

/// What a key's text holds: bare base64, or the one block of a PEM.
pub(super) enum Text<'t> {
    Base64(Zeroizing<Vec<u8>>),
    Pem(&'t str, Zeroizing<Vec<u8>>),
}

impl<'t> Text<'t> {
    pub(super) fn read(text: &'t str, expected: &'static str) -> Result<Self, KeyError> {
        check_length(text, expected)?;
        let malformed = KeyError::Malformed { expected };
        if !text.contains("-----BEGIN") {
            return decode(text).map(Self::Base64).ok_or(malformed);
        }
        // `openssl ecparam -genkey` writes the curve's name before the key.
        let mut blocks = pem::blocks(text).filter(|block| {
            !matches!(
                block,
                Some(Block {
                    label: "EC PARAMETERS",
                    ..
                })
            )
        });
        match (blocks.next(), blocks.next()) {
            (Some(Some(Block { label, der })), None) => Ok(Self::Pem(label, der)),
            _ => Err(malformed),
        }
    }
}

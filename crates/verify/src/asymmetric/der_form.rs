//! Keys in DER: which algorithm an SPKI is for, and base64 or PEM around it.

use alloc::vec::Vec;

use zeroize::Zeroizing;

#[cfg(feature = "ecdsa")]
use super::der::OCTET_STRING;
use super::der::{Der, OBJECT_IDENTIFIER, SEQUENCE};
use super::error::KeyError;
use super::pem::{self, Block};
use super::text::check_length;
use crate::encoding::base64::decode_secret;
use crate::find::contains;

/// 1.2.840.10045.2.1
#[cfg(feature = "ecdsa")]
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
/// 1.2.840.10045.3.1.7
#[cfg(feature = "ecdsa")]
const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// 1.2.840.113549.1.1.1
#[cfg(feature = "rsa")]
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
#[cfg(feature = "rsa")]
const NULL: u8 = 0x05;

/// An `AlgorithmIdentifier`: what the key is for, and the tag and content of its parameters.
struct Algorithm<'d> {
    identifier: &'d [u8],
    parameters: Option<(u8, &'d [u8])>,
}

impl<'d> Algorithm<'d> {
    fn read(der: &mut Der<'d>) -> Option<Self> {
        let mut fields = Der::new(der.read(SEQUENCE)?);
        let identifier = fields.read(OBJECT_IDENTIFIER)?;
        let parameters = match fields.is_empty() {
            true => None,
            false => Some(fields.any()?),
        };
        fields.end()?;
        Some(Self {
            identifier,
            parameters,
        })
    }

    #[cfg(feature = "ecdsa")]
    fn is_p256(&self) -> bool {
        self.identifier == EC_PUBLIC_KEY && self.parameters == Some((OBJECT_IDENTIFIER, P256))
    }
}

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
        let mut spki = Der::sequence(der)?;
        let algorithm = Algorithm::read(&mut spki)?;
        let key = spki.bits()?;
        spki.end()?;
        #[cfg(feature = "ecdsa")]
        if algorithm.is_p256() {
            return Some(Self::P256(key));
        }
        // RFC 3279, 2.3.1: the parameters are NULL.
        #[cfg(feature = "rsa")]
        if algorithm.identifier == RSA_ENCRYPTION && algorithm.parameters == Some((NULL, &[])) {
            return Some(Self::Rsa(key));
        }
        Some(Self::Other)
    }
}

/// A private key on P-256: the scalar, and the point that stands beside it.
#[cfg(feature = "ecdsa")]
pub(super) struct Scalar<'d> {
    pub(super) scalar: &'d [u8],
    pub(super) point: Option<&'d [u8]>,
}

#[cfg(feature = "ecdsa")]
impl<'d> Scalar<'d> {
    /// From PKCS#8 (RFC 5958): around SEC1, and the public key after it in version 2 alone.
    pub(super) fn from_pkcs8(der: &'d [u8]) -> Option<Self> {
        const ATTRIBUTES: u8 = 0xa0;
        const PUBLIC_KEY: u8 = 0x81;
        let mut key = Der::sequence(der)?;
        let version = key.number()?;
        let algorithm = Algorithm::read(&mut key)?;
        let sec1 = key.read(OCTET_STRING)?;
        key.optional(ATTRIBUTES)?;
        let expected: &[u8] = match key.optional(PUBLIC_KEY)? {
            None => &[0],
            Some([0, ..]) => &[1],
            Some(_) => return None,
        };
        key.end()?;
        let sound = version == expected && algorithm.is_p256();
        sound.then(|| Self::from_sec1(sec1)).flatten()
    }

    /// From SEC1 (RFC 5915), on no other curve.
    pub(super) fn from_sec1(der: &'d [u8]) -> Option<Self> {
        const PARAMETERS: u8 = 0xa0;
        const PUBLIC_KEY: u8 = 0xa1;
        let mut key = Der::sequence(der)?;
        let version = key.number()?;
        let scalar = key.read(OCTET_STRING)?;
        let curve = match key.optional(PARAMETERS)? {
            Some(curve) => Der::only(curve, OBJECT_IDENTIFIER)?,
            None => P256,
        };
        let point = match key.optional(PUBLIC_KEY)? {
            Some(bits) => {
                let mut bits = Der::new(bits);
                let point = bits.bits()?;
                bits.end()?;
                Some(point)
            }
            None => None,
        };
        key.end()?;
        (version == [1] && curve == P256).then_some(Self { scalar, point })
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
        if !contains(text, "-----BEGIN") {
            return decode_secret(text).map(Self::Base64).ok_or(malformed);
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

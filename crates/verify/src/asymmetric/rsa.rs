//! RSASSA-PKCS1-v1_5 (RFC 8017, 8.2), to verify: the padding is compared as a whole, never parsed.

use alloc::vec::Vec;

use super::der::Der;
use super::error::{KeyError, SignatureError};
use super::modular::Modulus;
use crate::key::same;

/// Below, a key is in reach of an attacker; above, a forged key would cost the verifier dear.
const MODULUS_BITS: core::ops::RangeInclusive<usize> = 2048..=8192;

/// The hash whose name stands in the padding.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    #[cfg(feature = "x509")]
    Sha384,
    #[cfg(feature = "x509")]
    Sha512,
}

impl Hash {
    /// RFC 8017, 9.2, note 1: the DER of `DigestInfo` before the digest.
    pub(super) fn prefix(self) -> &'static [u8] {
        match self {
            Self::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            Self::Sha256 => {
                b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
            }
            #[cfg(feature = "x509")]
            Self::Sha384 => {
                b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
            }
            #[cfg(feature = "x509")]
            Self::Sha512 => {
                b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
            }
        }
    }

    /// RFC 8017, 9.2: `00 01 FF … FF 00`, prefix and digest, of `length` bytes.
    fn encode(self, digest: &[u8], length: usize) -> Vec<u8> {
        let tail = [&[0], self.prefix(), digest].concat();
        let mut encoded = Vec::with_capacity(length);
        encoded.extend_from_slice(&[0, 1]);
        encoded.resize(length.saturating_sub(tail.len()), 0xff);
        encoded.extend_from_slice(&tail);
        encoded
    }
}

/// A public key that is sound.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    modulus: Modulus,
    exponent: u32,
}

/// From PKCS#1: `SEQUENCE { modulus, exponent }`, which is also what the bit string of an SPKI
/// holds. `None` if it is not DER of that form.
pub(super) fn public_key(pkcs1: &[u8]) -> Option<Result<PublicKey, KeyError>> {
    let mut numbers = Der::sequence(pkcs1)?;
    let (modulus, exponent) = (numbers.number()?, numbers.number()?);
    numbers.end()?;
    Some(sound(modulus, exponent))
}

/// The numbers are looked at as bytes first: nothing is computed with one of absurd length.
pub(super) fn sound(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, KeyError> {
    let leading = modulus.first().map_or(0, |byte| byte.leading_zeros());
    let bits = (modulus.len() * 8).saturating_sub(leading as usize);
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    if !MODULUS_BITS.contains(&bits) || !is_odd(modulus) {
        return Err(KeyError::RsaModulus { bits });
    }
    // FIPS 186-5 asks for more than 2^16; every vendor uses 65537.
    if !(3..=4).contains(&exponent.len()) || !is_odd(exponent) {
        return Err(KeyError::RsaExponent);
    }
    let add = |sum, byte: &u8| sum << 8 | u32::from(*byte);
    Ok(PublicKey {
        modulus: Modulus::new(modulus).ok_or(KeyError::RsaModulus { bits })?,
        exponent: exponent.iter().fold(0, add),
    })
}

pub(super) fn verify(
    key: &PublicKey,
    hash: Hash,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let length = key.modulus.length();
    if signature.len() != length {
        return Err(SignatureError::WrongLength {
            expected: length,
            length: signature.len(),
        });
    }
    let encoded = key.modulus.power(signature, key.exponent);
    let is_own = encoded.is_some_and(|encoded| same(&hash.encode(digest, length), &encoded));
    is_own.then_some(()).ok_or(SignatureError::Mismatch)
}

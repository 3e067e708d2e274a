//! RSASSA-PKCS1-v1_5 (RFC 8017, 8.2): the padding is compared as a whole, never parsed.

use alloc::boxed::Box;

use ::rsa::{BoxedUint, Pkcs1v15Sign, RsaPublicKey};

use super::der::Der;
use super::error::{KeyError, SignatureError};

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
    fn padding(self) -> Pkcs1v15Sign {
        let (prefix, length): (&[u8], usize) = match self {
            Self::Sha1 => (
                b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
                20,
            ),
            Self::Sha256 => (
                b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
                32,
            ),
            #[cfg(feature = "x509")]
            Self::Sha384 => (
                b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
                48,
            ),
            #[cfg(feature = "x509")]
            Self::Sha512 => (
                b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
                64,
            ),
        };
        Pkcs1v15Sign {
            hash_len: Some(length),
            prefix: Box::from(prefix),
        }
    }
}

/// From PKCS#1: `SEQUENCE { modulus, exponent }`, which is also what the bit string of an SPKI
/// holds. `None` if it is not DER of that form.
pub(super) fn public_key(pkcs1: &[u8]) -> Option<Result<RsaPublicKey, KeyError>> {
    let mut numbers = Der::sequence(pkcs1)?;
    let (modulus, exponent) = (numbers.number()?, numbers.number()?);
    numbers.end()?;
    Some(sound(modulus, exponent))
}

/// The numbers are looked at as bytes first: nothing is computed with one of absurd length.
fn sound(modulus: &[u8], exponent: &[u8]) -> Result<RsaPublicKey, KeyError> {
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
    let modulus = BoxedUint::from_be_slice_vartime(modulus);
    let exponent = BoxedUint::from_be_slice_vartime(exponent);
    RsaPublicKey::new_with_size_limits(modulus, exponent, MODULUS_BITS)
        .map_err(|_| KeyError::RsaModulus { bits })
}

pub(super) fn verify(
    key: &RsaPublicKey,
    hash: Hash,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    use ::rsa::traits::PublicKeyParts as _;
    if signature.len() != key.size() {
        return Err(SignatureError::WrongLength {
            expected: key.size(),
            length: signature.len(),
        });
    }
    key.verify(hash.padding(), digest, signature)
        .map_err(|_| SignatureError::Mismatch)
}

/// From PKCS#8. `None` if it is not DER of that form, or no RSA key.
#[cfg(feature = "rsa-sign")]
pub(super) fn private_key(der: &[u8]) -> Option<Result<::rsa::RsaPrivateKey, KeyError>> {
    use ::rsa::pkcs8::DecodePrivateKey as _;
    use ::rsa::traits::PublicKeyParts as _;
    let key = ::rsa::RsaPrivateKey::from_pkcs8_der(der).ok()?;
    let public = sound(
        &key.n().to_be_bytes_trimmed_vartime(),
        &key.e().to_be_bytes_trimmed_vartime(),
    );
    Some(public.map(|_| key))
}

/// Deterministic and unblinded, as there are no dice here: see RUSTSEC-2023-0071.
#[cfg(feature = "rsa-sign")]
pub(super) fn sign(
    key: &::rsa::RsaPrivateKey,
    hash: Hash,
    digest: &[u8],
) -> Result<alloc::vec::Vec<u8>, SignatureError> {
    key.sign(hash.padding(), digest)
        .map_err(|_| SignatureError::WrongKey)
}

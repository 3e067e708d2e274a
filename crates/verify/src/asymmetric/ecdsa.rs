//! ECDSA over P-256 with SHA-256, the signature in DER.

use alloc::vec::Vec;

use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::{AffinePoint, FieldBytes, SecretKey};

use super::der::{Der, INTEGER, SEQUENCE};
use super::der_form::Scalar;
use super::error::{KeyError, SignatureError};

/// From a point as SEC1 writes it in full, which is what the bit string of an SPKI holds. No vendor
/// and no authority sends a compressed one (RFC 5480, 2.2, lets a reader refuse it), and its square
/// root would be 4 KB more of WebAssembly.
pub(super) fn public_key(point: &[u8]) -> Result<VerifyingKey, KeyError> {
    let on_the_curve = || {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
        let [x, y] = [FieldBytes::try_from(x).ok()?, FieldBytes::try_from(y).ok()?];
        let point = AffinePoint::from_coordinates(&x, &y).into_option()?;
        VerifyingKey::from_affine(point).ok()
    };
    on_the_curve().ok_or(KeyError::UnsafePoint)
}

/// From PKCS#8 or SEC1.
pub(super) fn private_key(der: &[u8]) -> Option<SigningKey> {
    let Scalar { scalar, point } = Scalar::from_pkcs8(der).or_else(|| Scalar::from_sec1(der))?;
    let key = SigningKey::from(SecretKey::from_slice(scalar).ok()?);
    // A point of another key would be taken for the one to verify with.
    let is_own = |point| public_key(point).is_ok_and(|own| own == *key.verifying_key());
    point.is_none_or(is_own).then_some(key)
}

pub(super) fn verify(
    key: &VerifyingKey,
    digest: &[u8; 32],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let signature = read(signature).ok_or(SignatureError::Malformed)?;
    key.verify_prehash(digest, &signature)
        .map_err(|_| SignatureError::Mismatch)
}

/// Deterministic (RFC 6979): no dice are needed, and none can fail.
pub(super) fn sign(key: &SigningKey, digest: &[u8; 32]) -> Result<Vec<u8>, SignatureError> {
    let signature: Signature = key
        .sign_prehash(digest)
        .map_err(|_| SignatureError::WrongKey)?;
    let (r, s) = signature.split_bytes();
    let mut numbers = Vec::with_capacity(70);
    write(&r, &mut numbers);
    write(&s, &mut numbers);
    let mut der = Vec::with_capacity(72);
    der.extend_from_slice(&[SEQUENCE, numbers.len() as u8]);
    der.append(&mut numbers);
    Ok(der)
}

/// `SEQUENCE { r, s }`, both below the order of the curve and neither of them 0.
fn read(der: &[u8]) -> Option<Signature> {
    let mut numbers = Der::sequence(der)?;
    let (r, s) = (numbers.number()?, numbers.number()?);
    numbers.end()?;
    Signature::from_scalars(padded(r)?, padded(s)?).ok()
}

fn padded(number: &[u8]) -> Option<[u8; 32]> {
    let mut padded = [0; 32];
    let start = padded.len().checked_sub(number.len())?;
    padded.get_mut(start..)?.copy_from_slice(number);
    Some(padded)
}

/// At most 33 bytes after its tag and length.
fn write(number: &[u8], der: &mut Vec<u8>) {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(0);
    let number = number.get(start..).unwrap_or_default();
    let zero = number.first().is_some_and(|byte| *byte >= 0x80);
    der.extend_from_slice(&[INTEGER, number.len() as u8 + u8::from(zero)]);
    der.extend(zero.then_some(0));
    der.extend_from_slice(number);
}

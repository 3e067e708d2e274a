//! ECDSA over P-256 with SHA-256, the signature in DER.

use alloc::vec::Vec;

use p256::SecretKey;
use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::pkcs8::DecodePrivateKey as _;

use super::error::{KeyError, SignatureError};

/// From a point as SEC1 writes it: what the bit string of an SPKI holds.
pub(super) fn public_key(point: &[u8]) -> Result<VerifyingKey, KeyError> {
    VerifyingKey::from_sec1_bytes(point).map_err(|_| KeyError::UnsafePoint)
}

/// From PKCS#8 or SEC1.
pub(super) fn private_key(der: &[u8]) -> Option<SigningKey> {
    let key = SecretKey::from_pkcs8_der(der)
        .ok()
        .or_else(|| SecretKey::from_sec1_der(der).ok())?;
    Some(SigningKey::from(key))
}

pub(super) fn verify(
    key: &VerifyingKey,
    digest: &[u8; 32],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let signature = Signature::from_der(signature).map_err(|_| SignatureError::Malformed)?;
    key.verify_prehash(digest, &signature)
        .map_err(|_| SignatureError::Mismatch)
}

/// Deterministic (RFC 6979): no dice are needed, and none can fail.
pub(super) fn sign(key: &SigningKey, digest: &[u8; 32]) -> Result<Vec<u8>, SignatureError> {
    let signature: Signature = key
        .sign_prehash(digest)
        .map_err(|_| SignatureError::WrongKey)?;
    Ok(signature.to_der().as_bytes().to_vec())
}

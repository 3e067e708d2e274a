//! Ed25519, strictly: what `verify_strict` of ed25519-dalek asks for, over a message in parts.

use alloc::vec::Vec;

use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign_byupdate};
use ed25519_dalek::{SIGNATURE_LENGTH, Signature, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

use super::error::{KeyError, SignatureError};
use super::form::KeyForm;
use super::public::Parts;
use super::text::check_length;
use crate::encoding::base64::decode_secret;
use crate::encoding::decode_hex_secret;

/// The bytes of a key's text, public or private.
pub(super) fn bytes(
    form: KeyForm,
    text: &str,
    prefix: &str,
    expected: &'static str,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = match form {
        KeyForm::StandardWebhooks => text.strip_prefix(prefix).unwrap_or(text),
        _ => text,
    };
    check_length(text, expected)?;
    let bytes = match form {
        KeyForm::Ed25519Hex => decode_hex_secret(text),
        _ => decode_secret(text),
    };
    bytes.ok_or(KeyError::Malformed { expected })
}

pub(super) fn public_key(bytes: &[u8], expected: &'static str) -> Result<VerifyingKey, KeyError> {
    let length = bytes.len();
    let bytes = bytes
        .try_into()
        .map_err(|_| KeyError::WrongLength { length, expected })?;
    VerifyingKey::from_bytes(bytes)
        .ok()
        // A key of small order fits nearly every message; one that is not reduced is another text
        // for the same key.
        .filter(|key| !key.is_weak() && key.to_edwards().compress().as_bytes() == bytes)
        .ok_or(KeyError::UnsafePoint)
}

/// From the seed, with or without its public key after it.
pub(super) fn private_key(bytes: &[u8], expected: &'static str) -> Result<SigningKey, KeyError> {
    if let Ok(seed) = bytes.try_into() {
        return Ok(SigningKey::from_bytes(seed));
    }
    let length = bytes.len();
    let pair = bytes
        .try_into()
        .map_err(|_| KeyError::WrongLength { length, expected })?;
    SigningKey::from_keypair_bytes(pair).map_err(|_| KeyError::MismatchedHalves)
}

pub(super) fn verify(
    key: &VerifyingKey,
    message: Parts<'_, '_>,
    signature: &[u8],
) -> Result<(), SignatureError> {
    let signature: &[u8; SIGNATURE_LENGTH] =
        signature
            .try_into()
            .map_err(|_| SignatureError::WrongLength {
                expected: SIGNATURE_LENGTH,
                length: signature.len(),
            })?;
    let signature = Signature::from_bytes(signature);
    // The last step compares encodings, which refuses an `R` in another form, but not one of small
    // order: `verify_strict` does, and so do we. Any point reads as a key.
    if VerifyingKey::from_bytes(signature.r_bytes()).is_ok_and(|r| r.is_weak()) {
        return Err(SignatureError::Malformed);
    }
    let mut verifier = key
        .verify_stream(&signature)
        .map_err(|_| SignatureError::Malformed)?;
    for part in message {
        verifier.update(part);
    }
    verifier
        .finalize_and_verify()
        .map_err(|_| SignatureError::Mismatch)
}

/// The message is hashed twice, as RFC 8032 asks: hence the `Clone`.
pub(super) fn sign<'m>(
    key: &SigningKey,
    message: impl IntoIterator<Item = &'m [u8]> + Clone,
) -> Result<[u8; SIGNATURE_LENGTH], SignatureError> {
    let expanded = ExpandedSecretKey::from(key.as_bytes());
    let hash = |hash: &mut Sha512| {
        for part in message.clone() {
            hash.update(part);
        }
        Ok(())
    };
    // The public key is the seed's own: another one here would give the private key away.
    raw_sign_byupdate(&expanded, hash, &key.verifying_key())
        .map(|signature| signature.to_bytes())
        .map_err(|_| SignatureError::WrongKey)
}

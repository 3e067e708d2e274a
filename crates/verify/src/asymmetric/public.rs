//! A public key, parsed once, and the verdict on a signature.

use core::fmt;

use super::error::{KeyError, SignatureError};
use super::form::{Algorithm, KeyForm};
#[cfg(any(feature = "ecdsa", feature = "rsa"))]
use {
    super::der_form::{Spki, Text},
    sha2::{Digest, Sha256},
};

/// A public key of a vendor, ready to verify.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(pub(super) Family);

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Family {
    #[cfg(feature = "ed25519")]
    Ed25519(ed25519_dalek::VerifyingKey),
    #[cfg(feature = "ecdsa")]
    P256(p256::ecdsa::VerifyingKey),
    #[cfg(feature = "rsa")]
    Rsa(super::rsa::PublicKey),
}

impl PublicKey {
    /// The key as Standard Webhooks writes it, `whpk_` and base64: what the sender of `v1a` gives its
    /// receivers. `None` unless it is an Ed25519 key.
    #[cfg(feature = "ed25519")]
    pub fn to_standard_webhooks(&self) -> Option<alloc::string::String> {
        match &self.0 {
            Family::Ed25519(key) => Some(
                [
                    "whpk_",
                    &crate::scheme::Encoding::Base64.encode(key.as_bytes()),
                ]
                .concat(),
            ),
            #[allow(unreachable_patterns, reason = "reachable with other families")]
            _ => None,
        }
    }

    /// Parses a key as the vendor writes it.
    ///
    /// # Errors
    ///
    /// The text is not of that form, or the key is not safe to use. The error says which form is
    /// expected.
    pub fn parse(form: KeyForm, text: &str) -> Result<Self, KeyError> {
        let expected = form.expected_public();
        match form {
            #[cfg(feature = "ed25519")]
            KeyForm::Ed25519Hex | KeyForm::StandardWebhooks => {
                if text.starts_with("whsk_") {
                    return Err(KeyError::PrivateKeyGiven { expected });
                }
                let bytes = super::ed25519::bytes(form, text, "whpk_", expected)?;
                super::ed25519::public_key(&bytes, expected).map(|key| Self(Family::Ed25519(key)))
            }
            #[cfg(not(feature = "ed25519"))]
            KeyForm::Ed25519Hex | KeyForm::StandardWebhooks => {
                Err(KeyError::NotCompiledIn { feature: "ed25519" })
            }
            #[cfg(feature = "ecdsa")]
            KeyForm::P256 => match Self::from_text(text, expected)? {
                key @ Self(Family::P256(_)) => Ok(key),
                #[allow(unreachable_patterns, reason = "reachable with other families")]
                _ => Err(KeyError::OtherAlgorithm { expected }),
            },
            #[cfg(not(feature = "ecdsa"))]
            KeyForm::P256 => Err(KeyError::NotCompiledIn { feature: "ecdsa" }),
            #[cfg(feature = "rsa")]
            KeyForm::Rsa => match Self::from_text(text, expected)? {
                key @ Self(Family::Rsa(_)) => Ok(key),
                #[allow(unreachable_patterns, reason = "reachable with other families")]
                _ => Err(KeyError::OtherAlgorithm { expected }),
            },
            #[cfg(not(feature = "rsa"))]
            KeyForm::Rsa => Err(KeyError::NotCompiledIn { feature: "rsa" }),
        }
    }

    #[cfg(any(feature = "ecdsa", feature = "rsa"))]
    fn from_text(text: &str, expected: &'static str) -> Result<Self, KeyError> {
        match Text::read(text, expected)? {
            Text::Base64(der) | Text::Pem("PUBLIC KEY", der) => Self::from_spki(&der, expected),
            #[cfg(feature = "rsa")]
            Text::Pem("RSA PUBLIC KEY", der) => Self::from_pkcs1(&der, expected),
            Text::Pem("CERTIFICATE", _) => Err(KeyError::CertificateGiven { expected }),
            Text::Pem(label, _) if label.ends_with("PRIVATE KEY") => {
                Err(KeyError::PrivateKeyGiven { expected })
            }
            Text::Pem(..) => Err(KeyError::Malformed { expected }),
        }
    }

    /// From the SPKI of a certificate or a key file, of whichever algorithm it names.
    #[cfg(any(feature = "ecdsa", feature = "rsa"))]
    pub(super) fn from_spki(der: &[u8], expected: &'static str) -> Result<Self, KeyError> {
        match Spki::read(der).ok_or(KeyError::Malformed { expected })? {
            #[cfg(feature = "ecdsa")]
            Spki::P256(point) => super::ecdsa::public_key(point).map(|key| Self(Family::P256(key))),
            #[cfg(feature = "rsa")]
            Spki::Rsa(pkcs1) => Self::from_pkcs1(pkcs1, expected),
            Spki::Other => Err(KeyError::OtherAlgorithm { expected }),
        }
    }

    #[cfg(feature = "rsa")]
    pub(super) fn from_pkcs1(der: &[u8], expected: &'static str) -> Result<Self, KeyError> {
        let key = super::rsa::public_key(der).ok_or(KeyError::Malformed { expected })??;
        Ok(Self(Family::Rsa(key)))
    }

    /// Judges a signature over a message, which is hashed part by part where it lies.
    ///
    /// Success proves that the holder of the private key signed exactly these bytes, joined without
    /// anything between them; it says nothing of when, and nothing of who holds the key.
    ///
    /// # Errors
    ///
    /// See [`SignatureError`]. [`SignatureError::WrongKey`] alone is a fault of the caller.
    pub fn verify<'m>(
        &self,
        algorithm: Algorithm,
        message: impl IntoIterator<Item = &'m [u8]>,
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        self.judge(algorithm, &mut message.into_iter(), signature)
    }

    /// Compiled once, for whatever the parts come from.
    fn judge(
        &self,
        algorithm: Algorithm,
        message: Parts<'_, '_>,
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        match (&self.0, algorithm) {
            #[cfg(feature = "ed25519")]
            (Family::Ed25519(key), Algorithm::Ed25519) => {
                super::ed25519::verify(key, message, signature)
            }
            #[cfg(feature = "ecdsa")]
            (Family::P256(key), Algorithm::EcdsaP256Sha256) => {
                super::ecdsa::verify(key, &digest::<Sha256>(message).into(), signature)
            }
            #[cfg(feature = "rsa")]
            (Family::Rsa(key), Algorithm::RsaPkcs1Sha256) => {
                let digest = digest::<Sha256>(message);
                super::rsa::verify(key, super::rsa::Hash::Sha256, &digest, signature)
            }
            #[cfg(feature = "rsa")]
            (Family::Rsa(key), Algorithm::RsaPkcs1Sha1) => {
                let digest = digest::<sha1::Sha1>(message);
                super::rsa::verify(key, super::rsa::Hash::Sha1, &digest, signature)
            }
            _ => Err(SignatureError::WrongKey),
        }
    }
}

/// A message, part by part.
pub(super) type Parts<'i, 'm> = &'i mut dyn Iterator<Item = &'m [u8]>;

#[cfg(any(feature = "ecdsa", feature = "rsa"))]
pub(super) fn digest<D: Digest>(message: Parts<'_, '_>) -> sha2::digest::Output<D> {
    let mut hash = D::new();
    for part in message {
        hash.update(part);
    }
    hash.finalize()
}

/// The kind of the key; its bytes are no secret, but of no use in a log.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            #[cfg(feature = "ed25519")]
            Family::Ed25519(_) => "PublicKey(Ed25519)",
            #[cfg(feature = "ecdsa")]
            Family::P256(_) => "PublicKey(P-256)",
            #[cfg(feature = "rsa")]
            Family::Rsa(_) => "PublicKey(RSA)",
        })
    }
}

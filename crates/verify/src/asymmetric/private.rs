//! A private key, parsed once, wiped when dropped, and the signatures that it makes: the mirror of
//! [`PublicKey`], for senders and for tests.

use alloc::vec::Vec;
use core::fmt;

use super::error::{KeyError, SignatureError};
use super::form::{Algorithm, KeyForm};
use super::public::{Family as Public, PublicKey};
#[cfg(any(feature = "ecdsa", feature = "rsa-sign"))]
use {
    super::{der_form::Text, public::digest},
    sha2::Sha256,
    zeroize::Zeroizing,
};

/// A private key. `Debug` does not show it.
#[derive(Clone)]
pub struct PrivateKey(Family);

#[derive(Clone)]
enum Family {
    #[cfg(feature = "ed25519")]
    Ed25519(ed25519_dalek::SigningKey),
    #[cfg(feature = "ecdsa")]
    P256(p256::ecdsa::SigningKey),
    #[cfg(feature = "rsa-sign")]
    Rsa(super::rsa_private::PrivateKey),
}

impl PrivateKey {
    /// Parses a private key.
    ///
    /// # Errors
    ///
    /// The text is not of that form. The error says which form is expected, and never quotes the
    /// key.
    pub fn parse(form: KeyForm, text: &str) -> Result<Self, KeyError> {
        let expected = form.expected_private();
        match form {
            #[cfg(feature = "ed25519")]
            KeyForm::Ed25519Hex | KeyForm::StandardWebhooks => {
                if text.starts_with("whpk_") {
                    return Err(KeyError::PublicKeyGiven { expected });
                }
                let bytes = super::ed25519::bytes(form, text, "whsk_", expected)?;
                super::ed25519::private_key(&bytes, expected).map(|key| Self(Family::Ed25519(key)))
            }
            #[cfg(not(feature = "ed25519"))]
            KeyForm::Ed25519Hex | KeyForm::StandardWebhooks => {
                Err(KeyError::NotCompiledIn { feature: "ed25519" })
            }
            #[cfg(feature = "ecdsa")]
            KeyForm::P256 => {
                let der = der(text, &["PRIVATE KEY", "EC PRIVATE KEY"], expected)?;
                let key =
                    super::ecdsa::private_key(&der).ok_or(KeyError::Malformed { expected })?;
                Ok(Self(Family::P256(key)))
            }
            #[cfg(not(feature = "ecdsa"))]
            KeyForm::P256 => Err(KeyError::NotCompiledIn { feature: "ecdsa" }),
            #[cfg(feature = "rsa-sign")]
            KeyForm::Rsa => {
                let der = der(text, &["PRIVATE KEY"], expected)?;
                let key = super::rsa_private::PrivateKey::read(&der)
                    .ok_or(KeyError::Malformed { expected })??;
                Ok(Self(Family::Rsa(key)))
            }
            #[cfg(not(feature = "rsa-sign"))]
            KeyForm::Rsa => Err(KeyError::NotCompiledIn {
                feature: "rsa-sign",
            }),
        }
    }

    /// The key that verifies what this one signs.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(match &self.0 {
            #[cfg(feature = "ed25519")]
            Family::Ed25519(key) => Public::Ed25519(key.verifying_key()),
            #[cfg(feature = "ecdsa")]
            Family::P256(key) => Public::P256(*key.verifying_key()),
            #[cfg(feature = "rsa-sign")]
            Family::Rsa(key) => Public::Rsa(key.public_key().clone()),
        })
    }

    /// Signs a message, part by part. The same message always gets the same signature: no dice are
    /// needed. Ed25519 reads the parts twice.
    ///
    /// # Errors
    ///
    /// [`SignatureError::WrongKey`]: the key is not one for this algorithm.
    pub fn sign<'m>(
        &self,
        algorithm: Algorithm,
        message: impl IntoIterator<Item = &'m [u8]> + Clone,
    ) -> Result<Vec<u8>, SignatureError> {
        match (&self.0, algorithm) {
            #[cfg(feature = "ed25519")]
            (Family::Ed25519(key), Algorithm::Ed25519) => {
                super::ed25519::sign(key, message).map(Vec::from)
            }
            #[cfg(feature = "ecdsa")]
            (Family::P256(key), Algorithm::EcdsaP256Sha256) => {
                super::ecdsa::sign(key, &digest::<Sha256>(&mut message.into_iter()).into())
            }
            #[cfg(feature = "rsa-sign")]
            (Family::Rsa(key), Algorithm::RsaPkcs1Sha256) => key.sign(
                super::rsa::Hash::Sha256,
                &digest::<Sha256>(&mut message.into_iter()),
            ),
            #[cfg(feature = "rsa-sign")]
            (Family::Rsa(key), Algorithm::RsaPkcs1Sha1) => key.sign(
                super::rsa::Hash::Sha1,
                &digest::<sha1::Sha1>(&mut message.into_iter()),
            ),
            _ => Err(SignatureError::WrongKey),
        }
    }
}

/// The DER of a private key, from a PEM with one of these labels or from bare base64.
#[cfg(any(feature = "ecdsa", feature = "rsa-sign"))]
fn der(
    text: &str,
    labels: &[&str],
    expected: &'static str,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    match Text::read(text, expected)? {
        Text::Base64(der) => Ok(der),
        Text::Pem(label, der) if labels.contains(&label) => Ok(der),
        Text::Pem(label, _) if label.ends_with("PUBLIC KEY") => {
            Err(KeyError::PublicKeyGiven { expected })
        }
        Text::Pem("CERTIFICATE", _) => Err(KeyError::CertificateGiven { expected }),
        Text::Pem(..) => Err(KeyError::Malformed { expected }),
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

//! The keys of a public-key scheme, as the provider hands them out: one that verifies, and beside it
//! the private one where this side signs.

use alloc::vec::Vec;

#[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa-sign"))]
use crate::asymmetric::PrivateKey;
use crate::asymmetric::{Algorithm, KeyError, KeyForm, PublicKey};
use crate::error::SetupError;
use crate::message::{Piece, texts};

/// A public key, and perhaps the private key that it belongs to.
#[derive(Clone)]
pub(crate) struct Pair {
    algorithm: Algorithm,
    public: PublicKey,
    #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa-sign"))]
    private: Option<PrivateKey>,
}

impl Pair {
    /// From a public key. `index` names it in errors, which never quote it.
    pub(crate) fn public(form: KeyForm, text: &str, index: usize) -> Result<Self, SetupError> {
        check_ends(text, index)?;
        let public = PublicKey::parse(form, text).map_err(|error| refused(error, index))?;
        Ok(Self {
            algorithm: form.algorithm(),
            public,
            #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa-sign"))]
            private: None,
        })
    }

    /// From a private key, which verifies what it signs.
    #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa-sign"))]
    pub(crate) fn private(form: KeyForm, text: &str, index: usize) -> Result<Self, SetupError> {
        check_ends(text, index)?;
        let private = PrivateKey::parse(form, text).map_err(|error| refused(error, index))?;
        Ok(Self {
            algorithm: form.algorithm(),
            public: private.public_key(),
            private: Some(private),
        })
    }

    #[cfg(not(any(feature = "ed25519", feature = "ecdsa", feature = "rsa-sign")))]
    pub(crate) fn private(_: KeyForm, text: &str, index: usize) -> Result<Self, SetupError> {
        check_ends(text, index)?;
        let feature = "rsa-sign";
        Err(refused(KeyError::NotCompiledIn { feature }, index))
    }

    /// Whether its private key made this signature of the message.
    pub(crate) fn verifies(&self, message: &[Piece<'_>], signature: &[u8]) -> bool {
        let parts = texts(message, &[]);
        self.public.verify(self.algorithm, parts, signature).is_ok()
    }

    #[cfg(feature = "rsa")]
    pub(crate) fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// `None` if only the public key is known. `secret` stands where the message has one.
    #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa-sign"))]
    pub(crate) fn sign(&self, message: &[Piece<'_>], secret: &[u8]) -> Option<Vec<u8>> {
        let parts = texts(message, secret);
        self.private.as_ref()?.sign(self.algorithm, parts).ok()
    }

    #[cfg(not(any(feature = "ed25519", feature = "ecdsa", feature = "rsa-sign")))]
    pub(crate) fn sign(&self, _: &[Piece<'_>], _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// A PEM may end in a line break, as files do; a key of one line may not.
pub(crate) fn check_ends(text: &str, index: usize) -> Result<(), SetupError> {
    let pem = crate::find::contains(text, "-----BEGIN");
    if !pem && text.trim_matches(['\r', '\n']).len() < text.len() {
        return Err(SetupError::LineBreakInSecret { index });
    }
    Ok(())
}

fn refused(error: KeyError, index: usize) -> SetupError {
    match error {
        KeyError::Empty { .. } => SetupError::EmptySecret { index },
        KeyError::Malformed { expected } | KeyError::WrongLength { expected, .. } => {
            SetupError::MalformedSecret {
                index,
                expected: expected.into(),
            }
        }
        error => SetupError::UnusableKey {
            index,
            reason: error.message().into(),
        },
    }
}

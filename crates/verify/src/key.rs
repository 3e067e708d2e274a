//! A secret as the provider writes it becomes a key: what can be hashed beforehand is hashed once,
//! the text of the secret is not kept longer than the scheme needs it, and what is kept is wiped
//! when it is dropped.

use alloc::boxed::Box;
use alloc::vec::Vec;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

#[cfg(feature = "ed25519")]
use crate::asymmetric::KeyForm;
#[cfg(feature = "rsa")]
use crate::certified::Certified;
use crate::encoding::base64::decode_secret;
use crate::encoding::decode_hex_secret;
use crate::error::{Data, SetupError, fill};
use crate::hash::{Mac, digest, sha256};
use crate::message::{Piece, texts};
#[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
use crate::pair::Pair;
use crate::scheme::{Algorithm, Encoding, Grammar, Hash, Scheme, SecretForm, Text};
use crate::text::concat;

/// One secret, ready for its scheme's algorithm.
#[derive(Clone)]
pub(crate) enum Key {
    Mac(Box<Mac>),
    /// For a plain hash, in which the secret stands, and for tokens, whose hash is one of several.
    Bytes(Zeroizing<Vec<u8>>, Option<Hash>),
    /// A static token, as it is sent, and its SHA-256: what is sent is hashed as well, so that not
    /// even their lengths are compared as they are.
    Token(Zeroizing<Vec<u8>>, Zeroizing<[u8; 32]>),
    /// A public key, and perhaps its private one.
    #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
    Public(Box<Pair>),
    /// Whom the signed text must name, and what makes a certificate the vendor's.
    #[cfg(feature = "rsa")]
    Certified(Box<Certified>),
}

impl Key {
    /// `index` names the secret in errors, which never quote it.
    pub(crate) fn new(scheme: &Scheme, secret: &str, index: usize) -> Result<Self, SetupError> {
        #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
        if let Algorithm::PublicKey(form) = scheme.algorithm {
            return Ok(Self::Public(Box::new(Pair::public(form, secret, index)?)));
        }
        #[cfg(feature = "rsa")]
        if let Algorithm::Certificate(vendor) = scheme.algorithm {
            let key = Certified::read(vendor, secret, index)?;
            return Ok(Self::Certified(Box::new(key)));
        }
        if let Some(key) = Self::of_standard_webhooks(scheme, secret, index) {
            return key;
        }
        let bytes = scheme.secret.read(secret, index)?;
        Ok(match &scheme.algorithm {
            Algorithm::Hmac(hash) => Self::Mac(Box::new(Mac::new(*hash, &bytes))),
            Algorithm::Plain(hash) => Self::Bytes(bytes, Some(*hash)),
            Algorithm::Jwt(_) => Self::Bytes(bytes, None),
            Algorithm::Token if scheme.encoding == Encoding::Text && !is_sendable(&bytes) => {
                return Err(SetupError::MalformedSecret {
                    index,
                    expected: Text::Borrowed("visible ASCII, as it must stand in a header"),
                });
            }
            // Of the others, those with public keys are read above.
            _ => {
                let digest = sha256(&bytes).into();
                Self::Token(bytes, digest)
            }
        })
    }

    /// As `new`, but of a scheme with public keys the secret is the private one.
    pub(crate) fn signing(scheme: &Scheme, secret: &str, index: usize) -> Result<Self, SetupError> {
        #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
        if let Algorithm::PublicKey(form) = scheme.algorithm {
            return Ok(Self::Public(Box::new(Pair::private(form, secret, index)?)));
        }
        #[cfg(feature = "rsa")]
        if let Algorithm::Certificate(vendor) = scheme.algorithm {
            let key = Certified::signing(vendor, secret, index)?;
            return Ok(Self::Certified(Box::new(key)));
        }
        Self::new(scheme, secret, index)
    }

    /// `whpk_` and `whsk_` before a key say that it is Ed25519's, where the scheme has those beside
    /// its secrets.
    fn of_standard_webhooks(
        scheme: &Scheme,
        secret: &str,
        index: usize,
    ) -> Option<Result<Self, SetupError>> {
        let has_both = matches!(
            scheme.grammar,
            Grammar::SpaceList {
                public_key_version: Some(_),
                ..
            }
        );
        let private = secret.starts_with("whsk_");
        if !has_both || !(private || secret.starts_with("whpk_")) {
            return None;
        }
        #[cfg(feature = "ed25519")]
        {
            let read = if private { Pair::private } else { Pair::public };
            let pair = read(KeyForm::StandardWebhooks, secret, index);
            Some(pair.map(|pair| Self::Public(Box::new(pair))))
        }
        #[cfg(not(feature = "ed25519"))]
        Some(Err(SetupError::UnusableKey {
            index,
            reason: Text::Borrowed("this build lacks the feature `ed25519` that such a key needs"),
        }))
    }

    /// Whether it judges the signatures of a private key.
    pub(crate) fn is_public(&self) -> bool {
        #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
        return matches!(self, Self::Public(_));
        #[cfg(not(any(feature = "ed25519", feature = "ecdsa", feature = "rsa")))]
        return false;
    }

    /// The signature of a message; a static token itself. Empty if only a public key is known.
    pub(crate) fn tag(&self, message: &[Piece<'_>]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Mac(mac) => mac.tag(&mut texts(message, &[])),
            Self::Bytes(secret, hash) => {
                digest(hash.unwrap_or(Hash::Sha256), &mut texts(message, secret))
            }
            Self::Token(token, _) => token.clone(),
            #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
            Self::Public(pair) => Zeroizing::new(pair.sign(message, &[]).unwrap_or_default()),
            #[cfg(feature = "rsa")]
            Self::Certified(key) => Zeroizing::new(key.sign(message).unwrap_or_default()),
        }
    }

    /// Which of the signatures this key made of the message.
    pub(crate) fn matching(&self, message: &[Piece<'_>], signatures: &[Vec<u8>]) -> Option<usize> {
        #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
        if let Self::Public(pair) = self {
            return signatures
                .iter()
                .position(|signature| pair.verifies(message, signature));
        }
        // The message is hashed once for each secret, however many signatures there are.
        let tag = match self {
            Self::Token(_, digest) => Zeroizing::new(digest.to_vec()),
            _ => self.tag(message),
        };
        signatures.iter().position(|signature| match self {
            Self::Token(..) => same(&tag, &sha256(signature)),
            _ => same(&tag, signature),
        })
    }

    /// The MAC of a token's signed half under one of its algorithms.
    pub(crate) fn token_tag(&self, hash: Hash, signed: &str) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Bytes(secret, _) => {
                Mac::new(hash, secret).tag(&mut [signed.as_bytes()].into_iter())
            }
            _ => Zeroizing::default(),
        }
    }
}

/// The one place where a signature, a digest or a token is compared: decoded bytes, in constant
/// time; another length is a mismatch, and nothing equals nothing.
pub(crate) fn same(expected: &[u8], received: &[u8]) -> bool {
    !expected.is_empty() && bool::from(expected.ct_eq(received))
}

/// Visible ASCII, with spaces inside.
fn is_sendable(token: &[u8]) -> bool {
    token.iter().all(|byte| matches!(byte, b' '..=b'~')) && token.trim_ascii().len() == token.len()
}

impl SecretForm {
    pub(crate) fn read(
        &self,
        secret: &str,
        index: usize,
    ) -> Result<Zeroizing<Vec<u8>>, SetupError> {
        if secret.is_empty() {
            return Err(SetupError::EmptySecret { index });
        }
        if secret.trim_matches(['\r', '\n']).len() < secret.len() {
            return Err(SetupError::LineBreakInSecret { index });
        }
        let malformed = || SetupError::MalformedSecret {
            index,
            expected: self.expected(),
        };
        let (key, minimum) = match self {
            Self::Raw { minimum } => (Zeroizing::new(secret.as_bytes().to_vec()), *minimum),
            Self::Base64 { prefix, minimum } => {
                let text = secret.strip_prefix(prefix.as_ref()).unwrap_or(secret);
                if text.is_empty() {
                    return Err(SetupError::EmptySecret { index });
                }
                (decode_secret(text).ok_or_else(malformed)?, *minimum)
            }
            Self::Hex { minimum } => {
                let key = decode_hex_secret(secret).ok_or_else(malformed)?;
                (key, *minimum)
            }
            Self::Credentials { user } => {
                let pair = match user {
                    Some(user) => Zeroizing::new(concat(&[user, ":", secret]).into_bytes()),
                    None => Zeroizing::new(secret.as_bytes().to_vec()),
                };
                let password = pair.iter().position(|byte| *byte == b':');
                if password.is_none_or(|colon| colon + 1 == pair.len()) {
                    return Err(malformed());
                }
                (pair, 1)
            }
        };
        if key.len() < minimum {
            return Err(SetupError::ShortSecret {
                index,
                expected: self.expected(),
                minimum,
            });
        }
        Ok(key)
    }

    fn expected(&self) -> Text {
        let (sentence, prefix, minimum) = match self {
            Self::Raw { minimum: 0 | 1 } => ("the secret as the provider shows it", "", 1),
            Self::Raw { minimum } => (
                "the secret as the provider shows it, of at least {minimum} bytes",
                "",
                *minimum,
            ),
            Self::Base64 { prefix, minimum } if prefix.is_empty() => (
                "standard base64 with padding, of at least {minimum} bytes",
                "",
                *minimum,
            ),
            Self::Base64 { prefix, minimum } => (
                "`{prefix}` and then standard base64 with padding, of at least {minimum} bytes; the \
                 prefix may be left out",
                prefix.as_ref(),
                *minimum,
            ),
            Self::Hex { minimum } => (
                "hexadecimal, all lower or all upper case, of at least {minimum} bytes",
                "",
                *minimum,
            ),
            Self::Credentials { user: None } => ("`user:password`", "", 1),
            Self::Credentials { user: Some(_) } => ("the password", "", 1),
        };
        let mut data = Data::default();
        data.text("prefix", prefix);
        data.number("minimum", minimum as u64);
        Text::Owned(fill(sentence, &data))
    }
}

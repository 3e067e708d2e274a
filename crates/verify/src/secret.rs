//! A secret as the provider writes it becomes a keyed hash: the pads are hashed once, the text of
//! the secret is not kept, and what is kept is wiped when it is dropped.

use alloc::format;
use alloc::vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::SetupError;
use crate::scheme::{SecretForm, Text};

/// HMAC-SHA256 with its key in place; each message starts from a clone.
pub(crate) type Keyed = Hmac<Sha256>;

impl SecretForm {
    /// `index` names the secret in errors, which never quote it.
    pub(crate) fn keyed(&self, secret: &str, index: usize) -> Result<Keyed, SetupError> {
        if secret.is_empty() {
            return Err(SetupError::EmptySecret { index });
        }
        if secret.trim_matches(['\r', '\n']).len() < secret.len() {
            return Err(SetupError::LineBreakInSecret { index });
        }
        match self {
            Self::Raw => hmac(secret.as_bytes(), index),
            Self::Base64 { prefix, minimum } => {
                let text = secret.strip_prefix(prefix.as_ref()).unwrap_or(secret);
                if text.is_empty() {
                    return Err(SetupError::EmptySecret { index });
                }
                // Decoded into a buffer of our own: the decoder's would not be wiped on failure.
                let mut key = Zeroizing::new(vec![0; text.len()]);
                let length = STANDARD.decode_slice(text, &mut key).map_err(|_| {
                    SetupError::MalformedSecret {
                        index,
                        expected: self.expected(),
                    }
                })?;
                if length < *minimum {
                    return Err(SetupError::ShortSecret {
                        index,
                        expected: self.expected(),
                        minimum: *minimum,
                    });
                }
                hmac(key.get(..length).unwrap_or_default(), index)
            }
        }
    }

    fn expected(&self) -> Text {
        match self {
            Self::Raw => Text::Borrowed("the secret as the provider shows it"),
            Self::Base64 { prefix, minimum } => Text::Owned(format!(
                "`{prefix}` and then standard base64 with padding of at least {minimum} bytes; the \
                 prefix may be left out"
            )),
        }
    }
}

fn hmac(key: &[u8], index: usize) -> Result<Keyed, SetupError> {
    // HMAC takes a key of any length: this error cannot arise, and needs no panic to say so.
    Keyed::new_from_slice(key).map_err(|_| SetupError::EmptySecret { index })
}

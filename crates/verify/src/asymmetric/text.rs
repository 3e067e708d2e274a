//! How long the text of a key may be.

use super::error::KeyError;

/// The longest key: RSA of 8192 bits is 6.4 KB of PKCS#8 in PEM.
const LIMIT: usize = 16 * 1024;

pub(super) fn check_length(text: &str, expected: &'static str) -> Result<(), KeyError> {
    match text.len() {
        0 => Err(KeyError::Empty { expected }),
        1..=LIMIT => Ok(()),
        _ => Err(KeyError::TooLong { limit: LIMIT }),
    }
}

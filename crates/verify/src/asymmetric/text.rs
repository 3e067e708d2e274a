//! The text of a key: its length, and its base64 or hexadecimal. What is decoded is wiped.

use alloc::vec;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

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

/// Into a buffer of our own, which is wiped whether or not the decoding succeeds.
pub(super) fn decode(base64: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; base64.len()]);
    let length = Base64::decode(base64, &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

/// Either case, but not both in one text, as for signatures.
#[cfg(feature = "ed25519")]
pub(super) fn decode_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let has = |is: fn(&u8) -> bool| text.as_bytes().iter().any(is);
    if has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) {
        return None;
    }
    let mut bytes = Zeroizing::new(vec![0; pairs.len()]);
    for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(high)? << 4 | digit(low)?).ok()?;
    }
    Some(bytes)
}

//! Hexadecimal and base64, strictly: one text for one value, nothing before or after it.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::error::Malformed;
use crate::scheme::Encoding;

impl Encoding {
    pub(crate) fn decode(self, text: &str) -> Result<Vec<u8>, Malformed> {
        match (self, text) {
            (_, "") => Err(Malformed::Empty),
            (Self::Text, text) => Ok(text.as_bytes().to_vec()),
            (Self::Hex | Self::UpperHex, text) => {
                decode_hex(text.as_bytes()).ok_or(Malformed::NotHex)
            }
            // `STANDARD` asks for canonical padding and refuses trailing bits.
            (Self::Base64, text) => STANDARD.decode(text).map_err(|_| Malformed::NotBase64),
        }
    }

    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => encode_hex(bytes),
            Self::UpperHex => encode_hex(bytes).to_ascii_uppercase(),
            Self::Text => String::from_utf8_lossy(bytes).into_owned(),
            Self::Base64 => STANDARD.encode(bytes),
        }
    }
}

/// A part of a token: URL-safe base64 without padding, no bits left over.
pub(crate) fn decode_base64_url(text: &str) -> Result<Vec<u8>, Malformed> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Malformed::NotBase64Url)
}

pub(crate) fn encode_base64_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    decode_hex_into(text, &mut bytes).then_some(bytes)
}

/// Whether it is hexadecimal, in either case, but not both in one text: no encoder mixes them, and
/// so a flipped bit is refused rather than read as the same signature. What was decoded until then
/// stays in the caller's buffer.
pub(crate) fn decode_hex_into(text: &[u8], bytes: &mut Vec<u8>) -> bool {
    let lower = text.iter().any(u8::is_ascii_lowercase);
    let upper = text.iter().any(u8::is_ascii_uppercase);
    let (pairs, []) = text.as_chunks::<2>() else {
        return false;
    };
    let pairs = pairs
        .iter()
        .map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?));
    let mut sound = !(lower && upper);
    for byte in pairs {
        sound &= byte.is_some();
        bytes.extend(byte);
    }
    sound
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

pub(crate) fn encode_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

//! Hexadecimal and base64, strictly: one text for one value, nothing before or after it.

use alloc::string::String;
#[cfg(feature = "explain")]
use alloc::vec;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding as _};
#[cfg(feature = "explain")]
use zeroize::Zeroizing;

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
            // It asks for canonical padding and refuses trailing bits.
            (Self::Base64, text) => Base64::decode_vec(text).map_err(|_| Malformed::NotBase64),
        }
    }

    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => encode_hex(bytes),
            Self::UpperHex => encode_hex(bytes).to_ascii_uppercase(),
            Self::Text => String::from_utf8(bytes.to_vec()).unwrap_or_default(),
            Self::Base64 => Base64::encode_string(bytes),
        }
    }
}

#[cfg(feature = "explain")]
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Base64 of either alphabet, with or without its padding. What is decoded is wiped.
#[cfg(feature = "explain")]
pub(crate) fn decode_loose_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let end = text
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(0, |last| last + 1);
    let mut padded = Zeroizing::new(String::with_capacity(end + 3));
    padded.extend(text.iter().take(end).map(|byte| match byte {
        b'-' => '+',
        b'_' => '/',
        byte => char::from(*byte),
    }));
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    let mut decoded = Zeroizing::new(vec![0; padded.len()]);
    // As a text, for which there is a decoder already.
    let length = Base64::decode(padded.as_str(), &mut decoded).ok()?.len();
    decoded.truncate(length);
    Some(decoded)
}

/// A part of a token: URL-safe base64 without padding, no bits left over. Through the standard form,
/// so that a second alphabet needs no second decoder.
pub(crate) fn decode_base64_url(text: &str) -> Result<Vec<u8>, Malformed> {
    let standard = |char| match char {
        '-' => '+',
        '_' => '/',
        // Foreign to both alphabets.
        '+' | '/' | '=' => '.',
        char => char,
    };
    let mut padded: String = text.chars().map(standard).collect();
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    Base64::decode_vec(&padded).map_err(|_| Malformed::NotBase64Url)
}

pub(crate) fn encode_base64_url(bytes: &[u8]) -> String {
    let url_safe = |char| match char {
        '+' => '-',
        '/' => '_',
        char => char,
    };
    let padded = Base64::encode_string(bytes);
    padded.trim_end_matches('=').chars().map(url_safe).collect()
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

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
            (Self::Base64, text) => decode_base64(text.as_bytes()).ok_or(Malformed::NotBase64),
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

/// Standard base64 with or without its padding. What is decoded is wiped.
#[cfg(feature = "explain")]
pub(crate) fn decode_loose_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut padded = Zeroizing::new(Vec::with_capacity(text.len() + 3));
    padded.extend_from_slice(text);
    while padded.last() == Some(&b'=') {
        padded.pop();
    }
    while !padded.len().is_multiple_of(4) {
        padded.push(b'=');
    }
    let mut decoded = Zeroizing::new(vec![0; padded.len()]);
    let length = Base64::decode(&padded[..], &mut decoded).ok()?.len();
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

/// A signature in standard base64, with canonical padding and no bits left over. It is no secret, so
/// that it may be read five times as fast as secrets are.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let (groups, []) = text.as_chunks::<4>() else {
        return None;
    };
    let mut bytes = alloc::vec![0; 3 * groups.len()];
    let mut padding = 0;
    for (group, three) in groups.iter().zip(bytes.chunks_exact_mut(3)) {
        if padding > 0 {
            return None;
        }
        padding = match group {
            [_, _, b'=', b'='] => 2,
            [_, _, _, b'='] => 1,
            _ => 0,
        };
        let mut bits = 0;
        for digit in group.iter().take(4 - padding) {
            bits = bits << 6 | sextet(*digit)?;
        }
        let [_, decoded @ ..] = u32::to_be_bytes(bits << (6 * padding));
        three.copy_from_slice(&decoded);
    }
    let length = bytes.len() - padding;
    let left_over = bytes.get(length..)?.iter().any(|byte| *byte != 0);
    bytes.truncate(length);
    (!left_over).then_some(bytes)
}

fn sextet(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with the decoder of secrets: every length, every single byte changed, every padding.
    #[test]
    fn a_signature_is_read_as_the_constant_time_decoder_reads_it() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..70 {
            let text = Base64::encode_string(bytes.get(..length).unwrap_or_default());
            assert_eq!(
                decode_base64(text.as_bytes()).as_deref(),
                bytes.get(..length)
            );
            for place in 0..text.len() {
                for byte in 0..=127_u8 {
                    let mut changed = text.clone().into_bytes();
                    changed[place] = byte;
                    let changed = String::from_utf8(changed).expect("ASCII");
                    let expected = Base64::decode_vec(&changed).ok();
                    assert_eq!(decode_base64(changed.as_bytes()), expected, "{changed}");
                }
            }
            for shorter in 0..text.len() {
                let cut = text.get(..shorter).unwrap_or_default();
                assert_eq!(
                    decode_base64(cut.as_bytes()),
                    Base64::decode_vec(cut).ok(),
                    "{cut}"
                );
            }
        }
    }
}

//! Hexadecimal and base64, strictly: one text for one value, nothing before or after it.

pub(crate) mod base64;

use alloc::string::String;
use alloc::vec::Vec;

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
            (Self::Base64, text) => base64::decode(text.as_bytes()).ok_or(Malformed::NotBase64),
        }
    }

    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => encode_hex(bytes),
            Self::UpperHex => encode_hex(bytes).to_ascii_uppercase(),
            Self::Text => String::from_utf8(bytes.to_vec()).unwrap_or_default(),
            Self::Base64 => base64::encode(bytes),
        }
    }
}

/// Base64 of either alphabet, with or without its padding. What is decoded is wiped.
#[cfg(feature = "explain")]
pub(crate) fn decode_loose_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // A character beyond ASCII takes two bytes: the buffer would grow, and leave a copy behind.
    if !text.is_ascii() {
        return None;
    }
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
    base64::decode_secret(&padded)
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
    base64::decode(padded.as_bytes()).ok_or(Malformed::NotBase64Url)
}

pub(crate) fn encode_base64_url(bytes: &[u8]) -> String {
    let url_safe = |char| match char {
        '+' => '-',
        '/' => '_',
        char => char,
    };
    let padded = base64::encode(bytes);
    padded.trim_end_matches('=').chars().map(url_safe).collect()
}

/// A secret in hexadecimal: the buffer is wiped, also if the text is refused.
pub(crate) fn decode_hex_secret(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // As long as it will be: to grow would leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    decode_hex_into(text.as_bytes(), &mut bytes).then_some(bytes)
}

pub(crate) fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    decode_hex_into(text, &mut bytes).then_some(bytes)
}

/// Whether it is hexadecimal, in either case, but not both in one text: no encoder mixes them, and
/// so a flipped bit is refused rather than read as the same signature. Where it is none, what is
/// left in the caller's buffer means nothing.
///
/// Secrets are read here too: what takes time is their length alone.
pub(crate) fn decode_hex_into(text: &[u8], bytes: &mut Vec<u8>) -> bool {
    let (pairs, odd) = text.as_chunks::<2>();
    let mut seen = Seen::default();
    bytes.extend(pairs.iter().map(|&[high, low]| {
        let (high, low) = (seen.value(high), seen.value(low));
        high << 4 | low
    }));
    odd.is_empty() && seen.foreign | (seen.lower & seen.upper) == 0
}

/// The byte of an escape's two digits, in any case. What is escaped is no secret: it may branch.
pub(crate) fn escaped_byte(digits: [u8; 2]) -> Option<u8> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' | b'A'..=b'F' => Some((digit & 15) + 9),
        _ => None,
    };
    let [high, low] = digits;
    Some(value(high)? << 4 | value(low)?)
}

/// What stood among hexadecimal digits: all bits are set, or none.
#[derive(Default)]
struct Seen {
    lower: u8,
    upper: u8,
    foreign: u8,
}

impl Seen {
    /// Without a branch and without a table, whose time could tell the digit.
    #[inline]
    fn value(&mut self, digit: u8) -> u8 {
        // A difference below zero sets the upper byte.
        let among = |first: u8, last: u8| {
            let (digit, first, last) = (u16::from(digit), u16::from(first), u16::from(last));
            !((digit.wrapping_sub(first) | last.wrapping_sub(digit)) >> 8) as u8
        };
        let (number, lower, upper) = (among(b'0', b'9'), among(b'a', b'f'), among(b'A', b'F'));
        self.lower |= lower;
        self.upper |= upper;
        self.foreign |= !(number | lower | upper);
        // The low bits of `a` are 1.
        (digit & 15) + (9 & (lower | upper))
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

    #[test]
    fn a_digit_of_either_case_has_its_value_and_nothing_else_has_one() {
        for byte in 0..=u8::MAX {
            let mut seen = Seen::default();
            let value = u32::from(seen.value(byte));
            let digit = (seen.foreign == 0).then_some(value);
            assert_eq!(digit, char::from(byte).to_digit(16), "{byte}");
        }
    }

    #[test]
    fn hexadecimal_of_both_cases_or_of_an_odd_length_is_none() {
        for (text, bytes) in [
            ("", Some(&[][..])),
            ("0aff", Some(&[0x0a, 0xff])),
            ("0AFF", Some(&[0x0a, 0xff])),
            ("0aFF", None),
            ("aA", None),
            ("0af", None),
            ("0g", None),
            ("0/", None),
            ("0:", None),
            ("0@", None),
            ("0`", None),
        ] {
            assert_eq!(decode_hex(text.as_bytes()).as_deref(), bytes, "{text}");
        }
    }
}

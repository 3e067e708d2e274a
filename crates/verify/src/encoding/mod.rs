//! Hexadecimal and base64, strictly: one text for one value, nothing before or after it.

pub(crate) mod base64;
mod lanes;

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::error::Malformed;
use crate::scheme::Encoding;
use lanes::{among, each, filled};

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
    let (eights, rest) = text.as_chunks::<8>();
    let mut seen = Seen::default();
    for eight in eights {
        bytes.extend_from_slice(&seen.four(u64::from_be_bytes(*eight)));
    }
    let last = seen.four(filled(rest, b'0'));
    bytes.extend_from_slice(last.get(..rest.len() / 2).unwrap_or_default());
    let both_cases = (seen.lower != 0) & (seen.upper != 0);
    text.len().is_multiple_of(2) & (seen.foreign == 0) & !both_cases
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

/// What stood among hexadecimal digits: a bit of each place that had one of that kind.
#[derive(Default)]
struct Seen {
    lower: u64,
    upper: u64,
    foreign: u64,
}

impl Seen {
    /// The bytes that eight digits stand for.
    fn four(&mut self, digits: u64) -> [u8; 4] {
        let number = among(digits, b'0', b'9');
        let (lower, upper) = (among(digits, b'a', b'f'), among(digits, b'A', b'F'));
        self.lower |= lower;
        self.upper |= upper;
        self.foreign |= each(1) - (number | lower | upper);
        // The low bits of `a` are 1.
        let values = (digits & each(15)) + 9 * (lower | upper);
        let [_, a, _, b, _, c, _, d] = (values >> 4 | values).to_be_bytes();
        [a, b, c, d]
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
            let digit = char::from(byte).to_digit(16);
            let pair = [b'0', byte];
            let decoded = decode_hex(&pair).map(|bytes| bytes.into_iter().map(u32::from).sum());
            assert_eq!(decoded, digit, "{byte}");
            assert_eq!(escaped_byte(pair).map(u32::from), digit, "{byte}");
        }
    }

    /// In each place of eight digits, and of what is left behind them.
    #[test]
    fn a_text_has_the_value_of_its_digits_wherever_they_stand() {
        let text = b"0123456789abcdef0123";
        for length in (0..=text.len()).step_by(2) {
            let text = text.get(..length).unwrap_or_default();
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut changed = text.to_vec();
                    changed[place] = byte;
                    let value = |digit: &u8| char::from(*digit).to_digit(16);
                    let digits: Option<Vec<u32>> = changed.iter().map(value).collect();
                    let one_case = changed.iter().all(|digit| !digit.is_ascii_uppercase())
                        || changed.iter().all(|digit| !digit.is_ascii_lowercase());
                    let pair =
                        |pair: &[u32]| pair.iter().fold(0, |high, low| high << 4 | *low as u8);
                    let expected = digits.filter(|_| one_case);
                    let expected: Option<Vec<u8>> =
                        expected.map(|digits| digits.chunks(2).map(pair).collect());
                    assert_eq!(
                        decode_hex(&changed),
                        expected,
                        "{byte} at {place} of {length}"
                    );
                }
            }
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

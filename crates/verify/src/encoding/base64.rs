//! Base64 (RFC 4648), strictly: canonical padding, no bits left over, nothing before or after it.
//!
//! Secrets pass through here: what takes time is the length of a text and its padding alone, never
//! its digits. No branch and no table depends on one, as in `base64ct`, with which the tests compare
//! this and which weighs several times as much.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

/// What a text of the standard alphabet holds.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = with_room(text);
    decode_into(text, &mut bytes).then_some(bytes)
}

/// Likewise of a secret: the buffer is wiped, also if the text is refused.
pub(crate) fn decode_secret(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(with_room(text.as_bytes()));
    decode_into(text.as_bytes(), &mut bytes).then_some(bytes)
}

/// As long as it will be: to grow would leave a copy behind.
fn with_room(text: &[u8]) -> Vec<u8> {
    Vec::with_capacity(text.len() / 4 * 3)
}

fn decode_into(text: &[u8], bytes: &mut Vec<u8>) -> bool {
    let (groups, odd) = text.as_chunks::<4>();
    let padding = match text {
        [.., b'=', b'='] => 2,
        [.., b'='] => 1,
        _ => 0,
    };
    // Negative as soon as one digit is.
    let mut sound = 0;
    let mut bits_of = |group: &[u8; 4]| {
        let [a, b, c, d] = *group;
        let (a, b, c, d) = (value(a), value(b), value(c), value(d));
        sound |= a | b | c | d;
        a << 18 | b << 12 | c << 6 | d
    };
    let Some((last, whole)) = groups.split_last() else {
        return odd.is_empty();
    };
    for group in whole {
        let [_, three @ ..] = bits_of(group).to_be_bytes();
        bytes.extend_from_slice(&three);
    }
    // Padding stands for no bits: as the digit of zero does.
    let mut digits = *last;
    let (_, missing) = digits.split_at_mut(4 - padding);
    missing.fill(b'A');
    let bits = bits_of(&digits);
    let [_, three @ ..] = bits.to_be_bytes();
    bytes.extend(three.iter().take(3 - padding));
    let left_over = bits & ((1 << (8 * padding)) - 1);
    odd.is_empty() && sound >= 0 && left_over == 0
}

/// The six bits of a digit; -1 if it is none.
fn value(digit: u8) -> i32 {
    let digit = i32::from(digit);
    // All bits, if the digit lies between: then both differences are negative.
    let among =
        |first: u8, last: u8| ((i32::from(first) - 1 - digit) & (digit - i32::from(last) - 1)) >> 8;
    // Each range adds the value and 1.
    (among(b'A', b'Z') & (digit - 64))
        + (among(b'a', b'z') & (digit - 70))
        + (among(b'0', b'9') & (digit + 5))
        + (among(b'+', b'+') & 63)
        + (among(b'/', b'/') & 64)
        - 1
}

/// In the standard alphabet, with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let mut bits = 0;
        for index in 0..3 {
            bits = bits << 8 | i32::from(three.get(index).copied().unwrap_or(0));
        }
        for place in 0..4 {
            text.push(if place <= three.len() {
                digit(bits >> (18 - 6 * place) & 63)
            } else {
                '='
            });
        }
    }
    text
}

/// The digit of six bits: one step at the end of each range of the alphabet.
fn digit(value: i32) -> char {
    let beyond = |last: i32| (last - value) >> 8;
    let digit =
        value + 65 + (beyond(25) & 6) - (beyond(51) & 75) - (beyond(61) & 15) + (beyond(62) & 3);
    char::from(digit as u8)
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding as _};

    use super::*;

    /// Every length, every single byte changed, every padding.
    #[test]
    fn a_text_is_read_as_base64ct_reads_it() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..70 {
            let bytes = bytes.get(..length).unwrap_or_default();
            let text = encode(bytes);
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes));
            for place in 0..text.len() {
                for byte in 0..=127_u8 {
                    let mut changed = text.clone().into_bytes();
                    changed[place] = byte;
                    let changed = String::from_utf8(changed).expect("ASCII");
                    let expected = Base64::decode_vec(&changed).ok();
                    assert_eq!(decode(changed.as_bytes()), expected, "{changed}");
                    let secret = decode_secret(&changed).map(|secret| secret.to_vec());
                    assert_eq!(secret, expected, "{changed}");
                }
            }
            for shorter in 0..text.len() {
                let cut = text.get(..shorter).unwrap_or_default();
                assert_eq!(
                    decode(cut.as_bytes()),
                    Base64::decode_vec(cut).ok(),
                    "{cut}"
                );
            }
        }
    }

    #[test]
    fn bytes_beyond_ascii_are_no_digits() {
        for byte in 128..=255 {
            assert_eq!(decode(&[b'A', byte, b'A', b'A']), None, "{byte}");
        }
    }

    #[test]
    fn bytes_are_written_as_base64ct_writes_them() {
        for seed in 0..=255_u8 {
            for length in 0..64 {
                let bytes: Vec<u8> = (0..length)
                    .map(|at| u8::wrapping_mul(at, 73) ^ seed)
                    .collect();
                assert_eq!(encode(&bytes), Base64::encode_string(&bytes));
            }
        }
    }

    #[test]
    fn every_digit_has_its_value() {
        for byte in 0..=255_u8 {
            let text = [byte, b'A', b'A', b'A'];
            let known = Base64::decode_vec(core::str::from_utf8(&text).unwrap_or("?")).ok();
            assert_eq!(value(byte) >= 0, known.is_some(), "{byte}");
        }
        for bits in 0..64 {
            assert_eq!(value(digit(bits) as u8), bits);
        }
    }
}

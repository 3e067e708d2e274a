//! Base64 (RFC 4648), strictly: canonical padding, no bits left over, nothing before or after it.
//!
//! Secrets pass through here: what takes time is the length of a text and its padding alone, never
//! its digits. No branch and no table depends on one, as in `base64ct`, with which the tests compare
//! this and which weighs several times as much.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::lanes::{among, each, filled};

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
    // Before anything is written: there is room for whole groups alone.
    if !text.len().is_multiple_of(4) {
        return false;
    }
    let padding = match text {
        [.., b'=', b'='] => 2,
        [.., b'='] => 1,
        _ => 0,
    };
    let digits = text.len() - padding;
    let digits = text.get(..digits).unwrap_or_default();
    let (eights, rest) = digits.as_chunks::<8>();
    let mut foreign = 0;
    for eight in eights {
        let [_, _, six @ ..] = bits_of(u64::from_be_bytes(*eight), &mut foreign).to_be_bytes();
        bytes.extend_from_slice(&six);
    }
    // What is missing stands for no bits: as the digit of zero does.
    let bits = bits_of(filled(rest, b'A'), &mut foreign);
    let [_, _, six @ ..] = bits.to_be_bytes();
    let whole = rest.len() * 6 / 8;
    bytes.extend_from_slice(six.get(..whole).unwrap_or_default());
    let left_over = bits << (16 + 8 * whole);
    (foreign == 0) & (left_over == 0)
}

/// The 48 bits of eight digits; what is no digit leaves a mark in `foreign`.
fn bits_of(digits: u64, foreign: &mut u64) -> u64 {
    let (upper, lower) = (among(digits, b'A', b'Z'), among(digits, b'a', b'z'));
    let number = among(digits, b'0', b'9');
    let (plus, slash) = (among(digits, b'+', b'+'), among(digits, b'/', b'/'));
    let known = upper | lower | number | plus | slash;
    *foreign |= each(1) - known;
    // No product, no sum and no difference leaves its byte.
    let more = number * 4 + plus * u64::from(62 - b'+') + slash * u64::from(63 - b'/');
    let less = upper * u64::from(b'A') + lower * u64::from(b'a' - 26);
    let sixes = (digits & (known * 0xff)) + more - less;
    let twelves = (sixes >> 2 & 0x0fc0_0fc0_0fc0_0fc0) | (sixes & 0x003f_003f_003f_003f);
    let halves = (twelves >> 4 & 0x00ff_f000_00ff_f000) | (twelves & 0x0000_0fff_0000_0fff);
    (halves >> 8 & 0xffff_ff00_0000) | (halves & 0x00ff_ffff)
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
            assert_eq!(decode(&text), known, "{byte}");
        }
        for bits in 0..64 {
            let mut text = *b"AAAAAAAA";
            for place in &mut text {
                *place = digit(bits) as u8;
            }
            let whole = u64::from(bits as u8) * 0o0101_0101_0101_0101;
            let [_, _, six @ ..] = whole.to_be_bytes();
            assert_eq!(decode(&text), Some(six.to_vec()), "{bits}");
        }
    }
}

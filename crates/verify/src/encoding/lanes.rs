//! Eight digits at once, a byte each of one number, the first the highest.
//!
//! Secrets pass through here: there is no branch and no table, whose time could tell a digit. And no
//! loop over bytes, which a build for size makes slow.

/// This byte eight times.
pub(super) const fn each(byte: u8) -> u64 {
    0x0101_0101_0101_0101 * byte as u64
}

const TOP: u64 = each(0x80);

/// 1 for each byte from `first` to `last`, which are ASCII, and 0 for the others.
pub(super) fn among(digits: u64, first: u8, last: u8) -> u64 {
    // Seven bits and at most as many: no sum leaves its byte.
    let low = digits & !TOP;
    let from_first = low + each(0x80 - first);
    let beyond_last = low + each(0x7f - last);
    (from_first & !beyond_last & !digits & TOP) >> 7
}

/// Eight digits: those that there are, then as many of `filler` as are missing.
pub(super) fn filled(digits: &[u8], filler: u8) -> u64 {
    let mut eight = [filler; 8];
    for (place, digit) in eight.iter_mut().zip(digits) {
        *place = *digit;
    }
    u64::from_be_bytes(eight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_among_those_of_its_range_whatever_stands_beside_it() {
        for byte in 0..=u8::MAX {
            for other in [0, b'0', b'9', 0x7f, 0x80, 0xff] {
                let lanes =
                    u64::from_be_bytes([other, byte, other, byte, other, other, byte, other]);
                let all = |byte: u8| u8::from(byte.is_ascii_digit());
                let (of, beside) = (all(byte), all(other));
                let expected = [beside, of, beside, of, beside, beside, of, beside];
                let found = among(lanes, b'0', b'9').to_be_bytes();
                assert_eq!(found, expected, "{byte} beside {other}");
            }
        }
    }
}

//! DER (X.690), as far as keys, signatures and certificates are written in it: lengths definite and
//! as short as can be, numbers likewise, and nothing left over. The crate `der` would weigh 20 KB.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
#[cfg(any(test, feature = "ecdsa"))]
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// Reads one value after the other. `None` means that it is not DER, or has another tag.
pub(super) struct Der<'d>(&'d [u8]);

impl<'d> Der<'d> {
    pub(super) fn new(der: &'d [u8]) -> Self {
        Self(der)
    }

    /// What is inside the one value of this tag that `der` is.
    pub(super) fn only(der: &'d [u8], tag: u8) -> Option<&'d [u8]> {
        let mut der = Self(der);
        let content = der.read(tag)?;
        der.end()?;
        Some(content)
    }

    /// The fields of the one sequence that `der` is.
    pub(super) fn sequence(der: &'d [u8]) -> Option<Self> {
        Self::only(der, SEQUENCE).map(Self)
    }

    /// The next value: its tag, and what is inside.
    #[inline(never)]
    pub(super) fn any(&mut self) -> Option<(u8, &'d [u8])> {
        let [tag, first, rest @ ..] = self.0 else {
            return None;
        };
        // Tags of several bytes are of no use here.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x83 => {
                let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                // A length that one byte less could hold.
                if matches!(length, [0, ..] | [0..0x80]) {
                    return None;
                }
                let add = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
                (length.iter().fold(0, add), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// The next value with its tag and length.
    #[cfg(feature = "x509")]
    pub(super) fn whole(&mut self) -> Option<&'d [u8]> {
        let before = self.0;
        self.any()?;
        before.get(..before.len() - self.0.len())
    }

    pub(super) fn read(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.any()
            .filter(|(found, _)| *found == tag)
            .map(|(_, content)| content)
    }

    /// The next value if it has this tag; nothing is passed over if it has not.
    #[cfg(any(test, feature = "ecdsa"))]
    pub(super) fn optional(&mut self, tag: u8) -> Option<Option<&'d [u8]>> {
        match self.0.first() {
            Some(found) if *found == tag => self.read(tag).map(Some),
            _ => Some(None),
        }
    }

    /// A number that is not negative, without the zero in front of a high bit.
    pub(super) fn number(&mut self) -> Option<&'d [u8]> {
        match self.read(INTEGER)? {
            [0, number @ ..] if number.first().is_some_and(|byte| *byte >= 0x80) => Some(number),
            number @ ([0] | [1..0x80, ..]) => Some(number),
            _ => None,
        }
    }

    /// A bit string of whole bytes.
    pub(super) fn bits(&mut self) -> Option<&'d [u8]> {
        match self.read(BIT_STRING)? {
            [0, bytes @ ..] => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nothing is left.
    pub(super) fn end(&self) -> Option<()> {
        self.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_definite_shortest_and_not_longer_than_what_there_is() {
        let long = [&b"\x04\x81\x80"[..], &[7; 128]].concat();
        assert_eq!(Der::only(&long, OCTET_STRING), Some(&[7; 128][..]));
        let longer = [&b"\x04\x82\x01\x00"[..], &[7; 256]].concat();
        assert_eq!(Der::only(&longer, OCTET_STRING), Some(&[7; 256][..]));
        assert_eq!(Der::only(b"\x04\x00", OCTET_STRING), Some(&[][..]));
        for der in [
            &b""[..],
            b"\x04",
            b"\x04\x01",
            b"\x04\x01\x07\x00",
            b"\x04\x80\x07\x00\x00",
            b"\x04\x81\x01\x07",
            b"\x04\x82\x00\x01\x07",
            b"\x04\x84\x00\x00\x00\x01\x07",
            b"\x04\xff\x07",
            b"\x1f\x01\x07",
            b"\x03\x01\x07",
        ] {
            assert_eq!(Der::only(der, OCTET_STRING), None, "{der:02x?}");
        }
        let padded = [&b"\x04\x82\x00\x80"[..], &[7; 128]].concat();
        assert_eq!(Der::only(&padded, OCTET_STRING), None);
    }

    #[test]
    fn a_number_is_shortest_and_not_negative() {
        let number = |der| Der(der).number();
        assert_eq!(number(b"\x02\x01\x00"), Some(&[0][..]));
        assert_eq!(number(b"\x02\x01\x7f"), Some(&[0x7f][..]));
        assert_eq!(number(b"\x02\x02\x00\x80"), Some(&[0x80][..]));
        for der in [
            &b"\x02\x00"[..],
            b"\x02\x01\x80",
            b"\x02\x02\x00\x7f",
            b"\x02\x02\x00\x00",
            b"\x02\x03\x00\x00\x80",
            b"\x02\x02\xff\xff",
            b"\x0a\x01\x01",
        ] {
            assert_eq!(number(der), None, "{der:02x?}");
        }
    }

    #[test]
    fn a_bit_string_has_whole_bytes_and_what_is_optional_may_be_missing() {
        assert_eq!(Der(b"\x03\x02\x00\x07").bits(), Some(&[7][..]));
        assert_eq!(Der(b"\x03\x02\x01\x06").bits(), None);
        assert_eq!(Der(b"\x03\x00").bits(), None);
        let mut der = Der(b"\x04\x01\x07");
        assert_eq!(der.optional(0xa0), Some(None));
        assert_eq!(der.optional(OCTET_STRING), Some(Some(&[7][..])));
        assert_eq!(der.optional(OCTET_STRING), Some(None));
        assert_eq!(der.end(), Some(()));
        assert_eq!(Der(b"\xa0\x02\x07").optional(0xa0), None);
    }
}

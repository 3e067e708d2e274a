//! How arguments and answers are written: fields one after the other, each a length in four bytes,
//! little-endian, and then its text or bytes. An absent field has the length `0xffff_ffff`.

use alloc::string::String;
use alloc::vec::Vec;

const ABSENT: u32 = u32::MAX;

/// Reads the fields of a call.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    /// Whether anything follows, an absent field too.
    pub(crate) fn more(&self) -> bool {
        !self.0.is_empty()
    }

    /// The next field; `None` if it is absent, or nothing follows.
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length);
        if length == ABSENT {
            self.0 = rest;
            return None;
        }
        let (field, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(field)
    }

    /// The next field as text. JavaScript writes UTF-8; what is none is absent.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        core::str::from_utf8(self.bytes()?).ok()
    }
}

/// Writes the fields of an answer.
pub(crate) trait Writer {
    fn field(&mut self, field: Option<&[u8]>);

    /// A number in decimal digits.
    fn number(&mut self, number: u64) {
        let mut digits = [0; 20];
        let mut rest = number;
        let mut first = digits.len();
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            first -= 1;
            if rest == 0 {
                break;
            }
        }
        self.field(digits.get(first..));
    }

    fn optional_number(&mut self, number: Option<u64>) {
        match number {
            Some(number) => self.number(number),
            None => self.field(None),
        }
    }

    fn optional(&mut self, text: &Option<String>) {
        self.field(text.as_deref().map(str::as_bytes));
    }

    fn text(&mut self, text: &str) {
        self.field(Some(text.as_bytes()));
    }
}

impl Writer for Vec<u8> {
    fn field(&mut self, field: Option<&[u8]>) {
        let length = field.map_or(ABSENT, |field| field.len() as u32);
        self.extend_from_slice(&length.to_le_bytes());
        self.extend_from_slice(field.unwrap_or_default());
    }
}

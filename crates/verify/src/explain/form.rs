//! Writes a form again: as another program would, or for trials that leave it as it is.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::body::BODY_LIMIT;
use super::trial::Case;
use crate::encoding::escaped_byte;
use crate::find::replace;
use crate::parameters::{
    self, Escapes, LIMIT, Pair, by_name_and_value, concatenated, is_form, unescape,
};
use crate::scheme::{Part, Scheme, SignaturePlace, TimestampPlace};

/// How a program writes a form.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) escapes: Escapes,
    pub(super) is_sorted: bool,
}

impl Style {
    /// Python's, and nearly everybody's.
    pub(super) const FORM: Self = Self::new(Escapes::FORM);

    pub(super) const fn new(escapes: Escapes) -> Self {
        Self {
            escapes,
            is_sorted: false,
        }
    }

    pub(super) fn escaped(self, text: &[u8]) -> Vec<u8> {
        let mut escaped = alloc::string::String::with_capacity(text.len());
        self.escapes.write(text, &mut escaped);
        escaped.into_bytes()
    }

    /// `None` if it has more items than a form that is read. In one pass, and what stays as it is is
    /// copied in as long pieces as there are: there are seven such styles.
    pub(super) fn rewritten(self, form: &[u8]) -> Option<Vec<u8>> {
        let Escapes { plain, plus, upper } = self.escapes;
        let mut stays = [false; 256];
        for byte in 0..=u8::MAX {
            stays[usize::from(byte)] = byte.is_ascii_alphanumeric() || plain.contains(&byte);
        }
        let digits: &[u8; 16] = match upper {
            true => b"0123456789ABCDEF",
            false => b"0123456789abcdef",
        };
        let mut written = Vec::with_capacity(form.len());
        let mut ends = Vec::new();
        let (mut rest, mut is_value) = (form, false);
        loop {
            let plain = rest.iter().position(|byte| !stays[usize::from(*byte)]);
            let (plain, special) = rest.split_at_checked(plain.unwrap_or(rest.len()))?;
            written.extend_from_slice(plain);
            let Some((special, after)) = special.split_first() else {
                break;
            };
            rest = after;
            let byte = match special {
                b'&' => {
                    ends.push(written.len());
                    (ends.len() < LIMIT).then_some(())?;
                    if !written.is_empty() {
                        written.push(b'&');
                    }
                    is_value = false;
                    continue;
                }
                b'=' if !is_value => {
                    written.push(b'=');
                    is_value = true;
                    continue;
                }
                b'+' => b' ',
                b'%' => match after {
                    [high, low, after @ ..] => match escaped_byte([*high, *low]) {
                        Some(escaped) => {
                            rest = after;
                            escaped
                        }
                        None => b'%',
                    },
                    _ => b'%',
                },
                byte => *byte,
            };
            if stays[usize::from(byte)] {
                written.push(byte);
            } else if byte == b' ' && plus {
                written.push(b'+');
            } else {
                let digit = |nibble: u8| digits[usize::from(nibble & 15)];
                written.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte)]);
            }
        }
        ends.push(written.len());
        if !self.is_sorted {
            return Some(written);
        }
        let mut start = 0;
        let item = |end: usize| {
            let item = written.get(start..end).unwrap_or_default();
            // Nothing stands before the first that is not empty.
            start = if end == 0 { 0 } else { end + 1 };
            (Cow::Borrowed(item), Cow::Borrowed(&b""[..]))
        };
        let pairs: Vec<Pair<'_>> = ends.into_iter().map(item).collect();
        let mut items = by_name_and_value(pairs);
        items.retain(|(item, _)| !item.is_empty());
        let items: Vec<&[u8]> = items.iter().map(|(item, _)| &item[..]).collect();
        Some(items.join(&b'&'))
    }
}

/// Whether the scheme reads the fields of a form, so that no other writing of them changes a thing.
pub(super) fn is_read(scheme: &Scheme) -> bool {
    let of_fields = |part: &Part| {
        matches!(
            part,
            Part::Form { .. } | Part::QueryAndForm | Part::Parameters
        )
    };
    scheme.signs(of_fields)
}

/// A form of one field that is signed as the case's is, where names and values are signed sorted and
/// without anything between: so that they are read and sorted once for all trials with this body.
pub(super) fn joined(case: &Case<'_>) -> Option<Vec<u8>> {
    let distinct = case.scheme.message.iter().find_map(|part| match part {
        Part::Form { distinct, .. } => Some(*distinct),
        Part::QueryAndForm => Some(false),
        _ => None,
    })?;
    let place = case
        .scheme
        .timestamp
        .as_ref()
        .map(|timestamp| &timestamp.place);
    let by_name = matches!(case.scheme.signature, SignaturePlace::Parameter(_))
        || matches!(place, Some(TimestampPlace::Parameter(_)))
        || case
            .scheme
            .signs(|part| matches!(part, Part::Body | Part::Parameters | Part::BodySha256));
    let is_new = core::ptr::eq(case.request.body, case.came);
    let small = is_new && case.came.len() <= BODY_LIMIT;
    (!by_name && small && is_form(&case.request)).then_some(())?;
    let fields = parameters::form(&case.request).ok()?;
    let field = concatenated(fields, distinct).concat();
    let escapes = [("%", "%25"), ("&", "%26"), ("+", "%2B"), ("=", "%3D")];
    let escaped = escapes.iter().fold(field, |field, (byte, escape)| {
        replace(&field, byte.as_bytes(), escape.as_bytes())
    });
    (!escaped.is_empty()).then_some(escaped)
}

/// Without percent-encoding and with spaces for `+`.
pub(super) fn unescaped(text: &[u8]) -> Vec<u8> {
    unescape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn a_form_of_more_items_than_are_read_is_not_written_anew() {
        let form = |items| "a=b&".repeat(items - 1) + "a";
        let written = Style::FORM.rewritten(form(LIMIT).as_bytes());
        assert_eq!(written, Some(form(LIMIT).into_bytes()));
        assert_eq!(Style::FORM.rewritten(form(LIMIT + 1).as_bytes()), None);
    }

    #[test]
    fn a_form_is_written_as_its_program_does() {
        let form = b"b=%2f+x~&a=1%202&&c=%C3%a9*=&d".as_slice();
        let php = Style::new(Escapes {
            plain: b"-_.",
            plus: true,
            upper: true,
        });
        let lower = Style::new(Escapes {
            plain: b"-_.~",
            plus: false,
            upper: false,
        });
        let sorted = Style {
            is_sorted: true,
            ..Style::FORM
        };
        for (style, expected) in [
            (Style::FORM, "b=%2F+x~&a=1+2&&c=%C3%A9%2A%3D&d"),
            (php, "b=%2F+x%7E&a=1+2&&c=%C3%A9%2A%3D&d"),
            (lower, "b=%2f%20x~&a=1%202&&c=%c3%a9%2a%3d&d"),
            (sorted, "a=1+2&b=%2F+x~&c=%C3%A9%2A%3D&d"),
        ] {
            let written = style.rewritten(form).map(String::from_utf8);
            assert_eq!(written, Some(Ok(expected.into())));
        }
        let written = sorted.rewritten(b"&&b&a");
        assert_eq!(written.as_deref(), Some(&b"a&b"[..]));
    }
}

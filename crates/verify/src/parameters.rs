//! Parameters of a form body or a query, decoded, and the orders in which vendors sign them.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::mem;

use crate::encoding::escaped_byte;
use crate::error::{Malformed, VerifyError};
use crate::request::Request;
use crate::scheme::Text;
use crate::url;

/// The most parameters that are read. A form that a vendor signs has a few dozen.
pub(crate) const LIMIT: usize = 1_000;

pub(crate) type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// Whether the request says that its body is a form. Of several content types every one must: which
/// of them a reader behind us believes, we cannot know.
pub(crate) fn is_form(request: &Request<'_>) -> bool {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    let headers = request.headers.iter();
    let mut kinds = headers.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let is_form = |(_, value): &(&str, &[u8])| {
        let kind = value.split(|byte| *byte == b';').next().unwrap_or_default();
        kind.trim_ascii().eq_ignore_ascii_case(FORM)
    };
    kinds.next().is_some_and(is_form) && kinds.all(is_form)
}

/// The parameters of a form body; none if it is empty.
pub(crate) fn form<'a>(request: &Request<'a>) -> Result<Vec<Pair<'a>>, VerifyError> {
    decode(request.body).map_err(|reason| VerifyError::MalformedBody { reason })
}

/// The parameters of the query.
pub(crate) fn query<'a>(request: &Request<'a>) -> Result<Vec<Pair<'a>>, VerifyError> {
    let reason_for = |reason| VerifyError::MalformedParameter {
        name: Cow::Borrowed("?"),
        reason,
    };
    decode(url::query(request.url).as_bytes()).map_err(reason_for)
}

/// The parameters of the form, or of the query if the body is no form.
pub(crate) fn either<'a>(request: &Request<'a>) -> Result<Vec<Pair<'a>>, VerifyError> {
    if is_form(request) && !request.body.is_empty() {
        form(request)
    } else {
        query(request)
    }
}

/// The value of a parameter that must not stand twice.
pub(crate) fn one(pairs: &[Pair<'_>], name: &Text) -> Result<Option<String>, VerifyError> {
    let malformed = |reason| VerifyError::MalformedParameter {
        name: name.clone(),
        reason,
    };
    let mut values = pairs.iter().filter(|(key, _)| *key == name.as_bytes());
    let Some((_, value)) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(malformed(Malformed::Repeated));
    }
    match core::str::from_utf8(value) {
        Ok(value) => Ok(Some(value.into())),
        Err(_) => Err(malformed(Malformed::NotVisibleAscii)),
    }
}

/// As HTML forms are read: what is no escape stands for itself.
fn decode(encoded: &[u8]) -> Result<Vec<Pair<'_>>, Malformed> {
    let mut pairs = Vec::new();
    let items = encoded.split(|byte| *byte == b'&');
    for item in items.filter(|item| !item.is_empty()) {
        if pairs.len() == LIMIT {
            return Err(Malformed::TooMany { limit: LIMIT });
        }
        let mut halves = item.splitn(2, |byte| *byte == b'=');
        let mut half = || unescape(halves.next().unwrap_or_default());
        pairs.push((half(), half()));
    }
    Ok(pairs)
}

/// What needs no decoding is copied in as long pieces as there are: a form is mostly letters.
pub(crate) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    let is_special = |byte: &u8| matches!(byte, b'+' | b'%');
    let Some(mut at) = text.iter().position(is_special) else {
        return Cow::Borrowed(text);
    };
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((special, after)) = rest.get(at..).and_then(<[u8]>::split_first) {
        plain.extend_from_slice(rest.get(..at).unwrap_or_default());
        let escaped = match (special, after) {
            (b'%', [high, low, ..]) => escaped_byte([*high, *low]),
            _ => None,
        };
        let (byte, length) = match (special, escaped) {
            (_, Some(byte)) => (byte, 2),
            (b'+', None) => (b' ', 0),
            (byte, None) => (*byte, 0),
        };
        plain.push(byte);
        rest = after.get(length..).unwrap_or_default();
        at = rest.iter().position(is_special).unwrap_or(rest.len());
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

/// By name, and if asked for by value; else pairs of one name keep their order. A merge of our own:
/// the library's sort takes ten times the room.
fn sorted(mut pairs: Vec<Pair<'_>>, by_value: bool) -> Vec<Pair<'_>> {
    let is_after = |one: &Pair<'_>, other: &Pair<'_>| match one.0.cmp(&other.0) {
        Ordering::Equal => by_value && one.1 > other.1,
        order => order == Ordering::Greater,
    };
    let mut merged = Vec::with_capacity(pairs.len());
    let mut width = 1;
    while width < pairs.len() {
        for runs in pairs.chunks_mut(2 * width) {
            let (mut lower, mut upper) = runs.split_at_mut(width.min(runs.len()));
            loop {
                let next = match (&lower, &upper) {
                    ([one, ..], [other, ..]) if is_after(one, other) => &mut upper,
                    ([], _) => &mut upper,
                    _ => &mut lower,
                };
                // What was decoded moves, and is not copied.
                let Some((pair, rest)) = mem::take(next).split_first_mut() else {
                    break;
                };
                merged.push(mem::take(pair));
                *next = rest;
            }
        }
        mem::swap(&mut pairs, &mut merged);
        merged.clear();
        width *= 2;
    }
    pairs
}

#[cfg(feature = "explain")]
pub(crate) fn by_name_and_value(pairs: Vec<Pair<'_>>) -> Vec<Pair<'_>> {
    sorted(pairs, true)
}

/// `name` and `value` of each pair, sorted; of equal pairs one, if only distinct ones count.
pub(crate) fn concatenated(pairs: Vec<Pair<'_>>, distinct: bool) -> Vec<Cow<'_, [u8]>> {
    let mut pairs = sorted(pairs, true);
    if distinct {
        pairs.dedup();
    }
    let mut message = Vec::with_capacity(2 * pairs.len());
    for (name, value) in pairs {
        message.push(name);
        message.push(value);
    }
    message
}

/// `&name=value` of each pair, sorted and decoded.
pub(crate) fn sorted_query(pairs: Vec<Pair<'_>>) -> Vec<Cow<'_, [u8]>> {
    joined(sorted(pairs, true))
}

fn joined(pairs: Vec<Pair<'_>>) -> Vec<Cow<'_, [u8]>> {
    let mut message = Vec::with_capacity(4 * pairs.len());
    for (name, value) in pairs {
        message.push(Cow::Borrowed(&b"&"[..]));
        message.push(name);
        message.push(Cow::Borrowed(b"="));
        message.push(value);
    }
    message
}

/// MessageBird sends the time zone of this parameter with its `+` as it is, and signs it as `%2B`; its
/// SDK for Node (`lib/signature.js`) repairs the same.
const PLAIN_PLUS: &[u8] = b"statusDatetime";

/// `name=value&name=value`, sorted by name and encoded as forms are.
pub(crate) fn encoded_query(pairs: Vec<Pair<'_>>) -> Vec<u8> {
    let mut query = String::new();
    for (name, value) in sorted(pairs, false) {
        if !query.is_empty() {
            query.push('&');
        }
        escape(&name, &mut query);
        query.push('=');
        let plus = *name == *PLAIN_PLUS;
        for byte in value.iter() {
            let byte = if plus && *byte == b' ' { b'+' } else { *byte };
            escape(&[byte], &mut query);
        }
    }
    query.into_bytes()
}

/// How a program escapes.
#[derive(Clone, Copy)]
pub(crate) struct Escapes {
    /// What it leaves as it is beside letters and digits.
    pub(crate) plain: &'static [u8],
    /// Whether a space becomes `+`, rather than `%20`.
    pub(crate) plus: bool,
    pub(crate) upper: bool,
}

impl Escapes {
    pub(crate) const FORM: Self = Self {
        plain: b"-_.~",
        plus: true,
        upper: true,
    };

    pub(crate) fn write(self, text: &[u8], into: &mut String) {
        let digits: &[u8; 16] = match self.upper {
            true => b"0123456789ABCDEF",
            false => b"0123456789abcdef",
        };
        for byte in text {
            match byte {
                byte if byte.is_ascii_alphanumeric() || self.plain.contains(byte) => {
                    into.push(char::from(*byte));
                }
                b' ' if self.plus => into.push('+'),
                byte => {
                    let digit = |nibble: u8| char::from(digits[usize::from(nibble & 15)]);
                    into.extend(['%', digit(byte >> 4), digit(*byte)]);
                }
            }
        }
    }
}

pub(crate) fn escape(text: &[u8], into: &mut String) {
    Escapes::FORM.write(text, into);
}

/// Vonage: `&name=value`, sorted by name, `&` and `=` in values written `_`.
pub(crate) fn ampersands<'a>(
    mut pairs: Vec<Pair<'a>>,
    without: Option<&Text>,
) -> Vec<Cow<'a, [u8]>> {
    pairs.retain(|(name, _)| without.is_none_or(|without| *name != without.as_bytes()));
    let is_sign = |byte: &u8| matches!(byte, b'&' | b'=');
    for (_, value) in &mut pairs {
        if value.iter().any(is_sign) {
            for byte in value.to_mut().iter_mut().filter(|byte| is_sign(byte)) {
                *byte = b'_';
            }
        }
    }
    joined(sorted(pairs, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(encoded: &str) -> Vec<Pair<'_>> {
        decode(encoded.as_bytes()).expect("few enough")
    }

    #[test]
    fn forms_are_decoded_as_browsers_write_them() {
        let read = pairs("a=1+2&b=%2B%c3%A9&&c&=d&e==&f=%zz%4");
        let expected = [
            ("a", "1 2"),
            ("b", "+é"),
            ("c", ""),
            ("", "d"),
            ("e", "="),
            ("f", "%zz%4"),
        ];
        let read: Vec<(&str, &str)> = read
            .iter()
            .map(|(name, value)| {
                let text = |bytes| core::str::from_utf8(bytes).expect("UTF-8");
                (text(name), text(value))
            })
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn more_than_a_thousand_parameters_are_refused() {
        assert!(decode("a&".repeat(1_000).as_bytes()).is_ok());
        let many = "a&".repeat(1_001);
        let refused = decode(many.as_bytes());
        assert_eq!(refused, Err(Malformed::TooMany { limit: 1_000 }));
        assert!(decode("&".repeat(100_000).as_bytes()).is_ok());
    }

    #[test]
    fn each_vendor_has_its_own_order() {
        let form = || pairs("b=2&a=1&B=3&b=1&b=2&b=%26%3D");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(text(concatenated(form(), true).concat()), "B3a1b&=b1b2");
        assert_eq!(text(concatenated(form(), false).concat()), "B3a1b&=b1b2b2");
        assert_eq!(
            text(sorted_query(form()).concat()),
            "&B=3&a=1&b=&=&b=1&b=2&b=2"
        );
        assert_eq!(text(encoded_query(form())), "B=3&a=1&b=2&b=1&b=2&b=%26%3D");
        assert_eq!(
            text(ampersands(form(), Some(&"a".into())).concat()),
            "&B=3&b=2&b=1&b=2&b=__"
        );
    }
}

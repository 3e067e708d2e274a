//! What may have happened to a text on its way, undone step by step: the same steps for secrets,
//! headers, signatures, URLs and bodies.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroize as _;

use super::form::{self, unescaped};
use super::json::{Style, rewrite, unquoted};
use super::order::sorted;
use crate::batch::ranges;
use crate::encoding::{base64, decode_hex, decode_loose_base64, encode_base64_url, encode_hex};
use crate::find::replace;
use crate::parameters::Escapes;

/// What vendors write before their secrets, and people before what they paste.
const PREFIXES: [&str; 9] = [
    "whsec_", "Bearer ", "Basic ", "sha256=", "v1,", "whsk_", "whpk_", "hmac ", "secret_",
];

#[derive(Clone, Copy)]
pub(super) enum Step {
    /// Spaces and line breaks around it.
    Trim,
    /// Line breaks at its end.
    TrimEnd,
    /// Quotation marks and brackets around it.
    Unquote,
    /// The second half, which repeats the first after a comma.
    Halve,
    /// A prefix that is not part of a secret.
    Strip,
    Before(&'static str),
    After(&'static str),
    Replace(&'static str, &'static str),
    Lower,
    Upper,
    Percent,
    Escape(Escapes),
    Base64,
    ToBase64,
    ToBase64Url,
    Hex,
    ToHex,
    /// Keys in order, and no spaces.
    Sort,
    Json(Style),
    Form(form::Style),
    /// The form of one field that GitHub, Slack and others put JSON into.
    Payload,
    /// The text of a JSON string.
    Text,
    /// The body in a gateway's event: AWS Lambda's, and those like it.
    Envelope,
    /// The bytes in `JSON.stringify` of a `Buffer`.
    Buffer,
    /// A text whose bytes were taken for Latin-1 and written as UTF-8.
    ToLatin1,
    FromLatin1,
}

/// The text that these steps lead to, `None` if one cannot be taken. What lies between is wiped if it
/// is secret.
pub(super) fn written(steps: &[Step], text: &[u8], is_secret: bool) -> Option<Vec<u8>> {
    let Some((first, rest)) = steps.split_first() else {
        return Some(text.to_vec());
    };
    // The first reads the text where it lies, which may be a body.
    let mut text = first.apply(text)?;
    for step in rest {
        let next = step.apply(&text);
        if is_secret {
            text.zeroize();
        }
        text = next?;
    }
    Some(text)
}

impl Step {
    fn apply(self, text: &[u8]) -> Option<Vec<u8>> {
        let owned = <[u8]>::to_vec;
        Some(match self {
            Self::Trim => owned(text.trim_ascii()),
            Self::TrimEnd => {
                let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
                owned(text.get(..end? + 1)?)
            }
            Self::Unquote => {
                let mut inner = text;
                while let [
                    b'"' | b'\'' | b'[' | b']',
                    middle @ ..,
                    b'"' | b'\'' | b'[' | b']',
                ] = inner
                {
                    inner = middle;
                }
                owned(inner)
            }
            Self::Halve => {
                let comma = text.iter().position(|byte| *byte == b',')?;
                let half = |comma: usize| {
                    let (first, rest) = (text.get(..comma)?, text.get(comma + 1..)?);
                    (first == rest.trim_ascii_start()).then_some(first)
                };
                // A value that has commas itself is repeated after the one in the middle.
                let middle = (text.len() - 1) / 2;
                owned(
                    half(comma)
                        .or_else(|| half(middle))
                        .or_else(|| half(middle.checked_sub(1)?))?,
                )
            }
            Self::Strip => {
                let rest = |prefix: &&str| text.strip_prefix(prefix.as_bytes());
                owned(PREFIXES.iter().find_map(rest)?)
            }
            Self::Before(before) => [before.as_bytes(), text].concat(),
            Self::After(after) => [text, after.as_bytes()].concat(),
            Self::Replace(part, with) => replace(text, part.as_bytes(), with.as_bytes()),
            Self::Lower => text.to_ascii_lowercase(),
            Self::Upper => text.to_ascii_uppercase(),
            Self::Percent => unescaped(&replace(text, b"+", b"%2B")),
            Self::Escape(escapes) => form::Style::new(escapes).escaped(text),
            Self::Base64 => {
                // As long as it will be at most: to grow would leave a copy behind.
                let mut visible = Vec::with_capacity(text.len());
                visible.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
                let decoded = decode_loose_base64(&visible);
                visible.zeroize();
                core::mem::take(&mut *decoded?)
            }
            Self::ToBase64 => base64::encode(text).into_bytes(),
            Self::ToBase64Url => encode_base64_url(text).into_bytes(),
            Self::Hex => decode_hex(text)?,
            Self::ToHex => encode_hex(text).into_bytes(),
            Self::Sort => sorted(text)?,
            Self::Json(style) => rewrite(text, style)?,
            Self::Form(style) => style.rewritten(text)?,
            Self::Payload => [b"payload=", &form::Style::FORM.escaped(text)[..]].concat(),
            Self::Text => unquoted(text)?.into_bytes(),
            Self::Envelope => {
                let body = unquoted(member(text, "/body")?)?.into_bytes();
                match member(text, "/isBase64Encoded") {
                    Some(b"true") => Self::Base64.apply(&body)?,
                    _ => body,
                }
            }
            Self::Buffer => {
                let list = member(text, "/data")?;
                let list = list.strip_prefix(b"[")?.strip_suffix(b"]")?;
                let mut bytes = Vec::with_capacity(list.len() / 2);
                for number in list.split(|byte| *byte == b',') {
                    let number = number.trim_ascii();
                    let mut value = (!number.is_empty()).then_some(0_u8)?;
                    for digit in number {
                        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
                        value = value.checked_mul(10)?.checked_add(digit)?;
                    }
                    bytes.push(value);
                }
                bytes
            }
            Self::ToLatin1 => {
                let mut bytes = Vec::with_capacity(text.len());
                for letter in core::str::from_utf8(text).ok()?.chars() {
                    bytes.push(u8::try_from(u32::from(letter)).ok()?);
                }
                bytes
            }
            Self::FromLatin1 => {
                let letters = text.iter().map(|byte| char::from(*byte));
                letters.collect::<String>().into_bytes()
            }
        })
    }
}

/// The text of the value that stands there.
fn member<'a>(json: &'a [u8], path: &str) -> Option<&'a [u8]> {
    json.get(ranges(json, path)?.pop()?)
}

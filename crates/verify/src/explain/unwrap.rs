//! Takes a body out of what a gateway or a program put around it.

use alloc::vec::Vec;

use super::json::unquoted;
use crate::batch::ranges;
use crate::encoding::decode_loose_base64;

/// The body that this text is in base64.
pub(super) fn base64(body: &[u8]) -> Option<Vec<u8>> {
    let text = body.trim_ascii();
    let text: Vec<u8> = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => *byte,
        })
        .collect();
    let body = decode_loose_base64(&text)?;
    (!body.is_empty()).then(|| body.to_vec())
}

/// The body in a gateway's event: AWS Lambda's, and those like it.
pub(super) fn envelope(event: &[u8]) -> Option<Vec<u8>> {
    let body = unquoted(member(event, "/body")?)?;
    if member(event, "/isBase64Encoded") == Some(b"true") {
        base64(body.as_bytes())
    } else {
        Some(body.into_bytes())
    }
}

/// The bytes in `JSON.stringify` of a `Buffer`.
pub(super) fn buffer(json: &[u8]) -> Option<Vec<u8>> {
    let list = core::str::from_utf8(member(json, "/data")?).ok()?;
    let list = list.strip_prefix('[')?.strip_suffix(']')?;
    list.split(',')
        .map(|byte| byte.trim().parse().ok())
        .collect()
}

/// The text of the value that stands there.
fn member<'a>(json: &'a [u8], path: &str) -> Option<&'a [u8]> {
    let range = ranges(json, path)?.into_iter().next()?;
    json.get(range)
}

/// A text whose bytes were taken for Latin-1 and written as UTF-8.
pub(super) fn to_latin1(body: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(body).ok()?;
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).ok())
        .collect()
}

//! Takes a body out of what a gateway or a program put around it.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use serde::Deserialize;

use super::redact::LENIENT;

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
    LENIENT.decode(text).ok().filter(|body| !body.is_empty())
}

/// A gateway's event: AWS Lambda's, and those like it.
#[derive(Deserialize)]
struct Event {
    body: String,
    #[serde(default, rename = "isBase64Encoded")]
    is_base64: bool,
}

pub(super) fn envelope(body: &[u8]) -> Option<Vec<u8>> {
    let event: Event = serde_json::from_slice(body).ok()?;
    if event.is_base64 {
        base64(event.body.as_bytes())
    } else {
        Some(event.body.into_bytes())
    }
}

/// `JSON.stringify` of a `Buffer`.
#[derive(Deserialize)]
struct Buffer {
    data: Vec<u8>,
}

pub(super) fn buffer(body: &[u8]) -> Option<Vec<u8>> {
    let buffer: Buffer = serde_json::from_slice(body).ok()?;
    Some(buffer.data)
}

/// A text whose bytes were taken for Latin-1 and written as UTF-8.
pub(super) fn to_latin1(body: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(body).ok()?;
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).ok())
        .collect()
}

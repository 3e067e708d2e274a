//! Writes a form again as another program would.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::header::percent_decoded;
use crate::find::replace;
use crate::parameters::{Pair, by_name_and_value, escape};

/// How a program escapes a form.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// What it leaves as it is beside letters and digits.
    plain: &'static [u8],
    /// Whether a space becomes `+`, rather than `%20`.
    plus: bool,
    upper: bool,
    sorted: bool,
}

const PYTHON: Style = Style {
    plain: b"-_.~",
    plus: true,
    upper: true,
    sorted: false,
};
const BROWSER: Style = Style {
    plain: b"-_.*",
    ..PYTHON
};

pub(super) const STYLES: &[(Style, &str)] = &[
    (BROWSER, "it was written as browsers do"),
    (PYTHON, "it had `+` for a space"),
    (
        Style {
            plus: false,
            ..PYTHON
        },
        "it had `%20` for a space",
    ),
    (
        Style {
            plain: b"-_.!~*'()",
            plus: false,
            ..PYTHON
        },
        "it was written as JavaScript's `encodeURIComponent` does",
    ),
    (
        Style {
            plain: b"-_.",
            ..PYTHON
        },
        "it was written as PHP does",
    ),
    (
        Style {
            upper: false,
            ..PYTHON
        },
        "its escapes were in lower case",
    ),
    (
        Style {
            sorted: true,
            ..PYTHON
        },
        "it was sorted",
    ),
];

/// `None` if it is no form.
pub(super) fn rewrite(form: &[u8], style: Style) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(form).ok()?;
    let mut items: Vec<Pair<'_>> = Vec::new();
    for item in text.split('&') {
        let mut halves = item.splitn(2, '=').map(|half| {
            let mut written = Vec::with_capacity(half.len());
            encode(
                &percent_decoded(&replace(half, "+", " ")),
                style,
                &mut written,
            );
            written
        });
        let mut item = halves.next()?;
        if let Some(value) = halves.next() {
            item.push(b'=');
            item.extend_from_slice(&value);
        }
        items.push((item.into(), Cow::Borrowed(b"")));
    }
    if style.sorted {
        items = by_name_and_value(items);
    }
    let mut form = Vec::with_capacity(text.len());
    for (item, _) in &items {
        if !form.is_empty() {
            form.push(b'&');
        }
        form.extend_from_slice(item);
    }
    Some(form)
}

fn encode(text: &[u8], style: Style, out: &mut Vec<u8>) {
    let digits: &[u8; 16] = if style.upper {
        b"0123456789ABCDEF"
    } else {
        b"0123456789abcdef"
    };
    for byte in text {
        match byte {
            b' ' if style.plus => out.push(b'+'),
            byte if byte.is_ascii_alphanumeric() || style.plain.contains(byte) => out.push(*byte),
            byte => {
                let digit = |nibble: u8| digits[usize::from(nibble & 15)];
                out.extend([b'%', digit(byte >> 4), digit(*byte)]);
            }
        }
    }
}

/// The form of one field that GitHub, Slack and others put JSON into.
pub(super) fn payload(json: &[u8]) -> Option<Vec<u8>> {
    let mut form = String::from("payload=");
    escape(json, &mut form);
    Some(form.into_bytes())
}

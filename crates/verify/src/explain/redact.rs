//! What a diagnosis quotes, and what of it never: no secret in any of its forms, no credentials, of
//! a signature no more than its first bytes.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use core::slice;

use zeroize::Zeroizing;

use super::steps::{Step, written};
use crate::encoding::encode_hex;
use crate::message::{Piece, texts};
use crate::parameters::Escapes;
use crate::scheme::{Part, Scheme};
use crate::text::decimal;

/// Bytes of a signed message that are shown at its start and at its end.
const HEAD: usize = 160;
const TAIL: usize = 80;
/// Bytes of a sentence or a name that are shown.
const QUOTED: usize = 320;
/// What is shorter stands everywhere by chance.
const SHORTEST: usize = 4;
const REDACTED: &[u8] = b"[redacted]";

/// What is made of a secret where it is stored or sent.
const SHAPES: [&[Step]; 15] = [
    &[],
    &[Step::ToBase64],
    &[Step::ToBase64Url],
    &[Step::ToHex],
    &[Step::ToHex, Step::Upper],
    &[Step::Escape(Escapes::FORM)],
    &[Step::Escape(SPACED)],
    &[Step::Escape(LOWER)],
    &[Step::Base64],
    &[Step::Base64, Step::ToHex],
    &[Step::Base64, Step::ToHex, Step::Upper],
    &[Step::Base64, Step::ToBase64Url],
    &[Step::Hex],
    &[Step::Hex, Step::ToBase64],
    &[Step::Hex, Step::ToBase64Url],
];
const SPACED: Escapes = Escapes {
    plus: false,
    ..Escapes::FORM
};
const LOWER: Escapes = Escapes {
    upper: false,
    ..Escapes::FORM
};

/// The secrets in every form that they may stand in somewhere.
pub(super) struct Redactor {
    forms: Vec<Zeroizing<Vec<u8>>>,
}

impl Redactor {
    pub(super) fn new(secrets: &[&str]) -> Self {
        let mut forms = Vec::new();
        for secret in secrets {
            let bare = super::secret::bare(secret);
            let after = |separator| bare.split_once(separator).map_or("", |(_, rest)| rest);
            for text in [*secret, bare, after('_'), after(':'), after(' ')] {
                for steps in SHAPES {
                    let mut form =
                        Zeroizing::new(written(steps, text.as_bytes(), true).unwrap_or_default());
                    // Covered with and without it.
                    while form.last() == Some(&b'=') {
                        form.pop();
                    }
                    if form.len() >= SHORTEST {
                        forms.push(form);
                    }
                }
            }
        }
        Self { forms }
    }

    /// The signed message: its start, its end, and its length.
    pub(super) fn excerpt(&self, scheme: &Scheme, pieces: &[Piece<'_>]) -> String {
        let longest = self.forms.iter().map(|form| form.len()).max().unwrap_or(0);
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        let mut length = 0;
        // One piece for each part, in their order.
        for (index, piece) in pieces.iter().enumerate() {
            let part = scheme.message.get(index);
            let mut show = |text: &[u8], shown: &[u8]| {
                length += text.len();
                let room = (HEAD + longest).saturating_sub(head.len());
                head.extend_from_slice(shown.get(..room).unwrap_or(shown));
                let from = shown.len().saturating_sub(TAIL + longest);
                tail.extend_from_slice(shown.get(from..).unwrap_or_default());
                let spare = tail.len().saturating_sub(TAIL + longest);
                tail.drain(..spare);
            };
            let parts = texts(slice::from_ref(piece), b"[secret]");
            // A parameter is known as private by its name, which is a text of its own.
            if let Some(Part::Url(_) | Part::QueryAndForm | Part::SortedQuery | Part::Parameters) =
                part
            {
                let whole = parts.collect::<Vec<_>>().concat();
                show(&whole, &without_credentials(&whole));
                continue;
            }
            for text in parts {
                let shown = match part {
                    Some(Part::Header(name)) if is_private(name.as_bytes()) => REDACTED,
                    Some(Part::ListedHeaders) if names_private(text) => REDACTED,
                    _ => text,
                };
                show(text, shown);
            }
        }
        if length <= HEAD {
            return self.window(&head, HEAD);
        }
        // What stands before, and may be half of a secret, is not brought nearer by what is covered.
        let from = tail.len().saturating_sub(TAIL.min(length - HEAD));
        let end = escaped(&self.scrub(&tail, from..tail.len()));
        [&self.window(&head, HEAD), " ... ", &end].concat()
    }

    /// The start of a text; a secret that reaches beyond it is covered as well.
    fn window(&self, text: &[u8], limit: usize) -> String {
        let scrubbed = self.scrub(text, 0..limit);
        escaped(scrubbed.get(..limit).unwrap_or(&scrubbed))
    }

    /// What stands in `range` of the text, and of a secret that reaches into it. Only what came with
    /// the request: in a sentence of ours, a covered word would tell the secret.
    fn scrub(&self, text: &[u8], range: Range<usize>) -> Vec<u8> {
        let mut out = Vec::with_capacity(range.len());
        let mut at = 0;
        while at < range.end {
            let rest = text.get(at..).unwrap_or_default();
            let forms = self.forms.iter().filter(|form| rest.starts_with(form));
            let form = forms.map(|form| form.len()).max();
            let Some(byte) = rest.first() else {
                break;
            };
            let shown = form.map_or(core::slice::from_ref(byte), |_| REDACTED);
            at += form.unwrap_or(1);
            if at > range.start {
                out.extend_from_slice(shown);
            }
        }
        out
    }
}

/// A sentence or a name, in visible ASCII, of bounded length.
pub(super) fn bounded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut shown = escaped(bytes.get(..QUOTED).unwrap_or(bytes));
    if bytes.len() > QUOTED {
        shown.push_str("...");
    }
    shown
}

/// The first four bytes of a signature, and its length: enough to tell two apart, too little to send.
pub(super) fn fingerprint(signature: &[u8]) -> String {
    let head = signature.get(..4).unwrap_or_default();
    let length = decimal(signature.len() as u64);
    [&encode_hex(head), "... (", &length, " bytes)"].concat()
}

/// Whether a header or a parameter of this name carries credentials.
fn is_private(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    PRIVATE
        .iter()
        .any(|word| name.windows(word.len()).any(|part| part == *word))
}

const PRIVATE: [&[u8]; 8] = [
    b"auth", b"cookie", b"token", b"secret", b"key", b"pass", b"sig", b"code",
];

fn names_private(piece: &[u8]) -> bool {
    let names = piece.split(|byte| *byte == b'.').next().unwrap_or_default();
    // What is no text is covered too.
    !names.is_ascii() || is_private(names)
}

/// A URL or parameters without `user:password@`, and without the values of private parameters.
pub(super) fn without_credentials(url: &[u8]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(url.len());
    let start = url.windows(3).position(|three| three == b"://");
    let (scheme, rest) = url.split_at(start.map_or(0, |at| at + 3));
    shown.extend_from_slice(scheme);
    // Without a scheme it may be parameters alone.
    let ends: &[u8] = if start.is_some() { b"/?#" } else { b"/?#=&" };
    let end = rest.iter().position(|byte| ends.contains(byte));
    let (authority, path) = rest.split_at(end.unwrap_or(rest.len()));
    match authority.iter().rposition(|byte| *byte == b'@') {
        Some(at) => {
            shown.extend_from_slice(REDACTED);
            shown.extend_from_slice(authority.get(at..).unwrap_or_default());
        }
        None => shown.extend_from_slice(authority),
    }
    for item in path.split_inclusive(|byte| matches!(byte, b'?' | b'&' | b'#')) {
        let equals = item.iter().position(|byte| *byte == b'=');
        let (name, value) = item.split_at(equals.map_or(item.len(), |at| at + 1));
        shown.extend_from_slice(name);
        if value.is_empty() || !is_private(name) {
            shown.extend_from_slice(value);
            continue;
        }
        shown.extend_from_slice(REDACTED);
        shown.extend(value.last().filter(|end| matches!(end, b'?' | b'&' | b'#')));
    }
    shown
}

fn escaped(text: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len());
    for byte in text {
        match byte {
            b'\n' => shown.push_str("\\n"),
            b'\r' => shown.push_str("\\r"),
            b'\t' => shown.push_str("\\t"),
            b' '..=b'~' => shown.push(char::from(*byte)),
            byte => {
                shown.push_str("\\x");
                shown.push_str(&encode_hex(&[*byte]));
            }
        }
    }
    shown
}

//! Secrets that were copied, stored or decoded wrongly.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::steps::{Step, written};
use super::trial::{Bench, Case, Told, Visit};
use crate::encoding::base64;
use crate::scheme::{Encoding, SecretForm};

/// The longest secret of which other readings are tried, and how many secrets are.
const LONGEST: usize = 8_192;
const MOST: usize = 4;

/// A secret without what surrounds it by mistake.
pub(super) fn bare(secret: &str) -> &str {
    let around = |letter: char| {
        letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '\u{feff}' | '\u{200b}')
    };
    let mut bare = secret.trim_matches(around);
    while let Some(shorter) = bare.strip_suffix("\\n").or(bare.strip_suffix("\\r")) {
        bare = shorter.trim_matches(around);
    }
    bare
}

// What a row needs of a secret: one of these forms,
const RAW: u8 = 1;
const BASE64: u8 = 2;
const HEX: u8 = 4;
const CREDENTIALS: u8 = 8;
const ANY: u8 = 15;
// and all of these.
/// What surrounds it is taken away.
const TRIMS: u8 = 1;
const QUOTED: u8 = 2;
const UNQUOTED: u8 = 4;
const ESCAPED: u8 = 8;
/// It is in base64.
const DECODES: u8 = 16;
const DECODES_NOT: u8 = 32;
/// Read with the scheme's own prefix.
const WHOLE: u8 = 64;
/// What comes out is the key, else a text of the scheme's own form.
const KEY: u8 = 128;

/// Another reading: its cause, the forms, what it needs, and the steps to it.
type Row = (&'static str, u8, u8, &'static [Step]);

/// The likely first.
const ROWS: &[Row] = &[
    (
        "secret_line_breaks_escaped",
        ANY,
        TRIMS | ESCAPED,
        &[Step::Replace("\\n", "\n")],
    ),
    ("secret_quoted", ANY, TRIMS | QUOTED, &[]),
    ("secret_whitespace", ANY, TRIMS | UNQUOTED, &[]),
    ("secret_prefix_added", ANY, 0, &[Step::Strip]),
    ("secret_base64", RAW, KEY, &[Step::Strip, Step::Base64]),
    ("secret_prefix_missing", RAW, 0, &[Step::Before("whsec_")]),
    ("secret_base64", RAW | HEX, KEY, &[Step::Base64]),
    (
        "secret_base64_form",
        BASE64,
        KEY | DECODES_NOT,
        &[Step::Base64],
    ),
    ("secret_decoded", HEX, KEY, &[]),
    ("secret_decoded", BASE64, KEY | DECODES_NOT, &[]),
    ("secret_decoded", BASE64, KEY | DECODES_NOT | WHOLE, &[]),
    ("secret_undecoded", BASE64, KEY | DECODES, &[]),
    ("secret_undecoded", BASE64, KEY | DECODES | WHOLE, &[]),
    ("secret_hex", RAW | BASE64, KEY, &[Step::Hex]),
    ("secret_decoded", RAW, 0, &[Step::ToBase64]),
    // Base64 of the whole secret, as in a Kubernetes manifest.
    (
        "secret_base64",
        BASE64 | HEX | CREDENTIALS,
        0,
        &[Step::Base64],
    ),
    (
        "secret_base64",
        CREDENTIALS,
        0,
        &[Step::Strip, Step::Base64],
    ),
];

/// Which rows are tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Trims,
    Readings,
    All,
}

/// The case with other readings of each secret.
pub(super) fn repairs(
    case: &Case<'_>,
    wanted: Wanted,
    bench: &mut Bench,
    visit: Visit<'_>,
) -> bool {
    let readable = |secret: &&&str| !secret.is_empty() && secret.len() <= LONGEST;
    for given in case.secrets.iter().filter(readable).take(MOST) {
        let text = bare(given);
        let is_pem = text.starts_with("-----BEGIN");
        let is_trimmed = is_pem || text.len() < given.len();
        let (form, prefix) = match &case.scheme.secret {
            SecretForm::Raw { .. } => (RAW, ""),
            SecretForm::Base64 { prefix, .. } => (BASE64, prefix.as_ref()),
            SecretForm::Hex { .. } => (HEX, ""),
            SecretForm::Credentials { .. } => (CREDENTIALS, ""),
        };
        let text = text.strip_prefix(prefix).unwrap_or(text);
        let whole = Zeroizing::new([prefix, text].concat());
        let is = |is, yes, no| if is { yes } else { no };
        let facts = WHOLE
            | KEY
            | is(is_trimmed, TRIMS, 0)
            | is(is_pem, ESCAPED, 0)
            | is(given.contains(['"', '\'', '`']), QUOTED, UNQUOTED)
            | is(Encoding::Base64.decode(text).is_ok(), DECODES, DECODES_NOT);
        for (code, forms, needs, steps) in ROWS {
            let trims = needs & TRIMS != 0;
            let unwanted = match wanted {
                Wanted::Trims => !trims,
                Wanted::Readings => trims,
                Wanted::All => false,
            };
            let alien = forms & form == 0 || !trims && case.scheme.has_public_keys();
            if unwanted || alien || needs & !facts != 0 {
                continue;
            }
            let start = if needs & (WHOLE | TRIMS) == 0 {
                text
            } else {
                &whole
            };
            let Some(read) = written(steps, start.as_bytes(), true).map(Zeroizing::new) else {
                continue;
            };
            let mut scheme = case.scheme.copied();
            let mut base64 = Zeroizing::default();
            let mut other = core::str::from_utf8(&read);
            if needs & KEY != 0 {
                scheme.secret = SecretForm::Base64 {
                    prefix: "".into(),
                    minimum: 1,
                };
                *base64 = base64::encode(&read);
                other = Ok(&base64);
            } else if other == Ok(*given) {
                continue;
            }
            let told = Told {
                codes: &[code],
                detail: "",
                before: case.told,
            };
            let secrets: Vec<&str> = other.into_iter().filter(|text| !text.is_empty()).collect();
            let tried = !secrets.is_empty()
                && visit(
                    &Case {
                        scheme: &scheme,
                        secrets: &secrets,
                        told: Some(&told),
                        ..*case
                    },
                    bench,
                );
            if tried {
                return true;
            }
        }
    }
    false
}

//! Secrets that were copied, stored or decoded wrongly.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::trial::{Change, Repair};
use crate::encoding::{decode_loose_base64, encode_base64};
use crate::find::{contains, replace};
use crate::scheme::{Encoding, Scheme, SecretForm};

/// What vendors write before their secrets, and people before what they paste.
const PREFIXES: [&str; 9] = [
    "whsec_", "Bearer ", "Basic ", "sha256=", "v1,", "whsk_", "whpk_", "hmac ", "secret_",
];

/// The longest secret of which other readings are tried.
const LONGEST: usize = 8_192;

/// A secret without what surrounds it by mistake.
pub(super) fn bare(secret: &str) -> &str {
    let written_out = ["\\n", "\\r"];
    let mut bare = secret.trim();
    loop {
        let shorter = bare
            .trim_matches(&['"', '\'', '`', '\u{feff}', '\u{200b}'][..])
            .trim();
        let shorter = written_out
            .iter()
            .fold(shorter, |text, end| text.strip_suffix(end).unwrap_or(text));
        if shorter.len() == bare.len() {
            return bare;
        }
        bare = shorter;
    }
}

/// Whether a repair only takes away what surrounds a secret.
pub(super) fn is_trim(repair: &Repair) -> bool {
    let codes = [
        "secret_whitespace",
        "secret_quoted",
        "secret_line_breaks_escaped",
    ];
    repair.codes.iter().any(|code| codes.contains(code))
}

/// Other readings of each secret, the likely first.
pub(super) fn repairs(scheme: &Scheme, secrets: &[&str]) -> Vec<Repair> {
    let readable = |secret: &&&str| !secret.is_empty() && secret.len() <= LONGEST;
    let mut repairs = Vec::new();
    for secret in secrets.iter().filter(readable).take(4) {
        let mut readings = Readings {
            scheme,
            given: secret,
            repairs: &mut repairs,
        };
        readings.add_all();
    }
    repairs
}

struct Readings<'r> {
    scheme: &'r Scheme,
    given: &'r str,
    repairs: &'r mut Vec<Repair>,
}

impl Readings<'_> {
    fn add_all(&mut self) {
        let own = self.scheme.secret.clone();
        let bare = bare(self.given);
        if contains(self.given, "-----BEGIN") && contains(self.given, "\\n") {
            let broken = Zeroizing::new(replace(self.given, "\\n", "\n"));
            self.add("secret_line_breaks_escaped", &broken, &own);
        }
        let inner = bare.trim_matches(&['"', '\'', '`'][..]);
        let quoted = self.given.contains(['"', '\'', '`']);
        if inner.len() < self.given.len() {
            let code = if quoted {
                "secret_quoted"
            } else {
                "secret_whitespace"
            };
            self.add(code, inner, &own);
        }
        if self.scheme.has_public_keys() {
            return;
        }
        let raw = SecretForm::Raw { minimum: 1 };
        let hex = SecretForm::Hex { minimum: 8 };
        let base64 = |prefix: &'static str| SecretForm::Base64 {
            prefix: prefix.into(),
            minimum: 8,
        };
        let stripped = PREFIXES
            .iter()
            .find_map(|prefix| inner.strip_prefix(prefix));
        match &own {
            SecretForm::Raw { .. } => {
                if let Some(text) = stripped {
                    self.add("secret_prefix_added", text, &own);
                    self.add_base64("secret_base64", text);
                } else {
                    self.add_after("secret_prefix_missing", "whsec_", inner, &own);
                }
                self.add_base64("secret_base64", inner);
                self.add("secret_hex", inner, &hex);
                let encoded = Zeroizing::new(encode_base64(inner.as_bytes()));
                self.add("secret_decoded", &encoded, &own);
            }
            SecretForm::Base64 { prefix, .. } => {
                let text = inner.strip_prefix(prefix.as_ref()).unwrap_or(inner);
                if let Some(text) = stripped.filter(|stripped| *stripped != text) {
                    self.add("secret_prefix_added", text, &own);
                }
                // A text that has not the form may be the key itself, which was decoded too early.
                let plain = Encoding::Base64.decode(text).is_err();
                let code = if plain {
                    "secret_decoded"
                } else {
                    "secret_undecoded"
                };
                if plain {
                    self.add_base64("secret_base64_form", text);
                }
                if plain && text.bytes().any(|byte| matches!(byte, b'-' | b'_')) {
                    let standard = |letter| match letter {
                        '-' => '+',
                        '_' => '/',
                        letter => letter,
                    };
                    let other: String = text.chars().map(standard).collect();
                    self.add_base64("secret_base64_form", &Zeroizing::new(other));
                }
                self.add(code, text, &raw);
                if text.len() < inner.len() {
                    self.add(code, inner, &raw);
                } else if !prefix.is_empty() {
                    self.add_after(code, prefix, inner, &raw);
                }
                self.add("secret_hex", text, &hex);
                // Base64 of the whole secret, as in a Kubernetes manifest.
                self.add_decoded("secret_base64", text, &own);
            }
            SecretForm::Hex { .. } => {
                self.add("secret_decoded", inner, &raw);
                self.add("secret_base64", inner, &base64(""));
                if let Some(text) = stripped {
                    self.add("secret_prefix_added", text, &own);
                }
                self.add_decoded("secret_base64", inner, &own);
            }
            SecretForm::Credentials { .. } => {
                if let Some(text) = stripped {
                    self.add("secret_prefix_added", text, &own);
                }
                self.add_decoded("secret_base64", stripped.unwrap_or(inner), &own);
            }
        }
    }

    /// The text read as base64 with or without padding.
    fn add_base64(&mut self, code: &'static str, text: &str) {
        if let Some(key) = decode_loose_base64(text.as_bytes()) {
            let text = Zeroizing::new(encode_base64(&key));
            let form = SecretForm::Base64 {
                prefix: "".into(),
                minimum: 8,
            };
            self.add(code, &text, &form);
        }
    }

    /// The text with something before it.
    fn add_after(&mut self, code: &'static str, before: &str, text: &str, form: &SecretForm) {
        let whole = Zeroizing::new([before, text].concat());
        self.add(code, &whole, form);
    }

    /// The text that this one is in base64.
    fn add_decoded(&mut self, code: &'static str, text: &str, form: &SecretForm) {
        let decoded = decode_loose_base64(text.as_bytes());
        let text = decoded
            .as_ref()
            .and_then(|text| core::str::from_utf8(text).ok());
        self.add(code, text.unwrap_or_default(), form);
    }

    #[inline(never)]
    fn add(&mut self, code: &'static str, text: &str, form: &SecretForm) {
        if text.is_empty() || (text == self.given && *form == self.scheme.secret) {
            return;
        }
        let change = Change::Secret {
            text: Zeroizing::new(text.into()),
            form: form.clone(),
        };
        self.repairs.push(Repair::new(code, "", change));
    }
}

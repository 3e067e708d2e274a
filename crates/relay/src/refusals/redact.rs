//! What of a refused request may be written down.
//!
//! Whoever reads the log may see a source's events, but no secret: not the source's own, and not
//! what a sender took for one. So the source's secrets are struck out wherever they stand and in
//! whichever usual writing (hex, base64, percent-encoded), a value
//! whose name says that it is a credential is not shown, and of a signature only how it begins.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// Bytes of a body that are shown.
pub const EXCERPT: usize = 4096;

/// Headers that are shown, and bytes of each value.
const HEADERS: usize = 64;
const VALUE: usize = 256;

/// How much of a signature is shown: its form, and not enough to use it.
const BEGINNING: usize = 16;

/// What vendors set before a secret; its bytes are what follows.
const PREFIXES: [&str; 2] = ["whsec_", "whsk_"];

/// A shorter piece of a secret is no secret, and would strike out half a text.
const SHORTEST_FORM: usize = 8;

/// In the place of what is not shown.
const STRUCK: &str = "[redacted]";

/// Parts of names that say 'credential'.
const CREDENTIALS: [&str; 9] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "password",
    "passwd",
    "apikey",
    "api-key",
    "api_key",
];

/// Parts of names that say 'signature'.
const SIGNATURES: [&str; 4] = ["signature", "hmac", "-sig", "digest"];

/// Where a scheme signs with a token of its own, these headers are shown and no others.
const HARMLESS: [&str; 7] = [
    "accept",
    "content-length",
    "content-type",
    "date",
    "host",
    "user-agent",
    "x-request-id",
];

/// Strikes out.
pub struct Redactor {
    /// Every writing of every secret, the longest first.
    secrets: Vec<Zeroizing<String>>,
    /// Whether the scheme's requests carry the secret itself.
    carries_secret: bool,
}

impl Redactor {
    /// For a source with these secrets. `signs` says whether its scheme signs the content of its
    /// requests; else they carry the secret itself, and any header may be the one.
    pub fn new(secrets: &[&str], signs: bool) -> Self {
        let mut secrets: Vec<Zeroizing<String>> = secrets
            .iter()
            .filter(|text| !text.is_empty())
            .flat_map(|text| forms(text))
            .collect();
        // One that has another in it goes first.
        secrets.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self {
            secrets,
            carries_secret: !signs,
        }
    }

    /// The headers, names in lower case.
    pub fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        headers
            .iter()
            .take(HEADERS)
            .map(|(name, value)| {
                let name = name.to_ascii_lowercase();
                let shown = self.header(&name, value);
                (clip(&name, VALUE), shown)
            })
            .collect()
    }

    fn header(&self, name: &str, value: &str) -> String {
        let hides = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        if hides(&CREDENTIALS) || (self.carries_secret && !HARMLESS.contains(&name)) {
            return STRUCK.into();
        }
        let value = self.strike_secrets(value);
        if hides(&SIGNATURES) {
            return clip(&value, BEGINNING);
        }
        clip(&value, VALUE)
    }

    /// The beginning of a body, as text.
    pub fn body(&self, body: &[u8]) -> String {
        // A secret may stand across the end, so more is searched than is shown.
        let longest = self.secrets.first().map_or(0, |secret| secret.len());
        let searched = body.get(..EXCERPT + longest).unwrap_or(body);
        let text = self.strike_secrets(&String::from_utf8_lossy(searched));
        clip(&strike_credentials(&strike_fields(&text)), EXCERPT)
    }

    /// Words about a request.
    pub fn words(&self, words: &str, most: usize) -> String {
        clip(&strike_credentials(&self.strike_secrets(words)), most)
    }

    fn strike_secrets(&self, text: &str) -> String {
        let strike = |text: String, secret: &Zeroizing<String>| match text.contains(secret.as_str())
        {
            true => text.replace(secret.as_str(), STRUCK),
            false => text,
        };
        self.secrets.iter().fold(text.to_owned(), strike)
    }
}

/// The writings of a secret in which it may stand in a request: itself first.
fn forms(secret: &str) -> Vec<Zeroizing<String>> {
    let bare = PREFIXES
        .iter()
        .find_map(|prefix| secret.strip_prefix(prefix));
    let mut forms = vec![];
    for text in std::iter::once(secret).chain(bare) {
        forms.push(text.to_owned());
        forms.extend(written(text.as_bytes()));
        forms.extend([percent(text, false), percent(text, true)]);
    }
    // Most are base64 of the bytes that sign.
    if let Ok(bytes) = BASE64_STANDARD
        .decode(bare.unwrap_or(secret))
        .map(Zeroizing::new)
    {
        forms.extend(written(&bytes));
    }
    let forms = forms.into_iter().map(Zeroizing::new);
    forms
        .filter(|form| form.len() >= SHORTEST_FORM || **form == secret)
        .collect()
}

/// Bytes in hex and in base64, without the `=` at its end.
fn written(bytes: &[u8]) -> [String; 4] {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [
        hex.to_ascii_uppercase(),
        hex,
        BASE64_STANDARD_NO_PAD.encode(bytes),
        BASE64_URL_SAFE_NO_PAD.encode(bytes),
    ]
}

/// As forms and URLs write it, with the digits of each escape in upper or in lower case.
fn percent(text: &str, lower: bool) -> String {
    let escape = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => char::from(b).to_string(),
        b if lower => format!("%{b:02x}"),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// Strikes out the parts of a form of several whose heads say that they are credentials.
fn strike_fields(text: &str) -> String {
    // Bytes stay where they are.
    let lower = text.to_ascii_lowercase();
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((from, to)) = next_field(&lower, at) {
        shown.push_str(text.get(at..from).unwrap_or_default());
        if from < to {
            shown.push_str(STRUCK);
        }
        at = to;
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    shown
}

/// Where the value of the next such part begins and ends, in lower case text.
fn next_field(text: &str, at: usize) -> Option<(usize, usize)> {
    let mut at = at;
    loop {
        let head = at + text.get(at..)?.find("content-disposition:")?;
        let rest = text.get(head..)?;
        let ends = ["\r\n\r\n", "\n\n"].map(|end| Some(rest.find(end)? + end.len()));
        let from = head + ends.into_iter().flatten().min()?;
        let names = CREDENTIALS.iter().chain(&["signature"]);
        if !names
            .into_iter()
            .any(|part| text[head..from].contains(part))
        {
            at = from;
            continue;
        }
        // A value may have lines that begin with dashes itself, as a key in PEM: it ends at the line
        // that its part began with.
        let boundary = text[..head]
            .lines()
            .rev()
            .find(|line| line.starts_with("--"));
        let end = boundary.and_then(|line| text[from..].find(&format!("\n{line}")));
        let to = end.map_or(text.len(), |end| from + end);
        let to = if text[from..to].ends_with('\r') {
            to - 1
        } else {
            to
        };
        return Some((from, to));
    }
}

/// Strikes out the values of a JSON text or a form whose names say that they are credentials. It
/// reads no structure: it looks for a name, and for what ends its value.
fn strike_credentials(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, value, after)) = next_credential(rest) {
        shown.push_str(before);
        if !value.is_empty() {
            shown.push_str(STRUCK);
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// The next value of a credential: what stands before it, it, and what follows.
fn next_credential(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        // A name is a run of the characters that names are made of.
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
        let length = bytes[at..].iter().take_while(|byte| is_name(byte)).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let end = at + length;
        let name = bytes[at..end].to_ascii_lowercase();
        let says = |part: &&str| {
            name.windows(part.len())
                .any(|piece| piece == part.as_bytes())
        };
        let names = CREDENTIALS.iter().chain(&["signature"]);
        if names.into_iter().any(says)
            && let Some((from, to)) = value_after(bytes, end)
        {
            // Both ends stand beside ASCII, so they are ends of characters.
            return Some((text.get(..from)?, text.get(from..to)?, text.get(to..)?));
        }
        at = end;
    }
    None
}

/// Where the value of a name that ends at `end` begins and ends: `name=value&`, or `"name": value`.
fn value_after(bytes: &[u8], end: usize) -> Option<(usize, usize)> {
    let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| !stop(**byte)).count()
    };
    if bytes.get(end) == Some(&b'=') {
        return Some((end + 1, until(end + 1, &|byte| byte == b'&')));
    }
    if bytes.get(end) != Some(&b'"') {
        return None;
    }
    let colon = until(end + 1, &|byte| !byte.is_ascii_whitespace());
    if bytes.get(colon) != Some(&b':') {
        return None;
    }
    let from = until(colon + 1, &|byte| !byte.is_ascii_whitespace());
    match bytes.get(from) {
        Some(b'"') => Some((from + 1, end_of_string(bytes, from + 1))),
        Some(b'{' | b'[') => Some((from, end_of_group(bytes, from))),
        // A number or a word: up to what ends it.
        _ => Some((from, until(from, &|byte| b",}] \t\r\n".contains(&byte)))),
    }
}

/// The closing quotation mark of a string that begins at `from`, or the end.
fn end_of_string(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Past the bracket that closes the one at `from`, or the end.
fn end_of_group(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at + 1),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// At most so many bytes, and a sign where something is missing.
pub fn clip(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    format!("{}…", &text[..end])
}

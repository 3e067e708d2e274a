//! A request as text, so that a seed can be read and a crash understood:
//!
//! ```text
//! stripe
//! whsec_secret
//! 1773738000
//! POST https://example.com/in
//! Stripe-Signature: t=1773738000,v1=…
//!
//! {"id":"evt_1"}
//! ```
//!
//! A line that is missing or cannot be read has a default: no input is wasted.

use hookgate::{Request, SCHEMES, Scheme, scheme};

use crate::NOW;

pub struct Case<'a> {
    first: &'a [u8],
    pub secret: &'a str,
    pub now: u64,
    pub method: &'a str,
    pub url: &'a str,
    pub headers: Vec<(&'a str, &'a [u8])>,
    pub body: &'a [u8],
}

impl<'a> Case<'a> {
    pub fn read(data: &'a [u8]) -> Self {
        let end = data.windows(2).position(|pair| pair == b"\n\n");
        let (head, body) = match end {
            Some(end) => (&data[..end], &data[end + 2..]),
            None => (data, &b""[..]),
        };
        let (first, rest) = line(head);
        let (secret, rest) = line(rest);
        let (now, rest) = line(rest);
        let (target, rest) = line(rest);
        let target = text(target).split_once(' ');
        let (method, url) = target.unwrap_or(("POST", "https://example.com/in"));
        let headers = rest
            .split(|byte| *byte == b'\n')
            .take(64)
            .filter_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                let value = &line[colon + 1..];
                let value = value.strip_prefix(b" ").unwrap_or(value);
                Some((core::str::from_utf8(&line[..colon]).ok()?, value))
            });
        Self {
            first,
            secret: text(secret),
            now: text(now).parse().unwrap_or(NOW),
            method,
            url,
            headers: headers.collect(),
            body,
        }
    }

    pub fn request(&self) -> Request<'_> {
        Request {
            method: self.method,
            url: self.url,
            headers: &self.headers,
            body: self.body,
        }
    }

    /// The first line as it is.
    pub fn first(&self) -> &'a str {
        text(self.first)
    }

    /// The scheme that the first line names; else its first byte selects one of these names, or of
    /// the whole table if there are none.
    pub fn scheme(&self, names: &[&str]) -> &'static Scheme {
        let name = self.first();
        let byte = usize::from(self.first.first().copied().unwrap_or(0));
        let named = scheme(name).filter(|_| names.is_empty() || names.contains(&name));
        named
            .or_else(|| scheme(names.get(byte % names.len().max(1))?))
            .unwrap_or(&SCHEMES[byte % SCHEMES.len()])
    }
}

/// The bytes before the first line break, and those after it.
pub fn line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, b""),
    }
}

/// The first line, if it is a JSON pointer, and the bytes after it.
pub fn pointer(data: &[u8]) -> Option<(&str, &[u8])> {
    let (pointer, rest) = line(data);
    let pointer = core::str::from_utf8(pointer).ok()?;
    let mut escapes = pointer.split('~').skip(1);
    let escaped = escapes.all(|rest| rest.starts_with(['0', '1']));
    (pointer.starts_with('/') && escaped).then_some((pointer, rest))
}

/// The number of the first eight bytes, and the bytes after them.
pub fn number(data: &[u8]) -> (u64, &[u8]) {
    let (bytes, rest) = data.split_at(data.len().min(8));
    let number = bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    (number, rest)
}

fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or("")
}

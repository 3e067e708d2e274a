//! Other URLs that the provider may have on file: behind a proxy, with another port, scheme or end.

use alloc::string::String;
use alloc::vec::Vec;

use super::header::percent_decoded;
use super::trial::{Change, Repair};
use crate::find::split_once;
use crate::headers::values;
use crate::request::Request;
use crate::scheme::{Part, Scheme};

/// The longest URL of which others are tried, and how many are.
const LONGEST: usize = 4_096;
const MOST: usize = 48;

pub(super) fn repairs(scheme: &Scheme, request: &Request<'_>) -> Vec<Repair> {
    let mut repairs = Vec::new();
    if scheme.signs(|part| *part == Part::Method) {
        for method in ["POST", "GET", "PUT"] {
            if method != request.method {
                let detail = ["it was ", method].concat();
                repairs.push(Repair::new("method", &detail, Change::Method(method)));
            }
        }
    }
    if !scheme.signs_url() || request.url.len() > LONGEST {
        return repairs;
    }
    let mut found: Vec<(Vec<&'static str>, String)> = Vec::new();
    let mut add = |codes: Vec<&'static str>, url: String| {
        let known = url == request.url || found.iter().any(|(_, other)| *other == url);
        if !known && found.len() < MOST {
            found.push((codes, url));
        }
    };
    let given = Address::parse(request.url);
    let proxied = proxied(request);
    let alone = given.map_or(Vec::new(), |address| address.others());
    for (code, url) in &alone {
        add([*code].into(), url.clone());
    }
    for (code, address) in &proxied {
        add([*code].into(), address.text());
    }
    // Two at once.
    let starts = alone
        .iter()
        .filter_map(|(code, url)| Some((*code, Address::parse(url)?)));
    for (first, address) in starts.chain(proxied.iter().copied()) {
        for (second, url) in address.others() {
            if first != second {
                add([first, second].into(), url);
            }
        }
    }
    repairs.extend(found.into_iter().map(|(codes, url)| Repair {
        codes,
        detail: String::new(),
        change: Change::Url(url),
    }));
    repairs
}

/// A URL in its parts, each as it was written.
#[derive(Clone, Copy, Default)]
struct Address<'u> {
    secure: bool,
    /// With its credentials.
    host: &'u str,
    port: Option<&'u str>,
    /// What a proxy took away from the path.
    prefix: &'u str,
    path: &'u str,
    /// Whether a slash follows the path.
    slash: bool,
    /// With its `?`, and the fragment.
    query: &'u str,
}

impl<'u> Address<'u> {
    fn parse(url: &'u str) -> Option<Self> {
        let (scheme, rest) = split_once(url, "://")?;
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let (authority, rest) = split_before(rest, &['/', '?', '#']);
        let address = Self {
            secure,
            ..Self::default()
        };
        Some(address.at_host(authority).at_path(rest))
    }

    fn at_host(self, authority: &'u str) -> Self {
        let (host, port) = split_port(authority);
        Self { host, port, ..self }
    }

    fn at_path(self, rest: &'u str) -> Self {
        let (path, query) = split_before(rest, &['?', '#']);
        Self {
            path,
            query,
            ..self
        }
    }

    fn text(&self) -> String {
        [
            if self.secure { "https://" } else { "http://" },
            self.host,
            if self.port.is_some() { ":" } else { "" },
            self.port.unwrap_or_default(),
            self.prefix,
            self.path,
            if self.slash { "/" } else { "" },
            self.query,
        ]
        .concat()
    }

    /// With one thing changed.
    fn others(&self) -> Vec<(&'static str, String)> {
        let port = match self.port {
            Some(_) => None,
            None => Some(if self.secure { "443" } else { "80" }),
        };
        let slashed = match self.path.strip_suffix('/') {
            Some(path) => Self { path, ..*self },
            None => Self {
                slash: !self.slash,
                ..*self
            },
        };
        let secure = !self.secure;
        let changed = [
            ("url_scheme", Self { secure, ..*self }),
            ("url_port", Self { port, ..*self }),
            ("url_trailing_slash", slashed),
            ("url_query", Self { query: "", ..*self }),
        ];
        let mut others: Vec<(&'static str, String)> = changed
            .iter()
            .map(|(code, address)| (*code, address.text()))
            .collect();
        let root = Self {
            prefix: "",
            slash: false,
            ..self.at_path("")
        };
        let (root, whole) = (root.text(), self.text());
        let rest = whole.get(root.len()..).unwrap_or_default();
        if rest.contains('%')
            && let Ok(plain) = String::from_utf8(percent_decoded(rest))
        {
            others.push(("url_encoding", [root.as_str(), &plain].concat()));
        }
        let is_escaped = |byte: u8| matches!(byte, b' ' | b'"' | b'<' | b'>' | b'|' | 0x80..);
        if rest.bytes().any(is_escaped) {
            let mut escaped = root;
            for byte in rest.bytes() {
                match byte {
                    b' ' => escaped.push_str("%20"),
                    byte if is_escaped(byte) => crate::parameters::escape(&[byte], &mut escaped),
                    byte => escaped.push(char::from(byte)),
                }
            }
            others.push(("url_encoding", escaped));
        }
        others
    }
}

/// The text before the first of these, and the rest.
fn split_before<'t>(text: &'t str, ends: &[char]) -> (&'t str, &'t str) {
    let end = text.find(ends).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            (host, Some(port))
        }
        _ => (authority, None),
    }
}

/// The URLs that the request's own headers tell of.
fn proxied<'a>(request: &Request<'a>) -> Vec<(&'static str, Address<'a>)> {
    // Of several names, the first that is there; of several proxies, the first is the public one.
    let header = |names: &[&str]| -> Option<&'a str> {
        let value = names.iter().find_map(|name| values(request, name).next())?;
        let first = core::str::from_utf8(value).ok()?.split(',').next()?.trim();
        (!first.is_empty() && first.len() <= 256).then_some(first)
    };
    let forwarded = header(&["forwarded"]).unwrap_or_default();
    let field = |name: &str| {
        let mut fields = forwarded
            .split(';')
            .filter_map(|field| field.trim().split_once('='));
        let (_, value) = fields.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value.trim_matches(&['"'][..]))
    };
    let mut found = Vec::new();
    let given = Address::parse(request.url);
    let relative = given.is_none() && request.url.starts_with('/');
    let path_alone = Address {
        secure: true,
        ..Address::default()
    };
    let Some(start) = given.or(relative.then_some(path_alone.at_path(request.url))) else {
        return found;
    };
    let own_host = header(&["host"]);
    let host = header(&["x-forwarded-host", "x-original-host"]).or_else(|| field("host"));
    let proto = header(&["x-forwarded-proto", "x-forwarded-scheme"]).or_else(|| field("proto"));
    let path = header(&["x-original-url", "x-forwarded-uri", "x-original-uri"]);
    let prefix = header(&["x-forwarded-prefix"]);
    let port = header(&["x-forwarded-port"]);
    if [host, proto, path, prefix, port]
        .iter()
        .any(Option::is_some)
    {
        let host = host.or(own_host.filter(|_| relative));
        let mut address = host.map_or(start, |host| start.at_host(host));
        if let Some(proto) = proto {
            address.secure = proto.eq_ignore_ascii_case("https");
        }
        if let Some(path) = path {
            address = Address::parse(path).unwrap_or(address.at_path(path));
        }
        address.prefix = prefix.unwrap_or_default().trim_end_matches('/');
        found.push(("url_proxy", address));
        let default = if address.secure { "443" } else { "80" };
        let port = port.filter(|port| *port != default);
        if port != address.port {
            found.push(("url_proxy", Address { port, ..address }));
        }
    }
    if let Some(host) = own_host {
        let code = if relative { "url_relative" } else { "url_host" };
        let address = start.at_host(host);
        let secure = !address.secure;
        found.push((code, address));
        found.push((code, Address { secure, ..address }));
    }
    found
}

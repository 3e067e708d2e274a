//! Other URLs that the provider may have on file: behind a proxy, with another port, scheme or end.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use super::header::percent_decoded;
use super::trial::{Change, Repair};
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
    for (code, url) in given.iter().flat_map(Address::others) {
        add([code].into(), url);
    }
    let proxied = proxied(request);
    for (code, address) in &proxied {
        add([*code].into(), address.text());
    }
    // Two at once.
    if let Some(address) = &given {
        for (first, url) in address.others() {
            for (second, url) in Address::parse(&url).iter().flat_map(Address::others) {
                if first < second {
                    add([first, second].into(), url);
                }
            }
        }
    }
    for (first, address) in &proxied {
        for (second, url) in address.others() {
            add([*first, second].into(), url);
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
#[derive(Clone)]
struct Address {
    secure: bool,
    /// With its credentials.
    host: String,
    port: Option<String>,
    path: String,
    /// With its `?`, and the fragment.
    query: String,
}

impl Address {
    fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (host, port) = split_port(authority);
        let (path, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        Some(Self {
            secure,
            host: host.into(),
            port: port.map(String::from),
            path: path.into(),
            query: query.into(),
        })
    }

    fn text(&self) -> String {
        let scheme = if self.secure { "https://" } else { "http://" };
        let (colon, port) = self
            .port
            .as_ref()
            .map_or(("", ""), |port| (":", port.as_str()));
        [scheme, &self.host, colon, port, &self.path, &self.query].concat()
    }

    /// With one thing changed.
    fn others(&self) -> Vec<(&'static str, String)> {
        let mut others = Vec::new();
        let mut add = |code, change: &dyn Fn(&mut Self)| {
            let mut other = self.clone();
            change(&mut other);
            others.push((code, other.text()));
        };
        add("url_scheme", &|url| url.secure = !url.secure);
        add("url_port", &|url| {
            let default = if url.secure { "443" } else { "80" };
            url.port = match url.port {
                Some(_) => None,
                None => Some(default.into()),
            };
        });
        add(
            "url_trailing_slash",
            &|url| match url.path.strip_suffix('/') {
                Some(path) => url.path = path.to_owned(),
                None => url.path.push('/'),
            },
        );
        if !self.query.is_empty() {
            add("url_query", &|url| url.query.clear());
        }
        let text = [self.path.as_str(), &self.query].concat();
        if text.contains('%') {
            let plain = String::from_utf8(percent_decoded(&text)).unwrap_or_default();
            add("url_encoding", &|url| url.set_path(&plain));
        }
        if text.contains([' ', '"', '<', '>', '|']) || !text.is_ascii() {
            let mut escaped = String::new();
            for byte in text.bytes() {
                match byte {
                    b' ' => escaped.push_str("%20"),
                    b'"' | b'<' | b'>' | b'|' | 0x80.. => {
                        crate::parameters::escape(&[byte], &mut escaped);
                    }
                    byte => escaped.push(char::from(byte)),
                }
            }
            add("url_encoding", &|url| url.set_path(&escaped));
        }
        others
    }

    fn set_path(&mut self, text: &str) {
        let (path, query) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
        (self.path, self.query) = (path.into(), query.into());
    }
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
fn proxied(request: &Request<'_>) -> Vec<(&'static str, Address)> {
    let header = |name: &str| {
        let value = values(request, name).next()?;
        let value = core::str::from_utf8(value).ok()?;
        // The first proxy is the public one.
        let first = value.split(',').next()?.trim();
        (!first.is_empty() && first.len() <= 256).then_some(first)
    };
    let forwarded = header("forwarded").unwrap_or_default();
    let field = |name: &str| {
        let mut fields = forwarded
            .split(';')
            .filter_map(|field| field.trim().split_once('='));
        let (_, value) = fields.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value.trim_matches('"'))
    };
    let given = Address::parse(request.url);
    let relative = given.is_none() && request.url.starts_with('/');
    let host = header("x-forwarded-host")
        .or(header("x-original-host"))
        .or(field("host"));
    let behind = host.is_some();
    let proto = header("x-forwarded-proto")
        .or(header("x-forwarded-scheme"))
        .or(field("proto"));
    let path = header("x-original-url")
        .or(header("x-forwarded-uri"))
        .or(header("x-original-uri"));
    let prefix = header("x-forwarded-prefix");
    let port = header("x-forwarded-port");
    let told = behind || proto.is_some() || path.is_some() || prefix.is_some() || port.is_some();
    let mut found = Vec::new();
    let start = match (given, relative) {
        (Some(address), _) => address,
        (None, true) => {
            let mut address = Address {
                secure: true,
                host: String::new(),
                port: None,
                path: String::new(),
                query: String::new(),
            };
            address.set_path(request.url);
            address
        }
        _ => return found,
    };
    let at_host = |host: &str| {
        let mut address = start.clone();
        let (host, port) = split_port(host);
        address.host = host.into();
        address.port = port.map(String::from);
        address
    };
    if told {
        let mut address = match host {
            Some(host) => at_host(host),
            None if relative => at_host(header("host").unwrap_or_default()),
            None => start.clone(),
        };
        if let Some(proto) = proto {
            address.secure = proto.eq_ignore_ascii_case("https");
        }
        if let Some(path) = path {
            match Address::parse(path) {
                Some(whole) => address = whole,
                None => address.set_path(path),
            }
        }
        if let Some(prefix) = prefix {
            address.path = [prefix.trim_end_matches('/'), &address.path].concat();
        }
        found.push(("url_proxy", address.clone()));
        let default = if address.secure { "443" } else { "80" };
        if let Some(port) = port.filter(|port| *port != default) {
            address.port = Some(port.into());
            found.push(("url_proxy", address));
        } else if address.port.is_some() {
            address.port = None;
            found.push(("url_proxy", address));
        }
    }
    if let Some(host) = header("host") {
        let code = if relative { "url_relative" } else { "url_host" };
        let mut address = at_host(host);
        found.push((code, address.clone()));
        address.secure = !address.secure;
        found.push((code, address));
    }
    found
}

//! Other URLs that the provider may have on file: behind a proxy, with another port, scheme or end.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::steps::{Step, written};
use super::trial::{Bench, Case, Told, Visit};
use crate::find::split_once;
use crate::headers::values;
use crate::parameters::Escapes;
use crate::request::Request;
use crate::scheme::{Part, Scheme};

/// The longest URL of which others are tried, and how many are.
const LONGEST: usize = 4_096;
const MOST: usize = 48;

/// One thing that may be different.
const CHANGES: [&str; 6] = [
    "url_scheme",
    "url_port",
    "url_trailing_slash",
    "url_query",
    "url_encoding",
    "url_encoding",
];

/// A URL, or a method, and the causes that it would be.
struct Other {
    codes: Vec<&'static str>,
    text: String,
}

/// What may have been called instead.
#[derive(Default)]
pub(super) struct Addresses(Vec<Other>);

impl Addresses {
    pub(super) fn of(scheme: &Scheme, request: &Request<'_>) -> Self {
        let mut all = Self::default();
        if scheme.signs(|part| *part == Part::Method) {
            for method in ["POST", "GET", "PUT"] {
                all.add(request.method, &["method"], method.into());
            }
        }
        if !scheme.signs_url() || request.url.len() > LONGEST {
            return all;
        }
        let given = request.url;
        let mut starts = proxied(request);
        // The likeliest of all, where there is a proxy.
        for (code, url) in starts.iter().filter(|(code, _)| *code == "url_proxy") {
            all.add(given, &[code], url.clone());
        }
        all.add_changes(given, &[], given);
        for (code, url) in &starts {
            all.add(given, &[code], url.clone());
        }
        // Two at once.
        let alone = all.0.iter().filter(|other| other.codes != ["method"]);
        let alone: Vec<_> = alone
            .map(|other| (other.codes[0], other.text.clone()))
            .collect();
        starts.splice(..0, alone);
        for (code, url) in &starts {
            all.add_changes(given, &[code], url);
        }
        all
    }

    /// The URL with each thing changed.
    fn add_changes(&mut self, given: &str, codes: &[&'static str], url: &str) {
        for (index, code) in CHANGES.iter().enumerate() {
            if let Some(text) = changed(url, index).filter(|_| !codes.contains(code)) {
                self.add(given, &[codes, &[*code]].concat(), text);
            }
        }
    }

    fn add(&mut self, given: &str, codes: &[&'static str], text: String) {
        let known = text == given || self.0.iter().any(|other| other.text == text);
        if !known && self.0.len() < MOST {
            let codes = codes.to_vec();
            self.0.push(Other { codes, text });
        }
    }

    /// The case with each of those in `range`.
    pub(super) fn try_each(
        &self,
        case: &Case<'_>,
        range: Range<usize>,
        bench: &mut Bench,
        visit: Visit<'_>,
    ) -> bool {
        let mut others = self.0.iter().skip(range.start).take(range.len());
        others.any(|Other { codes, text }| {
            let is_method = codes.first() == Some(&"method");
            let told = Told {
                codes,
                detail: if is_method { text } else { "" },
                before: case.told,
            };
            let mut case = Case {
                told: Some(&told),
                ..*case
            };
            if is_method {
                case.request.method = text;
            } else {
                case.request.url = text;
            }
            visit(&case, bench)
        })
    }
}

/// Whether it is `https`, what stands up to the path, the path, and the rest from `?` or `#` on.
fn parts(url: &str) -> Option<(bool, &str, &str, &str)> {
    let (scheme, rest) = split_once(url, "://")?;
    let is_secure = scheme.eq_ignore_ascii_case("https");
    (is_secure || scheme.eq_ignore_ascii_case("http")).then_some(())?;
    let (host, rest) = split_before(rest, b"/?#");
    let (path, query) = split_before(rest, b"?#");
    Some((is_secure, host, path, query))
}

fn joined(is_secure: bool, parts: &[&str]) -> String {
    let scheme = if is_secure { "https://" } else { "http://" };
    [scheme, &parts.concat()].concat()
}

/// The URL with one of `CHANGES`.
fn changed(url: &str, change: usize) -> Option<String> {
    let (is_secure, host, path, query) = parts(url)?;
    let rewritten = |step: Step| {
        let rest = written(&[step], [path, query].concat().as_bytes(), false)?;
        Some(joined(is_secure, &[host, &String::from_utf8(rest).ok()?]))
    };
    match change {
        0 => Some(joined(!is_secure, &[host, path, query])),
        1 => {
            let port = if is_secure { ":443" } else { ":80" };
            let (host, port) = match without_port(host) {
                Some(host) => (host, ""),
                None => (host, port),
            };
            Some(joined(is_secure, &[host, port, path, query]))
        }
        2 => {
            let (path, slash) = match path.strip_suffix('/') {
                Some(path) => (path, ""),
                None => (path, "/"),
            };
            Some(joined(is_secure, &[host, path, slash, query]))
        }
        3 => Some(joined(is_secure, &[host, path])),
        4 => rewritten(Step::Percent),
        _ => rewritten(Step::Escape(Escapes {
            plain: b"-_.~:/?#[]@!$&'()*+,;=%\\^`{}",
            plus: false,
            upper: true,
        })),
    }
}

fn split_before<'t>(text: &'t str, ends: &[u8]) -> (&'t str, &'t str) {
    let end = text.bytes().position(|byte| ends.contains(&byte));
    text.split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

fn without_port(host: &str) -> Option<&str> {
    let bare = host.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let bare = bare.strip_suffix(':')?;
    (bare.len() + 1 < host.len()).then_some(bare)
}

/// The first value of the first header of these; of several proxies, the first is the public one.
fn header<'a>(request: &Request<'a>, names: &[&str]) -> Option<&'a str> {
    let value = names.iter().find_map(|name| values(request, name).next())?;
    let (first, _) = split_before(core::str::from_utf8(value).ok()?, b",");
    let first = first.trim_ascii();
    (!first.is_empty() && first.len() <= 256).then_some(first)
}

/// The URLs that the request's own headers tell of.
fn proxied(request: &Request<'_>) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let is_relative = request.url.starts_with('/');
    let (given_secure, given_host, given_path, query) = match parts(request.url) {
        Some(parts) => parts,
        None if is_relative => {
            let (path, query) = split_before(request.url, b"?#");
            (true, "", path, query)
        }
        None => return found,
    };
    let forwarded = header(request, &["forwarded"]).unwrap_or_default();
    let field = |name: &str| {
        let mut fields = forwarded
            .split(';')
            .filter_map(|field| field.split_once('='));
        let (_, value) = fields.find(|(key, _)| key.trim_ascii().eq_ignore_ascii_case(name))?;
        let value = value.trim_ascii();
        Some(
            value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'))
                .unwrap_or(value),
        )
    };
    let own_host = header(request, &["host"]);
    let host = header(request, &["x-forwarded-host", "x-original-host"]).or_else(|| field("host"));
    let proto =
        header(request, &["x-forwarded-proto", "x-forwarded-scheme"]).or_else(|| field("proto"));
    let path = header(
        request,
        &["x-original-url", "x-forwarded-uri", "x-original-uri"],
    );
    let prefix = header(request, &["x-forwarded-prefix"]);
    let port = header(request, &["x-forwarded-port"]);
    if host.or(proto).or(path).or(prefix).or(port).is_some() {
        let own = own_host.filter(|_| is_relative).unwrap_or(given_host);
        let mut address = (given_secure, host.unwrap_or(own), given_path, query);
        if let Some(proto) = proto {
            address.0 = proto.eq_ignore_ascii_case("https");
        }
        if let Some(path) = path {
            let (bare, query) = split_before(path, b"?#");
            address = parts(path).unwrap_or((address.0, address.1, bare, query));
        }
        let (is_secure, host, path, query) = address;
        let prefix = prefix.unwrap_or_default();
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        found.push(("url_proxy", joined(is_secure, &[host, prefix, path, query])));
        if let Some(port) = port {
            let host = without_port(host).unwrap_or(host);
            found.push((
                "url_proxy",
                joined(is_secure, &[host, ":", port, prefix, path, query]),
            ));
            found.push(("url_proxy", joined(is_secure, &[host, prefix, path, query])));
        }
    }
    if let Some(host) = own_host {
        let code = if is_relative {
            "url_relative"
        } else {
            "url_host"
        };
        for is_secure in [given_secure, !given_secure] {
            found.push((code, joined(is_secure, &[host, given_path, query])));
        }
    }
    found
}

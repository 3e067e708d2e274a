//! Headers that a proxy, a framework or a caller renamed, joined, quoted or cut.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::trial::{Change, HeaderList, Repair};
use crate::find::replace;
use crate::headers::{Headers, values};
use crate::request::Request;
use crate::scheme::{Grammar, Part, Scheme, SignaturePlace, Text, TimestampPlace};

/// Headers of one request that are looked at.
const LIMIT: usize = 256;

/// The headers that the signature needs, in the names of the request's family; the signature first.
pub(super) fn needed(scheme: &Scheme, request: &Request<'_>) -> Vec<Text> {
    let headers = Headers::new(scheme, request);
    let mut needed = Vec::new();
    needed.extend(signature_names(scheme));
    if let Some(TimestampPlace::Header(name)) =
        scheme.timestamp.as_ref().map(|timestamp| &timestamp.place)
    {
        needed.push(name.clone());
    }
    needed.extend(scheme.id_header().cloned());
    needed.extend(scheme.message.iter().filter_map(|part| match part {
        Part::Header(name) => Some(name.clone()),
        _ => None,
    }));
    needed.extend(
        scheme
            .expects
            .iter()
            .map(|expected| expected.header.clone()),
    );
    needed.iter().map(|name| headers.name(name)).collect()
}

/// The headers of signatures, where they stand in headers.
pub(super) fn signature_names(scheme: &Scheme) -> Vec<Text> {
    match &scheme.signature {
        SignaturePlace::Header(name) => [name.clone()].into(),
        SignaturePlace::Headers(names) => names.to_vec(),
        SignaturePlace::Numbered(prefix) => [Text::Owned([prefix, "1"].concat())].into(),
        _ => Vec::new(),
    }
}

/// A copy of the request's headers.
pub(super) fn copied(request: &Request<'_>) -> HeaderList {
    let copy = |(name, value): &(&str, &[u8])| (name.to_string(), value.to_vec());
    request.headers.iter().take(LIMIT).map(copy).collect()
}

pub(super) fn repairs(scheme: &Scheme, request: &Request<'_>) -> Vec<Repair> {
    let mut repairs = Vec::new();
    let names = needed(scheme, request);
    repairs.extend(renamed(&names, request));
    for name in &names {
        let mut found = values(request, name);
        let Some(value) = found.next() else {
            continue;
        };
        if found.next().is_some() {
            let mut headers = copied(request);
            let mut first = true;
            headers.retain(|(header, _)| {
                !header.eq_ignore_ascii_case(name) || core::mem::replace(&mut first, false)
            });
            let detail = alloc::format!("`{name}`");
            repairs.push(Repair::new(
                "header_repeated",
                &detail,
                Change::Headers(headers),
            ));
        }
        for (code, value) in other_values(value) {
            repairs.push(with_value(request, name, code, value));
        }
    }
    let named = Headers::new(scheme, request);
    for name in signature_names(scheme) {
        let name = named.name(&name);
        if let Some(Ok(value)) = values(request, &name).next().map(core::str::from_utf8) {
            let other = other_prefix(&scheme.grammar, value.trim());
            let repair = |value: String| with_value(request, &name, "header_prefix", value.into());
            repairs.extend(other.map(repair));
        }
    }
    repairs.extend(form_content(scheme, request));
    repairs
}

/// The request with another value in this header.
pub(super) fn with_value(
    request: &Request<'_>,
    name: &str,
    code: &'static str,
    value: Vec<u8>,
) -> Repair {
    let mut headers = copied(request);
    for (header, old) in &mut headers {
        if header.eq_ignore_ascii_case(name) {
            old.clone_from(&value);
        }
    }
    Repair::new(code, &alloc::format!("`{name}`"), Change::Headers(headers))
}

/// Every needed header that is missing, found under a similar name.
fn renamed(needed: &[Text], request: &Request<'_>) -> Option<Repair> {
    let mut headers = copied(request);
    let mut detail = String::new();
    for name in needed {
        if values(request, name).next().is_some() {
            continue;
        }
        let wanted = plain(name);
        if let Some((header, _)) = headers
            .iter_mut()
            .find(|(header, _)| plain(header) == wanted)
        {
            if !detail.is_empty() {
                detail.push_str(", ");
            }
            detail = [&detail, "`", header.as_str(), "` for `", name, "`"].concat();
            *header = name.as_ref().to_owned();
        }
    }
    (!detail.is_empty()).then(|| Repair::new("header_renamed", &detail, Change::Headers(headers)))
}

/// A header's name without what CGI, frameworks and proxies make of it.
fn plain(name: &str) -> String {
    let name = name.trim_end_matches(':').to_ascii_lowercase();
    let mut plain = replace(&replace(&name, "_", "-"), " ", "-");
    for prefix in ["http-", "x-original-", "x-forwarded-", "x-"] {
        if let Some(rest) = plain.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
            plain = rest.to_owned();
        }
    }
    replace(&plain, "-", "")
}

/// What a value may have been before something was done to it.
fn other_values(value: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut others = Vec::new();
    if value.len() > crate::grammar::SIGNATURE_LIMIT {
        return others;
    }
    let trimmed = value.trim_ascii();
    if trimmed.len() < value.len() {
        others.push(("header_whitespace", trimmed.to_vec()));
    }
    let is_quote = |byte: u8| matches!(byte, b'"' | b'\'' | b'[' | b']');
    let mut inner = trimmed;
    while let [first, middle @ .., last] = inner {
        if !(is_quote(*first) && is_quote(*last)) {
            break;
        }
        inner = middle;
    }
    if inner.len() < trimmed.len() {
        others.push(("header_quoted", inner.to_vec()));
    }
    for separator in [&b", "[..], b","] {
        let half = trimmed.len().saturating_sub(separator.len()) / 2;
        let (first, rest) = trimmed.split_at(half);
        if half > 0 && rest.strip_prefix(separator) == Some(first) {
            others.push(("header_joined", first.to_vec()));
        }
    }
    if let Ok(text) = core::str::from_utf8(trimmed) {
        if text.contains('%') {
            others.push(("header_escaped", percent_decoded(text)));
        }
        // `+` of base64, read as a form would.
        if text.contains(' ') {
            others.push(("header_escaped", replace(text, " ", "+").into_bytes()));
        }
    }
    others
}

pub(super) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *byte == b'%');
        match code.and_then(crate::encoding::decode_hex) {
            Some(code) => {
                decoded.extend_from_slice(&code);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    decoded
}

/// The value with the grammar's prefix, or without one that is not the grammar's.
fn other_prefix(grammar: &Grammar, value: &str) -> Option<String> {
    let bare = || {
        let (before, after) = value.split_once(['=', ' ', ','])?;
        let word = !before.is_empty() && before.len() <= 12;
        // `=` alone at the end is base64's.
        let more = !after.trim_matches(&['='][..]).is_empty();
        (word && more).then_some(after)
    };
    match grammar {
        Grammar::Prefixed { prefix } if prefix.is_empty() => bare().map(String::from),
        Grammar::Prefixed { prefix } => match value.strip_prefix(prefix.as_ref()) {
            Some(rest) => rest
                .strip_prefix(prefix.as_ref())
                .map(|rest| [prefix, rest].concat()),
            None => Some([prefix, bare().unwrap_or(value)].concat()),
        },
        Grammar::Authorization { scheme } => Some([scheme, " ", rest_of(value)].concat()),
        Grammar::SpaceList { version, .. } if !value.contains([',', ' ']) => {
            Some([version, ",", value].concat())
        }
        _ => None,
    }
    .filter(|other| other != value)
}

/// What follows the first word; all of it if there is no other.
fn rest_of(value: &str) -> &str {
    value.split_once(' ').map_or(value, |(_, rest)| rest)
}

/// A form that lost its content type.
fn form_content(scheme: &Scheme, request: &Request<'_>) -> Option<Repair> {
    let signs_form = scheme.signs(|part| {
        matches!(
            part,
            Part::Form { .. } | Part::QueryAndForm | Part::Parameters
        )
    });
    let is_like = request.body.contains(&b'=') && !request.body.starts_with(b"{");
    if !signs_form || !is_like || crate::parameters::is_form(request) {
        return None;
    }
    let mut headers = copied(request);
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    let form = b"application/x-www-form-urlencoded".to_vec();
    headers.push(("Content-Type".into(), form));
    Some(Repair::new("content_type", "", Change::Headers(headers)))
}

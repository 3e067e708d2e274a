//! Headers that a proxy, a framework or a caller renamed, joined, quoted or cut.

use alloc::string::String;
use alloc::vec::Vec;

use super::steps::{Step, written};
use super::trial::{Bench, Case, Told, Visit};
use crate::find::split_once;
use crate::headers::{Headers, values};
use crate::request::Request;
use crate::scheme::{Grammar, Part, Scheme, SignaturePlace, Text, TimestampPlace};

/// Headers of one request that are looked at.
const LIMIT: usize = 256;

/// What may have been done to a value.
const ROWS: &[(&str, &[Step])] = &[
    ("header_whitespace", &[Step::Trim]),
    ("header_quoted", &[Step::Trim, Step::Unquote]),
    ("header_joined", &[Step::Trim, Step::Halve]),
    ("header_escaped", &[Step::Trim, Step::Percent]),
    // `+` of base64, read as a form would.
    ("header_escaped", &[Step::Trim, Step::Replace(" ", "+")]),
];

/// The headers that the signature needs, in the names of the request's family; the signature first,
/// and how many headers it may stand in.
pub(super) fn needed(scheme: &Scheme, request: &Request<'_>) -> (Vec<Text>, usize) {
    let headers = Headers::new(scheme, request);
    let mut needed = Vec::new();
    let mut add = |name: &Text| needed.push(headers.name(name));
    let mut signatures = 1;
    match &scheme.signature {
        SignaturePlace::Header(name) => add(name),
        SignaturePlace::Headers(names) => {
            names.iter().for_each(&mut add);
            signatures = names.len();
        }
        SignaturePlace::Numbered(prefix) => add(&Text::Owned([prefix, "1"].concat())),
        _ => signatures = 0,
    }
    if let Some(TimestampPlace::Header(name)) =
        scheme.timestamp.as_ref().map(|timestamp| &timestamp.place)
    {
        add(name);
    }
    scheme.id_header().into_iter().for_each(&mut add);
    for part in scheme.message.iter() {
        if let Part::Header(name) = part {
            add(name);
        }
    }
    for expected in scheme.expects.iter() {
        add(&expected.header);
    }
    (needed, signatures)
}

/// The case with other headers.
pub(super) fn repairs(case: &Case<'_>, bench: &mut Bench, visit: Visit<'_>) -> bool {
    let request = &case.request;
    let (names, signatures) = needed(case.scheme, request);
    if renamed(case, &names, bench, visit) {
        return true;
    }
    for (index, name) in names.iter().enumerate() {
        let mut found = values(request, name);
        let Some(value) = found.next() else {
            continue;
        };
        if found.next().is_some() && with_value(case, name, "header_repeated", value, bench, visit)
        {
            return true;
        }
        if value.len() > crate::grammar::SIGNATURE_LIMIT {
            continue;
        }
        for (code, steps) in ROWS {
            if let Some(other) = written(steps, value, false)
                && with_value(case, name, code, &other, bench, visit)
            {
                return true;
            }
        }
        if index < signatures
            && let Ok(text) = core::str::from_utf8(value)
            && let Some(other) = other_prefix(&case.scheme.grammar, text.trim_ascii())
            && with_value(case, name, "header_prefix", other.as_bytes(), bench, visit)
        {
            return true;
        }
    }
    // A form that lost its content type.
    let signs_form = case.scheme.signs(|part| {
        matches!(
            part,
            Part::Form { .. } | Part::QueryAndForm | Part::Parameters
        )
    });
    let form = b"application/x-www-form-urlencoded";
    let is_like = request.body.contains(&b'=') && !request.body.starts_with(b"{");
    signs_form
        && is_like
        && !crate::parameters::is_form(request)
        && with_value(case, "Content-Type", "content_type", form, bench, visit)
}

/// The case with this value once in this header, if that is anything new.
pub(super) fn with_value(
    case: &Case<'_>,
    name: &str,
    code: &'static str,
    value: &[u8],
    bench: &mut Bench,
    visit: Visit<'_>,
) -> bool {
    let mut found = values(&case.request, name);
    if found.next() == Some(value) && found.next().is_none() {
        return false;
    }
    let mut lines = copied(&case.request);
    lines.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
    lines.push((name, value));
    let detail = ["`", name, "`"].concat();
    with_lines(case, code, &detail, &lines, bench, visit)
}

fn copied<'a>(request: &Request<'a>) -> Vec<(&'a str, &'a [u8])> {
    let lines = request.headers.get(..LIMIT).unwrap_or(request.headers);
    lines.to_vec()
}

fn with_lines(
    case: &Case<'_>,
    code: &'static str,
    detail: &str,
    lines: &[(&str, &[u8])],
    bench: &mut Bench,
    visit: Visit<'_>,
) -> bool {
    let told = Told {
        codes: &[code],
        detail,
        before: case.told,
    };
    let mut case = Case {
        told: Some(&told),
        ..*case
    };
    case.request.headers = lines;
    visit(&case, bench)
}

/// With every needed header that is missing, found under a similar name.
fn renamed(case: &Case<'_>, needed: &[Text], bench: &mut Bench, visit: Visit<'_>) -> bool {
    let mut lines = copied(&case.request);
    let mut detail = String::new();
    for name in needed {
        if values(&case.request, name).next().is_some() {
            continue;
        }
        let wanted = plain(name);
        if let Some((header, _)) = lines.iter_mut().find(|(header, _)| plain(header) == wanted) {
            let comma = if detail.is_empty() { "`" } else { ", `" };
            for text in [comma, header, "` for `", name, "`"] {
                detail.push_str(text);
            }
            *header = name;
        }
    }
    !detail.is_empty() && with_lines(case, "header_renamed", &detail, &lines, bench, visit)
}

/// A header's name without what CGI, frameworks and proxies make of it.
fn plain(name: &str) -> Vec<u8> {
    let mut plain = name.to_ascii_lowercase().into_bytes();
    plain.retain(u8::is_ascii_alphanumeric);
    for prefix in [&b"http"[..], b"xoriginal", b"xforwarded", b"x"] {
        if let Some(rest) = plain.strip_prefix(prefix) {
            plain = rest.to_vec();
        }
    }
    plain
}

/// The value with the grammar's prefix, or without one that is not the grammar's.
fn other_prefix(grammar: &Grammar, value: &str) -> Option<String> {
    let bare = || {
        let at = value.find(['=', ' ', ','])?;
        let after = value.get(at + 1..)?;
        // `=` alone at the end is base64's.
        let more = after.bytes().any(|byte| byte != b'=');
        ((1..=12).contains(&at) && more).then_some(after)
    };
    let (prefix, rest) = match grammar {
        Grammar::Prefixed { prefix } => match value.strip_prefix(prefix.as_ref()) {
            Some(rest) if !prefix.is_empty() => {
                (prefix.as_ref(), rest.strip_prefix(prefix.as_ref())?)
            }
            _ => (prefix.as_ref(), bare().unwrap_or(value)),
        },
        Grammar::Authorization { scheme } => {
            let (_, rest) = split_once(value, " ").unwrap_or(("", value));
            return Some([scheme, " ", rest].concat());
        }
        Grammar::SpaceList { version, .. } if !value.contains([',', ' ']) => {
            return Some([version, ",", value].concat());
        }
        _ => return None,
    };
    Some([prefix, rest].concat())
}

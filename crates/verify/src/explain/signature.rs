//! Signatures of another encoding, hash, content or provider.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::header::{needed, with_value};
use super::steps::{Step, written};
use super::trial::{Bench, Case, Told, Visit};
use crate::detect::detect;
use crate::find::replace;
use crate::headers::values;
use crate::request::Request;
use crate::scheme::{Algorithm, Encoding, Hash, List, Part, Scheme, Text, TimestampPlace, Unit};

/// Other schemes with the request's headers that are tried.
const OTHERS: usize = 4;

/// The hashes by their names.
const HASHES: [(Hash, &str); 5] = [
    (Hash::Sha256, "it is SHA-256"),
    (Hash::Sha1, "it is SHA-1"),
    (Hash::Sha384, "it is SHA-384"),
    (Hash::Sha512, "it is SHA-512"),
    (Hash::Md5, "it is MD5"),
];

/// Ways to the bytes of a signature that is written oddly.
const WRITINGS: [&[Step]; 4] = [
    &[Step::Lower, Step::Hex],
    &[Step::Base64],
    // Base64 of the hexadecimal text, and the reverse.
    &[Step::Base64, Step::Hex],
    &[Step::Hex, Step::Base64],
];

/// Other contents that a sender of one's own may have signed: each costs a pass over the body.
const CONTENTS: [(&str, &str, &[Part]); 4] = [
    ("the body alone is signed", "", &[Part::Body]),
    ("`timestamp.body` is signed", ".", &[]),
    ("`timestamp:body` is signed", ":", &[]),
    (
        "timestamp and body are signed with nothing between them",
        "",
        &[],
    ),
];

/// The case by another scheme.
fn with_scheme(
    case: &Case<'_>,
    codes: &[&'static str],
    detail: &str,
    scheme: &Scheme,
    bench: &mut Bench,
    visit: Visit<'_>,
) -> bool {
    let told = Told {
        codes,
        detail,
        before: case.told,
    };
    let case = Case {
        scheme,
        told: Some(&told),
        ..*case
    };
    visit(&case, bench)
}

/// The signature written otherwise, or of another scheme.
pub(super) fn repairs(case: &Case<'_>, bench: &mut Bench, visit: Visit<'_>) -> bool {
    let encoding = case.scheme.encoding;
    if let Some((name, value, text)) = first_text(case.scheme, &case.request) {
        // What can be read already is not read as something that no signature of the scheme can be.
        let only = match case.scheme.algorithm {
            Algorithm::Hmac(hash) | Algorithm::Plain(hash) => {
                encoding.decode(text).ok().map(|_| hash.length())
            }
            _ => None,
        };
        for steps in WRITINGS {
            if encoding == Encoding::Text {
                break;
            }
            let Some(bytes) = written(steps, text.as_bytes(), false) else {
                continue;
            };
            if only.is_some_and(|length| length != bytes.len()) {
                continue;
            }
            let other = encoding.encode(&bytes);
            let value = replace(value.as_bytes(), text.as_bytes(), other.as_bytes());
            if with_value(case, &name, "signature_encoding", &value, bench, visit) {
                return true;
            }
        }
    }
    let others = detect(case.request.headers).into_iter();
    let mut others = others
        .filter(|other| other.name != case.scheme.name && !are_alike(other, case.scheme))
        .take(OTHERS);
    others.any(|other| {
        let detail = ["it fits ", &named(other)].concat();
        with_scheme(
            &case.unjoined(),
            &["other_scheme"],
            &detail,
            other,
            bench,
            visit,
        )
    })
}

/// Whether one refuses what the other refuses, its age apart, as the schemes of Svix's customers do.
fn are_alike(one: &Scheme, other: &Scheme) -> bool {
    let when = |scheme: &Scheme| {
        let timestamp = scheme.timestamp.as_ref();
        timestamp.map(|timestamp| (timestamp.place.clone(), timestamp.unit))
    };
    one.algorithm == other.algorithm
        && one.secret == other.secret
        && one.signature == other.signature
        && one.grammar == other.grammar
        && one.encoding == other.encoding
        && one.message == other.message
        && one.claims == other.claims
        && one.expects == other.expects
        && one.families == other.families
        && one.id == other.id
        && one.event_type == other.event_type
        && when(one) == when(other)
}

/// A scheme by its name and title.
pub(super) fn named(scheme: &Scheme) -> alloc::string::String {
    ["`", &scheme.name, "` (", &scheme.title, ")"].concat()
}

/// The signature read in other encodings, and as one of other hashes of its length.
pub(super) fn readings(case: &Case<'_>, bench: &mut Bench, visit: Visit<'_>) -> bool {
    let mut other = case.scheme.copied();
    if let Algorithm::Jwt(_) = other.algorithm {
        other.algorithm = Algorithm::Jwt(List::Fixed(&[Hash::Sha256, Hash::Sha384, Hash::Sha512]));
        return other.algorithm != case.scheme.algorithm
            && with_scheme(case, &["algorithm"], "", &other, bench, visit);
    }
    let (Algorithm::Hmac(own) | Algorithm::Plain(own)) = other.algorithm else {
        return false;
    };
    let text = first_text(case.scheme, &case.request);
    let (other_code, detail) = match case.scheme.encoding {
        Encoding::Base64 => (Encoding::Hex, "it is hexadecimal"),
        _ => (Encoding::Base64, "it is base64"),
    };
    let others = HASHES.iter().filter(|(hash, _)| *hash != own);
    // Another encoding alone is likelier than another hash.
    for (hash, name) in [(own, detail)].iter().chain(others) {
        for encoding in [other_code, case.scheme.encoding] {
            let recoded = encoding == other_code;
            let rehashed = *hash != own;
            let bytes = match &text {
                Some((_, _, text)) => encoding.decode(text).map_or(0, |bytes| bytes.len()),
                // It cannot even be read: it may be of the other encoding.
                None if recoded && !rehashed => hash.length(),
                None => 0,
            };
            if bytes != hash.length() || !(recoded || rehashed) {
                continue;
            }
            other.encoding = encoding;
            other.algorithm = match other.algorithm {
                Algorithm::Plain(_) => Algorithm::Plain(*hash),
                _ => Algorithm::Hmac(*hash),
            };
            let codes = ["algorithm", "signature_encoding"];
            let codes = codes.get(usize::from(!rehashed)..1 + usize::from(recoded));
            if with_scheme(case, codes.unwrap_or_default(), name, &other, bench, visit) {
                return true;
            }
        }
    }
    false
}

/// Other contents.
pub(super) fn contents(case: &Case<'_>, bench: &mut Bench, visit: Visit<'_>) -> bool {
    let Algorithm::Hmac(hash) = case.scheme.algorithm else {
        return false;
    };
    let case = &case.unjoined();
    let mut other = case.scheme.copied();
    for (detail, between, message) in CONTENTS {
        let literal = Part::Literal(Cow::Borrowed(between));
        let timed = [Part::Timestamp, literal, Part::Body];
        let message = if message.is_empty() {
            &timed[..]
        } else {
            message
        };
        let can = message.len() == 1 || case.scheme.timestamp.is_some();
        if !can || *message == *case.scheme.message {
            continue;
        }
        other.message = message.to_vec().into();
        if with_scheme(case, &["signed_content"], detail, &other, bench, visit) {
            return true;
        }
    }
    other.algorithm = Algorithm::Plain(hash);
    let content = &case.scheme.message[..];
    for (ends, detail) in [
        (
            [&[Part::Secret], content],
            "the secret stands before the content",
        ),
        (
            [content, &[Part::Secret]],
            "the secret stands after the content",
        ),
    ] {
        other.message = ends.concat().into();
        if with_scheme(case, &["algorithm_plain"], detail, &other, bench, visit) {
            return true;
        }
    }
    false
}

/// The timestamp in another unit.
pub(super) fn units(case: &Case<'_>, bench: &mut Bench, visit: Visit<'_>) -> bool {
    let mut other = case.scheme.copied();
    for (unit, detail) in [
        (Unit::Milliseconds, "it is in milliseconds"),
        (Unit::Seconds, "it is in seconds"),
        (Unit::DateTime, "it is a date and time"),
    ] {
        let Some(timestamp) = &mut other.timestamp else {
            break;
        };
        timestamp.unit = unit;
        if with_scheme(case, &["timestamp_unit"], detail, &other, bench, visit) {
            return true;
        }
    }
    false
}

/// The first signature as it is written: its header, the header's value, and the text in it.
pub(super) fn first_text<'a>(
    scheme: &Scheme,
    request: &Request<'a>,
) -> Option<(Text, &'a str, &'a str)> {
    let field = match scheme.timestamp.as_ref().map(|timestamp| &timestamp.place) {
        Some(TimestampPlace::Field(field)) => Some(field.as_ref()),
        _ => None,
    };
    let (names, signatures) = needed(scheme, request);
    let mut names: Vec<Text> = names.into_iter().take(signatures).collect();
    let read = |name: &Text| {
        let value = core::str::from_utf8(values(request, name).next()?).ok()?;
        let read = scheme.grammar.read(value, field).ok()?;
        Some((value, *read.found.first()?))
    };
    let at = names.iter().position(|name| read(name).is_some())?;
    let name = names.swap_remove(at);
    let (value, text) = read(&name)?;
    Some((name, value, text))
}

//! Signatures of another encoding, hash, content or provider.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::header::{signature_names, with_value};
use super::trial::{Change, Repair};
use crate::detect::detect;
use crate::encoding::{decode_hex, decode_loose_base64};
use crate::find::replace;
use crate::headers::values;
use crate::request::Request;
use crate::scheme::{Algorithm, Encoding, Hash, Part, Scheme, Text, TimestampPlace, Unit};

/// Other schemes with the request's headers that are tried.
const OTHERS: usize = 4;

pub(super) fn repairs(scheme: &Scheme, request: &Request<'_>) -> Vec<Repair> {
    let mut repairs = Vec::new();
    let text = first_text(scheme, request);
    if let Some((name, value, text)) = &text {
        for (encoding, hash) in other_readings(scheme, text) {
            repairs.push(reading(scheme, encoding, hash));
        }
        for other in other_writings(scheme.encoding, text) {
            let value = replace(value, text, &other);
            let repair = with_value(request, name, "signature_encoding", value.into_bytes());
            repairs.push(repair);
        }
    } else if scheme.encoding != Encoding::Text {
        let other = match scheme.encoding {
            Encoding::Base64 => Encoding::Hex,
            _ => Encoding::Base64,
        };
        repairs.push(reading(scheme, other, None));
    }
    repairs.extend(token(scheme));
    repairs.extend(other_schemes(scheme, request));
    repairs
}

/// Other contents that a sender of one's own may have signed: each costs a pass over the body.
pub(super) fn contents(scheme: &Scheme) -> Vec<Repair> {
    let mut repairs = Vec::new();
    let Algorithm::Hmac(hash) = scheme.algorithm else {
        return repairs;
    };
    let mut add = |code, detail: &str, algorithm, message: Vec<Part>| {
        if *message != *scheme.message {
            let mut other = scheme.clone();
            other.algorithm = algorithm;
            other.message = message.into();
            repairs.push(Repair::new(code, detail, Change::Scheme(Box::new(other))));
        }
    };
    let hmac = || Algorithm::Hmac(hash);
    add(
        "signed_content",
        "the body alone is signed",
        hmac(),
        [Part::Body].into(),
    );
    if scheme.timestamp.is_some() {
        for (text, detail) in [
            (".", "`timestamp.body` is signed"),
            (":", "`timestamp:body` is signed"),
            (
                "",
                "timestamp and body are signed with nothing between them",
            ),
        ] {
            let literal = Part::Literal(Cow::Borrowed(text));
            let message = [Part::Timestamp, literal, Part::Body];
            add("signed_content", detail, hmac(), message.into());
        }
    }
    let plain = || Algorithm::Plain(hash);
    let first = [&[Part::Secret], &scheme.message[..]].concat();
    add(
        "algorithm_plain",
        "the secret stands before the content",
        plain(),
        first,
    );
    let last = [&scheme.message[..], &[Part::Secret]].concat();
    add(
        "algorithm_plain",
        "the secret stands after the content",
        plain(),
        last,
    );
    repairs
}

/// The first signature as it is written: its header, the header's value, and the text in it.
pub(super) fn first_text(scheme: &Scheme, request: &Request<'_>) -> Option<(Text, String, String)> {
    let field = match scheme.timestamp.as_ref().map(|timestamp| &timestamp.place) {
        Some(TimestampPlace::Field(field)) => Some(field.as_ref()),
        _ => None,
    };
    let families = 0..scheme.families.len().max(1);
    families.into_iter().find_map(|family| {
        let names = signature_names(scheme);
        names.iter().find_map(|name| {
            let name = scheme.header_name(name, family);
            let value = core::str::from_utf8(values(request, &name).next()?).ok()?;
            let read = scheme.grammar.read(value, field).ok()?;
            let text = read.found.first()?;
            Some((name, value.into(), String::from(*text)))
        })
    })
}

/// The encodings in which the text is as long as a hash, with that hash; the scheme's own left out.
fn other_readings(scheme: &Scheme, text: &str) -> Vec<(Encoding, Option<Hash>)> {
    let own = match scheme.algorithm {
        Algorithm::Hmac(hash) | Algorithm::Plain(hash) => hash,
        _ => return Vec::new(),
    };
    let mut readings = Vec::new();
    let encodings = match scheme.encoding {
        Encoding::Base64 => [Encoding::Base64, Encoding::Hex],
        _ => [Encoding::Hex, Encoding::Base64],
    };
    for (index, encoding) in encodings.into_iter().enumerate() {
        let bytes = encoding.decode(text).ok();
        if let Some(hash) = bytes.and_then(|bytes| of_length(bytes.len())) {
            match (hash == own, index) {
                (true, 0) => {}
                // Another encoding alone is likelier than another hash.
                (true, _) => readings.insert(0, (encoding, None)),
                (false, _) => readings.push((encoding, Some(hash))),
            }
        }
    }
    readings
}

fn of_length(bytes: usize) -> Option<Hash> {
    Some(match bytes {
        16 => Hash::Md5,
        20 => Hash::Sha1,
        32 => Hash::Sha256,
        48 => Hash::Sha384,
        64 => Hash::Sha512,
        _ => return None,
    })
}

pub(super) fn hash_name(hash: Hash) -> &'static str {
    match hash {
        Hash::Md5 => "MD5",
        Hash::Sha1 => "SHA-1",
        Hash::Sha256 => "SHA-256",
        Hash::Sha384 => "SHA-384",
        Hash::Sha512 => "SHA-512",
    }
}

fn reading(scheme: &Scheme, encoding: Encoding, hash: Option<Hash>) -> Repair {
    let mut other = scheme.clone();
    let mut codes = Vec::new();
    let mut detail = String::new();
    if let Some(hash) = hash {
        other.algorithm = match other.algorithm {
            Algorithm::Plain(_) => Algorithm::Plain(hash),
            _ => Algorithm::Hmac(hash),
        };
        codes.push("algorithm");
        detail = ["it is ", hash_name(hash)].concat();
    }
    if (encoding == Encoding::Base64) != (scheme.encoding == Encoding::Base64) {
        codes.push("signature_encoding");
        if detail.is_empty() {
            let name = if encoding == Encoding::Base64 {
                "base64"
            } else {
                "hexadecimal"
            };
            detail = ["it is ", name].concat();
        }
    }
    other.encoding = encoding;
    Repair {
        codes,
        detail,
        change: Change::Scheme(Box::new(other)),
    }
}

/// The signature's text as the scheme would write it, were it only written oddly.
fn other_writings(encoding: Encoding, text: &str) -> Vec<String> {
    let mut texts = Vec::new();
    if encoding == Encoding::Text {
        return texts;
    }
    let lower = text.to_ascii_lowercase();
    if lower != text && decode_hex(text.as_bytes()).is_none() {
        texts.extend(decode_hex(lower.as_bytes()).map(|bytes| encoding.encode(&bytes)));
    }
    let standard = replace(&replace(text, "-", "+"), "_", "/");
    if let Some(bytes) = decode_loose_base64(standard.as_bytes()) {
        texts.push(encoding.encode(&bytes));
        // Base64 of the hexadecimal text.
        texts.extend(decode_hex(&bytes).map(|bytes| encoding.encode(&bytes)));
    }
    // Hexadecimal of the base64 text.
    let inner = decode_hex(text.as_bytes()).and_then(|bytes| decode_loose_base64(&bytes));
    texts.extend(inner.map(|bytes| encoding.encode(&bytes)));
    texts.retain(|other| other != text);
    texts.dedup();
    texts
}

/// A token of any algorithm.
fn token(scheme: &Scheme) -> Option<Repair> {
    let Algorithm::Jwt(_) = scheme.algorithm else {
        return None;
    };
    let mut other = scheme.clone();
    other.algorithm = Algorithm::Jwt(crate::scheme::List::Fixed(&[
        Hash::Sha256,
        Hash::Sha384,
        Hash::Sha512,
    ]));
    (other.algorithm != scheme.algorithm)
        .then(|| Repair::new("algorithm", "", Change::Scheme(Box::new(other))))
}

/// The scheme with its timestamp in another unit.
pub(super) fn units(scheme: &Scheme) -> Vec<Repair> {
    let Some(timestamp) = &scheme.timestamp else {
        return Vec::new();
    };
    let units = [
        (Unit::Milliseconds, "it is in milliseconds"),
        (Unit::Seconds, "it is in seconds"),
        (Unit::DateTime, "it is a date and time"),
    ];
    let other = |(unit, detail): (Unit, &str)| {
        let mut other = scheme.clone();
        let mut timestamp = timestamp.clone();
        timestamp.unit = unit;
        other.timestamp = Some(timestamp);
        Repair::new("timestamp_unit", detail, Change::Scheme(Box::new(other)))
    };
    let reads = |unit: Unit, other: Unit| match unit {
        Unit::SecondsOrMilliseconds => other == Unit::DateTime,
        Unit::DateTimeOrSeconds => other == Unit::Milliseconds,
        unit => unit != other,
    };
    let readable = units
        .into_iter()
        .filter(|(unit, _)| reads(timestamp.unit, *unit));
    readable.map(other).collect()
}

/// The schemes that the request's headers are of.
fn other_schemes(scheme: &Scheme, request: &Request<'_>) -> Vec<Repair> {
    let others = detect(request.headers).into_iter();
    let others = others
        .filter(|other| other.name != scheme.name)
        .take(OTHERS);
    let repair = |other: &Scheme| {
        let detail = alloc::format!("it fits `{}` ({})", other.name, other.title);
        Repair::new(
            "other_scheme",
            &detail,
            Change::Scheme(Box::new(other.clone())),
        )
    };
    others.map(repair).collect()
}

//! Writes `docs/schemes.md` from the table, and fails where the two differ.

extern crate std;

mod answers;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::asymmetric::Algorithm as Signature;
use crate::scheme::{
    Algorithm, Encoding, Grammar, Hash, Part, Place, Scheme, SecretForm, SignaturePlace,
    TimestampPlace, Unit, UrlForm, Vendor,
};
use crate::table::SCHEMES;

/// A name, and what is written between the lines with that name.
type Section = (&'static str, fn() -> String);

const WRITTEN: [Section; 3] = [
    ("table", table),
    ("handshakes", answers::handshakes),
    ("acknowledgements", answers::acknowledgements),
];

#[test]
fn the_document_says_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemes.md");
    // Absent in a package, which has no documents of the project.
    let Ok(document) = std::fs::read_to_string(path) else {
        return;
    };
    let mut written = document.clone();
    for (name, write) in WRITTEN {
        let (start, end) = (
            format!("<!-- from the {name} -->\n"),
            format!("<!-- end of the {name} -->\n"),
        );
        let (before, rest) = written.split_once(&start).expect("where it starts");
        let (_, after) = rest.split_once(&end).expect("where it ends");
        written = [before, &start, &write(), &end, after].concat();
    }
    if std::env::var_os("HOOKGATE_WRITE_DOCS").is_some() {
        std::fs::write(path, written).expect("a place to write to");
    } else {
        assert!(
            written == document,
            "docs/schemes.md is out of date: run this test with HOOKGATE_WRITE_DOCS=1"
        );
    }
}

fn table() -> String {
    let mut text = String::from(
        "| scheme | signature | signed content | timestamp | event id | event type | secret | facts |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for scheme in SCHEMES {
        let cells = [
            format!("`{}`", scheme.name),
            signature(scheme),
            content(scheme),
            timestamp(scheme),
            places(scheme, &scheme.id),
            places(scheme, &scheme.event_type),
            secret(scheme),
            facts(scheme),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

fn signature(scheme: &Scheme) -> String {
    let place = match &scheme.signature {
        SignaturePlace::Header(name) => format!("`{name}`"),
        SignaturePlace::Headers(names) => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
        SignaturePlace::Numbered(prefix) => format!("`{prefix}1` to `N`"),
        SignaturePlace::Pointer(pointer) => format!("body `{pointer}`"),
        SignaturePlace::Parameter(name) => format!("parameter `{name}`"),
        SignaturePlace::AdyenItems => {
            "body `additionalData/hmacSignature` of each item".to_string()
        }
        SignaturePlace::SnsMessage => "body `/Signature`".into(),
    };
    let value = match (&scheme.algorithm, scheme.encoding) {
        (Algorithm::Token, Encoding::Text) => "the secret",
        (Algorithm::Token, _) => "the secret in base64",
        (Algorithm::Jwt(_), _) => "token",
        (_, Encoding::Hex | Encoding::UpperHex) => "hex",
        (_, Encoding::Base64) => "base64",
        (_, Encoding::Text) => "text",
    };
    let form = match &scheme.grammar {
        Grammar::Prefixed { prefix } => format!("`{prefix}<{value}>`"),
        Grammar::Authorization { scheme } => format!("`{scheme} <{value}>`"),
        Grammar::Fields {
            lead,
            separator,
            signature,
            ..
        } => {
            let lead = lead
                .as_ref()
                .map(|lead| [lead.as_ref(), separator].concat());
            let lead = lead.unwrap_or_default();
            format!("`{lead}…{separator}{signature}=<{value}>`")
        }
        Grammar::SpaceList {
            version,
            public_key_version,
        } => {
            let other = public_key_version.as_ref();
            let other = other.map(|other| format!(" or, of Ed25519 keys, `{other},<{value}>`"));
            let other = other.unwrap_or_default();
            format!("`{version},<{value}>`{other}, space list")
        }
        Grammar::CommaList => format!("`<{value}>`, comma list"),
    };
    let algorithm = match &scheme.algorithm {
        Algorithm::Hmac(hash) => format!("HMAC-{}", name(*hash)),
        Algorithm::Plain(hash) => format!("plain {}", name(*hash)),
        Algorithm::Jwt(hashes) => {
            let bits = hashes.iter().map(|hash| name(*hash).replace("SHA-", "HS"));
            bits.collect::<Vec<_>>().join(", ")
        }
        Algorithm::PublicKey(form) => match form.algorithm() {
            Signature::Ed25519 => "Ed25519".into(),
            Signature::EcdsaP256Sha256 => "ECDSA P-256, SHA-256, DER".into(),
            Signature::RsaPkcs1Sha256 => "RSA PKCS#1 v1.5, SHA-256".into(),
            Signature::RsaPkcs1Sha1 => "RSA PKCS#1 v1.5, SHA-1".into(),
        },
        Algorithm::Certificate(Vendor::Sns) => {
            "RSA PKCS#1 v1.5, SHA-256 or SHA-1, key in a certificate".into()
        }
        Algorithm::Certificate(Vendor::Paypal) => {
            "RSA PKCS#1 v1.5, SHA-256, key in a certificate".into()
        }
        Algorithm::Token => "nothing is signed".into(),
    };
    format!("{place}: {form}, {algorithm}")
}

fn name(hash: Hash) -> &'static str {
    match hash {
        Hash::Md5 => "MD5",
        Hash::Sha1 => "SHA-1",
        Hash::Sha256 => "SHA-256",
        Hash::Sha384 => "SHA-384",
        Hash::Sha512 => "SHA-512",
    }
}

fn content(scheme: &Scheme) -> String {
    if let Some(claims) = &scheme.claims {
        let url = claims.url_digest.as_ref().map(|url| format!(", `{url}`"));
        return format!(
            "claims with `{}`{}",
            claims.body_digest,
            url.unwrap_or_default()
        );
    }
    if scheme.signature == SignaturePlace::AdyenItems {
        return "eight fields of each item".into();
    }
    if scheme.signature == SignaturePlace::SnsMessage {
        return "`Message`, `MessageId`, `Subject`, `SubscribeURL`, `Timestamp`, `Token`, `TopicArn`, \
                `Type`, as many as the type has"
            .into();
    }
    let part = |part: &Part| match part {
        Part::Id => "id".to_string(),
        Part::Timestamp => "timestamp".into(),
        Part::Body => "body".into(),
        Part::BodySha256 => "SHA-256(body)".into(),
        Part::BodyCrc32 => "CRC-32(body)".into(),
        Part::Method => "method".into(),
        Part::Url(UrlForm::WithoutQuery) => "URL without query".into(),
        Part::Url(_) => "URL".into(),
        Part::Literal(text) => format!("`{}`", text.replace('\n', "\\n")),
        Part::Header(name) => format!("`{name}`"),
        Part::ListedHeaders => "listed headers".into(),
        Part::Pointer(pointer) => format!("body `{pointer}`"),
        Part::SortedQuery => "sorted query".into(),
        Part::Form { .. } => "sorted form".into(),
        Part::QueryAndForm => "URL, sorted query and form".into(),
        Part::Parameters => "sorted parameters".into(),
        Part::Secret if scheme.has_certificates() => "webhook id".into(),
        Part::Secret => "secret".into(),
    };
    let parts: Vec<String> = scheme.message.iter().map(part).collect();
    if parts.is_empty() {
        "–".into()
    } else {
        parts.join(" + ")
    }
}

fn timestamp(scheme: &Scheme) -> String {
    let Some(timestamp) = &scheme.timestamp else {
        return "–".into();
    };
    let place = match &timestamp.place {
        TimestampPlace::Header(name) | TimestampPlace::Field(name) => format!("`{name}`"),
        TimestampPlace::Pointer(pointer) => format!("body `{pointer}`"),
        TimestampPlace::Parameter(name) => format!("parameter `{name}`"),
        TimestampPlace::IssuedAt => "claim `iat`".into(),
        TimestampPlace::Validity => "claims `nbf`, `exp`".into(),
    };
    let unit = match timestamp.unit {
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::SecondsOrMilliseconds => "s or ms",
        Unit::DateTime => "RFC 3339",
        Unit::DateTimeOrSeconds => "RFC 3339 or s",
    };
    let signed = if scheme.signs_timestamp() {
        ""
    } else {
        ", **not signed**"
    };
    format!("{place} ({unit}), ±{} s{signed}", timestamp.tolerance)
}

fn places(scheme: &Scheme, places: &[Place]) -> String {
    let describe = |place: &Place| {
        let signed = if scheme.covers(place) {
            ""
        } else {
            ", not signed"
        };
        format!("{}{signed}", describe(place))
    };
    if places.is_empty() {
        let batch = !scheme.batches.is_empty();
        return if batch { "of each event" } else { "–" }.into();
    }
    places
        .iter()
        .map(describe)
        .collect::<Vec<_>>()
        .join("; or ")
}

fn describe(place: &Place) -> String {
    match place {
        Place::Header(name) | Place::TextHeader(name) => format!("`{name}`"),
        Place::Pointer(pointer) => format!("body `{pointer}`"),
        Place::Parameter(name) => format!("parameter `{name}`"),
        Place::KeyBeside(name) => format!("the body's key beside `{name}`"),
        Place::Claim(name) => format!("claim `{name}`"),
        Place::Joined(places) => places
            .iter()
            .map(describe)
            .collect::<Vec<_>>()
            .join(" and "),
    }
}

fn secret(scheme: &Scheme) -> String {
    if let Algorithm::PublicKey(form) = scheme.algorithm {
        return form.expected_public().into();
    }
    if let Algorithm::Certificate(vendor) = scheme.algorithm {
        return [vendor.expected(), "; perhaps whom to trust, see below"].concat();
    }
    let keys = match scheme.grammar {
        Grammar::SpaceList {
            public_key_version: Some(_),
            ..
        } => "; or an Ed25519 key, `whpk_` or `whsk_` base64",
        _ => "",
    };
    let secret = match &scheme.secret {
        SecretForm::Raw { minimum: 0 | 1 } => "as it is".into(),
        SecretForm::Raw { minimum } => format!("as it is, at least {minimum} bytes"),
        SecretForm::Base64 { prefix, minimum } => {
            format!("`{prefix}` base64, at least {minimum} bytes")
        }
        SecretForm::Hex { minimum } => format!("hex, at least {minimum} bytes"),
        SecretForm::Credentials { .. } => "`user:password`".into(),
    };
    secret + keys
}

fn facts(scheme: &Scheme) -> String {
    let (confidence, document) = (scheme.confidence, &scheme.documentation);
    if document.starts_with("https://") {
        format!("{confidence:?}, [{}]({document})", scheme.title)
    } else {
        format!("{confidence:?}, {document}")
    }
}

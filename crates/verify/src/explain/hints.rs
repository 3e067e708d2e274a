//! What a refused request looks like, where no trial could prove anything; and what each refusal
//! means at the least.

use alloc::string::String;

use super::json::{Style, rewrite};
use super::order::sorted;
use super::signature::{first_text, named};
use super::trial::{Bench, Case, length};
use super::{body, header, secret};
use crate::detect::detect;
use crate::error::VerifyError;
use crate::headers::values;
use crate::request::Request;
use crate::scheme::{Algorithm, Encoding, Grammar, Scheme, SecretForm};
use crate::text::decimal;

/// What API keys and the secrets of others begin with.
const OTHER_KINDS: [(&str, &str); 12] = [
    ("sk_", "it begins like an API key"),
    ("rk_", "it begins like an API key"),
    ("pk_", "it begins like a publishable key"),
    ("xoxb-", "it begins like a Slack bot token"),
    ("xapp-", "it begins like a Slack app token"),
    ("ghp_", "it begins like a GitHub access token"),
    ("github_pat_", "it begins like a GitHub access token"),
    ("shpat_", "it begins like a Shopify access token"),
    ("SG.", "it begins like a SendGrid API key"),
    ("re_", "it begins like a Resend API key"),
    ("eyJ", "it begins like a token"),
    ("-----BEGIN", "it begins like a key in PEM"),
];

/// What bodies begin with that are not what was sent: an object that a program printed (the fourth
/// is a dictionary of Python's), and compressed ones.
const STARTS: [(&[u8], &str, &str); 8] = [
    (b"[object ", "body_object", ""),
    (b"<Buffer ", "body_object", ""),
    (b"Array", "body_object", ""),
    (b"{'", "body_object", ""),
    (b"b'", "body_object", ""),
    (b"{\"=>", "body_object", ""),
    (b"\x1f\x8b", "body_compressed", "gzip"),
    (b"\x28\xb5\x2f\xfd", "body_compressed", "zstd"),
];

/// The certain meaning of a refusal that no trial explained.
pub(super) fn meaning(error: &VerifyError) -> Option<&'static str> {
    Some(match error {
        VerifyError::MissingHeader { .. } => "header_missing",
        VerifyError::RepeatedHeader { .. } => "header_repeated",
        VerifyError::NonAsciiHeader { .. } | VerifyError::MalformedHeader { .. } => {
            "header_malformed"
        }
        VerifyError::NoSignature { .. } | VerifyError::UnsupportedVersion { .. } => {
            "signature_version"
        }
        VerifyError::MissingField { .. }
        | VerifyError::MalformedField { .. }
        | VerifyError::MalformedBody { .. } => "body_field",
        VerifyError::MissingParameter { .. } | VerifyError::MalformedParameter { .. } => {
            "parameter"
        }
        VerifyError::UncoveredBody => "content_type",
        VerifyError::UnsupportedAlgorithm { .. } => "algorithm",
        VerifyError::MissingClaim { .. } | VerifyError::ClaimMismatch { .. } => "claim",
        VerifyError::DigestMismatch { .. } => "body_changed",
        VerifyError::NeedsCertificate { .. } => "certificate_needed",
        VerifyError::UnusableCertificate { .. } => "certificate_refused",
        VerifyError::CertificateUrl { .. } => "certificate_address",
        VerifyError::OtherTopic { .. } => "other_topic",
        // Trials say more of it, or the age does; of handshakes nothing is refused here.
        VerifyError::SignatureMismatch { .. }
        | VerifyError::TimestampTooOld { .. }
        | VerifyError::TimestampInFuture { .. }
        | VerifyError::NoVerifyToken
        | VerifyError::VerifyTokenMismatch => return None,
    })
}

/// Adds what the request looks like, the likely first.
pub(super) fn guess(case: &Case<'_>, mismatch: bool, bench: &mut Bench) {
    let (scheme, request) = (case.scheme, &case.request);
    let (needed, _) = header::needed(scheme, request);
    if needed
        .first()
        .is_some_and(|name| values(request, name).next().is_none())
    {
        for other in detect(request.headers).into_iter().take(3) {
            if other.name != scheme.name {
                bench.add("other_provider", false, &named(other));
            }
        }
    }
    if let Some(detail) = other_length(scheme, request) {
        bench.add("signature_truncated", false, &detail);
    }
    if scheme.signs_content() && (scheme.covers_body() || scheme.signs_url()) {
        look(request, case.came, bench);
    }
    for text in case.secrets {
        if let Some(kind) = other_kind(scheme, secret::bare(text)) {
            bench.tell_once("secret_of_another_kind", kind);
        }
    }
    if mismatch {
        if scheme.signs_url() {
            bench.add("url_other", false, "");
        }
        bench.add("secret_other", false, "");
    }
}

fn other_kind(scheme: &Scheme, secret: &str) -> Option<&'static str> {
    let pem = secret.starts_with("-----BEGIN") && scheme.has_public_keys();
    let kind = OTHER_KINDS
        .iter()
        .find(|(start, _)| secret.starts_with(start));
    if let Some((_, kind)) = kind.filter(|_| !pem) {
        return Some(kind);
    }
    let decodes = matches!(&scheme.secret, SecretForm::Base64 { prefix, .. } if prefix == "whsec_");
    let has_prefix = decodes || ["stripe", "hmac", "token"].contains(&scheme.name());
    let keys = matches!(
        scheme.grammar,
        Grammar::SpaceList {
            public_key_version: Some(_),
            ..
        }
    );
    if secret.starts_with("whsec_") && !has_prefix {
        Some("it begins like a secret of Stripe or of Standard Webhooks")
    } else if (secret.starts_with("whpk_") || secret.starts_with("whsk_")) && !keys {
        Some("it begins like an Ed25519 key of Standard Webhooks")
    } else {
        None
    }
}

/// Another length than every signature of the scheme has; the bytes themselves are not compared.
fn other_length(scheme: &Scheme, request: &Request<'_>) -> Option<String> {
    let (Algorithm::Hmac(hash) | Algorithm::Plain(hash)) = scheme.algorithm else {
        return None;
    };
    let expected = match scheme.encoding {
        Encoding::Base64 => hash.length().div_ceil(3) * 4,
        Encoding::Hex | Encoding::UpperHex => hash.length() * 2,
        Encoding::Text => return None,
    };
    let (_, _, text) = first_text(scheme, request)?;
    let (length, expected) = (text.len(), expected);
    (length != expected).then(|| {
        [
            &decimal(length as u64),
            " characters, not ",
            &decimal(expected as u64),
        ]
        .concat()
    })
}

/// What the body looks like.
fn look(request: &Request<'_>, body: &[u8], bench: &mut Bench) {
    let says = |name: &str| {
        let value = values(request, name).next()?;
        core::str::from_utf8(value.trim_ascii()).ok()
    };
    if body.is_empty() {
        if request.method != "GET" {
            bench.add("body_empty", false, "");
        }
        return;
    }
    for (start, code, detail) in STARTS {
        if body.starts_with(start) {
            bench.add(code, false, detail);
        }
    }
    let own = decimal(length(body.len()));
    if let Some(said) = says("content-length").filter(|said| *said != own) {
        let detail = [&own, " bytes, and the header says ", said].concat();
        bench.add("body_length", false, &detail);
    }
    let is_coded = says("content-encoding").is_some_and(|coding| coding != "identity");
    let is_known = !is_coded || bench.has("body_compressed");
    if !is_known && core::str::from_utf8(body).is_err() {
        let detail = "the header `Content-Encoding` says so";
        bench.add("body_compressed", false, detail);
    }
    if says("content-type").is_some_and(|kind| kind.starts_with("multipart/")) {
        bench.add("body_multipart", false, "");
    }
    if body.len() > body::BODY_LIMIT || !bench.affords(length(body.len())) {
        return;
    }
    let lost = |three: &[u8]| matches!(three, [0xef, 0xbf, 0xbd]);
    if !body.is_ascii() && body.windows(3).any(lost) {
        let detail = "it holds U+FFFD, which stands for letters that were lost";
        bench.add("body_charset", false, detail);
    }
    let is_member = |pair: &&[u8]| matches!(pair, [b'"', b':']);
    if body.windows(2).filter(is_member).nth(3).is_some()
        && body.trim_ascii_start().starts_with(b"{")
        && bench.affords(length(body.len()))
        && sorted(body).is_some_and(|sorted| rewrite(body, Style::COMPACT) == Some(sorted))
    {
        let detail = "all its keys stand in alphabetical order";
        bench.add("body_key_order", false, detail);
    }
}

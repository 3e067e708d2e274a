//! What a refused request looks like, where no trial could prove anything; and what each refusal
//! means at the least.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::diagnosis::Cause;
use super::json::{Layout, Style, rewrite};
use super::order::sorted;
use super::signature::first_text;
use super::trial::{Bench, length};
use super::{body, header, secret};
use crate::detect::detect;
use crate::error::{SetupError, VerifyError};
use crate::headers::values;
use crate::request::Request;
use crate::scheme::{Algorithm, Encoding, Grammar, Hash, Scheme, SecretForm};

/// What API keys and the secrets of others begin with.
const OTHER_KINDS: [(&str, &str); 12] = [
    ("sk_", "an API key"),
    ("rk_", "an API key"),
    ("pk_", "a publishable key"),
    ("xoxb-", "a Slack bot token"),
    ("xapp-", "a Slack app token"),
    ("ghp_", "a GitHub access token"),
    ("github_pat_", "a GitHub access token"),
    ("shpat_", "a Shopify access token"),
    ("SG.", "a SendGrid API key"),
    ("re_", "a Resend API key"),
    ("eyJ", "a token"),
    ("-----BEGIN", "a key in PEM"),
];

/// The certain meaning of a refusal that no trial explained.
pub(super) fn plain(error: &VerifyError) -> Option<Cause> {
    let code = match error {
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
        VerifyError::SignatureMismatch { .. }
        | VerifyError::TimestampTooOld { .. }
        | VerifyError::TimestampInFuture { .. } => return None,
        #[allow(unreachable_patterns, reason = "causes that are added later")]
        _ => "unexplained",
    };
    Some(Cause {
        code,
        certain: true,
        detail: error.to_string(),
    })
}

/// The certain meaning of a secret that could not be read.
pub(super) fn unreadable(error: &SetupError) -> Cause {
    Cause {
        code: "secret_malformed",
        certain: true,
        detail: error.to_string(),
    }
}

/// What the request looks like, the likely first.
pub(super) fn guesses(
    scheme: &Scheme,
    secrets: &[&str],
    request: &Request<'_>,
    mismatch: bool,
    bench: &mut Bench,
) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut add = |code, detail: String| {
        causes.push(Cause {
            code,
            certain: false,
            detail,
        });
    };
    let missing = |name: &crate::scheme::Text| values(request, name).next().is_none();
    if header::needed(scheme, request).first().is_some_and(missing) {
        for other in detect(request.headers).into_iter().take(3) {
            if other.name != scheme.name {
                add(
                    "other_provider",
                    format!("`{}` ({})", other.name, other.title),
                );
            }
        }
    }
    if let Some(detail) = other_length(scheme, request) {
        add("signature_truncated", detail);
    }
    if scheme.signs_content() && (scheme.covers_body() || scheme.signs_url()) {
        for (code, detail) in looks(request, bench) {
            add(code, detail);
        }
    }
    let mut kinds: Vec<&str> = Vec::new();
    for text in secrets {
        let kind = other_kind(scheme, secret::bare(text)).filter(|kind| !kinds.contains(kind));
        kinds.extend(kind);
        if let Some(kind) = kind {
            add("secret_of_another_kind", format!("it begins like {kind}"));
        }
    }
    if mismatch {
        if scheme.signs_url() {
            add("url_other", String::new());
        }
        add("secret_other", String::new());
    }
    causes
}

fn other_kind(scheme: &Scheme, secret: &str) -> Option<&'static str> {
    let kind = OTHER_KINDS
        .iter()
        .find(|(start, _)| secret.starts_with(start));
    let pem = secret.starts_with("-----BEGIN") && scheme.has_public_keys();
    if let Some((_, kind)) = kind.filter(|_| !pem) {
        return Some(kind);
    }
    let decodes = matches!(&scheme.secret, SecretForm::Base64 { prefix, .. } if prefix == "whsec_");
    let has_prefix = decodes || matches!(scheme.name(), "stripe" | "hmac" | "token");
    let whsec = secret.starts_with("whsec_") && !has_prefix;
    let keys = matches!(
        scheme.grammar,
        Grammar::SpaceList {
            public_key_version: Some(_),
            ..
        }
    );
    let public = secret.starts_with("whpk_") || secret.starts_with("whsk_");
    if whsec {
        Some("a secret of Stripe or of Standard Webhooks")
    } else if public && !keys {
        Some("an Ed25519 key of Standard Webhooks")
    } else {
        None
    }
}

/// Another length than every signature of the scheme has; the bytes themselves are not compared.
fn other_length(scheme: &Scheme, request: &Request<'_>) -> Option<String> {
    let bytes: usize = match scheme.algorithm {
        Algorithm::Hmac(hash) | Algorithm::Plain(hash) => match hash {
            Hash::Md5 => 16,
            Hash::Sha1 => 20,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        },
        _ => return None,
    };
    let expected = match scheme.encoding {
        Encoding::Base64 => bytes.div_ceil(3) * 4,
        Encoding::Hex | Encoding::UpperHex => bytes * 2,
        Encoding::Text => return None,
    };
    let (_, _, text) = first_text(scheme, request)?;
    (text.len() != expected).then(|| format!("{} characters, not {expected}", text.len()))
}

/// What the body looks like.
fn looks(request: &Request<'_>, bench: &mut Bench) -> Vec<(&'static str, String)> {
    let body = request.body;
    let mut looks = Vec::new();
    let mut add = |code, detail: &str| looks.push((code, detail.to_string()));
    let says = |name: &str| {
        let value = values(request, name).next()?;
        core::str::from_utf8(value).ok()
    };
    if body.is_empty() {
        if request.method != "GET" {
            add("body_empty", "");
        }
        return looks;
    }
    if body.starts_with(b"[object ") || body.starts_with(b"<Buffer ") || body.starts_with(b"Array")
    {
        add("body_object", "");
    }
    // A dictionary as Python prints it.
    if body.starts_with(b"{'") || body.starts_with(b"b'") || body.starts_with(b"{\"=>") {
        add("body_object", "");
    }
    let length_says = says("content-length").and_then(|text| text.parse::<u64>().ok());
    if let Some(said) = length_says.filter(|said| *said != length(body.len())) {
        add(
            "body_length",
            &format!("{} bytes, and the header says {said}", body.len()),
        );
    }
    if body.starts_with(b"\x1f\x8b") {
        add("body_compressed", "gzip");
    } else if body.starts_with(b"\x28\xb5\x2f\xfd") {
        add("body_compressed", "zstd");
    } else if says("content-encoding").is_some_and(|coding| coding.trim() != "identity")
        && core::str::from_utf8(body).is_err()
    {
        add("body_compressed", "the header `Content-Encoding` says so");
    }
    if says("content-type").is_some_and(|kind| kind.trim_start().starts_with("multipart/")) {
        add("body_multipart", "");
    }
    if body.len() > body::BODY_LIMIT || !bench.affords(length(body.len())) {
        return looks;
    }
    if body.windows(3).any(|three| three == b"\xef\xbf\xbd") {
        add(
            "body_charset",
            "it holds U+FFFD, which stands for letters that were lost",
        );
    }
    let members = body.windows(2).filter(|pair| *pair == b"\":").count();
    let compact = Style {
        layout: Layout::Compact,
        ..Style::KEPT
    };
    if members >= 4
        && body.trim_ascii_start().starts_with(b"{")
        && bench.affords(length(body.len()))
        && sorted(body).is_some_and(|sorted| rewrite(body, &compact) == Some(sorted))
    {
        add("body_key_order", "all its keys stand in alphabetical order");
    }
    looks
}

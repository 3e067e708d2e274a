//! The checks that a verifier makes, in its order, each with what it saw. Where the verifier stops
//! at the first fault, these go on as far as they can.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::diagnosis::{Check, Verdict};
use super::header;
use super::redact::{Redactor, bounded, fingerprint};
use super::trial::UNKNOWN;
use crate::envelope::Envelope;
use crate::error::{SetupError, VerifyError};
use crate::headers::values;
use crate::key::Key;
use crate::message::Message;
use crate::request::{Request, Verified};
use crate::scheme::{Part, Scheme, SignaturePlace, TimestampPlace};
use crate::verifier::Verifier;

/// Of signatures and secrets, how many are shown.
const SHOWN: usize = 4;

/// What the checks came to.
pub(super) struct Examination {
    pub(super) checks: Vec<Check>,
    pub(super) setup: Option<SetupError>,
    /// Why the request is refused, its age apart.
    pub(super) refused: Option<VerifyError>,
    /// Why it is refused at `now`.
    pub(super) first: Option<VerifyError>,
    /// Of the request, as far as it could be read.
    pub(super) timestamp: Option<u64>,
    pub(super) verified: Option<Verified>,
}

pub(super) fn examine(
    scheme: &Scheme,
    secrets: &[&str],
    request: &Request<'_>,
    now: u64,
    tolerance: u32,
    redactor: &Redactor,
) -> Examination {
    let prepared = || Verifier::new(scheme, secrets).map(|verifier| verifier.tolerance(tolerance));
    let verifier = prepared();
    let kinds = verifier.as_ref().map_or(UNKNOWN, Verifier::kinds);
    let envelope = Envelope::read(scheme, request, kinds);
    let message = envelope
        .as_ref()
        .ok()
        .map(|envelope| envelope.message(scheme, request));
    let first = verifier
        .as_ref()
        .ok()
        .map(|verifier| verifier.verify(request, now));
    // The signature is of interest whatever its age.
    let aged = matches!(
        first,
        Some(Err(
            VerifyError::TimestampTooOld { .. } | VerifyError::TimestampInFuture { .. }
        ))
    );
    // Prepared and judged again rather than copied: the code of the copies would weigh more.
    let again = prepared().ok().map(|verifier| match aged {
        true => verifier.without_replay_check(),
        false => verifier,
    });
    let signature = again.map(|verifier| verifier.verify(request, now));
    let read = envelope.as_ref().ok();
    let timestamp = read
        .and_then(|envelope| envelope.timestamp.as_ref())
        .map(|(_, seconds)| *seconds)
        .or_else(|| told(&first));
    let view = View {
        scheme,
        request,
        redactor,
        verifier: verifier.as_ref().ok(),
        envelope: read,
        message: message.as_ref().and_then(|message| message.as_ref().ok()),
        signature: signature.as_ref(),
        aged,
    };
    let mut checks = Vec::new();
    checks.push(secrets_check(secrets.len(), verifier.as_ref().err()));
    checks.push(view.headers());
    checks.push(view.form(envelope.as_ref().err()));
    if scheme.timestamp.is_some() {
        checks.push(view.age(timestamp, now, tolerance));
    }
    let templated = scheme.claims.is_none() && scheme.signature != SignaturePlace::AdyenItems;
    if templated && scheme.signs_content() {
        let error = message.as_ref().and_then(|message| message.as_ref().err());
        checks.push(view.content(error));
    }
    checks.push(view.signature());
    checks.extend(view.claims());
    let unassembled = message.and_then(Result::err);
    let refused = match (envelope, signature) {
        (Err(error), _) | (_, Some(Err(error))) => Some(error),
        (_, None) => unassembled,
        (_, Some(Ok(_))) => None,
    };
    let (verified, first) = match first {
        Some(Ok(verified)) => (Some(verified), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    Examination {
        checks,
        setup: verifier.err(),
        refused,
        timestamp,
        verified,
        first,
    }
}

/// The timestamp that the verifier read where the headers have none.
fn told(verdict: &Option<Result<Verified, VerifyError>>) -> Option<u64> {
    match verdict {
        Some(Ok(verified)) => verified.timestamp,
        Some(Err(
            VerifyError::TimestampTooOld { timestamp, .. }
            | VerifyError::TimestampInFuture { timestamp, .. },
        )) => Some(*timestamp),
        _ => None,
    }
}

fn check(name: &'static str, verdict: Verdict, summary: impl Into<String>) -> Check {
    Check {
        name,
        verdict,
        summary: summary.into(),
        data: Vec::new(),
    }
}

fn secrets_check(count: usize, error: Option<&SetupError>) -> Check {
    match error {
        Some(error) => check("secrets", Verdict::Failed, error.to_string()),
        None => {
            let summary = format!("{count} of the form that the scheme expects");
            check("secrets", Verdict::Passed, summary)
        }
    }
}

struct View<'v, 's, 'r, 'a> {
    scheme: &'s Scheme,
    request: &'r Request<'a>,
    redactor: &'v Redactor,
    verifier: Option<&'v Verifier>,
    envelope: Option<&'v Envelope<'s, 'r, 'a>>,
    message: Option<&'v Message<'a>>,
    signature: Option<&'v Result<Verified, VerifyError>>,
    /// Whether the verifier finds it too old or too new.
    aged: bool,
}

impl View<'_, '_, '_, '_> {
    fn headers(&self) -> Check {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in header::needed(self.scheme, self.request) {
            let there = values(self.request, &name).next().is_some();
            if there { &mut found } else { &mut missing }.push(name);
        }
        // Any one of several signature headers will do.
        let any = matches!(self.scheme.signature, SignaturePlace::Headers(_)) && !found.is_empty();
        let names = header::signature_names(self.scheme);
        if any {
            missing.retain(|name| !names.contains(name));
        }
        let shown = |names: &[crate::scheme::Text]| {
            let names: Vec<String> = names.iter().map(|name| bounded(name)).collect();
            names.join(", ")
        };
        let mut result = if missing.is_empty() && found.is_empty() {
            check("headers", Verdict::Passed, "the scheme needs none")
        } else if missing.is_empty() {
            check("headers", Verdict::Passed, "all that are needed")
        } else {
            check(
                "headers",
                Verdict::Failed,
                ["missing: ", &shown(&missing)].concat(),
            )
        };
        if !found.is_empty() {
            result.data.push(("found", shown(&found)));
        }
        result
    }

    fn form(&self, error: Option<&VerifyError>) -> Check {
        match (error, self.envelope) {
            (Some(VerifyError::MissingHeader { .. }), _) => {
                check("form", Verdict::NotReached, "a header is missing")
            }
            (Some(error), _) => {
                let shown = bounded(&error.to_string());
                check("form", Verdict::Failed, shown)
            }
            (None, Some(envelope)) => {
                let count = envelope.signatures.len() + envelope.by_public_key.len();
                check("form", Verdict::Passed, format!("{count} to compare"))
            }
            (None, None) => check("form", Verdict::NotReached, ""),
        }
    }

    fn age(&self, timestamp: Option<u64>, now: u64, tolerance: u32) -> Check {
        let Some(timestamp) = timestamp else {
            return match self.signature {
                Some(Err(
                    error @ (VerifyError::MissingField { .. } | VerifyError::MalformedField { .. }),
                )) if self.times_body() => {
                    check("timestamp", Verdict::Failed, bounded(&error.to_string()))
                }
                _ => check("timestamp", Verdict::NotReached, "it could not be read"),
            };
        };
        let apart = timestamp.abs_diff(now);
        let side = if timestamp <= now { "old" } else { "ahead" };
        // A token bounds its time itself.
        let near = match self.scheme.claims {
            Some(_) => !self.aged,
            None => apart <= u64::from(tolerance),
        };
        let verdict = if near {
            Verdict::Passed
        } else {
            Verdict::Failed
        };
        let mut result = check("timestamp", verdict, format!("{apart} s {side}"));
        let mut add = |name, value: String| result.data.push((name, value));
        add("timestamp", timestamp.to_string());
        add("now", now.to_string());
        add("tolerance", format!("{tolerance} s"));
        result
    }

    /// Whether the timestamp is read from the body, once its signature has matched.
    fn times_body(&self) -> bool {
        let place = self
            .scheme
            .timestamp
            .as_ref()
            .map(|timestamp| &timestamp.place);
        let is_signed = self.scheme.signs(|part| *part == Part::Timestamp);
        matches!(place, Some(TimestampPlace::Pointer(_))) && !is_signed
    }

    fn content(&self, error: Option<&VerifyError>) -> Check {
        if let Some(error) = error {
            return check("content", Verdict::Failed, bounded(&error.to_string()));
        }
        let Some(pieces) = self.message.and_then(|message| message.variants.first()) else {
            return check("content", Verdict::NotReached, "");
        };
        let length: usize = pieces.iter().map(|piece| piece.bytes(&[]).len()).sum();
        let mut result = check(
            "content",
            Verdict::Passed,
            format!("{length} bytes are signed"),
        );
        let excerpt = self.redactor.excerpt(self.scheme, pieces);
        result.data.push(("signed", excerpt));
        result
    }

    fn signature(&self) -> Check {
        let result = match self.signature {
            Some(Ok(verified)) => {
                let summary = match verified.key_index {
                    0 => String::from("of the first secret"),
                    index => format!("of secret {index}, counted from 0"),
                };
                return check("signature", Verdict::Passed, summary);
            }
            Some(Err(
                VerifyError::SignatureMismatch { .. } | VerifyError::UnsupportedAlgorithm { .. },
            )) if self.scheme.signs_content() => check(
                "signature",
                Verdict::Failed,
                "no secret made it over this content",
            ),
            Some(Err(VerifyError::SignatureMismatch { .. })) => {
                return check(
                    "signature",
                    Verdict::Failed,
                    "the request carries another secret",
                );
            }
            Some(Err(
                VerifyError::ClaimMismatch { .. }
                | VerifyError::MissingClaim { .. }
                | VerifyError::DigestMismatch { .. },
            )) => return check("signature", Verdict::Passed, "of one of the secrets"),
            Some(Err(VerifyError::MissingField { .. } | VerifyError::MalformedField { .. }))
                if self.times_body() =>
            {
                return check("signature", Verdict::Passed, "of one of the secrets");
            }
            Some(Err(error)) if self.message.is_some() && !self.aged => {
                return check("signature", Verdict::Failed, bounded(&error.to_string()));
            }
            None if self.envelope.is_some() => {
                return check("signature", Verdict::NotReached, "no secret could be read");
            }
            _ => return check("signature", Verdict::NotReached, ""),
        };
        self.compared(result)
    }

    /// Adds the first bytes of what was received and of what was expected.
    fn compared(&self, mut result: Check) -> Check {
        let Some((envelope, message)) = self.envelope.zip(self.message) else {
            return result;
        };
        if self.scheme.claims.is_some() || self.scheme.signature == SignaturePlace::AdyenItems {
            return result;
        }
        let received = envelope.signatures.iter().chain(&envelope.by_public_key);
        for signature in received.take(SHOWN) {
            result.data.push(("received", fingerprint(signature)));
        }
        let keys: &[Key] = self.verifier.map_or(&[], |verifier| &verifier.keys);
        // Nobody but the provider can tell what a private key would have made.
        let secret = keys.iter().filter(|key| !key.is_public());
        let pieces = message.variants.first().map_or(&[][..], Vec::as_slice);
        for key in secret.take(SHOWN) {
            result
                .data
                .push(("expected", fingerprint(&key.tag(pieces))));
        }
        result
    }

    /// What is compared once the signature has matched.
    fn claims(&self) -> Option<Check> {
        let result = match self.signature {
            Some(Err(
                error @ (VerifyError::ClaimMismatch { .. }
                | VerifyError::MissingClaim { .. }
                | VerifyError::DigestMismatch { .. }),
            )) => {
                let shown = bounded(&error.to_string());
                check("claims", Verdict::Failed, shown)
            }
            _ if self.scheme.claims.is_none() => return None,
            Some(Ok(_)) => check("claims", Verdict::Passed, "they are of this request"),
            _ => check("claims", Verdict::NotReached, ""),
        };
        Some(result)
    }
}

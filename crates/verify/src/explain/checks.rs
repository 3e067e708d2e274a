//! The checks that a verifier makes, in its order, each with what it saw. Where the verifier stops
//! at the first fault, these go on as far as they can.

use alloc::string::String;
use alloc::vec::Vec;

use super::diagnosis::{Check, Verdict};
use super::header;
use super::redact::{Redactor, bounded, fingerprint};
use super::trial::{Case, UNKNOWN};
use crate::envelope::Envelope;
use crate::error::{SetupError, VerifyError};
use crate::headers::values;
use crate::key::Key;
use crate::message::{Message, texts};
use crate::request::Verified;
use crate::scheme::{Part, Scheme, SignaturePlace, Text, TimestampPlace};
use crate::text::decimal;
use crate::verifier::Verifier;

/// Of signatures and secrets, how many are shown.
const SHOWN: usize = 4;

/// What the checks came to.
pub(super) struct Examination {
    pub(super) checks: Vec<Check>,
    pub(super) setup: Option<SetupError>,
    /// Why the request is refused, its age apart.
    pub(super) refused: Option<VerifyError>,
    /// The code of why it is refused at all.
    pub(super) code: Option<&'static str>,
    /// Of the request, as far as it could be read.
    pub(super) timestamp: Option<u64>,
    /// Of the secret that made the signature.
    pub(super) key_index: Option<usize>,
}

pub(super) fn examine(case: &Case<'_>, tolerance: u32, redactor: &Redactor) -> Examination {
    let (scheme, request) = (case.scheme, &case.request);
    let mut refused_certificate = None;
    let (mut verifier, setup) = match Verifier::new(scheme, case.secrets) {
        Ok(mut verifier) => {
            refused_certificate = case.hand_in(&mut verifier);
            (Some(verifier.tolerance(tolerance)), None)
        }
        Err(error) => (None, Some(error)),
    };
    let kinds = verifier.as_ref().map_or(UNKNOWN, Verifier::kinds);
    let mut judged = None;
    let (mut code, mut timestamp, mut aged) = (setup.as_ref().map(SetupError::code), None, false);
    if let Some(prepared) = verifier.take() {
        let mut verdict = prepared.verify(request, case.now);
        // What was handed in and refused is asked for again: the refusal is the verdict.
        if matches!(verdict, Err(VerifyError::NeedsCertificate { .. })) {
            verdict = refused_certificate.map_or(verdict, Err);
        }
        code = verdict.as_ref().err().map(VerifyError::code);
        // The signature is of interest whatever its age.
        aged = match &verdict {
            Err(
                VerifyError::TimestampTooOld { timestamp: at, .. }
                | VerifyError::TimestampInFuture { timestamp: at, .. },
            ) => {
                timestamp = Some(*at);
                true
            }
            _ => false,
        };
        let prepared = if aged {
            let prepared = prepared.without_replay_check();
            verdict = prepared.verify(request, case.now);
            prepared
        } else {
            prepared
        };
        if let Ok(verified) = &verdict {
            timestamp = verified.timestamp.or(timestamp);
        }
        judged = Some(verdict);
        verifier = Some(prepared);
    }
    let envelope = Envelope::read(scheme, request, kinds);
    let read = envelope.as_ref().ok();
    let assembled = read.map(|envelope| envelope.message(scheme, request));
    let (message, unassembled) = match assembled {
        Some(Ok(message)) => (Some(message), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let timestamp = match read.and_then(|envelope| envelope.timestamp.as_ref()) {
        Some((_, seconds)) => Some(*seconds),
        None => timestamp,
    };
    let mut view = View {
        case,
        redactor,
        verifier: verifier.as_ref(),
        envelope: read,
        message: message.as_ref(),
        signature: judged.as_ref(),
        aged,
        checks: Vec::new(),
    };
    view.secrets(setup.as_ref());
    view.headers();
    view.form(envelope.as_ref().err());
    if scheme.timestamp.is_some() {
        view.age(timestamp, tolerance);
    }
    if view.is_templated() && scheme.signs_content() {
        view.content(unassembled.as_ref());
    }
    view.signature();
    view.claims();
    let checks = view.checks;
    let key_index = match &judged {
        Some(Ok(verified)) => Some(verified.key_index),
        _ => None,
    };
    let refused = judged.and_then(Result::err);
    let refused = refused.or(envelope.err()).or(unassembled);
    Examination {
        checks,
        refused: refused.filter(|_| key_index.is_none()),
        setup,
        code,
        timestamp,
        key_index,
    }
}

struct View<'v, 's, 'r, 'a> {
    case: &'v Case<'a>,
    redactor: &'v Redactor,
    verifier: Option<&'v Verifier>,
    envelope: Option<&'v Envelope<'s, 'r, 'a>>,
    message: Option<&'v Message<'a>>,
    signature: Option<&'v Result<Verified, VerifyError>>,
    /// Whether the verifier finds it too old or too new.
    aged: bool,
    checks: Vec<Check>,
}

impl View<'_, '_, '_, '_> {
    #[inline(never)]
    fn add(&mut self, name: &'static str, verdict: Verdict, summary: &[&str]) {
        self.checks.push(Check {
            name,
            verdict,
            summary: summary.concat(),
            data: Vec::new(),
        });
    }

    fn fail(&mut self, name: &'static str, error: &VerifyError) {
        self.add(name, Verdict::Failed, &[&bounded(&error.message())]);
    }

    /// Data of the last check.
    #[inline(never)]
    fn data(&mut self, name: &'static str, value: String) {
        if let Some(check) = self.checks.last_mut() {
            check.data.push((name, value));
        }
    }

    fn secrets(&mut self, error: Option<&SetupError>) {
        match error {
            Some(error) => self.add("secrets", Verdict::Failed, &[&error.message()]),
            None => {
                let count = decimal(self.case.secrets.len() as u64);
                let summary = [&count, " of the form that the scheme expects"];
                self.add("secrets", Verdict::Passed, &summary);
            }
        }
    }

    fn headers(&mut self) {
        let (names, signatures) = header::needed(self.case.scheme, &self.case.request);
        let there = |name: &Text| values(&self.case.request, name).next().is_some();
        // Any one of several signature headers will do.
        let is_signed = signatures > 1 && names.iter().take(signatures).any(there);
        let (mut found, mut missing) = (String::new(), String::new());
        for (index, name) in names.iter().enumerate() {
            let list = match there(name) {
                true => &mut found,
                false if is_signed && index < signatures => continue,
                false => &mut missing,
            };
            if !list.is_empty() {
                list.push_str(", ");
            }
            list.push_str(&bounded(name));
        }
        match (missing.as_str(), found.as_str()) {
            ("", "") => self.add("headers", Verdict::Passed, &["the scheme needs none"]),
            ("", _) => self.add("headers", Verdict::Passed, &["all that are needed"]),
            (missing, _) => self.add("headers", Verdict::Failed, &["missing: ", missing]),
        }
        if !found.is_empty() {
            self.data("found", found);
        }
    }

    fn form(&mut self, error: Option<&VerifyError>) {
        match (error, self.envelope) {
            (Some(VerifyError::MissingHeader { .. }), _) => {
                self.add("form", Verdict::NotReached, &["a header is missing"]);
            }
            (Some(error), _) => self.fail("form", error),
            (None, envelope) => {
                let count = envelope.map_or(0, |envelope| {
                    envelope.signatures.len() + envelope.by_public_key.len()
                });
                self.add(
                    "form",
                    Verdict::Passed,
                    &[&decimal(count as u64), " to compare"],
                );
            }
        }
    }

    fn age(&mut self, timestamp: Option<u64>, tolerance: u32) {
        let Some(timestamp) = timestamp else {
            return match self.signature {
                Some(Err(error)) if self.is_untimed(error) => self.fail("timestamp", error),
                _ => self.add("timestamp", Verdict::NotReached, &["it could not be read"]),
            };
        };
        let now = self.case.now;
        let apart = timestamp.abs_diff(now);
        let side = if timestamp <= now {
            " s old"
        } else {
            " s ahead"
        };
        // A token bounds its time itself.
        let near = match self.case.scheme.claims {
            Some(_) => !self.aged,
            None => apart <= u64::from(tolerance),
        };
        let verdict = if near {
            Verdict::Passed
        } else {
            Verdict::Failed
        };
        self.add("timestamp", verdict, &[&decimal(apart), side]);
        self.data("timestamp", decimal(timestamp));
        self.data("now", decimal(now));
        self.data("tolerance", [&decimal(u64::from(tolerance)), " s"].concat());
    }

    /// Whether this error is of a timestamp that is read from the body, once its signature has
    /// matched.
    fn is_untimed(&self, error: &VerifyError) -> bool {
        let scheme = self.case.scheme;
        let place = scheme.timestamp.as_ref().map(|timestamp| &timestamp.place);
        matches!(place, Some(TimestampPlace::Pointer(_)))
            && !scheme.signs(|part| *part == Part::Timestamp)
            && matches!(
                error,
                VerifyError::MissingField { .. } | VerifyError::MalformedField { .. }
            )
    }

    /// Whether one message is signed, as the scheme's template says.
    fn is_templated(&self) -> bool {
        let scheme: &Scheme = self.case.scheme;
        scheme.claims.is_none() && scheme.signature != SignaturePlace::AdyenItems
    }

    fn content(&mut self, error: Option<&VerifyError>) {
        let pieces = self.message.map(Message::pieces);
        match (error, pieces) {
            (Some(error), _) => self.fail("content", error),
            (None, Some(pieces)) => {
                let length: usize = texts(pieces, &[]).map(<[u8]>::len).sum();
                let summary = [&decimal(length as u64), " bytes are signed"];
                self.add("content", Verdict::Passed, &summary);
                let excerpt = self.redactor.excerpt(self.case.scheme, pieces);
                self.data("signed", excerpt);
            }
            (None, None) => self.add("content", Verdict::NotReached, &[""]),
        }
    }

    fn signature(&mut self) {
        const NAME: &str = "signature";
        let signs_content = self.case.scheme.signs_content();
        match self.signature {
            Some(Ok(verified)) => match verified.key_index {
                0 => self.add(NAME, Verdict::Passed, &["of the first secret"]),
                index => {
                    let summary = ["of secret ", &decimal(index as u64), ", counted from 0"];
                    self.add(NAME, Verdict::Passed, &summary);
                }
            },
            Some(Err(
                VerifyError::SignatureMismatch { .. } | VerifyError::UnsupportedAlgorithm { .. },
            )) if signs_content => {
                self.add(
                    NAME,
                    Verdict::Failed,
                    &["no secret made it over this content"],
                );
            }
            Some(Err(VerifyError::SignatureMismatch { .. })) => {
                self.add(
                    NAME,
                    Verdict::Failed,
                    &["the request carries another secret"],
                );
                return;
            }
            Some(Err(error)) if is_of_claims(error) || self.is_untimed(error) => {
                self.add(NAME, Verdict::Passed, &["of one of the secrets"]);
                return;
            }
            Some(Err(error)) if self.message.is_some() && !self.aged => {
                self.fail(NAME, error);
                return;
            }
            None if self.envelope.is_some() => {
                self.add(NAME, Verdict::NotReached, &["no secret could be read"]);
                return;
            }
            _ => {
                self.add(NAME, Verdict::NotReached, &[""]);
                return;
            }
        }
        if self.is_templated() {
            self.compared();
        }
    }

    /// Adds the first bytes of what was received and of what was expected.
    fn compared(&mut self) {
        let Some((envelope, message)) = self.envelope.zip(self.message) else {
            return;
        };
        let received = envelope.signatures.iter().chain(&envelope.by_public_key);
        for signature in received.take(SHOWN) {
            self.data("received", fingerprint(signature));
        }
        let keys: &[Key] = self.verifier.map_or(&[], |verifier| &verifier.keys);
        // Nobody but the provider can tell what a private key would have made.
        let secret = keys.iter().filter(|key| !key.is_public());
        for key in secret.take(SHOWN) {
            self.data("expected", fingerprint(&key.tag(message.pieces())));
        }
    }

    /// What is compared once the signature has matched.
    fn claims(&mut self) {
        match self.signature {
            Some(Err(error)) if is_of_claims(error) => self.fail("claims", error),
            _ if self.case.scheme.claims.is_none() => {}
            Some(Ok(_)) => self.add("claims", Verdict::Passed, &["they are of this request"]),
            _ => self.add("claims", Verdict::NotReached, &[""]),
        }
    }
}

fn is_of_claims(error: &VerifyError) -> bool {
    matches!(
        error,
        VerifyError::ClaimMismatch { .. }
            | VerifyError::MissingClaim { .. }
            | VerifyError::DigestMismatch { .. }
    )
}

//! Searches for what explains a refusal: one thing put right at a time, then two.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::body::{self, Step};
use super::diagnosis::Cause;
use super::trial::{Bench, Case, Change, HeaderList, Repair, borrowed, length};
use super::{address, header, secret, signature};
use crate::error::VerifyError;
use crate::parameters::is_form;
use crate::request::Request;
use crate::scheme::{Algorithm, Part, Scheme, SignaturePlace};
use crate::verifier::Verifier;

/// Things to put right in the headers before they can be read at all.
const ROUNDS: usize = 4;
/// Of each kind, how many are paired with those of another kind.
const PAIRED: usize = 8;
/// Bodies that are tried before other readings of the secret: wrappings and the last line break.
const FIRST_STEPS: usize = 4;
/// URLs that are tried before other bodies are.
const FIRST_URLS: usize = 7;

/// What the search came to.
pub(super) struct Found {
    pub(super) causes: Vec<Cause>,
    /// Whether these causes together explain the refusal.
    pub(super) solved: bool,
    /// The timestamp of the request once it is put right.
    pub(super) timestamp: Option<u64>,
}

/// The causes of a refusal, its age apart.
pub(super) fn search(
    scheme: &Scheme,
    secrets: &[&str],
    request: &Request<'_>,
    refused: Option<&VerifyError>,
    bench: &mut Bench,
) -> Found {
    let mut scheme = scheme.clone();
    let mut headers: HeaderList = header::copied(request);
    let mut causes: Vec<Cause> = Vec::new();
    for _ in 0..ROUNDS {
        let lines = borrowed(&headers);
        let case = Case {
            scheme: Cow::Borrowed(&scheme),
            secrets: secrets.to_vec(),
            request: Request {
                headers: &lines,
                ..*request
            },
        };
        let mut search = Search {
            case: &case,
            bench,
            found: None,
        };
        let broken = case.form().err();
        let mut repairs = header::repairs(&scheme, &case.request);
        repairs.extend(signature::repairs(&scheme, &case.request));
        if broken.is_some() {
            repairs.extend(signature::units(&scheme));
        }
        let refused = broken.as_ref().or(refused);
        let solved = repairs.iter().any(|repair| search.try_repair(repair, &[]));
        if !solved && !broken.as_ref().is_some_and(is_of_headers) {
            search.try_content(&repairs, refused);
        }
        if let Some((codes, detail, timestamp)) = search.found {
            add(&mut causes, &codes, &detail);
            return Found {
                causes,
                solved: true,
                timestamp,
            };
        }
        let Some(broken) = broken else {
            break;
        };
        let Some(chosen) = progress(&case, &broken, repairs) else {
            break;
        };
        add(&mut causes, &chosen.codes, &chosen.detail);
        drop(case);
        drop(lines);
        match chosen.change {
            Change::Headers(repaired) => headers = repaired,
            Change::Scheme(repaired) => scheme = *repaired,
            _ => break,
        }
    }
    // What was put right on the way led nowhere yet.
    for cause in &mut causes {
        cause.certain = false;
    }
    Found {
        causes,
        solved: false,
        timestamp: None,
    }
}

/// The repair after which the headers can be read, or at least fail later on.
fn progress(case: &Case<'_>, broken: &VerifyError, repairs: Vec<Repair>) -> Option<Repair> {
    let form = |repair: &Repair| case.with(&repair.change, |case| case.form());
    let mut repairs: Vec<Repair> = repairs
        .into_iter()
        .filter(|repair| !repair.codes.contains(&"other_scheme"))
        .collect();
    let whole = repairs.iter().position(|repair| form(repair).is_ok());
    let further = || {
        let differs = |repair: &Repair| form(repair).is_err_and(|error| error != *broken);
        repairs
            .iter()
            .position(|repair| matches!(repair.change, Change::Headers(_)) && differs(repair))
    };
    let chosen = whole.or_else(further)?;
    Some(repairs.swap_remove(chosen))
}

/// Whether the headers are at fault, so that no other body can help.
fn is_of_headers(error: &VerifyError) -> bool {
    matches!(
        error,
        VerifyError::MissingHeader { .. }
            | VerifyError::RepeatedHeader { .. }
            | VerifyError::NonAsciiHeader { .. }
            | VerifyError::MalformedHeader { .. }
            | VerifyError::NoSignature { .. }
            | VerifyError::UnsupportedVersion { .. }
    )
}

fn add(causes: &mut Vec<Cause>, codes: &[&'static str], detail: &str) {
    for (index, code) in codes.iter().enumerate() {
        let detail = if index == 0 { detail } else { "" };
        if !causes.iter().any(|cause| cause.code == *code) {
            causes.push(Cause {
                code,
                certain: true,
                detail: detail.into(),
            });
        }
    }
}

struct Search<'s, 'x> {
    case: &'s Case<'x>,
    bench: &'s mut Bench,
    /// Codes, detail and timestamp of what explains the refusal.
    found: Option<(Vec<&'static str>, String, Option<u64>)>,
}

impl Search<'_, '_> {
    /// Secrets, URLs and bodies, and then two of them at once.
    fn try_content(&mut self, repairs: &[Repair], refused: Option<&VerifyError>) -> bool {
        let scheme = &self.case.scheme;
        let request = &self.case.request;
        let readable = Verifier::new(scheme, &self.case.secrets).is_ok();
        // A digest is compared once the signature has matched.
        let signed = matches!(refused, Some(VerifyError::DigestMismatch { .. }));
        let secrets = if signed {
            Vec::new()
        } else {
            secret::repairs(scheme, &self.case.secrets)
        };
        let encodings: Vec<&Repair> = repairs
            .iter()
            .filter(|repair| !repair.codes.contains(&"other_scheme"))
            .filter(|repair| matches!(repair.change, Change::Scheme(_)))
            .collect();
        let has_content = scheme.signs_content() && (signed || scheme.claims.is_none());
        let addresses = if has_content {
            address::repairs(scheme, request)
        } else {
            Vec::new()
        };
        let steps = if has_content && reads_body(scheme, refused) {
            self.steps()
        } else {
            Vec::new()
        };
        let (alone, together): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| step.codes.len() == 1);
        let contents = if has_content && !signed {
            signature::contents(scheme)
        } else {
            Vec::new()
        };
        let (first, rest) = addresses.split_at(addresses.len().min(FIRST_URLS));
        let (two, more): (Vec<&Step>, Vec<&Step>) =
            together.iter().partition(|step| step.codes.len() == 2);
        let (first_steps, later_steps) = alone.split_at(alone.len().min(FIRST_STEPS));
        let (trims, readings): (Vec<&Repair>, Vec<&Repair>) =
            secrets.iter().partition(|repair| secret::is_trim(repair));
        let one = trims.iter().any(|repair| self.try_repair(repair, &[]))
            || (readable && first_steps.iter().any(|step| self.try_step(step, &[])))
            || readings.iter().any(|repair| self.try_repair(repair, &[]))
            || readable
                && (first.iter().any(|repair| self.try_repair(repair, &[]))
                    || later_steps.iter().any(|step| self.try_step(step, &[]))
                    || contents.iter().any(|repair| self.try_repair(repair, &[]))
                    || rest.iter().any(|repair| self.try_repair(repair, &[]))
                    || two.iter().any(|step| self.try_step(step, &[])));
        if one {
            return true;
        }
        for secret in &secrets {
            let with = |search: &mut Self, repair: &Repair| search.try_repair(secret, &[repair]);
            if encodings.iter().any(|repair| with(self, repair))
                || addresses
                    .iter()
                    .take(PAIRED)
                    .any(|repair| with(self, repair))
                || alone
                    .iter()
                    .take(PAIRED)
                    .any(|step| self.try_step(step, &[secret]))
            {
                return true;
            }
        }
        let others = addresses.iter().take(PAIRED).chain(encodings);
        let pairs = |search: &mut Self, other: &Repair| {
            alone
                .iter()
                .take(PAIRED)
                .any(|step| search.try_step(step, &[other]))
        };
        readable
            && (others.into_iter().any(|other| pairs(self, other))
                || more.iter().any(|step| self.try_step(step, &[])))
    }

    /// The bodies that may have been signed; none of a body that is too large to write anew.
    fn steps(&mut self) -> Vec<Step> {
        let body = self.case.request.body;
        if body.is_empty() {
            return Vec::new();
        }
        if body.len() > body::BODY_LIMIT || !self.bench.affords(length(body.len())) {
            self.bench.untried += 1;
            return Vec::new();
        }
        body::steps(body, is_form(&self.case.request))
    }

    /// Judges the request with all of these put right; the scheme is changed before the secret.
    fn try_repair(&mut self, repair: &Repair, others: &[&Repair]) -> bool {
        let bench = &mut *self.bench;
        let fit = match others {
            [] => self.case.with(&repair.change, |case| bench.fits(case)),
            [other, ..] => self.case.with(&other.change, |case| {
                case.with(&repair.change, |case| bench.fits(case))
            }),
        };
        let Some(fit) = fit else {
            return false;
        };
        let mut codes = repair.codes.clone();
        codes.extend(others.iter().flat_map(|other| &other.codes));
        self.found = Some((codes, repair.detail.clone(), fit.timestamp));
        true
    }

    fn try_step(&mut self, step: &Step, others: &[&Repair]) -> bool {
        let body = self.case.request.body;
        if !self.bench.affords(length(body.len() / 2)) {
            self.bench.untried += 1;
            return false;
        }
        let Some(body) = step.take(body) else {
            return false;
        };
        let repair = Repair {
            codes: step.codes.clone(),
            detail: step.detail.into(),
            change: Change::Body(body),
        };
        self.try_repair(&repair, others)
    }
}

/// Whether another body can help: it is signed, or what is needed of it was not found.
fn reads_body(scheme: &Scheme, refused: Option<&VerifyError>) -> bool {
    let parsed = scheme.signature == SignaturePlace::AdyenItems
        || matches!(scheme.signature, SignaturePlace::Pointer(_));
    let parts = scheme.signs(|part| {
        matches!(
            part,
            Part::Body
                | Part::BodySha256
                | Part::Form { .. }
                | Part::QueryAndForm
                | Part::Parameters
        )
    });
    let lacking = matches!(
        refused,
        Some(
            VerifyError::MissingField { .. }
                | VerifyError::MalformedField { .. }
                | VerifyError::MalformedBody { .. }
                | VerifyError::MissingParameter { .. }
                | VerifyError::UncoveredBody
        )
    );
    let token = matches!(scheme.algorithm, Algorithm::Jwt(_));
    (parsed && lacking) || parts || token
}

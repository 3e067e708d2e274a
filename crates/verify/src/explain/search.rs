//! Searches for what explains a refusal: one thing put right at a time, then two.

use alloc::vec::Vec;
use core::ops::Range;

use super::diagnosis::Cause;
use super::trial::{Bench, Case, Change, HeaderList, Repair, borrowed, length};
use super::{address, body, header, secret, signature};
use crate::error::VerifyError;
use crate::parameters::is_form;
use crate::request::Request;
use crate::scheme::{Algorithm, Part, Scheme, SignaturePlace};

/// Things to put right in the headers before they can be read at all.
const ROUNDS: usize = 4;
/// Of each kind, how many are paired with those of another kind.
const PAIRED: usize = 8;
/// Bodies that are tried before other readings of the secret: wrappings and the last line break.
const FIRST_BODIES: usize = 4;
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
    let mut found = Found {
        causes: Vec::new(),
        solved: false,
        timestamp: None,
    };
    for _ in 0..ROUNDS {
        let lines = borrowed(&headers);
        let case = Case {
            scheme: &scheme,
            form: None,
            secrets,
            request: Request {
                headers: &lines,
                ..*request
            },
        };
        let broken = case.broken();
        let mut plan = Plan::default();
        plan.put_headers_right(&case, broken.is_some());
        let chosen = plan.progress(&case, broken.as_ref());
        if !broken.as_ref().is_some_and(is_of_headers) {
            plan.put_content_right(&case, broken.as_ref().or(refused), bench);
        }
        if plan.carry_out(&case, bench, &mut found) {
            return found;
        }
        let Some(chosen) = chosen else {
            break;
        };
        let chosen = plan.repairs.swap_remove(chosen);
        add(&mut found.causes, &chosen.codes, &chosen.detail);
        drop(lines);
        match chosen.change {
            Change::Headers(repaired) => headers = repaired,
            Change::Scheme(repaired) => scheme = *repaired,
            _ => break,
        }
    }
    // What was put right on the way led nowhere yet.
    for cause in &mut found.causes {
        cause.certain = false;
    }
    found
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

/// What may be put right, and in which order and which pairs it is tried.
#[derive(Default)]
struct Plan {
    repairs: Vec<Repair>,
    /// Indices of one repair, or of two.
    attempts: Vec<(usize, Option<usize>)>,
}

impl Plan {
    fn put_headers_right(&mut self, case: &Case<'_>, is_broken: bool) {
        self.repairs = header::repairs(case.scheme, &case.request);
        self.repairs
            .extend(signature::repairs(case.scheme, &case.request));
        if is_broken {
            self.repairs.extend(signature::units(case.scheme));
        }
        self.attempts = (0..self.repairs.len()).map(|index| (index, None)).collect();
    }

    /// Secrets, URLs and bodies, and then two of them at once.
    fn put_content_right(
        &mut self,
        case: &Case<'_>,
        refused: Option<&VerifyError>,
        bench: &mut Bench,
    ) {
        let scheme = case.scheme;
        let readable = case.verifier().is_some();
        // A digest is compared once the signature has matched.
        let signed = matches!(refused, Some(VerifyError::DigestMismatch { .. }));
        let has_content = scheme.signs_content() && (signed || scheme.claims.is_none());
        let forms = 0..self.repairs.len();
        let none = || Vec::new();
        let secrets = match signed {
            true => none(),
            false => secret::repairs(scheme, case.secrets),
        };
        let secrets = self.add(secrets);
        let urls = match has_content {
            true => address::repairs(scheme, &case.request),
            false => none(),
        };
        let urls = self.add(urls);
        let bodies = match has_content && reads_body(scheme, refused) {
            true => bodies(&case.request, bench),
            false => none(),
        };
        let bodies = self.add(bodies);
        let contents = match has_content && !signed {
            true => signature::contents(scheme),
            false => none(),
        };
        let contents = self.add(contents);

        let of = |indices: Range<usize>, plan: &Self, is: fn(&Repair) -> bool| -> Vec<usize> {
            indices.filter(|index| is(&plan.repairs[*index])).collect()
        };
        let alone = of(bodies.clone(), self, |repair| repair.codes.len() == 1);
        let two = of(bodies.clone(), self, |repair| repair.codes.len() == 2);
        let more = of(bodies, self, |repair| repair.codes.len() > 2);
        let trims = of(secrets.clone(), self, secret::is_trim);
        let readings = of(secrets.clone(), self, |repair| !secret::is_trim(repair));
        let encodings = of(forms, self, |repair| {
            matches!(repair.change, Change::Scheme(_)) && !repair.codes.contains(&"other_scheme")
        });
        let secrets: Vec<usize> = secrets.collect();
        let urls: Vec<usize> = urls.collect();
        let contents: Vec<usize> = contents.collect();
        let (first_urls, later_urls) = urls.split_at(urls.len().min(FIRST_URLS));
        let (first_bodies, later_bodies) = alone.split_at(alone.len().min(FIRST_BODIES));

        self.try_each(&trims);
        if readable {
            self.try_each(first_bodies);
        }
        self.try_each(&readings);
        if readable {
            for indices in [first_urls, later_bodies, &contents, later_urls, &two] {
                self.try_each(indices);
            }
        }
        self.try_pairs(&secrets, &encodings, usize::MAX);
        self.try_pairs(&secrets, &urls, PAIRED);
        self.try_pairs(&secrets, &alone, PAIRED);
        if readable {
            self.try_pairs(first(&urls), &alone, PAIRED);
            self.try_pairs(&encodings, &alone, PAIRED);
            self.try_each(&more);
        }
    }

    fn add(&mut self, repairs: Vec<Repair>) -> Range<usize> {
        let start = self.repairs.len();
        self.repairs.extend(repairs);
        start..self.repairs.len()
    }

    fn try_each(&mut self, indices: &[usize]) {
        self.attempts
            .extend(indices.iter().map(|index| (*index, None)));
    }

    fn try_pairs(&mut self, ones: &[usize], others: &[usize], most: usize) {
        for one in ones {
            let others = others.iter().take(most);
            self.attempts
                .extend(others.map(|other| (*other, Some(*one))));
        }
    }

    /// Whether an attempt fits: then its causes are found.
    fn carry_out(&self, case: &Case<'_>, bench: &mut Bench, found: &mut Found) -> bool {
        for (first, second) in &self.attempts {
            let first = self.repairs.get(*first);
            let second = second.and_then(|index| self.repairs.get(index));
            let repairs: Vec<&Repair> = first.into_iter().chain(second).collect();
            let changes: Vec<&Change> = repairs.iter().map(|repair| &repair.change).collect();
            let rewrites = changes
                .iter()
                .any(|change| matches!(change, Change::Body(_)));
            if rewrites && !bench.affords(length(case.request.body.len() / 2)) {
                bench.untried += 1;
                continue;
            }
            let mut fit = None;
            case.with(&changes, &mut |case| fit = bench.fits(case));
            if let Some(timestamp) = fit {
                for repair in repairs {
                    add(&mut found.causes, &repair.codes, &repair.detail);
                }
                found.solved = true;
                found.timestamp = timestamp;
                return true;
            }
        }
        false
    }

    /// The repair after which the headers can be read, or at least fail later on.
    fn progress(&self, case: &Case<'_>, broken: Option<&VerifyError>) -> Option<usize> {
        let broken = broken?;
        let mut further = None;
        for (index, repair) in self.repairs.iter().enumerate() {
            if repair.codes.contains(&"other_scheme") {
                continue;
            }
            let (mut judged, mut after) = (false, None);
            case.with(&[&repair.change], &mut |case| {
                judged = true;
                after = case.broken();
            });
            match after {
                None if judged => return Some(index),
                Some(error) if error != *broken && matches!(repair.change, Change::Headers(_)) => {
                    further.get_or_insert(index);
                }
                _ => {}
            }
        }
        further
    }
}

fn first(indices: &[usize]) -> &[usize] {
    indices.get(..PAIRED).unwrap_or(indices)
}

/// The bodies that may have been signed; none of a body that is too large to write anew.
fn bodies(request: &Request<'_>, bench: &mut Bench) -> Vec<Repair> {
    let body = request.body;
    if body.is_empty() {
        return Vec::new();
    }
    if body.len() > body::BODY_LIMIT || !bench.affords(length(body.len())) {
        bench.untried += 1;
        return Vec::new();
    }
    body::repairs(body, is_form(request))
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

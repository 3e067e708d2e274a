//! Searches for what explains a refusal: one thing put right at a time, then two.

use super::address::Addresses;
use super::body::{Bodies, Ways};
use super::secret::Wanted;
use super::trial::{Bench, Case, Visit};
use super::{form, header, secret, signature};
use crate::error::VerifyError;
use crate::scheme::{Algorithm, Part, Scheme, SignaturePlace};

/// Things to put right in the headers before they can be read at all.
pub(super) const ROUNDS: usize = 4;
/// Of each kind, how many are paired with those of another kind.
const PAIRED: usize = 8;
/// Bodies that are tried before other readings of the secret: wrappings and the last line break.
const FIRST_BODIES: usize = 4;
/// URLs that are tried before any body is, and before all bodies are.
const LIKELY_URLS: usize = 3;
const FIRST_URLS: usize = 7;
const ALL: usize = usize::MAX;

/// Whether the causes of a refusal, its age apart, are found.
pub(super) fn search(
    case: &Case<'_>,
    refused: Option<&VerifyError>,
    rounds: usize,
    bench: &mut Bench,
) -> bool {
    // A header that was put right may have told of the form.
    let joined = form::joined(case);
    let mut case = *case;
    if let Some(body) = &joined {
        case.request.body = body;
    }
    let case = &case;
    let broken = case.broken(bench);
    // Compared as sentences.
    let said = broken.as_ref().map(VerifyError::message);
    // The first change after which the headers can be read, or else fail later on.
    let (mut index, mut chosen, mut rank) = (0, 0_usize, 0);
    let solved = headers(case, broken.is_some(), bench, &mut |changed, bench| {
        if bench.fits(changed) {
            return true;
        }
        let same_scheme = core::ptr::eq(changed.scheme, case.scheme);
        let is_other = changed.scheme.name != case.scheme.name;
        if broken.is_some() && rank < 2 && !is_other {
            let after = changed.broken(bench).map(|error| error.message());
            let further = match &after {
                None => 2,
                Some(_) if same_scheme && after != said => 1,
                Some(_) => 0,
            };
            if further > rank {
                (rank, chosen) = (further, index);
            }
        }
        index += 1;
        false
    });
    let readable = !broken.as_ref().is_some_and(is_of_headers);
    if solved || readable && contents(case, broken.as_ref().or(refused), bench) {
        return true;
    }
    if rank == 0 || rounds == 1 {
        // What was put right on the way led nowhere yet.
        bench.tell(case.told, false);
        return false;
    }
    let mut solved = false;
    headers(case, true, bench, &mut |changed, bench| {
        let here = chosen == 0;
        chosen = chosen.wrapping_sub(1);
        solved = here && search(changed, refused, rounds - 1, bench);
        here
    });
    solved
}

/// Headers put right, and the ways in which they are read.
fn headers(case: &Case<'_>, is_broken: bool, bench: &mut Bench, visit: Visit<'_>) -> bool {
    header::repairs(case, bench, visit)
        || signature::readings(case, bench, visit)
        || signature::repairs(case, bench, visit)
        || is_broken && signature::units(case, bench, visit)
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

/// Secrets, URLs and bodies put right, and then two of them at once.
fn contents(case: &Case<'_>, refused: Option<&VerifyError>, bench: &mut Bench) -> bool {
    let scheme = case.scheme;
    let fits: Visit<'_> = &mut |case, bench| bench.fits(case);
    let readable = case.prepared().is_ok();
    // A digest is compared once the signature has matched.
    let signed = matches!(refused, Some(VerifyError::DigestMismatch { .. }));
    let has_content = scheme.signs_content() && (signed || scheme.claims.is_none());
    let mut urls = Addresses::default();
    let mut bodies = Bodies::default();
    if has_content {
        urls = Addresses::of(scheme, &case.request);
        if reads_body(scheme, refused) {
            bodies = Bodies::of(case, bench);
        }
    }
    let secrets = |case: &Case<'_>, wanted: Wanted, bench: &mut Bench, visit: Visit<'_>| {
        !signed && secret::repairs(case, wanted, bench, visit)
    };
    let alone = |case: &Case<'_>, bench: &mut Bench| {
        bodies.try_each(case, Ways::One, 0..PAIRED, bench, &mut |case, bench| {
            bench.fits(case)
        })
    };
    secrets(case, Wanted::Trims, bench, fits)
        || readable
            && (urls.try_each(case, 0..LIKELY_URLS, bench, fits)
                || bodies.try_each(case, Ways::One, 0..FIRST_BODIES, bench, fits))
        || secrets(case, Wanted::Readings, bench, fits)
        || readable
            && (urls.try_each(case, LIKELY_URLS..FIRST_URLS, bench, fits)
                || bodies.try_each(case, Ways::One, FIRST_BODIES..ALL, bench, fits)
                || has_content && !signed && signature::contents(case, bench, fits)
                || urls.try_each(case, FIRST_URLS..ALL, bench, fits)
                || bodies.try_each(case, Ways::Two, 0..ALL, bench, fits))
        || secrets(case, Wanted::All, bench, &mut |case, bench| {
            signature::readings(case, bench, &mut |case, bench| bench.fits(case))
        })
        || secrets(case, Wanted::All, bench, &mut |case, bench| {
            urls.try_each(case, 0..PAIRED, bench, &mut |case, bench| bench.fits(case))
        })
        || secrets(case, Wanted::All, bench, &mut |case, bench| {
            alone(case, bench)
        })
        || readable
            && (urls.try_each(case, 0..PAIRED, bench, &mut |case, bench| {
                alone(case, bench)
            }) || signature::readings(case, bench, &mut |case, bench| alone(case, bench))
                || bodies.try_each(case, Ways::More, 0..ALL, bench, fits))
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

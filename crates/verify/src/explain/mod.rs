//! Explains why a request is refused: each check with what it saw, and the cause.
//!
//! What can be proved is proved: the request is judged again with one thing put right, and then with
//! two, by the same verifier. What cannot is offered as a guess, and called one. It is for people
//! who set a webhook up, not for the road of every request: a refusal costs up to 5 ms.

mod address;
mod body;
mod causes;
mod checks;
mod diagnosis;
mod form;
mod header;
mod hints;
mod json;
mod moment;
mod order;
mod redact;
mod search;
mod secret;
mod signature;
mod trial;
mod unwrap;

use alloc::vec::Vec;

pub use causes::{CAUSES, KnownCause};
pub use diagnosis::{Cause, Check, Diagnosis, Verdict};

use crate::error::VerifyError;
use crate::request::Request;
use crate::scheme::Scheme;
use checks::Examination;
use redact::Redactor;
use trial::Bench;

/// Why a request is refused at the time `now`, in unix seconds: each check in order, then the causes
/// that were tried and found. It works too where the secrets cannot be read, and
/// [`Verifier::new`](crate::Verifier::new) fails.
///
/// `tolerance` is in seconds, in place of the scheme's.
///
/// A diagnosis is no verdict, and a request without a found fault is not thereby genuine: only
/// [`Verifier::verify`](crate::Verifier::verify) decides. The work is bounded: about 1.25 MB are
/// hashed for a body of up to 160 KB, and bodies over 1 MiB are not written anew.
///
/// ```
/// use hookgate::{Outgoing, Request, Verifier, explain, scheme};
///
/// let stripe = scheme("stripe").ok_or("no such scheme")?;
/// let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// let sent = br#"{"id": "evt_1", "object": "event"}"#;
/// let event = Outgoing { id: "evt_1", timestamp: 1_700_000_000, event_type: None, body: sent };
/// let headers = Verifier::new(stripe, &[secret])?.sign(&event)?;
///
/// // Parsed and written again, as `JSON.stringify(request.body)` does.
/// let body = br#"{"id":"evt_1","object":"event"}"#;
/// let headers: Vec<(&str, &[u8])> =
///     headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
/// let request = Request { method: "POST", url: "https://example.com/in", headers: &headers, body };
///
/// let diagnosis = explain(stripe, &[secret], &request, 1_700_000_010, None);
/// assert_eq!(diagnosis.refusal, Some("signature_mismatch"));
/// assert_eq!(diagnosis.causes[0].code, "body_whitespace");
/// assert!(diagnosis.causes[0].certain);
/// println!("{diagnosis}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explain<S: AsRef<str>>(
    scheme: &Scheme,
    secrets: &[S],
    request: &Request<'_>,
    now: u64,
    tolerance: Option<u32>,
) -> Diagnosis {
    let secrets: Vec<&str> = secrets.iter().map(AsRef::as_ref).collect();
    let tolerance = tolerance.or(scheme.tolerance()).unwrap_or(0);
    diagnose(scheme, &secrets, request, now, tolerance)
}

fn diagnose(
    scheme: &Scheme,
    secrets: &[&str],
    request: &Request<'_>,
    now: u64,
    tolerance: u32,
) -> Diagnosis {
    let redactor = Redactor::new(secrets);
    let seen = checks::examine(scheme, secrets, request, now, tolerance, &redactor);
    let mut bench = Bench::new(request.body.len());
    let mut diagnosis = Diagnosis {
        scheme: scheme.name.clone(),
        refusal: match (&seen.setup, &seen.first) {
            (Some(error), _) => Some(error.code()),
            (None, first) => first.as_ref().map(VerifyError::code),
        },
        checks: Vec::new(),
        causes: Vec::new(),
        tried: 0,
        untried: 0,
        work: 0,
    };
    diagnosis.causes = match &seen.verified {
        Some(verified) if verified.key_index > 0 => {
            let detail = alloc::format!("secret {}, counted from 0", verified.key_index);
            let code = "secret_old";
            [Cause {
                code,
                certain: true,
                detail,
            }]
            .into()
        }
        Some(_) => Vec::new(),
        None => causes_of(scheme, secrets, request, now, tolerance, &seen, &mut bench),
    };
    for cause in &mut diagnosis.causes {
        cause.detail = redact::bounded(&cause.detail);
    }
    // The certain first; else in the order in which they were found.
    let (certain, guessed): (Vec<Cause>, Vec<Cause>) = diagnosis
        .causes
        .into_iter()
        .partition(|cause| cause.certain);
    diagnosis.causes = certain;
    diagnosis.causes.extend(guessed);
    diagnosis.checks = seen.checks;
    (diagnosis.tried, diagnosis.untried) = (bench.tried, bench.untried);
    diagnosis.work = bench.spent;
    diagnosis
}

fn causes_of(
    scheme: &Scheme,
    secrets: &[&str],
    request: &Request<'_>,
    now: u64,
    tolerance: u32,
    seen: &Examination,
    bench: &mut Bench,
) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut timestamp = seen.timestamp;
    let refused = seen.refused.as_ref();
    if seen.setup.is_some() || refused.is_some() {
        let found = search::search(scheme, secrets, request, refused, bench);
        timestamp = found.timestamp.or(timestamp);
        causes.extend(found.causes);
        if !found.solved {
            causes.extend(seen.setup.iter().map(hints::unreadable));
            causes.extend(refused.and_then(hints::plain));
            let mismatch = matches!(refused, Some(VerifyError::SignatureMismatch { .. }));
            causes.extend(hints::guesses(scheme, secrets, request, mismatch, bench));
        }
    }
    if let Some(timestamp) = timestamp.filter(|_| scheme.timestamp.is_some()) {
        let known = causes.iter().any(|cause| cause.code == "timestamp_unit");
        let late = moment::causes(scheme, timestamp, now, tolerance);
        causes.extend(late.into_iter().filter(|_| !known));
    }
    if causes.is_empty() {
        let detail = seen.first.as_ref().map_or("", |error| error.code()).into();
        let code = "unexplained";
        causes.push(Cause {
            code,
            certain: false,
            detail,
        });
    }
    causes
}

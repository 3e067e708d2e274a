//! Explains why a request is refused: each check with what it saw, and the cause.
//!
//! What can be proved is proved: the request is judged again with one thing put right, and then with
//! two, by the same verifier. What cannot is offered as a guess, and called one. It is for people
//! who set a webhook up, not for the road of every request: a refusal costs some sixteen passes
//! over the body.

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
mod steps;
mod trial;

use alloc::vec::Vec;

pub use causes::{CAUSES, KnownCause};
pub use diagnosis::{Cause, Check, Diagnosis, Verdict};

use crate::error::VerifyError;
use crate::request::Request;
use crate::scheme::Scheme;
use crate::text::decimal;
use redact::Redactor;
use trial::{Bench, Case};

/// Why a request is refused at the time `now`, in unix seconds: each check in order, then the causes
/// that were tried and found. It works too where the secrets cannot be read, and
/// [`Verifier::new`](crate::Verifier::new) fails.
///
/// `tolerance` is in seconds, in place of the scheme's.
///
/// A diagnosis is no verdict, and a request without a found fault is not thereby genuine: only
/// [`Verifier::verify`](crate::Verifier::verify) decides. The work is bounded: for a body of up to
/// 64 KB it is that of hashing 1 MiB, and bodies over 1 MiB are not written anew.
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
    let explainer = Explainer {
        tolerance,
        ..Explainer::new(scheme, secrets)
    };
    explainer.explain(request, now)
}

/// What [`explain`] is told of an endpoint.
#[derive(Clone)]
pub struct Explainer<'a> {
    scheme: &'a Scheme,
    secrets: Vec<&'a str>,
    certificates: &'a [(&'a str, &'a str)],
    tolerance: Option<u32>,
}

impl<'a> Explainer<'a> {
    /// An endpoint by its scheme and its secrets, whether or not they can be read.
    pub fn new<S: AsRef<str>>(scheme: &'a Scheme, secrets: &'a [S]) -> Self {
        Self {
            scheme,
            secrets: secrets.iter().map(AsRef::as_ref).collect(),
            certificates: &[],
            tolerance: None,
        }
    }

    /// In seconds, in place of the scheme's.
    #[must_use]
    pub fn tolerance(mut self, seconds: u32) -> Self {
        self.tolerance = Some(seconds);
        self
    }

    /// The address and the PEM of each certificate that the verifier has from
    /// `Verifier::add_certificate`. The refusal of one is the refusal of the requests that name it.
    #[must_use]
    pub fn certificates(mut self, certificates: &'a [(&'a str, &'a str)]) -> Self {
        self.certificates = certificates;
        self
    }

    /// As [`explain`].
    pub fn explain(&self, request: &Request<'_>, now: u64) -> Diagnosis {
        let tolerance = self.tolerance.or(self.scheme.tolerance()).unwrap_or(0);
        let mut case = Case {
            scheme: self.scheme,
            secrets: &self.secrets,
            certificates: self.certificates,
            request: *request,
            came: request.body,
            now,
            told: None,
        };
        let joined = form::joined(&case);
        if let Some(body) = &joined {
            case.request.body = body;
        }
        let redactor = Redactor::new(&self.secrets);
        let seen = checks::examine(&case, tolerance, &redactor);
        let mut bench = Bench::new(&case, seen.timestamp);
        match seen.key_index.filter(|_| seen.code.is_none()) {
            Some(0) => {}
            Some(index) => {
                let detail = ["secret ", &decimal(index as u64), ", counted from 0"].concat();
                bench.add("secret_old", true, &detail);
            }
            None => {
                let refused = seen.refused.as_ref();
                if seen.key_index.is_none()
                    && !search::search(&case, refused, search::ROUNDS, &mut bench)
                {
                    if let Some(error) = &seen.setup {
                        bench.add("secret_malformed", true, &error.message());
                    }
                    if let Some(error) = refused
                        && let Some(code) = hints::meaning(error)
                    {
                        bench.add(code, true, &error.message());
                    }
                    let mismatch = matches!(refused, Some(VerifyError::SignatureMismatch { .. }));
                    hints::guess(&case, mismatch, &mut bench);
                }
                if let Some(timestamp) = bench.timestamp.filter(|_| self.scheme.timestamp.is_some())
                    && !bench.has("timestamp_unit")
                {
                    moment::judge(self.scheme, timestamp, now, tolerance, &mut bench);
                }
                if bench.causes.is_empty() {
                    bench.add("unexplained", false, seen.code.unwrap_or_default());
                }
            }
        }
        Diagnosis {
            scheme: self.scheme.name.clone(),
            refusal: seen.code,
            checks: seen.checks,
            causes: bench.causes,
            tried: bench.tried,
            untried: bench.untried,
            work: bench.spent,
        }
    }
}

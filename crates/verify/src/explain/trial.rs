//! Trials: the request with one thing put right is judged again, by the verifier itself. What fits
//! then is no guess.
//!
//! Work is bounded whatever comes: each trial has a price, and there is a budget.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::envelope::{Envelope, Kinds};
use crate::error::VerifyError;
use crate::request::{Request, Verified};
use crate::scheme::{Scheme, SecretForm, UrlForm};
use crate::verifier::Verifier;

/// Bytes to hash or to write, for a body of up to 64 KB: about 4 ms where hashing is slow.
const BUDGET: u64 = 1_250 * 1_024;
/// A larger body may be hashed so often, until it is over this size.
const LARGE: u64 = 1_024 * 1_024;
const LARGE_PASSES: u64 = 8;
/// What a trial costs beside its body: parsing, and a key's set-up.
const OVERHEAD: u64 = 4 * 1_024;
/// What the signature of a public key costs.
const PUBLIC_KEY: u64 = 96 * 1_024;

/// What is judged: all of it borrowed, so that a change costs what it changes.
#[derive(Clone)]
pub(super) struct Case<'x> {
    pub(super) scheme: Cow<'x, Scheme>,
    pub(super) secrets: Vec<&'x str>,
    pub(super) request: Request<'x>,
}

/// Something put right, and the cause that it would be.
pub(super) struct Repair {
    pub(super) codes: Vec<&'static str>,
    pub(super) detail: String,
    pub(super) change: Change,
}

pub(super) type HeaderList = Vec<(String, Vec<u8>)>;

pub(super) enum Change {
    /// Another text of one secret, read in this form.
    Secret {
        text: Zeroizing<String>,
        form: SecretForm,
    },
    Scheme(Box<Scheme>),
    Headers(HeaderList),
    Url(String),
    Method(&'static str),
    Body(Vec<u8>),
}

impl Repair {
    pub(super) fn new(code: &'static str, detail: &str, change: Change) -> Self {
        Self {
            codes: [code].into(),
            detail: detail.into(),
            change,
        }
    }
}

impl<'x> Case<'x> {
    /// Hands the changed case to `judge`.
    pub(super) fn with<T>(&self, change: &Change, judge: impl FnOnce(&Case<'_>) -> T) -> T {
        let mut case: Case<'_> = self.clone();
        let lines: Vec<(&str, &[u8])>;
        match change {
            Change::Secret { text, form } => {
                case.scheme.to_mut().secret = form.clone();
                case.secrets = [text.as_str()].into();
            }
            Change::Scheme(scheme) => case.scheme = Cow::Borrowed(scheme),
            Change::Headers(headers) => {
                lines = borrowed(headers);
                case.request.headers = &lines;
            }
            Change::Url(url) => case.request.url = url,
            Change::Method(method) => case.request.method = method,
            Change::Body(body) => case.request.body = body,
        }
        judge(&case)
    }

    /// Whether the headers can be read, or why not.
    pub(super) fn form(&self) -> Result<(), VerifyError> {
        let kinds = Verifier::new(&self.scheme, &self.secrets).map(|verifier| verifier.kinds());
        let kinds = kinds.unwrap_or(UNKNOWN);
        Envelope::read(&self.scheme, &self.request, kinds).map(|_| ())
    }
}

/// Where no key could be read, the signatures are taken for those of secrets.
pub(super) const UNKNOWN: Kinds = Kinds {
    by_secret: true,
    by_public_key: false,
};

pub(super) fn borrowed(headers: &HeaderList) -> Vec<(&str, &[u8])> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_slice()))
        .collect()
}

/// Makes trials while there is budget.
pub(super) struct Bench {
    budget: u64,
    pub(super) spent: u64,
    pub(super) tried: u32,
    pub(super) untried: u32,
}

impl Bench {
    pub(super) fn new(body: usize) -> Self {
        let body = length(body);
        Self {
            budget: BUDGET.max(body.min(LARGE) * LARGE_PASSES),
            spent: 0,
            tried: 0,
            untried: 0,
        }
    }

    /// What the case says if its signature fits, whatever its age.
    pub(super) fn fits(&mut self, case: &Case<'_>) -> Option<Verified> {
        if !self.affords(price(case)) {
            self.untried += 1;
            return None;
        }
        self.tried += 1;
        let verifier = Verifier::new(&case.scheme, &case.secrets).ok()?;
        verifier
            .without_replay_check()
            .verify(&case.request, 0)
            .ok()
    }

    /// Pays for writing so many bytes, if it can be paid.
    pub(super) fn affords(&mut self, bytes: u64) -> bool {
        let affords = self.spent + bytes <= self.budget;
        if affords {
            self.spent += bytes;
        }
        affords
    }
}

fn price(case: &Case<'_>) -> u64 {
    let scheme = &case.scheme;
    let any_port = scheme.signs(|part| {
        matches!(
            part,
            crate::scheme::Part::Url(UrlForm::AnyPort | UrlForm::ReservedDecoded)
        )
    });
    let passes = length(case.secrets.len()) * if any_port { 2 } else { 1 };
    let public = case
        .secrets
        .iter()
        .any(|secret| secret.starts_with("whpk_"));
    let signatures = if scheme.has_public_keys() {
        1
    } else if public {
        // Of `v1a`, several may stand in one header.
        let commas = |value: &[u8]| value.iter().filter(|byte| **byte == b',').count();
        let values = case.request.headers.iter().map(|(_, value)| commas(value));
        length(values.max().unwrap_or(0).min(16))
    } else {
        0
    };
    let asymmetric = PUBLIC_KEY * signatures * length(case.secrets.len());
    OVERHEAD + asymmetric + passes * length(case.request.body.len())
}

pub(super) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX / 1_024)
}

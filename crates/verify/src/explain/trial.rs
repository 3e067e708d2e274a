//! Trials: the request with one thing put right is judged again, by the verifier itself. What fits
//! then is no guess.
//!
//! Work is bounded whatever comes: each trial has a price, and there is a budget.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::body::{Kind, written};
use crate::envelope::{Envelope, Kinds};
use crate::error::VerifyError;
use crate::request::Request;
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
#[derive(Clone, Copy)]
pub(super) struct Case<'x> {
    pub(super) scheme: &'x Scheme,
    /// In place of the scheme's.
    pub(super) form: Option<&'x SecretForm>,
    pub(super) secrets: &'x [&'x str],
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
    /// The body, written anew by these steps.
    Body(Vec<Kind>),
}

impl Repair {
    // Called from a hundred places.
    #[inline(never)]
    pub(super) fn new(code: &'static str, detail: &str, change: Change) -> Self {
        Self {
            codes: [code].into(),
            detail: detail.into(),
            change,
        }
    }
}

impl Case<'_> {
    /// Hands the case with all these changes to `judge`, if they can be made.
    pub(super) fn with(&self, changes: &[&Change], judge: &mut dyn FnMut(&Case<'_>)) {
        let Some((change, rest)) = changes.split_first() else {
            return judge(self);
        };
        let (lines, body, secrets);
        let mut case: Case<'_> = *self;
        match change {
            Change::Secret { text, form } => {
                secrets = [text.as_str()];
                case.secrets = &secrets;
                case.form = Some(form);
            }
            Change::Scheme(scheme) => case.scheme = scheme,
            Change::Headers(headers) => {
                lines = borrowed(headers);
                case.request.headers = &lines;
            }
            Change::Url(url) => case.request.url = url,
            Change::Method(method) => case.request.method = method,
            Change::Body(kinds) => match written(kinds, self.request.body) {
                Some(written) => {
                    body = written;
                    case.request.body = &body;
                }
                None => return,
            },
        }
        case.with(rest, judge);
    }

    /// Why the headers cannot be read, if they cannot.
    pub(super) fn broken(&self) -> Option<VerifyError> {
        let kinds = self.verifier().map_or(UNKNOWN, |verifier| verifier.kinds());
        Envelope::read(self.scheme, &self.request, kinds).err()
    }

    pub(super) fn verifier(&self) -> Option<Verifier> {
        let Some(form) = self.form else {
            return Verifier::new(self.scheme, self.secrets).ok();
        };
        let mut scheme = self.scheme.clone();
        scheme.secret = form.clone();
        Verifier::new(&scheme, self.secrets).ok()
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

    /// Whether the signature of the case fits, whatever its age; and the timestamp, if it has one.
    #[inline(never)]
    pub(super) fn fits(&mut self, case: &Case<'_>) -> Option<Option<u64>> {
        if !self.affords(price(case)) {
            self.untried += 1;
            return None;
        }
        self.tried += 1;
        let verifier = case.verifier()?.without_replay_check();
        verifier
            .verify(&case.request, 0)
            .ok()
            .map(|verified| verified.timestamp)
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
    let scheme = case.scheme;
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

//! Trials: the request with one thing put right is judged again, by the verifier itself. What fits
//! then is no guess.
//!
//! Work is bounded whatever comes: each trial has a price, and there is a budget.

use alloc::vec::Vec;

use super::diagnosis::Cause;
use super::form;
#[cfg(feature = "ecdsa")]
use crate::asymmetric::KeyForm;
use crate::envelope::{Envelope, Kinds};
use crate::error::{SetupError, VerifyError};
use crate::parameters::is_form;
use crate::request::Request;
use crate::scheme::{Algorithm, Hash, Part, Scheme, SignaturePlace, TimestampPlace};
use crate::verifier::Verifier;

/// What a diagnosis may cost, for a body of up to 64 KB. This and all prices are in bytes that are
/// hashed by SHA-256: the budget is two and a half milliseconds in WebAssembly, of the build for pages.
const BUDGET: u64 = PASSES * 64 * 1_024;
/// How often a body may be hashed that is larger, until it comes to `MOST`.
const PASSES: u64 = 16;
const MOST: u64 = 20 * 64 * 1_024;
/// A larger body may be hashed so often, until it is over this size.
const LARGE: u64 = 1_024 * 1_024;
const LARGE_PASSES: u64 = 8;
/// What a trial costs beside its body: parsing, and a key's set-up.
const OVERHEAD: u64 = 4 * 1_024;
/// What the signature of a public key costs, or a certificate.
const PUBLIC_KEY: u64 = 128 * 1_024;
/// On P-256.
#[cfg(feature = "ecdsa")]
const P256: u64 = 360 * 1_024;
/// What it costs to look for values in JSON, or to read and sort fields, for each byte.
const READING: u64 = 3;
/// What it costs to write JSON or a form anew, likewise.
pub(super) const WRITING: u64 = 2;

/// What is judged: all of it borrowed, so that a change costs what it changes.
#[derive(Clone, Copy)]
pub(super) struct Case<'x> {
    pub(super) scheme: &'x Scheme,
    pub(super) secrets: &'x [&'x str],
    /// Address and PEM of each.
    pub(super) certificates: &'x [(&'x str, &'x str)],
    /// A form whose fields are signed stands in it as one field: see `form::joined`.
    pub(super) request: Request<'x>,
    /// The body as it came.
    pub(super) came: &'x [u8],
    /// In unix seconds.
    pub(super) now: u64,
    /// What was put right.
    pub(super) told: Option<&'x Told<'x>>,
}

/// Something put right, and the causes that it would be.
pub(super) struct Told<'x> {
    pub(super) codes: &'x [&'static str],
    pub(super) detail: &'x str,
    /// What was put right before it.
    pub(super) before: Option<&'x Self>,
}

/// Is shown a changed case, and answers whether that is enough.
pub(super) type Visit<'v> = &'v mut dyn FnMut(&Case<'_>, &mut Bench) -> bool;

impl<'x> Case<'x> {
    /// With the body as it came, for what reads it otherwise than the scheme does.
    pub(super) fn unjoined(&self) -> Self {
        let mut case = *self;
        case.request.body = case.came;
        case
    }

    fn is_joined(&self) -> bool {
        !core::ptr::eq(self.request.body, self.came)
    }

    /// With another body.
    pub(super) fn with_body<'y>(&self, body: &'y [u8]) -> Case<'y>
    where
        'x: 'y,
    {
        let mut case: Case<'y> = *self;
        (case.request.body, case.came) = (body, body);
        case
    }

    /// Why the headers cannot be read, if they cannot; `None` too if it is too dear to tell.
    pub(super) fn broken(&self, bench: &mut Bench) -> Option<VerifyError> {
        bench.affords(OVERHEAD + self.reading()).then_some(())?;
        let kinds = self.prepared().map_or(UNKNOWN, |verifier| verifier.kinds());
        Envelope::read(self.scheme, &self.request, kinds).err()
    }

    #[inline(never)]
    pub(super) fn prepared(&self) -> Result<Verifier, SetupError> {
        let mut verifier = Verifier::new(self.scheme, self.secrets)?;
        self.hand_in(&mut verifier);
        Ok(verifier)
    }

    /// Hands the certificates in, and answers with the refusal of one.
    pub(super) fn hand_in(&self, verifier: &mut Verifier) -> Option<VerifyError> {
        #[cfg(feature = "x509")]
        return self.certificates.iter().fold(None, |refused, (url, pem)| {
            refused.or(verifier.add_certificate(url, pem, self.now).err())
        });
        #[cfg(not(feature = "x509"))]
        return None.filter(|_: &VerifyError| verifier.keys.is_empty());
    }

    /// What the trial costs.
    #[inline(never)]
    fn price(&self) -> u64 {
        let scheme = self.scheme;
        let texts = scheme.message.iter().find_map(|part| match part {
            Part::Url(form) => Some(form.texts(self.request.url).len()),
            _ => None,
        });
        let secrets = length(self.secrets.len());
        let public = self.secrets.iter().any(|text| text.starts_with("whpk_"));
        // Of `v1a`, several may stand in one header.
        let signatures = if scheme.has_public_keys() {
            1 + self.certificates.len()
        } else if public {
            let commas = |value: &[u8]| value.iter().filter(|byte| **byte == b',').count();
            let values = self.request.headers.iter();
            let most = values.map(|(_, value)| commas(value)).max();
            most.unwrap_or(0).min(16)
        } else {
            0
        };
        let each = match scheme.algorithm {
            #[cfg(feature = "ecdsa")]
            Algorithm::PublicKey(KeyForm::P256) => P256,
            _ => PUBLIC_KEY,
        };
        let asymmetric = each * length(signatures) * secrets;
        let passes = secrets * length(texts.unwrap_or(1));
        let body = length(self.request.body.len());
        let pass = match scheme.algorithm {
            Algorithm::Hmac(Hash::Sha1) | Algorithm::Plain(Hash::Sha1) => body / 2,
            Algorithm::Hmac(Hash::Md5) | Algorithm::Plain(Hash::Md5) => body * 2,
            _ => body,
        };
        OVERHEAD + asymmetric + passes * pass + self.reading()
    }

    /// What it costs to read what stands in the body, before anything is hashed.
    #[inline(never)]
    fn reading(&self) -> u64 {
        let (scheme, request) = (self.scheme, &self.request);
        let place = scheme.timestamp.as_ref().map(|timestamp| &timestamp.place);
        let timed = scheme.signs(|part| *part == Part::Timestamp);
        let json = match scheme.signature {
            SignaturePlace::Pointer(_) | SignaturePlace::AdyenItems => true,
            #[cfg(feature = "rsa")]
            SignaturePlace::SnsMessage => true,
            _ => timed && matches!(place, Some(TimestampPlace::Pointer(_))),
        };
        let json = json || scheme.signs(|part| matches!(part, Part::Pointer(_)));
        // One field alone is read at once.
        let fields = is_form(request) && request.body.contains(&b'&');
        let by_name = u64::from(matches!(scheme.signature, SignaturePlace::Parameter(_)))
            + u64::from(matches!(place, Some(TimestampPlace::Parameter(_))))
            + u64::from(form::is_read(scheme));
        let times = u64::from(json) + if fields { by_name } else { 0 };
        let joined = if self.is_joined() { 1 } else { 0 };
        (times * READING + joined) * length(request.body.len())
    }
}

/// Where no key could be read, the signatures are taken for those of secrets.
pub(super) const UNKNOWN: Kinds = Kinds {
    by_secret: true,
    by_public_key: false,
};

/// Makes trials while there is budget, and keeps what they found.
pub(super) struct Bench {
    budget: u64,
    pub(super) spent: u64,
    pub(super) tried: u32,
    pub(super) untried: u32,
    pub(super) causes: Vec<Cause>,
    /// Of the request, as far as it could be read.
    pub(super) timestamp: Option<u64>,
}

impl Bench {
    /// The checks cost about as much as two trials: that is taken away first, if enough is left. So is
    /// what it cost to join a form's fields.
    pub(super) fn new(case: &Case<'_>, timestamp: Option<u64>) -> Self {
        let body = length(case.came.len());
        let passes = (body * PASSES).min(MOST);
        let budget = BUDGET.max(passes).max(body.min(LARGE) * LARGE_PASSES);
        let joined = if case.is_joined() { READING * body } else { 0 };
        let checks = (2 * case.price()).min(budget / 5) + joined;
        Self {
            budget: budget - checks.min(budget / 2),
            spent: 0,
            tried: 0,
            untried: 0,
            causes: Vec::new(),
            timestamp,
        }
    }

    /// Whether the signature of the case fits, whatever its age. Then its causes are found.
    #[inline(never)]
    pub(super) fn fits(&mut self, case: &Case<'_>) -> bool {
        if !self.affords(case.price()) {
            self.untried += 1;
            return false;
        }
        self.tried += 1;
        let Ok(verifier) = case.prepared() else {
            return false;
        };
        let verdict = verifier
            .without_replay_check()
            .verify(&case.request, case.now);
        let Ok(verified) = verdict else {
            return false;
        };
        self.timestamp = verified.timestamp.or(self.timestamp);
        self.tell(case.told, true);
        true
    }

    /// Adds the causes of what was put right, in the order in which it was.
    pub(super) fn tell(&mut self, told: Option<&Told<'_>>, certain: bool) {
        let Some(told) = told else {
            return;
        };
        self.tell(told.before, certain);
        let mut detail = told.detail;
        for code in told.codes {
            if !self.has(code) {
                self.add(code, certain, detail);
            }
            detail = "";
        }
    }

    /// Adds a guess, unless this very one is there.
    pub(super) fn tell_once(&mut self, code: &'static str, detail: &str) {
        let known = |cause: &Cause| cause.code == code && cause.detail == detail;
        if !self.causes.iter().any(known) {
            self.add(code, false, detail);
        }
    }

    pub(super) fn has(&self, code: &str) -> bool {
        self.causes.iter().any(|cause| cause.code == code)
    }

    #[inline(never)]
    pub(super) fn add(&mut self, code: &'static str, certain: bool, detail: &str) {
        let detail = super::redact::bounded(detail);
        // The certain first; else in the order in which they were found.
        let proved = self.causes.iter().take_while(|cause| cause.certain).count();
        let at = if certain { proved } else { self.causes.len() };
        self.causes.insert(
            at,
            Cause {
                code,
                certain,
                detail,
            },
        );
    }

    /// Pays for so many bytes, if it can be paid.
    pub(super) fn affords(&mut self, bytes: u64) -> bool {
        let affords = self.spent + bytes <= self.budget;
        if affords {
            self.spent += bytes;
        }
        affords
    }
}

pub(super) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX / 1_024)
}

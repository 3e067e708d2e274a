//! Writes refusals down, for the source's log: after the answer, and no more often than is of use.
//!
//! A forger can be refused a thousand times a second. So an isolate writes a few of a source's
//! refusals at once and then one each few seconds; of the others only their number is kept. A
//! request to no source has no log.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use hookgate::{Explainer, VerifyError};
use hookgate_relay::allowance::{Allowance, Rate};
use hookgate_relay::id::{self, Kind};
use hookgate_relay::port::{Millis, Unavailable};
use hookgate_relay::refusals::redact::Redactor;
use hookgate_relay::refusals::{Cause, Check, Refusal as Entry};
use worker::{Context, Delay, console_error};

use super::answer::Refusal;
use super::certificate;
use super::memory::{ActiveSource, Bounded};
use super::request::Received;
use crate::config::Config;
use crate::object::method::RecordRefusal;
use crate::store::{Dice, Stores, now};

/// Of one source, in one isolate.
const WRITTEN: Rate = Rate {
    burst: 20,
    every_ms: 5_000,
};
const SOURCES: usize = 256;
const FORGET_MS: Millis = 3_600_000;

/// Bytes of a sentence.
const LONGEST_SENTENCE: usize = 512;

/// Longer bodies are refused without a diagnosis: its trials would hash each several times.
const LARGEST_EXPLAINED: usize = 256 * 1024;

/// What a source may still write, and how many it did not.
#[derive(Clone, Copy)]
struct Ration {
    allowance: Allowance,
    unlogged: u32,
}

thread_local! {
    static RATIONS: RefCell<Bounded<String, Ration>> = RefCell::new(Bounded::of(SOURCES));
}

/// Writes the refusal of a request down, after the answer.
pub(super) fn write_down(
    active: &Rc<ActiveSource>,
    mut received: Received,
    refusal: &Refusal,
    config: &Rc<Config>,
    stores: Stores,
    ctx: &Context,
) {
    let at = now();
    received.forget_the_rest();
    // Storage that is away is no fault of the request, and would not take the entry either; and a
    // limit says nothing of it.
    if matches!(
        refusal,
        Refusal::StorageAway(_) | Refusal::TooMany | Refusal::Busy
    ) {
        return;
    }
    let Some(unlogged) = ration(&active.source.id, at) else {
        return;
    };
    let told = Told {
        at,
        status: refusal.status(),
        code: refusal.code(),
        detail: refusal.detail(),
        explained: is_explained(refusal)
            && received.length <= LARGEST_EXPLAINED
            && received.length == received.body.len(),
        unlogged,
    };
    let (active, config) = (Rc::clone(active), Rc::clone(config));
    ctx.wait_until(
        async move {
            // The answer leaves first.
            Delay::from(Duration::ZERO).await;
            let written = async {
                let entry = told.entry(&active, &received, &config)?;
                let log = stores.refusals(&active.source.id)?;
                log.call::<RecordRefusal>(&entry).await
            };
            if let Err(error) = written.await {
                console_error!("{error}");
            }
        }
        .boxed_local(),
    );
}

/// How many were not written down since the last one, if this one may be.
fn ration(source_id: &str, now: Millis) -> Option<u32> {
    RATIONS.with_borrow_mut(|rations| {
        let mut ration = rations.get(source_id, now).copied().unwrap_or(Ration {
            allowance: Allowance::full(WRITTEN, now),
            unlogged: 0,
        });
        let allowed = ration.allowance.take(WRITTEN, now);
        let unlogged = match allowed {
            true => std::mem::take(&mut ration.unlogged),
            false => ration.unlogged.saturating_add(1),
        };
        if !allowed {
            ration.unlogged = unlogged;
        }
        rations.insert(source_id.to_owned(), ration, now + FORGET_MS);
        allowed.then_some(unlogged)
    })
}

/// Whether the verifier has more to say about it.
fn is_explained(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::NotVerified(error) => !matches!(error, VerifyError::NeedsCertificate { .. }),
        _ => false,
    }
}

/// What is known when the answer is given.
struct Told {
    at: Millis,
    status: u16,
    code: &'static str,
    detail: String,
    explained: bool,
    unlogged: u32,
}

impl Told {
    fn entry(
        self,
        active: &ActiveSource,
        received: &Received,
        config: &Config,
    ) -> Result<Entry, Unavailable> {
        let secrets = active.secrets(config)?;
        let secrets: Vec<&str> = secrets.iter().map(|secret| secret.as_str()).collect();
        let verifier = active.verifier.borrow();
        let scheme = verifier.scheme();
        // The verify token is no signing secret, and is struck out like one.
        let token = active.verify_token(config)?;
        let token = token.as_ref().map(|token| token.as_str());
        let struck: Vec<&str> = secrets.iter().copied().chain(token).collect();
        let redactor = Redactor::new(&struck, scheme.signs_content());

        let diagnosis = self.explained.then(|| {
            let now = u64::try_from(self.at / 1000).unwrap_or(0);
            // As the verifier had them: without, each refusal would be for the lack of one.
            let certificates = certificate::named_by(received);
            let certificates: Vec<(&str, &str)> = certificates
                .iter()
                .map(|(url, pem)| (url.as_str(), &**pem))
                .collect();
            let explainer = Explainer::new(scheme, &secrets).certificates(&certificates);
            let explainer = match active.source.tolerance_secs {
                Some(tolerance) => explainer.tolerance(tolerance),
                None => explainer,
            };
            received.as_request(|request| explainer.explain(request, now))
        });
        let causes = diagnosis.iter().flat_map(|diagnosis| &diagnosis.causes);
        let cause = |cause: &hookgate::Cause| Cause {
            code: cause.code.into(),
            certain: cause.certain,
            meaning: cause.meaning().into(),
            remedy: cause.remedy().into(),
        };
        // Their data is left out: it quotes what was signed, and that may hold anything.
        let checks = diagnosis.iter().flat_map(|diagnosis| &diagnosis.checks);
        let check = |check: &hookgate::Check| Check {
            name: check.name.into(),
            verdict: check.verdict.name().into(),
            summary: redactor.words(&check.summary, LONGEST_SENTENCE),
        };
        Ok(Entry {
            id: id::new(Kind::Log, &Dice),
            at: self.at,
            status: self.status,
            code: self.code.into(),
            detail: redactor.words(&self.detail, LONGEST_SENTENCE),
            headers: redactor.headers(&received.headers),
            payload: redactor.body(&received.body),
            body_bytes: (received.length > 0).then_some(received.length as u64),
            causes: causes.map(cause).collect(),
            checks: checks.map(check).collect(),
            unlogged: self.unlogged,
        })
    }
}

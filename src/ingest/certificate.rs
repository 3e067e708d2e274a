//! The certificates that Amazon SNS and PayPal name in their requests.
//!
//! A verifier asks for one by its address, which it has checked to be the vendor's. It is looked for
//! in this isolate, then in KV, then fetched. Whoever knows a source's topic can name addresses
//! that do not exist: what was not found is remembered for a while, apart from what was found, and a
//! source's requests can ask for few fetches a minute. Those whose certificate is in this isolate or
//! in KV are judged all the same.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::FutureExt;
use hookgate_relay::allowance::{Allowance, Rate};
use hookgate_relay::port::{Millis, Unavailable};
use worker::{Context, console_warn};

use super::answer::Refusal;
use super::memory::{ActiveSource, Bounded};
use super::request::Received;
use crate::store::{Stores, fetch, now};

/// A leaf and its intermediates take about 8 KB.
const LONGEST_PEM: usize = 64 * 1024;

/// How many addresses an isolate remembers, and for how long.
const ADDRESSES: usize = 64;
const KEPT_MS: Millis = 3_600_000;
/// What was not there may be soon.
const MISSED_MS: Millis = 60_000;

/// Fetches, by source. A vendor has one or two certificates at a time,
/// in each of its regions.
const FETCHES: Rate = Rate {
    burst: 10,
    every_ms: 6_000,
};
const SOURCES: usize = 256;

thread_local! {
    /// The certificate at an address.
    static KNOWN: RefCell<Bounded<String, Rc<str>>> = RefCell::new(Bounded::of(ADDRESSES));
    /// Addresses where there was none: whoever names many of them forgets no certificate.
    static MISSED: RefCell<Bounded<String, ()>> = RefCell::new(Bounded::of(ADDRESSES));
    static ALLOWANCES: RefCell<Bounded<String, Allowance>> = RefCell::new(Bounded::of(SOURCES));
}

/// Hands the certificate at `url` to the source's verifier.
pub(super) async fn obtain(
    active: &ActiveSource,
    url: &str,
    stores: &Stores,
    ctx: &Context,
) -> Result<(), Refusal> {
    let asked_at = now();
    if let Some(pem) = KNOWN.with_borrow(|known| known.get(url, asked_at).cloned()) {
        return hand_over(active, url, &pem);
    }
    if MISSED.with_borrow(|missed| missed.get(url, asked_at).is_some()) {
        return Err(Refusal::CertificateAway);
    }
    if let Some(pem) = stores.certificate(url).await {
        remember(url, &pem);
        return hand_over(active, url, &pem);
    }
    // After KV was asked: forgers use up fetches, and nothing of what is there already.
    if !may_fetch(&active.source.id, asked_at) {
        return Err(Refusal::CertificateAway);
    }
    match fetch_pem(url).await {
        Ok(pem) => {
            remember(url, &pem);
            hand_over(active, url, &pem)?;
            // Only what a source trusts is worth a place in KV.
            let (stores, url) = (stores.clone(), url.to_owned());
            ctx.wait_until(async move { stores.keep_certificate(&url, &pem).await }.boxed_local());
            Ok(())
        }
        Err(error) => {
            console_warn!("{error}: {url}");
            let until = now() + MISSED_MS;
            MISSED.with_borrow_mut(|missed| missed.insert(url.to_owned(), (), until));
            Err(Refusal::CertificateAway)
        }
    }
}

async fn fetch_pem(url: &str) -> Result<String, Unavailable> {
    let body = fetch(url, LONGEST_PEM, None).await?;
    String::from_utf8(body).map_err(|error| Unavailable::new("reading a certificate", error))
}

fn hand_over(active: &ActiveSource, url: &str, pem: &str) -> Result<(), Refusal> {
    let now = u64::try_from(now() / 1000).unwrap_or(0);
    active
        .verifier
        .borrow_mut()
        .add_certificate(url, pem, now)
        .map_err(Refusal::NotVerified)
}

/// The certificates, with their addresses, that this isolate knows and that a request names.
pub(super) fn named_by(received: &Received) -> Vec<(String, Rc<str>)> {
    let known = KNOWN.with_borrow(|known| known.fresh(now()));
    known
        .into_iter()
        .filter(|(url, _)| received.mentions(url))
        .collect()
}

fn remember(url: &str, pem: &str) {
    let until = now() + KEPT_MS;
    KNOWN.with_borrow_mut(|known| known.insert(url.to_owned(), Rc::from(pem), until));
}

fn may_fetch(source_id: &str, now: Millis) -> bool {
    ALLOWANCES.with_borrow_mut(|allowances| {
        let full = Allowance::full(FETCHES, now);
        let mut allowance = allowances.get(source_id, now).copied().unwrap_or(full);
        let allowed = allowance.take(FETCHES, now);
        allowances.insert(source_id.to_owned(), allowance, now + KEPT_MS);
        allowed
    })
}

//! Limits against abuse, at no cost to what is genuine.
//!
//! Only refusals are counted, after their answer, by source and sender: whoever was refused too often
//! is answered 429 for a while, before anything of the request is looked at. So a forger cannot use
//! up a limit that the provider needs. Requests to names of no source are counted together.

use std::cell::RefCell;

use hookgate_relay::port::Millis;
use worker::{Context, Request};

use super::answer::Refusal;
use super::memory::Bounded;
use crate::store::{Stores, now};

/// Whom an isolate remembers, and for how long it does not listen.
const SENDERS: usize = 1024;
pub(super) const DEAF_MS: Millis = 10_000;

/// Lines of headers, and bytes of all names and values. Providers send some thirty, and 4 KB; an
/// event's headers travel with it in its queue message.
const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: usize = 32 * 1024;

/// In the place of a source, where there is none.
const UNKNOWN: &str = "?";

thread_local! {
    static DEAF_TO: RefCell<Bounded<String, ()>> = RefCell::new(Bounded::of(SENDERS));
}

/// Where a request comes from: the address that Cloudflare saw.
pub(super) fn sender(request: &Request) -> String {
    let address = request.headers().get("cf-connecting-ip").ok().flatten();
    address.unwrap_or_default()
}

/// Refuses who was refused too often.
pub(super) fn listen(source_id: Option<&str>, sender: &str) -> Result<(), Refusal> {
    let key = key(source_id, sender);
    match DEAF_TO.with_borrow(|deaf| deaf.get(&key, now()).is_some()) {
        true => Err(Refusal::TooMany),
        false => Ok(()),
    }
}

/// Counts a refusal, after its answer.
pub(super) fn count(
    source_id: Option<&str>,
    sender: &str,
    refusal: &Refusal,
    stores: &Stores,
    ctx: &Context,
) {
    // What is the gateway's fault or the operator's is not the sender's.
    if !matches!(refusal.status(), 400..=499) || matches!(refusal, Refusal::TooMany) {
        return;
    }
    let (key, stores) = (key(source_id, sender), stores.clone());
    ctx.wait_until(async move {
        if !stores.count_refusal(key.clone()).await {
            let until = now() + DEAF_MS;
            DEAF_TO.with_borrow_mut(|deaf| deaf.insert(key, (), until));
        }
    });
}

fn key(source_id: Option<&str>, sender: &str) -> String {
    format!("{}/{sender}", source_id.unwrap_or(UNKNOWN))
}

/// Whether the headers are within their bounds.
pub(super) fn check_headers(headers: &[(String, String)]) -> Result<(), Refusal> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    match headers.len() <= MOST_HEADERS && bytes <= MOST_HEADER_BYTES {
        true => Ok(()),
        false => Err(Refusal::HeadersTooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(count: usize, bytes: usize) -> Vec<(String, String)> {
        vec![("x".to_owned(), "y".repeat(bytes - 1)); count]
    }

    #[test]
    fn headers_are_bounded_in_number_and_in_bytes() {
        assert!(check_headers(&headers(100, 300)).is_ok());
        assert!(check_headers(&headers(101, 2)).is_err());
        assert!(check_headers(&headers(1, 32 * 1024)).is_ok());
        assert!(check_headers(&headers(1, 32 * 1024 + 1)).is_err());
    }
}

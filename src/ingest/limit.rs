//! Limits against abuse, at no cost to what is genuine.
//!
//! Only refusals are counted, after their answer, by source and sender: whoever was refused too often
//! is for a while answered 429 in the place of a refusal, which is then neither written down nor
//! explained. Its requests are verified all the same: a provider sends everybody's events from the
//! same addresses, and who points one at somebody else's source must not keep the genuine ones out.
//! Requests to names of no source are counted together.

use std::cell::RefCell;
use std::net::Ipv6Addr;

use futures_util::FutureExt;
use hookgate_relay::port::Millis;
use worker::{Context, Request};

use super::answer::Refusal;
use super::memory::Bounded;
use crate::store::{Stores, now};

/// Whom an isolate remembers, and for how long it says no more than 429.
const SENDERS: usize = 1024;
pub(super) const DEAF_MS: Millis = 10_000;

/// In the place of a source, where there is none.
const UNKNOWN: &str = "?";

thread_local! {
    static DEAF_TO: RefCell<Bounded<String, ()>> = RefCell::new(Bounded::of(SENDERS));
}

/// Where a request comes from, by the address that Cloudflare saw.
pub(super) fn sender(request: &Request) -> String {
    let address = request.headers().get("cf-connecting-ip").ok().flatten();
    network(address.unwrap_or_default())
}

/// Of IPv6 the network of 64 bits, the smallest that is given out: whoever has one has all its addresses.
fn network(address: String) -> String {
    match address
        .parse::<Ipv6Addr>()
        .map(|address| address.segments())
    {
        // IPv4, as IPv6 writes it.
        Ok([0, 0, 0, 0, 0, 0xffff, ..]) | Err(_) => address,
        Ok([a, b, c, d, ..]) => format!("{a:x}:{b:x}:{c:x}:{d:x}::"),
    }
}

/// Whether this sender was refused too often.
pub(super) fn is_deaf_to(source_id: Option<&str>, sender: &str) -> bool {
    let key = key(source_id, sender);
    DEAF_TO.with_borrow(|deaf| deaf.get(&key, now()).is_some())
}

/// Whether a refusal is the sender's own doing, and not the gateway's or the operator's: who has
/// switched a source off, or set its cap too low, may be sent genuine events.
pub(super) fn is_senders(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::TooMany
        | Refusal::SourceDisabled
        | Refusal::TooLarge { .. }
        | Refusal::TooLargeForQueue => false,
        _ => matches!(refusal.status(), 400..=499),
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
    if !is_senders(refusal) {
        return;
    }
    let (key, stores) = (key(source_id, sender), stores.clone());
    ctx.wait_until(
        async move {
            if !stores.count_refusal(key.clone()).await {
                let until = now() + DEAF_MS;
                DEAF_TO.with_borrow_mut(|deaf| deaf.insert(key, (), until));
            }
        }
        .boxed_local(),
    );
}

fn key(source_id: Option<&str>, sender: &str) -> String {
    format!("{}/{sender}", source_id.unwrap_or(UNKNOWN))
}

#[cfg(test)]
mod tests {
    use hookgate::VerifyError;
    use hookgate_relay::port::Unavailable;

    use super::*;

    #[test]
    fn all_addresses_of_one_network_are_one_sender() {
        for (address, sender) in [
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2::1", "2001:db8:1:2::"),
            ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
            ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
            ("", ""),
        ] {
            assert_eq!(network(address.to_owned()), sender, "{address}");
        }
    }

    #[test]
    fn only_what_is_the_senders_doing_is_counted_against_it() {
        for refusal in [
            Refusal::SourceDisabled,
            Refusal::TooLarge { cap: 1 },
            Refusal::TooLargeForQueue,
            Refusal::TooMany,
            Refusal::CertificateAway,
            Refusal::StorageAway(Unavailable::new("testing", "away")),
        ] {
            assert!(!is_senders(&refusal), "{refusal:?}");
        }
        for refusal in [
            Refusal::UnknownSource,
            Refusal::EmptyBody,
            Refusal::HeadersTooLarge,
            Refusal::NotVerified(VerifyError::SignatureMismatch {
                signatures: 1,
                secrets: 1,
            }),
        ] {
            assert!(is_senders(&refusal), "{refusal:?}");
        }
    }
}

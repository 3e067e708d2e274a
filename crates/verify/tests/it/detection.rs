//! Schemes told from headers alone.

use std::collections::BTreeSet;

use hookgate::detect;

use crate::samples::{self, ELSEWHERE};
use crate::test;

/// The schemes that have no header of their own.
const UNDETECTED: [&str; 6] = ["gupshup", "vonage", "postmark", "okta", "auth0", "token"];

fn detected(headers: &[(&str, &[u8])]) -> Vec<&'static str> {
    detect(headers).iter().map(|scheme| scheme.name()).collect()
}

#[test]
fn a_signed_request_is_told_to_be_of_its_scheme() {
    for sample in samples::all() {
        let name = sample.scheme.name();
        let found = sample.with(|request| detected(request.headers));
        let hidden = ELSEWHERE.contains(&name)
            || UNDETECTED.contains(&name)
            || ["basic", "hmac"].contains(&name);
        assert_eq!(found.contains(&name), !hidden, "{name}: {found:?}");
    }
}

#[test]
fn the_likeliest_comes_first() {
    let same: BTreeSet<(&str, &str)> = [
        // The same headers throughout: the order of the table decides.
        ("clerk", "svix"),
        ("resend", "svix"),
        ("visiwise", "svix"),
        // Of `svix`, a family of names that it shares.
        ("standard", "svix"),
        ("bird", "messagebird-legacy"),
        ("sendgrid-inbound", "sendgrid"),
    ]
    .into();
    for sample in samples::all() {
        let name = sample.scheme.name();
        let found = sample.with(|request| detected(request.headers));
        if let Some(first) = found.first() {
            assert!(
                *first == name || same.contains(&(name, first)),
                "{name}: {found:?}"
            );
        }
    }
}

#[test]
fn headers_of_no_vendor_are_of_no_scheme() {
    assert!(detected(&[]).is_empty());
    for header in ["Authorization", "X-Signature", "Content-Type", "Host"] {
        assert!(detected(&[(header, b"Bearer x")]).is_empty(), "{header}");
    }
}

#[test]
fn a_scheme_is_told_by_its_headers_values_too() {
    let found = |value: &[u8]| detected(&[("x-hub-signature", value)]);
    assert_eq!(found(b"sha1=00"), ["intercom"]);
    assert_eq!(found(b"sha256=00"), ["atlassian"]);
    assert!(found(b"md5=00").is_empty());
    assert!(found(b"\xff").is_empty());
    let version = |value: &[u8]| {
        detected(&[
            ("X-HubSpot-Signature", b"00"),
            ("X-HubSpot-Signature-Version", value),
        ])
    };
    assert_eq!(version(b"v1"), ["hubspot-v1"]);
    assert_eq!(version(b"v2"), ["hubspot-v2"]);
}

#[test]
fn every_scheme_that_is_never_told_is_named_above() {
    let found: BTreeSet<&str> = samples::all()
        .flat_map(|sample| sample.with(|request| detected(request.headers)))
        .collect();
    let never: Vec<&str> = samples::signable()
        .map(|scheme| scheme.name())
        .filter(|name| !found.contains(name))
        .collect();
    let expected =
        "gupshup vonage vonage-legacy mailgun postmark adyen okta auth0 hmac token basic";
    assert_eq!(never, expected.split(' ').collect::<Vec<_>>());
}

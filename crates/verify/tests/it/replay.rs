//! A request's age, and what a scheme can promise about it.

use hookgate::{SCHEMES, VerifyError};

use crate::samples::{self, NOW, Sample};
use crate::test;

/// The schemes whose requests carry a timestamp, and by how much it may be off.
const TIMED: [(&str, u64); 27] = [
    ("standard", 300),
    ("svix", 300),
    ("clerk", 300),
    ("resend", 300),
    ("visiwise", 300),
    ("visibuild", 300),
    ("vicket", 300),
    ("stripe", 300),
    ("sendgrid", 300),
    ("sendgrid-inbound", 300),
    ("messagebird", 1),
    ("messagebird-legacy", 100),
    ("bird", 300),
    ("vonage", 300),
    ("vonage-legacy", 300),
    ("mailgun", 300),
    ("slack", 300),
    ("zoom", 300),
    ("discord", 300),
    ("twitch", 600),
    ("box", 600),
    ("hubspot", 300),
    ("zendesk", 300),
    ("paddle", 5),
    ("linear", 60),
    ("coinbase-cdp", 300),
    ("calendly", 180),
];

/// Likewise, those that need a certificate: see `certified`.
const CERTIFIED: [(&str, u64); 2] = [("aws-sns", 3_600), ("paypal", 259_200)];

fn timed() -> impl Iterator<Item = (&'static str, u64)> {
    TIMED
        .into_iter()
        .filter(|(name, _)| samples::is_built(name))
}

#[test]
fn the_tolerance_is_the_one_that_the_document_names() {
    for scheme in SCHEMES {
        let mut all = TIMED.iter().chain(&CERTIFIED);
        let timed = all.find(|(name, _)| *name == scheme.name());
        let expected = timed.map(|(_, tolerance)| *tolerance);
        assert_eq!(
            scheme.tolerance().map(u64::from),
            expected,
            "{}",
            scheme.name()
        );
    }
}

#[test]
fn a_timestamp_exactly_at_the_tolerance_is_accepted() {
    for (name, tolerance) in timed() {
        let sample = Sample::of(name);
        for now in [NOW - tolerance, NOW + tolerance + lifetime(name)] {
            let event = sample
                .with(|request| sample.verifier().verify(request, now))
                .expect(name);
            assert_eq!(event.timestamp, Some(NOW), "{name}");
        }
    }
}

#[test]
fn a_timestamp_one_second_past_the_tolerance_is_too_old() {
    for (name, tolerance) in timed() {
        let sample = Sample::of(name);
        let timestamp = NOW + lifetime(name);
        let now = timestamp + tolerance + 1;
        let verdict = sample.with(|request| sample.verifier().verify(request, now));
        let tolerance = tolerance as u32;
        let expected = VerifyError::TimestampTooOld {
            timestamp,
            now,
            tolerance,
        };
        assert_eq!(verdict, Err(expected), "{name}");
    }
}

#[test]
fn a_timestamp_one_second_beyond_the_tolerance_is_in_the_future() {
    for (name, tolerance) in timed() {
        let sample = Sample::of(name);
        let now = NOW - tolerance - 1;
        let verdict = sample.with(|request| sample.verifier().verify(request, now));
        let tolerance = tolerance as u32;
        let expected = VerifyError::TimestampInFuture {
            timestamp: NOW,
            now,
            tolerance,
        };
        assert_eq!(verdict, Err(expected), "{name}");
    }
}

/// How long a request is valid of itself: MessageBird's tokens say so.
fn lifetime(scheme: &str) -> u64 {
    if scheme == "messagebird" { 60 } else { 0 }
}

#[test]
fn a_tolerance_of_zero_means_exactly_now() {
    for (name, _) in timed() {
        let sample = Sample::of(name);
        let verdict =
            |now| sample.with(|request| sample.verifier().tolerance(0).verify(request, now));
        assert!(
            verdict(NOW)
                .is_ok_and(|event| event.replay_protected == sample.scheme.signs_timestamp())
        );
        let timestamp = NOW + lifetime(name);
        let old = VerifyError::TimestampTooOld {
            timestamp,
            now: timestamp + 1,
            tolerance: 0,
        };
        assert_eq!(verdict(timestamp + 1), Err(old), "{name}");
        let future = VerifyError::TimestampInFuture {
            timestamp: NOW,
            now: NOW - 1,
            tolerance: 0,
        };
        assert_eq!(verdict(NOW - 1), Err(future), "{name}");
    }
}

#[test]
fn extreme_clocks_and_tolerances_do_not_overflow() {
    let sample = Sample::of("standard");
    let verdict = |tolerance, now| {
        sample.with(|request| sample.verifier().tolerance(tolerance).verify(request, now))
    };
    assert!(verdict(u32::MAX, NOW + u64::from(u32::MAX)).is_ok());
    assert_eq!(
        verdict(300, u64::MAX).map_err(|error| error.code()),
        Err("timestamp_too_old")
    );
    assert_eq!(
        verdict(300, 0).map_err(|error| error.code()),
        Err("timestamp_in_future")
    );
}

#[test]
fn without_the_replay_check_any_age_is_accepted_and_nothing_is_promised() {
    for (name, _) in timed() {
        let sample = Sample::of(name);
        let verifier = sample.verifier().without_replay_check().tolerance(5);
        for now in [0, NOW + 100_000_000] {
            let event = sample
                .with(|request| verifier.verify(request, now))
                .expect(name);
            assert!(!event.replay_protected, "{name}");
        }
    }
}

#[test]
fn replay_protection_is_claimed_only_where_the_timestamp_is_signed() {
    for sample in samples::all() {
        let event = sample.verdict().expect("a sound sample");
        let name = sample.scheme.name();
        let expected = TIMED.iter().any(|(timed, _)| *timed == name) && name != "vicket";
        assert_eq!(event.replay_protected, expected, "{name}");
        assert_eq!(
            sample.scheme.signs_timestamp(),
            expected,
            "{}",
            sample.scheme.name()
        );
    }
}

#[test]
fn the_id_counts_as_signed_only_where_the_signature_covers_it() {
    const SIGNED: [&str; 24] = [
        "standard",
        "svix",
        "clerk",
        "resend",
        "visiwise",
        "visibuild",
        "vicket",
        "stripe",
        "twilio",
        "messagebird",
        "bird",
        "vonage",
        "vonage-legacy",
        "plivo",
        "plivo-v1",
        "mailgun",
        "twitch",
        "coinbase-cdp",
        "coinbase-commerce",
        "intercom",
        "docusign",
        "xero",
        "adyen",
        "discord",
    ];
    for sample in samples::all() {
        let event = sample.verdict().expect("a sound sample");
        let name = sample.scheme.name();
        let expected = event.id.is_some() && SIGNED.contains(&name);
        assert_eq!(event.id_signed, expected, "{name}");
    }
}

#[test]
fn vickets_timestamp_can_be_renewed_because_only_the_body_is_signed() {
    let sample = Sample::of("vicket");
    let later = NOW + 86_400;
    let header = sample
        .value("X-Vicket-Signature")
        .replace(&NOW.to_string(), &later.to_string());
    let renewed = sample.set("X-Vicket-Signature", header);
    let event = renewed
        .with(|request| renewed.verifier().verify(request, later))
        .expect("`t` is not signed");
    assert_eq!(event.timestamp, Some(later));
    assert!(!event.replay_protected);
}

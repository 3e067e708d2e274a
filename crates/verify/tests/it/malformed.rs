//! Headers that break their grammar, each refused for its own cause and without a panic.

use hookgate::{Malformed, VerifyError};

use crate::samples::{self, Sample};
use crate::test;

/// The headers without which a request cannot be judged.
const NEEDED: &[Headers] = &[
    (
        "standard",
        &["webhook-signature", "webhook-timestamp", "webhook-id"],
    ),
    ("svix", &["svix-signature", "svix-timestamp", "svix-id"]),
    ("clerk", &["svix-signature", "svix-timestamp", "svix-id"]),
    ("resend", &["svix-signature", "svix-timestamp", "svix-id"]),
    ("visiwise", &["svix-signature", "svix-timestamp", "svix-id"]),
    (
        "visibuild",
        &["X-Visibuild-Signature", "X-Visibuild-Timestamp"],
    ),
    ("vicket", &["X-Vicket-Signature"]),
    ("helpdesk", &["X-Webhook-Signature"]),
    ("vexylcloud", &["X-Webhook-Signature"]),
    ("stripe", &["Stripe-Signature"]),
    ("github", &["X-Hub-Signature-256"]),
    ("meta", &["X-Hub-Signature-256"]),
    ("twilio", &["X-Twilio-Signature"]),
    (
        "sendgrid",
        &[
            "X-Twilio-Email-Event-Webhook-Timestamp",
            "X-Twilio-Email-Event-Webhook-Signature",
        ],
    ),
    (
        "sendgrid-inbound",
        &[
            "X-Twilio-Email-Event-Webhook-Timestamp",
            "X-Twilio-Email-Event-Webhook-Signature",
        ],
    ),
    ("messagebird", &["MessageBird-Signature-JWT"]),
    (
        "messagebird-legacy",
        &["MessageBird-Signature", "MessageBird-Request-Timestamp"],
    ),
    (
        "bird",
        &["MessageBird-Signature", "MessageBird-Request-Timestamp"],
    ),
    ("gupshup", &["Authorization"]),
    ("vonage", &["Authorization"]),
    (
        "plivo",
        &["X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce"],
    ),
    (
        "plivo-v2",
        &["X-Plivo-Signature-V2", "X-Plivo-Signature-V2-Nonce"],
    ),
    ("plivo-v1", &["X-Plivo-Signature"]),
    ("mailersend", &["Signature"]),
    ("postmark", &["Authorization"]),
    ("shopify", &["X-Shopify-Hmac-Sha256"]),
    ("woocommerce", &["X-WC-Webhook-Signature"]),
    ("slack", &["X-Slack-Signature", "X-Slack-Request-Timestamp"]),
    ("zoom", &["x-zm-signature", "x-zm-request-timestamp"]),
    ("discord", &["X-Signature-Timestamp", "X-Signature-Ed25519"]),
    (
        "twitch",
        &[
            "Twitch-Eventsub-Message-Signature",
            "Twitch-Eventsub-Message-Timestamp",
            "Twitch-Eventsub-Message-Id",
        ],
    ),
    ("line", &["X-Line-Signature"]),
    (
        "box",
        &[
            "BOX-SIGNATURE-PRIMARY",
            "BOX-DELIVERY-TIMESTAMP",
            "BOX-SIGNATURE-VERSION",
            "BOX-SIGNATURE-ALGORITHM",
        ],
    ),
    (
        "hubspot",
        &["X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp"],
    ),
    (
        "hubspot-v2",
        &["X-HubSpot-Signature", "X-HubSpot-Signature-Version"],
    ),
    (
        "hubspot-v1",
        &["X-HubSpot-Signature", "X-HubSpot-Signature-Version"],
    ),
    (
        "zendesk",
        &[
            "X-Zendesk-Webhook-Signature",
            "X-Zendesk-Webhook-Signature-Timestamp",
        ],
    ),
    ("square", &["x-square-hmacsha256-signature"]),
    ("paddle", &["Paddle-Signature"]),
    ("adyen-banking", &["HmacSignature"]),
    ("razorpay", &["X-Razorpay-Signature"]),
    ("coinbase-commerce", &["X-CC-Webhook-Signature"]),
    ("coinbase-cdp", &["X-Hook0-Signature"]),
    ("x", &["X-Twitter-Webhooks-Signature"]),
    ("typeform", &["Typeform-Signature"]),
    ("intercom", &["X-Hub-Signature"]),
    ("atlassian", &["X-Hub-Signature"]),
    ("gitlab", &["X-Gitlab-Token"]),
    ("okta", &["Authorization"]),
    ("auth0", &["Authorization"]),
    ("telegram", &["X-Telegram-Bot-Api-Secret-Token"]),
    ("linear", &["Linear-Signature"]),
    ("dropbox", &["X-Dropbox-Signature"]),
    ("xero", &["x-xero-signature"]),
    ("docusign", &["X-DocuSign-Signature-1"]),
    ("calendly", &["Calendly-Webhook-Signature"]),
    ("hmac", &["X-Signature"]),
    ("token", &["Authorization"]),
    ("basic", &["Authorization"]),
];

/// The headers that are read if they are there.
const OPTIONAL: &[(&str, &[&str])] = &[
    ("helpdesk", &["X-Webhook-Delivery", "X-Webhook-Event"]),
    ("github", &["X-GitHub-Delivery", "X-GitHub-Event"]),
    ("shopify", &["X-Shopify-Webhook-Id", "X-Shopify-Topic"]),
    (
        "woocommerce",
        &["X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Topic"],
    ),
    ("razorpay", &["x-razorpay-event-id"]),
    ("atlassian", &["X-Request-UUID", "X-Event-Key"]),
    ("zendesk", &["X-Zendesk-Webhook-Invocation-Id"]),
    ("box", &["BOX-DELIVERY-ID"]),
    ("linear", &["Linear-Delivery", "Linear-Event"]),
    ("gitlab", &["Idempotency-Key"]),
    ("twilio", &["I-Twilio-Idempotency-Token"]),
    ("twitch", &["Twitch-Eventsub-Message-Type"]),
];

type Headers = (&'static str, &'static [&'static str]);

fn needed() -> impl Iterator<Item = &'static Headers> {
    NEEDED
        .iter()
        .filter(|(scheme, _)| samples::is_built(scheme))
}

/// Every header that is read, with a sample of its scheme.
fn read() -> impl Iterator<Item = (Sample, &'static str)> {
    let rows = needed().chain(OPTIONAL);
    rows.flat_map(|(scheme, headers)| headers.iter().map(|header| (Sample::of(scheme), *header)))
}

/// Whether a header must have one certain value: any other is another version.
fn is_constant(header: &str) -> bool {
    header.ends_with("-Version") || header.ends_with("-VERSION") || header.ends_with("-ALGORITHM")
}

/// What a timestamp's header is refused with, if this is one.
fn no_timestamp(sample: &Sample, header: &str) -> Option<Malformed> {
    let timestamp = header.to_ascii_lowercase().ends_with("timestamp");
    timestamp.then(|| match sample.scheme.name() {
        "hubspot" => Malformed::NotMilliseconds,
        "twitch" | "box" | "zendesk" => Malformed::NotDateTime,
        _ => Malformed::NotTimestamp,
    })
}

#[track_caller]
pub(crate) fn assert_malformed(sample: &Sample, header: &str, reason: Malformed) {
    let error = sample.verdict().expect_err(header);
    assert!(error.is_malformed());
    assert_eq!(
        error,
        VerifyError::MalformedHeader {
            name: header.to_owned().into(),
            reason
        }
    );
}

#[test]
fn the_list_above_names_every_scheme_that_needs_a_header() {
    let named: Vec<&str> = needed().map(|(scheme, _)| *scheme).collect();
    let schemes: Vec<&str> = samples::in_headers()
        .map(|sample| sample.scheme.name())
        .collect();
    assert_eq!(named, schemes);
}

#[test]
fn a_missing_header_that_is_needed_is_a_failure_to_authenticate() {
    for (scheme, headers) in needed() {
        for header in *headers {
            let error = Sample::of(scheme)
                .without(header)
                .verdict()
                .expect_err(header);
            assert_eq!(
                error,
                VerifyError::MissingHeader {
                    name: (*header).into()
                }
            );
            assert!(!error.is_malformed());
        }
    }
}

#[test]
fn a_missing_header_that_is_not_signed_leaves_its_value_out() {
    for name in ["helpdesk", "github"] {
        let (_, headers) = OPTIONAL
            .iter()
            .find(|(scheme, _)| *scheme == name)
            .expect("a row");
        let event = Sample::of(name)
            .without(headers[0])
            .without(headers[1])
            .verdict()
            .expect(name);
        assert_eq!(
            (event.id, event.event_type, event.id_signed),
            (None, None, false)
        );
    }
}

#[test]
fn an_empty_header_is_malformed() {
    for (sample, header) in read() {
        if is_constant(header) {
            continue;
        }
        let reason = no_timestamp(&sample, header).unwrap_or(Malformed::Empty);
        assert_malformed(&sample.set(header, ""), header, reason);
    }
}

#[test]
fn a_repeated_header_is_malformed_even_if_both_are_equal() {
    for (sample, header) in read() {
        let value = sample.value(header).to_owned();
        for spelling in [
            header.to_owned(),
            header.to_uppercase(),
            header.to_lowercase(),
        ] {
            let error = sample
                .clone()
                .add(&spelling, &value)
                .verdict()
                .expect_err(header);
            assert_eq!(
                error,
                VerifyError::RepeatedHeader {
                    name: header.into()
                }
            );
            assert!(error.is_malformed());
        }
    }
}

#[test]
fn a_repeated_header_that_a_runtime_joined_is_malformed() {
    for (sample, header) in read() {
        let value = sample.value(header).to_owned();
        // A static token may hold anything, and is then another one.
        let token = !sample.scheme.signs_content();
        let name = sample.scheme.name();
        let error = sample
            .set(header, format!("{value}, {value}"))
            .verdict()
            .expect_err(header);
        let expected = match error.code() {
            "signature_mismatch" if token => "signature_mismatch",
            "unsupported_version" if is_constant(header) => "unsupported_version",
            _ => "malformed_header",
        };
        assert_eq!(error.code(), expected, "{name} {header}: {error}");
    }
}

#[test]
fn a_joined_signature_header_does_not_verify_behind_a_skipped_version() {
    let sample = Sample::of("standard");
    let right = sample.value("webhook-signature").to_owned();
    let expected = Malformed::NotAList {
        expected: "`version,signature`, separated by single spaces",
    };
    for joined in [
        format!("v2,AAAA, {right}"),
        format!("v1a,AAAA,{right}"),
        format!("{right},v1,AAAA"),
    ] {
        assert_malformed(
            &sample.clone().set("webhook-signature", joined),
            "webhook-signature",
            expected.clone(),
        );
    }

    let sample = Sample::of("stripe");
    let right = sample.value("Stripe-Signature").to_owned();
    let expected = Malformed::NotAList {
        expected: "`name=value`, separated by commas",
    };
    for joined in [format!("v0=aa, {right}"), format!("{right}, v1=aa")] {
        assert_malformed(
            &sample.clone().set("Stripe-Signature", joined),
            "Stripe-Signature",
            expected.clone(),
        );
    }
}

#[test]
fn a_header_beyond_ascii_is_malformed() {
    for (sample, header) in read() {
        for bytes in [
            "é".as_bytes(),
            "١٢٣".as_bytes(),
            b"\xff",
            b"\xc3\x28",
            b"\x80",
        ] {
            let mut value = sample.value(header).as_bytes().to_vec();
            value.extend_from_slice(bytes);
            let error = sample
                .clone()
                .set(header, value)
                .verdict()
                .expect_err(header);
            assert_eq!(
                error,
                VerifyError::NonAsciiHeader {
                    name: header.into()
                }
            );
            assert!(error.is_malformed());
        }
    }
}

#[test]
fn a_nul_in_a_header_is_never_read_over() {
    for (sample, header) in read() {
        let value = sample.value(header).to_owned();
        let name = sample.scheme.name();
        // A static token may hold anything, and is then another one.
        let token = !sample.scheme.signs_content();
        for value in [format!("{value}\0"), format!("\0{value}"), "\0".into()] {
            let error = sample.clone().set(header, &value).verdict();
            let error = error.expect_err(header);
            let expected = match error.code() {
                "signature_mismatch" if token => "signature_mismatch",
                "unsupported_version" if is_constant(header) => "unsupported_version",
                _ => "malformed_header",
            };
            assert_eq!(error.code(), expected, "{name} {header}: {error}");
        }
    }
}

/// Every header with a timestamp, and what it is refused with.
pub(crate) fn timestamps() -> impl Iterator<Item = (Sample, &'static str, Malformed)> {
    read().filter_map(|(sample, header)| {
        let reason = no_timestamp(&sample, header)?;
        Some((sample, header, reason))
    })
}

#[test]
fn an_over_long_header_is_malformed() {
    for (sample, header) in read() {
        if is_constant(header) {
            continue;
        }
        let (length, reason) = match no_timestamp(&sample, header) {
            Some(Malformed::NotTimestamp) if sample.scheme.name() == "zoom" => {
                (16, Malformed::NotMilliseconds)
            }
            Some(reason) => (16, reason),
            None if header == sample.signature_header() => {
                (8_193, Malformed::TooLong { limit: 8_192 })
            }
            None => (257, Malformed::TooLong { limit: 256 }),
        };
        assert_malformed(&sample.set(header, "1".repeat(length)), header, reason);
    }
}

#[test]
fn an_id_of_256_characters_is_accepted() {
    let id = "i".repeat(256);
    let event = Sample::of("github")
        .set("X-GitHub-Delivery", &id)
        .verdict()
        .expect("at the limit");
    assert_eq!(event.id, Some(id));
}

#[test]
fn an_id_with_spaces_or_control_characters_is_malformed() {
    for (scheme, header) in [
        ("standard", "webhook-id"),
        ("svix", "svix-id"),
        ("github", "X-GitHub-Delivery"),
    ] {
        for id in ["a b", " a", "a\t", "a\nb", "a\0", "\x7f"] {
            assert_malformed(
                &Sample::of(scheme).set(header, id),
                header,
                Malformed::NotVisibleAscii,
            );
        }
    }
}

#[test]
fn arbitrary_bytes_in_any_header_or_body_never_panic() {
    // A fixed sequence (splitmix64), so that a failure can be repeated.
    let mut state = 0_u64;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 29)
    };
    let alphabet = b" ,=.v1tshmac-256/+{}[]\":0\\\xff\x00\n";
    for sample in samples::all() {
        for _ in 0..500 {
            let mut changed = sample.clone();
            let mut url = changed.url.clone().into_bytes();
            let values = changed
                .headers
                .iter_mut()
                .map(|(_, value)| value)
                .chain([&mut changed.body, &mut url]);
            for value in values {
                for _ in 0..next() % 4 {
                    let at = (next() % (value.len() as u64 + 1)) as usize;
                    let byte = alphabet[(next() % alphabet.len() as u64) as usize];
                    match next() % 3 {
                        0 => value.insert(at, byte),
                        1 => value.truncate(at),
                        _ if at < value.len() => value[at] = byte,
                        _ => {}
                    }
                }
            }
            changed.url = String::from_utf8_lossy(&url).into_owned();
            let changed_by = changed.with(|request| changed.verifier().content_digest(request));
            assert_eq!(changed_by.len(), 32);
            if let Err(error) = changed.verdict() {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

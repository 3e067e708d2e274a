//! What was signed cannot be changed: not a bit of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hookgate::{Malformed, VerifyError};
use sha2::Sha256;

use crate::samples::{self, ID, NOW, Sample, TYPE};
use crate::test;

#[test]
fn what_a_scheme_signs_it_verifies() {
    for sample in samples::all() {
        let name = sample.scheme.name();
        let event = sample
            .verdict()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(event.scheme, name);
        assert_eq!(event.key_index, 0, "{name}");
        let length = match name {
            "twilio" | "plivo-v1" | "intercom" => 20,
            "discord" => 64,
            // DER, of numbers that may have leading zeros.
            "sendgrid" | "sendgrid-inbound" => event.signature.len().clamp(68, 72),
            _ if sample.scheme.signs_content() => 32,
            _ => 0,
        };
        assert_eq!(event.signature.len(), length, "{name}");
    }
}

#[test]
fn the_id_and_the_type_are_read_where_the_scheme_has_them() {
    let names = |id, event_type| (Some(id), Some(event_type));
    for (name, expected) in [
        ("standard", names(ID, TYPE)),
        ("clerk", names(ID, TYPE)),
        ("visibuild", names(ID, TYPE)),
        ("vexylcloud", (None, Some(TYPE))),
        ("github", names(ID, TYPE)),
        ("twilio", names("SM1:sent", "sent")),
        ("messagebird", (Some(ID), None)),
        ("vonage", (Some(ID), None)),
        ("vonage-legacy", names("SM1:sent", "sent")),
        ("plivo", names("SM1:sent", "sent")),
        ("mailgun", (Some(ID), None)),
        ("adyen", (None, None)),
        ("gitlab", names(ID, TYPE)),
        ("linear", names(ID, TYPE)),
        ("box", (Some(ID), None)),
        ("slack", (None, Some(TYPE))),
        ("discord", names(ID, TYPE)),
        ("x", (None, None)),
    ] {
        if !samples::is_built(name) {
            continue;
        }
        let event = Sample::of(name).verdict().expect(name);
        assert_eq!(
            (event.id.as_deref(), event.event_type.as_deref()),
            expected,
            "{name}"
        );
    }
}

#[test]
fn header_names_are_read_in_any_case() {
    for mut sample in samples::all() {
        let expected = sample.verdict();
        for (name, _) in &mut sample.headers {
            *name = name.to_uppercase();
        }
        assert_eq!(sample.verdict(), expected);
        assert!(expected.is_ok());
    }
}

/// Forms are signed decoded, so that a letter of an escape may have either case.
pub(crate) fn is_the_same_form(one: &[u8], other: &[u8]) -> bool {
    let folded = |body: &[u8]| body.to_ascii_uppercase();
    let escape = |position: usize| {
        let start = one[..position].iter().rposition(|byte| *byte == b'%');
        start.is_some_and(|start| position - start <= 2)
    };
    let changed = one.iter().zip(other).position(|(one, other)| one != other);
    folded(one) == folded(other) && changed.is_some_and(escape)
}

#[test]
fn every_flipped_bit_of_the_body_is_refused() {
    for sample in samples::over_bodies() {
        let name = sample.scheme.name();
        for (position, bit) in bits(&sample.body) {
            let mut changed = sample.clone();
            changed.body[position] ^= bit;
            if is_form(name) && is_the_same_form(&sample.body, &changed.body) {
                assert_eq!(changed.verdict(), sample.verdict(), "{name}");
                continue;
            }
            let error = changed.verdict().expect_err(name);
            assert_eq!(error.code(), refusal(name), "{name}: {position} {bit}");
        }
    }
}

#[test]
fn a_shortened_or_lengthened_body_is_refused() {
    for sample in samples::over_bodies() {
        let name = sample.scheme.name();
        for length in 0..sample.body.len() {
            let mut changed = sample.clone();
            changed.body.truncate(length);
            assert_eq!(
                changed.verdict().map_err(|error| error.code()),
                Err(refusal(name))
            );
        }
        for end in [b'\n', b' ', 0] {
            let mut changed = sample.clone();
            changed.body.push(end);
            assert_eq!(
                changed.verdict().map_err(|error| error.code()),
                Err(refusal(name))
            );
        }
    }
}

#[test]
fn of_a_body_that_is_not_signed_as_a_whole_the_signed_part_cannot_be_changed() {
    let sample = Sample::of("mailgun");
    for part in [ID, "1773738000\""] {
        let body = String::from_utf8(sample.body.clone()).expect("JSON");
        // The id stands in the unsigned part, too.
        let at = body.rfind(part).expect("a signed part");
        for (position, bit) in bits(part.as_bytes()) {
            let mut changed = sample.clone();
            changed.body[at + position] ^= bit;
            assert!(changed.verdict().is_err(), "{part}: {position} {bit}");
        }
    }
    let sample = Sample::of("adyen");
    for part in [
        "psp1", "shop", "EUR", "1000", "REFUND", "true", "psp2", "CAPTURE", "false",
    ] {
        let body = String::from_utf8(sample.body.clone()).expect("JSON");
        let list = body.find("notificationItems").expect("items");
        let at = list + body[list..].find(part).expect("a signed part");
        for (position, bit) in bits(part.as_bytes()) {
            let mut changed = sample.clone();
            changed.body[at + position] ^= bit;
            assert!(changed.verdict().is_err(), "{part}: {position} {bit}");
        }
    }
}

#[test]
fn every_flipped_bit_of_a_signed_url_is_refused() {
    for sample in samples::all() {
        let name = sample.scheme.name();
        if !sample.scheme.signs_url() {
            continue;
        }
        for (position, bit) in bits(sample.url.as_bytes()) {
            let mut changed = sample.url.clone().into_bytes();
            changed[position] ^= bit;
            let Ok(url) = String::from_utf8(changed) else {
                continue;
            };
            // Plivo V2 signs no query, and none of them a fragment that the flip makes.
            let query = sample.url.find('?').expect("a query");
            let unsigned = name == "plivo-v2" && position > query;
            let parsed = ["plivo", "plivo-v2", "messagebird-legacy", "vonage-legacy"];
            if unsigned || (parsed.contains(&name) && same_parts(&sample.url, &url, name)) {
                continue;
            }
            let changed = Sample {
                url,
                ..sample.clone()
            };
            assert!(changed.verdict().is_err(), "{name}: {}", changed.url);
        }
    }
}

/// Whether two URLs have equal base and query, as far as a scheme reads them.
fn same_parts(one: &str, other: &str, scheme: &str) -> bool {
    let parts = |url: &str| {
        let url = url.split('#').next().unwrap_or_default().to_owned();
        let (base, query) = url.split_once('?').unwrap_or((&url, ""));
        let based = ["plivo", "plivo-v2"].contains(&scheme);
        let base = if based { base } else { "" };
        let query = if scheme == "plivo-v2" { "" } else { query };
        let query = if scheme == "vonage-legacy" {
            "form"
        } else {
            query
        };
        (base.to_owned(), query.to_owned())
    };
    parts(one) == parts(other)
}

#[test]
fn another_method_is_refused_where_it_is_signed() {
    for name in ["hubspot", "hubspot-v2"] {
        let sample = Sample::of(name);
        let verdict = sample.with(|request| {
            let other = hookgate::Request {
                method: "PUT",
                ..*request
            };
            sample.verifier().verify(&other, NOW)
        });
        assert_eq!(verdict, Err(mismatch()), "{name}");
    }
}

#[test]
fn every_flipped_bit_of_the_signature_header_is_refused() {
    for sample in samples::in_headers() {
        let header = sample.signature_header();
        let value = sample.value(&header).to_owned();
        let name = sample.scheme.name();
        // Vicket's `t=` is not signed: see `replay`. The name of an `Authorization` scheme may have
        // either case.
        let unsigned = match name {
            "vicket" => value.find("t=").zip(value.find(", v1")),
            _ if header == "Authorization" => Some((0, value.find(' ').unwrap_or(0))),
            _ => None,
        };
        for (position, bit) in bits(value.as_bytes()) {
            let case = bit == 0x20 && header == "Authorization";
            let vicket = |from: usize, to: usize| (from + 2..to).contains(&position);
            if unsigned.is_some_and(|(from, to)| match name {
                "vicket" => vicket(from, to),
                _ => case && position < to,
            }) {
                continue;
            }
            let mut changed = value.clone().into_bytes();
            changed[position] ^= bit;
            assert_refused(
                &sample.clone().set(&header, &changed),
                &format!("{position} {bit}"),
            );
        }
    }
}

/// The headers that are sent beside a signature that does not cover them. `Content-Type` says how a
/// body is read, and Plivo's and Twilio's signatures cover what is read.
const UNSIGNED: [&str; 14] = [
    "visibuild: X-Visibuild-Delivery X-Visibuild-Event",
    "helpdesk: X-Webhook-Delivery X-Webhook-Event",
    "vexylcloud: X-Webhook-Event",
    "github: X-GitHub-Delivery X-GitHub-Event",
    "twilio: I-Twilio-Idempotency-Token",
    "shopify: X-Shopify-Webhook-Id X-Shopify-Topic",
    "woocommerce: X-WC-Webhook-Delivery-ID X-WC-Webhook-Topic",
    "twitch: Twitch-Eventsub-Message-Type",
    "box: BOX-DELIVERY-ID",
    "zendesk: X-Zendesk-Webhook-Invocation-Id",
    "razorpay: x-razorpay-event-id",
    "atlassian: X-Request-UUID X-Event-Key",
    "gitlab: Idempotency-Key X-Gitlab-Event",
    "linear: Linear-Delivery Linear-Event",
];

#[test]
fn every_flipped_bit_of_a_signed_header_is_refused() {
    let mut unsigned = Vec::new();
    for sample in samples::all() {
        let name = sample.scheme.name();
        let elsewhere = samples::ELSEWHERE.contains(&name);
        let is_signature = |header: &str| !elsewhere && header == sample.signature_header();
        let mut free = Vec::new();
        for (header, value) in &sample.headers {
            if is_signature(header) || header == "Content-Type" {
                continue;
            }
            if sample.clone().set(header, "2").verdict().is_ok() {
                free.push(header.as_str());
                continue;
            }
            for (position, bit) in bits(value) {
                let mut changed = value.clone();
                changed[position] ^= bit;
                assert_refused(
                    &sample.clone().set(header, &changed),
                    &format!("{header} {position} {bit}"),
                );
            }
        }
        if !free.is_empty() {
            unsigned.push(format!("{name}: {}", free.join(" ")));
        }
    }
    assert_eq!(unsigned, UNSIGNED);
}

#[test]
fn another_endpoints_secret_is_refused() {
    for sample in samples::all() {
        let other = samples::verifier(sample.scheme, &samples::SECRETS[1..]);
        let verdict = sample.with(|request| other.verify(request, NOW));
        assert_eq!(
            verdict,
            Err(VerifyError::SignatureMismatch {
                signatures: 1,
                secrets: 2
            })
        );
    }
}

#[test]
fn a_signature_of_one_scheme_does_not_pass_as_another_schemes() {
    // Same header, same secret, another message: `{timestamp}.{body}` is not the body.
    let visibuild = Sample::of("visibuild");
    let helpdesk = Sample::of("helpdesk");
    let crossed = helpdesk.set(
        "X-Webhook-Signature",
        visibuild.value("X-Visibuild-Signature"),
    );
    assert_eq!(crossed.verdict(), Err(mismatch()));
}

#[test]
fn a_timestamp_cannot_be_lent_from_the_body_through_a_dotted_id() {
    // `msg.1773738000` + `1773737999` + `{}` is the same content as `msg` + `1773738000` +
    // `1773737999.{}`.
    let body = "1773737999.{}";
    let sample = Sample::signed(samples::by_name("standard"), &samples::SECRETS[..1], body);
    assert!(sample.verdict().is_ok());
    let mut moved = sample
        .set("webhook-id", format!("{ID}.{NOW}"))
        .set("webhook-timestamp", "1773737999");
    moved.body = b"{}".to_vec();
    let expected = VerifyError::MalformedHeader {
        name: "webhook-id".into(),
        reason: Malformed::AmbiguousId,
    };
    assert_eq!(moved.verdict(), Err(expected));
}

#[test]
fn a_dotted_id_that_can_be_read_in_one_way_only_is_accepted() {
    // Signed by hand, since `sign` writes no such id.
    let key = STANDARD
        .decode(&samples::SECRETS[0]["whsec_".len()..])
        .expect("base64");
    let signed = |id: &str| {
        let mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
        let mac = mac.chain_update(format!("{id}.{NOW}.{}", samples::BODY));
        let tag = STANDARD.encode(mac.finalize().into_bytes());
        Sample::of("svix")
            .set("svix-id", id)
            .set("svix-signature", format!("v1,{tag}"))
            .verdict()
    };
    for id in [
        "evt.abc",
        "1773738000.abc",
        "a.b.c",
        "evt.",
        ".evt",
        "evt.1234567890123",
    ] {
        assert_eq!(
            signed(id).map(|event| event.id),
            Ok(Some(id.to_owned())),
            "{id}"
        );
    }
    for id in ["evt.1", "a.1.b", ".0", "a..123456789012"] {
        let name = "svix-id".into();
        let expected = VerifyError::MalformedHeader {
            name,
            reason: Malformed::AmbiguousId,
        };
        assert_eq!(signed(id), Err(expected), "{id}");
    }
}

#[test]
fn an_unsigned_id_header_can_be_changed_and_the_event_says_so() {
    for (scheme, header) in [
        ("github", "X-GitHub-Delivery"),
        ("helpdesk", "X-Webhook-Delivery"),
    ] {
        let event = Sample::of(scheme)
            .set(header, "another")
            .verdict()
            .expect("the id is not signed");
        assert_eq!(event.id.as_deref(), Some("another"));
        assert!(!event.id_signed);
    }
}

#[test]
fn visibuilds_unsigned_headers_are_not_believed() {
    let sample = Sample::of("visibuild")
        .set("X-Visibuild-Delivery", "another")
        .set("X-Visibuild-Event", "another");
    let event = sample.verdict().expect("the headers are not read");
    assert_eq!(
        (event.id.as_deref(), event.event_type.as_deref()),
        (Some(ID), Some(TYPE))
    );
    assert!(event.id_signed);
}

#[test]
fn vexylclouds_unsigned_event_header_is_not_believed() {
    let event = Sample::of("vexylcloud")
        .set("X-Webhook-Event", "another")
        .verdict()
        .expect("not read");
    assert_eq!(event.event_type.as_deref(), Some(TYPE));
}

fn is_form(scheme: &str) -> bool {
    samples::FORMS.contains(&scheme)
}

/// What a changed body is refused with: a token holds its digest.
fn refusal(scheme: &str) -> &'static str {
    match scheme {
        "messagebird" | "vonage" => "digest_mismatch",
        _ => "signature_mismatch",
    }
}

fn mismatch() -> VerifyError {
    VerifyError::SignatureMismatch {
        signatures: 1,
        secrets: 1,
    }
}

/// Refused by the signature or the grammar, not merely for its age.
fn assert_refused(sample: &Sample, change: &str) {
    let verifier = sample.verifier().without_replay_check();
    let name = sample.scheme.name();
    let error = sample
        .with(|request| verifier.verify(request, NOW))
        .expect_err(&format!("{name}: {change}"));
    let causes = [
        "signature_mismatch",
        "malformed_header",
        "non_ascii_header",
        "unsupported_version",
        "unsupported_algorithm",
    ];
    assert!(causes.contains(&error.code()), "{name}: {change}: {error}");
}

fn bits(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    (0..bytes.len()).flat_map(|position| (0..8).map(move |bit| (position, 1 << bit)))
}

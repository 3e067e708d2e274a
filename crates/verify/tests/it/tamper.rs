//! What was signed cannot be changed: not a bit of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hookgate::{Malformed, VerifyError};
use sha2::Sha256;

use crate::samples::{self, ID, NOW, Sample, TYPE};

#[test]
fn what_a_scheme_signs_it_verifies() {
    for sample in samples::all() {
        let name = sample.scheme.name();
        let event = sample
            .verdict()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(event.scheme, name);
        assert_eq!(event.key_index, 0, "{name}");
        assert_eq!(event.signature.len(), 32, "{name}");
        assert_eq!(event.event_type.as_deref(), Some(TYPE), "{name}");
        assert_eq!(
            event.id.as_deref(),
            (name != "vexylcloud").then_some(ID),
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

#[test]
fn every_flipped_bit_of_the_body_is_refused() {
    for sample in samples::all() {
        for (position, bit) in bits(&sample.body) {
            let mut changed = sample.clone();
            changed.body[position] ^= bit;
            let name = sample.scheme.name();
            assert_eq!(
                changed.verdict(),
                Err(mismatch()),
                "{name}: {position} {bit}"
            );
        }
    }
}

#[test]
fn a_shortened_or_lengthened_body_is_refused() {
    for sample in samples::all() {
        for length in 0..sample.body.len() {
            let mut changed = sample.clone();
            changed.body.truncate(length);
            assert_eq!(changed.verdict(), Err(mismatch()));
        }
        for end in [b'\n', b' ', 0] {
            let mut changed = sample.clone();
            changed.body.push(end);
            assert_eq!(changed.verdict(), Err(mismatch()));
        }
    }
}

#[test]
fn every_flipped_bit_of_the_signature_header_is_refused() {
    for sample in samples::all() {
        let header = sample.signature_header();
        let value = sample.value(&header).to_owned();
        // Vicket's `t=` is not signed: see `replay`.
        let unsigned = if sample.scheme.name() == "vicket" {
            value.find("t=").zip(value.find(", v1"))
        } else {
            None
        };
        for (position, bit) in bits(value.as_bytes()) {
            if unsigned.is_some_and(|(from, to)| (from + 2..to).contains(&position)) {
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

#[test]
fn every_flipped_bit_of_a_signed_header_is_refused() {
    let signed = [
        ("standard", "webhook-id"),
        ("standard", "webhook-timestamp"),
        ("svix", "svix-id"),
        ("svix", "svix-timestamp"),
        ("visiwise", "svix-id"),
        ("visiwise", "svix-timestamp"),
        ("visibuild", "X-Visibuild-Timestamp"),
    ];
    for (scheme, header) in signed {
        let sample = Sample::of(scheme);
        let value = sample.value(header).to_owned();
        for (position, bit) in bits(value.as_bytes()) {
            let mut changed = value.clone().into_bytes();
            changed[position] ^= bit;
            assert_refused(
                &sample.clone().set(header, &changed),
                &format!("{header} {position} {bit}"),
            );
        }
    }
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
    ];
    assert!(causes.contains(&error.code()), "{name}: {change}: {error}");
}

fn bits(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    (0..bytes.len()).flat_map(|position| (0..8).map(move |bit| (position, 1 << bit)))
}

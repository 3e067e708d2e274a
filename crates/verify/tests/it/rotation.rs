//! Several secrets, and several signatures in one header.

use hookgate::VerifyError;

use crate::samples::{self, BODY, NOW, SECRETS, Sample};
use crate::test;

/// The schemes whose header may carry several signatures.
const MANY: [&str; 4] = ["standard", "svix", "visiwise", "stripe"];
/// The others whose requests may carry several, each in a way of its own.
const OTHERS: [&str; 8] = [
    "clerk", "resend", "plivo", "plivo-v2", "paddle", "calendly", "box", "docusign",
];

#[test]
fn every_secret_of_a_rotation_is_accepted_and_named() {
    for scheme in samples::signable() {
        let verifier = samples::verifier(scheme, &SECRETS);
        for (index, secret) in SECRETS.iter().enumerate() {
            let sample = Sample::signed(scheme, &[secret], BODY);
            let verdict = sample.with(|request| verifier.verify(request, NOW));
            let matched = verdict.map(|event| event.key_index);
            assert_eq!(matched, Ok(index), "{}", scheme.name());
        }
    }
}

#[test]
fn a_rotating_sender_signs_with_every_secret_where_the_header_allows_it() {
    for scheme in samples::signable() {
        assert_eq!(
            scheme.allows_several_signatures(),
            MANY.contains(&scheme.name()) || OTHERS.contains(&scheme.name()),
            "{}",
            scheme.name()
        );
        let sample = Sample::signed(scheme, &SECRETS, BODY);
        for (index, secret) in SECRETS.iter().enumerate() {
            let receiver = samples::verifier(scheme, &[secret]);
            let verdict = sample.with(|request| receiver.verify(request, NOW));
            let signatures = match scheme.name() {
                "box" | "plivo" => 2,
                _ if scheme.allows_several_signatures() => 3,
                _ => 1,
            };
            if index < signatures {
                assert!(
                    verdict.is_ok_and(|event| event.key_index == 0),
                    "{}",
                    scheme.name()
                );
            } else {
                assert_eq!(
                    verdict,
                    Err(VerifyError::SignatureMismatch {
                        signatures,
                        secrets: 1
                    })
                );
            }
        }
    }
}

#[test]
fn the_right_signature_is_found_anywhere_in_a_list() {
    for name in MANY {
        let right = Sample::of(name);
        let wrong = Sample::signed(right.scheme, &SECRETS[1..2], BODY);
        let header = right.signature_header();
        let (right_value, wrong_value) = (tag(&right), tag(&wrong));
        for position in 0..4 {
            let mut tags = vec![wrong_value.clone(); 3];
            tags.insert(position, right_value.clone());
            let listed = right.clone().set(&header, list(name, &tags));
            let event = listed
                .verdict()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                event.signature,
                right.verdict().expect("a sound sample").signature,
                "{name}"
            );
        }
        let listed = right
            .clone()
            .set(&header, list(name, &vec![wrong_value; 4]));
        assert_eq!(
            listed.verdict(),
            Err(VerifyError::SignatureMismatch {
                signatures: 4,
                secrets: 1
            })
        );
    }
}

#[test]
fn unknown_versions_are_skipped_and_never_taken_for_v1() {
    for name in MANY {
        let sample = Sample::of(name);
        let header = sample.signature_header();
        let right = tag(&sample);
        for version in ["v0", "v1a", "v2", "v10", "V1", "1", "v"] {
            let renamed = right.replacen("v1", version, 1);
            let beside = sample
                .clone()
                .set(&header, list(name, &[renamed.clone(), right.clone()]));
            assert!(beside.verdict().is_ok(), "{name} {version}");
            let alone = sample.clone().set(&header, list(name, &[renamed]));
            let expected = VerifyError::UnsupportedVersion {
                name: header.clone().into(),
                expected: "v1".into(),
            };
            assert_eq!(alone.verdict(), Err(expected), "{name} {version}");
        }
    }
}

#[test]
fn svix_reads_either_family_of_names_and_never_mixes_them() {
    let sample = Sample::of("svix");
    let parts = ["id", "timestamp", "signature"];
    let renamed = |parts: &[&str]| {
        let mut renamed = sample.clone();
        for (name, _) in &mut renamed.headers {
            if parts.iter().any(|part| name.ends_with(part)) {
                *name = name.replace("svix-", "webhook-");
            }
        }
        renamed
    };
    assert_eq!(renamed(&parts).verdict(), sample.verdict());
    assert!(sample.verdict().is_ok());
    for (moved, missing) in [
        (&parts[..1], "svix-id"),
        (&parts[1..2], "svix-timestamp"),
        (&parts[2..], "webhook-timestamp"),
        (&parts[..2], "svix-timestamp"),
    ] {
        let expected = VerifyError::MissingHeader {
            name: missing.into(),
        };
        assert_eq!(renamed(moved).verdict(), Err(expected), "{moved:?}");
    }
    let without = sample.without("svix-signature");
    assert_eq!(
        without.verdict(),
        Err(VerifyError::MissingHeader {
            name: "svix-signature".into()
        })
    );
}

#[test]
fn svix_passes_over_a_family_that_is_not_whole() {
    let sample = Sample::of("svix");
    let mut renamed = sample.clone();
    for (name, _) in &mut renamed.headers {
        *name = name.replace("svix-", "webhook-");
    }
    for stray in [
        &["svix-signature"][..],
        &["svix-signature", "svix-id"],
        &["svix-signature", "svix-timestamp"],
    ] {
        let both = stray
            .iter()
            .fold(renamed.clone(), |both, name| both.add(name, "stray"));
        assert_eq!(both.verdict(), sample.verdict(), "{stray:?}");
    }
}

#[test]
fn svix_judges_the_first_whole_family_alone() {
    let sample = Sample::of("svix");
    let mut both = sample.clone();
    for (name, value) in &sample.headers {
        both = both.add(&name.replace("svix-", "webhook-"), value);
    }
    assert!(both.verdict().is_ok());
    let forged = both.clone().set("webhook-id", "forged");
    assert_eq!(forged.verdict(), sample.verdict());
    let forged = both.set("svix-id", "forged");
    assert_eq!(
        forged.verdict(),
        Err(VerifyError::SignatureMismatch {
            signatures: 1,
            secrets: 1
        })
    );
}

#[test]
fn visiwise_and_standard_read_their_own_names_only() {
    for (name, from, to) in [
        ("visiwise", "svix-", "webhook-"),
        ("standard", "webhook-", "svix-"),
    ] {
        let mut renamed = Sample::of(name);
        for (header, _) in &mut renamed.headers {
            *header = header.replace(from, to);
        }
        let expected = VerifyError::MissingHeader {
            name: format!("{from}signature").into(),
        };
        assert_eq!(renamed.verdict(), Err(expected));
    }
}

/// The one signature of a sample, with its version.
fn tag(sample: &Sample) -> String {
    let value = sample.value(&sample.signature_header()).to_owned();
    value
        .rsplit_once(",v1=")
        .map_or(value.clone(), |(_, tag)| format!("v1={tag}"))
}

fn list(scheme: &str, tags: &[String]) -> String {
    match scheme {
        "stripe" => format!("t={NOW},{}", tags.join(",")),
        _ => tags.join(" "),
    }
}

//! The headers of outgoing events.

use hookgate::{Malformed, Outgoing, Request, SignError, Target};

use crate::samples::{self, BODY, ID, NOW, SECRETS, TYPE};
use crate::test;

fn sign(scheme: &str, outgoing: &Outgoing<'_>) -> Result<Vec<(String, String)>, SignError> {
    samples::verifier(samples::by_name(scheme), &SECRETS[..1]).sign(outgoing)
}

fn event() -> Outgoing<'static> {
    Outgoing {
        id: ID,
        timestamp: NOW,
        event_type: Some(TYPE),
        body: BODY.as_bytes(),
    }
}

#[test]
fn each_scheme_sends_the_headers_that_its_document_names() {
    let expected: [(&str, &[&str]); 14] = [
        (
            "standard",
            &["webhook-id", "webhook-timestamp", "webhook-signature"],
        ),
        ("svix", &["svix-id", "svix-timestamp", "svix-signature"]),
        ("visiwise", &["svix-id", "svix-timestamp", "svix-signature"]),
        (
            "visibuild",
            &[
                "X-Visibuild-Delivery",
                "X-Visibuild-Event",
                "X-Visibuild-Timestamp",
                "X-Visibuild-Signature",
            ],
        ),
        ("vicket", &["X-Vicket-Signature"]),
        (
            "helpdesk",
            &[
                "X-Webhook-Delivery",
                "X-Webhook-Event",
                "X-Webhook-Signature",
            ],
        ),
        ("vexylcloud", &["X-Webhook-Event", "X-Webhook-Signature"]),
        ("stripe", &["Stripe-Signature"]),
        (
            "github",
            &["X-GitHub-Delivery", "X-GitHub-Event", "X-Hub-Signature-256"],
        ),
        (
            "shopify",
            &[
                "X-Shopify-Webhook-Id",
                "X-Shopify-Topic",
                "X-Shopify-Hmac-Sha256",
            ],
        ),
        ("slack", &["X-Slack-Request-Timestamp", "X-Slack-Signature"]),
        (
            "linear",
            &["Linear-Delivery", "Linear-Event", "Linear-Signature"],
        ),
        ("docusign", &["X-DocuSign-Signature-1"]),
        (
            "gitlab",
            &["Idempotency-Key", "X-Gitlab-Event", "X-Gitlab-Token"],
        ),
    ];
    for (scheme, names) in expected {
        let headers = sign(scheme, &event()).expect(scheme);
        let sent: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(sent, names, "{scheme}");
        for (name, value) in &headers {
            match name {
                _ if ["-id", "-Id", "Delivery", "-Key"]
                    .iter()
                    .any(|end| name.ends_with(end)) =>
                {
                    assert_eq!(value, ID);
                }
                _ if name.ends_with("Event") || name.ends_with("Topic") => assert_eq!(value, TYPE),
                _ if name.ends_with("imestamp") => assert_eq!(*value, NOW.to_string()),
                _ => assert!(value.len() > 40),
            }
        }
    }
}

#[test]
fn signature_headers_are_written_as_the_documents_show_them() {
    let starts = [
        ("standard", "v1,".to_owned()),
        ("visibuild", "sha256=".to_owned()),
        ("vicket", format!("hmac-sha256, t={NOW}, v1=")),
        ("stripe", format!("t={NOW},v1=")),
        ("github", "sha256=".to_owned()),
    ];
    for (scheme, start) in starts {
        let headers = sign(scheme, &event()).expect(scheme);
        let (_, value) = headers.last().expect("a signature");
        assert!(value.starts_with(&start), "{value}");
    }
}

#[test]
fn an_event_without_a_type_sends_no_type_header() {
    for scheme in [
        "visibuild",
        "helpdesk",
        "vexylcloud",
        "github",
        "linear",
        "gitlab",
    ] {
        let untyped = Outgoing {
            event_type: None,
            ..event()
        };
        let headers = sign(scheme, &untyped).expect(scheme);
        assert!(
            headers.iter().all(|(name, _)| !name.ends_with("Event")),
            "{scheme}"
        );
    }
}

#[test]
fn a_scheme_that_signs_more_than_the_body_needs_a_target() {
    for scheme in samples::signable() {
        let headers = samples::verifier(scheme, &SECRETS[..1]).sign(&event());
        let needs = scheme.signs_url() || samples::ELSEWHERE.contains(&scheme.name());
        match headers {
            Err(SignError::NeedsTarget) => assert!(needs, "{}", scheme.name()),
            verdict => assert!(!needs && verdict.is_ok(), "{}", scheme.name()),
        }
    }
}

#[test]
fn an_id_that_its_header_cannot_carry_is_refused() {
    let long = "i".repeat(257);
    let wrong = [
        ("", Malformed::Empty),
        ("a b", Malformed::NotVisibleAscii),
        ("a\r\nx: y", Malformed::NotVisibleAscii),
        ("é", Malformed::NotVisibleAscii),
        (&long, Malformed::TooLong { limit: 256 }),
    ];
    for (id, reason) in &wrong {
        for scheme in [
            "standard",
            "svix",
            "visiwise",
            "visibuild",
            "helpdesk",
            "github",
        ] {
            let expected = SignError::InvalidId {
                reason: reason.clone(),
            };
            assert_eq!(
                sign(scheme, &Outgoing { id, ..event() }),
                Err(expected),
                "{scheme} {id:?}"
            );
        }
        for scheme in ["vicket", "vexylcloud", "stripe"] {
            assert!(
                sign(scheme, &Outgoing { id, ..event() }).is_ok(),
                "{scheme} sends no id"
            );
        }
    }
}

#[test]
fn an_id_with_a_dot_is_refused_where_the_dot_separates_the_signed_parts() {
    let dotted = Outgoing {
        id: "msg.1",
        ..event()
    };
    for scheme in ["standard", "svix", "visiwise"] {
        assert_eq!(
            sign(scheme, &dotted),
            Err(SignError::InvalidId {
                reason: Malformed::DotInId
            })
        );
    }
    for scheme in ["visibuild", "helpdesk", "github"] {
        assert!(sign(scheme, &dotted).is_ok(), "{scheme}");
    }
}

#[test]
fn a_type_that_its_header_cannot_carry_is_refused() {
    let wrong = [
        ("", Malformed::Empty),
        ("a b", Malformed::NotVisibleAscii),
        ("a\nb: c", Malformed::NotVisibleAscii),
    ];
    for (event_type, reason) in wrong {
        let outgoing = Outgoing {
            event_type: Some(event_type),
            ..event()
        };
        for scheme in ["helpdesk", "github"] {
            let expected = SignError::InvalidEventType {
                reason: reason.clone(),
            };
            assert_eq!(sign(scheme, &outgoing), Err(expected), "{scheme}");
        }
        // The type stands in the body: a header that would only repeat it is left out.
        for scheme in ["standard", "visibuild", "vexylcloud"] {
            let headers = sign(scheme, &outgoing).unwrap();
            let repeats = |(name, _): &(String, String)| name.ends_with("-Event");
            assert!(!headers.iter().any(repeats), "{scheme}");
        }
    }
}

#[test]
fn a_timestamp_in_milliseconds_is_refused() {
    let timestamp = NOW * 1_000;
    for scheme in samples::signable() {
        let headers = samples::verifier(scheme, &SECRETS[..1]).sign(&Outgoing {
            timestamp,
            ..event()
        });
        match (headers, scheme.tolerance()) {
            (Err(SignError::NeedsTarget), _) => {}
            (verdict, Some(_)) => {
                assert_eq!(verdict, Err(SignError::InvalidTimestamp { timestamp }));
            }
            (verdict, None) => assert!(verdict.is_ok()),
        }
    }
    for timestamp in [0, 999_999_999_999] {
        assert!(
            sign(
                "standard",
                &Outgoing {
                    timestamp,
                    ..event()
                }
            )
            .is_ok()
        );
    }
    assert!(
        sign(
            "standard",
            &Outgoing {
                timestamp: 1_000_000_000_000,
                ..event()
            }
        )
        .is_err()
    );
}

#[test]
fn a_request_without_a_body_is_signed_in_its_url() {
    for name in [
        "twilio",
        "plivo",
        "plivo-v1",
        "plivo-v2",
        "messagebird",
        "vonage",
        "vonage-legacy",
        "bird",
    ] {
        let target = Target {
            method: "GET",
            url: "https://example.com/in?text=a+b%26c#top",
            content_type: None,
        };
        let outgoing = Outgoing {
            body: b"",
            ..event()
        };
        let verifier = samples::verifier(samples::by_name(name), &SECRETS[..1]);
        let signed = verifier.sign_request(&outgoing, &target).expect(name);
        assert_eq!(
            signed.url != target.url,
            name == "vonage-legacy",
            "{}",
            signed.url
        );
        let headers: Vec<(&str, &[u8])> = signed
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let request = Request {
            method: "GET",
            url: &signed.url,
            headers: &headers,
            body: &signed.body,
        };
        assert!(verifier.verify(&request, NOW).is_ok(), "{name}");
        let other = Request {
            body: b"x",
            ..request
        };
        let covered = name != "plivo-v2";
        assert_eq!(verifier.verify(&other, NOW).is_err(), covered, "{name}");
    }
}

#[test]
fn a_body_that_its_scheme_cannot_sign_is_refused() {
    let target = Target {
        method: "POST",
        url: "https://example.com/in",
        content_type: Some("application/json"),
    };
    for (name, body, reason) in [
        ("mailgun", "", Malformed::NotJson),
        ("mailgun", "[]", Malformed::NotJson),
        ("adyen", "{}", Malformed::NotJson),
        ("adyen", r#"{"notificationItems":[]}"#, Malformed::NotJson),
        ("adyen", r#"{"notificationItems":[{}]}"#, Malformed::NotJson),
        ("plivo", "{}", Malformed::NotAForm),
        ("plivo-v1", "{}", Malformed::NotAForm),
        ("vonage-legacy", "{}", Malformed::NotAForm),
    ] {
        let outgoing = Outgoing {
            body: body.as_bytes(),
            ..event()
        };
        let verifier = samples::verifier(samples::by_name(name), &SECRETS[..1]);
        let verdict = verifier.sign_request(&outgoing, &target);
        assert_eq!(verdict, Err(SignError::InvalidBody { reason }), "{name}");
    }
}

#[test]
fn a_time_that_no_date_can_name_is_refused() {
    for name in ["twitch", "box", "zendesk"] {
        let verifier = samples::verifier(samples::by_name(name), &SECRETS[..1]);
        let sign = |timestamp| {
            verifier.sign(&Outgoing {
                timestamp,
                ..event()
            })
        };
        assert!(sign(253_402_300_799).is_ok());
        let timestamp = 253_402_300_800;
        assert_eq!(
            sign(timestamp),
            Err(SignError::InvalidTimestamp { timestamp }),
            "{name}"
        );
    }
}

//! What leaves: signed so that a source of the same name accepts it, or not at all.

use std::rc::Rc;

use std::collections::BTreeMap;

use hookgate::{Request, Verified, Verifier, VerifyError, scheme};
use hookgate_relay::application::Message;
use hookgate_relay::attempt::State;
use hookgate_relay::config::{EndpointConfig, OldSecret};
use hookgate_relay::endpoint::Endpoint;
use hookgate_relay::envelope::Envelope;
use hookgate_relay::guard::Guard;
use hookgate_relay::message::Body;
use hookgate_relay::port::HttpRequest;
use hookgate_relay::profile::PROFILES;
use hookgate_relay::secret::{SecretType, for_receivers, new_secret};

use super::Bench;
use crate::host::START;
use crate::neighbour::status;
use crate::sample::{OLD_SECRET, SECRET, config, message, vault};

/// What a receiver with this secret makes of `request`.
fn judged(
    request: &HttpRequest,
    name: &str,
    secret: &str,
    now: i64,
) -> Result<Verified, VerifyError> {
    let headers: Vec<(&str, &[u8])> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let verifier = Verifier::new(scheme(name).unwrap(), &[secret]).unwrap();
    let received = Request {
        method: "POST",
        url: &request.url,
        headers: &headers,
        body: &request.body,
    };
    verifier.verify(&received, u64::try_from(now / 1_000).unwrap())
}

/// The value that a port which sets headers one after the other would send.
fn sent<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let last = request
        .headers
        .iter()
        .rfind(|(sent, _)| sent.eq_ignore_ascii_case(name));
    last.map(|(_, value)| value.as_str())
}

impl Bench {
    fn deliver(&self, message: Message) -> HttpRequest {
        self.offer(vec![message]).unwrap();
        self.pump();
        let mut requests = self.http.requests();
        assert_eq!(requests.len(), 1);
        requests.remove(0)
    }
}

#[test]
fn what_the_standard_profile_sends_a_standard_source_accepts() {
    let bench = Bench::new("standard");
    let mut sent_message = message("msg_1");
    sent_message.payload = Body::Text(r#"{ "type":"invoice.paid", "n":1.10 }"#.into());
    let request = bench.deliver(sent_message);
    assert_eq!(request.body, br#"{ "type":"invoice.paid", "n":1.10 }"#);
    assert_eq!(request.url, "https://receiver.example/hook");
    assert_eq!(request.timeout_ms, 20_000);
    assert_eq!(sent(&request, "content-type"), Some("application/json"));
    let event = judged(&request, "standard", SECRET, START).unwrap();
    assert_eq!(event.id.as_deref(), Some("msg_1"));
    assert_eq!(event.event_type.as_deref(), Some("invoice.paid"));
    assert_eq!(event.timestamp, Some(1_773_738_000));
    assert!(event.id_signed && event.replay_protected);
    let wrong = judged(&request, "standard", OLD_SECRET, START);
    assert_eq!(wrong.unwrap_err().code(), "signature_mismatch");
}

#[test]
fn what_the_visibuild_profile_sends_a_visibuild_source_accepts() {
    let bench = Bench::new("visibuild");
    let request = bench.deliver(message("msg_1"));
    let body = concat!(
        r#"{"id":"msg_1","type":"invoice.paid","timestamp":"2026-03-17T09:00:00.000Z","#,
        r#""apiVersion":"2025-01-01","data":{"amount":1.10}}"#
    );
    assert_eq!(String::from_utf8_lossy(&request.body), body);
    assert_eq!(request.timeout_ms, 30_000);
    assert_eq!(sent(&request, "content-type"), Some("application/json"));
    assert_eq!(sent(&request, "x-visibuild-delivery"), Some("msg_1"));
    assert_eq!(sent(&request, "x-visibuild-event"), Some("invoice.paid"));
    let event = judged(&request, "visibuild", SECRET, START).unwrap();
    assert_eq!(event.id.as_deref(), Some("msg_1"));
    assert_eq!(event.event_type.as_deref(), Some("invoice.paid"));
    assert!(event.id_signed && event.replay_protected);
}

#[test]
fn what_each_profile_sends_a_source_of_the_same_name_accepts() {
    for profile in PROFILES {
        let name = profile.name;
        let bench = Bench::new(name);
        let request = bench.deliver(message("msg_1"));
        let event = judged(&request, name, SECRET, START).unwrap();
        // VexylCloud's requests carry no id, and nothing of Svix's headers names the type.
        let id = (name != "vexylcloud").then_some("msg_1");
        assert_eq!(event.id.as_deref(), id, "{name}");
        if matches!(
            profile.envelope,
            Envelope::Visibuild | Envelope::Vicket | Envelope::VexylCloud
        ) {
            assert_eq!(event.event_type.as_deref(), Some("invoice.paid"), "{name}");
            assert!(request.body.ends_with(br#""data":{"amount":1.10}}"#));
        } else {
            assert_eq!(request.body, br#"{"amount":1.10}"#);
        }
        assert_eq!(request.timeout_ms, profile.timeout_secs * 1_000, "{name}");
        let wrong = judged(&request, name, OLD_SECRET, START);
        assert_eq!(wrong.unwrap_err().code(), "signature_mismatch", "{name}");
    }
}

#[test]
fn each_profiles_headers_are_the_documented_ones() {
    let names = |name: &str| {
        let request = Bench::new(name).deliver(message("msg_1"));
        let names = request.headers.into_iter().map(|(name, _)| name);
        let mut names: Vec<_> = names.map(|name| name.to_ascii_lowercase()).collect();
        names.retain(|name| !matches!(name.as_str(), "content-type" | "user-agent"));
        names.sort();
        names.join(" ")
    };
    for (profile, headers) in [
        ("standard", "webhook-id webhook-signature webhook-timestamp"),
        ("svix", "svix-id svix-signature svix-timestamp"),
        ("visiwise", "svix-id svix-signature svix-timestamp"),
        (
            "visibuild",
            "x-visibuild-delivery x-visibuild-event x-visibuild-signature x-visibuild-timestamp",
        ),
        ("vicket", "x-vicket-signature"),
        (
            "helpdesk",
            "x-webhook-delivery x-webhook-event x-webhook-signature",
        ),
        ("vexylcloud", "x-webhook-event x-webhook-signature"),
    ] {
        assert_eq!(names(profile), headers, "{profile}");
    }
}

#[test]
fn an_endpoint_may_override_scheme_and_envelope_of_its_profile_one_by_one() {
    let bench = Bench::with(EndpointConfig {
        signature: Some("visibuild".into()),
        ..config("ep_1", "standard")
    });
    let request = bench.deliver(message("msg_1"));
    assert_eq!(request.body, br#"{"amount":1.10}"#);
    assert!(judged(&request, "visibuild", SECRET, START).is_ok());

    let bench = Bench::with(EndpointConfig {
        envelope: Some(Envelope::Vicket),
        ..config("ep_1", "standard")
    });
    let request = bench.deliver(message("msg_1"));
    assert!(request.body.starts_with(br#"{"id":"msg_1","event":"#));
    assert!(judged(&request, "standard", SECRET, START).is_ok());
}

#[test]
fn a_payload_that_is_no_text_leaves_byte_for_byte_with_its_own_content_type() {
    let bench = Bench::new("standard");
    let bytes: Vec<u8> = (0..=255).collect();
    let mut binary = message("msg_1");
    binary.payload = Body::from_bytes(bytes.clone());
    binary.content_type = Some("application/octet-stream".into());
    let request = bench.deliver(binary);
    assert_eq!(request.body, bytes);
    let content_type = sent(&request, "content-type");
    assert_eq!(content_type, Some("application/octet-stream"));
    assert!(judged(&request, "standard", SECRET, START).is_ok());
}

#[test]
fn every_attempt_sends_the_same_body_and_id_under_a_fresh_signature() {
    for profile in ["standard", "visibuild"] {
        let bench = Bench::new(profile);
        bench.http.script().afterwards(status(500));
        bench.accept(&["msg_1"]);
        bench.pump();
        bench.world.pass(3_600_000);
        bench.pump();
        let requests = bench.http.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].body, requests[1].body);
        for (request, at) in requests.iter().zip([START, START + 3_600_000]) {
            let event = judged(request, profile, SECRET, at).unwrap();
            assert_eq!(event.id.as_deref(), Some("msg_1"));
        }
        let stale = judged(&requests[0], profile, SECRET, START + 3_600_000);
        assert_eq!(stale.unwrap_err().code(), "timestamp_too_old");
    }
}

#[test]
fn a_rotating_endpoint_signs_for_the_receivers_of_both_secrets() {
    let mut both = config("ep_1", "standard");
    let dice = crate::host::World::new();
    both.secrets.push(vault().wrap(OLD_SECRET, "ep_1", &*dice));
    let bench = Bench::with(both);
    let request = bench.deliver(message("msg_1"));
    for secret in [SECRET, OLD_SECRET] {
        assert!(judged(&request, "standard", secret, START).is_ok());
    }
}

#[test]
fn a_retired_secret_signs_until_its_time_and_not_a_millisecond_longer() {
    let dice = crate::host::World::new();
    let rotated = EndpointConfig {
        old_secrets: vec![OldSecret {
            secret: vault().wrap(OLD_SECRET, "ep_1", &*dice),
            expires_at: START + 60_000,
        }],
        ..config("ep_1", "standard")
    };
    for (passed, old_is_accepted) in [(59_999, true), (60_000, false)] {
        let bench = Bench::with(rotated.clone());
        bench.world.pass(passed);
        let request = bench.deliver(message("msg_1"));
        let now = START + passed;
        assert!(judged(&request, "standard", SECRET, now).is_ok());
        let old = judged(&request, "standard", OLD_SECRET, now);
        assert_eq!(old.is_ok(), old_is_accepted, "{passed}");
    }
}

#[test]
fn an_endpoint_signs_v1_and_v1a_at_once_while_one_replaces_the_other() {
    let dice = crate::host::World::new();
    let private = new_secret(SecretType::Ed25519, &*dice);
    let public = for_receivers(&private).unwrap();
    for profile in ["standard", "svix"] {
        let bench = Bench::with(EndpointConfig {
            secrets: vec![vault().wrap(&private, "ep_1", &*dice)],
            old_secrets: vec![OldSecret {
                secret: vault().wrap(SECRET, "ep_1", &*dice),
                expires_at: START + 1,
            }],
            ..config("ep_1", profile)
        });
        let request = bench.deliver(message("msg_1"));
        let header = request
            .headers
            .iter()
            .find(|(name, _)| name.ends_with("-signature"));
        let versions = header
            .unwrap()
            .1
            .split(' ')
            .map(|one| one.split_once(',').unwrap().0);
        assert_eq!(versions.collect::<Vec<_>>(), ["v1a", "v1"], "{profile}");
        for secret in [&public, SECRET] {
            assert!(
                judged(&request, profile, secret, START).is_ok(),
                "{profile}"
            );
        }
        let other = new_secret(SecretType::Ed25519, &*crate::host::World::seeded(9));
        let other = for_receivers(&other).unwrap();
        let refused = judged(&request, profile, &other, START).unwrap_err();
        assert_eq!(refused.code(), "signature_mismatch");
    }
}

#[test]
fn a_scheme_of_one_signature_is_signed_with_the_newest_secret() {
    let dice = crate::host::World::new();
    for profile in ["visibuild", "vicket", "helpdesk", "vexylcloud"] {
        let bench = Bench::with(EndpointConfig {
            old_secrets: vec![OldSecret {
                secret: vault().wrap(OLD_SECRET, "ep_1", &*dice),
                expires_at: START + 1,
            }],
            ..config("ep_1", profile)
        });
        let request = bench.deliver(message("msg_1"));
        assert!(
            judged(&request, profile, SECRET, START).is_ok(),
            "{profile}"
        );
        assert!(
            judged(&request, profile, OLD_SECRET, START).is_err(),
            "{profile}"
        );
    }
}

#[test]
fn an_endpoints_own_headers_are_sent_and_never_stand_for_the_signature() {
    let headers = [
        ("X-Tenant", "42"),
        ("Content-Type", "text/plain"),
        ("Webhook-Signature", "v1,Zm9yZ2Vk"),
    ];
    let bench = Bench::with(EndpointConfig {
        headers: BTreeMap::from(headers.map(|(name, value)| (name.into(), value.into()))),
        timeout_secs: Some(7),
        ..config("ep_1", "standard")
    });
    let request = bench.deliver(message("msg_1"));
    assert_eq!(sent(&request, "x-tenant"), Some("42"));
    assert_eq!(sent(&request, "content-type"), Some("text/plain"));
    assert_ne!(sent(&request, "webhook-signature"), Some("v1,Zm9yZ2Vk"));
    assert_eq!(request.timeout_ms, 7_000);
}

#[test]
fn a_blocked_url_is_logged_as_an_attempt_that_never_left() {
    for (url, response) in [
        (
            "http://receiver.example/",
            "blocked: the URL must use https",
        ),
        (
            "https://10.0.0.1/",
            "blocked: the URL's host must be public",
        ),
        (
            "https://localhost/",
            "blocked: the URL's host must be public",
        ),
        (
            "https://receiver.example:22/",
            "blocked: the URL's port must be 443 or 8443",
        ),
    ] {
        let bench = Bench::with(EndpointConfig {
            url: url.into(),
            ..config("ep_1", "standard")
        });
        bench.world.load_dice(0);
        bench.accept(&["msg_1"]);
        bench.pump();
        assert_eq!(bench.http.requests(), []);
        let attempt = bench.attempts().remove(0);
        let logged = (attempt.state, attempt.status_code, attempt.response);
        assert_eq!(logged, (State::Fail, 0, response.to_owned()));
        assert_eq!(attempt.url, url);
        let next = (State::Pending, Some(START + 5_000));
        assert_eq!(bench.delivery("msg_1"), Some(next));
    }
}

#[test]
fn a_developers_guard_lets_the_same_url_through() {
    let mut bench = Bench::with(EndpointConfig {
        url: "http://127.0.0.1:8788/hook".into(),
        ..config("ep_1", "standard")
    });
    let open = Guard {
        allow_private: true,
    };
    let endpoint = Endpoint::open(bench.world.host(&bench.disk), vault(), open);
    bench.endpoint = Rc::new(endpoint.unwrap());
    let request = bench.deliver(message("msg_1"));
    assert_eq!(request.url, "http://127.0.0.1:8788/hook");
}

#[test]
fn a_secret_that_does_not_open_is_logged_as_an_attempt_that_never_left() {
    let bench = Bench::with(EndpointConfig {
        secrets: config("ep_of_another", "standard").secrets,
        ..config("ep_1", "standard")
    });
    bench.accept(&["msg_1"]);
    bench.pump();
    assert_eq!(bench.http.requests(), []);
    assert_eq!(
        bench.attempts().remove(0).response,
        "not signed: the stored secret was altered or belongs to another owner"
    );
}

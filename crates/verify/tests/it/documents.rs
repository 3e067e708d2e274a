//! Deliveries of five providers without an SDK of their own, signed as each document says by Python's `hmac`
//! and by OpenSSL, not by this crate; see `tests/README.md`.

use hookgate::{Request, Verified, VerifyError};

use crate::samples::{by_name, verifier};
use crate::test;

fn verdict(
    scheme: &str,
    secret: &str,
    headers: &[(&str, &str)],
    body: &str,
    now: u64,
) -> Result<Verified, VerifyError> {
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    let request = Request {
        method: "POST",
        url: "https://example.com/in",
        headers: &headers,
        body: body.as_bytes(),
    };
    verifier(by_name(scheme), &[secret]).verify(&request, now)
}

#[test]
fn visibuilds_sample_body_verifies() {
    let body = r#"{
"id": "019cda2d-3826-d0fb-c8cc-66bd0ee25062",
"type": "ticket.status_changed",
"timestamp": "2026-03-17T09:00:00Z",
"apiVersion": "2025-01-01",
"data": {
"ticket": {
"id": "f8a1b2c3-d4e5-6789-abcd-ef0123456789",
"ticketNo": "456",
"title": "Kitchen cabinet defect",
"status": "closed",
"previousStatus": "open"
},
"change": {
"from": "open",
"to": "closed",
"changedAt": "2026-03-17T09:00:00Z"
}
}
}"#;
    let headers = [
        (
            "X-Visibuild-Signature",
            "sha256=d85181d7c8c96f681d3bd69589ec58f4785bcb5fbdb748a2e47c40eac0dae3b8",
        ),
        ("X-Visibuild-Event", "ticket.status_changed"),
        (
            "X-Visibuild-Delivery",
            "5d1f6a0e-9c3b-4b57-8f0e-2f1f3a7b6c5d",
        ),
        ("X-Visibuild-Timestamp", "1773738000"),
    ];
    let event = verdict(
        "visibuild",
        "visibuild-endpoint-secret",
        &headers,
        body,
        1_773_738_010,
    )
    .expect("genuine");
    assert_eq!(
        event.id.as_deref(),
        Some("019cda2d-3826-d0fb-c8cc-66bd0ee25062")
    );
    assert_eq!(event.event_type.as_deref(), Some("ticket.status_changed"));
    assert!(event.id_signed && event.replay_protected);
}

#[test]
fn vickets_sample_body_verifies() {
    let body = r#"{
  "id": "9f2c1b7e-...",
  "event": "ticket.status_changed",
  "occurred_at": "2026-05-23T14:21:11.412Z",
  "data": {
    "ticket": { "id": "...", "status": { "category": "resolved" } },
    "message": "Ticket resolved by the on-call agent."
  }
}"#;
    let headers = [(
        "X-Vicket-Signature",
        "hmac-sha256, t=1716475271, v1=ac8dbc82a1ce8b127ae8e9b1b1f53e87ffe5927949c5a1f5a12aa1e23dcd22e3",
    )];
    let event = verdict(
        "vicket",
        "vicket-connector-secret",
        &headers,
        body,
        1_716_475_571,
    )
    .expect("genuine");
    assert_eq!(event.id.as_deref(), Some("9f2c1b7e-..."));
    assert_eq!(event.event_type.as_deref(), Some("ticket.status_changed"));
    assert_eq!(event.timestamp, Some(1_716_475_271));
    assert!(event.id_signed && !event.replay_protected);
    let late = verdict(
        "vicket",
        "vicket-connector-secret",
        &headers,
        body,
        1_716_475_572,
    );
    let expected = VerifyError::TimestampTooOld {
        timestamp: 1_716_475_271,
        now: 1_716_475_572,
        tolerance: 300,
    };
    assert_eq!(late, Err(expected));
}

#[test]
fn vexylclouds_sample_body_verifies() {
    let body = r#"{
  "event": "ticket.updated",
  "timestamp": "2026-03-24T23:11:25.000Z",
  "data": {
    "...": "tenant workflow payload"
  }
}"#;
    let headers = [
        ("X-Webhook-Event", "ticket.updated"),
        (
            "X-Webhook-Signature",
            "sha256=e21e55195802df801b97c55cdd00368e5b1c9c7d922d2e69b15cf8b720cc56a3",
        ),
    ];
    let event =
        verdict("vexylcloud", "vexylcloud-webhook-secret", &headers, body, 0).expect("genuine");
    assert_eq!((event.id, event.timestamp), (None, None));
    assert_eq!(event.event_type.as_deref(), Some("ticket.updated"));
    assert!(!event.id_signed && !event.replay_protected);
}

#[test]
fn a_helpdesk_delivery_verifies() {
    let body = r#"{"event":"ticket.created","ticket":{"id":"42","subject":"Café ☕"}}"#;
    let headers = [
        ("X-Webhook-Event", "ticket.created"),
        ("X-Webhook-Delivery", "7f0c1f4e-6f0f-4c38-9d57-1b8f1f1d3a11"),
        (
            "X-Webhook-Signature",
            "sha256=a5e8c83c539e284b70929df002a909f017b551bc84b6064b96ed594dd683b04c",
        ),
    ];
    let event = verdict("helpdesk", "helpdesk-webhook-secret", &headers, body, 0).expect("genuine");
    assert_eq!(
        event.id.as_deref(),
        Some("7f0c1f4e-6f0f-4c38-9d57-1b8f1f1d3a11")
    );
    assert_eq!(event.event_type.as_deref(), Some("ticket.created"));
    assert!(!event.id_signed && !event.replay_protected);
}

#[test]
fn a_visiwise_delivery_verifies_with_and_without_the_secrets_prefix() {
    let body = r#"{"type":"shipment.tracked","data":{"container":"MSCU1234567"}}"#;
    let headers = [
        ("svix-id", "msg_2vIsIwIsE"),
        ("svix-timestamp", "1773738000"),
        (
            "svix-signature",
            "v1,ABPJr5lKL5FyLGAQxLVyxQz9Y+uEj7fFzQdrXM6uQGk=",
        ),
    ];
    let secret = "whsec_dmlzaXdpc2UtZW5kcG9pbnQtc2VjcmV0LTMyLWJ5dGU=";
    for secret in [secret, &secret["whsec_".len()..]] {
        let event = verdict("visiwise", secret, &headers, body, 1_773_738_300).expect("genuine");
        assert_eq!(event.id.as_deref(), Some("msg_2vIsIwIsE"));
        assert_eq!(event.event_type.as_deref(), Some("shipment.tracked"));
        assert!(event.id_signed && event.replay_protected);
    }
}

#[test]
fn secrets_as_long_as_a_block_of_the_hash_and_longer_sign_as_hmac_says() {
    let body = r#"{"type":"a.b"}"#;
    let fits = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
    let longer = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElK";
    for (secret, id, signature) in [
        (
            fits,
            "msg_64",
            "v1,nHN9IKYC441aZPUrYGx5xwfaLemQwK+1BgLqhTHmHDM=",
        ),
        (
            longer,
            "msg_75",
            "v1,GJ2z8NH2yD5EBF5XOKJRHXpP6+Fgn8kRZ43uXaWqkiM=",
        ),
    ] {
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", "1773738000"),
            ("webhook-signature", signature),
        ];
        let event = verdict("standard", secret, &headers, body, 1_773_738_000).expect("genuine");
        assert_eq!(event.id.as_deref(), Some(id));
    }
    let signature = "sha256=43b0987f9bc57dcb0328bb31cd860d8adb84ca5fe6d80ae37b50b12a30af9773";
    let event = verdict(
        "github",
        &"k".repeat(1_000),
        &[("X-Hub-Signature-256", signature)],
        body,
        0,
    );
    assert!(event.is_ok_and(|event| event.id.is_none()));
}

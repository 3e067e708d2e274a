//! A body that comes piece by piece is judged and signed as the whole one is.

use hookgate::{Outgoing, Request, SCHEMES, Verified, VerifyError};

use crate::samples::{ID, NOW, SECRETS, Sample, TYPE, all, by_name, signable, verifier};
use crate::test;

/// Judged in pieces of so many bytes; `None` where the whole body is needed.
fn judged(sample: &Sample, piece: usize) -> Option<Result<(Verified, [u8; 32]), VerifyError>> {
    let verifier = sample.verifier();
    sample.with(|request| {
        let head = Request {
            body: &[],
            ..*request
        };
        let mut incoming = match verifier.begin(&head, NOW, None) {
            Ok(incoming) => incoming?,
            Err(error) => return Some(Err(error)),
        };
        for piece in request.body.chunks(piece) {
            incoming.update(piece);
        }
        let whole = verifier.finish(&head, incoming);
        Some(whole.map(|whole| (whole.verified, whole.content_digest)))
    })
}

#[test]
fn every_scheme_that_takes_pieces_judges_them_as_the_whole() {
    let mut names = vec![];
    for sample in all() {
        let expected = sample.verdict().expect("verifies");
        let digest = sample.with(|request| sample.verifier().content_digest(request));
        for piece in [1, 7, 1 << 20] {
            let Some(found) = judged(&sample, piece) else {
                continue;
            };
            assert_eq!(
                found,
                Ok((expected.clone(), digest)),
                "{}",
                sample.scheme.name()
            );
            names.push(sample.scheme.name());
        }
    }
    for name in [
        "standard",
        "svix",
        "stripe",
        "github",
        "slack",
        "shopify",
        "visibuild",
    ] {
        assert!(names.contains(&name), "{name} needs the whole body");
    }
    assert!(names.len() > 60, "{names:?}");
}

#[test]
fn a_body_with_one_bit_changed_is_a_mismatch_at_its_last_piece() {
    for mut sample in all() {
        let Some(Ok(_)) = judged(&sample, 16) else {
            continue;
        };
        let middle = sample.body.len() / 2;
        sample.body[middle] ^= 1;
        let refused = matches!(
            judged(&sample, 16),
            Some(Err(VerifyError::SignatureMismatch { secrets: 1, .. }))
        );
        assert!(refused, "{}", sample.scheme.name());
    }
}

#[test]
fn what_is_wrong_with_the_headers_is_found_before_the_first_piece() {
    let begin = |sample: &Sample, now| {
        sample.with(|request| {
            let head = Request {
                body: &[],
                ..*request
            };
            sample.verifier().begin(&head, now, None).map(|_| ())
        })
    };
    let stripe = Sample::of("stripe");
    assert_eq!(begin(&stripe, NOW), Ok(()));
    let late = begin(&stripe, NOW + 301);
    assert!(
        matches!(late, Err(VerifyError::TimestampTooOld { .. })),
        "{late:?}"
    );
    let bare = begin(&stripe.clone().without(&stripe.signature_header()), NOW);
    assert!(
        matches!(bare, Err(VerifyError::MissingHeader { .. })),
        "{bare:?}"
    );
    let github = Sample::of("github");
    let odd = begin(
        &github.clone().set(&github.signature_header(), "sha256=0"),
        NOW,
    );
    assert!(
        matches!(odd, Err(VerifyError::MalformedHeader { .. })),
        "{odd:?}"
    );
}

#[test]
fn a_request_signed_with_the_second_secret_is_told_apart_in_pieces_too() {
    let sample = Sample::signed(by_name("standard"), &[SECRETS[1]], r#"{"type":"a.b"}"#);
    let verifier = verifier(by_name("standard"), &SECRETS[..2]);
    let found = sample.with(|request| {
        let head = Request {
            body: &[],
            ..*request
        };
        let mut incoming = verifier
            .begin(&head, NOW, None)
            .expect("sound")
            .expect("pieces");
        incoming.update(request.body);
        verifier.finish(&head, incoming).expect("verifies")
    });
    assert_eq!(found.verified.key_index, 1);
    assert_eq!(found.verified.event_type.as_deref(), Some("a.b"));
}

#[test]
fn a_pointer_of_the_callers_is_found_in_the_outline() {
    let body = format!(
        r#"{{"id":"evt_1","pad":"{}","data":{{"object":{{"key":"k-1"}}}},"type":"t"}}"#,
        "x".repeat(1 << 20)
    );
    let sample = Sample::signed(by_name("stripe"), &[SECRETS[0]], &body);
    let verifier = sample.verifier();
    sample.with(|request| {
        let head = Request {
            body: &[],
            ..*request
        };
        let incoming = verifier.begin(&head, NOW, Some("/data/object/key"));
        let mut incoming = incoming.expect("sound").expect("pieces");
        request
            .body
            .chunks(60_000)
            .for_each(|piece| incoming.update(piece));
        let whole = verifier.finish(&head, incoming).expect("verifies");
        assert_eq!(whole.verified.id.as_deref(), Some("evt_1"));
        assert_eq!(whole.verified.event_type.as_deref(), Some("t"));
        let key = hookgate::text_at(&whole.outline, "/data/object/key");
        assert_eq!(key.as_deref(), Some("k-1"));
        assert!(whole.outline.len() < 4096, "{}", whole.outline.len());
    });
}

#[test]
fn schemes_that_need_the_whole_body_say_so() {
    // Forms, a digest of the body, signatures in the body, public keys, tokens, several events,
    // and a question that anybody may ask.
    for name in [
        "twilio",
        "plivo",
        "mailgun",
        "adyen",
        "discord",
        "meta",
        "woocommerce",
    ] {
        assert!(judged(&Sample::of(name), 1).is_none(), "{name}");
    }
    // A secret that is a public key, too.
    let pair = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    let standard = hookgate::Verifier::signing(by_name("standard"), &[pair]);
    if let Ok(verifier) = standard {
        let outgoing = event(b"");
        assert!(matches!(verifier.begin_signing(&outgoing), Ok(None)));
    }
}

fn event(body: &[u8]) -> Outgoing<'_> {
    Outgoing {
        id: ID,
        timestamp: NOW,
        event_type: Some(TYPE),
        body,
    }
}

#[test]
fn an_event_is_signed_in_pieces_as_it_is_as_a_whole() {
    let body = br#"{"type":"ticket.created","data":[1,2,3]}"#;
    let mut signed = 0;
    for scheme in signable() {
        let verifier = verifier(scheme, &SECRETS);
        let Ok(Some(mut signing)) = verifier.begin_signing(&event(b"")) else {
            continue;
        };
        body.chunks(5).for_each(|piece| signing.update(piece));
        let headers = verifier.finish_signing(signing);
        assert_eq!(headers, verifier.sign(&event(body)), "{}", scheme.name());
        signed += 1;
    }
    assert!(signed > 20 && SCHEMES.len() > signed, "{signed}");
}

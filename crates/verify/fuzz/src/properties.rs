//! What holds for every request and every scheme, whoever made the request.

use hookgate::{CODES, Outgoing, Request, Stage, Target, Verified, Verifier, VerifyError};

use crate::{Case, SECRET, signer};

/// The schemes whose signature covers less than every byte of the body: items or parameters of it,
/// or nothing.
const PARTIAL: [&str; 7] = [
    "twilio",
    "plivo-v2",
    "plivo",
    "plivo-v1",
    "mailgun",
    "adyen",
    "vonage-legacy",
];

/// Judges a request by a row of the table under the secret that the case names, and then the same
/// content signed anew.
pub fn judge_schemes(names: &[&str], data: &[u8]) {
    let case = Case::read(data);
    let scheme = case.scheme(names);
    if let Ok(verifier) = Verifier::new(scheme, &[case.secret]) {
        judge(&verifier, &case.request(), case.now);
    }
    if let Some(verifier) = signer(scheme) {
        resign(&verifier, &case, case.secret);
    }
}

/// Judges a request in several guises, and answers the event if it was accepted.
pub fn judge(verifier: &Verifier, request: &Request<'_>, now: u64) -> Option<Verified> {
    let verdict = verifier.verify(request, now);
    assert_eq!(verdict, verifier.verify(request, now), "a second look");
    let _ = verifier.content_digest(request);
    let _ = hookgate::detect(request.headers);

    let reversed: Vec<(&str, &[u8])> = request.headers.iter().rev().copied().collect();
    let other = verifier.verify(
        &Request {
            headers: &reversed,
            ..*request
        },
        now,
    );
    assert_eq!(
        verdict.as_ref().ok(),
        other.as_ref().ok(),
        "the order of the headers"
    );
    let upper: Vec<(String, &[u8])> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_uppercase(), *value))
        .collect();
    let upper: Vec<(&str, &[u8])> = upper
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let other = verifier.verify(
        &Request {
            headers: &upper,
            ..*request
        },
        now,
    );
    assert_eq!(
        verdict.as_ref().ok(),
        other.as_ref().ok(),
        "the case of the headers' names"
    );

    match verdict {
        Ok(event) => {
            event_is_sound(verifier, request, &event);
            if hookgate::scheme(verifier.scheme().name()) == Some(verifier.scheme()) {
                row_keeps_its_word(verifier, request, &event, now);
            }
            Some(event)
        }
        Err(error) => {
            error_is_sound(&error);
            None
        }
    }
}

/// Signs the content of a case and judges it: what this side signs and finds sound is accepted or
/// refused for its form, never for its signature.
pub fn resign(verifier: &Verifier, case: &Case<'_>, id: &str) -> Option<Verified> {
    let kind = case
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let kind = kind.and_then(|(_, value)| core::str::from_utf8(value).ok());
    let target = Target {
        method: case.method,
        url: case.url,
        content_type: kind,
    };
    let timestamp = case.now;
    let event_type = case.now.is_multiple_of(2).then_some(case.first());
    let outgoing = Outgoing {
        id,
        timestamp,
        event_type,
        body: case.body,
    };
    let signed = verifier.sign_request(&outgoing, &target).ok()?;
    let mut headers: Vec<(&str, &[u8])> = signed
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    headers.extend(kind.map(|kind| ("Content-Type", kind.as_bytes())));
    let request = Request {
        method: case.method,
        url: &signed.url,
        headers: &headers,
        body: &signed.body,
    };
    judge(verifier, &request, timestamp)
}

fn event_is_sound(verifier: &Verifier, request: &Request<'_>, event: &Verified) {
    let scheme = verifier.scheme();
    assert_eq!(event.scheme, scheme.name());
    assert!(event.key_index < 2, "{}", event.key_index);
    assert_eq!(event.signature.is_empty(), !scheme.signs_content());
    assert!(!event.id_signed || event.id.is_some());
    text_is_sound(event.id.as_deref(), event.event_type.as_deref());
    let mut end = 0;
    for one in &event.events {
        text_is_sound(one.id.as_deref(), one.event_type.as_deref());
        assert!(
            one.range.start >= end && one.range.start < one.range.end,
            "{:?}",
            one.range
        );
        end = one.range.end;
        let bytes = request
            .body
            .get(one.range.clone())
            .expect("inside of the body");
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes).expect("an event in JSON");
    }
}

/// What the table promises of a row; a custom scheme may sign as little as it likes.
fn row_keeps_its_word(verifier: &Verifier, request: &Request<'_>, event: &Verified, now: u64) {
    let scheme = verifier.scheme();
    // A token's validity is a span, and not its age.
    if let (Some(timestamp), Some(tolerance)) = (event.timestamp, scheme.tolerance())
        && scheme.name() != "messagebird"
    {
        assert!(
            timestamp.abs_diff(now) <= u64::from(tolerance),
            "{timestamp} at {now}"
        );
    }
    if scheme.signs_content() && !PARTIAL.contains(&scheme.name()) {
        other_bodies_are_refused(verifier, request, now);
    }
}

/// The bounds that the documentation gives.
pub fn text_is_sound(id: Option<&str>, event_type: Option<&str>) {
    if let Some(id) = id {
        assert!(
            (1..=256).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()),
            "id {id:?}"
        );
    }
    if let Some(text) = event_type {
        assert!(
            (1..=256).contains(&text.len()) && !text.chars().any(char::is_control),
            "type {text:?}"
        );
    }
}

fn error_is_sound(error: &VerifyError) {
    let code = CODES
        .iter()
        .find(|code| code.code == error.code())
        .expect("a code of the table");
    assert_eq!(
        code.stage == Stage::Malformed,
        error.is_malformed(),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains(SECRET), "{text}");
}

/// One byte more, one less, one bit turned.
pub fn other_bodies_are_refused(verifier: &Verifier, request: &Request<'_>, now: u64) {
    let refused = |body: &[u8]| {
        let verdict = verifier.verify(&Request { body, ..*request }, now);
        assert!(verdict.is_err(), "another body was accepted");
    };
    refused(&[request.body, b"x"].concat());
    if let Some((_, shorter)) = request.body.split_last() {
        refused(shorter);
        let mut turned = request.body.to_vec();
        let at = turned.len() / 2;
        turned[at] ^= 1 << (turned.len() % 8);
        refused(&turned);
    }
}

//! Questions that must not be answered.

use hookgate::{Malformed, Verifier, VerifyError};

use super::{Asked, NOW, verifier};
use crate::samples::{self, SECRETS, by_name};
use crate::test;

const META: &str =
    "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=mein+Pr%C3%BCfwort";
const SLACK: &str = r#"{"challenge":"3eZbrw1a","type":"url_verification"}"#;
const ZOOM: &str = r#"{"payload":{"plainToken":"qgg8vlv"},"event":"endpoint.url_validation"}"#;
const TWITCH: &str = r#"{"challenge":"pogchamp"}"#;

fn code(asked: &Asked, name: &str) -> Result<bool, &'static str> {
    let reply = asked.of(name);
    reply
        .map(|reply| reply.is_some())
        .map_err(|error| error.code())
}

/// The three that ask by GET, with this text as their challenge.
fn unsigned(challenge: &str) -> [(&'static str, Asked); 3] {
    let token = "hub.mode=subscribe&hub.verify_token=mein+Pr%C3%BCfwort";
    [
        (
            "meta",
            Asked::get(&format!("{token}&hub.challenge={challenge}")),
        ),
        ("dropbox", Asked::get(&format!("challenge={challenge}"))),
        ("x", Asked::get(&format!("crc_token={challenge}"))),
    ]
}

#[test]
fn another_verify_token_is_refused() {
    for token in [
        "mein+Prufwort",
        "mein+Pr%C3%BCfwort+",
        "Mein+Pr%C3%BCfwort",
        "x",
    ] {
        let asked = Asked::get(&META.replace("mein+Pr%C3%BCfwort", token));
        assert_eq!(asked.of("meta"), Err(VerifyError::VerifyTokenMismatch));
    }
    let empty = Asked::get(&META.replace("mein+Pr%C3%BCfwort", ""));
    assert_eq!(empty.of("meta"), Err(VerifyError::VerifyTokenMismatch));
    let none = Asked::get("hub.mode=subscribe&hub.challenge=1158201444");
    let name = "hub.verify_token".into();
    assert_eq!(none.of("meta"), Err(VerifyError::MissingParameter { name }));
}

#[test]
fn without_a_verify_token_of_ones_own_none_is_right() {
    let verifier = samples::verifier(by_name("meta"), &SECRETS[..1]);
    for query in [META, &META.replace("mein+Pr%C3%BCfwort", "")] {
        let asked = Asked::get(query);
        assert_eq!(asked.by(&verifier), Err(VerifyError::NoVerifyToken));
    }
}

#[test]
fn another_mode_or_none_asks_nothing() {
    for query in [
        META.replace("subscribe", "unsubscribe"),
        META.replace("hub.mode=subscribe&", ""),
        META.replace("&hub.challenge=1158201444", ""),
    ] {
        assert_eq!(code(&Asked::get(&query), "meta"), Ok(false), "{query}");
    }
}

#[test]
fn a_challenge_with_other_characters_is_refused() {
    for (encoded, reason) in [
        ("%3Cscript%3E", Malformed::NotAChallenge),
        ("a%22b", Malformed::NotAChallenge),
        ("a%5Cb", Malformed::NotAChallenge),
        ("a%0D%0Ab", Malformed::NotAChallenge),
        ("a%00b", Malformed::NotAChallenge),
        ("a+b", Malformed::NotAChallenge),
        ("a%3Ab", Malformed::NotAChallenge),
        ("%C3%A9", Malformed::NotAChallenge),
        ("é", Malformed::NotAChallenge),
        ("%FF", Malformed::NotVisibleAscii),
        ("", Malformed::Empty),
    ] {
        for (name, asked) in unsigned(encoded) {
            let error = asked.of(name).expect_err(name);
            let VerifyError::MalformedParameter { reason: found, .. } = &error else {
                panic!("{name}: {error:?}");
            };
            assert_eq!(*found, reason, "{name}: {encoded}");
            assert!(error.is_malformed());
        }
    }
    let okta = Asked::get("").header("X-Okta-Verification-Challenge", "\"}<b>");
    assert_eq!(code(&okta, "okta"), Err("malformed_header"));
    let okta = Asked::get("").header("X-Okta-Verification-Challenge", "é");
    assert_eq!(code(&okta, "okta"), Err("non_ascii_header"));
    for (name, body) in [
        ("slack", SLACK.replace("3eZ", "<b>")),
        ("slack", SLACK.replace("3eZ", "é")),
        ("slack", SLACK.replace("3eZ", "\\u0022")),
        ("zoom", ZOOM.replace("qgg", "v0:1:{}")),
        ("zoom", ZOOM.replace("qgg", "\\n")),
    ] {
        assert_eq!(
            code(&Asked::signed(name, &body), name),
            Err("malformed_field"),
            "{body}"
        );
    }
}

#[test]
fn a_challenge_of_256_bytes_is_answered_and_a_longer_one_refused() {
    for (name, asked) in unsigned(&"a".repeat(256)) {
        assert_eq!(code(&asked, name), Ok(true), "{name}");
    }
    for (name, asked) in unsigned(&"a".repeat(257)) {
        let error = asked.of(name).expect_err(name);
        let VerifyError::MalformedParameter { reason, .. } = error else {
            panic!("{name}: {error:?}");
        };
        assert_eq!(reason, Malformed::TooLong { limit: 256 }, "{name}");
    }
    for (length, expected) in [(256, Ok(true)), (257, Err("missing_field"))] {
        let body = SLACK.replace("3eZbrw1a", &"a".repeat(length));
        assert_eq!(code(&Asked::signed("slack", &body), "slack"), expected);
    }
    for (length, expected) in [(256, Ok(true)), (257, Err("malformed_header"))] {
        let challenge = "a".repeat(length);
        let okta = Asked::get("").header("X-Okta-Verification-Challenge", challenge);
        assert_eq!(code(&okta, "okta"), expected);
    }
}

#[test]
fn a_repeated_value_is_refused() {
    for (name, query) in [
        ("meta", format!("{META}&hub.challenge=1")),
        ("meta", format!("{META}&hub.mode=subscribe")),
        ("meta", format!("{META}&hub%2Everify_token=x")),
        ("dropbox", "challenge=a&challenge=a".into()),
        ("x", "crc_token=a&crc%5Ftoken=b".into()),
    ] {
        let error = Asked::get(&query).of(name).expect_err(&query);
        let VerifyError::MalformedParameter { reason, .. } = error else {
            panic!("{query}: {error:?}");
        };
        assert_eq!(reason, Malformed::Repeated, "{query}");
    }
    let okta = Asked::get("")
        .header("X-Okta-Verification-Challenge", "a")
        .header("x-okta-verification-challenge", "a");
    assert_eq!(code(&okta, "okta"), Err("repeated_header"));
    let twice = SLACK.replace("\"type\"", "\"challenge\":\"b\",\"type\"");
    assert_eq!(
        code(&Asked::signed("slack", &twice), "slack"),
        Err("missing_field")
    );
}

#[test]
fn a_signed_question_without_its_challenge_is_refused() {
    for (name, body, pointer) in [
        (
            "slack",
            SLACK.replace("\"challenge\"", "\"x\""),
            "/challenge",
        ),
        ("slack", SLACK.replace("\"3eZbrw1a\"", "{}"), "/challenge"),
        (
            "zoom",
            ZOOM.replace("plainToken", "x"),
            "/payload/plainToken",
        ),
    ] {
        let pointer = pointer.into();
        let expected = Err(VerifyError::MissingField { pointer });
        assert_eq!(Asked::signed(name, &body).of(name), expected, "{body}");
    }
}

#[test]
fn a_notification_that_is_called_a_challenge_is_not_answered() {
    let kind = "webhook_callback_verification";
    let body = r#"{"subscription":{"id":"1"},"event":{"challenge":"a"}}"#;
    let asked = Asked::signed("twitch", body).header("Twitch-Eventsub-Message-Type", kind);
    assert_eq!(code(&asked, "twitch"), Err("missing_field"));
}

/// The signed questions, each of which is answered as it stands.
fn signed() -> impl Iterator<Item = (&'static str, Asked)> {
    let kind = "webhook_callback_verification";
    let twitch = Asked::signed("twitch", TWITCH).header("Twitch-Eventsub-Message-Type", kind);
    let mut all = vec![
        ("slack", Asked::signed("slack", SLACK)),
        ("zoom", Asked::signed("zoom", ZOOM)),
        ("twitch", twitch),
    ];
    if samples::is_built("discord") {
        let discord = |body| ("discord", Asked::signed("discord", body));
        all.extend([discord(r#"{"type":1}"#), discord(r#"{"type":0}"#)]);
    }
    all.into_iter()
        .inspect(|(name, asked)| assert_eq!(code(asked, name), Ok(true), "{name}"))
}

#[test]
fn a_signed_question_is_refused_without_its_signature() {
    for (name, mut asked) in signed() {
        let signature = |header: &str| header.to_ascii_lowercase().contains("signature");
        asked
            .headers
            .retain(|(header, _)| !signature(header) || header.ends_with("imestamp"));
        assert_eq!(code(&asked, name), Err("missing_header"), "{name}");
    }
}

#[test]
fn a_signed_question_is_refused_with_another_secret() {
    for (name, asked) in signed() {
        let verifier = samples::verifier(by_name(name), &SECRETS[1..]);
        let refused = asked.by(&verifier).map_err(|error| error.code());
        assert_eq!(refused, Err("signature_mismatch"), "{name}");
    }
}

#[test]
fn a_changed_question_is_refused() {
    for (name, mut asked) in signed() {
        asked.body.insert(asked.body.len() - 1, ' ');
        assert_eq!(code(&asked, name), Err("signature_mismatch"), "{name}");
    }
}

#[test]
fn an_old_question_is_refused() {
    for (name, asked) in signed() {
        let verifier: Verifier = verifier(name);
        let late = asked.with(|request| verifier.handshake(request, NOW + 601));
        let late = late.map_err(|error| error.code());
        assert_eq!(late, Err("timestamp_too_old"), "{name}");
    }
}

#[test]
fn a_signed_question_by_another_method_or_of_great_length_is_no_question() {
    for (name, asked) in signed() {
        let by_get = Asked {
            method: "GET",
            ..asked
        };
        assert_eq!(code(&by_get, name), Ok(false), "{name}");
    }
    for (length, expected) in [(16_384, Ok(true)), (16_385, Ok(false))] {
        let padding = " ".repeat(length - SLACK.len());
        let body = format!("{SLACK}{padding}");
        assert_eq!(code(&Asked::signed("slack", &body), "slack"), expected);
    }
}

#[test]
fn neither_errors_nor_debug_show_the_verify_token() {
    let verifier = verifier("meta");
    let error = Asked::get(&META.replace("fwort", "fort")).of("meta");
    let shown = format!(
        "{verifier:?} {error:?} {}",
        error.clone().expect_err("another")
    );
    assert!(
        !shown.contains("fwort") && !shown.contains("fort"),
        "{shown}"
    );
}

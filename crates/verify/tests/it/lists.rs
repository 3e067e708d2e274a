//! Several signatures in one request, in the ways that only some vendors have.

use hookgate::{Malformed, Request, Verified, VerifyError};

use crate::malformed::assert_malformed;
use crate::samples::{self, BODY, NOW, SECRETS, Sample};
use crate::test;

fn mismatch(signatures: usize) -> Result<Verified, VerifyError> {
    Err(VerifyError::SignatureMismatch {
        signatures,
        secrets: 1,
    })
}

#[test]
fn either_header_of_box_is_enough_and_a_bad_one_beside_it_does_no_harm() {
    let both = Sample::signed(samples::by_name("box"), &SECRETS[..2], BODY);
    let (primary, secondary) = ("BOX-SIGNATURE-PRIMARY", "BOX-SIGNATURE-SECONDARY");
    assert!(both.verdict().is_ok());
    assert!(both.clone().without(secondary).verdict().is_ok());
    assert_eq!(both.clone().without(primary).verdict(), mismatch(1));
    let moved = both
        .clone()
        .set(secondary, both.value(primary))
        .without(primary);
    assert!(moved.verdict().is_ok());
    let neither = both.clone().without(primary).without(secondary);
    let missing = VerifyError::MissingHeader {
        name: primary.into(),
    };
    assert_eq!(neither.verdict(), Err(missing));
    assert_malformed(
        &both.clone().set(secondary, "!"),
        secondary,
        Malformed::NotBase64,
    );
    let repeated = VerifyError::RepeatedHeader {
        name: secondary.into(),
    };
    let value = both.value(secondary).to_owned();
    assert_eq!(both.add(secondary, value).verdict(), Err(repeated));
}

#[test]
fn box_is_version_1_by_hmac_sha256_and_nothing_else() {
    for (header, expected) in [
        ("BOX-SIGNATURE-VERSION", "1"),
        ("BOX-SIGNATURE-ALGORITHM", "HmacSHA256"),
    ] {
        for value in ["", "2", "01", "HmacSHA1", "hmacsha256"] {
            let error = VerifyError::UnsupportedVersion {
                name: header.into(),
                expected: expected.into(),
            };
            assert_eq!(Sample::of("box").set(header, value).verdict(), Err(error));
        }
    }
}

#[test]
fn any_numbered_header_of_docusign_may_match() {
    let sample = Sample::of("docusign");
    let first = "X-DocuSign-Signature-1";
    let right = sample.value(first).to_owned();
    let mut many = sample.clone().set(first, "AAAA");
    for number in 2..=99 {
        many = many.add(&format!("X-DocuSign-Signature-{number}"), "AAAA");
    }
    assert_eq!(many.verdict(), mismatch(99));
    let last = many.clone().add("X-DocuSign-Signature-100", &right);
    assert_eq!(
        last.verdict().map(|event| event.signature),
        sample.verdict().map(|event| event.signature)
    );
    let beyond = many
        .add("X-DocuSign-Signature-100", "AAAA")
        .add("X-DocuSign-Signature-101", &right);
    assert_eq!(beyond.verdict(), mismatch(100));
    let gap = sample.without(first).add("X-DocuSign-Signature-2", &right);
    let missing = VerifyError::MissingHeader { name: first.into() };
    assert_eq!(gap.verdict(), Err(missing));
}

#[test]
fn plivos_list_has_commas_and_no_spaces() {
    let header = "X-Plivo-Signature-V3";
    let sample = Sample::of("plivo");
    let right = sample.value(header).to_owned();
    for list in [format!("AAAA,{right}"), format!("{right},AAAA")] {
        assert!(sample.clone().set(header, list).verdict().is_ok());
    }
    let form = Malformed::NotAList {
        expected: "signatures, separated by commas",
    };
    for list in [
        ",".into(),
        format!("{right},"),
        format!(",{right}"),
        format!("AAAA, {right}"),
        " ".into(),
    ] {
        assert_malformed(&sample.clone().set(header, list), header, form.clone());
    }
    let spoiled = sample.clone().set(header, format!("{right},????"));
    assert_malformed(&spoiled, header, Malformed::NotBase64);
    let nonce = "X-Plivo-Signature-V3-Nonce";
    assert_malformed(&sample.set(nonce, "a b"), nonce, Malformed::NotVisibleAscii);
}

#[test]
fn paddles_fields_have_semicolons() {
    let header = "Paddle-Signature";
    let sample = Sample::of("paddle");
    let right = sample.value(header).to_owned();
    let form = Malformed::NotAList {
        expected: "`name=value`, separated by semicolons",
    };
    for value in [
        format!("{right};"),
        format!(";{right}"),
        right.replace(';', "; "),
        "invalid_header".into(),
    ] {
        assert_malformed(&sample.clone().set(header, value), header, form.clone());
    }
    let joined = sample.clone().set(header, right.replace(';', ","));
    assert_malformed(&joined, header, Malformed::NotTimestamp);
    let missing = Malformed::MissingField { field: "ts".into() };
    let (_, tag) = right.split_once(';').expect("two fields");
    assert_malformed(&sample.clone().set(header, tag), header, missing);
    let repeated = Malformed::RepeatedField { field: "ts".into() };
    assert_malformed(
        &sample.set(header, format!("ts=1;{right}")),
        header,
        repeated,
    );
}

/// A request of Coinbase, signed by Python's `hmac`: see `tests/README.md`.
fn coinbase(
    change: impl Fn(&str) -> String,
    headers: &[(&str, &str)],
) -> Result<Verified, VerifyError> {
    let row = include_str!("../signed.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a row"))
        .find(|row| row["scheme"] == "coinbase-cdp")
        .expect("a row of Coinbase");
    let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
    let signature = change(&text(&row["headers"]["X-Hook0-Signature"]));
    let mut lines: Vec<(&str, &[u8])> = vec![("X-Hook0-Signature", signature.as_bytes())];
    lines.extend(
        headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes())),
    );
    let (secret, body) = (text(&row["secret"]), text(&row["body"]));
    let request = Request {
        method: "POST",
        url: "https://example.com/in",
        headers: &lines,
        body: body.as_bytes(),
    };
    samples::verifier(samples::by_name("coinbase-cdp"), &[&secret]).verify(&request, NOW)
}

#[test]
fn the_headers_that_coinbase_lists_are_signed_with_their_names() {
    let whole = [("content-type", "application/json"), ("x-event-id", "77")];
    let as_it_is = |value: &str| value.to_owned();
    assert!(coinbase(as_it_is, &whole).is_ok());
    let changed = [("content-type", "application/json"), ("x-event-id", "78")];
    assert_eq!(coinbase(as_it_is, &changed), mismatch(1));
    let missing = VerifyError::MissingHeader {
        name: "x-event-id".into(),
    };
    assert_eq!(coinbase(as_it_is, &whole[..1]), Err(missing));
    let shorter = |value: &str| value.replace(" x-event-id", "");
    assert_eq!(coinbase(shorter, &whole), mismatch(1));
    let renamed = |value: &str| value.replace("x-event-id", "X-Event-Id");
    assert_eq!(coinbase(renamed, &whole), mismatch(1));
}

#[test]
fn an_older_version_of_coinbase_is_never_taken_for_the_newer() {
    let unsupported = VerifyError::UnsupportedVersion {
        name: "X-Hook0-Signature".into(),
        expected: "v1".into(),
    };
    let whole = [("content-type", "application/json"), ("x-event-id", "77")];
    let older = |value: &str| value.replace("v1=", "v0=");
    assert_eq!(coinbase(older, &whole), Err(unsupported.clone()));
    let unlisted = |value: &str| value.replace("h=content-type x-event-id,", "");
    assert_eq!(coinbase(unlisted, &whole), Err(unsupported));
    let form = |value: &'static str| {
        let change = move |header: &str| header.replace("content-type x-event-id", value);
        coinbase(change, &whole).map_err(|error| error.code())
    };
    for list in ["", " ", "a  b", "a/b", "a b "] {
        assert_eq!(form(list), Err("malformed_header"), "{list}");
    }
    let many = "a ".repeat(32) + "a";
    let listed = |value: &str| value.replace("content-type x-event-id", &many);
    let expected = VerifyError::MalformedHeader {
        name: "X-Hook0-Signature".into(),
        reason: Malformed::TooMany { limit: 32 },
    };
    assert_eq!(coinbase(listed, &whole), Err(expected));
}

//! Signatures, timestamps and parameters that stand in the body or the URL.

use hookgate::{Malformed, Request, Verified, Verifier, VerifyError};

use crate::samples::{self, NOW, Sample};
use crate::test;

pub(crate) fn with_body(
    name: &str,
    change: impl FnOnce(String) -> String,
) -> Result<Verified, VerifyError> {
    let mut sample = Sample::of(name);
    let body = String::from_utf8(sample.body).expect("text");
    sample.body = change(body).into_bytes();
    sample.verdict()
}

fn missing(pointer: &'static str) -> Result<Verified, VerifyError> {
    Err(VerifyError::MissingField {
        pointer: pointer.into(),
    })
}

fn malformed(pointer: &'static str, reason: Malformed) -> Result<Verified, VerifyError> {
    Err(VerifyError::MalformedField {
        pointer: pointer.into(),
        reason,
    })
}

fn parameter(name: &'static str, reason: Malformed) -> Result<Verified, VerifyError> {
    Err(VerifyError::MalformedParameter {
        name: name.into(),
        reason,
    })
}

#[test]
fn mailguns_signature_object_is_read_strictly() {
    const SIGNATURE: &str = "/signature/signature";
    for body in [
        "",
        "{}",
        "null",
        "[]",
        "signature=x",
        r#"{"signature":"x"}"#,
        r#"{"signature":{}}"#,
        r#"{"signature":{"signature":null}}"#,
        r#"{"signature":{"signature":{}}}"#,
        r#"{"signature":{"signature":"00","signature":"00"}}"#,
    ] {
        assert_eq!(
            with_body("mailgun", |_| body.into()),
            missing(SIGNATURE),
            "{body}"
        );
    }
    let deep = "[".repeat(10_000);
    assert_eq!(with_body("mailgun", |_| deep), missing(SIGNATURE));
    let doubled = with_body("mailgun", |body| {
        body.replacen('{', "{\"signature\":{},", 1)
    });
    assert_eq!(doubled, missing(SIGNATURE));
    let renamed = |name: &str| {
        let name = format!("\"{name}\":");
        with_body("mailgun", |body| body.replace(&name, "\"other\":"))
    };
    assert_eq!(renamed("timestamp"), missing("/signature/timestamp"));
    assert_eq!(renamed("token"), missing("/signature/token"));
}

#[test]
fn mailguns_values_are_read_strictly() {
    let time = NOW.to_string();
    let timed =
        |text: &str| with_body("mailgun", |body| body.replace(&format!("\"{time}\""), text));
    for text in [
        "\"\"",
        "\"+1773738000\"",
        "\" 1773738000\"",
        "\"17737380000\"",
        "\"177373800\"",
        "-1",
    ] {
        let expected = malformed("/signature/timestamp", Malformed::NotTimestamp);
        assert_eq!(timed(text), expected, "{text}");
    }
    // A number stands for its own digits.
    assert!(timed(&time).is_ok());
    let sample = Sample::of("mailgun");
    let body = String::from_utf8(sample.body).expect("JSON");
    let (_, tag) = body.rsplit_once("\"signature\":\"").expect("a signature");
    let tag = &tag[..64];
    let tagged = |text: &str| with_body("mailgun", |body| body.replace(tag, text));
    let field = "/signature/signature";
    assert_eq!(tagged(""), malformed(field, Malformed::Empty));
    assert_eq!(tagged(&tag[1..]), malformed(field, Malformed::NotHex));
    assert_eq!(
        tagged(&format!("{tag} ")),
        malformed(field, Malformed::NotHex)
    );
    assert_eq!(tagged("é"), malformed(field, Malformed::NotHex));
}

#[test]
fn a_digit_cannot_move_from_mailguns_timestamp_to_its_token() {
    let time = NOW.to_string();
    let sample = Sample::of("mailgun");
    let mut moved = sample;
    let body = String::from_utf8(moved.body).expect("JSON");
    let token = format!("\"{}\"", samples::ID);
    let at = body.rfind(&token).expect("the token");
    let body = format!("{}\"0{}", &body[..at], &body[at + 1..]);
    moved.body = body
        .replace(&format!("\"{time}\""), &format!("\"{}\"", &time[..9]))
        .into_bytes();
    let verifier = moved.verifier().without_replay_check();
    let verdict = moved.with(|request| verifier.verify(request, NOW));
    assert_eq!(
        verdict,
        malformed("/signature/timestamp", Malformed::NotTimestamp)
    );
}

#[test]
fn one_bad_item_fails_all_of_adyens() {
    let mismatch = Err(VerifyError::SignatureMismatch {
        signatures: 1,
        secrets: 1,
    });
    assert!(with_body("adyen", |body| body).is_ok());
    for psp in ["psp1", "psp2"] {
        let changed = with_body("adyen", |body| body.replace(psp, "forged"));
        assert_eq!(changed, mismatch, "{psp}");
    }
    let field = "/additionalData/hmacSignature";
    let second = with_body("adyen", |body| {
        let at = body.rfind("hmacSignature").expect("a signature");
        format!("{}other{}", &body[..at], &body[at + 13..])
    });
    assert_eq!(second, missing(field));
    let doubled = with_body("adyen", |body| {
        body.replace("\"success\"", "\"success\":\"true\",\"success\"")
    });
    assert_eq!(doubled, malformed("/success", Malformed::NotJson));
    let nested = with_body("adyen", |body| body.replace("\"psp1\"", "{}"));
    assert_eq!(nested, malformed("/pspReference", Malformed::NotJson));
}

#[test]
fn adyens_body_is_a_list_of_items_and_nothing_else() {
    let not_json = || {
        Err(VerifyError::MalformedBody {
            reason: Malformed::NotJson,
        })
    };
    let many = format!(r#"{{"notificationItems":[{}1]}}"#, "1,".repeat(10_000));
    let deep = "[".repeat(10_000);
    for body in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"notificationItems":[]}"#,
        r#"{"notificationItems":{}}"#,
        r#"{"notificationItems":[1]}"#,
        r#"{"notificationItems":[{"other":{}}]}"#,
        r#"{"notificationItems":[],"notificationItems":[]}"#,
        &many,
        &deep,
    ] {
        assert_eq!(with_body("adyen", |_| body.into()), not_json());
    }
    let beside = with_body("adyen", |body| body.replace("Items\":[", "Items\":[{},"));
    assert_eq!(beside, not_json());
    let doubled = with_body("adyen", |body| {
        body.replace("{\"live\"", "{\"notificationItems\":[],\"live\"")
    });
    assert_eq!(doubled, not_json());
    let mut sample = Sample::of("adyen");
    sample.body.push(0xff);
    assert_eq!(sample.verdict(), not_json());
}

#[test]
fn twilios_digest_of_a_body_is_read_strictly() {
    let body = r#"{"a":1}"#;
    let target = hookgate::Target {
        method: "POST",
        url: "https://example.com/in",
        content_type: Some("application/json"),
    };
    let outgoing = hookgate::Outgoing {
        id: "id",
        timestamp: NOW,
        event_type: None,
        body: body.as_bytes(),
    };
    let verifier = samples::verifier(samples::by_name("twilio"), &["token"]);
    let signed = verifier.sign_request(&outgoing, &target).expect("sound");
    let headers: Vec<(&str, &[u8])> = signed
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let judge = |url: &str, body: &str| {
        let request = Request {
            method: "POST",
            url,
            headers: &headers,
            body: body.as_bytes(),
        };
        verifier.verify(&request, NOW)
    };
    let url = signed.url.as_str();
    assert!(judge(url, body).is_ok());
    let changed = judge(url, r#"{"a":2}"#);
    assert_eq!(
        changed,
        Err(VerifyError::DigestMismatch {
            name: "bodySHA256".into()
        })
    );
    // Neither may the body be taken away, whatever the request then says that it is.
    let name = "bodySHA256";
    for kind in ["application/json", "application/x-www-form-urlencoded"] {
        let mut headers = headers.clone();
        headers.push(("content-type", kind.as_bytes()));
        let request = Request {
            method: "POST",
            url,
            headers: &headers,
            body: b"",
        };
        let expected = VerifyError::DigestMismatch { name: name.into() };
        assert_eq!(verifier.verify(&request, NOW), Err(expected), "{kind}");
    }
    assert_eq!(
        judge(&url[..url.len() - 1], body),
        parameter(name, Malformed::NotHex)
    );
    assert_eq!(
        judge(&format!("{url}00"), body),
        parameter(name, Malformed::NotHex)
    );
    assert_eq!(
        judge(&format!("{url}&{name}=00"), body),
        parameter(name, Malformed::Repeated)
    );
}

/// Signed by the package messagebird 4.0.1 of npm, whose server is sent the `+` as it is.
#[test]
fn messagebirds_plus_of_a_time_zone_stands_for_itself() {
    let legacy = Verifier::new(
        samples::by_name("messagebird-legacy"),
        &["PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd"],
    )
    .unwrap();
    let judged = |url: &str| {
        let request = Request {
            method: "GET",
            url,
            headers: &[
                ("messagebird-request-timestamp", b"1547198231"),
                (
                    "messagebird-signature",
                    b"KVBdcVdz2lYMwcBLZCRITgxUfA/WkwSi+T3Wxl2HL6w=",
                ),
            ],
            body: b"",
        };
        legacy
            .verify(&request, 1_547_198_236)
            .map_err(|error| error.code())
    };
    let url = "https://example.com/webhook?id=eef0ab57a9e049be946f3821568c2b2e&mccmnc=20408&ported=1&recipient=31612345678&reference=FOO&status=delivered&statusDatetime=2019-01-11T09:17:11+00:00";
    assert!(judged(url).is_ok());
    assert!(judged(&url.replace('+', "%2B")).is_ok());
    assert_eq!(
        judged(&url.replace("FOO", "F+O")).err(),
        Some("signature_mismatch")
    );
}

#[test]
fn vonages_parameters_are_read_strictly() {
    let name = "vonage-legacy";
    let without = |parameter: &str| {
        let parameter = format!("&{parameter}=");
        with_body(name, |body| body.replace(&parameter, "&other="))
    };
    for needed in ["sig", "timestamp"] {
        let expected = VerifyError::MissingParameter {
            name: needed.into(),
        };
        assert_eq!(without(needed), Err(expected));
    }
    assert_eq!(
        with_body(name, |body| body + "&sig=00"),
        parameter("sig", Malformed::Repeated)
    );
    assert_eq!(
        with_body(name, |body| body + "0"),
        parameter("sig", Malformed::NotHex)
    );
    assert_eq!(
        with_body(name, |body| body + "%FF"),
        parameter("sig", Malformed::NotVisibleAscii)
    );
    let time = |text: &str| with_body(name, |body| body.replace("timestamp=1773738000", text));
    for text in [
        "timestamp=",
        "timestamp=+1",
        "timestamp=1773738000.0",
        "timestamp=%D9%A1",
    ] {
        let expected = parameter("timestamp", Malformed::NotTimestamp);
        assert_eq!(time(text), expected, "{text}");
    }
    let twice = with_body(name, |body| body + "&timestamp=1773738000");
    assert_eq!(twice, parameter("timestamp", Malformed::Repeated));
}

#[test]
fn a_nul_no_text_and_ten_thousand_levels_are_refused_before_a_signature_is_believed() {
    let not_json = || {
        Err(VerifyError::MalformedBody {
            reason: Malformed::NotJson,
        })
    };
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    for deep in [deep("[", "]"), deep("{\"a\":", "}")] {
        assert_eq!(with_body("adyen", |_| deep.clone()), not_json());
        assert_eq!(
            with_body("mailgun", |_| deep.clone()),
            missing("/signature/signature")
        );
        let beside = |body: String| body.replacen('{', &format!("{{\"x\":{deep},"), 1);
        // What is not read does not decide.
        assert!(with_body("mailgun", beside).is_ok());
        assert!(with_body("adyen", beside).is_ok());
    }
    let time = format!("\"{NOW}\"");
    for text in [
        "\"1773738000\\u0000\"",
        "\"\\u0661\\u0667\"",
        "\"١٧٧٣٧٣٨٠٠٠\"",
        "\"99999999999999999999\"",
        "99999999999999999999",
    ] {
        let timed = with_body("mailgun", |body| body.replace(&time, text));
        assert_eq!(
            timed,
            malformed("/signature/timestamp", Malformed::NotTimestamp),
            "{text}"
        );
    }
    for (name, expected) in [
        ("adyen", not_json()),
        ("mailgun", missing("/signature/signature")),
    ] {
        for byte in [0, 0xff] {
            let mut sample = Sample::of(name);
            sample.body.push(byte);
            assert_eq!(sample.verdict(), expected, "{name} {byte}");
            let mut sample = Sample::of(name);
            sample.body.insert(1, byte);
            assert_eq!(sample.verdict(), expected, "{name} {byte}");
        }
    }
}

#[test]
fn linears_timestamp_is_read_from_the_signed_body() {
    let pointer = "/webhookTimestamp";
    let signed = |body: &str| {
        let scheme = samples::by_name("linear");
        Sample::signed(scheme, &samples::SECRETS[..1], body).verdict()
    };
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        "{}",
        "",
        "[]",
        &deep,
        &format!(r#"{{"webhookTimestamp":{deep}}}"#),
        r#"{"webhookTimestamp":1}x"#,
        r#"{"webhookTimestamp":null}"#,
        r#"{"webhookTimestamp":1,"webhookTimestamp":1}"#,
    ] {
        assert_eq!(signed(body), missing(pointer), "{body}");
    }
    for time in [
        "-1",
        "1e12",
        "1773738000000.5",
        "9999999999999999",
        "99999999999999999999",
        "\"\\u0661\"",
        "\"1773738000000\\u0000\"",
        "\"x\"",
        "\"\"",
    ] {
        let body = format!(r#"{{"webhookTimestamp":{time}}}"#);
        assert_eq!(
            signed(&body),
            malformed(pointer, Malformed::NotMilliseconds),
            "{body}"
        );
    }
    let forged = with_body("linear", |body| {
        body.replace("1773738000000", "1773738000001")
    });
    assert_eq!(
        forged.map_err(|error| error.code()),
        Err("signature_mismatch")
    );
}

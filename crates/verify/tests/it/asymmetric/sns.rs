//! The fields of an SNS message, and the text that they make.

use hookgate::asymmetric::{Algorithm, SnsError, SnsKind, SnsMessage};

use crate::test;

const NOTIFICATION: &str = r#"{"Type":"Notification","MessageId":"m-1","TopicArn":"arn:t","Subject":"Hi",
    "Message":"caf\u00e9\n\"x\" \/","Timestamp":"2026-03-06T19:55:38.903Z","SignatureVersion":"2",
    "Signature":"AAAA","SigningCertURL":"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem","Extra":[{"Type":1}]}"#;

const CONFIRMATION: &str = r#"{"Type":"SubscriptionConfirmation","MessageId":"m-1","Token":"tok",
    "TopicArn":"arn:t","Message":"Confirm.\nNow.","SubscribeURL":"https://sns.eu-west-1.amazonaws.com/?x",
    "Timestamp":"T","SignatureVersion":"1","Subject":"not signed"}"#;

fn signed(body: &str) -> String {
    let message = SnsMessage::read(body.as_bytes()).expect("a message");
    String::from_utf8(message.signed().concat()).expect("UTF-8")
}

fn refused(body: &str) -> SnsError {
    SnsMessage::read(body.as_bytes()).expect_err(body)
}

#[test]
fn a_notification_signs_its_fields_by_name_with_their_decoded_values() {
    assert_eq!(
        signed(NOTIFICATION),
        "Message\ncaf\u{e9}\n\"x\" /\nMessageId\nm-1\nSubject\nHi\nTimestamp\n\
         2026-03-06T19:55:38.903Z\nTopicArn\narn:t\nType\nNotification\n"
    );
    let message = SnsMessage::read(NOTIFICATION.as_bytes()).expect("a message");
    assert_eq!(message.kind(), SnsKind::Notification);
    assert_eq!(message.algorithm(), Algorithm::RsaPkcs1Sha256);
    assert_eq!(message.signature(), Ok(vec![0; 3]));
    assert_eq!(message.message(), "caf\u{e9}\n\"x\" /");
    assert_eq!(
        (message.message_id(), message.topic_arn()),
        ("m-1", "arn:t")
    );
    assert_eq!(message.timestamp(), "2026-03-06T19:55:38.903Z");
    assert_eq!(
        (message.subject(), message.subscribe_url()),
        (Some("Hi"), None)
    );
}

#[test]
fn a_subject_that_is_absent_is_not_signed_and_an_empty_one_is() {
    let absent = NOTIFICATION.replace(r#""Subject":"Hi","#, "");
    let expected = signed(NOTIFICATION).replace("Subject\nHi\n", "");
    assert_eq!(signed(&absent), expected);
    let empty = NOTIFICATION.replace(r#""Hi""#, r#""""#);
    assert_eq!(signed(&empty), signed(NOTIFICATION).replace("Hi", ""));
}

#[test]
fn both_confirmations_sign_their_token_and_address_and_no_subject() {
    for kind in ["SubscriptionConfirmation", "UnsubscribeConfirmation"] {
        let body = CONFIRMATION.replace("SubscriptionConfirmation", kind);
        assert_eq!(
            signed(&body),
            format!(
                "Message\nConfirm.\nNow.\nMessageId\nm-1\nSubscribeURL\n\
                 https://sns.eu-west-1.amazonaws.com/?x\nTimestamp\nT\nToken\ntok\nTopicArn\narn:t\n\
                 Type\n{kind}\n"
            )
        );
        let message = SnsMessage::read(body.as_bytes()).expect("a message");
        assert_eq!(message.algorithm(), Algorithm::RsaPkcs1Sha1);
        assert_eq!(message.subject(), None);
        assert_eq!(
            message.subscribe_url(),
            Some("https://sns.eu-west-1.amazonaws.com/?x")
        );
    }
}

#[test]
fn each_missing_field_is_named() {
    for field in [
        "Type",
        "MessageId",
        "TopicArn",
        "Message",
        "Timestamp",
        "SignatureVersion",
    ] {
        for other in [r#""x""#, r#""x":1,"y""#] {
            let body = NOTIFICATION.replace(&format!("\"{field}\":"), &format!("{other}:"));
            assert_eq!(refused(&body), SnsError::MissingField { field });
        }
    }
    for field in ["Token", "SubscribeURL"] {
        let body = CONFIRMATION.replace(field, "x");
        assert_eq!(refused(&body), SnsError::MissingField { field });
    }
    let message = SnsMessage::read(CONFIRMATION.as_bytes()).expect("a message");
    let missing = |field| Some(SnsError::MissingField { field });
    assert_eq!(message.signature().err(), missing("Signature"));
    assert_eq!(message.certificate_url().err(), missing("SigningCertURL"));
}

#[test]
fn a_repeated_field_is_refused_wherever_it_stands() {
    for (field, again) in [
        ("Message", r#""Message":"y""#),
        ("TopicArn", r#""Topic\u0041rn":"y""#),
        ("Type", r#""Type":"Notification""#),
    ] {
        let body = NOTIFICATION.replacen('{', &format!("{{{again},"), 1);
        assert_eq!(refused(&body), SnsError::RepeatedField { field });
    }
}

#[test]
fn a_field_that_is_not_text_is_refused() {
    for value in ["1", "{}", "[]", "true", "null", r#""\ud800""#] {
        let body = NOTIFICATION.replace(r#""m-1""#, value);
        assert_eq!(
            refused(&body),
            SnsError::NotText { field: "MessageId" },
            "{value}"
        );
    }
}

#[test]
fn a_line_break_is_refused_in_every_signed_field_but_the_message() {
    for (from, to, field) in [
        ("m-1", r"m\nx", "MessageId"),
        ("arn:t", r"arn:t\nType\nNotification", "TopicArn"),
        ("Hi", r"Hi\u000a", "Subject"),
        ("2026-03", r"2026\r-03", "Timestamp"),
    ] {
        let body = NOTIFICATION.replace(from, to);
        assert_eq!(refused(&body), SnsError::ControlCharacter { field });
    }
    for (from, to, field) in [("tok", r"t\nk", "Token"), ("/?x", r"/?\tx", "SubscribeURL")] {
        let body = CONFIRMATION.replace(from, to);
        assert_eq!(refused(&body), SnsError::ControlCharacter { field });
    }
}

#[test]
fn a_field_is_bounded_and_the_message_is_not() {
    let long = "x".repeat(2049);
    for text in [&long, &"x".repeat(100_000), &r"\u0041".repeat(2049)] {
        let body = NOTIFICATION.replace("m-1", text);
        let field = "MessageId";
        assert_eq!(refused(&body), SnsError::TooLong { field, limit: 2048 });
    }
    let body = NOTIFICATION.replace(r"caf\u00e9", &"x".repeat(300_000));
    assert_eq!(
        signed(&body).len(),
        signed(NOTIFICATION).len() + 300_000 - 5
    );
}

#[test]
fn what_is_not_signed_is_skipped_however_deep() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let body = NOTIFICATION.replace(r#"[{"Type":1}]"#, &deep);
    assert_eq!(signed(&body), signed(NOTIFICATION));
}

#[test]
fn another_type_or_version_is_refused() {
    let body = NOTIFICATION.replace(r#""Notification""#, r#""notification""#);
    assert_eq!(refused(&body), SnsError::UnknownType);
    for version in ["", "0", "3", "02", "SHA256"] {
        let body = NOTIFICATION.replace(r#":"2""#, &format!(":\"{version}\""));
        assert_eq!(
            refused(&body),
            SnsError::UnknownSignatureVersion,
            "{version}"
        );
    }
}

#[test]
fn a_signature_that_is_not_strict_base64_is_refused() {
    for text in ["AAA", "AAB=", "AA AA", "AAAA=", "____"] {
        let body = NOTIFICATION.replace("AAAA", text);
        let message = SnsMessage::read(body.as_bytes()).expect("a message");
        assert_eq!(message.signature(), Err(SnsError::NotBase64), "{text}");
    }
}

#[test]
fn what_is_not_one_json_object_is_refused() {
    let trailing = format!("{NOTIFICATION} {{}}");
    let cut = &NOTIFICATION[..NOTIFICATION.len() - 1];
    let raw_line_break = NOTIFICATION.replace("Hi", "H\ni");
    let message_line_break = NOTIFICATION.replace(r"caf\u00e9\n", "x\n");
    for body in [
        "",
        "null",
        "[]",
        "1",
        "\"x\"",
        "hello",
        &trailing,
        cut,
        &raw_line_break,
        &message_line_break,
    ] {
        assert_eq!(refused(body), SnsError::NotAnObject, "{body}");
    }
    let body = [br#"{"x":"#.as_slice(), b"\"\xff\"}"].concat();
    assert_eq!(SnsMessage::read(&body).err(), Some(SnsError::NotAnObject));
}

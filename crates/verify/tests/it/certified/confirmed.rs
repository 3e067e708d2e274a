//! A subscription to a topic: its address is named once the message that has it has verified.

use hookgate::{Received, Reply, Request, Verifier, VerifyError};

use super::{Row, TOPIC, code, row};
use crate::test;

fn ask(row: &Row, verifier: &Verifier, body: &[u8]) -> Result<Option<Reply>, VerifyError> {
    let request = Request {
        method: "POST",
        url: "https://example.com/in",
        headers: &[],
        body,
    };
    verifier.handshake(&request, row.now)
}

#[test]
fn a_confirmation_is_a_get_of_the_address_that_was_signed() {
    let row = row("sns-04");
    let body = row.body();
    let asked = ask(&row, &row.verifier(), &body);
    assert_eq!(code(asked), Err("needs_certificate"));
    let Ok(Some(Reply::Get {
        url,
        topic,
        undoes_unsubscription: false,
    })) = ask(&row, &row.known(), &body)
    else {
        panic!("no confirmation");
    };
    assert_eq!(topic, TOPIC);
    let text = String::from_utf8(body).expect("JSON");
    assert!(
        text.contains(&format!("\"SubscribeURL\" : \"{url}\"")),
        "{url}"
    );

    let elsewhere = text.replacen(&url, &url.replace("Token=", "Token=0"), 1);
    assert_ne!(elsewhere, text);
    let refused = ask(&row, &row.known(), elsewhere.as_bytes());
    assert_eq!(code(refused), Err("signature_mismatch"));
}

/// To fetch its address would subscribe again, which whoever ended the subscription did not want.
#[test]
fn an_unsubscription_is_an_event_and_never_undone_by_itself() {
    let row = row("sns-05");
    let body = row.body();
    assert_eq!(ask(&row, &row.known(), &body), Ok(None));
    let request = Request {
        method: "POST",
        url: "https://example.com/in",
        headers: &[],
        body: &body,
    };
    let Ok(Received::Event(event)) = row.known().receive(&request, row.now) else {
        panic!("no event");
    };
    assert_eq!(event.event_type.as_deref(), Some("UnsubscribeConfirmation"));
}

#[test]
fn a_notification_is_no_handshake() {
    let row = row("sns-03");
    assert_eq!(ask(&row, &row.known(), &row.body()), Ok(None));
}

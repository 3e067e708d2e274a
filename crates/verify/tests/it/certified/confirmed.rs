//! A subscription to a topic: its address is named once the message that has it has verified.

use hookgate::{Reply, Request, Verifier, VerifyError};

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
    for (id, undoes) in [("sns-04", false), ("sns-05", true)] {
        let row = row(id);
        let body = row.body();
        let asked = ask(&row, &row.verifier(), &body);
        assert_eq!(code(asked), Err("needs_certificate"), "{id}");
        let Ok(Some(Reply::Get {
            url,
            topic,
            undoes_unsubscription,
        })) = ask(&row, &row.known(), &body)
        else {
            panic!("{id} is no confirmation");
        };
        assert_eq!(topic, TOPIC);
        assert_eq!(undoes_unsubscription, undoes, "{id}");
        let text = String::from_utf8(body).expect("JSON");
        assert!(
            text.contains(&format!("\"SubscribeURL\" : \"{url}\"")),
            "{url}"
        );

        let elsewhere = text.replacen(&url, &url.replace("Token=", "Token=0"), 1);
        assert_ne!(elsewhere, text);
        let refused = ask(&row, &row.known(), elsewhere.as_bytes());
        assert_eq!(code(refused), Err("signature_mismatch"), "{id}");
    }
}

#[test]
fn a_notification_is_no_handshake() {
    let row = row("sns-03");
    assert_eq!(ask(&row, &row.known(), &row.body()), Ok(None));
}

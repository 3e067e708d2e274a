//! Requests that lack what the signature needs.

use super::*;

pub(super) fn others() -> Vec<Mistake> {
    let mut other = Judged::of("messagebird").by("vonage");
    let token = other
        .sample
        .value(&other.sample.signature_header())
        .to_owned();
    other = other.add("Authorization", format!("Bearer {token}"));
    let sig = Judged::of("vonage-legacy");
    let (form, _) = std::str::from_utf8(&sig.sample.body)
        .expect("ASCII")
        .split_once("&sig=")
        .expect("a signature");
    let form = form.to_owned();
    vec![
        (
            "vonage: another body",
            "body_changed",
            Judged::of("vonage").body("{}"),
        ),
        (
            "messagebird's token for vonage",
            "claim",
            other.without("MessageBird-Signature-JWT"),
        ),
        ("vonage-legacy: no signature", "parameter", sig.body(form)),
        (
            "mailgun: no signature",
            "body_field",
            Judged::of("mailgun").body("{}"),
        ),
        (
            "linear: no timestamp",
            "body_field",
            Judged::signed("linear", "{}"),
        ),
        (
            "github: multipart",
            "body_multipart",
            Judged::of("github")
                .body("--x\r\n")
                .add("Content-Type", "multipart/form-data; boundary=x"),
        ),
    ]
}

//! Bodies that were changed on their way.

use super::*;

/// One text, as Python, JavaScript, PHP and Go write it.
pub(super) const PYTHON: &str =
    r#"{"url": "https://a.example/x", "note": "caf\u00e9", "total": 12.50, "list": [1, 2]}"#;
pub(super) const SPACED: &str =
    r#"{"url": "https://a.example/x", "note": "café", "total": 12.50, "list": [1, 2]}"#;
pub(super) const JS: &str =
    r#"{"url":"https://a.example/x","note":"café","total":12.50,"list":[1,2]}"#;
pub(super) const ASCII: &str =
    r#"{"url":"https://a.example/x","note":"caf\u00e9","total":12.50,"list":[1,2]}"#;
pub(super) const UPPER: &str =
    r#"{"url":"https://a.example/x","note":"caf\u00E9","total":12.50,"list":[1,2]}"#;
pub(super) const PHP: &str =
    r#"{"url":"https:\/\/a.example\/x","note":"caf\u00e9","total":12.50,"list":[1,2]}"#;
pub(super) const SLASHED: &str =
    r#"{"url":"https:\/\/a.example\/x","note":"café","total":12.50,"list":[1,2]}"#;
pub(super) const SORTED: &str =
    r#"{"list":[1,2],"note":"café","total":12.50,"url":"https://a.example/x"}"#;
pub(super) const PRETTY: &str = "{\n  \"url\": \"https://a.example/x\",\n  \"note\": \"café\",\n  \
                      \"total\": 12.50,\n  \"list\": [\n    1,\n    2\n  ]\n}";
pub(super) const WIDE: &str = "{\n    \"url\": \"https://a.example/x\",\n    \"note\": \"café\",\n    \
                    \"total\": 12.50,\n    \"list\": [\n        1,\n        2\n    ]\n}";
pub(super) const HTML: &str = r#"{"text":"<b>a & b</b>"}"#;
pub(super) const GO: &str = r#"{"text":"\u003cb\u003ea \u0026 b\u003c/b\u003e"}"#;

pub(super) fn bodies() -> Vec<Mistake> {
    let sent =
        |name: &str, signed: &str, received: &str| Judged::signed(name, signed).body(received);
    let buffer = format!(r#"{{"type":"Buffer","data":{:?}}}"#, JS.as_bytes());
    let event = |body: &str, base64: bool| {
        format!(
            r#"{{"version":"2.0","rawPath":"/in","headers":{{}},"body":{},"isBase64Encoded":{base64}}}"#,
            serde_json::to_string(body).expect("text")
        )
    };
    let latin1: String = JS.bytes().map(char::from).collect();
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xabV*".as_slice();
    let form = "a=1+2&b=%2Fx%2f&c=caf%C3%A9~";
    vec![
        (
            "github: newline trimmed",
            "body_newline_lost",
            sent("github", &format!("{JS}\n"), JS),
        ),
        (
            "stripe: newline added",
            "body_newline_added",
            sent("stripe", JS, &format!("{JS}\n")),
        ),
        (
            "slack: CRLF trimmed",
            "body_newline_lost",
            sent("slack", &format!("{JS}\r\n"), JS),
        ),
        (
            "stripe: JSON.stringify of a pretty body",
            "body_whitespace",
            sent("stripe", PRETTY, JS),
        ),
        (
            "stripe: of four spaces",
            "body_whitespace",
            sent("stripe", WIDE, JS),
        ),
        (
            "standard: json.dumps",
            "body_whitespace",
            sent("standard", JS, SPACED),
        ),
        (
            "svix: pretty-printed",
            "body_whitespace",
            sent("svix", JS, PRETTY),
        ),
        (
            "linear: pretty-printed",
            "body_whitespace",
            sent(
                "linear",
                BODY,
                &BODY
                    .replace("\",\"", "\", \"")
                    .replace("},", "}, ")
                    .replace("\":", "\": "),
            ),
        ),
        (
            "typeform: spaces lost",
            "body_whitespace",
            sent("typeform", SPACED, JS),
        ),
        (
            "xero: pretty to pretty",
            "body_whitespace",
            sent("xero", WIDE, PRETTY),
        ),
        (
            "hubspot-v1: spaces lost",
            "body_whitespace",
            sent("hubspot-v1", SPACED, JS),
        ),
        (
            "meta: escapes read",
            "body_unicode",
            sent("meta", ASCII, JS),
        ),
        (
            "github: escapes in lower case",
            "body_unicode",
            sent("github", UPPER, ASCII),
        ),
        (
            "line: escapes added",
            "body_unicode",
            sent("line", JS, ASCII),
        ),
        (
            "box: slashes read",
            "body_slashes",
            sent("box", SLASHED, JS),
        ),
        (
            "razorpay: slashes added",
            "body_slashes",
            sent("razorpay", JS, SLASHED),
        ),
        (
            "shopify: HTML escapes read",
            "body_html_escapes",
            sent("shopify", GO, HTML),
        ),
        (
            "shopify: HTML escapes added",
            "body_unicode",
            sent("shopify", HTML, GO),
        ),
        (
            "dropbox: keys unsorted",
            "body_key_order",
            sent("dropbox", SORTED, JS),
        ),
        (
            "paddle: Python to JavaScript",
            "body_whitespace",
            sent("paddle", PYTHON, JS),
        ),
        (
            "paddle: PHP to JavaScript",
            "body_unicode",
            sent("paddle", PHP, JS),
        ),
        (
            "paddle: PHP to Python",
            "body_whitespace",
            sent("paddle", PHP, SPACED),
        ),
        (
            "calendly: pretty file to one line",
            "body_whitespace",
            sent("calendly", &format!("{PRETTY}\n"), JS),
        ),
        (
            "intercom: sorted and spaced",
            "body_key_order",
            sent(
                "intercom",
                &SORTED
                    .replace("\",\"", "\", \"")
                    .replace("\":", "\": ")
                    .replace(",2", ", 2")
                    .replace("],", "], ")
                    .replace("50,", "50, "),
                JS,
            ),
        ),
        (
            "slack: CRLF to LF",
            "body_line_ends",
            sent("slack", "a\r\nb\r\nc", "a\nb\nc"),
        ),
        (
            "mailersend: LF to CRLF",
            "body_line_ends",
            sent("mailersend", PRETTY, &PRETTY.replace('\n', "\r\n")),
        ),
        (
            "zendesk: BOM lost",
            "body_bom",
            sent("zendesk", &format!("\u{feff}{JS}"), JS),
        ),
        (
            "zendesk: BOM added",
            "body_bom",
            sent("zendesk", JS, &format!("\u{feff}{JS}")),
        ),
        (
            "stripe: base64 of API Gateway",
            "body_base64",
            sent("stripe", JS, &STANDARD.encode(JS)),
        ),
        (
            "stripe: the event of Lambda",
            "body_envelope",
            sent("stripe", JS, &event(JS, false)),
        ),
        (
            "stripe: the event of Lambda in base64",
            "body_envelope",
            sent("stripe", JS, &event(&STANDARD.encode(JS), true)),
        ),
        (
            "github: stringified twice",
            "body_json_string",
            sent("github", JS, &serde_json::to_string(JS).expect("text")),
        ),
        (
            "github: a Buffer's JSON",
            "body_buffer",
            sent("github", JS, &buffer),
        ),
        (
            "github: the payload alone",
            "body_form_payload",
            sent("github", "payload=%7B%22a+b%22%3A1%7D", r#"{"a b":1}"#),
        ),
        (
            "meta: read as Latin-1",
            "body_charset",
            sent("meta", JS, &latin1),
        ),
        (
            "slack: form written by browsers",
            "body_form",
            sent("slack", form, "a=1%202&b=/x/&c=caf%c3%a9~")
                .body("a=1+2&b=%2Fx%2F&c=caf%C3%A9~")
                .rewritten("a=1+2&b=%2Fx%2F&c=caf%C3%A9%7E"),
        ),
        (
            "slack: form with %20",
            "body_form",
            sent("slack", "a=1%202&b=%2Fx", "a=1+2&b=%2Fx"),
        ),
        ("twitch: empty", "body_empty", Judged::of("twitch").body("")),
        (
            "stripe: an object's text",
            "body_object",
            Judged::of("stripe").body("[object Object]"),
        ),
        (
            "github: gzip",
            "body_compressed",
            Judged::of("github").body(gzip),
        ),
        (
            "github: cut",
            "body_length",
            sent("github", JS, &JS[..20]).add("Content-Length", JS.len().to_string()),
        ),
        (
            "mailgun: base64",
            "body_base64",
            encoded(Judged::of("mailgun")),
        ),
        ("adyen: base64", "body_base64", encoded(Judged::of("adyen"))),
        (
            "messagebird: spaces lost",
            "body_whitespace",
            sent("messagebird", SPACED, JS),
        ),
        (
            "vonage: newline lost",
            "body_newline_lost",
            sent("vonage", &format!("{JS}\n"), JS),
        ),
        (
            "bird: spaces lost",
            "body_whitespace",
            sent("bird", SPACED, JS),
        ),
        (
            "twilio: form in base64",
            "body_base64",
            encoded(Judged::of("twilio")),
        ),
        (
            "twilio: JSON with bodySHA256",
            "body_whitespace",
            json_of_twilio(),
        ),
    ]
}

impl Judged {
    /// Signed with this body, judged with the present one.
    fn rewritten(self, signed: &str) -> Self {
        let received = self.sample.body.clone();
        Self::signed(self.scheme.name(), signed).body(received)
    }
}

fn encoded(judged: Judged) -> Judged {
    let body = STANDARD.encode(&judged.sample.body);
    judged.body(body)
}

fn json_of_twilio() -> Judged {
    let mut judged = Judged::of("twilio");
    let verifier = Verifier::new(&judged.scheme, &SECRETS[..1]).expect("a secret");
    let outgoing = hookgate::Outgoing {
        id: "x",
        timestamp: NOW,
        event_type: None,
        body: SPACED.as_bytes(),
    };
    let target = hookgate::Target {
        method: "POST",
        url: crate::samples::URL,
        content_type: None,
    };
    let signed = verifier.sign_request(&outgoing, &target).expect("signed");
    judged.sample.headers = signed
        .headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    judged.url(&signed.url).body(JS)
}

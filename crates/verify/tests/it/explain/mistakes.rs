//! Prepared mistakes, and the cause that each must be told to have.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookgate::{SchemeOptions, Verifier};

use super::{Judged, certain, codes};
use crate::samples::{BODY, NOW, SECRETS, TYPE, by_name, form};

/// One text, as Python, JavaScript, PHP and Go write it.
const PYTHON: &str =
    r#"{"url": "https://a.example/x", "note": "caf\u00e9", "total": 12.50, "list": [1, 2]}"#;
const SPACED: &str =
    r#"{"url": "https://a.example/x", "note": "café", "total": 12.50, "list": [1, 2]}"#;
const JS: &str = r#"{"url":"https://a.example/x","note":"café","total":12.50,"list":[1,2]}"#;
const ASCII: &str =
    r#"{"url":"https://a.example/x","note":"caf\u00e9","total":12.50,"list":[1,2]}"#;
const UPPER: &str =
    r#"{"url":"https://a.example/x","note":"caf\u00E9","total":12.50,"list":[1,2]}"#;
const PHP: &str =
    r#"{"url":"https:\/\/a.example\/x","note":"caf\u00e9","total":12.50,"list":[1,2]}"#;
const SLASHED: &str =
    r#"{"url":"https:\/\/a.example\/x","note":"café","total":12.50,"list":[1,2]}"#;
const SORTED: &str = r#"{"list":[1,2],"note":"café","total":12.50,"url":"https://a.example/x"}"#;
const PRETTY: &str = "{\n  \"url\": \"https://a.example/x\",\n  \"note\": \"café\",\n  \
                      \"total\": 12.50,\n  \"list\": [\n    1,\n    2\n  ]\n}";
const WIDE: &str = "{\n    \"url\": \"https://a.example/x\",\n    \"note\": \"café\",\n    \
                    \"total\": 12.50,\n    \"list\": [\n        1,\n        2\n    ]\n}";
const HTML: &str = r#"{"text":"<b>a & b</b>"}"#;
const GO: &str = r#"{"text":"\u003cb\u003ea \u0026 b\u003c/b\u003e"}"#;

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn as_hex(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).expect("base64");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(pair).collect()
}

fn as_base64(hex: &str) -> String {
    STANDARD.encode(bytes(hex))
}

/// A request over another URL than the sample's.
fn at(name: &str, url: &'static str) -> Judged {
    let scheme = by_name(name);
    let secret = form(scheme, SECRETS[0]);
    let mut judged = Judged::of(name);
    let kind = judged
        .sample
        .headers
        .iter()
        .find(|(name, _)| name == "Content-Type")
        .cloned();
    let kind = kind.map(|(_, kind)| String::from_utf8(kind).expect("ASCII"));
    let target = hookgate::Target {
        method: "POST",
        url,
        content_type: kind.as_deref(),
    };
    let body = judged.sample.body.clone();
    let outgoing = hookgate::Outgoing {
        id: crate::samples::ID,
        timestamp: NOW,
        event_type: Some(TYPE),
        body: &body,
    };
    let verifier = Verifier::new(scheme, &[secret]).expect("a secret");
    let signed = verifier.sign_request(&outgoing, &target).expect("signed");
    let kind = kind.map(|kind| ("Content-Type".to_owned(), kind));
    let headers = kind.into_iter().chain(signed.headers);
    judged.sample.headers = headers
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    judged.sample.url = signed.url;
    judged.sample.body = signed.body;
    judged
}

/// A request of a sender who set another algorithm or encoding.
fn chosen(options: SchemeOptions<'_>) -> Judged {
    let scheme = by_name("hmac").with_options(&options).expect("options");
    let mut judged = Judged::of("hmac");
    let verifier = Verifier::new(&scheme, &SECRETS[..1]).expect("a secret");
    let outgoing = hookgate::Outgoing {
        id: "x",
        timestamp: NOW,
        event_type: None,
        body: BODY.as_bytes(),
    };
    let headers = verifier.sign(&outgoing).expect("signed");
    judged.sample.headers = headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    judged
}

/// A request that a sender signed with a scheme of another message.
fn sent_by(json: &str, judged_by: &str) -> Judged {
    let scheme = hookgate::Scheme::from_json(json).expect("a scheme");
    let scheme: &'static hookgate::Scheme = Box::leak(Box::new(scheme));
    Judged::new(crate::samples::Sample::signed(scheme, &SECRETS[..1], BODY)).by(judged_by)
}

const RAW: &str = "raw-secret-of-the-endpoint-1";

/// A request that was signed with another secret than the samples'.
fn under(name: &'static str, secret: &str) -> Judged {
    let scheme = by_name(name);
    let verifier = Verifier::new(scheme, &[secret]).expect("a secret");
    let mut judged = Judged::of(name);
    let target = hookgate::Target {
        method: "POST",
        url: crate::samples::URL,
        content_type: None,
    };
    let outgoing = hookgate::Outgoing {
        id: crate::samples::ID,
        timestamp: NOW,
        event_type: Some(TYPE),
        body: BODY.as_bytes(),
    };
    let signed = verifier.sign_request(&outgoing, &target).expect("signed");
    judged.sample.headers = signed
        .headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    judged.secret(secret)
}

fn bodies() -> Vec<(&'static str, &'static str, Judged)> {
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

fn secrets() -> Vec<(&'static str, &'static str, Judged)> {
    let text = SECRETS[0];
    let bare = &text[6..];
    let key = STANDARD.decode(bare).expect("base64");
    let key = String::from_utf8(key).expect("ASCII");
    let adyen = form(by_name("adyen"), text);
    let pair = form(by_name("basic"), text);
    let hex_secret = "0123456789abcdef0123456789abcdef0123456789abcdef";
    let to_base64 = |hex: &str| as_base64(hex);
    vec![
        (
            "stripe: without whsec_",
            "secret_prefix_missing",
            Judged::of("stripe").secret(bare),
        ),
        (
            "stripe: decoded as Standard Webhooks are",
            "secret_base64",
            under("stripe", &key).secret(bare),
        ),
        (
            "stripe: whsec_ in front of another's",
            "secret_prefix_added",
            under("stripe", RAW).secret(format!("whsec_{RAW}")),
        ),
        (
            "github: a line break",
            "secret_whitespace",
            Judged::of("github").secret(format!("{text}\n")),
        ),
        (
            "github: spaces",
            "secret_whitespace",
            Judged::of("github").secret(format!(" {text} ")),
        ),
        (
            "github: quoted",
            "secret_quoted",
            Judged::of("github").secret(format!("\"{text}\"")),
        ),
        (
            "slack: in base64, as Kubernetes has it",
            "secret_base64",
            Judged::of("slack").secret(STANDARD.encode(text)),
        ),
        (
            "slack: in hex",
            "secret_hex",
            Judged::of("slack").secret(hex(text)),
        ),
        (
            "zendesk: decoded too early",
            "secret_decoded",
            under("zendesk", bare).secret(&key),
        ),
        (
            "xero: decoded too early",
            "secret_decoded",
            under("xero", bare).secret(&key),
        ),
        (
            "standard: a line break",
            "secret_whitespace",
            Judged::of("standard").secret(format!("{text}\r\n")),
        ),
        (
            "standard: quoted",
            "secret_quoted",
            Judged::of("standard").secret(format!("'{text}'")),
        ),
        (
            "standard: decoded too early",
            "secret_decoded",
            Judged::of("standard").secret(&key),
        ),
        (
            "standard: not padded",
            "secret_base64_form",
            under("standard", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/8=")
                .secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_8"),
        ),
        (
            "svix: in base64 once more",
            "secret_base64",
            Judged::of("svix").secret(STANDARD.encode(text)),
        ),
        (
            "standard: the sender does not decode",
            "secret_undecoded",
            undecoded(text, text),
        ),
        (
            "standard: the sender only strips",
            "secret_undecoded",
            undecoded(bare, text),
        ),
        (
            "adyen: base64 for hex",
            "secret_base64",
            under_form("adyen-banking", hex_secret).secret(to_base64(hex_secret)),
        ),
        (
            "adyen: quoted",
            "secret_quoted",
            Judged::of("adyen").secret(format!("\"{adyen}\"")),
        ),
        (
            "adyen-banking: the text itself",
            "secret_decoded",
            Judged::of("adyen-banking").secret(text),
        ),
        (
            "basic: already in base64",
            "secret_base64",
            Judged::of("basic").secret(format!("Basic {}", STANDARD.encode(&pair))),
        ),
        (
            "postmark: spaces",
            "secret_whitespace",
            Judged::of("postmark").secret(format!("  {pair}")),
        ),
        (
            "gitlab: quoted",
            "secret_quoted",
            Judged::of("gitlab").secret(format!("\"{text}\"")),
        ),
        (
            "token: with Bearer",
            "secret_prefix_added",
            Judged::of("token").secret(format!("Bearer {text}")),
        ),
        (
            "telegram: another",
            "secret_other",
            Judged::of("telegram").secret("another-token-1"),
        ),
        (
            "github: another",
            "secret_other",
            Judged::of("github").secret(SECRETS[1].replace("whsec_", "other-")),
        ),
        (
            "stripe: an API key",
            "secret_of_another_kind",
            Judged::of("stripe").secret("sk_test_51H8xyzabcdefghijklmnop"),
        ),
        (
            "github: of Standard Webhooks",
            "secret_of_another_kind",
            Judged::of("github").secret(SECRETS[1]),
        ),
        (
            "standard: too short",
            "secret_malformed",
            Judged::of("standard").secret("whsec_cXp4N3Y="),
        ),
        (
            "stripe: none",
            "secret_malformed",
            Judged {
                secrets: Vec::new(),
                ..Judged::of("stripe")
            },
        ),
        (
            "vonage: quoted",
            "secret_quoted",
            Judged::of("vonage").secret(format!("\"{text}\"")),
        ),
        (
            "messagebird: in base64",
            "secret_base64",
            Judged::of("messagebird").secret(STANDARD.encode(text)),
        ),
        (
            "mailgun: spaces",
            "secret_whitespace",
            Judged::of("mailgun").secret(format!("{text} ")),
        ),
        (
            "hubspot-v2: quoted",
            "secret_quoted",
            Judged::of("hubspot-v2").secret(format!("\"{text}\"")),
        ),
        (
            "stripe: an old one",
            "secret_old",
            Judged {
                secrets: vec![SECRETS[1].into(), text.into()],
                ..Judged::of("stripe")
            },
        ),
    ]
}

fn under_form(name: &'static str, secret: &str) -> Judged {
    under(name, secret)
}

/// A sender of Standard Webhooks who takes the secret's text for the key.
fn undecoded(key: &str, secret: &str) -> Judged {
    let base64 = STANDARD.encode(key);
    under("standard", &format!("whsec_{base64}")).secret(secret)
}

fn headers() -> Vec<(&'static str, &'static str, Judged)> {
    let cgi = |name: &str| format!("HTTP_{}", name.to_uppercase().replace('-', "_"));
    let standard = || Judged::of("standard");
    vec![
        (
            "stripe: CGI names",
            "header_renamed",
            Judged::of("stripe").names(cgi),
        ),
        (
            "standard: CGI names",
            "header_renamed",
            standard().names(cgi),
        ),
        (
            "slack: underscores",
            "header_renamed",
            Judged::of("slack").names(|name| name.replace('-', "_")),
        ),
        (
            "shopify: without X-",
            "header_renamed",
            Judged::of("shopify").names(|name| name.trim_start_matches("X-").into()),
        ),
        (
            "github: quoted",
            "header_quoted",
            Judged::of("github").signature(|value| format!("\"{value}\"")),
        ),
        (
            "stripe: a list's JSON",
            "header_quoted",
            Judged::of("stripe").signature(|value| format!("[\"{value}\"]")),
        ),
        (
            "gitlab: quoted",
            "header_quoted",
            Judged::of("gitlab").signature(|value| format!("\"{value}\"")),
        ),
        (
            "github: a line break",
            "header_whitespace",
            Judged::of("github").signature(|value| format!("{value}\n")),
        ),
        (
            "stripe: spaces",
            "header_whitespace",
            Judged::of("stripe").signature(|value| format!(" {value}  ")),
        ),
        (
            "github: joined",
            "header_joined",
            Judged::of("github").signature(|value| format!("{value}, {value}")),
        ),
        (
            "stripe: joined",
            "header_joined",
            Judged::of("stripe").signature(|value| format!("{value},{value}")),
        ),
        (
            "standard: percent-encoded",
            "header_escaped",
            standard().signature(|value| value.replace(',', "%2C").replace('=', "%3D")),
        ),
        (
            "github: no sha256=",
            "header_prefix",
            Judged::of("github").signature(|value| value[7..].into()),
        ),
        (
            "shopify: sha256= added",
            "header_prefix",
            Judged::of("shopify").signature(|value| format!("sha256={value}")),
        ),
        (
            "vonage: no Bearer",
            "header_prefix",
            Judged::of("vonage").signature(|value| value[7..].into()),
        ),
        (
            "standard: no v1,",
            "header_prefix",
            standard().signature(|value| value[3..].into()),
        ),
        (
            "github: twice",
            "header_repeated",
            twice(Judged::of("github")),
        ),
        (
            "stripe: missing",
            "header_missing",
            Judged::of("stripe").without("Stripe-Signature"),
        ),
        (
            "standard: no id",
            "header_missing",
            standard().without("webhook-id"),
        ),
        (
            "paddle: other grammar",
            "header_malformed",
            Judged::of("paddle").signature(|_| "nonsense".into()),
        ),
        (
            "stripe: only v0",
            "signature_version",
            Judged::of("stripe").signature(|value| value.replace("v1=", "v0=")),
        ),
        (
            "standard: only v2",
            "signature_version",
            standard().signature(|value| value.replace("v1,", "v2,")),
        ),
        (
            "twilio: no content type",
            "content_type",
            Judged::of("twilio").without("Content-Type"),
        ),
        (
            "twilio: newline",
            "header_whitespace",
            Judged::of("twilio").signature(|value| format!("{value}\r\n")),
        ),
        (
            "stripe: CGI names and a trimmed body",
            "header_renamed",
            Judged::signed("stripe", &format!("{JS}\n"))
                .body(JS)
                .names(cgi),
        ),
    ]
}

fn twice(judged: Judged) -> Judged {
    let name = judged.sample.signature_header();
    let value = judged.sample.value(&name).to_owned();
    judged.add(&name, value)
}

fn signatures() -> Vec<(&'static str, &'static str, Judged)> {
    let options = SchemeOptions::default;
    let of_body = |title: &str, signature: &str| {
        format!(
            r#"{{"name":"{title}","algorithm":{{"hmac":"sha256"}},"signature":{{"header":"{signature}"}},
            "encoding":"hex","message":["body"]}}"#
        )
    };
    let plain = |message: &str| {
        format!(
            r#"{{"name":"x","algorithm":{{"plain":"sha256"}},"signature":{{"header":"X-Signature"}},
            "encoding":"hex","message":{message}}}"#
        )
    };
    vec![
        (
            "hmac: SHA-1",
            "algorithm",
            chosen(SchemeOptions {
                algorithm: Some("sha1"),
                ..options()
            }),
        ),
        (
            "hmac: SHA-512",
            "algorithm",
            chosen(SchemeOptions {
                algorithm: Some("sha512"),
                ..options()
            }),
        ),
        (
            "hmac: MD5",
            "algorithm",
            chosen(SchemeOptions {
                algorithm: Some("md5"),
                ..options()
            }),
        ),
        (
            "hmac: base64 for hex",
            "signature_encoding",
            chosen(SchemeOptions {
                encoding: Some("base64"),
                ..options()
            }),
        ),
        (
            "hmac: SHA-512 in base64",
            "algorithm",
            chosen(SchemeOptions {
                algorithm: Some("sha512"),
                encoding: Some("base64"),
                ..options()
            }),
        ),
        (
            "shopify: hex for base64",
            "signature_encoding",
            Judged::of("shopify").signature(as_hex),
        ),
        (
            "twilio: hex for base64",
            "signature_encoding",
            Judged::of("twilio").signature(as_hex),
        ),
        (
            "github: base64 for hex",
            "signature_encoding",
            Judged::of("github").signature(|value| format!("sha256={}", as_base64(&value[7..]))),
        ),
        (
            "standard: base64 of hex",
            "signature_encoding",
            Judged::of("standard")
                .signature(|value| format!("v1,{}", STANDARD.encode(as_hex(&value[3..])))),
        ),
        (
            "shopify: URL-safe base64",
            "signature_encoding",
            url_safe("shopify"),
        ),
        (
            "github: mixed case",
            "signature_encoding",
            Judged::of("github").signature(mixed),
        ),
        (
            "shopify: cut",
            "signature_truncated",
            Judged::of("shopify").signature(|value| value[..24].into()),
        ),
        (
            "hmac: secret before the body",
            "algorithm_plain",
            sent_by(&plain(r#"["secret","body"]"#), "hmac"),
        ),
        (
            "hmac: secret after the body",
            "algorithm_plain",
            sent_by(&plain(r#"["body","secret"]"#), "hmac"),
        ),
        (
            "linear for stripe",
            "other_provider",
            Judged::of("linear").by("stripe").secret(RAW),
        ),
        (
            "visibuild: the body alone",
            "signed_content",
            alone(&of_body("x", "X-Visibuild-Signature")),
        ),
        (
            "hubspot v2 for v1",
            "other_scheme",
            Judged::of("hubspot-v2").by("hubspot-v1"),
        ),
        (
            "bird for messagebird-legacy",
            "other_scheme",
            Judged::of("bird").by("messagebird-legacy"),
        ),
        (
            "github for shopify",
            "other_scheme",
            Judged::of("github").by("shopify"),
        ),
        (
            "stripe for calendly",
            "other_scheme",
            Judged::of("stripe").by("calendly"),
        ),
        (
            "helpdesk for vicket",
            "other_scheme",
            Judged::of("helpdesk").by("vicket"),
        ),
        (
            "messagebird: HS512 where HS256 is set",
            "algorithm",
            token_of("HS512"),
        ),
    ]
}

/// A sender who signs the body alone, with the headers of Visibuild.
fn alone(json: &str) -> Judged {
    let mut sent = sent_by(json, "visibuild");
    let template = Judged::of("visibuild");
    let (name, value) = sent.sample.headers.pop().expect("a signature");
    sent.sample.headers = template.sample.headers.clone();
    sent.sample
        .headers
        .retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
    let old = template
        .sample
        .value(&template.sample.signature_header())
        .to_owned();
    let hex = String::from_utf8(value).expect("ASCII");
    let start = old.len() - hex.len();
    let value = format!("{}{hex}", &old[..start]);
    sent.add(&template.sample.signature_header(), value)
}

fn url_safe(name: &str) -> Judged {
    // Some body whose signature has a letter of the other alphabet.
    let bodies = (0..100).map(|number| format!("{{\"n\":{number}}}"));
    let mut found = bodies.map(|body| Judged::signed(name, &body));
    let found = found.find(|judged| {
        let value = judged.sample.value(&judged.sample.signature_header());
        value.contains(['+', '/'])
    });
    let judged = found.expect("one of a hundred");
    judged.signature(|value| value.replace('+', "-").replace('/', "_").replace('=', ""))
}

fn mixed(value: &str) -> String {
    let upper = value[7..].to_uppercase();
    let lower = &value[7..];
    let (half, _) = (lower.len() / 2, ());
    format!("sha256={}{}", &upper[..half], &lower[half..])
}

fn token_of(algorithm: &str) -> Judged {
    let options = |name| SchemeOptions {
        algorithm: Some(name),
        ..SchemeOptions::default()
    };
    let sent = by_name("messagebird")
        .with_options(&options(algorithm))
        .expect("options");
    let sent: &'static hookgate::Scheme = Box::leak(Box::new(sent));
    let mut judged = Judged::new(crate::samples::Sample::signed(sent, &SECRETS[..1], BODY));
    judged.scheme = by_name("messagebird")
        .with_options(&options("HS256"))
        .expect("options");
    judged
}

fn urls() -> Vec<(&'static str, &'static str, Judged)> {
    let square = |url| at("square", url);
    vec![
        (
            "square: http",
            "url_scheme",
            square("https://a.example/in").url("http://a.example/in"),
        ),
        (
            "square: a port",
            "url_port",
            square("https://a.example/in").url("https://a.example:8443/in"),
        ),
        (
            "square: a slash",
            "url_trailing_slash",
            square("https://a.example/in").url("https://a.example/in/"),
        ),
        (
            "square: no slash",
            "url_trailing_slash",
            square("https://a.example/in/").url("https://a.example/in"),
        ),
        (
            "square: a query",
            "url_query",
            square("https://a.example/in").url("https://a.example/in?utm=1"),
        ),
        (
            "square: behind a proxy",
            "url_proxy",
            square("https://a.example/in")
                .url("http://10.0.0.7:3000/in")
                .add("X-Forwarded-Host", "a.example")
                .add("X-Forwarded-Proto", "https"),
        ),
        (
            "twilio: behind a proxy",
            "url_proxy",
            at("twilio", "https://a.example/sms")
                .url("http://localhost:3000/sms")
                .add("X-Forwarded-Host", "a.example")
                .add("X-Forwarded-Proto", "https, http"),
        ),
        (
            "twilio: http",
            "url_scheme",
            at("twilio", "https://a.example/sms").url("http://a.example/sms"),
        ),
        (
            "plivo: a slash",
            "url_trailing_slash",
            at("plivo", "https://a.example/sms/").url("https://a.example/sms"),
        ),
        (
            "hubspot: Forwarded",
            "url_proxy",
            at("hubspot", "https://a.example/h")
                .url("http://internal/h")
                .add("Forwarded", "for=1.2.3.4;host=a.example;proto=https"),
        ),
        (
            "hubspot: another method",
            "method",
            Judged::of("hubspot").method("PUT"),
        ),
        (
            "hubspot: in lower case",
            "method",
            Judged::of("hubspot").method("post"),
        ),
        (
            "bird: only a path",
            "url_relative",
            at("bird", "https://a.example/b?x=1")
                .url("/b?x=1")
                .add("Host", "a.example"),
        ),
        (
            "bird: another host",
            "url_host",
            at("bird", "https://a.example/b")
                .url("https://internal/b")
                .add("Host", "a.example"),
        ),
        (
            "messagebird: http",
            "url_scheme",
            at("messagebird", "https://a.example/m").url("http://a.example/m"),
        ),
        (
            "plivo-v2: a path prefix",
            "url_proxy",
            at("plivo-v2", "https://a.example/api/p")
                .url("https://a.example/p")
                .add("X-Forwarded-Prefix", "/api"),
        ),
        (
            "square: decoded",
            "url_encoding",
            square("https://a.example/in?q=a b").url("https://a.example/in?q=a%20b"),
        ),
        (
            "square: http and a slash",
            "url_scheme",
            square("https://a.example/in/").url("http://a.example/in"),
        ),
        (
            "square: somewhere else",
            "url_other",
            square("https://a.example/in")
                .url("https://b.example/other")
                .secret(RAW),
        ),
    ]
}

fn times() -> Vec<(&'static str, &'static str, Judged)> {
    let milliseconds = |name: &str| {
        let json = r#"{"name":"x","algorithm":{"hmac":"sha256"},
            "secret":{"base64":{"prefix":"whsec_","minimum":24}},
            "signature":{"header":"webhook-signature"},
            "grammar":{"space-list":{"version":"v1"}},"encoding":"base64",
            "message":["id",{"literal":"."},"timestamp",{"literal":"."},"body"],
            "timestamp":{"place":{"header":"webhook-timestamp"},"unit":"milliseconds","tolerance":300},
            "id":[{"header":"webhook-id"}]}"#;
        sent_by(json, name)
    };
    vec![
        (
            "standard: milliseconds",
            "timestamp_unit",
            milliseconds("standard"),
        ),
        (
            "stripe: now in milliseconds",
            "now_in_milliseconds",
            Judged::of("stripe").now(NOW * 1_000),
        ),
        (
            "stripe: old",
            "timestamp_old",
            Judged::of("stripe").now(NOW + 301),
        ),
        (
            "paddle: old",
            "timestamp_old",
            Judged::of("paddle").now(NOW + 6),
        ),
        (
            "slack: ahead",
            "timestamp_future",
            Judged::of("slack").now(NOW - 301),
        ),
        (
            "linear: old",
            "timestamp_old",
            Judged::of("linear").now(NOW + 3_000),
        ),
        (
            "vonage: old",
            "timestamp_old",
            Judged::of("vonage").now(NOW + 3_000),
        ),
        (
            "mailgun: ahead",
            "timestamp_future",
            Judged::of("mailgun").now(NOW - 4_000),
        ),
        (
            "twitch: old",
            "timestamp_old",
            Judged::of("twitch").now(NOW + 86_400),
        ),
        (
            "linear: seconds",
            "timestamp_unit",
            Judged::signed("linear", &BODY.replace("1773738000000", "1773738000")),
        ),
        (
            "stripe: old and trimmed",
            "body_newline_lost",
            Judged::signed("stripe", &format!("{JS}\n"))
                .body(JS)
                .now(NOW + 5_000),
        ),
    ]
}

/// A published request, judged with the provider's public key.
#[cfg(all(feature = "ed25519", feature = "ecdsa"))]
pub(super) fn published(name: &str) -> Judged {
    let lines = include_str!("../../vectors-asymmetric.jsonl").lines();
    let mut rows =
        lines.map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a row"));
    let row = rows.find(|row| row["id"] == name).expect("the row");
    let headers = row["headers"].as_object().expect("headers").iter();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let scheme = by_name(row["scheme"].as_str().expect("a scheme"));
    let sample = crate::samples::Sample {
        scheme,
        url: text(&row["url"]),
        headers: headers
            .map(|(name, value)| (name.clone(), text(value).into_bytes()))
            .collect(),
        body: STANDARD.decode(text(&row["body_base64"])).expect("base64"),
    };
    let judged = Judged::new(Judged::of("github").sample);
    let judged = Judged {
        scheme: scheme.clone(),
        sample,
        ..judged
    };
    judged
        .secret(text(&row["secret_or_key"]))
        .now(row["now"].as_u64().expect("a time"))
}

#[cfg(not(all(feature = "ed25519", feature = "ecdsa")))]
fn public_keys() -> Vec<(&'static str, &'static str, Judged)> {
    Vec::new()
}

#[cfg(all(feature = "ed25519", feature = "ecdsa"))]
fn public_keys() -> Vec<(&'static str, &'static str, Judged)> {
    let discord = || published("discord-01");
    let sendgrid = || published("sendgrid-01");
    let with = |judged: Judged, change: &dyn Fn(&str) -> String| {
        let body = String::from_utf8(judged.sample.body.clone()).expect("text");
        judged.body(change(&body))
    };
    let key = sendgrid().secrets[0].clone();
    let pem = format!("-----BEGIN PUBLIC KEY-----\\n{key}\\n-----END PUBLIC KEY-----\\n");
    let hex = discord().secrets[0].clone();
    vec![
        (
            "sendgrid: trimmed",
            "body_newline_lost",
            with(sendgrid(), &|body| body.trim_end().into()),
        ),
        (
            "sendgrid: `\\n` written out",
            "secret_line_breaks_escaped",
            sendgrid().secret(pem),
        ),
        (
            "sendgrid: quoted",
            "secret_quoted",
            sendgrid().secret(format!("\"{key}\"")),
        ),
        (
            "sendgrid: an API key",
            "secret_malformed",
            sendgrid().secret("SG.abcdefghijklmnop.qrstuvwxyz"),
        ),
        (
            "discord: newline added",
            "body_newline_added",
            with(discord(), &|body| format!("{body}\n")),
        ),
        (
            "discord: spaces around the key",
            "secret_whitespace",
            discord().secret(format!(" {hex} ")),
        ),
        (
            "discord: cut",
            "header_missing",
            discord()
                .without("X-Signature-Timestamp")
                .without("x-signature-timestamp"),
        ),
        ("discord: old", "timestamp_old", {
            let now = discord().now;
            discord().now(now + 1_000)
        }),
    ]
}

fn others() -> Vec<(&'static str, &'static str, Judged)> {
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

fn all() -> Vec<(&'static str, &'static str, Judged)> {
    let mut all = bodies();
    all.extend(secrets());
    all.extend(headers());
    all.extend(signatures());
    all.extend(urls());
    all.extend(times());
    all.extend(public_keys());
    all.extend(others());
    all
}

/// Of the causes, those that can only be guessed.
const GUESSES: [&str; 10] = [
    "body_multipart",
    "body_empty",
    "body_object",
    "body_compressed",
    "body_length",
    "secret_other",
    "secret_of_another_kind",
    "signature_truncated",
    "other_provider",
    "url_other",
];

#[test]
fn each_mistake_is_told_by_its_cause() {
    let mut wrong = Vec::new();
    let mistakes = all();
    for (title, expected, judged) in &mistakes {
        let diagnosis = judged.diagnosis();
        let first = if GUESSES.contains(expected) {
            diagnosis.causes.iter().find(|cause| !cause.certain)
        } else {
            certain(&diagnosis).next()
        };
        if first.map(|cause| cause.code) != Some(*expected) {
            wrong.push(format!(
                "{title}: {expected}, not {:?}\n{diagnosis}",
                codes(&diagnosis)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        mistakes.len(),
        wrong.join("\n")
    );
}

#[test]
fn there_are_mistakes_enough() {
    let mistakes = all();
    let mut schemes: Vec<&str> = mistakes
        .iter()
        .map(|(_, _, judged)| judged.scheme.name())
        .collect();
    schemes.sort_unstable();
    schemes.dedup();
    assert!(mistakes.len() >= 100, "{}", mistakes.len());
    assert!(schemes.len() >= 25, "{schemes:?}");
}

#[test]
fn two_mistakes_at_once_are_both_told() {
    for (title, expected, judged) in [
        (
            "secret and newline",
            ["body_newline_lost", "secret_quoted"],
            Judged::signed("github", &format!("{JS}\n"))
                .body(JS)
                .secret(format!("\"{}\"", SECRETS[0])),
        ),
        (
            "layout and letters",
            ["body_unicode", "body_whitespace"],
            Judged::signed("paddle", PYTHON).body(JS),
        ),
        (
            "URL and newline",
            ["body_newline_lost", "url_scheme"],
            Judged::signed("square", &format!("{JS}\n"))
                .body(JS)
                .url("http://example.com/in?b=2&a=1"),
        ),
        (
            "newline and age",
            ["body_newline_lost", "timestamp_old"],
            Judged::signed("stripe", &format!("{JS}\n"))
                .body(JS)
                .now(NOW + 5_000),
        ),
        (
            "names and newline",
            ["body_newline_lost", "header_renamed"],
            Judged::signed("stripe", &format!("{JS}\n"))
                .body(JS)
                .names(|name| format!("HTTP_{}", name.replace('-', "_"))),
        ),
        (
            "encoding and secret",
            ["secret_quoted", "signature_encoding"],
            Judged::of("shopify")
                .signature(as_hex)
                .secret(format!("\"{}\"", SECRETS[0])),
        ),
    ] {
        let diagnosis = judged.diagnosis();
        let mut found: Vec<&str> = certain(&diagnosis).map(|cause| cause.code).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{title}\n{diagnosis}");
    }
}

/// Every mistake of the table, for the tests of what a report may say.
pub(super) fn reports() -> Vec<(&'static str, Judged)> {
    all()
        .into_iter()
        .map(|(title, _, judged)| (title, judged))
        .collect()
}

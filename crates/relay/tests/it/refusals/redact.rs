//! No secret is written down, wherever it stands.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use hookgate_relay::refusals::redact::{EXCERPT, Redactor, clip};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn headers(pairs: &[(&str, &str)], signs: bool) -> Vec<(String, String)> {
    let owned: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Redactor::new(&[SECRET], signs).headers(&owned)
}

fn body(text: &str) -> String {
    Redactor::new(&[SECRET], true).body(text.as_bytes())
}

#[test]
fn a_header_that_is_a_credential_is_not_shown() {
    for name in [
        "Authorization",
        "proxy-authorization",
        "cookie",
        "X-Gitlab-Token",
        "x-telegram-bot-api-secret-token",
        "x-api-key",
    ] {
        let shown = headers(&[(name, "abcdef")], true);
        assert_eq!(shown, [(name.to_ascii_lowercase(), "[redacted]".into())]);
    }
}

#[test]
fn a_signature_is_shown_by_how_it_begins() {
    let value = format!("t=1700000000,v1={}", "ab".repeat(32));
    let shown = headers(&[("Stripe-Signature", &value)], true);
    assert_eq!(shown[0].1, "t=1700000000,v1=…");
    let shown = headers(&[("x-shopify-hmac-sha256", &"Q".repeat(44))], true);
    assert_eq!(shown[0].1, format!("{}…", "Q".repeat(16)));
}

#[test]
fn where_requests_carry_the_secret_only_harmless_headers_are_shown() {
    let pairs = [
        ("content-type", "application/json"),
        ("x-my-own", "a-wrong-one"),
    ];
    let shown = headers(&pairs, false);
    assert_eq!(shown[0].1, "application/json");
    assert_eq!(shown[1].1, "[redacted]");
    assert_eq!(headers(&pairs, true)[1].1, "a-wrong-one");
}

#[test]
fn the_sources_secret_is_struck_out_of_headers_body_and_words() {
    let shown = headers(&[("x-note", &format!("it is {SECRET}!"))], true);
    assert_eq!(shown[0].1, "it is [redacted]!");
    assert_eq!(
        body(&format!("<{SECRET}>{SECRET}")),
        "<[redacted]>[redacted]"
    );
    let words = Redactor::new(&[SECRET], true).words(&format!("tried {SECRET}"), 100);
    assert_eq!(words, "tried [redacted]");
}

#[test]
fn a_secret_across_the_end_of_the_excerpt_is_struck_out() {
    for before in EXCERPT - SECRET.len()..=EXCERPT {
        let shown = body(&format!(
            "{}{SECRET}{}",
            " ".repeat(before),
            "x".repeat(100)
        ));
        assert!(!shown.contains("whsec"), "{before}");
    }
}

#[test]
fn a_secret_inside_another_does_not_give_the_rest_of_it_away() {
    let long = format!("{SECRET}-and-more");
    let shown = Redactor::new(&[SECRET, &long], true).body(long.as_bytes());
    assert_eq!(shown, "[redacted]");
}

#[test]
fn a_credential_in_the_body_is_struck_out_by_its_name() {
    for (text, shown) in [
        (
            r#"{"token":"abc","type":"x"}"#,
            r#"{"token":"[redacted]","type":"x"}"#,
        ),
        (
            r#"{"verificationToken" : "a\"b" }"#,
            r#"{"verificationToken" : "[redacted]" }"#,
        ),
        (
            r#"{"password":1234,"a":1}"#,
            r#"{"password":[redacted],"a":1}"#,
        ),
        (
            r#"{"client_secret":"é\é","b":2}"#,
            r#"{"client_secret":"[redacted]","b":2}"#,
        ),
        (
            r#"{"signature":{"token":"t","signature":"s"}}"#,
            r#"{"signature":[redacted]}"#,
        ),
        (
            r#"{"secrets":["a","b]",{"c":"d"}],"e":1}"#,
            r#"{"secrets":[redacted],"e":1}"#,
        ),
        (r#"{"token":["a"#, r#"{"token":[redacted]"#),
        ("a=1&token=abc&b=2", "a=1&token=[redacted]&b=2"),
        ("access_token=abc", "access_token=[redacted]"),
        (r#"{"token":"unfinished"#, r#"{"token":"[redacted]"#),
        (r#"{"token":"#, r#"{"token":"#),
        (r#"{"tokens are":"fine"}"#, r#"{"tokens are":"fine"}"#),
        ("the token is a word", "the token is a word"),
    ] {
        assert_eq!(body(text), shown, "{text}");
    }
}

#[test]
fn a_credential_in_a_form_of_several_parts_is_struck_out_by_its_name() {
    for end in ["\r\n", "\n"] {
        let part = |head: &str, value: &str| {
            format!("--xYz{end}Content-Disposition: form-data; {head}{end}{end}{value}{end}")
        };
        let key = format!("-----BEGIN KEY-----{end}MIIB{end}-----END KEY-----");
        let write = |token: &str, key: &str| {
            let parts = [
                part("name=\"subject\"", "hello"),
                part("name=\"token\"", token),
                part("name=\"user[secret]\"", key),
                part("name=Signature", token),
                part("name=\"text\"", "the end"),
            ];
            format!("{}--xYz--{end}", parts.concat())
        };
        let shown = body(&write("hunter2", &key));
        assert_eq!(shown, write("[redacted]", "[redacted]"));
    }
    // The excerpt may end before its part does.
    let open = "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n";
    assert_eq!(body(&format!("{open}hunt")), format!("{open}[redacted]"));
    assert_eq!(body(open), open);
}

#[test]
fn the_sources_secret_is_struck_out_in_every_usual_writing() {
    let bare = &SECRET[6..];
    let raw = BASE64_STANDARD.decode(bare).unwrap();
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    for form in [
        bare.to_owned(),
        hex(SECRET.as_bytes()),
        hex(bare.as_bytes()).to_uppercase(),
        hex(&raw),
        BASE64_STANDARD_NO_PAD.encode(SECRET),
        BASE64_URL_SAFE_NO_PAD.encode(bare),
        BASE64_URL_SAFE_NO_PAD.encode(&raw),
    ] {
        assert_eq!(body(&format!("<{form}>")), "<[redacted]>", "{form}");
    }
    let redactor = Redactor::new(&["p/ss+w?rd>>"], true);
    for form in [
        "p%2Fss%2Bw%3Frd%3E%3E",
        "p%2fss%2bw%3frd%3e%3e",
        "cC9zcyt3P3JkPj4",
    ] {
        assert_eq!(redactor.words(form, 100), "[redacted]", "{form}");
    }
}

#[test]
fn the_excerpt_is_bounded_and_is_text_whatever_the_bytes() {
    let redactor = Redactor::new(&[SECRET], true);
    let shown = redactor.body(&vec![0xff; 100_000]);
    assert!(shown.len() <= EXCERPT + "…".len());
    assert_eq!(redactor.body(b"\xff{}"), "\u{fffd}{}");
    assert_eq!(clip("äöü", 3), "ä…");
}

#[test]
fn no_text_makes_it_panic() {
    // Every text of up to five of these pieces.
    let pieces = ["\"", "token", "=", ":", "\\", "é", "&", " "];
    for mut number in 0..8_usize.pow(5) {
        let mut text = String::new();
        while number > 0 {
            text.push_str(pieces[number % 8]);
            number /= 8;
        }
        body(&text);
    }
}

//! The likeliest mistakes once more, with a body of 64 KB: the first trials have to find them.

use super::*;
use crate::test;

const SIZE: usize = 64 * 1_024;

fn spaced() -> String {
    let item = |number: usize| {
        format!(r#"{{"id": {number}, "url": "https://a.example/x", "note": "ok"}}"#)
    };
    let items: Vec<String> = (0..1_300).map(item).collect();
    format!("[{}]", items.join(", "))
}

/// The same without spaces.
fn compact() -> String {
    spaced().replace(": ", ":").replace(", ", ",")
}

/// The same, as `JSON.stringify(…, null, 2)` writes it.
fn pretty() -> String {
    let lines = spaced()
        .replace("[{", "[\n  {\n    ")
        .replace("}, {", "\n  },\n  {\n    ")
        .replace("}]", "\n  }\n]");
    lines.replace(", \"", ",\n    \"")
}

fn form_of_fields() -> String {
    let field =
        |number: usize| format!("field{}=caf%C3%A9+{}", 997 * number % 1_000, "x".repeat(60));
    let fields: Vec<String> = (0..900).map(field).collect();
    fields.join("&")
}

fn larger() -> Vec<Mistake> {
    let quoted = format!("\"{}\"", SECRETS[0]);
    let json = |name: &str| Judged::signed(name, &compact());
    let form = |name: &str| Judged::signed(name, &form_of_fields());
    vec![
        (
            "github: newline trimmed",
            "body_newline_lost",
            Judged::signed("github", &format!("{}\n", compact())).body(compact()),
        ),
        (
            "stripe: newline added",
            "body_newline_added",
            json("stripe").body(format!("{}\n", compact())),
        ),
        (
            "stripe: JSON.stringify of a pretty body",
            "body_whitespace",
            Judged::signed("stripe", &pretty()).body(compact()),
        ),
        (
            "typeform: JSON.stringify of a spaced body",
            "body_whitespace",
            Judged::signed("typeform", &spaced()).body(compact()),
        ),
        (
            "standard: json.dumps",
            "body_whitespace",
            json("standard").body(spaced()),
        ),
        (
            "svix: pretty-printed",
            "body_whitespace",
            json("svix").body(pretty()),
        ),
        (
            "slack: stringified twice",
            "body_json_string",
            json("slack").body(serde_json::to_string(&compact()).expect("text")),
        ),
        (
            "box: base64 of API Gateway",
            "body_base64",
            json("box").body(STANDARD.encode(compact())),
        ),
        (
            "github: quoted",
            "secret_quoted",
            json("github").secret(&quoted),
        ),
        (
            "svix: a line break",
            "secret_whitespace",
            json("svix").secret(format!("{}\n", SECRETS[0])),
        ),
        (
            "stripe: without whsec_",
            "secret_prefix_missing",
            json("stripe").secret(&SECRETS[0][6..]),
        ),
        (
            "slack: in base64",
            "secret_base64",
            json("slack").secret(STANDARD.encode(SECRETS[0])),
        ),
        (
            "paddle: names of CGI",
            "header_renamed",
            json("paddle").names(|name| format!("HTTP_{}", name.replace('-', "_"))),
        ),
        (
            "shopify: in hex",
            "signature_encoding",
            json("shopify").signature(as_hex),
        ),
        ("slack: old", "timestamp_old", json("slack").now(NOW + 301)),
        (
            "square: http",
            "url_scheme",
            json("square").url("http://example.com/in?b=2&a=1"),
        ),
        (
            "square: behind a proxy",
            "url_proxy",
            json("square")
                .url("http://10.0.0.7:3000/in?b=2&a=1")
                .add("X-Forwarded-Host", "example.com")
                .add("X-Forwarded-Proto", "https"),
        ),
        (
            "twilio: http",
            "url_scheme",
            form("twilio").url("http://example.com/in?b=2&a=1"),
        ),
        (
            "twilio: quoted",
            "secret_quoted",
            form("twilio").secret(&quoted),
        ),
        (
            "plivo-v1: http",
            "url_scheme",
            form("plivo-v1").url("http://example.com/in?b=2&a=1"),
        ),
        (
            "plivo: http",
            "url_scheme",
            form("plivo").url("http://example.com/in?b=2&a=1"),
        ),
    ]
}

#[test]
fn the_likeliest_mistakes_are_told_with_a_body_of_64_kilobytes() {
    for (title, expected, judged) in larger() {
        let length = judged.sample.body.len();
        assert!((SIZE..2 * SIZE).contains(&length), "{title}: {length}");
        let diagnosis = judged.diagnosis();
        let first = certain(&diagnosis).next().map(|cause| cause.code);
        assert_eq!(first, Some(expected), "{title}\n{diagnosis}");
    }
}

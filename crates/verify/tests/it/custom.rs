//! Rows with other options, and schemes that are described in JSON.

mod refused;

use hookgate::{Confidence, Scheme, SchemeOptions, SetupError};

use crate::samples::{BODY, NOW, by_name};
use crate::test;

pub(crate) const ACME: &str = r#"{
    "name": "acme",
    "algorithm": { "hmac": "sha512" },
    "signature": { "header": "X-Acme-Signature" },
    "grammar": { "prefixed": { "prefix": "v1=" } },
    "encoding": "base64",
    "message": ["timestamp", { "literal": "." }, "body"],
    "timestamp": { "place": { "header": "X-Acme-Time" }, "unit": "seconds", "tolerance": 60 },
    "id": [{ "pointer": "/id" }],
    "event_type": [{ "joined": [{ "pointer": "/type" }, { "header": "X-Acme-Kind" }] }]
}"#;

#[test]
fn a_scheme_in_json_signs_and_verifies_like_a_row() {
    let scheme = Scheme::from_json(ACME).expect("a scheme");
    assert_eq!(
        (scheme.name(), scheme.confidence()),
        ("acme", Confidence::C)
    );
    assert!(scheme.signs_timestamp() && scheme.signs_id());
    let verifier = hookgate::Verifier::new(&scheme, &["a-secret"]).expect("a secret");
    let sent = verifier
        .sign(&hookgate::Outgoing {
            id: "1",
            timestamp: NOW,
            event_type: None,
            body: BODY.as_bytes(),
        })
        .expect("sound");
    let headers: Vec<(&str, &[u8])> = sent
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .chain([("x-acme-kind", &b"k"[..])])
        .collect();
    let request = hookgate::Request {
        method: "POST",
        url: "https://example.com/",
        headers: &headers,
        body: BODY.as_bytes(),
    };
    let event = verifier.verify(&request, NOW + 60).expect("sound");
    assert_eq!(event.event_type.as_deref(), Some("ticket.created:k"));
    assert!(event.replay_protected && event.id_signed);
    assert_eq!(event.signature.len(), 64);
    let late = verifier.verify(&request, NOW + 61);
    assert_eq!(late.map_err(|error| error.code()), Err("timestamp_too_old"));
}

#[test]
fn json_that_describes_no_scheme_is_refused() {
    let changed = |from: &str, to: &str| {
        let json = ACME.replace(from, to);
        assert_ne!(json, ACME, "{from}");
        json
    };
    for json in [
        String::new(),
        "{}".into(),
        "[]".into(),
        "[".repeat(10_000),
        changed("\"name\"", "\"nome\""),
        changed("\"acme\"", "\"\""),
        changed("\"encoding\"", "\"extra\": 1, \"encoding\""),
        changed("\"prefix\":", "\"extra\": 1, \"prefix\":"),
        changed("\"hmac\"", "\"none\""),
        changed("\"sha512\"", "\"crc32\""),
        changed("\"base64\"", "\"rot13\""),
        changed("[\"timestamp\", { \"literal\": \".\" }, \"body\"]", "[]"),
        changed("\"body\"", "\"body\", \"secret\""),
        changed("\"body\"", "\"body\", \"id\""),
        changed("\"X-Acme-Signature\"", "\"X Acme\""),
        changed("\"X-Acme-Signature\"", "\"\""),
        changed("\"X-Acme-Signature\"", "\"é\""),
        changed("60", "-1"),
        changed("60", "4294967296"),
        changed("{ \"hmac\": \"sha512\" }", "{ \"plain\": \"sha256\" }"),
        changed("{ \"hmac\": \"sha512\" }", "{ \"jwt\": [\"sha256\"] }"),
        changed(
            "{ \"header\": \"X-Acme-Signature\" }",
            "{ \"pointer\": \"/signature\" }",
        ),
        changed(
            r#"{ "prefixed": { "prefix": "v1=" } }"#,
            r#"{ "fields": { "separator": "", "signature": "v1", "repeats": false } }"#,
        ),
        changed("\"timestamp\": {", "\"claims\": null, \"time\": {"),
    ] {
        let error = Scheme::from_json(&json).expect_err(&json);
        assert_eq!(error.code(), "invalid_scheme", "{json}");
    }
    let pointers = format!("[{}]", vec![r#"{"pointer":"/a"}"#; 33].join(","));
    let error = Scheme::from_json(&changed(r#"[{ "pointer": "/id" }]"#, &pointers));
    assert!(error.is_err());
}

#[cfg(feature = "ed25519")]
#[test]
fn a_secret_form_beside_public_keys_is_refused_rather_than_ignored() {
    let json = |secret: &str| {
        ACME.replace(
            r#"{ "hmac": "sha512" }"#,
            &[r#"{ "public-key": "ed25519-hex" }"#, secret].concat(),
        )
    };
    assert!(Scheme::from_json(&json("")).is_ok());
    for form in [
        r#"{ "raw": { "minimum": 8 } }"#,
        r#"{ "hex": { "minimum": 32 } }"#,
    ] {
        let json = json(&format!(r#", "secret": {form}"#));
        let error = Scheme::from_json(&json).expect_err(&json);
        assert_eq!(error.code(), "invalid_scheme");
        assert!(error.to_string().contains("`secret`"), "{error}");
    }
    // A form that does no harm: the algorithm takes it.
    assert!(
        Scheme::from_json(&ACME.replace(
            "\"encoding\"",
            r#""secret": { "raw": { "minimum": 8 } }, "encoding""#
        ))
        .is_ok()
    );
}

#[test]
fn every_grammar_and_place_can_be_described() {
    for json in every_grammar_and_place() {
        let scheme = Scheme::from_json(&json).unwrap_or_else(|error| panic!("{json}: {error}"));
        let short = hookgate::Verifier::new(&scheme, &["00"]).expect_err("too short");
        assert_eq!(short.code(), "short_secret");
    }
}

/// Schemes in JSON that have all of them between them.
pub(crate) fn every_grammar_and_place() -> Vec<String> {
    let mut schemes = Vec::new();
    for (grammar, signature) in [
        (
            r#"{"fields":{"lead":"x","separator":"; ","signature":"v1","repeats":true}}"#,
            r#"{"header":"X"}"#,
        ),
        (
            r#"{"fields":{"separator":",","signature":"v1","repeats":false,"listed":{"field":"h","unlisted_signature":"v0"}}}"#,
            r#"{"header":"X"}"#,
        ),
        (
            r#"{"space-list":{"version":"v1"}}"#,
            r#"{"headers":["X","Y"]}"#,
        ),
        (r#""comma-list""#, r#"{"numbered":"X-"}"#),
        (
            r#"{"authorization":{"scheme":"HMAC"}}"#,
            r#"{"header":"Authorization"}"#,
        ),
        (r#"{"prefixed":{"prefix":""}}"#, r#"{"parameter":"sig"}"#),
    ] {
        for part in [
            r#""method","body-sha256",{"url":"any-port"},{"header":"Y"},{"pointer":"/a"}"#,
            r#"{"form":{"distinct":true,"digest":"d"}},{"url":"reserved-decoded"},"listed-headers""#,
            r#""sorted-query","query-and-form","parameters",{"url":"without-query"}"#,
        ] {
            schemes.push(format!(
                r#"{{"name":"x","algorithm":{{"hmac":"sha1"}},"secret":{{"hex":{{"minimum":8}}}},"signature":{signature},"grammar":{grammar},"encoding":"upper-hex","message":[{part}]}}"#
            ));
        }
    }
    schemes
}

#[test]
fn an_option_that_a_scheme_does_not_leave_open_is_refused() {
    let refused = |name: &str, options: SchemeOptions<'_>| {
        let error = by_name(name).with_options(&options).expect_err(name);
        let SetupError::UnknownOption { option } = error else {
            panic!("{name}: {error}");
        };
        option
    };
    let none = SchemeOptions::default();
    for (name, options, option) in [
        (
            "stripe",
            SchemeOptions {
                header: Some("X"),
                ..none
            },
            "header",
        ),
        (
            "github",
            SchemeOptions {
                algorithm: Some("md5"),
                ..none
            },
            "algorithm",
        ),
        (
            "token",
            SchemeOptions {
                algorithm: Some("md5"),
                ..none
            },
            "algorithm",
        ),
        (
            "vonage",
            SchemeOptions {
                algorithm: Some("HS512"),
                ..none
            },
            "algorithm",
        ),
        (
            "token",
            SchemeOptions {
                encoding: Some("hex"),
                ..none
            },
            "encoding",
        ),
        (
            "basic",
            SchemeOptions {
                prefix: Some("x"),
                ..none
            },
            "prefix",
        ),
        (
            "hmac",
            SchemeOptions {
                user: Some("x"),
                ..none
            },
            "user",
        ),
    ] {
        assert_eq!(refused(name, options), option, "{name}");
    }
    for name in ["stripe", "hmac", "token"] {
        let scheme = by_name(name);
        assert_eq!(scheme.with_options(&none).as_ref(), Ok(scheme));
    }
}

#[test]
fn an_option_with_a_value_that_it_cannot_have_is_refused() {
    let none = SchemeOptions::default();
    for (name, options) in [
        (
            "hmac",
            SchemeOptions {
                header: Some(""),
                ..none
            },
        ),
        (
            "hmac",
            SchemeOptions {
                header: Some("a b"),
                ..none
            },
        ),
        (
            "hmac",
            SchemeOptions {
                header: Some("a:"),
                ..none
            },
        ),
        (
            "hmac",
            SchemeOptions {
                algorithm: Some("none"),
                ..none
            },
        ),
        (
            "hmac",
            SchemeOptions {
                algorithm: Some("SHA256"),
                ..none
            },
        ),
        (
            "hmac",
            SchemeOptions {
                algorithm: Some("md5hash"),
                ..none
            },
        ),
        (
            "hmac",
            SchemeOptions {
                encoding: Some("base64url"),
                ..none
            },
        ),
        (
            "hmac",
            SchemeOptions {
                prefix: Some("é"),
                ..none
            },
        ),
        (
            "messagebird",
            SchemeOptions {
                algorithm: Some("none"),
                ..none
            },
        ),
        (
            "messagebird",
            SchemeOptions {
                algorithm: Some("md5"),
                ..none
            },
        ),
        (
            "basic",
            SchemeOptions {
                user: Some("a:b"),
                ..none
            },
        ),
        (
            "basic",
            SchemeOptions {
                user: Some("a\n"),
                ..none
            },
        ),
    ] {
        let error = by_name(name).with_options(&options).expect_err(name);
        assert_eq!(error.code(), "invalid_option", "{error}");
    }
}

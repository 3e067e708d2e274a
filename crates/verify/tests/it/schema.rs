//! The published JSON Schema of custom schemes, and the examples of `docs/custom-schemes.md`.
//!
//! In a package there are no documents of the project: then there is nothing to judge.

#![cfg(not(target_family = "wasm"))]
#![cfg(all(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]

use std::collections::BTreeMap;

use hookgate::{Request, Scheme, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{custom, test};

fn document(name: &str) -> Option<String> {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/");
    std::fs::read_to_string(format!("{docs}{name}")).ok()
}

/// Says whether the published schema has anything against a document, and what.
fn judge() -> Option<impl Fn(&str) -> Result<(), String>> {
    let schema = serde_json::from_str(&document("scheme.schema.json")?).expect("JSON");
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler
        .add_resource("schema.json", schema)
        .expect("a new name");
    let index = compiler
        .compile("schema.json", &mut schemas)
        .expect("a JSON Schema");
    Some(move |text: &str| {
        let document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let verdict = schemas.validate(&document, index);
        verdict.map_err(|error| error.to_string())
    })
}

#[test]
fn schemes_that_can_be_read_satisfy_the_schema() {
    let Some(judge) = judge() else { return };
    let rich = custom::every_grammar_and_place();
    let examples = examples().into_iter().flatten();
    let examples = examples.map(|example| example.scheme.to_string());
    for scheme in [custom::ACME.to_owned()]
        .into_iter()
        .chain(rich)
        .chain(examples)
    {
        Scheme::from_json(&scheme).expect("a scheme");
        judge(&scheme).unwrap_or_else(|error| panic!("{scheme}: {error}"));
    }
}

#[test]
fn what_the_types_refuse_the_schema_refuses() {
    let Some(judge) = judge() else { return };
    for (pointer, wrong) in [
        ("/nome", json!("acme")),
        ("/name", json!(7)),
        ("/algorithm", json!({ "none": "sha512" })),
        ("/algorithm", json!("hmac")),
        ("/algorithm/hmac", json!("crc32")),
        ("/algorithm/public-key", json!("rsa")),
        ("/secret", json!({ "raw": {} })),
        ("/secret", json!({ "hex": { "minimum": -1 } })),
        ("/secret", json!({ "hex": { "minimum": 8, "maximum": 9 } })),
        ("/signature", json!({ "cookie": "x" })),
        ("/grammar/prefixed/suffix", json!("x")),
        ("/grammar", json!({ "fields": { "separator": "," } })),
        ("/grammar", json!("space-list")),
        ("/encoding", json!("rot13")),
        ("/message", json!("body")),
        ("/message/0", json!("everything")),
        ("/timestamp/tolerance", json!(-1)),
        ("/timestamp/unit", json!("days")),
        ("/timestamp/zone", json!("UTC")),
        ("/id/0", json!({ "joined": ["x"] })),
        ("/expects", json!([{ "header": "x" }])),
        (
            "/claims",
            json!({ "issuer": "x", "body_digest": "y", "audience": "z" }),
        ),
        ("/batches", json!([{ "event": "/a/*" }])),
        ("/choices", json!(["everything"])),
    ] {
        let mut scheme: Value = serde_json::from_str(custom::ACME).expect("JSON");
        let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
        match scheme.pointer_mut(parent).expect("a place") {
            Value::Array(array) => array[0] = wrong,
            parent => parent[last] = wrong,
        }
        let scheme = scheme.to_string();
        assert!(Scheme::from_json(&scheme).is_err(), "{scheme}");
        assert!(judge(&scheme).is_err(), "{scheme}");
    }
    for missing in ["name", "algorithm", "signature", "encoding"] {
        let mut scheme: Value = serde_json::from_str(custom::ACME).expect("JSON");
        scheme.as_object_mut().expect("an object").remove(missing);
        let scheme = scheme.to_string();
        assert!(Scheme::from_json(&scheme).is_err(), "{missing}");
        assert!(judge(&scheme).is_err(), "{missing}");
    }
}

/// What the page shows in three blocks.
struct Example {
    scheme: Value,
    request: Sent,
    event: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    secret: String,
    now: u64,
    url: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Expected {
    id: Option<String>,
    event_type: Option<String>,
    timestamp: Option<u64>,
    replay_protected: bool,
    id_signed: bool,
}

fn examples() -> Option<Vec<Example>> {
    let page = document("custom-schemes.md")?;
    let blocks = page.split("\n```json\n").skip(1);
    let blocks: Vec<Value> = blocks
        .map(|block| block.split("\n```").next().expect("a block"))
        .map(|json| serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}")))
        .collect();
    let (examples, rest) = blocks.as_chunks::<3>();
    assert!(examples.len() >= 2 && rest.is_empty(), "{}", blocks.len());
    let example = |[scheme, request, event]: &[Value; 3]| Example {
        scheme: scheme.clone(),
        request: Sent::deserialize(request).expect("a request"),
        event: Expected::deserialize(event).expect("an event"),
    };
    Some(examples.iter().map(example).collect())
}

#[test]
fn every_example_of_the_page_verifies_and_fails_once_it_is_changed() {
    for Example {
        scheme,
        request,
        event,
    } in examples().into_iter().flatten()
    {
        let scheme = Scheme::from_json(&scheme.to_string()).expect("a scheme");
        let verifier = Verifier::new(&scheme, &[&request.secret]).expect("a secret");
        let headers = request.headers.iter();
        let headers: Vec<(&str, &[u8])> = headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let judge = |body: &str, now| {
            let request = Request {
                method: "POST",
                url: &request.url,
                headers: &headers,
                body: body.as_bytes(),
            };
            verifier.verify(&request, now)
        };
        let verdict = judge(&request.body, request.now)
            .unwrap_or_else(|error| panic!("{}: {error}", scheme.name()));
        let found = Expected {
            id: verdict.id,
            event_type: verdict.event_type,
            timestamp: verdict.timestamp,
            replay_protected: verdict.replay_protected,
            id_signed: verdict.id_signed,
        };
        assert_eq!(found, event, "{}", scheme.name());
        let refused = |body: &str, now| judge(body, now).expect_err("refused").code();
        let other = refused(&(request.body.clone() + " "), request.now);
        let cause = if scheme.name() == "cirrus" {
            "digest_mismatch"
        } else {
            "signature_mismatch"
        };
        assert_eq!(other, cause, "{}", scheme.name());
        let late = request.now + u64::from(scheme.tolerance().expect("a tolerance"));
        assert_eq!(refused(&request.body, late), "timestamp_too_old");
    }
}

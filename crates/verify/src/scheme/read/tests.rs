//! The reader beside serde's, for the same types: both take the same descriptions, and read the
//! same in them. The descriptions are made from the schema, so that they have every field and every
//! variant there is.
//!
//! serde takes more in three cases, in which the reader holds to the schema: an array of its fields
//! for an object, `{"body": null}` for `"body"`, and a text that is not the pointer or name that its
//! field asks for.

extern crate std;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::Scheme;
use crate::scheme::schema::schema;

const ACME: &str = r#"{"name":"acme","algorithm":{"hmac":"sha512"},"signature":{"header":"X"},"encoding":"hex","message":["id",{"url":"exact"}],"timestamp":{"place":{"header":"T"},"unit":"seconds","tolerance":60}}"#;

/// Values of every type, of which none fits everywhere, and what is no value.
const WRONG: [&str; 27] = [
    "null",
    "true",
    "false",
    "8",
    "-1",
    "-0",
    "07",
    "1.0",
    "1e2",
    "65536",
    "4294967296",
    "18446744073709551616",
    r#""x""#,
    r#""/x""#,
    r#""/~2""#,
    r#""x y""#,
    r#""x~""#,
    r#""\u0078\n""#,
    r#""\ud800""#,
    "{}",
    r#"{"x":1}"#,
    r#"{"header":"x"}"#,
    "[]",
    "[[]]",
    r#"["x"]"#,
    "nul",
    "",
];

/// Whether it was read.
#[track_caller]
fn compare(json: &str) -> bool {
    let own = super::scheme(json);
    let known = serde_json::from_str::<Scheme>(json).ok();
    let known = known.filter(|_| serde_json::from_str(json).is_ok_and(|value| fits("", &value)));
    match (own, known.ok_or("refused")) {
        (Ok(own), Ok(known)) => assert_eq!(own, known, "{json}"),
        (Err(_), Err(_)) => return false,
        (own, known) => panic!("{json}: {own:?}, but serde {known:?}"),
    }
    true
}

/// Whether every text below a field is what its name asks for.
fn fits(field: &str, value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| fits(field, item)),
        Value::Object(fields) => fields.iter().all(|(name, value)| fits(name, value)),
        Value::String(text) => match field {
            "pointer" | "events" => {
                let plain = text.replace("~0", "").replace("~1", "");
                text.starts_with('/') && !plain.contains('~')
            }
            "header" | "headers" | "numbered" | "text-header" | "families" | "sent_id"
            | "sent_event_type" => {
                let foreign =
                    |char: char| !(char.is_ascii_graphic()) || "\"(),/:;<=>?@[\\]{}".contains(char);
                (1..=256).contains(&text.len()) && !text.contains(foreign)
            }
            "claim" | "url_digest" | "body_digest" => !text.contains(['/', '~']),
            _ => true,
        },
        _ => true,
    }
}

#[test]
fn what_the_schema_describes_is_read() {
    let schema = schema();
    let samples = samples(&schema, &schema, &[]);
    let mut text = String::new();
    for sample in &samples {
        let json = sample.to_string();
        assert!(compare(&json), "{json}: {:?}", super::scheme(&json));
        text += &json;
    }
    let mut names = Vec::new();
    collect_names(&schema, &mut names);
    for name in &names {
        assert!(text.contains(&format!("\"{name}\"")), "{name}");
    }
    assert!(
        samples.len() > 50 && names.len() > 100,
        "{} {}",
        samples.len(),
        names.len()
    );
}

#[test]
fn what_is_written_of_schemes_is_read_alike() {
    for (file, before, after) in [
        ("../../docs/custom-schemes.md", "\n```json\n", "\n```"),
        ("tests/it/custom.rs", "r#\"", "\"#"),
    ] {
        let file = [env!("CARGO_MANIFEST_DIR"), "/", file].concat();
        // Absent in a package, which has no documents of the project.
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        let pieces = text.split(before).skip(1);
        let pieces = pieces.filter_map(|piece| piece.split_once(after));
        let read = pieces.filter(|(json, _)| {
            let read = compare(json);
            if let (true, Ok(value)) = (read, serde_json::from_str(json)) {
                compare_changed(&value);
            }
            read
        });
        assert!(read.count() > 0, "{file}");
    }
}

#[test]
fn what_is_changed_is_read_alike() {
    let schema = schema();
    for sample in samples(&schema, &schema, &[]) {
        compare_changed(&sample);
    }
}

#[test]
fn what_is_cut_or_has_more_at_its_end_is_refused() {
    assert!(compare(ACME));
    for (end, _) in ACME.char_indices() {
        assert!(!compare(&ACME[..end]));
        // A comma, a bracket and a letter where they may not be.
        for more in [",", "]", "}", "{", "[", "x", "\""] {
            compare(&[&ACME[..end], more, &ACME[end..]].concat());
        }
    }
    for more in ["x", "{}", ",", "\0", "\u{feff}", "1"] {
        assert!(!compare(&[ACME, more].concat()), "{more:?}");
        assert!(!compare(&[more, ACME].concat()), "{more:?}");
    }
    assert!(compare(&format!(" \t\r\n{ACME}\n ")));
}

#[test]
fn a_description_is_as_deep_as_serde_lets_it_be() {
    let nested = |depth: usize, inside: &str| {
        let (open, close) = (r#"{"joined":["#.repeat(depth), "]}".repeat(depth));
        let id = format!(r#""id":[{open}{inside}{close}],"name""#);
        ACME.replace(r#""name""#, &id)
    };
    for inside in ["", r#"{"header":"x"}"#] {
        let read = (0..80).filter(|depth| compare(&nested(*depth, inside)));
        assert_eq!(read.count(), 63);
    }
    let deep = super::scheme(&nested(10_000, "")).expect_err("too deep");
    assert!(deep.contains("too deep"), "{deep}");
}

#[test]
fn an_object_is_no_array_and_a_word_no_object() {
    let same = |from: &str, to: &str| {
        let json = ACME.replace(from, to);
        assert_ne!(json, ACME);
        assert!(serde_json::from_str::<Scheme>(&json).is_ok(), "{json}");
        super::scheme(&json).expect_err(&json)
    };
    assert_eq!(
        same(r#""hex""#, r#"{"hex":null}"#),
        "`/encoding`: no object is expected around `hex`"
    );
    assert_eq!(
        same(r#""id""#, r#"{"id":null}"#),
        "`/message/0`: no object is expected around `id`"
    );
    assert_eq!(
        same(
            r#"{"place":{"header":"T"},"unit":"seconds","tolerance":60}"#,
            r#"[{"header":"T"},"seconds",60]"#
        ),
        "`/timestamp`: expected: an object"
    );
}

#[test]
fn a_refusal_says_where_and_why() {
    for (from, to, reason) in [
        (
            r#""name""#,
            r#""nome""#,
            "unknown field `nome`; there are `name`, `algorithm`, ",
        ),
        (r#""name":"acme","#, "", "missing field `name`"),
        (r#""name""#, r#""name":"a","name""#, "a second field `name`"),
        (
            "60",
            "60.5",
            "`/timestamp/tolerance`: expected: a whole number from 0 to 4294967295",
        ),
        (
            r#""T""#,
            "7",
            "`/timestamp/place/header`: expected: a string",
        ),
        (
            r#""seconds""#,
            r#""days""#,
            "`/timestamp/unit`: unknown word `days`; there are `seconds`, `milliseconds`, ",
        ),
        (
            r#","unit":"seconds""#,
            "",
            "`/timestamp`: missing field `unit`",
        ),
        (
            r#""unit""#,
            r#""zone":"","unit""#,
            "`/timestamp`: unknown field `zone`; there are `place`, `unit`, `tolerance`",
        ),
        (
            r#""exact""#,
            r#""all""#,
            "`/message/1/url`: unknown word `all`; ",
        ),
        (
            r#"{"url":"exact"}"#,
            r#""url""#,
            "`/message/1`: an object is expected with `url`",
        ),
        (
            r#"{"header":"X"}"#,
            r#"{"header":"X","pointer":"/x"}"#,
            "`/signature`: a second field beside `header`",
        ),
        (r#"{"header":"X"}"#, "{}", "`/signature`: an empty object"),
        (
            r#"{"header":"X"}"#,
            "1",
            "`/signature`: expected: a word or an object",
        ),
        (
            r#"["id","#,
            r#"[7,"#,
            "`/message/0`: expected: a word or an object",
        ),
        (
            r#"{"hmac":"sha512"}"#,
            r#"{"jwt":"sha512"}"#,
            "`/algorithm/jwt`: expected: an array",
        ),
        (
            r#""T""#,
            r#""T:""#,
            "`/timestamp/place/header`: expected: the name of a header",
        ),
        (
            r#""id""#,
            r#"{"pointer":"id"}"#,
            "`/message/0/pointer`: expected: a JSON pointer (RFC 6901)",
        ),
        (r#""acme""#, "'acme'", "malformed JSON at byte "),
        ("}}", "}}}", "malformed JSON at byte "),
    ] {
        let json = ACME.replacen(from, to, 1);
        let said = super::scheme(&json).expect_err(&json);
        assert!(said.starts_with(reason), "{json}: {said}, not {reason}");
    }
}

/// Every place of a description with every wrong value; every field left out, misspelt and doubled.
#[track_caller]
fn compare_changed(value: &Value) {
    const MARK: &str = "\"\u{1}\"";
    let marked = |value: &Value| value.to_string().replace("\\u0001", "\u{1}");
    let mut pointers = Vec::new();
    collect_pointers(value, String::new(), &mut pointers);
    for pointer in &pointers {
        let mut changed = value.clone();
        let place = changed.pointer_mut(pointer).expect("a place");
        let was = core::mem::replace(place, "\u{1}".into());
        let text = marked(&changed);
        for wrong in WRONG {
            let json = text.replace(MARK, wrong);
            if was.is_object() && wrong.starts_with('[') {
                assert!(super::scheme(&json).is_err(), "{json}");
            } else {
                compare(&json);
            }
        }
        let escaped = was.to_string().replace('e', "\\u0065");
        assert!(!was.is_string() || compare(&text.replace(MARK, &escaped)));
        if let Value::String(word) = &was {
            for wrong in [
                [word, "x"].concat(),
                word.to_uppercase(),
                word.replace('-', "_"),
            ] {
                compare(&text.replace(MARK, &Value::from(wrong).to_string()));
            }
        }
        let Value::Object(fields) = was else { continue };
        for (name, field) in &fields {
            let with = |more: &str, kept: bool| {
                let mut others = fields.clone();
                others.remove(name);
                let mut all: Vec<String> = others
                    .iter()
                    .map(|(name, field)| format!("{}:{field}", Value::from(name.as_str())))
                    .collect();
                if kept {
                    all.push(format!("\"{name}\":{field}"));
                }
                if !more.is_empty() {
                    all.push(format!("{}:{field}", Value::from(more)));
                }
                compare(&text.replace(MARK, &format!("{{{}}}", all.join(","))))
            };
            with("", false);
            with(&[name, "x"].concat(), false);
            with(&name.to_uppercase(), false);
            with(&name.replace('-', "_"), false);
            with(&name.replace('_', "-"), false);
            assert!(!with(name, true), "{name} twice");
            assert!(!with("other", true), "{name} and another");
        }
    }
}

fn collect_pointers(value: &Value, here: String, pointers: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_pointers(item, format!("{here}/{index}"), pointers);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect_pointers(field, format!("{here}/{name}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(here);
}

/// Every name that a schema knows: of a field, or of a variant.
fn collect_names(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                names.extend(properties.keys().cloned());
            }
            let words = fields.get("enum").and_then(Value::as_array);
            let words = words.into_iter().flatten().chain(fields.get("const"));
            names.extend(words.filter_map(Value::as_str).map(String::from));
            fields
                .values()
                .for_each(|value| collect_names(value, names));
        }
        _ => {}
    }
}

/// Values that satisfy a schema: each of its alternatives at least once.
fn samples(schema: &Value, root: &Value, inside: &[&str]) -> Vec<Value> {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let deeper = [inside, &[name]].concat();
        let schema = root.pointer(name.trim_start_matches('#'));
        // Places may be joined of places.
        let again = inside.contains(&name);
        return schema
            .filter(|_| !again)
            .map_or(Vec::new(), |schema| samples(schema, root, &deeper));
    }
    for alternatives in ["oneOf", "anyOf"] {
        if let Some(Value::Array(schemas)) = schema.get(alternatives) {
            let each = schemas.iter();
            return each.flat_map(|one| samples(one, root, inside)).collect();
        }
    }
    if let Some(word) = schema.get("const") {
        return vec![word.clone()];
    }
    if let Some(Value::Array(words)) = schema.get("enum") {
        return words.clone();
    }
    let types = match schema.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(one) => vec![one.clone()],
        None => panic!("{schema}"),
    };
    let of = |name: &Value| match name.as_str() {
        Some("object") => objects(schema, root, inside),
        Some("array") => vec![
            samples(&schema["items"], root, inside).into(),
            Value::Array(vec![]),
        ],
        Some("string") => {
            let pattern = schema.get("pattern").and_then(Value::as_str);
            let pointer = pattern.is_some_and(|pattern| pattern.starts_with("^/"));
            vec![if pointer { "/x" } else { "x" }.into()]
        }
        Some("integer") => vec![8.into()],
        Some("boolean") => vec![true.into(), false.into()],
        Some("null") => vec![Value::Null],
        _ => panic!("{name}"),
    };
    types.iter().flat_map(of).collect()
}

/// One with all fields, one with those alone that it must have, and that one with each value of
/// each field.
fn objects(schema: &Value, root: &Value, inside: &[&str]) -> Vec<Value> {
    let properties = schema["properties"].as_object().expect("fields");
    let required = schema.get("required").and_then(Value::as_array);
    let required = |name: &String| required.is_some_and(|all| all.contains(&name.as_str().into()));
    let (mut full, mut least) = (Map::new(), Map::new());
    let mut changes = Vec::new();
    for (name, schema) in properties {
        let mut values = samples(schema, root, inside).into_iter();
        // No value: a list of places, deep inside of places.
        let first = values.next().unwrap_or(Value::Array(vec![]));
        changes.extend(values.map(|value| (name.clone(), value)));
        if required(name) {
            least.insert(name.clone(), first.clone());
        }
        full.insert(name.clone(), first);
    }
    let changed = changes.into_iter().map(|(name, value)| {
        let mut object = least.clone();
        object.insert(name, value);
        object.into()
    });
    let changed: Vec<Value> = changed.collect();
    let least = (least != full).then_some(least);
    let both = [Some(full), least].into_iter().flatten().map(Value::Object);
    both.chain(changed).collect()
}

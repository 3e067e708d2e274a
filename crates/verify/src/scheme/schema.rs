//! Writes `docs/scheme.schema.json`, the JSON Schema of a custom scheme, from the types that read
//! one and from their comments; fails where the two differ. Not for what the types alone do not
//! rule out: that is said by [`Scheme::from_json`] alone.

extern crate std;

use alloc::string::String;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use serde_json::Value;

use super::Scheme;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scheme.schema.json");

#[test]
fn the_published_schema_is_that_of_the_types() {
    // Absent in a package, which has no documents of the project.
    let Ok(published) = std::fs::read_to_string(FILE) else {
        return;
    };
    let schema = schema();
    if std::env::var_os("HOOKGATE_WRITE_DOCS").is_some() {
        let written = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        std::fs::write(FILE, written).expect("a place to write to");
    } else {
        // By value: another crate of the workspace may decide in which order members are kept.
        assert!(
            serde_json::from_str(&published).is_ok_and(|published: Value| published == schema),
            "docs/scheme.schema.json is out of date: run this test with HOOKGATE_WRITE_DOCS=1"
        );
    }
}

/// A field that was mistyped must not be passed over: it may be the one that asks for a timestamp.
#[test]
fn no_object_of_a_scheme_may_hold_a_field_that_is_unknown() {
    fn objects(value: &Value, found: &mut usize) {
        if value.get("properties").is_some_and(Value::is_object) {
            *found += 1;
            assert_eq!(
                value.get("additionalProperties"),
                Some(&Value::Bool(false)),
                "`deny_unknown_fields` is missing: {value}"
            );
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
            Value::Object(items) => items.values().for_each(|item| objects(item, found)),
            _ => {}
        }
    }
    let mut found = 0;
    objects(&schema(), &mut found);
    assert!(found > 30, "{found}");
}

pub(super) fn schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Scheme>();
    RecursiveTransform(plain_words).transform(&mut schema);
    RecursiveTransform(patterns).transform(&mut schema);
    schema.insert("title".into(), "A custom scheme of Hookgate".into());
    schema.to_value()
}

/// Comments link to items of the crate; a reader of the schema has none of them.
fn plain_words(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        let mut words = String::new();
        for (number, piece) in text.split("](").enumerate() {
            let after = piece.split_once(')').map_or("", |(_, rest)| rest);
            words += if number == 0 { piece } else { after };
        }
        *text = words.replace("[`", "`").replace('\n', " ");
    }
}

/// What the name of a field asks of its texts.
fn patterns(schema: &mut Schema) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    for (name, schema) in properties {
        let pattern = match name.as_str() {
            "pointer" | "events" => "^/([^~]|~[01])*$",
            "header" | "headers" | "numbered" | "text-header" | "families" | "sent_id"
            | "sent_event_type" => "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$",
            "claim" | "url_digest" | "body_digest" => "^[^/~]*$",
            _ => continue,
        };
        let texts = match schema.get_mut("items") {
            Some(items) => items,
            None => schema,
        };
        texts["pattern"] = pattern.into();
    }
}

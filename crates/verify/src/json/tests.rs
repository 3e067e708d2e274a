//! The reader beside a general parser: both take the same texts, and read the same in them.

use alloc::format;
use alloc::string::String;

use serde_json::Value;

use super::{Reader, quote, set, unquote};

fn whole(text: &str) -> Option<&str> {
    let mut json = Reader::new(text);
    let value = json.value()?;
    json.end()?;
    Some(value)
}

const WELL_FORMED: [&str; 22] = [
    "0",
    "-0",
    " 12 ",
    "1.5e+07",
    "-1E-2",
    "true",
    "\t\r\n false",
    "null",
    r#""""#,
    r#""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00 é😀""#,
    "[]",
    "[ ]",
    "{}",
    "{ }",
    "[1,[2,[3,{}]],4]",
    r#"{"a":{"b":[{"c":null}]},"a":2}"#,
    r#" { "a" : [ 1 , 2 ] , "b" : "c" } "#,
    "[[[[[[]]]]]]",
    r#"["\u0000"]"#,
    "[1e400]",
    "\"\u{7f}\u{2028}\"",
    "123456789012345678901234567890",
];

const MALFORMED: [&str; 44] = [
    "",
    " ",
    "+1",
    "01",
    "-",
    "-a",
    "1.",
    ".5",
    "1e",
    "1e+",
    "0x1",
    "1_0",
    "NaN",
    "Infinity",
    "tru",
    "truefalse",
    "nul",
    "True",
    "'a'",
    "\"",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\u12\"",
    "\"a\nb\"",
    "\"\u{0}\"",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1}",
    "{",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{1:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1]",
    "1 2",
    "\u{feff}1",
];

#[test]
fn what_is_well_formed_is_read_and_what_is_not_is_refused() {
    for text in WELL_FORMED {
        assert_eq!(whole(text), Some(text.trim()), "{text}");
    }
    for text in MALFORMED {
        assert_eq!(whole(text), None, "{text}");
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
    }
}

/// Every text that comes of cutting, doubling and exchanging single bytes of the ones above.
#[test]
fn a_general_parser_takes_the_same_texts() {
    let alphabet = b"{}[]:,\"\\u0e-+.1 tn\x1f";
    let mut both = [0_usize; 2];
    for text in WELL_FORMED.iter().chain(&MALFORMED) {
        for at in 0..text.len() {
            let exchanged = alphabet.iter().flat_map(|byte| {
                let mut changed = text.as_bytes().to_vec();
                let mut doubled = changed.clone();
                changed[at] = *byte;
                doubled.insert(at, *byte);
                [changed, doubled]
            });
            for bytes in exchanged.chain([text.as_bytes()[..at].to_vec()]) {
                let Ok(text) = String::from_utf8(bytes) else {
                    continue;
                };
                let known = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
                assert_eq!(whole(&text).is_some(), known, "{text}");
                both[usize::from(known)] += 1;
            }
        }
    }
    assert!(both.iter().all(|count| *count > 1000), "{both:?}");
}

#[test]
fn depth_costs_no_stack() {
    let deep = format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert_eq!(whole(&deep), Some(deep.as_str()));
    assert_eq!(whole(&deep[..deep.len() - 1]), None);
}

#[test]
fn a_string_is_read_as_a_general_parser_reads_it() {
    for text in [
        r#""""#,
        r#""plain é😀""#,
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\u0041\u00e9\u20ac\u0000""#,
        r#""\ud83d\ude00\uD83D\uDE00""#,
        r#""\ud83d""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#""\ud83d\u0041""#,
        r#""\ud83d\ud83d""#,
        r#""\ude00""#,
        r#""\udfff\ud800""#,
        r#""\uffff\ue000\ud7ff""#,
    ] {
        let known: Option<String> = serde_json::from_str(text).ok();
        assert_eq!(unquote(text).map(String::from), known, "{text}");
    }
}

#[test]
fn a_text_is_written_as_it_will_be_read() {
    let all: String = (0..0x300).filter_map(char::from_u32).collect();
    for text in [&all, "", "\"\\/", "😀\u{2028}"] {
        let mut json = String::new();
        quote(text, &mut json);
        assert_eq!(
            serde_json::from_str::<String>(&json).ok().as_deref(),
            Some(text)
        );
        assert_eq!(unquote(&json).as_deref(), Some(text));
    }
}

#[test]
fn a_text_is_set_and_every_other_byte_stays() {
    for (body, pointer, expected) in [
        ("{}", "/a", r#"{"a":"x"}"#),
        (" { } ", "/a", r#" { "a":"x"} "#),
        ("{}", "/a/b/c", r#"{"a":{"b":{"c":"x"}}}"#),
        (r#"{"b" : 1.0}"#, "/a", r#"{"b" : 1.0,"a":"x"}"#),
        (r#"{"a":[1, 2],"b":1}"#, "/a", r#"{"a":"x","b":1}"#),
        (r#"{"a":[1],"b":1}"#, "/a/c", r#"{"a":{"c":"x"},"b":1}"#),
        (r#"{"a":{"b":2}}"#, "/a/c", r#"{"a":{"b":2,"c":"x"}}"#),
        (r#"{"a":{"b":2 }}"#, "/a/b", r#"{"a":{"b":"x" }}"#),
        (r#"{"a":{"\u0062":2}}"#, "/a/b", r#"{"a":{"\u0062":"x"}}"#),
    ] {
        assert_eq!(
            set(body, pointer, "x").as_deref(),
            Some(expected),
            "{body} {pointer}"
        );
    }
    let quoted = set("{}", "/\"", "\"\n");
    assert_eq!(quoted.as_deref(), Some(r#"{"\"":"\"\n"}"#));
}

#[test]
fn what_has_no_clear_place_is_refused() {
    for (body, pointer) in [
        ("[]", "/a"),
        ("1", "/a"),
        ("", "/a"),
        ("{", "/a"),
        ("{} x", "/a"),
        (r#"{"a":1,"a":2}"#, "/a"),
        (r#"{"a":1,"\u0061":2}"#, "/a"),
        (r#"{"a":{"b":1,"b":2}}"#, "/a/b"),
    ] {
        assert_eq!(set(body, pointer, "x"), None, "{body} {pointer}");
    }
}

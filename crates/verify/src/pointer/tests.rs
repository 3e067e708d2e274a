//! Pointers that no row of the table uses yet: nested ones, arrays, escapes.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Found, find};

fn at(pointer: &str, body: &str) -> Option<String> {
    let found = find(body.as_bytes(), &[pointer]);
    found.into_iter().next().and_then(Found::text)
}

#[test]
fn a_pointer_leads_through_objects_and_arrays() {
    let body = r#"{"events":[{"id":"a"},{"id":"b","sub":{"n":7}}],"x":[["deep"]]}"#;
    assert_eq!(at("/events/0/id", body).as_deref(), Some("a"));
    assert_eq!(at("/events/1/id", body).as_deref(), Some("b"));
    assert_eq!(at("/events/1/sub/n", body).as_deref(), Some("7"));
    assert_eq!(at("/x/0/0", body).as_deref(), Some("deep"));
    for absent in [
        "/events/2/id",
        "/events/0/sub/n",
        "/events",
        "/events/0",
        "/events/id",
        "/x/0",
        "/x/1",
    ] {
        assert_eq!(at(absent, body), None, "{absent}");
    }
}

#[test]
fn an_array_may_be_the_whole_document() {
    assert_eq!(
        at("/0/id", r#"[{"id":"a"},{"id":"b"}]"#).as_deref(),
        Some("a")
    );
    assert_eq!(at("/1", "[1,2,3]").as_deref(), Some("2"));
    assert_eq!(at("/0", "[]"), None);
}

#[test]
fn an_index_is_written_without_sign_or_leading_zero() {
    for index in ["/00", "/01", "/+1", "/-1", "/-", "/ 1", "/1e0", "/"] {
        assert_eq!(at(index, r#"["a","b"]"#), None, "{index}");
    }
}

#[test]
fn escapes_name_keys_with_a_slash_or_a_tilde() {
    let body = r#"{"a/b":"slash","m~n":"tilde","~1":"literal","":"empty","a":{"b":"nested"}}"#;
    assert_eq!(at("/a~1b", body).as_deref(), Some("slash"));
    assert_eq!(at("/m~0n", body).as_deref(), Some("tilde"));
    assert_eq!(at("/~01", body).as_deref(), Some("literal"));
    assert_eq!(at("/", body).as_deref(), Some("empty"));
    assert_eq!(at("/a/b", body).as_deref(), Some("nested"));
}

#[test]
fn a_pointer_to_the_whole_document_or_without_its_slash_finds_nothing() {
    for pointer in ["", "id", "id/x"] {
        assert_eq!(at(pointer, r#"{"id":"a","":"b"}"#), None, "{pointer}");
        assert_eq!(at(pointer, r#""a""#), None, "{pointer}");
    }
}

#[test]
fn a_key_that_stands_twice_anywhere_on_the_way_finds_nothing() {
    for body in [
        r#"{"a":{"b":"1","b":"1"}}"#,
        r#"{"a":{"b":"1"},"a":{"c":"1"}}"#,
        r#"{"a":{"c":"1"},"a":{"b":"1"}}"#,
        r#"{"a":1,"a":{"b":"1"}}"#,
        r#"{"a":{"b":"1"},"a":1}"#,
    ] {
        assert_eq!(at("/a/b", body), None, "{body}");
    }
    assert_eq!(
        at("/a/b", r#"{"a":{"b":"1","c":{"b":2},"d":1,"d":2}}"#).as_deref(),
        Some("1")
    );
}

#[test]
fn several_pointers_are_read_in_one_pass() {
    let body = br#"{"data":{"object":{"id":"a"},"kind":"k"},"id":"b"}"#;
    let texts = |body: &[u8], pointers: &[&str]| -> Vec<Option<String>> {
        let found = find(body, pointers).into_iter();
        found.map(Found::text).collect()
    };
    let some = |text: &str| Some(String::from(text));
    let found = texts(body, &["/data/object/id", "/data/kind", "/id", ""]);
    assert_eq!(found, [some("a"), some("k"), some("b"), None]);
    let found = texts(body, &["/id", "/id", "/id/x"]);
    assert_eq!(found, [some("b"), some("b"), None]);
    let body = br#"{"a":{"id":"1"},"b":{"id":"2"},"c":{"id":"3"}}"#;
    let found = texts(body, &["/b/id", "/a/id"]);
    assert_eq!(found, [some("2"), some("1")]);
}

#[test]
fn what_is_absent_is_told_from_what_cannot_be_used() {
    let body = br#"{"a":null,"b":true,"c":{},"d":1,"d":2,"e":"x"}"#;
    let found = find(body, &["/a", "/b", "/c", "/d", "/e", "/f"]);
    let expected = [
        Found::Absent,
        Found::Unusable,
        Found::Unusable,
        Found::Unusable,
        Found::Text("x".into()),
        Found::Absent,
    ];
    assert_eq!(found, expected);
}

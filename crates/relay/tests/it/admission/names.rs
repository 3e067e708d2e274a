//! Claims of events that share a body, and of keys that the operator has chosen.

use hookgate_relay::admission::claims::Name;
use hookgate_relay::admission::{Claims, KeyPlace};

use super::verified;

const DIGEST: [u8; 32] = [0xab; 32];

fn named(text: &str, signed: bool, chosen: bool) -> Option<Name<'_>> {
    Some(Name {
        text,
        signed,
        chosen,
    })
}

#[test]
fn an_event_of_several_claims_its_own_id_as_it_would_alone() {
    let event = verified("standard", "evt_1");
    let alone = Claims::of(&event, || DIGEST);
    let third = Claims::named(named("evt_1", true, false), &event, Some(2), || DIGEST);
    assert_eq!(alone.keys, third.keys);
}

#[test]
fn events_of_one_body_share_neither_signature_nor_content_as_a_claim() {
    let mut event = verified("standard", "evt_1");
    event.signature = vec![0x0f];
    let unsigned = |at| {
        let id = format!("evt_{at}");
        Claims::named(named(&id, false, false), &event, Some(at), || DIGEST).keys
    };
    assert_eq!(unsigned(0), ["id:evt_0", "sig:0f:0"]);
    assert_eq!(unsigned(1), ["id:evt_1", "sig:0f:1"]);
    let nameless = |at| Claims::named(None, &event, Some(at), || DIGEST).keys;
    assert_eq!(nameless(7), [format!("sha256:{}:7", "ab".repeat(32))]);
    assert_ne!(nameless(0), nameless(1));
}

#[test]
fn a_chosen_key_is_no_id() {
    let event = verified("standard", "evt_1");
    let key = Claims::named(named("evt_1", true, true), &event, None, || DIGEST);
    assert_eq!(key.keys, ["key:evt_1"]);
}

#[test]
fn a_chosen_key_that_is_not_signed_is_claimed_with_what_is() {
    let mut timed = verified("standard", "evt_1");
    timed.signature = vec![0x0f];
    let claims = Claims::named(named("k", false, true), &timed, None, || DIGEST);
    assert_eq!(claims.keys, ["key:k", "sig:0f"]);
    // Two keys of one signature stand in one place, whatever the key.
    assert_eq!(claims.shard(64), 0);

    let timeless = verified("helpdesk", "evt_1");
    let claims = Claims::named(named("k", false, true), &timeless, None, || DIGEST);
    assert_eq!(claims.keys, [format!("key:k:{}", "ab".repeat(32))]);
}

#[test]
fn what_stands_in_for_a_key_that_was_left_out_meets_the_signature_of_the_first_copy() {
    let event = verified("standard", "evt_1");
    let with_key = Claims::named(named("k", false, true), &event, None, || DIGEST);
    let without = Claims::of(&event, || DIGEST).with_signature(&event, None);
    assert_eq!(with_key.keys[1], without.keys[1]);
    assert_eq!((with_key.shard(64), without.shard(64)), (0, 0));
}

#[test]
fn a_key_is_read_from_one_header_or_from_the_body() {
    let header = KeyPlace::Header("X-Event".into());
    let lines = |values: &[&str]| {
        let line = |value: &&str| ("x-event".to_owned(), (*value).to_owned());
        values.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(header.read(&lines(&["a-1"]), b""), Some("a-1".into()));
    let long = "x".repeat(257);
    for absent in [&[][..], &["a", "b"], &[""], &["a b"], &["é"], &[&long]] {
        assert_eq!(header.read(&lines(absent), b""), None, "{absent:?}");
    }

    let pointer = KeyPlace::Pointer("/data/id".into());
    let read = |body: &str| pointer.read(&[], body.as_bytes());
    assert_eq!(read(r#"{"data":{"id":"a-1"}}"#), Some("a-1".into()));
    assert_eq!(read(r#"{"data":{"id":17}}"#), Some("17".into()));
    for absent in [
        r#"{"data":{}}"#,
        r#"{"data":{"id":["a"]}}"#,
        r#"{"data":{"id":"a","id":"b"}}"#,
        r#"{"data":{"id":"a b"}}"#,
        "no JSON",
    ] {
        assert_eq!(read(absent), None, "{absent}");
    }
}

#[test]
fn a_place_that_is_none_is_not_sound() {
    let header = |name: &str| KeyPlace::Header(name.into()).is_sound();
    let pointer = |text: &str| KeyPlace::Pointer(text.into()).is_sound();
    assert!(header("X-Event-Id") && pointer("/data/id"));
    assert!(!header("") && !header("a b") && !header("é") && !header(&"x".repeat(257)));
    assert!(!pointer("") && !pointer("/") && !pointer("data") && !pointer(&"/x".repeat(129)));
}

#[test]
fn a_key_place_is_written_as_one_of_two_words() {
    let read = |json: &str| serde_json::from_str::<KeyPlace>(json).ok();
    assert_eq!(
        read(r#"{"header":"X-Event"}"#),
        Some(KeyPlace::Header("X-Event".into()))
    );
    assert_eq!(
        read(r#"{"pointer":"/id"}"#),
        Some(KeyPlace::Pointer("/id".into()))
    );
    assert_eq!(read(r#"{"cookie":"x"}"#), None);
}

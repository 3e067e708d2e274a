//! JSON pointers into a body. The first line is the pointer, the rest the body; what is found is
//! what serde_json finds.

#![no_main]

use hookgate_fuzz::{custom, judge_own, pointer};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let Some((pointer, body)) = pointer(data) else {
        return;
    };
    let scheme = custom(json!({
        "id": [{ "pointer": pointer }, { "joined": [{ "pointer": "/id" }, { "key-beside": "/type" }] }],
        "event_type": [{ "pointer": "/type" }],
    }));
    let event = judge_own(&scheme, body);

    // A number of any size is JSON, but none that a `Value` can hold.
    let found: Option<Value> = serde_json::from_slice(body).ok();
    if let (Some(event_type), Some(found)) = (&event.event_type, &found) {
        match found.pointer("/type").expect("the same place") {
            Value::String(text) => assert_eq!(text, event_type),
            Value::Number(_) | Value::Bool(_) => {}
            other => panic!("{other} is no type"),
        }
    }
    if let (Some(id), Some(Value::String(text))) = (
        &event.id,
        found.as_ref().and_then(|found| found.pointer(pointer)),
    ) && (1..=256).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        assert_eq!(id, text);
    }
});

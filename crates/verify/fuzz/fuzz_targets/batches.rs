//! Bodies that hold several events. The first line is the pointer to them, the rest the body.

#![no_main]

use hookgate_fuzz::{custom, judge_own, pointer};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let Some((pointer, body)) = pointer(data) else {
        return;
    };
    let id = json!([{ "pointer": "/id" }, { "key-beside": "/id" }]);
    let batch =
        |events| json!({ "events": events, "id": id, "event_type": [{ "pointer": "/type" }] });
    let scheme =
        custom(json!({ "batches": [batch(pointer), batch("/entry/*/changes/*"), batch("/*")] }));
    let event = judge_own(&scheme, body);
    for event in &event.events {
        // A number of any size is JSON, but none that a `Value` can hold.
        let json: Value = serde_json::from_slice(&body[event.range.clone()]).unwrap_or_default();
        if let (Some(id), Some(Value::String(text))) = (&event.id, json.pointer("/id"))
            && (1..=256).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic())
        {
            assert_eq!(id, text);
        }
    }
});

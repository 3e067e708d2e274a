//! `key=value,key=value`: with either separator, a leading word, and a field that repeats.

#![no_main]

use std::sync::LazyLock;

use hookgate_fuzz::Carrier;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static CARRIERS: LazyLock<[Carrier; 4]> = LazyLock::new(|| {
    [
        json!({ "separator": ",", "signature": "v1", "repeats": true }),
        json!({ "separator": ", ", "signature": "v1", "repeats": false, "lead": "hmac-sha256" }),
        json!({ "separator": ";", "signature": "h1", "repeats": true }),
        json!({ "separator": "; ", "signature": "h1", "repeats": false }),
    ]
    .map(|fields| Carrier::new(json!({ "fields": fields })))
});

fuzz_target!(|data: &[u8]| {
    if let Some((first, rest)) = data.split_first() {
        CARRIERS[usize::from(*first) % 4].judge(rest);
    }
});

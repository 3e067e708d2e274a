//! `version,signature version,signature`.

#![no_main]

use std::sync::LazyLock;

use hookgate_fuzz::Carrier;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static CARRIER: LazyLock<Carrier> = LazyLock::new(|| {
    Carrier::new(json!({ "space-list": { "version": "v1", "public_key_version": "v1a" } }))
});

fuzz_target!(|data: &[u8]| {
    CARRIER.judge(data);
});

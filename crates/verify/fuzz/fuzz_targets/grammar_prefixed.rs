//! `<prefix><signature>`.

#![no_main]

use std::sync::LazyLock;

use hookgate_fuzz::Carrier;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static CARRIER: LazyLock<Carrier> =
    LazyLock::new(|| Carrier::new(json!({ "prefixed": { "prefix": "sha256=" } })));

fuzz_target!(|data: &[u8]| {
    CARRIER.judge(data);
});

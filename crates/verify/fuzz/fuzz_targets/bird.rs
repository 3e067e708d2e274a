//! Bird, and MessageBird before it, sign a digest of the body and the URL or its sorted query.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(&["bird", "messagebird-legacy"], data));

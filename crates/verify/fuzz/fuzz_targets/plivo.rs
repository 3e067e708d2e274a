//! Plivo signs URL, query and form, in three versions.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(&["plivo", "plivo-v2", "plivo-v1"], data));

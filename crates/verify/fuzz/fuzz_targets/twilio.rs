//! Twilio signs the URL in several spellings, and a sorted form or the digest of a body.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(&["twilio"], data));

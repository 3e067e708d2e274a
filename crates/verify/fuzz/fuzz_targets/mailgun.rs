//! Mailgun has signature, timestamp and token inside of the body.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(&["mailgun"], data));

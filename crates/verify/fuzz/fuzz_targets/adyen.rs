//! Adyen signs items inside of the body, one by one.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(&["adyen", "adyen-banking"], data));

//! JSON Web Tokens with digests of body and URL.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(&["messagebird", "vonage"], data));

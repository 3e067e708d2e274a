//! DocuSign numbers its signature headers; Box has two of them.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(&["docusign", "box"], data));

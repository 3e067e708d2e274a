//! Coinbase lists further signed headers beside its signature.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(
    &["coinbase-cdp", "coinbase-commerce"],
    data
));

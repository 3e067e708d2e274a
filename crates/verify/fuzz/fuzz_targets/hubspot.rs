//! HubSpot decodes parts of the URL, in three versions.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(
    &["hubspot", "hubspot-v2", "hubspot-v1"],
    data
));

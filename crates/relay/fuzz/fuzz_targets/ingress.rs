//! The road of a request through the ingress, from its path to its acknowledgement.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_relay_fuzz::receive(data));

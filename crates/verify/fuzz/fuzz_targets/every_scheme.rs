//! Every row of the table: the first line names it, or its first byte selects it.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookgate_fuzz::judge_schemes(&[], data));

//! Message sets of formats 0 and 1.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::legacy_sets(data));

//! Varints, texts, counts and tagged fields.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::primitives(data));

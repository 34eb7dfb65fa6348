//! Bytes that a converter reads, writes and reads again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::converters(data));

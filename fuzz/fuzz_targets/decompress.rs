//! A stream of the codec that the first byte names, under a limit.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::decompress(data));

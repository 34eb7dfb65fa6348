//! A request: the header, then what the key and version in it say.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::request_decode(data));

//! A response: key and version in front, then the frame.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::response_decode(data));

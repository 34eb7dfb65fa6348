//! A REST request up to the question for the herder.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::rest_request(data));

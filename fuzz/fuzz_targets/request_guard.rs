//! What the check passes is safe for the decoder of the embedded broker.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::request_guard(data));

//! Schema texts, answers and framed payloads of a schema registry.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::registry(data));

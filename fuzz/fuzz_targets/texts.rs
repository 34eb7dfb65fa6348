//! Patterns of Java, placeholders and configurations.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::texts(data));

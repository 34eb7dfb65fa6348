//! The blobs of group members.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::consumer_protocol(data));

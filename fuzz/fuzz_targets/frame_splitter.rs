//! Frames do not depend on how the bytes arrive.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::frame_splitter(data));

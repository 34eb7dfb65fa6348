//! A file that the file source cuts into lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::file_lines(data));

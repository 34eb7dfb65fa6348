//! A partition blob of batches: counts, checksums and offsets agree.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::record_batches(data));

//! A file of the standalone worker: source offsets as Java serialises them, properties, a connector.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::offset_file(data));

//! Reading committed: never an aborted or control record, always all others.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kconnect_fuzz::fetch_records_aborts(data));

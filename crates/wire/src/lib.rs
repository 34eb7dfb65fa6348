//! Kafka protocol: frames, messages, record batches, compression. No I/O, no async, no clock.
#![forbid(unsafe_code)]

pub mod compress;
pub mod records;

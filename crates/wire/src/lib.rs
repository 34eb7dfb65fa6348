//! Kafka protocol: frames, messages, record batches, compression. No I/O, no async, no clock.
#![forbid(unsafe_code)]

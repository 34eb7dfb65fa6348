//! Record batches and codecs against judges that are not ours: files and texts made by Kafka, the C library of zstd,
//! the kafka-protocol crate, damaged and hostile bytes, and a counting allocator.

#![allow(clippy::unwrap_used)] // In helpers of tests, too, a failed unwrap is a failed test.

mod allocations;
mod damage;
mod hostile;
mod legacy;
mod model;
mod oracle;
mod recorded;
mod round_trip;

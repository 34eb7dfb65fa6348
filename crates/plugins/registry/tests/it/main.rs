//! Converters over a registry: scripted, to fail in every way, and real.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod avro_jvm;
mod avro_oracle;
mod avro_real;
mod calls;
mod docs;
mod failures;
mod harness;
mod json_schema;
mod jvm;
mod protobuf;
mod python;
mod real;
mod scripted;
mod tls;

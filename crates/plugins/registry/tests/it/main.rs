//! Converters over a registry: scripted, to fail in every way, and real.

mod calls;
mod failures;
mod harness;
mod scripted;

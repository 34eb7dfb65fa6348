//! Producer.
pub mod murmur2;

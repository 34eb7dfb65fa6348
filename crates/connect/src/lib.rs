//! Connect runtime: herders, workers, stores, error handling, plugin registry.
#![forbid(unsafe_code)]

pub mod herder;

//! The data model and settings as a plugin author meets them, against what the JVM classes do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod data;
mod headers;
mod maps;
mod numbers;
mod projector;
mod settings;
mod values;

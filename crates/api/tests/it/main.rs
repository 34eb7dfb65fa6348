//! The data model and settings as a plugin author meets them, against what the JVM classes do.

mod data;
mod headers;
mod maps;
mod numbers;
mod projector;
mod settings;
mod values;

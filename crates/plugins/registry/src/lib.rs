//! Converters whose schemas live in a schema registry: Avro, Protobuf and JSON Schema, under upstream's class names.
//!
//! A [`format::Format`] maps Connect schemas to the text that is registered and back, and writes and reads payloads.
//! It is pure: no I/O, no clock. What all formats share (framing, subjects, the registry client, caches) is done once
//! around it. What is not here: HTTP itself.
#![forbid(unsafe_code)]

mod avro;
mod bounds;
mod class;
mod client;
mod config;
mod converter;
mod format;
mod frame;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod json_schema;
mod protobuf;
mod resolve;
mod subject;
mod words;

use std::sync::Arc;

use kconnect_api::ConverterPlugin;

/// All converters of this crate. Those made of one list share what a registry answered.
#[must_use]
pub fn plugins() -> Vec<Arc<dyn ConverterPlugin>> {
    let registries = Arc::default();
    vec![
        class::plugin::<avro::Avro>(&registries),
        class::plugin::<json_schema::JsonSchema>(&registries),
        class::plugin::<protobuf::Protobuf>(&registries),
    ]
}

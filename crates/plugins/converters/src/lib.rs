//! Converters of Apache Kafka under upstream's class names: one module a class.
//!
//! A converter turns Connect data into the bytes of a key, value or header and back. All of them here serve as header
//! converters too, as upstream's do. What is not here: converters that talk to a schema registry, and the order in
//! which the runtime calls converters.
#![forbid(unsafe_code)]

mod boolean;
mod byte_array;
mod charset;
mod class;
mod json;
mod numbers;
mod simple_header;
mod string;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use std::sync::Arc;

use kconnect_api::ConverterPlugin;

/// All converters of this crate.
#[must_use]
pub fn plugins() -> Vec<Arc<dyn ConverterPlugin>> {
    vec![
        class::plugin::<string::StringConverter>(),
        class::plugin::<json::JsonConverter>(),
        class::plugin::<byte_array::ByteArrayConverter>(),
        class::plugin::<boolean::BooleanConverter>(),
        class::plugin::<numbers::Number<i16>>(),
        class::plugin::<numbers::Number<i32>>(),
        class::plugin::<numbers::Number<i64>>(),
        class::plugin::<numbers::Number<f32>>(),
        class::plugin::<numbers::Number<f64>>(),
        Arc::new(simple_header::Plugin),
    ]
}

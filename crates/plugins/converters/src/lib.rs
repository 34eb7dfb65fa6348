//! Converters of Apache Kafka under upstream's class names.
#![forbid(unsafe_code)]

//! Transforms and predicates of Apache Kafka under upstream's class names.
#![forbid(unsafe_code)]

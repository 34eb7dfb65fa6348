//! Conformance suites, process harness and real-Kafka launcher for tests.
#![forbid(unsafe_code)]

//! Embedded Kafka broker for the quickstart, tests and fault injection; for one machine.
#![forbid(unsafe_code)]

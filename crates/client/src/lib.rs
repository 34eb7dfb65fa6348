//! Kafka client: connections, producer, consumer, groups, admin.
#![forbid(unsafe_code)]

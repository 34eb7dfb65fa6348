//! Configurations: of the worker, of connectors, and of the Kafka clients that the two make together.

pub mod client;
mod client_settings;
pub mod connector;
pub mod definition;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod java_order;
mod overrides;
pub mod placeholder;
pub mod policy;
pub mod provider;
pub mod secrets;
pub(crate) mod typos;
pub mod validation;
pub mod version;
pub mod worker;

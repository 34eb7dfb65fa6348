//! Kafka clients shared by tasks: one family of connections and metadata for each set of connection settings.
//!
//! A worker has hundreds of producers and consumers; those with the same settings share control connections and
//! metadata, and differ by their name only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use kconnect_api::{Exception, Props, classes};
use kconnect_client::config::COMMON_KEYS;
use kconnect_client::{Client, ClientConfig};

/// Client families by their connection settings.
#[derive(Default)]
pub(crate) struct ClientFamilies(Mutex<BTreeMap<Props, Client>>);

impl ClientFamilies {
    /// A client with the settings in `props`, named by its `client.id`. Must be called inside of the I/O runtime.
    pub(crate) fn client(&self, props: &Props) -> Result<Client, Exception> {
        let config = ClientConfig::from_props(props)
            .map_err(|error| Exception::new(classes::CONFIG, error.to_string()))?;
        let name = config.client_id.clone();
        let common =
            props.iter().filter(|(key, _)| COMMON_KEYS.contains(&key.as_str()) && *key != "client.id");
        let family: Props = common.map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = families.entry(family).or_insert_with(|| Client::new(config));
        Ok(first.named(name))
    }
}

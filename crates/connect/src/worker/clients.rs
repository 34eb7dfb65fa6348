//! Kafka clients shared by tasks: one family of connections and metadata for each set of connection settings.
//!
//! A worker has hundreds of producers and consumers; those with the same settings share control connections and
//! metadata, and differ by their name only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use kconnect_api::{Exception, Props, classes};
use kconnect_client::config::COMMON_KEYS;
use kconnect_client::{Client, ClientConfig};

/// Of consumers, but it is the shared metadata that asks for topics.
const MAY_CREATE: &str = "allow.auto.create.topics";

/// Client families by their connection settings.
#[derive(Default)]
pub(crate) struct ClientFamilies(Mutex<BTreeMap<Props, Client>>);

impl ClientFamilies {
    /// A client with the settings in `props`, named by its `client.id`. Must be called inside of the I/O runtime.
    pub(crate) fn client(&self, props: &Props) -> Result<Client, Exception> {
        let config = ClientConfig::from_props(props)
            .map_err(|error| Exception::new(classes::CONFIG, error.to_string()))?;
        let name = config.client_id.clone();
        let shapes = |key: &str| key != "client.id" && (COMMON_KEYS.contains(&key) || key == MAY_CREATE);
        let common = props.iter().filter(|(key, _)| shapes(key));
        let family: Props = common.map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = families.entry(family).or_insert_with(|| Client::new(config));
        Ok(first.named(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn clients_share_a_family_when_all_that_it_does_for_them_is_the_same() {
        let families = ClientFamilies::default();
        let client = |more: &[(&str, &str)]| {
            let mut props: Props = [("bootstrap.servers".to_owned(), "localhost:1".to_owned())].into();
            props.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
            families.client(&props).unwrap()
        };
        assert!(client(&[("client.id", "a")]).config().allow_auto_create_topics);
        assert!(client(&[("client.id", "b"), ("fetch.min.bytes", "7")]).config().allow_auto_create_topics);
        assert_eq!(families.0.lock().unwrap().len(), 1);
        // The first client of the worker must not decide what a sink's consumer may create.
        assert!(!client(&[("allow.auto.create.topics", "false")]).config().allow_auto_create_topics);
        assert!(client(&[]).config().allow_auto_create_topics);
        assert_eq!(families.0.lock().unwrap().len(), 2);
    }
}

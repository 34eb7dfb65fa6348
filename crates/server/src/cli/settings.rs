//! Client settings of the tools: `-b`, `-F FILE`, `-X KEY=VALUE`, in ascending rank.

use std::collections::BTreeMap;

use kconnect_client::config::COMMON_KEYS;
use kconnect_client::consumer::CONSUMER_KEYS;
use kconnect_client::producer::PRODUCER_KEYS;
use kconnect_client::{Error, ErrorKind};

use super::Failure;
use super::args::Cluster;

/// The settings as Kafka's client properties.
pub fn properties(cluster: &Cluster) -> Result<BTreeMap<String, String>, Failure> {
    let mut properties = BTreeMap::new();
    if let Some(file) = &cluster.config {
        properties.extend(kconnect_connect::properties::load(file)?);
    }
    for pair in &cluster.properties {
        let (key, value) = pair.split_once('=').ok_or_else(|| format!("-X takes KEY=VALUE, not '{pair}'"))?;
        let key = key.trim();
        known(key)?;
        properties.insert(key.to_owned(), value.to_owned());
    }
    match &cluster.bootstrap {
        Some(bootstrap) => {
            properties.insert("bootstrap.servers".to_owned(), bootstrap.clone());
        }
        None => {
            properties.entry("bootstrap.servers".to_owned()).or_insert_with(|| "localhost:9092".to_owned());
        }
    }
    properties.entry("client.id".to_owned()).or_insert_with(|| "kconnect-cli".to_owned());
    Ok(properties)
}

/// A setting that no client has is a typo, which would otherwise pass in silence. Only for what is typed: files are shared
/// with other programs. Settings of TLS and SASL are left to the client, which says why it refuses them.
fn known(key: &str) -> Result<(), Failure> {
    let all = || COMMON_KEYS.iter().chain(PRODUCER_KEYS).chain(CONSUMER_KEYS);
    if key.starts_with("ssl.") || key.starts_with("sasl.") || all().any(|known| *known == key) {
        return Ok(());
    }
    // A wrong beginning or end of a name is the common slip.
    let common = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let near = all().max_by_key(|known| common(known, key));
    let hint =
        near.filter(|near| common(near, key) >= 4).map_or(String::new(), |near| format!("; '{near}'?"));
    Err(format!("-X {key}: there is no such client setting{hint}").into())
}

/// A cluster that cannot be reached is named, since the address is what a person can correct.
pub fn naming(cluster: &Cluster, done: Result<(), Failure>) -> Result<(), Failure> {
    done.map_err(|error| match error.downcast::<Error>() {
        Ok(error) if matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Disconnected) => {
            let properties = properties(cluster).unwrap_or_default();
            let servers = properties.get("bootstrap.servers").cloned().unwrap_or_default();
            Box::new(Unreachable { servers, error: *error }) as Failure
        }
        Ok(error) => error,
        Err(error) => error,
    })
}

#[derive(Debug)]
struct Unreachable {
    servers: String,
    error: Error,
}

impl std::fmt::Display for Unreachable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the cluster at {} (-b) did not answer: {}", self.servers, self.error)
    }
}

impl std::error::Error for Unreachable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

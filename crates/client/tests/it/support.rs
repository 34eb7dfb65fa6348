//! What every test needs: a broker, a client of it, and a way to wait for conditions.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use kconnect_broker::Broker;
use kconnect_client::producer::{Acks, Producer, ProducerConfig};
use kconnect_client::{Client, ClientConfig};
use kconnect_wire::records::{Batches, DecompressBuffer};

/// Longest that any test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The future's value, or a failure that names what was waited for.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {PATIENCE:?} in vain for {what}"),
    }
}

/// Settings for `bootstrap` with quick pauses, and what a test adds.
pub fn props(bootstrap: &str, extra: &[(&str, &str)]) -> BTreeMap<String, String> {
    let quick = [
        ("bootstrap.servers", bootstrap),
        ("retry.backoff.ms", "10"),
        ("retry.backoff.max.ms", "50"),
        ("reconnect.backoff.ms", "10"),
        ("reconnect.backoff.max.ms", "50"),
    ];
    quick.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub fn client(bootstrap: &str, extra: &[(&str, &str)]) -> Client {
    Client::new(ClientConfig::from_props(&props(bootstrap, extra)).expect("the settings of a test are valid"))
}

pub fn producer(bootstrap: &str, extra: &[(&str, &str)]) -> (Producer, Acks) {
    let config =
        ProducerConfig::from_props(&props(bootstrap, extra)).expect("the settings of a test are valid");
    Producer::start(&client(bootstrap, extra), config).expect("the settings of a test go together")
}

/// Values of one partition, in log order, from the stored batches of any codec.
pub fn values(broker: &Broker, topic: &str, partition: i32) -> Vec<String> {
    let mut values = Vec::new();
    let mut scratch = DecompressBuffer::new();
    for blob in broker.batches(topic, partition).expect("the partition exists") {
        for batch in Batches::new(blob) {
            let batch = batch.expect("the broker stores valid batches");
            for record in batch.records(&mut scratch) {
                let value = record.expect("the broker stores valid records").value.unwrap_or_default();
                values.push(String::from_utf8(value.to_vec()).expect("tests write text"));
            }
        }
    }
    values
}

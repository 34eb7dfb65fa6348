//! Names of loggers: those of the upstream classes whose work is done here, so that a level set for one means the same.

pub(crate) const NETWORK_CLIENT: &str = "org.apache.kafka.clients.NetworkClient";
pub(crate) const METADATA: &str = "org.apache.kafka.clients.Metadata";
pub(crate) const FETCH_SESSION: &str = "org.apache.kafka.clients.FetchSessionHandler";
pub(crate) const FETCH: &str = "org.apache.kafka.clients.consumer.internals.AbstractFetch";
pub(crate) const FETCH_COLLECTOR: &str = "org.apache.kafka.clients.consumer.internals.FetchCollector";
pub(crate) const SUBSCRIPTION_STATE: &str = "org.apache.kafka.clients.consumer.internals.SubscriptionState";
/// Groups and their commits. Upstream's coordinator logs under the name of its subclass, of which this is the common one.
pub(crate) const COORDINATOR: &str = "org.apache.kafka.clients.consumer.internals.ConsumerCoordinator";
pub(crate) const PRODUCER: &str = "org.apache.kafka.clients.producer.KafkaProducer";
pub(crate) const PRODUCER_CONFIG: &str = "org.apache.kafka.clients.producer.ProducerConfig";
pub(crate) const SENDER: &str = "org.apache.kafka.clients.producer.internals.Sender";
pub(crate) const TRANSACTIONS: &str = "org.apache.kafka.clients.producer.internals.TransactionManager";

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// The macros of events, without their names the default target would be a path of ours.
    const EVENTS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];

    #[test]
    fn every_event_names_its_logger() {
        let mut found = 0;
        visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
            for event in EVENTS.map(|level| format!("tracing::{level}!(")) {
                for rest in text.split(&event).skip(1) {
                    let start = &rest[..rest.len().min(60)];
                    assert!(rest.trim_start().starts_with("target: logger::"), "{path:?}: {event}{start}");
                    found += 1;
                }
            }
        });
        assert!(found > 20, "{found} events are too few to be all");
    }

    fn visit(folder: &Path, check: &mut dyn FnMut(&Path, &str)) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, check);
            } else if !path.ends_with("logger.rs") {
                check(&path, &std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}

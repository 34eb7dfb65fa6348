//! The words of each converter around an error, and which errors may pass by themselves.

use kconnect_api::{Exception, RecordError, TaskError, classes};

use crate::client::kafka;

const NETWORK: &str = "org.apache.kafka.common.errors.NetworkException";

/// The texts of one format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// `Avro`, `Protobuf`, `JSON`.
    pub(crate) noun: &'static str,
    network: &'static str,
    config: &'static str,
}

impl Words {
    /// The texts for the registry's word for a format.
    pub(crate) fn of(format: &str) -> Self {
        match format {
            "AVRO" => Self { noun: "Avro", network: "Avro", config: "Avro" },
            "PROTOBUF" => Self { noun: "Protobuf", network: "Protobuf", config: "Protobuf" },
            _ => Self { noun: "JSON", network: "Json", config: "JSON Schema" },
        }
    }

    fn is_json(self) -> bool {
        self.noun == "JSON"
    }

    /// What the user sees when writing to `topic` failed with `error`.
    pub(crate) fn writing(self, topic: &str, error: Exception) -> RecordError {
        let (noun, network) = (self.noun, self.network);
        let failed = |retriable: bool| match (self.is_json(), retriable) {
            (true, _) => format!(
                "Converting Kafka Connect data to byte[] failed due to serialization error of topic {topic}: "
            ),
            (false, true) => format!("Failed to serialize {noun} data from topic {topic} :"),
            (false, false) => format!("Failed to serialize {noun} data from topic {topic}:"),
        };
        let network =
            format!("Network connection error while serializing {network} data for topic {topic}: ");
        self.wrap(topic, error, failed, network)
    }

    /// What the user sees when reading from `topic` failed with `error`.
    pub(crate) fn reading(self, topic: &str, error: Exception) -> RecordError {
        let noun = self.noun;
        let failed = |retriable: bool| match (self.is_json(), retriable) {
            (true, _) => format!(
                "Converting byte[] to Kafka Connect data failed due to serialization error of topic {topic}: "
            ),
            (false, true) => format!("Failed to deserialize data for topic {topic} to {noun}: "),
            (false, false) => format!("Failed to deserialize data for topic {topic} to {noun}:"),
        };
        let network = format!("Network connection error while deserializing data for topic {topic}: ");
        self.wrap(topic, error, failed, network)
    }

    fn wrap(
        self,
        topic: &str,
        error: Exception,
        failed: impl Fn(bool) -> String,
        network: String,
    ) -> RecordError {
        let (exception, retriable) = match error.class() {
            kafka::TIMEOUT => (Exception::new(classes::RETRIABLE, failed(true)).caused_by(error), true),
            classes::SERIALIZATION => match error.cause().filter(|cause| is_network(cause.class())) {
                Some(cause) => {
                    let text = format!("{network}{}", cause.message().unwrap_or("null"));
                    (Exception::new(NETWORK, text).caused_by(error), true)
                }
                None => (Exception::data(failed(false)).caused_by(error), false),
            },
            kafka::AUTHENTICATION | kafka::AUTHORIZATION => {
                let message = error.message().unwrap_or("null");
                let text = format!("Failed to access {} data from topic {topic} : {message}", self.config);
                (Exception::new(classes::CONFIG, text), false)
            }
            // Upstream lets these two out as they are; both say that the registry is busy.
            kafka::THROTTLED | kafka::DISCONNECTED => (error, true),
            _ => (error, false),
        };
        RecordError { exception, retriable }
    }
}

fn is_network(class: &str) -> bool {
    class.starts_with("java.net.") || class.starts_with("javax.net.ssl.")
}

/// The same error for the runtime, which awaits what a record needs.
pub(crate) fn task_error(error: RecordError) -> TaskError {
    match error.retriable {
        true => TaskError::Retriable(error.exception),
        false => TaskError::Fatal(error.exception),
    }
}

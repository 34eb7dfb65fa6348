//! The subject under which a schema is registered.

use kconnect_api::{ConfigError, ConverterRole, Exception, Props, classes};

/// How a subject is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// `<topic>-key`, `<topic>-value`.
    Topic,
    /// The record's full name.
    Record,
    /// `<topic>-<full name>`.
    TopicRecord,
    /// The subject that the registry associates with the topic, else that of another strategy (`None`: an error).
    Associated {
        /// The Kafka cluster for which associations were made; `-` for any.
        namespace: String,
        /// What holds when there is no association.
        fallback: Option<Box<Strategy>>,
        /// Seconds after which an association is asked for again; negative: never.
        expiry: i64,
    },
}

/// A rule's word for the class of a strategy, without its package.
fn simple(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

impl Strategy {
    /// The strategy of the class set under `key`; its own settings are in `props`.
    pub(crate) fn of_class(key: &str, class: &str, props: &Props) -> Result<Self, ConfigError> {
        match simple(class) {
            "TopicNameStrategy" => Ok(Self::Topic),
            "RecordNameStrategy" => Ok(Self::Record),
            "TopicRecordNameStrategy" => Ok(Self::TopicRecord),
            "AssociatedNameStrategy" => Self::associated(props),
            _ => Err(ConfigError::invalid(key, class, &format!("Class {class} could not be found."))),
        }
    }

    fn associated(props: &Props) -> Result<Self, ConfigError> {
        const FALLBACK: &str = "subject.name.strategy.fallback.type";
        const EXPIRY: &str = "subject.name.strategy.cache.expiry.secs";
        let fallback = match props.get(FALLBACK).map(|text| text.trim().to_ascii_uppercase()).as_deref() {
            None | Some("TOPIC") => Some(Self::Topic),
            Some("RECORD") => Some(Self::Record),
            Some("TOPIC_RECORD") => Some(Self::TopicRecord),
            Some("NONE") => None,
            Some(other) => {
                return Err(ConfigError::text(FALLBACK, format!("Invalid value for {FALLBACK}: {other}")));
            }
        };
        let expiry = match props.get(EXPIRY) {
            None => -1,
            Some(text) => text
                .trim()
                .parse()
                .map_err(|_| ConfigError::text(EXPIRY, format!("Cannot parse {EXPIRY}")))?,
        };
        let namespace = props.get("subject.name.strategy.kafka.cluster.id").cloned();
        Ok(Self::Associated {
            namespace: namespace.unwrap_or_else(|| "-".into()),
            fallback: fallback.map(Box::new),
            expiry,
        })
    }

    /// The class whose name error texts show.
    fn class(&self) -> &'static str {
        match self {
            Self::Topic => "io.confluent.kafka.serializers.subject.TopicNameStrategy",
            Self::Record => "io.confluent.kafka.serializers.subject.RecordNameStrategy",
            Self::TopicRecord => "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy",
            Self::Associated { .. } => "io.confluent.kafka.serializers.subject.AssociatedNameStrategy",
        }
    }

    /// Whether the subject depends on the schema.
    pub(crate) fn uses_schema(&self) -> bool {
        match self {
            Self::Topic => false,
            Self::Record | Self::TopicRecord => true,
            Self::Associated { fallback, .. } => fallback.as_ref().is_some_and(|it| it.uses_schema()),
        }
    }

    /// The subject, as far as it can be told without the registry.
    pub(crate) fn subject(
        &self,
        topic: &str,
        role: ConverterRole,
        record: Option<&str>,
    ) -> Result<String, Exception> {
        let record = || {
            record.ok_or_else(|| {
                let (role, class) = (role.name(), self.class());
                let text = format!(
                    "In configuration {role}.subject.name.strategy = {class}, the message {role} must only be a record schema"
                );
                Exception::new(classes::SERIALIZATION, text)
            })
        };
        match self {
            Self::Topic => Ok(format!("{topic}-{}", role.name())),
            Self::Record => Ok(record()?.to_owned()),
            Self::TopicRecord => Ok(format!("{topic}-{}", record()?)),
            Self::Associated { .. } => {
                let text = format!("No associated subject found for topic {topic}");
                Err(Exception::new(classes::SERIALIZATION, text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects() {
        let props = Props::new();
        for (class, record, expected) in [
            ("io.confluent.kafka.serializers.subject.TopicNameStrategy", None, Ok("t-value")),
            ("RecordNameStrategy", Some("a.B"), Ok("a.B")),
            ("TopicRecordNameStrategy", Some("a.B"), Ok("t-a.B")),
            (
                "RecordNameStrategy",
                None,
                Err(
                    "In configuration value.subject.name.strategy = io.confluent.kafka.serializers.subject.RecordNameStrategy, the message value must only be a record schema",
                ),
            ),
        ] {
            let strategy = Strategy::of_class("value.subject.name.strategy", class, &props).unwrap();
            let subject = strategy.subject("t", ConverterRole::Value, record);
            let subject = subject.map_err(|error| error.message().unwrap_or_default().to_owned());
            assert_eq!(subject, expected.map(str::to_owned).map_err(str::to_owned), "{class}");
        }
        assert!(Strategy::of_class("k", "com.acme.Own", &props).is_err());
    }
}

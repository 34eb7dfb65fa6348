//! Offsets of connectors through the REST API (KIP-875; rest.md §6).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_api::{
    Exception, ObjectMap, OffsetChange, OffsetChanges, Plugin, Props, TaskError, Topic, classes,
};
use kconnect_client::admin::Admin;
use kconnect_client::consumer::OffsetAndMetadata;
use kconnect_client::{ErrorKind, TopicPartition};
use serde_json::{Map, Value as Json};

use super::{Entry, StandaloneHerder};
use crate::config::client::Clients;
use crate::herder::{ConnectorOffset, ConnectorType, HerderError, TargetState};
use crate::offset_store::{OffsetWrite, from_map, to_map};

/// Budget of all offset operations.
const LIMIT: Duration = Duration::from_secs(90);

impl StandaloneHerder {
    pub(super) async fn list_offsets(&self, name: &str) -> Result<Vec<ConnectorOffset>, HerderError> {
        let entry = self.resolved(self.known(name)?).await?;
        if entry.kind == ConnectorType::Sink {
            let offsets = self.group_offsets(name, &entry).await.map_err(|error| {
                let text = format!("Failed to retrieve consumer group offsets for sink connector {name}");
                HerderError::Failed(Exception::connect(text).caused_by(error))
            })?;
            return Ok(offsets
                .into_iter()
                .map(|(partition, stored)| sink_offset(&partition, stored.offset))
                .collect());
        }
        let stored = self.worker.offsets().all(name).await.map_err(|error| self.failed(error))?;
        let shown = |(partition, offset): (ObjectMap, ObjectMap)| ConnectorOffset {
            partition: Some(from_map(&partition)),
            offset: Some(from_map(&offset)),
        };
        Ok(stored.into_iter().map(shown).collect())
    }

    /// The connector with its placeholders resolved, for its plugin and its admin client.
    async fn resolved(&self, entry: Entry) -> Result<Entry, HerderError> {
        let config = self.worker.resolve(&entry.config).await.map_err(|error| self.failed(error))?.props;
        Ok(Entry { config, ..entry })
    }

    async fn group_offsets(
        &self,
        name: &str,
        entry: &Entry,
    ) -> Result<BTreeMap<TopicPartition, OffsetAndMetadata>, Exception> {
        let (admin, group) = self.sink_admin(name, entry)?;
        let deadline = Instant::now() + LIMIT;
        self.on_io(async move { admin.list_group_offsets(&group, None, deadline).await }).await
    }

    fn sink_admin(&self, name: &str, entry: &Entry) -> Result<(Admin, String), Exception> {
        let config = self.worker.config();
        let clients =
            Clients { worker: &config.props, connector: &entry.config, policy: &config.override_policy };
        let props = clients.admin(&format!("connector-worker-adminclient-{name}"))?;
        Ok((Admin::new(&self.worker.client(&props)?), clients.sink_group(name)?))
    }

    async fn on_io<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, kconnect_client::Error>> + Send + 'static,
    ) -> Result<T, Exception> {
        let done = self.worker.runtimes().io.spawn(call).await;
        let done = done.map_err(|error| Exception::connect(error.to_string()))?;
        done.map_err(|error| Exception::new("org.apache.kafka.common.KafkaException", error.to_string()))
    }

    /// The connector, if its offsets may be changed now.
    async fn stopped(&self, name: &str) -> Result<(Entry, Arc<dyn Plugin>), HerderError> {
        let entry = self.known(name)?;
        if entry.target != TargetState::Stopped || !entry.tasks.is_empty() {
            return Err(HerderError::BadRequest(format!(
                "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint"
            )));
        }
        let entry = self.resolved(entry).await?;
        let class = entry.config.get("connector.class").map(|class| class.trim()).unwrap_or_default();
        let plugin = self.worker.registry().connector(class).map_err(|error| self.failed(error))?;
        Ok((entry, Arc::clone(plugin)))
    }

    pub(super) async fn alter_offsets(
        &self,
        name: &str,
        offsets: Vec<ConnectorOffset>,
    ) -> Result<String, HerderError> {
        let (_changing, _stage) = self.change(format!("altering offsets of connector {name}")).await;
        let (entry, plugin) = self.stopped(name).await?;
        if offsets.is_empty() {
            return Err(HerderError::BadRequest(
                "Partitions / offsets need to be provided for an alter offsets request".into(),
            ));
        }
        let changes = match entry.kind {
            ConnectorType::Sink => sink_changes(&offsets)?,
            _ => source_changes(&offsets)?,
        };
        let external = ask(plugin.as_ref(), name, &entry.config, &changes).await?;
        match entry.kind {
            ConnectorType::Sink => self.alter_group(name, &entry, changes).await?,
            _ => self.write_source_offsets(name, changes).await?,
        }
        Ok(success("altered", external))
    }

    pub(super) async fn reset_offsets(&self, name: &str) -> Result<String, HerderError> {
        let (_changing, _stage) = self.change(format!("resetting offsets of connector {name}")).await;
        let (entry, plugin) = self.stopped(name).await?;
        if entry.kind == ConnectorType::Sink {
            let known = self.group_offsets(name, &entry).await.map_err(|error| {
                let text =
                    format!("Failed to list offsets prior to resetting offsets for sink connector {name}");
                HerderError::Failed(Exception::connect(text).caused_by(error))
            })?;
            let changes = known.keys().map(|partition| OffsetChange::Sink {
                topic: Topic::new(Arc::clone(&partition.topic)),
                partition: partition.partition,
                offset: None,
            });
            let external = ask(plugin.as_ref(), name, &entry.config, &changes.collect()).await?;
            self.delete_group(name, &entry).await?;
            return Ok(success("reset", external));
        }
        let stored = self.worker.offsets().all(name).await.map_err(|error| self.failed(error))?;
        let forget = |(partition, _)| OffsetChange::Source { partition: Some(partition), offset: None };
        let changes: OffsetChanges = stored.into_iter().map(forget).collect();
        let external = ask(plugin.as_ref(), name, &entry.config, &changes).await?;
        self.write_source_offsets(name, changes).await?;
        Ok(success("reset", external))
    }

    async fn write_source_offsets(&self, name: &str, changes: OffsetChanges) -> Result<(), HerderError> {
        let connector: Arc<str> = name.into();
        let write = |change| match change {
            OffsetChange::Source { partition, offset } => Some(OffsetWrite {
                connector: Arc::clone(&connector),
                partition: partition.map(Arc::new),
                offset,
            }),
            OffsetChange::Sink { .. } => None,
        };
        let changes: Vec<OffsetWrite> = changes.into_iter().filter_map(write).collect();
        self.worker.offsets().write(changes).await.map_err(|error| self.failed(error))
    }

    async fn alter_group(
        &self,
        name: &str,
        entry: &Entry,
        changes: OffsetChanges,
    ) -> Result<(), HerderError> {
        let (admin, group) = self.sink_admin(name, entry).map_err(|error| self.failed(error))?;
        let (mut set, mut removed) = (BTreeMap::new(), Vec::new());
        for change in changes {
            let OffsetChange::Sink { topic, partition, offset } = change else { continue };
            let partition = TopicPartition::new(Arc::clone(topic.shared()), partition);
            match offset {
                // A broker would take -1 as "no offset".
                Some(offset) if offset < 0 => {
                    let text = format!("Failed to modify offsets for sink connector {name}");
                    return Err(HerderError::Failed(Exception::connect(text)));
                }
                Some(offset) => _ = set.insert(partition, OffsetAndMetadata::from(offset)),
                None => removed.push(partition),
            }
        }
        let deadline = Instant::now() + LIMIT;
        let done = self.worker.runtimes().io.spawn(async move {
            if !set.is_empty() {
                for result in admin.alter_group_offsets(&group, set, deadline).await.into_values() {
                    result?;
                }
            }
            if !removed.is_empty() {
                for result in admin.delete_group_offsets(&group, removed, deadline).await.into_values() {
                    result?;
                }
            }
            Ok(())
        });
        let failed = |error: kconnect_client::Error| match in_use(&error) {
            true => HerderError::Failed(Exception::connect(zombies(name, "alter"))),
            false => {
                let text = format!("Failed to alter consumer group offsets for connector {name}");
                HerderError::Failed(Exception::connect(text).caused_by(Exception::connect(error.to_string())))
            }
        };
        let done = done.await.map_err(|error| HerderError::Failed(Exception::connect(error.to_string())))?;
        done.map_err(failed)
    }

    async fn delete_group(&self, name: &str, entry: &Entry) -> Result<(), HerderError> {
        let (admin, group) = self.sink_admin(name, entry).map_err(|error| self.failed(error))?;
        let deadline = Instant::now() + LIMIT;
        let done = self.worker.runtimes().io.spawn(async move {
            admin.delete_groups(vec![group], deadline).await.into_values().collect::<Result<Vec<()>, _>>()
        });
        let done = done.await.map_err(|error| HerderError::Failed(Exception::connect(error.to_string())))?;
        match done {
            Err(error)
                if error.code().is_some_and(|code| code.to_string().contains("GROUP_ID_NOT_FOUND")) =>
            {
                Ok(())
            }
            Err(error) if in_use(&error) => {
                Err(HerderError::Failed(Exception::connect(zombies(name, "reset"))))
            }
            Err(error) => {
                let text = format!("Failed to reset consumer group offsets for sink connector {name}");
                Err(HerderError::Failed(
                    Exception::connect(text).caused_by(Exception::connect(error.to_string())),
                ))
            }
            Ok(_) => Ok(()),
        }
    }
}

async fn ask(
    plugin: &dyn Plugin,
    name: &str,
    config: &Props,
    changes: &OffsetChanges,
) -> Result<bool, HerderError> {
    let asked = tokio::time::timeout(LIMIT, plugin.alter_offsets(config, changes)).await;
    match asked {
        Ok(Ok(external)) => Ok(external),
        Ok(Err(error)) => Err(refused(name, &error)),
        Err(_) => {
            let kind = plugin.info().kind.name();
            let text =
                format!("Timed out while calling the 'alterOffsets' method for {kind} connector {name}");
            Err(HerderError::Failed(Exception::connect(text)))
        }
    }
}

fn refused(name: &str, error: &TaskError) -> HerderError {
    let exception = error.exception();
    if exception.class() == classes::UNSUPPORTED {
        let text = format!(
            "Failed to modify offsets for connector {name} because it doesn't support external modification of offsets"
        );
        return HerderError::Failed(Exception::connect(text).caused_by(exception.clone()));
    }
    HerderError::Failed(exception.clone())
}

fn in_use(error: &kconnect_client::Error) -> bool {
    let code = error.code().map(|code| code.to_string()).unwrap_or_default();
    error.kind() == ErrorKind::Membership
        || ["NON_EMPTY_GROUP", "GROUP_SUBSCRIBED_TO_TOPIC", "UNKNOWN_MEMBER_ID"]
            .iter()
            .any(|text| code.contains(text))
}

fn zombies(name: &str, verb: &str) -> String {
    format!(
        "Failed to {verb} consumer group offsets for connector {name} either because its tasks haven't stopped completely yet or the connector was resumed before the request to {verb} its offsets could be successfully completed. If the connector is in a stopped state, this operation can be safely retried. If it doesn't eventually succeed, the Connect cluster may need to be restarted to get rid of the zombie sink tasks."
    )
}

fn success(verb: &str, external: bool) -> String {
    match external {
        true => format!("The offsets for this connector have been {verb} successfully"),
        false => format!(
            "The Connect framework-managed offsets for this connector have been {verb} successfully. However, if this connector manages offsets externally, they will need to be manually {verb} in the system that the connector uses."
        ),
    }
}

fn sink_offset(partition: &TopicPartition, offset: i64) -> ConnectorOffset {
    // Members in the order in which upstream shows them.
    let partition = [
        ("kafka_partition".to_owned(), Json::from(partition.partition)),
        ("kafka_topic".to_owned(), Json::from(partition.topic())),
    ];
    let offset = [("kafka_offset".to_owned(), Json::from(offset))];
    ConnectorOffset {
        partition: Some(partition.into_iter().collect()),
        offset: Some(offset.into_iter().collect()),
    }
}

fn source_changes(offsets: &[ConnectorOffset]) -> Result<OffsetChanges, HerderError> {
    let primitive = |map: &Map<String, Json>| {
        to_map(map).ok_or_else(|| {
            let bad = map.iter().find(|(_, value)| value.is_array() || value.is_object());
            let (field, kind) =
                bad.map_or(("?", "MAP"), |(k, v)| (k.as_str(), if v.is_array() { "ARRAY" } else { "MAP" }));
            HerderError::Failed(Exception::data(format!(
                "Offsets may only contain primitive types as values, but field {field} contains {kind}"
            )))
        })
    };
    offsets
        .iter()
        .map(|entry| {
            let partition = entry.partition.as_ref().map(primitive).transpose()?;
            let offset = entry.offset.as_ref().map(primitive).transpose()?;
            Ok(OffsetChange::Source { partition, offset })
        })
        .collect()
}

fn sink_changes(offsets: &[ConnectorOffset]) -> Result<OffsetChanges, HerderError> {
    offsets.iter().map(sink_change).collect()
}

fn sink_change(entry: &ConnectorOffset) -> Result<OffsetChange, HerderError> {
    let bad = |text: &str| HerderError::BadRequest(text.to_owned());
    let partition = entry
        .partition
        .as_ref()
        .ok_or_else(|| bad("The partition for a sink connector offset cannot be null or missing"))?;
    let (Some(topic), Some(number)) = (partition.get("kafka_topic"), partition.get("kafka_partition")) else {
        return Err(bad(
            "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
        ));
    };
    if topic.is_null() {
        return Err(bad("Kafka topic names must be valid strings and may not be null"));
    }
    if number.is_null() {
        return Err(bad("Kafka partitions must be valid numbers and may not be null"));
    }
    let number = number_text(number);
    let partition: i32 = number.parse().map_err(|_| {
        bad(&format!(
            "Failed to parse the following Kafka partition value in the provided offsets: '{number}'. Partition values for sink connectors need to be integers."
        ))
    })?;
    let offset = match &entry.offset {
        None => None,
        Some(offset) => {
            let offset = offset.get("kafka_offset").ok_or_else(|| {
                bad("The offset for a sink connector should either be null or contain the key 'kafka_offset'")
            })?;
            let text = number_text(offset);
            Some(text.parse::<i64>().map_err(|_| {
                bad(&format!(
                    "Failed to parse the following Kafka offset value in the provided offsets: '{text}'. Offset values for sink connectors need to be integers."
                ))
            })?)
        }
    };
    Ok(OffsetChange::Sink { topic: Topic::new(number_text(topic)), partition, offset })
}

/// A scalar as text; numbers may be given as strings.
fn number_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(partition: &str, offset: &str, expect: Result<Option<i64>, &str>) {
        let object = |text: &str| match serde_json::from_str(text).unwrap() {
            Json::Object(members) => Some(members),
            _ => None,
        };
        let entry = ConnectorOffset { partition: object(partition), offset: object(offset) };
        match (sink_change(&entry), expect) {
            (Ok(OffsetChange::Sink { offset, .. }), Ok(expect)) => assert_eq!(offset, expect),
            (Err(HerderError::BadRequest(text)), Err(expect)) => assert!(text.contains(expect), "{text}"),
            (got, _) => panic!("{partition} {offset}: {got:?}"),
        }
    }

    #[test]
    fn sink_offsets_are_checked_in_the_words_of_upstream() {
        let good = r#"{"kafka_topic":"t","kafka_partition":"1"}"#;
        check(good, r#"{"kafka_offset":"10"}"#, Ok(Some(10)));
        check(good, r#"{"kafka_offset":5,"more":1}"#, Ok(Some(5)));
        check(good, "null", Ok(None));
        check("null", "null", Err("cannot be null or missing"));
        check(
            r#"{"kafka_topic":"t"}"#,
            "null",
            Err("must contain the keys 'kafka_topic' and 'kafka_partition'"),
        );
        check(
            r#"{"kafka_topic":null,"kafka_partition":1}"#,
            "null",
            Err("Kafka topic names must be valid strings"),
        );
        check(
            r#"{"kafka_topic":"t","kafka_partition":null}"#,
            "null",
            Err("Kafka partitions must be valid numbers"),
        );
        check(
            r#"{"kafka_topic":"t","kafka_partition":"x"}"#,
            "null",
            Err("partition value in the provided offsets: 'x'"),
        );
        check(good, "{}", Err("should either be null or contain the key 'kafka_offset'"));
        check(good, r#"{"kafka_offset":null}"#, Err("offset value in the provided offsets: 'null'"));
    }
}

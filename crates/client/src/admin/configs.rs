//! Configurations of topics, brokers, loggers and groups. Changes are incremental only (A5).

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::future::join_all;
use kconnect_wire::messages::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResource, IncrementalAlterableConfig,
};

use super::settle::{Answer, Refusal, settle};
use super::{Admin, PerItem};
use crate::Error;
use crate::net::{NodeRef, Purpose};

/// What is configured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConfigResource {
    /// A topic.
    Topic(String),
    /// One broker, or the cluster-wide default of all.
    Broker(Option<i32>),
    /// Log levels of one broker.
    BrokerLogger(i32),
    /// A group (Kafka 4.0 or newer).
    Group(String),
}

impl ConfigResource {
    fn wire(&self) -> (i8, String) {
        match self {
            ConfigResource::Topic(name) => (2, name.clone()),
            ConfigResource::Broker(id) => (4, id.map(|id| id.to_string()).unwrap_or_default()),
            ConfigResource::BrokerLogger(id) => (8, id.to_string()),
            ConfigResource::Group(id) => (32, id.clone()),
        }
    }

    /// Only the broker itself knows its own (A2).
    fn node(&self) -> NodeRef {
        match self {
            ConfigResource::Broker(Some(id)) | ConfigResource::BrokerLogger(id) => NodeRef::Id(*id),
            _ => NodeRef::Any,
        }
    }

    fn attempted(&self, what: &str) -> String {
        match self {
            ConfigResource::Topic(name) => format!("{what} of topic {name}"),
            ConfigResource::Broker(Some(id)) => format!("{what} of broker {id}"),
            ConfigResource::Broker(None) => format!("{what} of all brokers"),
            ConfigResource::BrokerLogger(id) => format!("{what} of the loggers of broker {id}"),
            ConfigResource::Group(id) => format!("{what} of group {id}"),
        }
    }
}

/// One configuration as the broker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: String,
    /// Its value; `None` for secrets and for what has no value.
    pub value: Option<String>,
    /// Who set it.
    pub source: ConfigSource,
    /// Whether it cannot be changed at run time.
    pub read_only: bool,
    /// Whether the value is a secret.
    pub is_sensitive: bool,
    /// The places it could come from, the one in force first.
    pub synonyms: Vec<ConfigSynonym>,
}

/// A place where a value may be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSynonym {
    /// Name of the setting there.
    pub name: String,
    /// The value there.
    pub value: Option<String>,
    /// The place.
    pub source: ConfigSource,
}

/// Who set a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigSource {
    /// Set for this topic.
    Topic,
    /// Set for this broker at run time.
    DynamicBroker,
    /// Set for all brokers at run time.
    DynamicDefaultBroker,
    /// From the broker's file.
    StaticBroker,
    /// Kafka's default.
    Default,
    /// Set for this logger at run time.
    DynamicBrokerLogger,
    /// Set for this group.
    Group,
    /// A place this client has no name for.
    Other(i8),
}

impl From<i8> for ConfigSource {
    fn from(number: i8) -> Self {
        match number {
            1 => ConfigSource::Topic,
            2 => ConfigSource::DynamicBroker,
            3 => ConfigSource::DynamicDefaultBroker,
            4 => ConfigSource::StaticBroker,
            5 => ConfigSource::Default,
            6 => ConfigSource::DynamicBrokerLogger,
            8 => ConfigSource::Group,
            other => ConfigSource::Other(other),
        }
    }
}

/// A change of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlterConfig {
    /// Set the value.
    Set(String),
    /// Back to the default.
    Delete,
    /// Add to a list.
    Append(String),
    /// Remove from a list.
    Subtract(String),
}

impl AlterConfig {
    fn wire(self) -> (i8, Option<String>) {
        match self {
            AlterConfig::Set(value) => (0, Some(value)),
            AlterConfig::Delete => (1, None),
            AlterConfig::Append(value) => (2, Some(value)),
            AlterConfig::Subtract(value) => (3, Some(value)),
        }
    }
}

impl Admin {
    /// All configurations of each resource.
    pub async fn describe_configs(
        &self,
        resources: Vec<ConfigResource>,
        deadline: Instant,
    ) -> PerItem<ConfigResource, Vec<ConfigEntry>> {
        let open = resources.into_iter().map(|resource| (resource, ())).collect();
        let attempted = |resource: &ConfigResource| resource.attempted("describing the configuration");
        settle(&self.client, open, deadline, attempted, |open: BTreeMap<ConfigResource, ()>, _| async move {
            merge(
                join_all(
                    by_node(open).into_iter().map(|(node, part)| self.describe_at(node, part, deadline)),
                )
                .await,
            )
        })
        .await
    }

    async fn describe_at(
        &self,
        node: NodeRef,
        part: Vec<(ConfigResource, ())>,
        deadline: Instant,
    ) -> Result<Answer<ConfigResource, Vec<ConfigEntry>>, Error> {
        let resources = part.iter().map(|(resource, ())| {
            let (resource_type, resource_name) = resource.wire();
            DescribeConfigsResource {
                resource_type,
                resource_name,
                configuration_keys: None,
                ..Default::default()
            }
        });
        let request = DescribeConfigsRequest {
            resources: resources.collect(),
            include_synonyms: true,
            ..Default::default()
        };
        let answer = self.client.request(&node, Purpose::Control, request, deadline).await?;
        let items = answer.results.into_iter().filter_map(|result| {
            let named = |(resource, ()): &&(ConfigResource, ())| {
                resource.wire() == (result.resource_type, result.resource_name.clone())
            };
            let resource = part.iter().find(named)?.0.clone();
            let checked = Refusal::check(result.error_code, result.error_message.clone());
            Some((resource, checked.map(|()| result.configs.into_iter().map(entry).collect())))
        });
        Ok(Answer::new(answer.throttle_time_ms, items.collect()))
    }

    /// Changes single configurations and leaves all others as they are (A5).
    pub async fn incremental_alter_configs(
        &self,
        changes: BTreeMap<ConfigResource, BTreeMap<String, AlterConfig>>,
        validate_only: bool,
        deadline: Instant,
    ) -> PerItem<ConfigResource, ()> {
        let attempted = |resource: &ConfigResource| resource.attempted("altering the configuration");
        settle(&self.client, changes, deadline, attempted, |open, _| async move {
            let parts = by_node(open).into_iter();
            merge(
                join_all(parts.map(|(node, part)| self.alter_at(node, part, validate_only, deadline))).await,
            )
        })
        .await
    }

    async fn alter_at(
        &self,
        node: NodeRef,
        part: Vec<(ConfigResource, BTreeMap<String, AlterConfig>)>,
        validate_only: bool,
        deadline: Instant,
    ) -> Result<Answer<ConfigResource, ()>, Error> {
        let names: Vec<ConfigResource> = part.iter().map(|(resource, _)| resource.clone()).collect();
        let resources = part.into_iter().map(|(resource, changes)| {
            let (resource_type, resource_name) = resource.wire();
            let configs = changes.into_iter().map(|(name, change)| {
                let (config_operation, value) = change.wire();
                IncrementalAlterableConfig { name, config_operation, value, ..Default::default() }
            });
            IncrementalAlterConfigsResource {
                resource_type,
                resource_name,
                configs: configs.collect(),
                ..Default::default()
            }
        });
        let request = IncrementalAlterConfigsRequest {
            resources: resources.collect(),
            validate_only,
            ..Default::default()
        };
        let answer = self.client.request(&node, Purpose::Control, request, deadline).await?;
        let items = answer.responses.into_iter().filter_map(|result| {
            let wire = (result.resource_type, result.resource_name);
            let resource = names.iter().find(|resource| resource.wire() == wire)?.clone();
            Some((resource, Refusal::check(result.error_code, result.error_message)))
        });
        Ok(Answer::new(answer.throttle_time_ms, items.collect()))
    }
}

fn entry(config: DescribeConfigsResourceResult) -> ConfigEntry {
    let synonyms = config.synonyms.into_iter().map(|synonym| ConfigSynonym {
        name: synonym.name,
        value: synonym.value,
        source: synonym.source.into(),
    });
    ConfigEntry {
        name: config.name,
        value: config.value,
        source: config.config_source.into(),
        read_only: config.read_only,
        is_sensitive: config.is_sensitive,
        synonyms: synonyms.collect(),
    }
}

/// Resources by the node that answers for them.
fn by_node<T>(open: BTreeMap<ConfigResource, T>) -> Vec<(NodeRef, Vec<(ConfigResource, T)>)> {
    let mut parts: Vec<(NodeRef, Vec<(ConfigResource, T)>)> = Vec::new();
    for (resource, item) in open {
        let node = resource.node();
        match parts.iter_mut().find(|(other, _)| *other == node) {
            Some((_, part)) => part.push((resource, item)),
            None => parts.push((node, vec![(resource, item)])),
        }
    }
    parts
}

/// One answer from several: a node that cannot be reached leaves its items open, unless no node could.
pub(super) fn merge<K, T>(answers: Vec<Result<Answer<K, T>, Error>>) -> Result<Answer<K, T>, Error> {
    let mut merged = Answer::new(0, Vec::new());
    let mut failure = None;
    for answer in answers {
        match answer {
            Ok(answer) => {
                merged.throttle = merged.throttle.max(answer.throttle);
                merged.items.extend(answer.items);
            }
            Err(error) if !error.is_retriable() => return Err(error),
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if merged.items.is_empty() => Err(error),
        _ => Ok(merged),
    }
}

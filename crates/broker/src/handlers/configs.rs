//! DescribeConfigs, AlterConfigs, IncrementalAlterConfigs.
//!
//! Topic configurations are checked and take effect where the broker knows them; those of brokers and other
//! resources are kept and described, nothing more.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::alter_configs_response::AlterConfigsResourceResponse as Altered;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::incremental_alter_configs_request::AlterableConfig;
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse as Incremented;
use kafka_protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse, DescribeConfigsRequest, DescribeConfigsResponse,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};

use super::text;
use crate::cluster::{Cluster, Refusal};
use crate::connection::Context;
use crate::topic_config::{Kind, TOPIC_CONFIGS};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

const SOURCE_TOPIC: i8 = 1;
const SOURCE_DYNAMIC_BROKER: i8 = 2;
const SOURCE_STATIC_BROKER: i8 = 4;
const SOURCE_DEFAULT: i8 = 5;

/// A configuration as it is described.
pub(super) struct Entry {
    pub name: String,
    pub value: String,
    pub source: i8,
    kind: Kind,
    read_only: bool,
    default: Option<String>,
}

/// All known topic configurations with the topic's own values over the defaults.
pub(super) fn topic_entries(
    cluster: &Cluster,
    own: &BTreeMap<String, String>,
) -> impl Iterator<Item = Entry> + use<> {
    let message_max = cluster.settings.message_max_bytes.to_string();
    let own = own.clone();
    TOPIC_CONFIGS.iter().map(move |known| {
        let inherited = known.name == "max.message.bytes" && message_max != known.default;
        let default = if inherited { message_max.clone() } else { known.default.to_owned() };
        let (value, source) = match own.get(known.name) {
            Some(value) => (value.clone(), SOURCE_TOPIC),
            None if inherited => (default.clone(), SOURCE_STATIC_BROKER),
            None => (default.clone(), SOURCE_DEFAULT),
        };
        let name = known.name.to_owned();
        Entry { name, value, source, kind: known.kind, read_only: false, default: Some(default) }
    })
}

fn broker_entries(cluster: &Cluster, node: &str) -> Vec<Entry> {
    let fixed = |name: &str, value: String, kind, source| Entry {
        name: name.to_owned(),
        value,
        source,
        kind,
        read_only: true,
        default: None,
    };
    let settings = &cluster.settings;
    let mut entries = vec![
        fixed(
            "auto.create.topics.enable",
            settings.auto_create.to_string(),
            Kind::Boolean,
            SOURCE_STATIC_BROKER,
        ),
        fixed("default.replication.factor", "1".into(), Kind::Int, SOURCE_DEFAULT),
        fixed("delete.topic.enable", "true".into(), Kind::Boolean, SOURCE_DEFAULT),
        fixed("log.cleanup.policy", "delete".into(), Kind::List, SOURCE_DEFAULT),
        fixed("message.max.bytes", settings.message_max_bytes.to_string(), Kind::Int, SOURCE_STATIC_BROKER),
        fixed("min.insync.replicas", "1".into(), Kind::Int, SOURCE_DEFAULT),
        fixed("node.id", node.to_owned(), Kind::Int, SOURCE_STATIC_BROKER),
        fixed("num.partitions", settings.num_partitions.to_string(), Kind::Int, SOURCE_STATIC_BROKER),
    ];
    entries.extend(stored_entries(cluster, BROKER, node));
    entries
}

fn stored_entries(cluster: &Cluster, kind: i8, name: &str) -> impl Iterator<Item = Entry> {
    cluster.configs.get(&(kind, name.to_owned())).into_iter().flatten().map(|(name, value)| Entry {
        name: name.clone(),
        value: value.clone(),
        source: SOURCE_DYNAMIC_BROKER,
        kind: Kind::Text,
        read_only: false,
        default: None,
    })
}

pub(super) fn describe(cx: &Context, request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let cluster = cx.shared.cluster();
    let results = request.resources.into_iter().map(|resource| {
        let kind = resource.resource_type;
        let result = DescribeConfigsResult::default()
            .with_resource_type(kind)
            .with_resource_name(resource.resource_name.clone());
        let asked = |e: &Entry| {
            resource.configuration_keys.as_ref().is_none_or(|keys| keys.iter().any(|k| k.as_str() == e.name))
        };
        match entries(&cluster, kind, &resource.resource_name) {
            Ok(entries) => {
                let entries = entries.into_iter().filter(asked);
                result.with_configs(entries.map(|e| described(cx, e, request.include_synonyms)).collect())
            }
            Err((code, problem)) => {
                result.with_error_code(code.code()).with_error_message(Some(text(problem)))
            }
        }
    });
    let results = results.collect();
    DescribeConfigsResponse::default().with_results(results)
}

fn entries(cluster: &Cluster, kind: i8, name: &str) -> Result<Vec<Entry>, Refusal> {
    match kind {
        TOPIC => match cluster.topics.get(name) {
            Some(topic) => Ok(topic_entries(cluster, &topic.configs).collect()),
            None => {
                Err((ResponseError::UnknownTopicOrPartition, format!("The topic '{name}' does not exist")))
            }
        },
        BROKER if name.is_empty() => Ok(stored_entries(cluster, BROKER, name).collect()),
        BROKER => match name.parse::<i32>().ok().filter(|id| cluster.nodes.iter().any(|n| n.id == *id)) {
            Some(_) => Ok(broker_entries(cluster, name)),
            None => Err((ResponseError::InvalidRequest, format!("there is no broker {name}"))),
        },
        _ => Ok(stored_entries(cluster, kind, name).collect()),
    }
}

fn described(cx: &Context, entry: Entry, synonyms: bool) -> DescribeConfigsResourceResult {
    let mut result = DescribeConfigsResourceResult::default()
        .with_name(text(entry.name.clone()))
        .with_value(Some(text(entry.value.clone())))
        .with_read_only(entry.read_only)
        .with_config_source(entry.source);
    if cx.version >= 3 {
        result.config_type = entry.kind as i8;
    }
    if synonyms {
        let synonym = |value: String, source| {
            DescribeConfigsSynonym::default()
                .with_name(text(entry.name.clone()))
                .with_value(Some(text(value)))
                .with_source(source)
        };
        result.synonyms.push(synonym(entry.value.clone(), entry.source));
        if let Some(default) = entry.default.filter(|_| entry.source != SOURCE_DEFAULT) {
            result.synonyms.push(synonym(default, SOURCE_DEFAULT));
        }
    }
    result
}

pub(super) fn alter(cx: &Context, request: AlterConfigsRequest) -> AlterConfigsResponse {
    let mut cluster = cx.shared.cluster();
    let responses = request.resources.into_iter().map(|resource| {
        let (kind, name) = (resource.resource_type, resource.resource_name.clone());
        let configs = resource.configs.iter();
        let configs =
            configs.filter_map(|c| Some((c.name.to_string(), c.value.as_ref()?.to_string()))).collect();
        let altered = exists(&cluster, kind, &name)
            .and_then(|()| replace(&mut cluster, kind, &name, configs, request.validate_only));
        let response = Altered::default().with_resource_type(kind).with_resource_name(name);
        match altered {
            Ok(()) => response,
            Err((code, problem)) => {
                response.with_error_code(code.code()).with_error_message(Some(text(problem)))
            }
        }
    });
    let responses = responses.collect();
    AlterConfigsResponse::default().with_responses(responses)
}

pub(super) fn alter_incrementally(
    cx: &Context,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let mut cluster = cx.shared.cluster();
    let responses = request.resources.into_iter().map(|resource| {
        let (kind, name) = (resource.resource_type, resource.resource_name.clone());
        let altered = exists(&cluster, kind, &name)
            .and_then(|()| changed(&cluster, kind, &name, &resource.configs))
            .and_then(|configs| replace(&mut cluster, kind, &name, configs, request.validate_only));
        let response = Incremented::default().with_resource_type(kind).with_resource_name(name);
        match altered {
            Ok(()) => response,
            Err((code, problem)) => {
                response.with_error_code(code.code()).with_error_message(Some(text(problem)))
            }
        }
    });
    let responses = responses.collect();
    IncrementalAlterConfigsResponse::default().with_responses(responses)
}

fn exists(cluster: &Cluster, kind: i8, name: &str) -> Result<(), Refusal> {
    if kind == TOPIC && !cluster.topics.contains_key(name) {
        return Err((ResponseError::UnknownTopicOrPartition, format!("The topic '{name}' does not exist.")));
    }
    Ok(())
}

/// The present configuration with set, delete, append and subtract applied in order.
fn changed(
    cluster: &Cluster,
    kind: i8,
    name: &str,
    operations: &[AlterableConfig],
) -> Result<BTreeMap<String, String>, Refusal> {
    let present = match kind {
        TOPIC => cluster.topics.get(name).map(|t| t.configs.clone()),
        _ => cluster.configs.get(&(kind, name.to_owned())).cloned(),
    };
    let mut configs = present.unwrap_or_default();
    for operation in operations {
        let key = operation.name.to_string();
        let value = operation.value.as_ref().map(ToString::to_string).unwrap_or_default();
        match operation.config_operation {
            0 => {
                configs.insert(key, value);
            }
            1 => {
                configs.remove(&key);
            }
            op @ (2 | 3) => {
                let default = TOPIC_CONFIGS.iter().find(|k| k.name == key);
                if default.is_some_and(|k| k.kind != Kind::List) {
                    let text = format!("Config value append is not allowed for config key: {key}");
                    return Err((ResponseError::InvalidConfig, text));
                }
                let list = configs.get(&key).cloned();
                let list = list.or_else(|| default.map(|k| k.default.to_owned())).unwrap_or_default();
                configs.insert(key, combined(&list, &value, op == 2));
            }
            other => {
                let text = format!("Unknown config operation {other}");
                return Err((ResponseError::InvalidRequest, text));
            }
        }
    }
    Ok(configs)
}

fn combined(list: &str, value: &str, add: bool) -> String {
    let split = |s: &str| {
        s.split(',').map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut items = split(list);
    let named = split(value);
    items.retain(|item| !named.contains(item));
    if add {
        items.extend(named);
    }
    items.join(",")
}

fn replace(
    cluster: &mut Cluster,
    kind: i8,
    name: &str,
    configs: BTreeMap<String, String>,
    validate_only: bool,
) -> Result<(), Refusal> {
    match (kind, validate_only) {
        (TOPIC, true) => match crate::topic_config::problem(&configs) {
            Some(problem) => Err((ResponseError::InvalidConfig, problem)),
            None => Ok(()),
        },
        (_, true) => Ok(()),
        (TOPIC, false) => cluster.set_topic_configs(name, configs),
        (_, false) => cluster.set_configs(kind, name, configs),
    }
}

//! Topics: create, delete, list, describe, add partitions, delete records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_wire::messages::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreatePartitionsRequest,
    CreatePartitionsTopic, CreateTopicsRequest, DeleteRecordsPartition, DeleteRecordsRequest,
    DeleteRecordsTopic, DeleteTopicState, DeleteTopicsRequest, MetadataRequest, MetadataRequestTopic,
    MetadataResponse, MetadataResponseTopic,
};
use kconnect_wire::{ErrorCode, Uuid};

use super::settle::{Answer, Refusal, settle};
use super::{Admin, PerItem};
use crate::consumer::offsets::leader_of;
use crate::metadata::{PartitionMetadata, TopicMetadata};
use crate::net::backoff::now;
use crate::net::{NodeRef, Purpose};
use crate::{Error, ErrorKind, TopicPartition};

/// A topic to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// Number of partitions; `None` for the broker's default (broker 2.4 or newer, A4).
    pub partitions: Option<i32>,
    /// Replicas of each partition; `None` for the broker's default (broker 2.4 or newer, A4).
    pub replication: Option<i16>,
    /// Brokers of each partition, instead of the two numbers.
    pub assignments: Vec<Vec<i32>>,
    /// Configurations that differ from the defaults.
    pub configs: BTreeMap<String, String>,
}

impl NewTopic {
    /// A topic with the broker's defaults.
    pub fn new(name: impl Into<String>) -> Self {
        NewTopic {
            name: name.into(),
            partitions: None,
            replication: None,
            assignments: Vec::new(),
            configs: BTreeMap::new(),
        }
    }

    /// Sets the number of partitions.
    pub fn partitions(mut self, partitions: i32) -> Self {
        self.partitions = Some(partitions);
        self
    }

    /// Sets the number of replicas.
    pub fn replication(mut self, replication: i16) -> Self {
        self.replication = Some(replication);
        self
    }

    /// Sets one configuration.
    pub fn config(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.configs.insert(name.into(), value.into());
        self
    }
}

/// What to make of a topic that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateMode {
    /// An error, unless an earlier attempt of the same call may have created it (A3).
    New,
    /// Fine: the caller wants the topic to exist.
    Ensure,
    /// Check the request and create nothing.
    ValidateOnly,
}

/// A topic that exists now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Whether it was there before.
    pub existed: bool,
    /// Its id, when the broker tells (2.8 or newer).
    pub id: Option<Uuid>,
    /// Number of partitions, -1 when the broker does not tell.
    pub partitions: i32,
    /// Number of replicas, -1 when the broker does not tell.
    pub replication: i16,
}

/// A topic in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicListing {
    /// Its name.
    pub name: String,
    /// Its id, when the broker tells (2.8 or newer).
    pub id: Option<Uuid>,
    /// Kafka's own topics.
    pub internal: bool,
}

/// First versions that take -1 for the broker's default.
const DEFAULTS_FROM: i16 = 4;
/// First version that deletes by id or name in one list.
const DELETE_STATES_FROM: i16 = 6;
/// How long to wait between looks whether a new topic has leaders.
const LOOK: Duration = Duration::from_millis(50);

impl Admin {
    /// Creates topics and waits until their partitions have leaders (A3).
    pub async fn create_topics(
        &self,
        topics: Vec<NewTopic>,
        mode: CreateMode,
        deadline: Instant,
    ) -> PerItem<String, CreatedTopic> {
        let open = topics.into_iter().map(|topic| (topic.name.clone(), topic)).collect();
        let attempted = |name: &String| format!("creating topic {name}");
        let ask =
            |open: BTreeMap<String, NewTopic>, in_doubt| self.create_once(open, mode, in_doubt, deadline);
        let created = settle(&self.client, open, deadline, attempted, ask).await;
        if mode != CreateMode::ValidateOnly {
            let fresh: Vec<&str> =
                created.iter().filter(|(_, r)| r.is_ok()).map(|(name, _)| name.as_str()).collect();
            self.await_leaders(&fresh, deadline).await;
        }
        created
    }

    async fn create_once(
        &self,
        open: BTreeMap<String, NewTopic>,
        mode: CreateMode,
        in_doubt: bool,
        deadline: Instant,
    ) -> Result<Answer<String, CreatedTopic>, Error> {
        let timeout_ms = self.broker_time(deadline);
        let build = |version: i16| {
            let by_default = |t: &NewTopic| {
                t.assignments.is_empty() && (t.partitions.is_none() || t.replication.is_none())
            };
            if version < DEFAULTS_FROM && open.values().any(by_default) {
                let message = "this broker needs the number of partitions and replicas to be named";
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            Ok(CreateTopicsRequest {
                topics: open.into_values().map(creatable).collect(),
                timeout_ms,
                validate_only: mode == CreateMode::ValidateOnly,
                ..Default::default()
            })
        };
        let answer =
            self.client.request_with(&NodeRef::Controller, Purpose::Control, None, deadline, build).await?;
        let forgives = mode == CreateMode::Ensure || (mode == CreateMode::New && in_doubt);
        let items = answer.topics.into_iter().map(|topic| {
            let existed = topic.error_code == ErrorCode::TOPIC_ALREADY_EXISTS && forgives;
            let created = CreatedTopic {
                existed,
                id: Some(topic.topic_id).filter(|id| !id.is_zero()),
                partitions: topic.num_partitions,
                replication: topic.replication_factor,
            };
            let result = if existed { Ok(()) } else { Refusal::check(topic.error_code, topic.error_message) };
            (topic.name, result.map(|()| created))
        });
        Ok(Answer::new(answer.throttle_time_ms, items.collect()))
    }

    /// Best effort: the topic exists, whether or not we see its leaders in time.
    async fn await_leaders(&self, topics: &[&str], deadline: Instant) {
        while !topics.is_empty() {
            let Ok(known) = self.client.metadata().ensure(topics, deadline).await else { return };
            if known.iter().all(|topic| topic.partitions.iter().all(|p| p.leader.is_some())) {
                return;
            }
            if now() + LOOK >= deadline {
                return;
            }
            tokio::time::sleep(LOOK).await;
            if self.client.metadata().refresh(deadline).await.is_err() {
                return;
            }
        }
    }

    /// Deletes topics. Brokers forget them one after the other, so a topic may be listed for a moment longer (A7).
    pub async fn delete_topics(&self, topics: Vec<String>, deadline: Instant) -> PerItem<String, ()> {
        let open = topics.into_iter().map(|name| (name, ())).collect();
        let attempted = |name: &String| format!("deleting topic {name}");
        let ask = |open: BTreeMap<String, ()>, in_doubt| self.delete_once(open, in_doubt, deadline);
        let deleted = settle(&self.client, open, deadline, attempted, ask).await;
        for name in deleted.iter().filter(|(_, result)| result.is_ok()).map(|(name, _)| name) {
            self.client.metadata().forget(name);
        }
        deleted
    }

    async fn delete_once(
        &self,
        open: BTreeMap<String, ()>,
        in_doubt: bool,
        deadline: Instant,
    ) -> Result<Answer<String, ()>, Error> {
        let timeout_ms = self.broker_time(deadline);
        let names: Vec<String> = open.into_keys().collect();
        let build = |version: i16| {
            let state = |name: &String| DeleteTopicState { name: Some(name.clone()), ..Default::default() };
            Ok(match version >= DELETE_STATES_FROM {
                true => DeleteTopicsRequest {
                    topics: names.iter().map(state).collect(),
                    timeout_ms,
                    ..Default::default()
                },
                false => DeleteTopicsRequest { topic_names: names, timeout_ms, ..Default::default() },
            })
        };
        let answer =
            self.client.request_with(&NodeRef::Controller, Purpose::Control, None, deadline, build).await?;
        let items = answer.responses.into_iter().filter_map(|topic| {
            // Our own earlier attempt may have deleted it. Otherwise a name that is not there is final.
            let result = match topic.error_code {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION if in_doubt => Ok(()),
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => Err(final_refusal(topic.error_message)),
                code => Refusal::check(code, topic.error_message),
            };
            Some((topic.name?, result))
        });
        Ok(Answer::new(answer.throttle_time_ms, items.collect()))
    }

    /// Raises partition counts to the given totals.
    pub async fn create_partitions(
        &self,
        totals: BTreeMap<String, i32>,
        deadline: Instant,
    ) -> PerItem<String, ()> {
        let attempted = |name: &String| format!("adding partitions to topic {name}");
        settle(&self.client, totals, deadline, attempted, |open, _| async move {
            let topic = |(name, count)| CreatePartitionsTopic {
                name,
                count,
                assignments: None,
                ..Default::default()
            };
            let request = CreatePartitionsRequest {
                topics: open.into_iter().map(topic).collect(),
                timeout_ms: self.broker_time(deadline),
                validate_only: false,
                ..Default::default()
            };
            let answer =
                self.client.request(&NodeRef::Controller, Purpose::Control, request, deadline).await?;
            let items =
                answer.results.into_iter().map(|t| (t.name, Refusal::check(t.error_code, t.error_message)));
            Ok(Answer::new(answer.throttle_time_ms, items.collect()))
        })
        .await
    }

    /// All topics that the principal may see.
    ///
    /// # Errors
    /// `Timeout`, `Authorization`.
    pub async fn list_topics(&self, deadline: Instant) -> Result<Vec<TopicListing>, Error> {
        let answer = self.metadata(None, deadline).await?;
        let listed = answer.topics.into_iter().filter(|topic| topic.error_code.is_ok()).filter_map(|topic| {
            let id = Some(topic.topic_id).filter(|id| !id.is_zero());
            Some(TopicListing { name: topic.name?, id, internal: topic.is_internal })
        });
        Ok(listed.collect())
    }

    /// Partitions, leaders and replicas of topics, asked now. A topic that does not exist is an error at once.
    pub async fn describe_topics(
        &self,
        topics: Vec<String>,
        deadline: Instant,
    ) -> PerItem<String, TopicMetadata> {
        let open = topics.into_iter().map(|name| (name, ())).collect();
        let attempted = |name: &String| format!("describing topic {name}");
        settle(&self.client, open, deadline, attempted, |open: BTreeMap<String, ()>, _| async move {
            let answer = self.metadata(Some(open.into_keys().collect()), deadline).await?;
            let items = answer.topics.into_iter().filter_map(|topic| {
                let name = topic.name.clone()?;
                let result = match topic.error_code {
                    ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => Err(final_refusal(None)),
                    // Partitions without a leader are part of the description.
                    ErrorCode::LEADER_NOT_AVAILABLE if !topic.partitions.is_empty() => Ok(()),
                    code => Refusal::check(code, None),
                };
                Some((name, result.map(|()| description(topic))))
            });
            Ok(Answer::new(answer.throttle_time_ms, items.collect()))
        })
        .await
    }

    pub(super) async fn metadata(
        &self,
        topics: Option<BTreeSet<String>>,
        deadline: Instant,
    ) -> Result<MetadataResponse, Error> {
        let by_name = |name| MetadataRequestTopic { name: Some(name), ..Default::default() };
        let request = MetadataRequest {
            topics: topics.map(|topics| topics.into_iter().map(by_name).collect()),
            allow_auto_topic_creation: false,
            ..Default::default()
        };
        let answer = self.client.request(&NodeRef::Any, Purpose::Control, request, deadline).await?;
        answer.error_code.check().map_err(|code| Error::from_code(code, "asking for metadata"))?;
        Ok(answer)
    }

    /// Deletes records below the given offsets (-1: all). Answers the new first offset of each partition.
    pub async fn delete_records(
        &self,
        before: BTreeMap<TopicPartition, i64>,
        deadline: Instant,
    ) -> PerItem<TopicPartition, i64> {
        let attempted = |tp: &TopicPartition| format!("deleting records of {tp}");
        let ask = |open: BTreeMap<TopicPartition, i64>, _| self.delete_records_once(open, deadline);
        settle(&self.client, before, deadline, attempted, ask).await
    }

    async fn delete_records_once(
        &self,
        open: BTreeMap<TopicPartition, i64>,
        deadline: Instant,
    ) -> Result<Answer<TopicPartition, i64>, Error> {
        let mut items = Vec::new();
        let mut plan: BTreeMap<i32, BTreeMap<Arc<str>, Vec<DeleteRecordsPartition>>> = BTreeMap::new();
        for (tp, offset) in open {
            match leader_of(&self.client, &tp, deadline).await {
                Ok((node, _)) => {
                    let topics = plan.entry(node).or_default();
                    let partition = DeleteRecordsPartition {
                        partition_index: tp.partition,
                        offset,
                        ..Default::default()
                    };
                    topics.entry(tp.topic).or_default().push(partition);
                }
                Err(error) => {
                    let code = error.code().unwrap_or(ErrorCode::LEADER_NOT_AVAILABLE);
                    let refusal = match error.kind() {
                        ErrorKind::UnknownTopic => final_refusal(Some(error.to_string())),
                        _ => Refusal { code, text: Some(error.to_string()), is_final: false },
                    };
                    items.push((tp, Err(refusal)));
                }
            }
        }
        for (node, topics) in plan {
            let topic = |(name, partitions): (Arc<str>, _)| DeleteRecordsTopic {
                name: name.to_string(),
                partitions,
                ..Default::default()
            };
            let request = DeleteRecordsRequest {
                topics: topics.into_iter().map(topic).collect(),
                timeout_ms: self.broker_time(deadline),
                ..Default::default()
            };
            // A leader that does not answer leaves its partitions open for the next attempt.
            let answer =
                match self.client.request(&NodeRef::Id(node), Purpose::Control, request, deadline).await {
                    Ok(answer) => answer,
                    Err(error) if error.is_retriable() => continue,
                    Err(error) => return Err(error),
                };
            for topic in answer.topics {
                let name: Arc<str> = topic.name.into();
                for p in topic.partitions {
                    let result = Refusal::check(p.error_code, None).map(|()| p.low_watermark);
                    items.push((TopicPartition::new(name.clone(), p.partition_index), result));
                }
            }
        }
        Ok(Answer::new(0, items))
    }

    /// Time for the broker to finish what it does before it answers, inside our deadline.
    pub(super) fn broker_time(&self, deadline: Instant) -> i32 {
        let left = deadline.saturating_duration_since(now()).min(self.client.config().request_timeout);
        // Its answer should reach us before we stop waiting for it.
        i32::try_from(left.mul_f64(0.9).as_millis()).unwrap_or(i32::MAX)
    }
}

/// The topic is not there, and asking again does not change that: unlike for a producer, for which it may
/// just have been created.
fn final_refusal(text: Option<String>) -> Refusal {
    Refusal { code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, text, is_final: true }
}

fn creatable(topic: NewTopic) -> CreatableTopic {
    let assignment = |(index, broker_ids)| CreatableReplicaAssignment {
        partition_index: index,
        broker_ids,
        ..Default::default()
    };
    let config = |(name, value)| CreatableTopicConfig { name, value: Some(value), ..Default::default() };
    CreatableTopic {
        name: topic.name,
        num_partitions: topic.partitions.unwrap_or(-1),
        replication_factor: topic.replication.unwrap_or(-1),
        assignments: (0..).zip(topic.assignments).map(assignment).collect(),
        configs: topic.configs.into_iter().map(config).collect(),
        ..Default::default()
    }
}

fn description(topic: MetadataResponseTopic) -> TopicMetadata {
    let partition = |p: kconnect_wire::messages::MetadataResponsePartition| PartitionMetadata {
        index: p.partition_index,
        leader: Some(p.leader_id).filter(|id| *id >= 0),
        leader_epoch: p.leader_epoch,
        replicas: p.replica_nodes,
        isr: p.isr_nodes,
        offline: p.offline_replicas,
    };
    let mut partitions: Vec<PartitionMetadata> = topic.partitions.into_iter().map(partition).collect();
    partitions.sort_by_key(|partition| partition.index);
    TopicMetadata {
        name: topic.name.unwrap_or_default().into(),
        id: Some(topic.topic_id).filter(|id| !id.is_zero()),
        internal: topic.is_internal,
        partitions,
    }
}

//! Topics: created, changed and deleted; their partitions placed on nodes.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use uuid::Uuid;

use super::journal::{topic_change, topic_dir};
use super::{Cluster, NO_LEADER, NewTopic, Partition, Refusal, Topic};
use crate::journal::Change;
use crate::log::PartitionLog;
use crate::topic_config;

impl Cluster {
    /// Makes a topic, unless `validate_only`.
    pub(crate) fn create_topic(
        &mut self,
        name: &str,
        new: NewTopic,
        validate_only: bool,
    ) -> Result<Uuid, Refusal> {
        if let Some(problem) = name_problem(name) {
            return Err((ResponseError::InvalidTopicException, problem));
        }
        if self.topics.contains_key(name) {
            return Err((ResponseError::TopicAlreadyExists, format!("Topic '{name}' already exists.")));
        }
        if let Some(problem) = topic_config::problem(&new.configs) {
            return Err((ResponseError::InvalidConfig, problem));
        }
        let placement = self.place(&new)?;
        let id = Uuid::new_v4();
        if validate_only {
            return Ok(id);
        }
        let partitions = self.open_partitions(id, 0, placement)?;
        let topic = Topic { id, name: name.to_owned(), configs: new.configs, partitions };
        self.record(&[topic_change(&topic)])?;
        self.topic_names.insert(id, name.to_owned());
        self.topics.insert(name.to_owned(), topic);
        Ok(id)
    }

    /// Removes a topic, its records and the offsets that groups committed for it.
    pub(crate) fn delete_topic(&mut self, name: &str) -> Result<Uuid, ResponseError> {
        let id = self.topics.get(name).ok_or(ResponseError::UnknownTopicOrPartition)?.id;
        let mut changes = vec![Change::TopicDeleted { id }];
        for (group, state) in &self.groups {
            changes.extend(state.offsets.keys().filter(|(t, _)| t == name).map(|(topic, partition)| {
                Change::OffsetDeleted { group: group.clone(), topic: topic.clone(), partition: *partition }
            }));
        }
        self.record(&changes).map_err(|(code, _)| code)?;
        for group in self.groups.values_mut() {
            group.offsets.retain(|(topic, _), _| topic != name);
        }
        self.topic_names.remove(&id);
        if let Some(topic) = self.topics.remove(name) {
            topic.partitions.iter().for_each(|p| p.log.wake());
        }
        if let Some(store) = &self.store
            && let Err(error) = std::fs::remove_dir_all(topic_dir(&store.dir, id))
        {
            tracing::warn!(%error, topic = name, "could not delete the topic's folder; the next start does");
        }
        Ok(id)
    }

    /// Grows a topic to `count` partitions; counts never shrink (M12).
    pub(crate) fn add_partitions(
        &mut self,
        name: &str,
        count: i32,
        assignments: Vec<Vec<i32>>,
        validate_only: bool,
    ) -> Result<(), Refusal> {
        let unknown =
            || (ResponseError::UnknownTopicOrPartition, "This server does not host this topic.".into());
        let topic = self.topics.get(name).ok_or_else(unknown)?;
        let (id, present) = (topic.id, topic.partitions.len());
        let replication = topic.partitions.first().map_or(1, |p| p.replicas.len() as i16);
        let more = usize::try_from(count).unwrap_or(0).checked_sub(present).filter(|more| *more > 0);
        let Some(more) = more else {
            let text = format!("The topic has {present} partitions, {count} would not be an increase.");
            return Err((ResponseError::InvalidPartitions, text));
        };
        if !assignments.is_empty() && assignments.len() != more {
            let text = format!("{more} partitions are added, {} are assigned.", assignments.len());
            return Err((ResponseError::InvalidReplicaAssignment, text));
        }
        let partitions = if assignments.is_empty() { more as i32 } else { -1 };
        let new = NewTopic { partitions, replication, assignments, configs: BTreeMap::new() };
        let placement = self.place(&new)?;
        if validate_only {
            return Ok(());
        }
        let opened = self.open_partitions(id, present, placement)?;
        let topic = self.topics.get(name).ok_or_else(unknown)?;
        let Change::Topic { id, name: topic_name, configs, mut partitions } = topic_change(topic) else {
            return Ok(());
        };
        partitions.extend(opened.iter().map(Partition::store));
        self.record(&[Change::Topic { id, name: topic_name, configs, partitions }])?;
        if let Some(topic) = self.topics.get_mut(name) {
            topic.partitions.extend(opened);
        }
        Ok(())
    }

    /// Replaces a topic's configuration.
    pub(crate) fn set_topic_configs(
        &mut self,
        name: &str,
        configs: BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        if let Some(problem) = topic_config::problem(&configs) {
            return Err((ResponseError::InvalidConfig, problem));
        }
        let topic = self.topics.get(name).ok_or((ResponseError::UnknownTopicOrPartition, String::new()))?;
        let Change::Topic { id, name: topic_name, partitions, .. } = topic_change(topic) else {
            return Ok(());
        };
        self.record(&[Change::Topic { id, name: topic_name, configs: configs.clone(), partitions }])?;
        if let Some(topic) = self.topics.get_mut(name) {
            topic.configs = configs;
        }
        Ok(())
    }

    /// Replaces the stored configuration of another resource; the broker only keeps it.
    pub(crate) fn set_configs(
        &mut self,
        kind: i8,
        name: &str,
        configs: BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        self.record(&[Change::Configs { kind, name: name.to_owned(), configs: configs.clone() }])?;
        self.configs.insert((kind, name.to_owned()), configs);
        Ok(())
    }

    /// Deletes records below `offset` (-1: all) and returns the new start.
    pub(crate) fn delete_records(
        &mut self,
        name: &str,
        index: i32,
        offset: i64,
    ) -> Result<i64, ResponseError> {
        let (topic, partition) = self.partition(name, Uuid::nil(), index)?;
        let (id, log) = (topic.id, partition.log.clone());
        let offsets = log.offsets();
        let asked = if offset == -1 { offsets.high_watermark } else { offset };
        if asked < 0 || asked > offsets.high_watermark {
            return Err(ResponseError::OffsetOutOfRange);
        }
        let start = asked.max(offsets.start);
        self.record(&[Change::LogStart { id, partition: index, offset: start }]).map_err(|(code, _)| code)?;
        if let Some(partition) = self.topics.get_mut(name).and_then(|t| t.partitions.get_mut(index as usize))
        {
            partition.start = start;
        }
        log.delete_before(start)
    }

    /// Replicas per new partition, or why they cannot be placed.
    fn place(&self, new: &NewTopic) -> Result<Vec<Vec<i32>>, Refusal> {
        if !new.assignments.is_empty() {
            let known = |r: &i32| self.nodes.iter().any(|n| n.id == *r);
            if new.assignments.iter().any(|a| a.is_empty() || !a.iter().all(known)) {
                let text = "an assignment is empty or names a node that does not exist";
                return Err((ResponseError::InvalidReplicaAssignment, text.into()));
            }
            return Ok(new.assignments.clone());
        }
        let partitions = if new.partitions == -1 { self.settings.num_partitions } else { new.partitions };
        if !(1..=100_000).contains(&partitions) {
            return Err((
                ResponseError::InvalidPartitions,
                "Number of partitions must be larger than 0.".into(),
            ));
        }
        let replication = if new.replication == -1 { 1 } else { new.replication };
        if replication < 1 {
            let text = "Replication factor must be larger than 0.".into();
            return Err((ResponseError::InvalidReplicationFactor, text));
        }
        let nodes: Vec<i32> = self.nodes.iter().map(|n| n.id).collect();
        if replication as usize > nodes.len() {
            let text = format!(
                "Unable to replicate the partition {replication} time(s): The target replication factor of \
                 {replication} cannot be reached because only {} broker(s) are registered.",
                nodes.len()
            );
            return Err((ResponseError::InvalidReplicationFactor, text));
        }
        // As Kafka: on nodes that are up, as long as there are enough of them.
        let living: Vec<i32> = self.living_nodes().map(|n| n.id).collect();
        let nodes = if living.len() >= replication as usize { living } else { nodes };
        // Every topic starts at the first node, so that a test can foretell who leads.
        let replicas =
            |p: i32| (0..replication as usize).map(|r| nodes[(p as usize + r) % nodes.len()]).collect();
        Ok((0..partitions).map(replicas).collect())
    }

    fn open_partitions(
        &self,
        id: Uuid,
        first: usize,
        placement: Vec<Vec<i32>>,
    ) -> Result<Vec<Partition>, Refusal> {
        let mut partitions = Vec::with_capacity(placement.len());
        for (i, replicas) in placement.into_iter().enumerate() {
            let log = self.open_log(id, first + i, 0).map_err(|error| {
                let text = format!("a partition's folder could not be made: {error}");
                (ResponseError::KafkaStorageError, text)
            })?;
            let leader = replicas.iter().copied().find(|r| self.is_alive(*r)).unwrap_or(NO_LEADER);
            log.begin_epoch(0);
            partitions.push(Partition { leader, epoch: 0, replicas, log: Arc::new(log), start: 0 });
        }
        Ok(partitions)
    }

    pub(super) fn open_log(&self, id: Uuid, partition: usize, start: i64) -> io::Result<PartitionLog> {
        match &self.settings.data_dir {
            Some(dir) => PartitionLog::open(&topic_dir(dir, id).join(partition.to_string()), start),
            None => Ok(PartitionLog::in_memory()),
        }
    }
}

fn name_problem(name: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() {
        Some("Topic name is invalid: the empty string is not allowed".into())
    } else if name == "." || name == ".." {
        Some(format!("Topic name is invalid: '{name}' is not allowed"))
    } else if name.len() > 249 {
        Some(format!(
            "Topic name is invalid: the length of '{name}' is longer than the max allowed length 249"
        ))
    } else if !name.chars().all(legal) {
        Some(format!(
            "Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        ))
    } else {
        None
    }
}

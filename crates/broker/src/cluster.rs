//! The control state of the virtual cluster: nodes, topics and their placement, groups, producer ids, stored
//! configurations.
//!
//! One owner: everything here is behind the one mutex of [`crate::shared::Shared`], taken for one decision and never
//! across an await. Partition logs lie beside it, reached through `Arc`s that a request takes out under the lock and
//! uses after it. A change is journaled before it is visible, so what a client was told survives the process.
//!
//! **Crash in the middle of**
//! - *creating a topic*: folders first, then the journal entry; folders without an entry are removed at start.
//! - *deleting a topic*: the journal entry first, then the folders; likewise.
//! - *committing offsets*: all partitions of a request are one write; a torn one was not acknowledged.
//! - *moving a leader, deleting records*: one entry each.
//!
//! Without a data folder nothing is journaled.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kafka_protocol::ResponseError;
use tokio::time::Instant;
use uuid::Uuid;

use crate::group::Group;
use crate::journal::{Change, Journal, StoredPartition};
use crate::log::PartitionLog;
use crate::settings::Settings;
use crate::topic_config;

/// Node ids are 1, 2, … as in Kafka's shipped configuration.
pub(crate) const FIRST_NODE: i32 = 1;
/// Nobody leads.
pub(crate) const NO_LEADER: i32 = -1;

/// A refusal with a text for the client.
pub(crate) type Refusal = (ResponseError, String);

/// See the module's head.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) settings: Settings,
    pub(crate) id: String,
    pub(crate) nodes: Vec<NodeState>,
    pub(crate) topics: BTreeMap<String, Topic>,
    topic_names: HashMap<Uuid, String>,
    pub(crate) groups: BTreeMap<String, Group>,
    coordinators: HashMap<String, i32>,
    pub(crate) configs: BTreeMap<(i8, String), BTreeMap<String, String>>,
    next_producer_id: i64,
    store: Option<Store>,
}

#[derive(Debug)]
struct Store {
    dir: PathBuf,
    journal: Journal,
}

/// A virtual node.
#[derive(Clone, Debug)]
pub(crate) struct NodeState {
    pub id: i32,
    pub host: String,
    pub port: u16,
    pub alive: bool,
}

/// A topic. `id` changes when it is deleted and made again (M4).
#[derive(Debug)]
pub(crate) struct Topic {
    pub id: Uuid,
    pub name: String,
    pub configs: BTreeMap<String, String>,
    pub partitions: Vec<Partition>,
}

/// Placement of a partition, and its log.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub leader: i32,
    pub epoch: i32,
    pub replicas: Vec<i32>,
    pub log: Arc<PartitionLog>,
    /// First offset kept; the journal's copy of the log's start.
    start: i64,
}

/// What a new topic shall be.
#[derive(Debug, Default)]
pub(crate) struct NewTopic {
    /// -1: the broker's default.
    pub partitions: i32,
    /// -1: the broker's default, 1.
    pub replication: i16,
    /// Replicas per partition; empty: placed by the broker.
    pub assignments: Vec<Vec<i32>>,
    pub configs: BTreeMap<String, String>,
}

impl Topic {
    /// Value of a configuration, the default when the topic does not set it.
    pub(crate) fn config(&self, name: &str) -> Option<&str> {
        self.configs.get(name).map(String::as_str)
    }

    pub(crate) fn is_internal(&self) -> bool {
        matches!(self.name.as_str(), "__consumer_offsets" | "__transaction_state")
    }
}

impl Cluster {
    /// Starts empty or from the data folder of the settings.
    pub(crate) fn open(settings: Settings, now: Instant) -> io::Result<Self> {
        let changes = settings.data_dir.as_deref().map(Journal::replay).transpose()?.unwrap_or_default();
        let mut cluster = Self {
            id: new_cluster_id(),
            nodes: Vec::new(),
            topics: BTreeMap::new(),
            topic_names: HashMap::new(),
            groups: BTreeMap::new(),
            coordinators: HashMap::new(),
            configs: BTreeMap::new(),
            next_producer_id: 0,
            store: None,
            settings,
        };
        let stored = Stored::fold(changes);
        cluster.adopt(stored, now)?;
        if let Some(dir) = cluster.settings.data_dir.clone() {
            remove_orphans(&dir, &cluster.topic_names)?;
            let journal = Journal::create(&dir, &cluster.snapshot())?;
            cluster.store = Some(Store { dir, journal });
        }
        Ok(cluster)
    }

    /// Notes that a listener is up; leaders come back to a node that had none left.
    pub(crate) fn node_up(&mut self, id: i32, host: String, port: u16) {
        match self.nodes.iter_mut().find(|n| n.id == id) {
            Some(node) => (node.host, node.port, node.alive) = (host, port, true),
            None => self.nodes.push(NodeState { id, host, port, alive: true }),
        }
        self.elect();
    }

    /// Notes that a node is gone; its partitions move to a living replica or are without a leader.
    pub(crate) fn node_down(&mut self, id: i32) {
        if let Some(node) = self.nodes.iter_mut().find(|n| n.id == id) {
            node.alive = false;
        }
        self.elect();
    }

    pub(crate) fn living_nodes(&self) -> impl Iterator<Item = &NodeState> {
        self.nodes.iter().filter(|n| n.alive)
    }

    pub(crate) fn is_alive(&self, id: i32) -> bool {
        self.living_nodes().any(|n| n.id == id)
    }

    pub(crate) fn node(&self, id: i32) -> Option<&NodeState> {
        self.living_nodes().find(|n| n.id == id)
    }

    /// The lowest living node acts as controller; every node forwards, so any of them may be asked.
    pub(crate) fn controller(&self) -> i32 {
        self.living_nodes().map(|n| n.id).min().unwrap_or(-1)
    }

    pub(crate) fn topic_by_id(&self, id: Uuid) -> Option<&Topic> {
        self.topics.get(self.topic_names.get(&id)?)
    }

    /// A partition by topic name, or by topic id when the name is empty.
    pub(crate) fn partition(
        &self,
        name: &str,
        id: Uuid,
        index: i32,
    ) -> Result<(&Topic, &Partition), ResponseError> {
        let by_id = name.is_empty() && !id.is_nil();
        let topic = if by_id { self.topic_by_id(id) } else { self.topics.get(name) };
        let missing =
            if by_id { ResponseError::UnknownTopicId } else { ResponseError::UnknownTopicOrPartition };
        let topic = topic.ok_or(missing)?;
        let partition = usize::try_from(index).ok().and_then(|i| topic.partitions.get(i));
        Ok((topic, partition.ok_or(ResponseError::UnknownTopicOrPartition)?))
    }

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

    /// Makes `node` the leader under a new epoch; it becomes a replica if it was none.
    pub(crate) fn move_leader(&mut self, name: &str, index: i32, node: i32) -> Result<i32, ResponseError> {
        if !self.is_alive(node) {
            return Err(ResponseError::BrokerNotAvailable);
        }
        let topic = self.topics.get_mut(name).ok_or(ResponseError::UnknownTopicOrPartition)?;
        let partition = usize::try_from(index).ok().and_then(|i| topic.partitions.get_mut(i));
        let partition = partition.ok_or(ResponseError::UnknownTopicOrPartition)?;
        if !partition.replicas.contains(&node) {
            partition.replicas.retain(|r| *r != partition.leader);
            partition.replicas.insert(0, node);
        }
        partition.lead(node);
        let epoch = partition.epoch;
        let change = topic_change(topic);
        self.record(&[change]).map_err(|(code, _)| code)?;
        Ok(epoch)
    }

    /// The node that coordinates this group or transactional id, or `None` when no node lives.
    pub(crate) fn coordinator_of(&self, key: &str) -> Option<i32> {
        if let Some(node) = self.coordinators.get(key).filter(|n| self.is_alive(**n)) {
            return Some(*node);
        }
        let living: Vec<i32> = self.living_nodes().map(|n| n.id).collect();
        let hash = key.bytes().fold(0u32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b)));
        (!living.is_empty()).then(|| living[hash as usize % living.len()])
    }

    pub(crate) fn move_coordinator(&mut self, key: &str, node: i32) -> Result<(), ResponseError> {
        if !self.is_alive(node) {
            return Err(ResponseError::BrokerNotAvailable);
        }
        self.coordinators.insert(key.to_owned(), node);
        Ok(())
    }

    pub(crate) fn new_producer_id(&mut self) -> Result<i64, ResponseError> {
        let id = self.next_producer_id;
        self.record(&[Change::NextProducerId(id + 1)]).map_err(|(code, _)| code)?;
        self.next_producer_id = id + 1;
        Ok(id)
    }

    /// Journals a group after something happened to it; call after every use of the engine.
    pub(crate) fn store_group(&mut self, id: &str) {
        let Some(group) = self.groups.get_mut(id) else { return };
        if group.take_changed() {
            let change = Change::Group { id: id.to_owned(), group: group.store() };
            if let Err((_, error)) = self.record(&[change]) {
                tracing::error!(
                    group = id,
                    error,
                    "could not journal a group; it is lost if the process ends"
                );
            }
        }
    }

    /// Runs the timers of all groups.
    pub(crate) fn tick_groups(&mut self, now: Instant) {
        let rules = self.settings.groups;
        let ids: Vec<String> = self.groups.keys().cloned().collect();
        for id in ids {
            if let Some(group) = self.groups.get_mut(&id) {
                group.tick(now, &rules);
            }
            self.store_group(&id);
        }
    }

    /// Appends changes to the journal, if there is one.
    pub(crate) fn record(&mut self, changes: &[Change]) -> Result<(), Refusal> {
        let Some(store) = &mut self.store else { return Ok(()) };
        if let Err(error) = store.journal.append(changes) {
            tracing::error!(%error, "could not append to the journal");
            let text = format!("the journal could not be written: {error}");
            return Err((ResponseError::KafkaStorageError, text));
        }
        if store.journal.is_bloated() {
            self.rewrite_journal();
        }
        Ok(())
    }

    /// Makes journal and logs durable against power loss; errors are logged, for the end comes anyway.
    pub(crate) fn sync(&self) {
        let Some(store) = &self.store else { return };
        let logs = self.topics.values().flat_map(|t| &t.partitions).map(|p| p.log.sync());
        for result in logs.chain([store.journal.sync()]) {
            if let Err(error) = result {
                tracing::error!(%error, "could not sync at shutdown");
            }
        }
    }

    fn rewrite_journal(&mut self) {
        // The change that triggered this is in the old file already and not yet in the state, so that file's content
        // is the truth.
        let Some(dir) = self.store.as_ref().map(|s| s.dir.clone()) else { return };
        let rewritten = Journal::replay(&dir).and_then(|changes| {
            let state = Stored::fold(changes).into_changes();
            self.store.as_mut().map_or(Ok(()), |store| store.journal.rewrite(&state))
        });
        if let Err(error) = rewritten {
            tracing::warn!(%error, "could not rewrite the journal; it goes on growing");
        }
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

    fn open_log(&self, id: Uuid, partition: usize, start: i64) -> io::Result<PartitionLog> {
        match &self.settings.data_dir {
            Some(dir) => PartitionLog::open(&topic_dir(dir, id).join(partition.to_string()), start),
            None => Ok(PartitionLog::in_memory()),
        }
    }

    /// Gives every partition whose leader is dead (or absent) the first living replica.
    fn elect(&mut self) {
        let living: Vec<i32> = self.living_nodes().map(|n| n.id).collect();
        let mut changes = Vec::new();
        for topic in self.topics.values_mut() {
            let mut moved = false;
            for partition in &mut topic.partitions {
                if living.contains(&partition.leader) {
                    continue;
                }
                let next =
                    partition.replicas.iter().copied().find(|r| living.contains(r)).unwrap_or(NO_LEADER);
                if next != partition.leader {
                    partition.lead(next);
                    moved = true;
                }
            }
            if moved {
                changes.push(topic_change(topic));
            }
        }
        // A failure is logged by `record`; the placement is right for this process either way.
        let _ = self.record(&changes);
    }

    fn adopt(&mut self, stored: Stored, now: Instant) -> io::Result<()> {
        if let Some(id) = stored.cluster_id {
            self.id = id;
        }
        self.next_producer_id = stored.next_producer_id;
        self.configs = stored.configs;
        for (id, topic) in stored.topics {
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for (i, p) in topic.partitions.into_iter().enumerate() {
                let start = topic.starts.get(&(i as i32)).copied().unwrap_or(0);
                let log = Arc::new(self.open_log(id, i, start)?);
                let epoch = p.epoch.max(log.latest_epoch());
                log.begin_epoch(epoch);
                // A cluster of fewer nodes than before: the lost replicas' places are taken by the first node.
                let nodes = FIRST_NODE..FIRST_NODE + i32::from(self.settings.nodes);
                let mut replicas: Vec<i32> = p.replicas.into_iter().filter(|r| nodes.contains(r)).collect();
                if replicas.is_empty() {
                    replicas.push(FIRST_NODE);
                }
                let leader = if replicas.contains(&p.leader) { p.leader } else { NO_LEADER };
                partitions.push(Partition { leader, epoch, replicas, log, start });
            }
            self.topic_names.insert(id, topic.name.clone());
            let topic = Topic { id, name: topic.name, configs: topic.configs, partitions };
            self.topics.insert(topic.name.clone(), topic);
        }
        for (id, (group, offsets)) in stored.groups {
            let mut restored = Group::new();
            restored.offsets = offsets;
            if let Some(group) = group {
                restored.restore(now, group);
            }
            self.groups.insert(id, restored);
        }
        Ok(())
    }

    fn snapshot(&self) -> Vec<Change> {
        let mut changes =
            vec![Change::ClusterId(self.id.clone()), Change::NextProducerId(self.next_producer_id)];
        for topic in self.topics.values() {
            changes.push(topic_change(topic));
            changes.extend(
                topic
                    .partitions
                    .iter()
                    .enumerate()
                    .filter(|(_, p)| p.start > 0)
                    .map(|(i, p)| Change::LogStart { id: topic.id, partition: i as i32, offset: p.start }),
            );
        }
        for (id, group) in &self.groups {
            changes.push(Change::Group { id: id.clone(), group: group.store() });
            changes.extend(group.offsets.iter().map(|((topic, partition), committed)| Change::Offset {
                group: id.clone(),
                topic: topic.clone(),
                partition: *partition,
                committed: committed.clone(),
            }));
        }
        changes.extend(self.configs.iter().map(|((kind, name), configs)| Change::Configs {
            kind: *kind,
            name: name.clone(),
            configs: configs.clone(),
        }));
        changes
    }
}

impl Partition {
    fn lead(&mut self, node: i32) {
        self.leader = node;
        self.epoch += 1;
        self.log.begin_epoch(self.epoch);
        self.log.wake();
    }

    fn store(&self) -> StoredPartition {
        StoredPartition { leader: self.leader, epoch: self.epoch, replicas: self.replicas.clone() }
    }
}

/// The state that a journal's changes add up to.
#[derive(Default)]
struct Stored {
    cluster_id: Option<String>,
    next_producer_id: i64,
    topics: BTreeMap<Uuid, StoredTopic>,
    groups: BTreeMap<
        String,
        (Option<crate::group::StoredGroup>, BTreeMap<(String, i32), crate::group::Committed>),
    >,
    configs: BTreeMap<(i8, String), BTreeMap<String, String>>,
}

struct StoredTopic {
    name: String,
    configs: BTreeMap<String, String>,
    partitions: Vec<StoredPartition>,
    starts: BTreeMap<i32, i64>,
}

impl Stored {
    fn fold(changes: Vec<Change>) -> Self {
        let mut stored = Self::default();
        for change in changes {
            stored.apply(change);
        }
        stored
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::ClusterId(id) => self.cluster_id = Some(id),
            Change::NextProducerId(next) => self.next_producer_id = next,
            Change::Topic { id, name, configs, partitions } => {
                let starts = self.topics.remove(&id).map(|old| old.starts).unwrap_or_default();
                self.topics.insert(id, StoredTopic { name, configs, partitions, starts });
            }
            Change::TopicDeleted { id } => {
                self.topics.remove(&id);
            }
            Change::LogStart { id, partition, offset } => {
                if let Some(topic) = self.topics.get_mut(&id) {
                    topic.starts.insert(partition, offset);
                }
            }
            Change::Offset { group, topic, partition, committed } => {
                self.groups.entry(group).or_default().1.insert((topic, partition), committed);
            }
            Change::OffsetDeleted { group, topic, partition } => {
                if let Some((_, offsets)) = self.groups.get_mut(&group) {
                    offsets.remove(&(topic, partition));
                }
            }
            Change::Group { id, group } => self.groups.entry(id).or_default().0 = Some(group),
            Change::GroupDeleted { id } => {
                self.groups.remove(&id);
            }
            Change::Configs { kind, name, configs } => {
                self.configs.insert((kind, name), configs);
            }
        }
    }

    fn into_changes(self) -> Vec<Change> {
        let mut changes: Vec<Change> = self.cluster_id.map(Change::ClusterId).into_iter().collect();
        changes.push(Change::NextProducerId(self.next_producer_id));
        for (id, topic) in self.topics {
            let StoredTopic { name, configs, partitions, starts } = topic;
            changes.push(Change::Topic { id, name, configs, partitions });
            let starts = starts.into_iter();
            changes.extend(starts.map(|(partition, offset)| Change::LogStart { id, partition, offset }));
        }
        for (id, (group, offsets)) in self.groups {
            changes.extend(group.map(|group| Change::Group { id: id.clone(), group }));
            changes.extend(offsets.into_iter().map(|((topic, partition), committed)| Change::Offset {
                group: id.clone(),
                topic,
                partition,
                committed,
            }));
        }
        let configs = self.configs.into_iter();
        changes.extend(configs.map(|((kind, name), configs)| Change::Configs { kind, name, configs }));
        changes
    }
}

fn topic_change(topic: &Topic) -> Change {
    Change::Topic {
        id: topic.id,
        name: topic.name.clone(),
        configs: topic.configs.clone(),
        partitions: topic.partitions.iter().map(Partition::store).collect(),
    }
}

fn topic_dir(dir: &Path, id: Uuid) -> PathBuf {
    dir.join("topics").join(id.simple().to_string())
}

/// Removes the folders of topics that were never journaled or whose deletion was cut short.
fn remove_orphans(dir: &Path, known: &HashMap<Uuid, String>) -> io::Result<()> {
    let topics = dir.join("topics");
    std::fs::create_dir_all(&topics)?;
    for entry in std::fs::read_dir(topics)? {
        let path = entry?.path();
        let id = path.file_name().and_then(|n| n.to_str()).and_then(|n| Uuid::parse_str(n).ok());
        if id.is_some_and(|id| !known.contains_key(&id)) {
            tracing::info!(folder = %path.display(), "removing the folder of a topic that does not exist");
            std::fs::remove_dir_all(path)?;
        }
    }
    Ok(())
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

/// 22 characters of base64 without padding, as Kafka's cluster ids look.
fn new_cluster_id() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = Uuid::new_v4().as_u128();
    (0..22).map(|i| char::from(ALPHABET[(bits >> (i * 6)) as usize % 64])).collect()
}

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

mod journal;
mod topics;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use journal::{Stored, remove_orphans, topic_change};
use kafka_protocol::ResponseError;
use tokio::time::Instant;
use uuid::Uuid;

use crate::group::Group;
use crate::journal::{Change, Journal, StoredPartition};
use crate::log::PartitionLog;
use crate::settings::Settings;

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

/// 22 characters of base64 without padding, as Kafka's cluster ids look.
fn new_cluster_id() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = Uuid::new_v4().as_u128();
    (0..22).map(|i| char::from(ALPHABET[(bits >> (i * 6)) as usize % 64])).collect()
}

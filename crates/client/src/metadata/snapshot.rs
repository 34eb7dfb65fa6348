//! What is known about the cluster, as values: nodes, topics, partitions.

use std::sync::Arc;

use kconnect_wire::Uuid;

/// A broker as the metadata names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its id; negative for a seed whose id is not known yet.
    pub id: i32,
    /// Advertised host, without brackets.
    pub host: Arc<str>,
    /// Advertised port.
    pub port: u16,
    /// Its rack, when the operator named one.
    pub rack: Option<Arc<str>>,
}

/// One topic at one moment. Replaced as a whole, never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMetadata {
    /// Its name.
    pub name: Arc<str>,
    /// Its id; `None` before Metadata 10, and then requests must stay below the id-only versions (W16).
    pub id: Option<Uuid>,
    /// Kafka's own topics.
    pub internal: bool,
    /// Partitions in order of their index, without gaps; unavailable ones included (M12).
    pub partitions: Vec<PartitionMetadata>,
}

/// One partition at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionMetadata {
    /// Its index in the topic.
    pub index: i32,
    /// Node that leads it; `None` is "known but unavailable" (M11).
    pub leader: Option<i32>,
    /// Epoch of that leader; −1 when the broker does not tell.
    pub leader_epoch: i32,
    /// All replicas.
    pub replicas: Vec<i32>,
    /// Replicas in sync.
    pub isr: Vec<i32>,
    /// Replicas that are not running.
    pub offline: Vec<i32>,
}

impl TopicMetadata {
    /// The partition with this index, `None` beyond the known count.
    pub fn partition(&self, index: i32) -> Option<&PartitionMetadata> {
        self.partitions.get(usize::try_from(index).ok()?)
    }
}

/// A leader that a broker named in a refusal (M6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaderHint {
    /// Partition index.
    pub partition: i32,
    /// The leader's node id.
    pub leader: i32,
    /// The leader's epoch; the hint counts only when it is newer than what is known.
    pub epoch: i32,
}

//! What tests and operators may look at from outside the protocol.

use bytes::Bytes;
use kafka_protocol::messages::ApiKey;

use crate::broker::Broker;
use crate::log::records::each;

/// A stored record, decoded for a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Offset in the partition.
    pub offset: i64,
    /// Milliseconds since the epoch, as stored.
    pub timestamp: i64,
    /// Key; `None` is null, which is not the empty key.
    pub key: Option<Bytes>,
    /// Value; `None` is null (a tombstone).
    pub value: Option<Bytes>,
    /// Headers in order; names repeat (B1).
    pub headers: Vec<(String, Option<Bytes>)>,
}

/// A committed position of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Offset of the next record to read.
    pub offset: i64,
    /// Leader epoch that was committed with it; -1 when none was.
    pub leader_epoch: i32,
    /// Text that was committed with it.
    pub metadata: String,
}

/// A group at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupState {
    /// Kafka's name: `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable`.
    pub state: &'static str,
    /// Present generation.
    pub generation: i32,
    /// Protocol that the members agreed on; empty when there are none.
    pub protocol: String,
    /// Member id of the leader.
    pub leader: Option<String>,
    /// Member ids in the order of joining.
    pub members: Vec<String>,
}

/// First and next offset of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionOffsets {
    /// First offset that is kept.
    pub start: i64,
    /// Offset of the next record.
    pub end: i64,
}

impl Broker {
    /// Every record of a partition, in order. `None` when the partition does not exist or a batch cannot be decoded.
    pub fn records(&self, topic: &str, partition: i32) -> Option<Vec<Record>> {
        let mut records = Vec::new();
        for batch in self.batches(topic, partition)? {
            each(&batch, |r| {
                records.push(Record {
                    offset: r.offset,
                    timestamp: r.timestamp,
                    key: r.key.map(Bytes::copy_from_slice),
                    value: r.value.map(Bytes::copy_from_slice),
                    headers: (r.headers.iter())
                        .map(|(name, v)| {
                            (String::from_utf8_lossy(name).into_owned(), v.map(Bytes::copy_from_slice))
                        })
                        .collect(),
                });
                true
            })?;
        }
        Some(records)
    }

    /// Every batch of a partition as it is stored, offsets filled in. `None` when the partition does not exist.
    pub fn batches(&self, topic: &str, partition: i32) -> Option<Vec<Bytes>> {
        self.log(topic, partition).map(|log| log.batches())
    }

    /// First and next offset of a partition.
    pub fn offsets(&self, topic: &str, partition: i32) -> Option<PartitionOffsets> {
        let offsets = self.log(topic, partition)?.offsets();
        Some(PartitionOffsets { start: offsets.start, end: offsets.high_watermark })
    }

    /// All committed positions of a group, by topic and partition.
    pub fn committed(&self, group: &str) -> Vec<CommittedOffset> {
        let cluster = self.shared().cluster();
        let offsets = cluster.groups.get(group).into_iter().flat_map(|g| &g.offsets);
        offsets
            .map(|((topic, partition), c)| CommittedOffset {
                topic: topic.clone(),
                partition: *partition,
                offset: c.offset,
                leader_epoch: c.leader_epoch,
                metadata: c.metadata.clone(),
            })
            .collect()
    }

    /// A group's state; `None` when nobody has joined it or committed for it.
    pub fn group(&self, group: &str) -> Option<GroupState> {
        let cluster = self.shared().cluster();
        cluster.groups.get(group).map(|g| GroupState {
            state: g.state_name(),
            generation: g.generation(),
            protocol: g.protocol().to_owned(),
            leader: g.leader().map(str::to_owned),
            members: g.members().iter().map(|m| m.id.clone()).collect(),
        })
    }

    /// How many requests of an API arrived, faulted ones included.
    pub fn request_count(&self, api_key: ApiKey) -> u64 {
        self.shared().stats.request_count(api_key)
    }

    /// Connections that are open at a node now.
    pub fn open_connections(&self, node: i32) -> usize {
        self.shared().stats.open_connections(node)
    }

    /// Connections that a node has ever taken.
    pub fn accepted_connections(&self, node: i32) -> u64 {
        self.shared().stats.accepted_connections(node)
    }
}

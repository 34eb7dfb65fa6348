//! Administration: topics, configurations, groups, offsets, the cluster itself.
//!
//! Every call takes one deadline and keeps its retries inside; results are per item, so one bad item does not hide
//! the others (A1). Whom to ask is decided here (A2): the controller or any broker that forwards, a broker by
//! id, the leader of a partition, the coordinator of a group, or all brokers with their answers merged. Calls
//! may be dropped at any time; what was sent is carried out.
//!
//! ACLs, quotas, users and reassignments are not here.

mod cluster;
mod configs;
mod group_offsets;
mod groups;
mod settle;
mod topics;

pub use self::cluster::ClusterDescription;
pub use self::configs::{AlterConfig, ConfigEntry, ConfigResource, ConfigSource, ConfigSynonym};
pub use self::groups::{GroupDescription, GroupListing, GroupMemberDescription};
pub use self::topics::{CreateMode, CreatedTopic, NewTopic, TopicListing};
pub use crate::consumer::{Isolation, ListedOffset, OffsetAndMetadata, OffsetSpec};
pub use crate::metadata::TopicMetadata;

use std::collections::BTreeMap;
use std::time::Instant;

use crate::consumer::offsets;
use crate::{Client, Error, TopicPartition};

/// Results by item.
pub type PerItem<K, T> = BTreeMap<K, Result<T, Error>>;

/// An administrator's view of a cluster. Cheap to make and to clone.
#[derive(Clone)]
pub struct Admin {
    client: Client,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").field("client_id", self.client.client_id()).finish()
    }
}

impl Admin {
    /// Uses the connections and metadata of `client`.
    pub fn new(client: &Client) -> Self {
        Admin { client: client.clone() }
    }

    /// Offsets of partitions, asked of their leaders. `None`: there is no such record.
    pub async fn list_offsets(
        &self,
        specs: BTreeMap<TopicPartition, OffsetSpec>,
        isolation: Isolation,
        deadline: Instant,
    ) -> PerItem<TopicPartition, Option<ListedOffset>> {
        offsets::list(&self.client, isolation, specs, deadline).await
    }
}

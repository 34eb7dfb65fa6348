//! What outlives the process: changes in a journal, groups, and reading both again.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kafka_protocol::ResponseError;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Cluster, FIRST_NODE, NO_LEADER, Partition, Refusal, Topic};
use crate::group::Group;
use crate::journal::{Change, Journal, StoredPartition};

impl Cluster {
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

    pub(super) fn adopt(&mut self, stored: Stored, now: Instant) -> io::Result<()> {
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

    pub(super) fn snapshot(&self) -> Vec<Change> {
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

/// The state that a journal's changes add up to.
#[derive(Default)]
pub(super) struct Stored {
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
    pub(super) fn fold(changes: Vec<Change>) -> Self {
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

pub(super) fn topic_change(topic: &Topic) -> Change {
    Change::Topic {
        id: topic.id,
        name: topic.name.clone(),
        configs: topic.configs.clone(),
        partitions: topic.partitions.iter().map(Partition::store).collect(),
    }
}

pub(super) fn topic_dir(dir: &Path, id: Uuid) -> PathBuf {
    dir.join("topics").join(id.simple().to_string())
}

/// Removes the folders of topics that were never journaled or whose deletion was cut short.
pub(super) fn remove_orphans(dir: &Path, known: &HashMap<Uuid, String>) -> io::Result<()> {
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

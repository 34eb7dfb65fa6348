//! The pure part of metadata: what a response changes, what is kept, when it is too old.
//!
//! Takes the time as an argument and does no I/O. Invariants: partition counts never shrink for one topic id
//! (M12), leader epochs never go back (M3), a partial refresh touches only what it names (M2).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_wire::{ErrorCode, Uuid};

use super::snapshot::{LeaderHint, Node, PartitionMetadata, TopicMetadata};

/// A metadata response in the form this cache takes it.
#[derive(Debug, Default)]
pub(crate) struct Update {
    pub(crate) cluster_id: Option<String>,
    pub(crate) controller: Option<i32>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) topics: Vec<TopicUpdate>,
}

#[derive(Debug)]
pub(crate) struct TopicUpdate {
    pub(crate) error: Option<ErrorCode>,
    pub(crate) topic: TopicMetadata,
}

/// Everything known about the cluster.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    nodes: BTreeMap<i32, Node>,
    controller: Option<i32>,
    cluster_id: Option<String>,
    topics: HashMap<Arc<str>, Entry>,
}

#[derive(Debug)]
struct Entry {
    known: Option<Arc<TopicMetadata>>,
    error: Option<ErrorCode>,
    last_used: Instant,
    /// When a response last spoke of this topic; `None` while it has never been asked for.
    last_answer: Option<Instant>,
}

/// What the cache says about a topic.
#[derive(Debug, Clone)]
pub(crate) enum Lookup {
    /// Known and without error.
    Known(Arc<TopicMetadata>),
    /// The last answer was an error; what was known before is kept.
    Failed(ErrorCode),
    /// Never heard of.
    Missing,
}

impl Cache {
    pub(crate) fn node(&self, id: i32) -> Option<&Node> {
        self.nodes.get(&id)
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    pub(crate) fn controller(&self) -> Option<i32> {
        self.controller
    }

    pub(crate) fn cluster_id(&self) -> Option<&str> {
        self.cluster_id.as_deref()
    }

    /// The topic as last known, whatever its last error.
    pub(crate) fn topic(&self, name: &str) -> Option<Arc<TopicMetadata>> {
        self.topics.get(name)?.known.clone()
    }

    pub(crate) fn topic_by_id(&self, id: Uuid) -> Option<Arc<TopicMetadata>> {
        self.topics
            .values()
            .filter_map(|entry| entry.known.as_ref())
            .find(|topic| topic.id == Some(id))
            .cloned()
    }

    /// What the last answer said. Counts as a use of the topic.
    pub(crate) fn lookup(&mut self, now: Instant, name: &str) -> Lookup {
        let Some(entry) = self.topics.get_mut(name) else { return Lookup::Missing };
        entry.last_used = now;
        match (&entry.error, &entry.known) {
            (Some(code), _) => Lookup::Failed(*code),
            (None, Some(known)) => Lookup::Known(known.clone()),
            (None, None) => Lookup::Missing,
        }
    }

    /// Marks a topic as wanted; refreshes name it from now on.
    pub(crate) fn want(&mut self, now: Instant, name: &str) {
        match self.topics.get_mut(name) {
            Some(entry) => entry.last_used = now,
            None => {
                let entry = Entry { known: None, error: None, last_used: now, last_answer: None };
                self.topics.insert(name.into(), entry);
            }
        }
    }

    /// Forgets what a full refresh should not ask for: topics without use for `idle` (M2).
    pub(crate) fn evict(&mut self, now: Instant, idle: Duration) {
        self.topics.retain(|_, entry| now.duration_since(entry.last_used) < idle);
    }

    /// Names to put into the next request.
    pub(crate) fn wanted(&self) -> Vec<Arc<str>> {
        self.topics.keys().cloned().collect()
    }

    /// Whether a topic is wanted that no response has spoken of yet.
    pub(crate) fn has_unasked(&self) -> bool {
        self.topics.values().any(|entry| entry.last_answer.is_none())
    }

    /// Forgets one topic (it was deleted on purpose).
    pub(crate) fn forget(&mut self, name: &str) {
        self.topics.remove(name);
    }

    /// Drops every node but keeps the interest in topics (M7).
    pub(crate) fn rebootstrap(&mut self) {
        self.nodes.clear();
        self.controller = None;
        self.cluster_id = None;
    }

    /// Takes a response in. `Err` names the other cluster when the answer came from one (M8); nothing changed.
    pub(crate) fn apply(&mut self, now: Instant, update: Update) -> Result<(), String> {
        if let (Some(known), Some(answered)) = (&self.cluster_id, &update.cluster_id)
            && known != answered
        {
            return Err(answered.clone());
        }
        self.cluster_id = update.cluster_id.or(self.cluster_id.take());
        self.controller = update.controller;
        if !update.nodes.is_empty() {
            self.nodes = update.nodes.into_iter().map(|node| (node.id, node)).collect();
        }
        for TopicUpdate { error, topic } in update.topics {
            self.apply_topic(now, error, topic);
        }
        Ok(())
    }

    fn apply_topic(&mut self, now: Instant, error: Option<ErrorCode>, fresh: TopicMetadata) {
        let entry = self.topics.entry(fresh.name.clone()).or_insert(Entry {
            known: None,
            error: None,
            last_used: now,
            last_answer: None,
        });
        entry.last_answer = Some(now);
        entry.error = error;
        if error.is_none() {
            let merged = match &entry.known {
                Some(known) if known.id == fresh.id => merge(known, fresh),
                // A first answer, or the topic was recreated: old epochs mean nothing (M3, M4).
                _ => fresh,
            };
            if entry.known.as_deref() != Some(&merged) {
                entry.known = Some(Arc::new(merged));
            }
        }
    }

    /// Adopts leaders named by a broker. Returns whether anything changed.
    pub(crate) fn adopt(&mut self, topic: &str, hints: &[LeaderHint], nodes: Vec<Node>) -> bool {
        for node in nodes {
            self.nodes.insert(node.id, node);
        }
        let Some(known) = self.topics.get_mut(topic).and_then(|entry| entry.known.as_mut()) else {
            return false;
        };
        let mut changed = false;
        for hint in hints {
            if !self.nodes.contains_key(&hint.leader) {
                continue;
            }
            let newer = known.partition(hint.partition).is_some_and(|p| hint.epoch > p.leader_epoch);
            if let (true, Ok(index)) = (newer, usize::try_from(hint.partition))
                && let Some(partition) = Arc::make_mut(known).partitions.get_mut(index)
            {
                partition.leader = Some(hint.leader);
                partition.leader_epoch = hint.epoch;
                changed = true;
            }
        }
        changed
    }
}

/// The newer of two views of one topic, per partition.
fn merge(known: &TopicMetadata, mut fresh: TopicMetadata) -> TopicMetadata {
    for (old, new) in known.partitions.iter().zip(&mut fresh.partitions) {
        if new.leader_epoch >= 0 && new.leader_epoch < old.leader_epoch {
            *new = old.clone();
        }
    }
    if fresh.partitions.len() < known.partitions.len() {
        // Some brokers answer from an older view; a shorter list would move keys (M12).
        fresh.partitions.extend_from_slice(&known.partitions[fresh.partitions.len()..]);
    }
    fresh
}

/// A list without gaps: what the broker left out is known but unavailable (M11).
pub(crate) fn in_order(mut partitions: Vec<PartitionMetadata>) -> Vec<PartitionMetadata> {
    partitions.retain(|partition| partition.index >= 0);
    partitions.sort_by_key(|partition| partition.index);
    partitions.dedup_by_key(|partition| partition.index);
    // The indexes are the peer's: fill only small gaps, so that one absurd index reserves nothing.
    let mut dense: Vec<PartitionMetadata> = Vec::with_capacity(partitions.len());
    let limit = partitions.len().saturating_mul(2).saturating_add(64);
    for partition in partitions {
        let index = usize::try_from(partition.index).unwrap_or(usize::MAX);
        if index >= limit {
            break;
        }
        while dense.len() < index {
            dense.push(unavailable(dense.len() as i32));
        }
        dense.push(partition);
    }
    dense
}

fn unavailable(index: i32) -> PartitionMetadata {
    PartitionMetadata {
        index,
        leader: None,
        leader_epoch: -1,
        replicas: vec![],
        isr: vec![],
        offline: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(index: i32, leader: i32, epoch: i32) -> PartitionMetadata {
        PartitionMetadata { leader: Some(leader), leader_epoch: epoch, ..unavailable(index) }
    }

    fn topic(id: u8, partitions: Vec<PartitionMetadata>) -> TopicUpdate {
        let id = Some(Uuid::from_bytes([id; 16]));
        TopicUpdate {
            error: None,
            topic: TopicMetadata { name: "t".into(), id, internal: false, partitions },
        }
    }

    fn node(id: i32) -> Node {
        Node { id, host: "h".into(), port: 1, rack: None }
    }

    fn applied(updates: Vec<TopicUpdate>) -> Cache {
        let mut cache = Cache::default();
        for update in updates {
            let update = Update { nodes: vec![node(1), node(2)], topics: vec![update], ..Update::default() };
            cache.apply(Instant::now(), update).unwrap();
        }
        cache
    }

    fn leaders(cache: &Cache) -> Vec<(Option<i32>, i32)> {
        cache.topic("t").unwrap().partitions.iter().map(|p| (p.leader, p.leader_epoch)).collect()
    }

    #[test]
    fn m3_leader_epochs_decide_which_view_counts() {
        let rows: &[(&str, u8, i32, (Option<i32>, i32))] = &[
            ("older epoch is ignored", 7, 4, (Some(1), 5)),
            ("equal epoch replaces", 7, 5, (Some(2), 5)),
            ("newer epoch replaces", 7, 6, (Some(2), 6)),
            ("missing epoch clears it", 7, -1, (Some(2), -1)),
            ("another topic id resets it", 8, 0, (Some(2), 0)),
        ];
        for (name, id, epoch, expect) in rows {
            let cache =
                applied(vec![topic(7, vec![partition(0, 1, 5)]), topic(*id, vec![partition(0, 2, *epoch)])]);
            assert_eq!(leaders(&cache), [*expect], "{name}");
        }
    }

    #[test]
    fn m12_a_shorter_partition_list_does_not_shrink_the_topic() {
        let cache = applied(vec![
            topic(7, vec![partition(0, 1, 1), partition(1, 1, 1)]),
            topic(7, vec![partition(0, 2, 2)]),
        ]);
        assert_eq!(leaders(&cache), [(Some(2), 2), (Some(1), 1)]);
    }

    #[test]
    fn m11_gaps_in_the_partition_list_are_unavailable_partitions() {
        let dense = in_order(vec![partition(2, 1, 1), partition(0, 1, 1)]);
        assert_eq!(dense.iter().map(|p| p.leader).collect::<Vec<_>>(), [Some(1), None, Some(1)]);
        assert_eq!(in_order(vec![partition(i32::MAX, 1, 1)]).len(), 0);
    }

    #[test]
    fn m6_hints_count_only_when_newer_and_reachable() {
        let rows: &[(&str, LeaderHint, (Option<i32>, i32))] = &[
            ("newer", LeaderHint { partition: 0, leader: 2, epoch: 6 }, (Some(2), 6)),
            ("same epoch", LeaderHint { partition: 0, leader: 2, epoch: 5 }, (Some(1), 5)),
            ("unknown node", LeaderHint { partition: 0, leader: 9, epoch: 6 }, (Some(1), 5)),
            ("unknown partition", LeaderHint { partition: 4, leader: 2, epoch: 6 }, (Some(1), 5)),
        ];
        for (name, hint, expect) in rows {
            let mut cache = applied(vec![topic(7, vec![partition(0, 1, 5)])]);
            cache.adopt("t", &[*hint], vec![]);
            assert_eq!(leaders(&cache), [*expect], "{name}");
        }
        let mut cache = applied(vec![topic(7, vec![partition(0, 1, 5)])]);
        assert!(cache.adopt("t", &[LeaderHint { partition: 0, leader: 9, epoch: 6 }], vec![node(9)]));
        assert_eq!(leaders(&cache), [(Some(9), 6)], "the endpoint came with the hint");
    }

    #[test]
    fn m8_an_answer_of_another_cluster_changes_nothing() {
        let mut cache = Cache::default();
        let of = |id: &str, node_id| Update {
            cluster_id: Some(id.into()),
            nodes: vec![node(node_id)],
            ..Update::default()
        };
        cache.apply(Instant::now(), of("a", 1)).unwrap();
        assert_eq!(cache.apply(Instant::now(), of("b", 2)), Err("b".into()));
        assert!(cache.node(1).is_some() && cache.node(2).is_none());
        cache.rebootstrap();
        cache.apply(Instant::now(), of("b", 2)).unwrap();
        assert!(cache.node(2).is_some(), "after a rebootstrap another cluster is accepted");
    }

    #[test]
    fn m2_eviction_is_by_use_and_errors_keep_what_was_known() {
        let start = Instant::now();
        let mut cache = applied(vec![topic(7, vec![partition(0, 1, 5)])]);
        let mut failed = topic(7, vec![]);
        failed.error = Some(ErrorCode::LEADER_NOT_AVAILABLE);
        cache.apply(start, Update { topics: vec![failed], ..Update::default() }).unwrap();
        assert!(matches!(cache.lookup(start, "t"), Lookup::Failed(ErrorCode::LEADER_NOT_AVAILABLE)));
        assert!(cache.topic("t").is_some());
        cache.evict(start + Duration::from_secs(299), Duration::from_secs(300));
        assert!(cache.topic("t").is_some());
        cache.lookup(start + Duration::from_secs(299), "t");
        cache.evict(start + Duration::from_secs(598), Duration::from_secs(300));
        assert!(cache.topic("t").is_some());
        cache.evict(start + Duration::from_secs(600), Duration::from_secs(300));
        assert!(cache.topic("t").is_none());
    }
}

//! A topic as the hot path sees it: partitions without a lock around them, and who is next for unkeyed records.

use std::sync::atomic::{
    AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, RwLock};

use kconnect_wire::Uuid;

use super::lane::Lane;
use crate::metadata::TopicMetadata;

/// No broker leads the partition, as far as we know.
pub(crate) const NO_NODE: i32 = -1;

pub(crate) struct Topic {
    pub(crate) name: Arc<str>,
    id: Mutex<Option<Uuid>>,
    /// Partition counts only grow (M12): segment `k` holds the partitions from 2^k − 1 on, as many again as all
    /// before it. So looking one up takes no lock and growing moves nothing.
    segments: [OnceLock<Box<[Partition]>>; 31],
    count: AtomicU32,
    sticky: Sticky,
    turns: Turns,
}

pub(crate) struct Partition {
    pub(crate) lane: Mutex<Lane>,
    /// Who leads it; [`NO_NODE`] when unknown.
    pub(crate) node: AtomicI32,
    /// Batches waiting in the lane, for the choice of a partition.
    pub(crate) load: AtomicU32,
    /// The leader has not taken anything for too long.
    pub(crate) stalled: AtomicBool,
}

/// A partition by its place.
#[derive(Clone)]
pub(crate) struct PartitionRef {
    pub(crate) topic: Arc<Topic>,
    pub(crate) index: u32,
}

impl PartitionRef {
    pub(crate) fn get(&self) -> &Partition {
        self.topic
            .partition(self.index)
            .expect("references are made for existing partitions, and none is removed")
    }

    /// Whether both are the same place.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.index == other.index && Arc::ptr_eq(&self.topic, &other.topic)
    }

    /// The index as the protocol writes it.
    pub(crate) fn number(&self) -> i32 {
        self.index as i32
    }
}

impl Partition {
    fn new() -> Self {
        Self {
            lane: Mutex::default(),
            node: AtomicI32::new(NO_NODE),
            load: AtomicU32::new(0),
            stalled: AtomicBool::new(false),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Lane> {
        self.lane.lock().expect("nothing panics while it holds this lock")
    }
}

impl Topic {
    pub(crate) fn new(name: Arc<str>) -> Self {
        Self {
            name,
            id: Mutex::new(None),
            segments: [const { OnceLock::new() }; 31],
            count: AtomicU32::new(0),
            sticky: Sticky::new(),
            turns: Turns::default(),
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.count.load(Acquire)
    }

    pub(crate) fn id(&self) -> Option<Uuid> {
        *self.id.lock().expect("nothing panics while it holds this lock")
    }

    #[inline]
    pub(crate) fn partition(&self, index: u32) -> Option<&Partition> {
        if index >= self.count.load(Acquire) {
            return None;
        }
        let segment = (index + 1).ilog2();
        self.segments[segment as usize].get()?.get((index + 1 - (1 << segment)) as usize)
    }

    /// Takes a newer view in. Calls `moved` for each partition whose leader changed.
    pub(crate) fn update(&self, metadata: &TopicMetadata, mut moved: impl FnMut(u32, &Partition)) {
        *self.id.lock().expect("nothing panics while it holds this lock") = metadata.id;
        let count = metadata.partitions.len().min(i32::MAX as usize) as u32;
        let mut made = 0;
        for (segment, slot) in self.segments.iter().enumerate() {
            if made >= count {
                break;
            }
            slot.get_or_init(|| (0..1u32 << segment).map(|_| Partition::new()).collect());
            made = (2u32 << segment) - 1;
        }
        self.count.fetch_max(count, Release);
        self.turns.among(
            (0..).zip(&metadata.partitions).filter(|(_, p)| p.leader.is_some()).map(|(index, _)| index),
        );
        for (index, partition) in (0..).zip(&metadata.partitions) {
            let leader = partition.leader.unwrap_or(NO_NODE);
            if let Some(partition) = self.partition(index)
                && partition.node.swap(leader, Relaxed) != leader
            {
                moved(index, partition);
            }
        }
    }

    /// The partition for records that name none and have no key.
    #[inline]
    pub(crate) fn sticky_partition(&self, adaptive: bool) -> u32 {
        self.sticky.current().unwrap_or_else(|| {
            let chosen = self.choose(adaptive);
            self.sticky.start(chosen);
            chosen
        })
    }

    /// Counts bytes that went to the sticky partition, and moves on when it had its share: `batch_size` bytes and
    /// a batch is ready, or twice as much in any case (KIP-794).
    #[inline]
    pub(crate) fn sticky_appended(
        &self,
        partition: u32,
        bytes: usize,
        batch_ready: bool,
        batch_size: usize,
        adaptive: bool,
    ) {
        let batch_size = batch_size.min(1 << 29);
        let produced = self.sticky.add(bytes);
        // A batch is ready when another record like the last one does not fit.
        if (batch_ready && produced + bytes >= batch_size) || produced >= batch_size * 2 {
            self.sticky.move_on(partition, || self.choose(adaptive));
        }
    }

    /// The partition whose turn it is: of those with a leader, or of all when none has one.
    pub(crate) fn next_in_turn(&self) -> u32 {
        self.turns.next(self.count())
    }

    /// The last turn was not taken: the record found no room, and asks again.
    pub(crate) fn give_turn_back(&self) {
        self.turns.counter.fetch_sub(1, Relaxed);
    }

    /// One at random among the available partitions (among all if none is), shorter queues more likely.
    fn choose(&self, adaptive: bool) -> u32 {
        let count = self.count();
        let usable = |index: &u32| {
            self.partition(*index)
                .is_some_and(|p| p.node.load(Relaxed) != NO_NODE && !p.stalled.load(Relaxed))
        };
        let load = |index: u32| self.partition(index).map_or(0, |p| u64::from(p.load.load(Relaxed)));
        let (longest, available) = (0..count)
            .filter(usable)
            .fold((0, 0u64), |(longest, n), index| (longest.max(load(index)), n + 1));
        if available == 0 {
            return fastrand::u32(..count.max(1));
        }
        let weight = |index: u32| if adaptive { longest + 1 - load(index).min(longest) } else { 1 };
        let total: u64 = (0..count).filter(usable).map(weight).sum();
        let mut ticket = fastrand::u64(..total.max(1));
        for index in (0..count).filter(usable) {
            let weight = weight(index);
            if ticket < weight {
                return index;
            }
            ticket -= weight;
        }
        // Loads change while they are read.
        fastrand::u32(..count.max(1))
    }
}

/// Partitions in turn, as Kafka's `RoundRobinPartitioner` takes them: a number counts the records of the topic, and what is
/// left of it after division by the partitions with a leader is the place of the next among those.
#[derive(Default)]
struct Turns {
    counter: AtomicU32,
    available: RwLock<Vec<u32>>,
}

impl Turns {
    fn among(&self, partitions: impl Iterator<Item = u32>) {
        let mut available = self.available.write().expect("nothing panics while it holds this lock");
        available.clear();
        available.extend(partitions);
    }

    fn next(&self, count: u32) -> u32 {
        let turn = self.counter.fetch_add(1, Relaxed) & i32::MAX as u32;
        let available = self.available.read().expect("nothing panics while it holds this lock");
        match u32::try_from(available.len()).unwrap_or(u32::MAX) {
            0 => turn % count.max(1),
            some => available.get((turn % some) as usize).copied().unwrap_or(0),
        }
    }
}

/// The sticky partition and the bytes it was given, in one word so that no lock is needed. Races between
/// appending threads only make a turn a little longer or shorter.
struct Sticky(AtomicU64);

const NOBODY: u32 = u32::MAX;

impl Sticky {
    fn new() -> Self {
        Self(AtomicU64::new(u64::from(NOBODY) << 32))
    }

    #[inline]
    fn current(&self) -> Option<u32> {
        let partition = (self.0.load(Relaxed) >> 32) as u32;
        (partition != NOBODY).then_some(partition)
    }

    fn start(&self, partition: u32) {
        self.0.store(u64::from(partition) << 32, Relaxed);
    }

    /// Adds bytes and returns the sum.
    #[inline]
    fn add(&self, bytes: usize) -> usize {
        // A record is smaller than 1 GiB and a turn ends at twice the batch size, so the low half never overflows
        // into the partition as long as it is cut off here.
        let bytes = (bytes as u64).min(1 << 29);
        let now = self.0.fetch_add(bytes, Relaxed) + bytes;
        (now & u64::from(u32::MAX)) as usize
    }

    fn move_on(&self, from: u32, choose: impl FnOnce() -> u32) {
        if self.current() == Some(from) {
            self.start(choose());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::PartitionMetadata;

    fn topic(leaders: &[Option<i32>]) -> Topic {
        let topic = Topic::new("t".into());
        topic.update(&view(leaders), |_, _| {});
        topic
    }

    fn view(leaders: &[Option<i32>]) -> TopicMetadata {
        let partitions = (0..).zip(leaders).map(|(index, leader)| PartitionMetadata {
            index,
            leader: *leader,
            leader_epoch: 0,
            replicas: vec![],
            isr: vec![],
            offline: vec![],
        });
        TopicMetadata { name: "t".into(), id: None, internal: false, partitions: partitions.collect() }
    }

    #[test]
    fn partitions_are_found_by_index_and_never_move() {
        let topic = topic(&[Some(1); 3]);
        assert!(topic.partition(3).is_none());
        let second: *const Partition = topic.partition(1).unwrap();
        topic.update(&view(&[Some(1); 100]), |_, _| {});
        assert!(std::ptr::eq(second, topic.partition(1).unwrap()));
        for index in 0..100 {
            topic.partition(index).unwrap().load.store(index, Relaxed);
        }
        let loads: Vec<u32> =
            (0..100).map(|index| topic.partition(index).unwrap().load.load(Relaxed)).collect();
        assert_eq!(loads, (0..100).collect::<Vec<_>>(), "every index is its own partition");
        topic.update(&view(&[Some(1); 2]), |_, _| {});
        assert_eq!(topic.count(), 100, "M12");
    }

    #[test]
    fn a_moved_leader_is_told_once() {
        let topic = topic(&[Some(1), Some(1)]);
        let mut moved = Vec::new();
        topic.update(&view(&[Some(1), Some(2)]), |index, _| moved.push(index));
        topic.update(&view(&[Some(1), Some(2)]), |index, _| moved.push(index));
        assert_eq!(moved, [1]);
    }

    #[test]
    fn p8_unkeyed_records_stay_for_a_batch_and_avoid_partitions_without_leader() {
        let topic = topic(&[Some(1), None, Some(1), Some(1)]);
        let mut seen = [0; 4];
        for _ in 0..2000 {
            let partition = topic.sticky_partition(true);
            assert_eq!(topic.sticky_partition(true), partition, "sticky until the share is used up");
            topic.sticky_appended(partition, 400, true, 1000, true);
            assert_eq!(topic.sticky_partition(true), partition, "a full batch alone is not a share");
            topic.sticky_appended(partition, 600, false, 1000, true);
            assert_eq!(topic.sticky_partition(true), partition, "not before a batch is ready");
            topic.sticky_appended(partition, 1000, false, 1000, true);
            seen[partition as usize] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!(seen.iter().enumerate().all(|(index, n)| index == 1 || *n > 400), "{seen:?}");
    }

    #[test]
    fn records_go_to_partitions_with_a_leader_in_turn_as_with_the_class_of_kafka() {
        let turns = |topic: &Topic, n| (0..n).map(|_| topic.next_in_turn()).collect::<Vec<_>>();
        let topic = topic(&[Some(1), None, Some(1), Some(1)]);
        assert_eq!(turns(&topic, 5), [0, 2, 3, 0, 2]);
        topic.next_in_turn();
        topic.give_turn_back();
        assert_eq!(turns(&topic, 1), [3], "a record that asks again has the same turn");
        topic.update(&view(&[Some(1); 4]), |_, _| {});
        assert_eq!(turns(&topic, 3), [2, 3, 0], "the sixth record is the seventh of four");
        topic.update(&view(&[None; 4]), |_, _| {});
        assert_eq!(turns(&topic, 2), [1, 2], "without any leader all count");
        topic.turns.counter.store(i32::MAX as u32, Relaxed);
        assert_eq!(turns(&topic, 3), [3, 0, 1], "the sign is dropped");
    }

    #[test]
    fn p8_long_queues_are_chosen_less_often() {
        let topic = topic(&[Some(1), Some(1)]);
        topic.partition(0).unwrap().load.store(9, Relaxed);
        let chosen = (0..2000).filter(|_| topic.choose(true) == 0).count();
        assert!((80..350).contains(&chosen), "1 in 11 is 180: {chosen}");
        let chosen = (0..2000).filter(|_| topic.choose(false) == 0).count();
        assert!((800..1200).contains(&chosen), "{chosen}");
    }
}

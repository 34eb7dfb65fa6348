//! Holds an application back that appends faster than a broker takes in, before it fills all memory.
//!
//! Without that a fast application would always have the whole of `buffer.memory` waiting: every record would wait as
//! long as that takes to send, and every batch would have left the caches by the time it is sent, and again by the time
//! its buffer is filled anew, which is most of what a large record costs. So while the broker keeps up only [`HIGH`]
//! bytes of a partition may wait behind what is on the wire, and `append` says that the producer is full.
//!
//! ```text
//! open --append: too much waits--> crowded --half of it is sent--> open
//!                                     +--[`PATIENCE`] is over--> waived --half of it is sent--> open
//! ```
//! A broker that needs longer does not keep up. Then all memory is there to be used until the backlog is gone, so that
//! nobody waits longer than that for anything but memory, and a burst that fits it is taken in.

use std::pin::pin;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::core::lock;
use super::lane::Lane;
use super::topic::PartitionRef;
use crate::net::backoff::now;

/// Bytes in closed batches of one partition at which its application is held back: few enough to stay in a cache near by,
/// and so many that the half that is left when it is woken lasts until it has come back.
const HIGH: usize = 4 * 1024 * 1024;
/// Longest wait.
const PATIENCE: Duration = Duration::from_millis(10);

/// The partitions whose applications are held back.
pub(crate) struct Pace {
    high: usize,
    crowded: Mutex<Vec<PartitionRef>>,
    eased: Notify,
}

/// How one partition stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Takes batches.
    #[default]
    Open,
    /// Takes none since then.
    Crowded(Instant),
    /// Takes what there is memory for.
    Waived,
}

impl Pace {
    /// For an application that waits at most `max_block`. One that had rather fail than wait is never held back.
    pub(crate) fn new(max_block: Duration) -> Self {
        let high = if max_block.is_zero() { usize::MAX } else { HIGH };
        Self { high, crowded: Mutex::default(), eased: Notify::new() }
    }

    /// Whether the partition takes no new batch now. Its lane is locked by the caller.
    pub(crate) fn holds_back(&self, lane: &mut Lane, partition: impl FnOnce() -> PartitionRef) -> bool {
        match lane.pace {
            Standing::Waived => false,
            Standing::Open => {
                let crowded = lane.is_on_wire() && lane.backlog() >= self.high;
                if crowded {
                    lane.pace = Standing::Crowded(now());
                    lock(&self.crowded).push(partition());
                }
                crowded
            }
            Standing::Crowded(since) => {
                let over = since + PATIENCE <= now();
                if over {
                    lane.pace = Standing::Waived;
                    self.forget(&partition());
                }
                !over
            }
        }
    }

    /// Batches of the partition may have been taken out. Its lane is locked by the caller.
    pub(crate) fn ease(&self, lane: &mut Lane, partition: &PartitionRef) {
        if lane.pace == Standing::Open || lane.backlog() > self.high / 2 {
            return;
        }
        if let Standing::Crowded(_) = std::mem::take(&mut lane.pace) {
            self.forget(partition);
        }
    }

    fn forget(&self, partition: &PartitionRef) {
        let mut crowded = lock(&self.crowded);
        crowded.retain(|held| !held.is(partition));
        let eased = crowded.is_empty();
        drop(crowded);
        if eased {
            self.eased.notify_waiters();
        }
    }

    /// Waits until nobody is held back any more. May be dropped at any time.
    pub(crate) async fn eased(&self) {
        let mut deadline = None;
        loop {
            let mut eased = pin!(self.eased.notified());
            eased.as_mut().enable();
            if lock(&self.crowded).is_empty() {
                return;
            }
            let deadline = *deadline.get_or_insert_with(|| now() + PATIENCE);
            if tokio::time::timeout_at(deadline.into(), eased).await.is_err() {
                return self.waive();
            }
        }
    }

    fn waive(&self) {
        let crowded = std::mem::take(&mut *lock(&self.crowded));
        for partition in crowded {
            let mut lane = partition.get().lock();
            if let Standing::Crowded(_) = lane.pace {
                lane.pace = Standing::Waived;
            }
        }
        self.eased.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use futures_util::FutureExt;
    use kconnect_wire::compress::{Compression, Compressor};
    use kconnect_wire::records::BatchBuilder;

    use super::*;
    use crate::metadata::{PartitionMetadata, TopicMetadata};
    use crate::producer::batch::{Batch, OpenBatch, Tail};
    use crate::producer::lane::{Closing, Next, Rules};
    use crate::producer::topic::Topic;

    /// Batches of one record each, of which four are too many.
    struct Desk {
        pace: Pace,
        partition: PartitionRef,
        compressor: Compressor,
        size: usize,
    }

    impl Desk {
        fn new() -> Self {
            let topic = std::sync::Arc::new(Topic::new("t".into()));
            let partitions = vec![PartitionMetadata {
                index: 0,
                leader: Some(1),
                leader_epoch: 0,
                replicas: vec![],
                isr: vec![],
                offline: vec![],
            }];
            let metadata = TopicMetadata { name: "t".into(), id: None, internal: false, partitions };
            topic.update(&metadata, |_, _| {});
            let pace = Pace::new(Duration::from_secs(1));
            let partition = PartitionRef { topic, index: 0 };
            let mut desk = Self { pace, partition, compressor: Compressor::new(Compression::None), size: 0 };
            desk.append();
            desk.size = desk.partition.get().lock().size_hint;
            desk.pace.high = 4 * desk.size;
            desk
        }

        /// Whether another batch was taken.
        fn append(&mut self) -> bool {
            let mut lane = self.partition.get().lock();
            if self.pace.holds_back(&mut lane, || self.partition.clone()) {
                return false;
            }
            let mut builder = BatchBuilder::new(BytesMut::new());
            builder.append(0, None, Some(b"value"), &[]);
            let tail = Tail {
                id: lane.admit(),
                cookies: vec![0],
                waiters: Vec::new(),
                opened: now(),
                charged: 0,
                generation: 0,
            };
            lane.open = Some(OpenBatch { builder, tail });
            lane.seal(&mut self.compressor);
            true
        }

        /// What the driver does: a batch is put on the wire.
        fn send(&mut self) -> Batch {
            let rules = Rules {
                idempotent: false,
                max_in_flight: usize::MAX,
                linger: Duration::ZERO,
                delivery_timeout: Duration::from_secs(100),
                retries: 0,
                retry_backoff: Duration::ZERO,
                retry_backoff_max: Duration::ZERO,
            };
            let mut lane = self.partition.get().lock();
            let next = lane.next(now(), &rules, None, 1, Closing::Due, None, &mut self.compressor);
            let Next::Send(batch) = next else { panic!("nothing is sent") };
            self.pace.ease(&mut lane, &self.partition);
            batch
        }

        fn fill(&mut self) {
            assert!((0..100).any(|_| !self.append()), "nobody is held back");
        }
    }

    #[tokio::test]
    async fn an_application_that_is_too_fast_waits_until_half_is_sent() {
        let mut desk = Desk::new();
        desk.send();
        desk.fill();
        assert_eq!(desk.partition.get().lock().backlog(), 4 * desk.size);
        desk.send();
        assert!(!desk.append(), "three quarters are left");
        assert!(desk.pace.eased().now_or_never().is_none());
        desk.send();
        assert!(desk.pace.eased().now_or_never().is_some());
        assert!(desk.append());
    }

    #[tokio::test]
    async fn a_broker_that_does_not_keep_up_leaves_all_memory_to_the_application() {
        let mut desk = Desk::new();
        desk.send();
        desk.fill();
        let began = now();
        desk.pace.eased().await;
        assert!(now() - began >= PATIENCE);
        assert!((0..100).all(|_| desk.append()));
        // It is held back again once the backlog is gone.
        while desk.partition.get().lock().backlog() > 2 * desk.size {
            desk.send();
        }
        desk.fill();
    }

    #[test]
    fn who_does_not_wait_but_tries_again_is_let_in_as_well() {
        let mut desk = Desk::new();
        desk.send();
        desk.fill();
        std::thread::sleep(PATIENCE);
        assert!(desk.append());
        assert!(desk.pace.eased().now_or_never().is_some(), "nobody is held back any more");
    }

    #[test]
    fn nobody_is_held_back_while_no_answer_is_due_or_who_would_rather_fail() {
        let mut desk = Desk::new();
        assert!((0..100).all(|_| desk.append()), "the broker is out of reach");
        assert_eq!(Pace::new(Duration::ZERO).high, usize::MAX);
    }
}

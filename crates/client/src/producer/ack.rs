//! Results: one per batch, in append order within a partition, with the caller's cookies (R4, P12).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, oneshot};

use super::memory::{Charge, Memory};
use crate::Error;

/// What became of one batch.
pub struct Ack {
    /// Topic of the batch.
    pub topic: Arc<str>,
    /// Partition of the batch.
    pub partition: i32,
    /// Offset of its first record; the others follow without gaps. `None` when it failed, with `acks=0`, or when
    /// the broker had the batch already and no longer knows where.
    pub base_offset: Option<i64>,
    /// Append time of the broker for topics that use it, else the largest timestamp of the batch.
    pub timestamp: i64,
    /// Written, or why not. Kind `MaybeWritten` is neither.
    pub result: Result<(), Error>,
    /// Reasons for single records, by index in the batch (P10). The batch failed as a whole.
    pub record_errors: Vec<(u32, String)>,
    /// One cookie per record, in append order; [`NO_COOKIE`](super::NO_COOKIE) for records of
    /// [`Producer::send`](super::Producer::send). For a batch appended whole, its one cookie.
    pub cookies: Vec<u64>,
}

impl std::fmt::Debug for Ack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ack")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("base_offset", &self.base_offset)
            .field("result", &self.result)
            .field("records", &self.cookies.len())
            .finish_non_exhaustive()
    }
}

/// Where one record went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordMetadata {
    /// Its topic.
    pub topic: Arc<str>,
    /// Its partition.
    pub partition: i32,
    /// Its offset, unless the broker does not say (see [`Ack::base_offset`]).
    pub offset: Option<i64>,
}

/// Someone who waits for one record of a batch.
pub(crate) struct Waiter {
    pub(crate) index: u32,
    pub(crate) reply: oneshot::Sender<Result<RecordMetadata, Error>>,
}

/// A batch that has its result and whose turn has come.
pub(crate) struct Completion {
    pub(crate) ack: Ack,
    /// Cookies count against `buffer.memory` until they are received.
    pub(crate) charge: Charge,
    pub(crate) waiters: Vec<Waiter>,
    pub(crate) generation: u64,
}

/// The receiving end of results. Results count against `buffer.memory` until received (8 bytes a record), so
/// either receive them or drop this.
pub struct Acks {
    pub(crate) queue: Arc<AckQueue>,
    pub(crate) memory: Arc<Memory>,
}

pub(crate) struct AckQueue {
    state: Mutex<State>,
    arrived: Notify,
}

struct State {
    acks: VecDeque<(Ack, Charge)>,
    /// Nobody receives any more: results are dropped.
    deaf: bool,
    /// No more results will come.
    ended: bool,
}

impl Acks {
    /// The next result; `None` after the producer is closed and all were received. May be dropped and called
    /// again: no result is lost.
    pub async fn recv(&mut self) -> Option<Ack> {
        loop {
            let mut arrived = std::pin::pin!(self.queue.arrived.notified());
            arrived.as_mut().enable();
            {
                let mut state = self.queue.lock();
                if let Some((ack, _)) = state.acks.pop_front() {
                    return Some(ack);
                }
                if state.ended {
                    return None;
                }
            }
            arrived.await;
        }
    }

    /// The next result, if there is one now.
    pub fn try_recv(&mut self) -> Option<Ack> {
        self.queue.lock().acks.pop_front().map(|(ack, _)| ack)
    }

    /// Returns the buffers of a result, so that steady state allocates nothing. Dropping it is correct too.
    pub fn recycle(&self, ack: Ack) {
        self.memory.recycle_cookies(ack.cookies);
    }
}

impl Drop for Acks {
    fn drop(&mut self) {
        let dropped = {
            let mut state = self.queue.lock();
            state.deaf = true;
            std::mem::take(&mut state.acks)
        };
        drop(dropped);
    }
}

impl AckQueue {
    pub(crate) fn new() -> Self {
        let state = State { acks: VecDeque::new(), deaf: false, ended: false };
        Self { state: Mutex::new(state), arrived: Notify::new() }
    }

    /// Delivers a result. Called in append order per partition.
    pub(crate) fn push(&self, ack: Ack, charge: Charge) {
        let mut state = self.lock();
        if !state.deaf {
            state.acks.push_back((ack, charge));
            drop(state);
            self.arrived.notify_one();
        }
    }

    /// No more results will come.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.arrived.notify_one();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }
}

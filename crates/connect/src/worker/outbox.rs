//! Acknowledgements on their way to a source that asked for them ([`kconnect_api::SourceContext::acks`]).
//!
//! Nothing is kept until a source asks. When a source does not read, the task stops receiving results from the producer,
//! whose memory limit then stops the task: back-pressure instead of a growing queue.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kconnect_api::{Ack, Acks, BoxFuture};
use tokio::sync::Notify;

/// Acknowledgements that wait; the bound is in batches, not rows.
const ROOM: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    readers: AtomicUsize,
    state: Mutex<(VecDeque<Ack>, bool)>,
    arrived: Notify,
    /// Told when a full outbox has room again.
    room: Notify,
}

impl Outbox {
    fn lock(&self) -> std::sync::MutexGuard<'_, (VecDeque<Ack>, bool)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.readers.load(Ordering::Acquire) > 0
    }

    pub(crate) fn has_room(&self) -> bool {
        !self.is_wanted() || self.lock().0.len() < ROOM
    }

    /// Resolves when there may be room. May be dropped at any time.
    pub(crate) async fn room(&self) {
        let notified = self.room.notified();
        if !self.has_room() {
            notified.await;
        }
    }

    pub(crate) fn push(&self, ack: Ack) {
        self.lock().0.push_back(ack);
        self.arrived.notify_one();
    }

    /// The task is over.
    pub(crate) fn end(&self) {
        self.lock().1 = true;
        self.arrived.notify_one();
    }

    pub(crate) fn reader(self: &Arc<Self>) -> Box<dyn Acks> {
        self.readers.fetch_add(1, Ordering::AcqRel);
        Box::new(Reader(Arc::clone(self)))
    }
}

struct Reader(Arc<Outbox>);

/// Who does not read any more does not stop the task.
impl Drop for Reader {
    fn drop(&mut self) {
        if self.0.readers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.lock().0.clear();
            self.0.room.notify_one();
        }
    }
}

impl Acks for Reader {
    fn next(&mut self) -> BoxFuture<'_, Option<Ack>> {
        Box::pin(async move {
            loop {
                let mut arrived = std::pin::pin!(self.0.arrived.notified());
                arrived.as_mut().enable();
                {
                    let mut state = self.0.lock();
                    if let Some(ack) = state.0.pop_front() {
                        if state.0.len() + 1 >= ROOM {
                            self.0.room.notify_one();
                        }
                        return Some(ack);
                    }
                    if state.1 {
                        return None;
                    }
                }
                arrived.await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconnect_api::{AckOutcome, RowId};

    fn ack(row: u64) -> Ack {
        Ack { rows: vec![RowId(row)], outcome: AckOutcome::Dropped }
    }

    #[tokio::test]
    async fn a_reader_that_is_dropped_unread_does_not_stop_the_task() {
        let outbox = Arc::new(Outbox::default());
        assert!(outbox.has_room(), "nobody asked");
        let mut reader = outbox.reader();
        for row in 0..ROOM as u64 {
            outbox.push(ack(row));
        }
        assert!(!outbox.has_room());
        assert_eq!(reader.next().await.map(|ack| ack.rows), Some(vec![RowId(0)]));
        outbox.room().await;
        outbox.push(ack(7));
        assert!(!outbox.has_room());
        let waits = outbox.room();
        drop(reader);
        waits.await;
        assert!(outbox.has_room() && !outbox.is_wanted());
    }
}

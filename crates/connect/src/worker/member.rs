//! A sink task's consumer, which leaves its group however the task ends.
//!
//! Tasks are static members, so that a successor after a crash replaces them at once. But one that is gone for good would
//! keep its partitions, and the group its offsets, until its session times out (45 s). So a consumer leaves when it is
//! closed or dropped (a task that panics, or did not stop in time, cannot say good-bye itself), unless the same task is
//! about to start again: then [`Return`] is set, and it is replaced without a rebalance. A member that was replaced
//! meanwhile is fenced by the broker and takes nobody else out.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kconnect_client::consumer::Consumer;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// How long the good-bye may take.
const LEAVE: Duration = Duration::from_secs(5);

/// Whether a task that is stopped comes back soon; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Return(Arc<AtomicBool>);

impl Return {
    pub(crate) fn expect(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A consumer that is closed when dropped.
pub(crate) struct Member {
    consumer: Option<Consumer>,
    io: Handle,
    comes_back: Return,
}

impl Member {
    pub(crate) fn new(consumer: Consumer, io: Handle, comes_back: Return) -> Self {
        Self { consumer: Some(consumer), io, comes_back }
    }

    /// Says good-bye and waits for that; it goes on if nobody waits any more.
    pub(crate) async fn close(mut self) {
        if let Some(consumer) = self.consumer.take() {
            let _ = self.good_bye(consumer).await;
        }
    }

    fn good_bye(&self, consumer: Consumer) -> JoinHandle<()> {
        let comes_back = self.comes_back.0.load(Ordering::Acquire);
        self.io.spawn(async move {
            match comes_back {
                true => consumer.close(LEAVE).await,
                false => consumer.leave(LEAVE).await,
            }
        })
    }
}

impl Deref for Member {
    type Target = Consumer;
    fn deref(&self) -> &Consumer {
        self.consumer.as_ref().expect("only `close` and `drop` take it, which both end this")
    }
}

impl DerefMut for Member {
    fn deref_mut(&mut self) -> &mut Consumer {
        self.consumer.as_mut().expect("only `close` and `drop` take it, which both end this")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(consumer) = self.consumer.take() {
            self.good_bye(consumer);
        }
    }
}

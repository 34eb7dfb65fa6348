//! A sink task's consumer, which leaves its group however the task ends.
//!
//! A consumer that is only dropped stays a member until its session times out (45 s), and the task's successor waits as
//! long for its partitions. A task that panics, or is dropped since it did not stop in time, cannot say good-bye itself.
//!
//! Tasks are static members so that a successor after a crash replaces them at once. Whoever ends in order leaves all the
//! same: offsets of a stopped sink can be changed, and partitions of tasks that are no more are divided, without a wait.
//! A member that was replaced meanwhile is fenced by the broker and takes nobody else out.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use kconnect_client::consumer::Consumer;
use tokio::runtime::Handle;

use super::io::on;

/// How long the good-bye may take.
const LEAVE: Duration = Duration::from_secs(5);

/// A consumer that is closed when dropped.
pub(crate) struct Member {
    consumer: Option<Consumer>,
    io: Handle,
}

impl Member {
    pub(crate) fn new(consumer: Consumer, io: Handle) -> Self {
        Self { consumer: Some(consumer), io }
    }

    /// Leaves the group and waits for that.
    pub(crate) async fn close(mut self) {
        if let Some(consumer) = self.consumer.take() {
            on(&self.io, consumer.leave(LEAVE)).await;
        }
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
            self.io.spawn(consumer.leave(LEAVE));
        }
    }
}

//! Tasks with a parent: whatever is spawned here ends when the scope is shut down or dropped.

use std::future::Future;
use std::sync::Mutex;
use std::time::Instant;

use tokio::sync::watch;
use tokio::task::JoinSet;

/// A group of tasks that end together.
#[derive(Debug)]
pub(crate) struct Scope {
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
}

/// Tells a task that its scope wants it to end.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Ends when the scope is shut down. May be dropped and called again.
    pub(crate) async fn requested(&mut self) {
        // An error means that the scope is gone, which is the same request.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

impl Scope {
    pub(crate) fn new() -> Self {
        Self { stop: watch::Sender::new(false), tasks: Mutex::new(JoinSet::new()) }
    }

    /// Starts a task. It is given the stop signal and is dropped at its next await when the scope is dropped.
    pub(crate) fn spawn<F>(&self, task: impl FnOnce(Stop) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let future = task(Stop(self.stop.subscribe()));
        let mut tasks = self.tasks.lock().expect("no task is spawned while a lock holder panics");
        while tasks.try_join_next().is_some() {}
        tasks.spawn(future);
    }

    /// Asks every task to end, without waiting.
    pub(crate) fn signal(&self) {
        self.stop.send_replace(true);
    }

    /// Signals, waits until the deadline, then drops what is late and says how many those were.
    pub(crate) async fn shutdown(&self, deadline: Instant) -> usize {
        self.signal();
        let mut tasks =
            std::mem::take(&mut *self.tasks.lock().expect("no task is spawned while a lock holder panics"));
        let all = async { while tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout_at(deadline.into(), all).await;
        let late = tasks.len();
        tasks.abort_all();
        late
    }
}

//! Names plugin calls that block their thread: a future that does not return to the executor for a second.
//!
//! Each task has a [`Pulse`]; entering a poll of its future notes the time, leaving it clears it. One loop on the control
//! runtime looks at all pulses twice a second. Cost for a task: two clock reads and stores per poll of a future, not per
//! record.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// When the present call was entered, in milliseconds after the start; 0 between calls.
#[derive(Debug)]
pub(crate) struct Pulse {
    name: String,
    start: Instant,
    entered: AtomicU64,
    told: AtomicU64,
}

/// All pulses of a worker.
#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    pulses: Mutex<Vec<Weak<Pulse>>>,
}

const LIMIT: Duration = Duration::from_secs(1);

impl Watchdog {
    pub(crate) fn pulse(&self, name: impl Into<String>) -> Arc<Pulse> {
        let start = Instant::now();
        let pulse =
            Arc::new(Pulse { name: name.into(), start, entered: AtomicU64::new(0), told: AtomicU64::new(0) });
        let mut pulses = self.pulses.lock().unwrap_or_else(PoisonError::into_inner);
        pulses.retain(|pulse| pulse.strong_count() > 0);
        pulses.push(Arc::downgrade(&pulse));
        pulse
    }

    /// Names of calls that block at the moment, each with how long; warns of each once.
    pub(crate) fn look(&self) -> Vec<(String, Duration)> {
        let pulses = self.pulses.lock().unwrap_or_else(PoisonError::into_inner);
        let mut blocked = Vec::new();
        for pulse in pulses.iter().filter_map(Weak::upgrade) {
            let Some(since) = pulse.blocked_for().filter(|since| *since >= LIMIT) else { continue };
            let entered = pulse.entered.load(Ordering::Acquire);
            if pulse.told.swap(entered, Ordering::AcqRel) != entered {
                tracing::warn!(
                    target: "org.apache.kafka.connect.runtime.Worker",
                    task = %pulse.name,
                    seconds = since.as_secs(),
                    "a plugin call blocks its thread; it should await, or be declared blocking"
                );
            }
            blocked.push((pulse.name.clone(), since));
        }
        blocked
    }

    /// Looks until dropped.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(Duration::from_millis(500));
        loop {
            ticks.tick().await;
            self.look();
        }
    }
}

impl Pulse {
    fn blocked_for(&self) -> Option<Duration> {
        let entered = self.entered.load(Ordering::Acquire);
        (entered > 0).then(|| self.start.elapsed().saturating_sub(Duration::from_millis(entered - 1)))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }
}

/// A future whose polls are watched.
pub(crate) struct Watched<F> {
    inner: Pin<Box<F>>,
    pulse: Arc<Pulse>,
}

impl<F: Future> Watched<F> {
    pub(crate) fn new(pulse: &Arc<Pulse>, inner: F) -> Self {
        Self { inner: Box::pin(inner), pulse: Arc::clone(pulse) }
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.pulse.entered.store(self.pulse.now(), Ordering::Release);
        let polled = self.inner.as_mut().poll(cx);
        self.pulse.entered.store(0, Ordering::Release);
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_blocks_is_named_and_one_that_waits_is_not() {
        let watchdog = Arc::new(Watchdog::default());
        let (blocking, waiting) = (watchdog.pulse("blocking-0"), watchdog.pulse("waiting-0"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
        let (done, rest) = std::sync::mpsc::channel::<()>();
        let wait = runtime.spawn(Watched::new(&waiting, std::future::pending::<()>()));
        let block = runtime.spawn(Watched::new(&blocking, async move {
            let _ = rest.recv();
        }));
        let found = loop {
            let found = watchdog.look();
            if !found.is_empty() {
                break found;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "blocking-0");
        done.send(()).unwrap();
        runtime.block_on(block).unwrap();
        assert_eq!(watchdog.look(), []);
        wait.abort();
    }
}

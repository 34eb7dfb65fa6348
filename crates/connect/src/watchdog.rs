//! Plugin calls that block their thread: named after a second, and never the end of all others (C5, C6).
//!
//! Each task has a [`Pulse`]; entering a poll of its future notes the time, leaving it clears it. One loop on the control
//! runtime looks at all pulses twice a second and warns of a future that has not returned to its executor.
//!
//! Naming does not help those who wait for the thread, so one thread stays free: a poll that would occupy the last worker
//! thread of the plugin runtime first hands that thread's other work to a spare one ([`tokio::task::block_in_place`]).
//! Therefore however many plugins block, somebody polls the rest. Cost for a task: two clock reads and four atomic writes
//! per poll of a future, not per record; the hand-over costs a thread switch and happens only when all threads are inside
//! plugins at once. What a plugin spawns itself is not watched.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeFlavor};

/// When the present call was entered, in milliseconds after the start; 0 between calls.
#[derive(Debug)]
pub(crate) struct Pulse {
    name: String,
    start: Instant,
    entered: AtomicU64,
    told: AtomicU64,
    crowd: Arc<Crowd>,
}

/// How many polls are in progress on the plugin runtime.
#[derive(Debug)]
struct Crowd {
    inside: AtomicUsize,
    threads: usize,
}

/// One of the crowd; leaves when dropped, a panic included.
struct Inside<'a>(&'a Pulse);

/// All pulses of a worker.
#[derive(Debug)]
pub(crate) struct Watchdog {
    pulses: Mutex<Vec<Weak<Pulse>>>,
    crowd: Arc<Crowd>,
}

const LIMIT: Duration = Duration::from_secs(1);

impl Watchdog {
    /// For plugins on a runtime of so many worker threads.
    pub(crate) fn new(threads: usize) -> Self {
        let crowd = Arc::new(Crowd { inside: AtomicUsize::new(0), threads });
        Self { pulses: Mutex::default(), crowd }
    }

    pub(crate) fn pulse(&self, name: impl Into<String>) -> Arc<Pulse> {
        let start = Instant::now();
        let (entered, told) = (AtomicU64::new(0), AtomicU64::new(0));
        let crowd = Arc::clone(&self.crowd);
        let pulse = Arc::new(Pulse { name: name.into(), start, entered, told, crowd });
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

    /// Notes the time; says whether all threads are inside plugins now.
    fn enter(&self) -> (Inside<'_>, bool) {
        self.entered.store(self.now(), Ordering::Release);
        let inside = self.crowd.inside.fetch_add(1, Ordering::AcqRel) + 1;
        (Inside(self), inside >= self.crowd.threads)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.crowd.inside.fetch_sub(1, Ordering::AcqRel);
        self.0.entered.store(0, Ordering::Release);
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
        let this = &mut *self;
        let (_inside, is_last) = this.pulse.enter();
        match is_last && hands_over() {
            true => tokio::task::block_in_place(|| this.inner.as_mut().poll(cx)),
            false => this.inner.as_mut().poll(cx),
        }
    }
}

/// Whether this thread belongs to a runtime that can give its work to another thread.
fn hands_over() -> bool {
    Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_blocks_is_named_and_one_that_waits_is_not() {
        let watchdog = Arc::new(Watchdog::new(2));
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

    #[test]
    fn c5_more_blocking_calls_than_threads_leave_a_thread_for_others() {
        let watchdog = Watchdog::new(2);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let gate = Arc::new(std::sync::Barrier::new(6));
        let block = |name: String| {
            let gate = Arc::clone(&gate);
            runtime.spawn(Watched::new(&watchdog.pulse(name), async move {
                gate.wait();
            }))
        };
        let blocked: Vec<_> = (0..5).map(|n| block(format!("blocking-{n}"))).collect();
        // Each of them runs, or the barrier would never open; so does one that comes later.
        let (done, other) = std::sync::mpsc::channel();
        let later = watchdog.pulse("later");
        runtime.spawn(Watched::new(&later, async move { done.send(()).unwrap() }));
        other.recv_timeout(Duration::from_secs(30)).expect("a thread for the one that does not block");
        gate.wait();
        for call in blocked {
            runtime.block_on(call).unwrap();
        }
        assert_eq!(watchdog.crowd.inside.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_panic_ends_the_call_that_is_watched() {
        let watchdog = Watchdog::new(2);
        let pulse = watchdog.pulse("panics");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let joined = runtime
            .block_on(async { tokio::spawn(Watched::new(&pulse, async { panic!("on demand") })).await });
        assert!(joined.is_err());
        assert_eq!((pulse.blocked_for(), watchdog.crowd.inside.load(Ordering::SeqCst)), (None, 0));
    }
}

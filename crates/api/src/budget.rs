//! Memory budgets: a limit in bytes, charged by buffers and given back when they are dropped.
//!
//! A charge never fails and never waits (a frame that has arrived must be held by someone); whoever makes buffers
//! asks [`Budget::available`] first and waits there. So a budget can be exceeded by one buffer, not by two.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

/// A limit in bytes shared by all buffers of one task.
#[derive(Clone, Debug)]
pub struct Budget(Arc<State>);

#[derive(Debug)]
struct State {
    limit: usize,
    used: AtomicUsize,
    waiting: Mutex<VecDeque<Waker>>,
}

impl Budget {
    /// A budget of `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(State { limit, used: AtomicUsize::new(0), waiting: Mutex::default() }))
    }

    /// Bytes charged at the moment.
    #[must_use]
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Acquire)
    }

    /// The limit in bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// Charges `bytes` until the returned value is dropped.
    #[must_use]
    pub fn charge(&self, bytes: usize) -> Charge {
        self.0.used.fetch_add(bytes, Ordering::AcqRel);
        Charge { budget: self.clone(), bytes }
    }

    /// Waits until less than the limit is charged. May be dropped at any time; nothing is reserved.
    pub async fn available(&self) {
        poll_fn(|cx| {
            if self.used() < self.0.limit {
                return Poll::Ready(());
            }
            self.lock().push_back(cx.waker().clone());
            // Looked at again after registering: a release in between has seen no waker.
            if self.used() < self.0.limit { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Waker>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes charged to a [`Budget`]; dropping it gives them back.
#[derive(Debug)]
pub struct Charge {
    budget: Budget,
    bytes: usize,
}

impl Drop for Charge {
    fn drop(&mut self) {
        let before = self.budget.0.used.fetch_sub(self.bytes, Ordering::AcqRel);
        if before >= self.budget.0.limit {
            for waker in self.budget.lock().drain(..) {
                waker.wake();
            }
        }
    }
}

//! Memory budgets: a limit in bytes, charged by buffers and given back when they are dropped.
//!
//! A charge never fails and never waits (a frame that has arrived must be held by someone); whoever makes buffers
//! asks first: [`Budget::available`] waits for room, [`Budget::try_charge`] takes it before somebody else does. So a
//! budget can be exceeded by one buffer, not by two.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::{Poll, Waker};

/// A limit in bytes shared by all buffers of one task.
#[derive(Clone, Debug)]
pub struct Budget(Arc<State>);

#[derive(Debug)]
struct State {
    limit: usize,
    used: AtomicUsize,
    waiting: Mutex<VecDeque<Waker>>,
    hooks: RwLock<Vec<Hook>>,
}

#[derive(Clone)]
struct Hook(Arc<dyn Fn() + Send + Sync>);

impl Budget {
    /// A budget of `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let (used, waiting, hooks) = Default::default();
        Self(Arc::new(State { limit, used, waiting, hooks }))
    }

    /// Bytes charged at the moment.
    #[must_use]
    pub fn used(&self) -> usize {
        // Total order with the flags of those who look here before they sleep, and are woken by a hook.
        self.0.used.load(Ordering::SeqCst)
    }

    /// The limit in bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// Charges `bytes` until the returned value is dropped.
    #[must_use]
    pub fn charge(&self, bytes: usize) -> Charge {
        self.0.used.fetch_add(bytes, Ordering::SeqCst);
        Charge { budget: self.clone(), bytes }
    }

    /// Charges `bytes` if the limit is kept with them.
    #[must_use]
    pub fn try_charge(&self, bytes: usize) -> Option<Charge> {
        let with = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.0.limit);
        let charged = self.0.used.fetch_update(Ordering::SeqCst, Ordering::SeqCst, with);
        charged.is_ok().then(|| Charge { budget: self.clone(), bytes })
    }

    /// Waits until less than the limit is charged. May be dropped at any time; nothing is reserved.
    pub async fn available(&self) {
        poll_fn(|cx| {
            if self.used() < self.0.limit {
                return Poll::Ready(());
            }
            {
                let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                // Whoever is polled for another reason, again and again, waits once.
                if !waiting.iter().any(|known| known.will_wake(cx.waker())) {
                    waiting.push_back(cx.waker().clone());
                }
            }
            // Looked at again after registering: a release in between has seen no waker.
            if self.used() < self.0.limit { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Calls `hook` after every release until the returned value is dropped. It runs in the thread that drops a buffer:
    /// it may wake somebody, and must not come back to this budget.
    pub fn on_release(&self, hook: impl Fn() + Send + Sync + 'static) -> ReleaseHook {
        let hook = Hook(Arc::new(hook));
        self.0.hooks.write().unwrap_or_else(PoisonError::into_inner).push(hook.clone());
        ReleaseHook { budget: self.clone(), hook }
    }

    fn release(&self, bytes: usize) {
        let before = self.0.used.fetch_sub(bytes, Ordering::SeqCst);
        if before >= self.0.limit {
            for waker in self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
                waker.wake();
            }
        }
        self.0.hooks.read().unwrap_or_else(PoisonError::into_inner).iter().for_each(|hook| (hook.0)());
    }
}

/// Bytes charged to a [`Budget`]; dropping it gives them back.
#[derive(Debug)]
pub struct Charge {
    budget: Budget,
    bytes: usize,
}

impl Charge {
    /// Charges this many bytes instead, whether there is room for more or not.
    pub fn resize(&mut self, bytes: usize) {
        let before = std::mem::replace(&mut self.bytes, bytes);
        match bytes.checked_sub(before) {
            Some(more) => _ = self.budget.0.used.fetch_add(more, Ordering::SeqCst),
            None => self.budget.release(before - bytes),
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.release(self.bytes);
    }
}

/// Keeps a hook of [`Budget::on_release`] in place.
#[derive(Debug)]
#[must_use = "the hook is gone when this is dropped"]
pub struct ReleaseHook {
    budget: Budget,
    hook: Hook,
}

impl Drop for ReleaseHook {
    fn drop(&mut self) {
        let mut hooks = self.budget.0.hooks.write().unwrap_or_else(PoisonError::into_inner);
        hooks.retain(|hook| !Arc::ptr_eq(&hook.0, &self.hook.0));
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_once_and_a_charge_beyond_the_limit_is_counted() {
        let budget = Budget::new(10);
        let first = budget.try_charge(6).unwrap();
        assert!(budget.try_charge(5).is_none() && budget.try_charge(usize::MAX).is_none());
        let (second, third) = (budget.try_charge(4).unwrap(), budget.charge(7));
        assert_eq!(budget.used(), 17);
        assert!(budget.try_charge(0).is_none(), "the limit is passed already");
        drop((first, second, third));
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_charge_that_is_resized_gives_back_what_it_is_then() {
        let budget = Budget::new(10);
        let mut charge = budget.charge(4);
        for bytes in [9, 2, 2, 0, 30, 3] {
            charge.resize(bytes);
            assert_eq!(budget.used(), bytes);
        }
        drop(charge);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_hook_hears_of_every_release_until_it_is_taken_away() {
        let budget = Budget::new(10);
        let heard = Arc::new(AtomicUsize::new(0));
        let hook = budget.on_release({
            let heard = Arc::clone(&heard);
            move || _ = heard.fetch_add(1, Ordering::SeqCst)
        });
        let mut charge = budget.charge(4);
        charge.resize(5);
        assert_eq!(heard.load(Ordering::SeqCst), 0, "more is no release");
        charge.resize(1);
        drop(charge);
        assert_eq!(heard.load(Ordering::SeqCst), 2);
        drop(hook);
        drop(budget.charge(1));
        assert_eq!((heard.load(Ordering::SeqCst), Arc::strong_count(&heard)), (2, 1));
    }

    #[test]
    fn one_who_is_polled_again_and_again_waits_once() {
        let budget = Budget::new(1);
        let full = budget.charge(1);
        // What `clone` makes has one table of functions, which is what wakers are told apart by.
        let waker = Waker::noop().clone().clone();
        let mut cx = std::task::Context::from_waker(&waker);
        for _ in 0..3 {
            let mut waits = std::pin::pin!(budget.available());
            assert!((0..3).all(|_| waits.as_mut().poll(&mut cx).is_pending()));
        }
        assert_eq!(budget.0.waiting.lock().unwrap().len(), 1);
        drop(full);
        assert!(std::pin::pin!(budget.available()).poll(&mut cx).is_ready());
    }
}

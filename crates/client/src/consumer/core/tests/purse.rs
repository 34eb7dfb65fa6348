//! An account for tests, which knows the most that was ever charged. Also part of the integration tests.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::{Account, Charge};

#[derive(Debug, Clone)]
pub struct Purse(Arc<Inner>);

#[derive(Default)]
struct Inner {
    limit: usize,
    used: AtomicUsize,
    most: AtomicUsize,
    hooks: Mutex<Vec<(usize, Arc<dyn Fn() + Send + Sync>)>>,
    next_hook: AtomicUsize,
}

impl Purse {
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Inner { limit, ..Inner::default() }))
    }

    /// The most that was charged at a time.
    pub fn most(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }

    /// Hooks in place.
    pub fn hooks(&self) -> usize {
        self.0.hooks.lock().unwrap().len()
    }

    fn charged(&self, bytes: usize) -> Box<dyn Charge> {
        self.0.most.fetch_max(self.used(), Ordering::SeqCst);
        Box::new(Coins { bytes, purse: self.clone() })
    }

    fn release(&self, bytes: usize) {
        assert!(self.0.used.fetch_sub(bytes, Ordering::SeqCst) >= bytes, "more is given back than was taken");
        self.0.hooks.lock().unwrap().iter().for_each(|(_, hook)| hook());
    }
}

impl Account for Purse {
    fn limit(&self) -> usize {
        self.0.limit
    }

    fn used(&self) -> usize {
        self.0.used.load(Ordering::SeqCst)
    }

    fn charge(&self, bytes: usize) -> Box<dyn Charge> {
        self.0.used.fetch_add(bytes, Ordering::SeqCst);
        self.charged(bytes)
    }

    fn try_charge(&self, bytes: usize) -> Option<Box<dyn Charge>> {
        let with = |used: usize| Some(used + bytes).filter(|used| *used <= self.0.limit);
        self.0.used.fetch_update(Ordering::SeqCst, Ordering::SeqCst, with).ok()?;
        Some(self.charged(bytes))
    }

    fn on_release(&self, hook: Arc<dyn Fn() + Send + Sync>) -> Box<dyn Any + Send + Sync> {
        let id = self.0.next_hook.fetch_add(1, Ordering::SeqCst);
        self.0.hooks.lock().unwrap().push((id, hook));
        Box::new(Hooked { id, purse: self.clone() })
    }
}

#[derive(Debug)]
struct Coins {
    bytes: usize,
    purse: Purse,
}

impl Charge for Coins {
    fn resize(&mut self, bytes: usize) {
        let before = std::mem::replace(&mut self.bytes, bytes);
        match bytes.checked_sub(before) {
            Some(more) => {
                let used = self.purse.0.used.fetch_add(more, Ordering::SeqCst) + more;
                self.purse.0.most.fetch_max(used, Ordering::SeqCst);
            }
            None => self.purse.release(before - bytes),
        }
    }
}

impl Drop for Coins {
    fn drop(&mut self) {
        self.purse.release(self.bytes);
    }
}

struct Hooked {
    id: usize,
    purse: Purse,
}

impl Drop for Hooked {
    fn drop(&mut self) {
        self.purse.0.hooks.lock().unwrap().retain(|(id, _)| *id != self.id);
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} bytes", self.used.load(Ordering::SeqCst), self.limit)
    }
}

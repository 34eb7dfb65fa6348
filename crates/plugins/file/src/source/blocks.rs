//! Memory that files are read into: blocks of one size, used again when the last line cut from them is gone.
//!
//! A block keeps its length and stays initialised, so neither zeroing nor page faults are paid again. Only blocks of
//! the standard size return to the pool; what a giant line needed is freed.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use kconnect_api::{Budget, Buf};

/// Blocks kept for reuse; more would only be kept by a pipeline that holds many at once.
const KEPT: usize = 4;

/// The pool of one task.
pub(crate) struct Pool {
    size: usize,
    budget: Budget,
    free: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Pool {
    /// A pool of blocks of `size` bytes, whose lines are charged to `budget`.
    pub(crate) fn new(size: usize, budget: Budget) -> Self {
        Self { size, budget, free: Arc::default() }
    }

    /// Bytes that one block has room for.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// A block with room for [`Pool::size`] more bytes than `carry`, which it begins with.
    pub(crate) fn block(&self, carry: &[u8]) -> Block {
        let mut block = self.take();
        block.reserve(carry.len() + self.size);
        if let Some(start) = block.data.get_mut(..carry.len()) {
            start.copy_from_slice(carry);
        }
        block.filled = carry.len();
        block
    }

    fn take(&self) -> Block {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Block { data: free.unwrap_or_else(|| vec![0; self.size + self.size / 4]), filled: 0 }
    }

    /// The filled part of `block` as a shared buffer.
    pub(crate) fn freeze(&self, block: Block) -> Buf {
        let charge = self.budget.charge(block.data.len());
        let standard = block.data.len() <= 2 * self.size;
        let home = standard.then(|| Arc::clone(&self.free));
        Buf::charged(Bytes::from_owner(Shared { block, home }), charge)
    }

    /// Frees what is kept, for the time when nothing is read.
    pub(crate) fn trim(&self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Initialised memory, filled from the front.
#[derive(Default)]
pub(crate) struct Block {
    data: Vec<u8>,
    filled: usize,
}

impl Block {
    /// Bytes of memory.
    pub(crate) fn size(&self) -> usize {
        self.data.len()
    }

    /// What was read.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.data.get(..self.filled).unwrap_or_default()
    }

    /// Where to read on.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.data.get_mut(self.filled..).unwrap_or_default()
    }

    /// `more` bytes were put into [`Block::room`].
    pub(crate) fn advance(&mut self, more: usize) {
        self.filled = (self.filled + more).min(self.data.len());
    }

    /// Makes the block at least `size` bytes large.
    pub(crate) fn reserve(&mut self, size: usize) {
        if self.data.len() < size {
            self.data.reserve_exact(size - self.data.len());
            self.data.resize(size, 0);
        }
    }

    /// Drops the first `bytes`.
    pub(crate) fn discard(&mut self, bytes: usize) {
        let bytes = bytes.min(self.filled);
        self.data.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
    }
}

struct Shared {
    block: Block,
    home: Option<Arc<Mutex<Vec<Vec<u8>>>>>,
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.block.bytes()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            let mut free = home.lock().unwrap_or_else(PoisonError::into_inner);
            if free.len() < KEPT {
                free.push(std::mem::take(&mut self.block.data));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_when_its_last_line_is_gone_and_is_charged_until_then() {
        let budget = Budget::new(1 << 20);
        let pool = Pool::new(64, budget.clone());
        let mut block = pool.block(b"ab");
        assert!(block.room().len() >= 64);
        block.room()[..2].copy_from_slice(b"cd");
        block.advance(2);
        let buf = pool.freeze(block);
        let line = buf.slice(1..3);
        drop(buf);
        assert_eq!((line.as_slice(), budget.used() >= 64), (&b"bc"[..], true));
        assert_eq!(pool.free.lock().unwrap().len(), 0);
        drop(line);
        assert_eq!((budget.used(), pool.free.lock().unwrap().len()), (0, 1));
        pool.trim();
        assert_eq!(pool.free.lock().unwrap().len(), 0);
    }

    #[test]
    fn a_grown_block_is_freed() {
        let pool = Pool::new(64, Budget::new(1 << 20));
        let mut block = pool.block(b"");
        block.reserve(1_000);
        drop(pool.freeze(block));
        assert_eq!(pool.free.lock().unwrap().len(), 0);
    }
}

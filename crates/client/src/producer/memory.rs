//! The byte budget of a producer and the buffers it recycles (P3, R6, R7).
//!
//! Buffers come in size classes, powers of two up to the batch size: a partition with little traffic holds a
//! small buffer, a busy one a whole batch. What is charged is the buffer, from the moment a batch is opened
//! until its last byte is no longer needed. Free buffers are kept, and given back to the allocator when their
//! class is not the one that is needed while the budget is used up.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::BytesMut;
use tokio::sync::Notify;

/// Smallest buffer.
const FIRST_CLASS: usize = 1024;
/// Room that the encoder wants behind the last record, so that it never grows a buffer of the right size.
pub(crate) const SLACK: usize = 64;
/// Whoever waits for memory is woken when this part of the budget is free: one batch is soon filled, and going to sleep
/// for each costs two context switches.
const COMFORT: usize = 8;
/// What is free after this time is enough, if a batch fits: a broker out of reach may hold the rest.
const COMFORT_WAIT: Duration = Duration::from_millis(2);
/// With nothing free the next look comes after twice the time, up to this: hundreds of producers may wait for minutes.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

pub(crate) struct Memory {
    limit: usize,
    /// Capacities of the classes, ascending; the last one holds a whole batch.
    classes: Vec<usize>,
    state: Mutex<State>,
    freed: Notify,
}

struct State {
    used: usize,
    free_bytes: usize,
    /// Per class.
    free: Vec<Vec<BytesMut>>,
    cookies: Vec<Vec<u64>>,
    waiters: usize,
}

impl Memory {
    pub(crate) fn new(limit: usize, batch_size: usize) -> Self {
        let largest = batch_size.max(FIRST_CLASS) + SLACK;
        let mut classes: Vec<usize> = std::iter::successors(Some(FIRST_CLASS), |size| size.checked_mul(4))
            .take_while(|size| *size * 2 <= largest)
            .collect();
        classes.push(largest);
        let free = classes.iter().map(|_| Vec::new()).collect();
        let state = State { used: 0, free_bytes: 0, free, cookies: Vec::new(), waiters: 0 };
        Self { limit: limit.max(largest), classes, state: Mutex::new(state), freed: Notify::new() }
    }

    /// Bytes that may be in use.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Capacity of the smallest class that holds `bytes`, or `bytes` itself beyond the largest.
    pub(crate) fn class_for(&self, bytes: usize) -> usize {
        self.classes.iter().copied().find(|class| *class >= bytes).unwrap_or(bytes)
    }

    /// A cleared buffer of at least `capacity` bytes and a vector for cookies, `None` when the budget is used up.
    /// `capacity` bytes are charged.
    pub(crate) fn take(&self, capacity: usize) -> Option<(BytesMut, Vec<u64>)> {
        let mut state = self.lock();
        if state.used + capacity > self.limit {
            return None;
        }
        state.used += capacity;
        let cookies = state.cookies.pop().unwrap_or_default();
        if let Ok(class) = self.classes.binary_search(&capacity)
            && let Some(buffer) = state.free[class].pop()
        {
            state.free_bytes -= capacity;
            return Some((buffer, cookies));
        }
        let trimmed = self.trim(&mut state);
        drop(state);
        drop(trimmed);
        Some((fresh(capacity), cookies))
    }

    /// Charges more for a buffer that grows; `false` when the budget is used up.
    pub(crate) fn charge(&self, bytes: usize) -> bool {
        let mut state = self.lock();
        if state.used + bytes > self.limit {
            return false;
        }
        state.used += bytes;
        true
    }

    /// Charges without asking: for what exists already and cannot wait (halves of a split batch).
    pub(crate) fn force_charge(&self, bytes: usize) {
        self.lock().used += bytes;
    }

    /// Gives back a charge and, if nobody shares it, the buffer.
    pub(crate) fn release(&self, charged: usize, buffer: Option<BytesMut>) {
        let mut state = self.lock();
        state.used = state.used.saturating_sub(charged);
        if let Some(buffer) = buffer
            && let Some(class) = self.classes.iter().rposition(|class| *class <= buffer.capacity())
            && buffer.capacity() <= self.classes[class].saturating_mul(2)
            && state.used + state.free_bytes + self.classes[class] <= self.limit
        {
            state.free_bytes += self.classes[class];
            state.free[class].push(buffer);
        }
        let waiting = state.waiters > 0 && state.used + self.comfort() <= self.limit;
        drop(state);
        if waiting {
            self.freed.notify_waiters();
        }
    }

    /// Keeps a vector of cookies for the next batch.
    pub(crate) fn recycle_cookies(&self, mut cookies: Vec<u64>) {
        const KEPT: usize = 1024;
        cookies.clear();
        let mut state = self.lock();
        if state.cookies.len() < KEPT {
            state.cookies.push(cookies);
        }
    }

    /// Whether somebody waits for memory: then open batches are sent without lingering (P5).
    pub(crate) fn is_wanted(&self) -> bool {
        self.lock().waiters > 0
    }

    /// Waits until there is room for a whole batch, preferably for many. `on_wait` is called once before sleeping, to
    /// hurry what lingers; who looks later sees that memory is wanted. May be dropped at any time.
    pub(crate) async fn ready(&self, on_wait: impl Fn()) {
        let batch = *self.classes.last().expect("there is always the class of a whole batch");
        if self.has_room(batch) {
            return;
        }
        let _waiting = Waiting::new(self);
        on_wait();
        let mut pause = COMFORT_WAIT;
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.has_room(self.comfort()) {
                return;
            }
            if tokio::time::timeout(pause, freed).await.is_err() {
                if self.has_room(batch) {
                    return;
                }
                pause = (pause * 2).min(LONGEST_WAIT);
            }
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.lock().used + bytes <= self.limit
    }

    fn comfort(&self) -> usize {
        let batch = self.classes.last().copied().unwrap_or_default();
        batch.max(self.limit / COMFORT)
    }

    /// Takes free buffers out while they and what is in use exceed the limit.
    fn trim(&self, state: &mut State) -> Vec<BytesMut> {
        let mut out = Vec::new();
        while state.used + state.free_bytes > self.limit {
            let Some((class, list)) =
                state.free.iter_mut().enumerate().rev().find(|(_, list)| !list.is_empty())
            else {
                break;
            };
            out.extend(list.pop());
            state.free_bytes -= self.classes[class];
        }
        out
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }
}

/// Counts a waiter for as long as it lives, also when its future is dropped.
struct Waiting<'a>(&'a Memory);

impl<'a> Waiting<'a> {
    fn new(memory: &'a Memory) -> Self {
        memory.lock().waiters += 1;
        Self(memory)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiters -= 1;
    }
}

/// A charge that ends when it is dropped.
pub(crate) struct Charge {
    memory: Arc<Memory>,
    bytes: usize,
}

impl Charge {
    /// Takes over `bytes` that are charged already.
    pub(crate) fn adopt(memory: &Arc<Memory>, bytes: usize) -> Self {
        Self { memory: memory.clone(), bytes }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.memory.release(self.bytes, None);
    }
}

/// A buffer that can be frozen and thawed for ever without another allocation: splitting it once makes it
/// carry the shared counter that freezing needs.
fn fresh(capacity: usize) -> BytesMut {
    let mut buffer = BytesMut::with_capacity(capacity);
    drop(buffer.split_off(buffer.capacity()));
    buffer
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::Future;

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn p3_what_is_taken_never_exceeds_the_limit() {
        let memory = Memory::new(100_000, 16_384);
        let class = memory.class_for(16_384);
        let taken: Vec<_> = std::iter::from_fn(|| memory.take(class)).collect();
        assert_eq!(taken.len(), 100_000 / class);
        assert!(memory.take(class).is_none());
        assert!(!memory.charge(class));
        memory.release(class, None);
        assert!(memory.take(class).is_some());
    }

    #[test]
    fn r6_a_released_buffer_is_used_again() {
        let memory = Memory::new(1 << 20, 16_384);
        let class = memory.class_for(5000);
        let (mut buffer, _) = memory.take(class).unwrap();
        buffer.extend_from_slice(b"x");
        let address = buffer.as_ptr();
        let mut frozen = buffer.freeze();
        for _ in 0..3 {
            frozen = frozen.try_into_mut().unwrap().freeze();
        }
        let mut buffer = frozen.try_into_mut().unwrap();
        buffer.clear();
        memory.release(class, Some(buffer));
        let (mut buffer, _) = memory.take(class).unwrap();
        buffer.extend_from_slice(b"y");
        assert_eq!(buffer.as_ptr(), address);
    }

    #[test]
    fn free_buffers_of_another_class_do_not_come_on_top_of_the_budget() {
        let memory = Memory::new(64 * 1024, 16_384);
        let (small, large) = (memory.class_for(100), memory.class_for(16_384));
        let taken: Vec<_> = std::iter::from_fn(|| memory.take(small)).collect();
        for (buffer, _) in taken {
            memory.release(small, Some(buffer));
        }
        while memory.take(large).is_some() {}
        let state = memory.lock();
        assert!(state.used + state.free_bytes <= memory.limit, "{} + {}", state.used, state.free_bytes);
    }

    #[tokio::test]
    async fn waiting_for_memory_ends_when_enough_is_released() {
        let memory = Arc::new(Memory::new(40_000, 16_384));
        let class = memory.class_for(16_384);
        while memory.take(class).is_some() {}
        let waiter = tokio::spawn({
            let memory = memory.clone();
            async move { memory.ready(|| {}).await }
        });
        while !memory.is_wanted() {
            tokio::task::yield_now().await;
        }
        memory.release(class, None);
        waiter.await.unwrap();
        assert!(!memory.is_wanted());
    }

    #[tokio::test]
    async fn a_waiter_wakes_for_many_batches_at_once_or_after_a_while_for_one() {
        let memory = Memory::new(64 * 16_448, 16_384);
        let class = memory.class_for(16_384);
        while memory.take(class).is_some() {}
        let mut ready = Box::pin(memory.ready(|| {}));
        assert!(ready.as_mut().now_or_never().is_none());
        (0..7).for_each(|_| memory.release(class, None));
        assert!(ready.as_mut().now_or_never().is_none(), "7 of 64 batches are free");
        memory.release(class, None);
        assert!(ready.as_mut().now_or_never().is_some(), "8 of 64 batches are free");

        while memory.take(class).is_some() {}
        let began = std::time::Instant::now();
        let mut ready = Box::pin(memory.ready(|| {}));
        assert!(ready.as_mut().now_or_never().is_none());
        memory.release(class, None);
        ready.await;
        assert!(began.elapsed() >= COMFORT_WAIT);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_memory_while_the_broker_is_away_sleeps() {
        let memory = Memory::new(64 * 16_448, 16_384);
        let class = memory.class_for(16_384);
        while memory.take(class).is_some() {}
        let (looks, hurried) = (Cell::new(0), Cell::new(0));
        let mut ready = pin!(memory.ready(|| hurried.set(hurried.get() + 1)));
        let counted = std::future::poll_fn(|cx| {
            looks.set(looks.get() + 1);
            ready.as_mut().poll(cx)
        });
        tokio::time::timeout(Duration::from_secs(60), counted).await.unwrap_err();
        assert!((500..700).contains(&looks.get()), "ten a second: {}", looks.get());
        assert_eq!(hurried.get(), 1, "drivers are woken once");
        memory.release(class, None);
        let began = tokio::time::Instant::now();
        ready.await;
        assert!(began.elapsed() <= LONGEST_WAIT);
    }
}

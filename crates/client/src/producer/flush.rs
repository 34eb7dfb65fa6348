//! Which batches a flush waits for: those opened before it, and no later ones (P5).

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::sync::Notify;

/// Counts unfinished batches per generation; a flush ends the generation and waits for it and older ones.
pub(crate) struct Generations {
    state: Mutex<State>,
    finished: Notify,
}

struct State {
    /// Generation of the first count.
    oldest: u64,
    /// Unfinished batches of each generation; the last one is the present.
    counts: VecDeque<usize>,
}

impl Generations {
    pub(crate) fn new() -> Self {
        let state = State { oldest: 0, counts: VecDeque::from([0]) };
        Self { state: Mutex::new(state), finished: Notify::new() }
    }

    /// Counts a batch into the present generation, which is returned.
    pub(crate) fn enter(&self) -> u64 {
        let mut state = self.lock();
        *state.counts.back_mut().expect("the present is never removed") += 1;
        state.oldest + state.counts.len() as u64 - 1
    }

    /// Counts another batch into the generation of one that is unfinished (a split).
    pub(crate) fn enter_same(&self, generation: u64) {
        let mut state = self.lock();
        let index = (generation - state.oldest) as usize;
        *state.counts.get_mut(index).expect("the generation has an unfinished batch") += 1;
    }

    /// A batch has its result.
    pub(crate) fn leave(&self, generation: u64) {
        let mut state = self.lock();
        let index = (generation - state.oldest) as usize;
        *state.counts.get_mut(index).expect("the generation has an unfinished batch") -= 1;
        let before = state.oldest;
        while state.counts.len() > 1 && state.counts.front() == Some(&0) {
            state.counts.pop_front();
            state.oldest += 1;
        }
        let moved = state.oldest != before;
        drop(state);
        if moved {
            self.finished.notify_waiters();
        }
    }

    /// Ends the present generation and returns it.
    pub(crate) fn end_present(&self) -> u64 {
        let mut state = self.lock();
        let ended = state.oldest + state.counts.len() as u64 - 1;
        state.counts.push_back(0);
        while state.counts.len() > 1 && state.counts.front() == Some(&0) {
            state.counts.pop_front();
            state.oldest += 1;
        }
        ended
    }

    /// Waits until no batch of the generation or an older one is unfinished. May be dropped at any time.
    pub(crate) async fn finished(&self, generation: u64) {
        loop {
            let mut finished = std::pin::pin!(self.finished.notified());
            finished.as_mut().enable();
            if self.lock().oldest > generation {
                return;
            }
            finished.await;
        }
    }

    /// Unfinished batches.
    pub(crate) fn unfinished(&self) -> usize {
        self.lock().counts.iter().sum()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn p5_a_flush_waits_for_earlier_batches_only() {
        let generations = Generations::new();
        let early = generations.enter();
        let flushed = generations.end_present();
        let late = generations.enter();
        assert!(late > early);
        assert!(generations.finished(flushed).now_or_never().is_none());
        generations.enter_same(early);
        generations.leave(early);
        assert!(generations.finished(flushed).now_or_never().is_none(), "a half of it is still unfinished");
        generations.leave(early);
        assert!(generations.finished(flushed).now_or_never().is_some());
        assert_eq!(generations.unfinished(), 1);
        let again = generations.end_present();
        assert!(generations.finished(again).now_or_never().is_none());
        generations.leave(late);
        assert!(generations.finished(again).now_or_never().is_some());
        assert!(
            generations.finished(generations.end_present()).now_or_never().is_some(),
            "nothing to wait for"
        );
    }
}

//! A plugin that keeps records until they are committed, and so fills the memory of its task.
//!
//! Nothing more is read then, and no commit may be due for long. So it is asked for one early, and less and less often
//! while that does not help.

use std::time::{Duration, Instant};

/// How long reading waits for memory that the plugin keeps, before the plugin is first asked to be done with it.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest pause between two requests.
const MOST: Duration = Duration::from_secs(60);

/// When a commit was asked for, and what came of it.
pub(super) struct Hoard {
    /// Not before.
    next: Option<Instant>,
    pause: Duration,
}

impl Hoard {
    pub(super) fn new() -> Self {
        Self { next: None, pause: PATIENCE }
    }

    /// How long a poll may wait at most, so that what it waits for is noticed.
    pub(super) fn patience() -> Duration {
        PATIENCE
    }

    /// Whether a commit is asked for, after a poll that brought nothing. `waits`: because of memory.
    pub(super) fn asks(&mut self, waits: bool, now: Instant) -> bool {
        if !waits {
            *self = Self::new();
            return false;
        }
        if self.next.is_some_and(|next| now < next) {
            return false;
        }
        self.next = Some(now + self.pause);
        self.pause = (self.pause * 2).min(MOST);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_does_not_help_is_asked_for_less_and_less_often() {
        let (mut hoard, start) = (Hoard::new(), Instant::now());
        let at = |millis: u64| start + Duration::from_millis(millis);
        // A plugin that lets polls return after 50 ms.
        let asked: Vec<u64> =
            (0..400).map(|n| n * 50).filter(|millis| hoard.asks(true, at(*millis))).collect();
        assert_eq!(asked, [0, 1000, 3000, 7000, 15_000]);
        assert!(!hoard.asks(true, at(30_000)));
        assert!(!hoard.asks(false, at(30_050)), "it let go");
        assert!(hoard.asks(true, at(30_100)), "the next time counts anew");
    }
}

//! Exponential pauses with ±20 % jitter. The one place that knows the formula.

use std::time::{Duration, Instant};

/// Grows from `first` to `max` by doubling; `reset` after a success.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    max: Duration,
    failures: u32,
}

impl Backoff {
    /// No failure yet.
    pub fn new(first: Duration, max: Duration) -> Self {
        Self { first, max: max.max(first), failures: 0 }
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Counts a failure and says how long to pause after it.
    pub fn fail(&mut self) -> Duration {
        let pause = pause(self.first, self.max, self.failures, fastrand::u32(..));
        self.failures = self.failures.saturating_add(1);
        pause
    }

    /// Forgets the failures.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// Counts a failure and sleeps; returns `false` without sleeping when `deadline` would pass first.
    pub async fn wait(&mut self, deadline: Instant) -> bool {
        let until = now() + self.fail();
        if until >= deadline {
            return false;
        }
        tokio::time::sleep_until(until.into()).await;
        true
    }
}

/// The pause after `failures` earlier failures. `random` is uniform; the extremes give −20 % and +20 %.
pub(crate) fn pause(first: Duration, max: Duration, failures: u32, random: u32) -> Duration {
    let grown = first.saturating_mul(1u32.checked_shl(failures.min(20)).unwrap_or(u32::MAX)).min(max);
    grown.mul_f64(0.8 + 0.4 * f64::from(random) / f64::from(u32::MAX))
}

/// The monotonic clock, which tests may pause.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n4_pauses_double_up_to_the_maximum_within_a_fifth() {
        let (first, max) = (Duration::from_millis(50), Duration::from_secs(1));
        for (failures, expect_ms) in
            [(0, 50), (1, 100), (2, 200), (4, 800), (5, 1000), (31, 1000), (u32::MAX, 1000)]
        {
            let expect = Duration::from_millis(expect_ms);
            assert_eq!(pause(first, max, failures, 0), expect.mul_f64(0.8), "{failures}");
            assert_eq!(pause(first, max, failures, u32::MAX), expect.mul_f64(1.2), "{failures}");
        }
    }
}

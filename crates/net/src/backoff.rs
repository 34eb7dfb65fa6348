//! Waiting between attempts: exponential, with full jitter, so that many clients do not come back at once.

use std::time::Duration;

/// How long to wait before another attempt.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// Most to wait before the first repetition.
    pub first: Duration,
    /// Most to wait before any repetition.
    pub max: Duration,
}

impl Backoff {
    /// A wait before repetition number `repetition` (from 0): anything from nothing to the doubled first wait.
    #[must_use]
    pub fn wait(&self, repetition: u32) -> Duration {
        self.ceiling(repetition).mul_f64(fastrand::f64())
    }

    fn ceiling(&self, repetition: u32) -> Duration {
        self.first.saturating_mul(1 << repetition.min(16)).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_bound() {
        let backoff = Backoff { first: Duration::from_secs(1), max: Duration::from_secs(20) };
        let ceilings: Vec<u64> = (0..7).map(|n| backoff.ceiling(n).as_secs()).collect();
        assert_eq!(ceilings, [1, 2, 4, 8, 16, 20, 20]);
        assert_eq!(backoff.ceiling(u32::MAX).as_secs(), 20);
        assert!((0..1000).all(|n| backoff.wait(n % 5) <= backoff.ceiling(n % 5)));
    }
}

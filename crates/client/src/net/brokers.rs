//! How the brokers of a cluster are reached, for all clients that share its metadata (N4), and what they say of it.
//!
//! ```text
//! well:     everybody connects at once
//! failing:  one tries, after the back-off and within the grown limit; the others wait for what comes of it
//! ```
//! So a broker that is away hears of hundreds of clients as often as of one. A broker is its address: seeds are known by
//! nothing else, and another address is another chance (N7). Invariant: an attempt changes what is known only if none
//! that began later has done so, which keeps attempts that fail together from counting as failures in a row.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::backoff::{self, Backoff, now};
use super::connection::sleep_until_or_now;
use super::features::Features;
use crate::logger;
use crate::metadata::Node;
use crate::{ClientConfig, Error, ErrorKind};

/// Addresses beyond which those that nobody uses are forgotten.
const REMEMBERED: usize = 256;

/// How often the log is told of a broker that stays away.
const TOLD_AGAIN: Duration = Duration::from_secs(30);

/// Least time between two attempts, also with `reconnect.backoff.ms=0`.
const LEAST_PAUSE: Duration = Duration::from_millis(1);

/// The brokers of one cluster by address, and its finalized features.
pub(crate) struct Brokers {
    config: Arc<ClientConfig>,
    known: Mutex<HashMap<(Arc<str>, u16), Arc<Broker>>>,
    features: Mutex<Features>,
}

/// One address.
pub(crate) struct Broker {
    first_limit: Duration,
    limit_max: Duration,
    /// Held by the one that tries while the broker is failing.
    turn: tokio::sync::Mutex<()>,
    health: Mutex<Health>,
}

struct Health {
    backoff: Backoff,
    not_before: Option<Instant>,
    /// When the log was told last that it is away, and since when it is.
    told: Option<Instant>,
    away_since: Option<Instant>,
    /// Why the last attempt failed.
    cause: Option<Error>,
    /// Changes so far.
    round: u64,
}

impl Brokers {
    pub(crate) fn new(config: Arc<ClientConfig>) -> Self {
        Self { config, known: Mutex::default(), features: Mutex::default() }
    }

    /// The broker at the node's address.
    pub(crate) fn at(&self, node: &Node) -> Arc<Broker> {
        let mut known = lock(&self.known);
        if known.len() > REMEMBERED {
            known.retain(|_, broker| Arc::strong_count(broker) > 1);
        }
        let address = (node.host.clone(), node.port);
        known.entry(address).or_insert_with(|| Arc::new(Broker::new(&self.config))).clone()
    }

    /// Takes what a broker says of the cluster's features, unless something newer is known (W14).
    pub(crate) fn learn(&self, told: &Features) {
        lock(&self.features).update(told);
    }

    pub(crate) fn features(&self) -> Features {
        lock(&self.features).clone()
    }

    /// Another cluster may answer from now on: its epochs are its own.
    pub(crate) fn forget_features(&self) {
        *lock(&self.features) = Features::default();
    }
}

impl Broker {
    fn new(config: &ClientConfig) -> Self {
        let backoff = Backoff::new(config.reconnect_backoff, config.reconnect_backoff_max);
        let health =
            Health { backoff, not_before: None, told: None, away_since: None, cause: None, round: 0 };
        Self {
            first_limit: config.setup_timeout,
            limit_max: config.setup_timeout_max,
            turn: tokio::sync::Mutex::new(()),
            health: Mutex::new(health),
        }
    }

    /// Makes one attempt, or shares that of somebody else while the broker is failing. `attempt` is given its time limit.
    /// May be dropped at any time: then the attempt does not count.
    pub(crate) async fn reach<T, F>(&self, attempt: impl FnOnce(Duration) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let (round, failing) = self.look();
        if !failing {
            return self.carry_out(round, attempt).await;
        }
        let turn = self.turn.lock().await;
        let (present, failing) = self.look();
        if present == round {
            let not_before = lock(&self.health).not_before;
            sleep_until_or_now(not_before).await;
        } else if failing {
            return Err(self.cause().unwrap_or_else(unknown));
        } else {
            drop(turn);
            return self.carry_out(present, attempt).await;
        }
        self.carry_out(round, attempt).await
    }

    async fn carry_out<T, F>(&self, round: u64, attempt: impl FnOnce(Duration) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let outcome = attempt(self.limit()).await;
        let mut health = lock(&self.health);
        match &outcome {
            Ok(_) => {
                if health.backoff.failures() > 0 {
                    health.round += 1;
                }
                health.backoff.reset();
                health.tell_return();
                (health.not_before, health.cause) = (None, None);
            }
            Err(error) if health.round == round => {
                health.round += 1;
                health.cause = Some(error.clone());
                health.tell_absence(error);
                health.not_before = Some(now() + health.backoff.fail().max(LEAST_PAUSE));
            }
            Err(_) => {}
        }
        outcome
    }

    /// When the next attempt is due, if the last one failed.
    pub(crate) fn failing_until(&self) -> Option<Instant> {
        lock(&self.health).not_before
    }

    /// Why the last attempt failed, if it did.
    pub(crate) fn cause(&self) -> Option<Error> {
        lock(&self.health).cause.clone()
    }

    /// The limit for the next attempt: doubles with each failure.
    fn limit(&self) -> Duration {
        let failures = lock(&self.health).backoff.failures();
        backoff::pause(self.first_limit, self.limit_max, failures, fastrand::u32(..))
    }

    fn look(&self) -> (u64, bool) {
        let health = lock(&self.health);
        (health.round, health.backoff.failures() > 0)
    }
}

impl Health {
    /// Says that the broker is away: at once, then every now and then.
    fn tell_absence(&mut self, error: &Error) {
        let (now, since) = (now(), *self.away_since.get_or_insert_with(now));
        if self.told.is_some_and(|told| now < told + TOLD_AGAIN) {
            return;
        }
        self.told = Some(now);
        let reason = error.with_causes();
        tracing::warn!(
            target: logger::NETWORK_CLIENT, reason, seconds = (now - since).as_secs(),
            "Connection to a broker could not be established. Node may not be available; it is tried again and again."
        );
    }

    fn tell_return(&mut self) {
        self.told = None;
        if let Some(since) = self.away_since.take() {
            let seconds = (now() - since).as_secs();
            tracing::info!(target: logger::NETWORK_CLIENT, seconds, "a broker that was away is reachable again");
        }
    }
}

fn unknown() -> Error {
    Error::new(ErrorKind::Disconnected, "the broker could not be reached")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds this lock")
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::rc::Rc;

    use super::*;

    fn broker(pairs: &[(&str, &str)]) -> Rc<Broker> {
        let bootstrap = [("bootstrap.servers", "a:1")];
        let props: BTreeMap<String, String> =
            bootstrap.iter().chain(pairs).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Rc::new(Broker::new(&ClientConfig::from_props(&props).unwrap()))
    }

    fn refused() -> Error {
        Error::new(ErrorKind::Disconnected, "nobody listens")
    }

    /// `clients` try for `time` to reach a broker that is away. The limits of the attempts that were made.
    async fn besiege(broker: &Rc<Broker>, clients: usize, time: Duration) -> Vec<Duration> {
        let limits = Rc::new(RefCell::new(Vec::new()));
        let local = tokio::task::LocalSet::new();
        for _ in 0..clients {
            let (broker, limits) = (broker.clone(), limits.clone());
            local.spawn_local(async move {
                loop {
                    let attempt = async |limit| {
                        limits.borrow_mut().push(limit);
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        Err::<(), Error>(refused())
                    };
                    let _ = broker.reach(attempt).await.unwrap_err();
                    // As callers do between two attempts.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            });
        }
        local.run_until(tokio::time::sleep(time)).await;
        drop(local);
        limits.take()
    }

    #[tokio::test(start_paused = true)]
    async fn n4_hundreds_of_clients_knock_at_a_broker_that_is_away_as_often_as_one() {
        let time = Duration::from_secs(60);
        let alone = besiege(&broker(&[]), 1, time).await.len();
        let many = besiege(&broker(&[]), 300, time).await;
        // The first attempts are made before anybody knows.
        let later = many.len() - 300;
        assert!((40..90).contains(&alone), "about one a second: {alone}");
        assert!(later <= alone * 5 / 4, "{later} instead of {alone}");
    }

    #[tokio::test(start_paused = true)]
    async fn n4_attempts_that_fail_together_count_as_one_failure() {
        let broker = broker(&[]);
        besiege(&broker, 300, Duration::from_millis(2)).await;
        let pause = broker.failing_until().unwrap() - now();
        assert!(pause <= Duration::from_millis(60), "{pause:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn n4_the_limit_of_an_attempt_doubles_up_to_its_maximum_and_starts_again_after_a_success() {
        let broker = broker(&[]);
        let limits = besiege(&broker, 1, Duration::from_secs(5)).await;
        let within_a_fifth = |limit: Duration, of: u64| {
            let of = Duration::from_secs(of);
            assert!((of.mul_f64(0.8)..=of.mul_f64(1.2)).contains(&limit), "{limit:?} for {of:?}");
        };
        for (limit, of) in limits.iter().zip([10, 20, 30, 30, 30]) {
            within_a_fifth(*limit, of);
        }
        broker.reach(async |_| Ok(())).await.unwrap();
        within_a_fifth(broker.reach(async |limit| Ok(limit)).await.unwrap(), 10);
        assert_eq!(broker.failing_until(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn n4_who_waits_for_the_attempt_of_another_goes_on_when_it_succeeds() {
        let broker = broker(&[]);
        broker.reach(async |_| Err::<(), Error>(refused())).await.unwrap_err();
        let slow = broker.reach(async |_| {
            tokio::time::sleep(Duration::from_secs(3)).await;
            Ok(1)
        });
        let own = broker.reach(async |_| Ok(2));
        let (first, second) = tokio::join!(slow, own);
        assert_eq!((first.unwrap(), second.unwrap()), (1, 2), "each has a connection of its own");
    }

    #[tokio::test(start_paused = true)]
    async fn n4_an_attempt_that_is_dropped_leaves_its_turn_to_the_next() {
        let broker = broker(&[]);
        broker.reach(async |_| Err::<(), Error>(refused())).await.unwrap_err();
        let endless = broker.reach(async |_| std::future::pending::<Result<(), Error>>().await);
        tokio::time::timeout(Duration::from_secs(5), endless).await.unwrap_err();
        assert_eq!(broker.reach(async |_| Ok(7)).await.unwrap(), 7);
    }
}

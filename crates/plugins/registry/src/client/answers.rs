//! Answers of registries, shared by all converters of this process that ask the same registry in the same way.
//!
//! A connector with many tasks has as many converters, and each meets the same schemas: the first that asks a question
//! lends its answer to the others, and those who ask meanwhile wait for it. Who waited hears of a failure, too; it is
//! kept for nobody else. Answers live as long as one of their users ([`Registries`] holds them weakly) and are bounded
//! in number and bytes; when that is too little, all are forgotten and asked for again.
//!
//! A user takes over no answer that is older than itself by more than [`HEAD_START`]. So a task that is started anew
//! sees the registry as it is now (a subject deleted, a registry that lost its memory), as it does in the JVM, whoever
//! else still uses what was answered before. Answers that may change carry the time at which they were given, so that
//! their end (`latest.cache.ttl.sec`) is the same for all.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use kconnect_api::Props;

use super::{CallError, Entity};

/// How much older than its user an answer may be: about the time in which the tasks of a connector start.
const HEAD_START: Duration = Duration::from_secs(60);
/// Most answers kept of a registry.
const MOST_ANSWERS: usize = 10_000;
/// Most bytes of questions and answers kept of a registry.
const MOST_BYTES: usize = 64 << 20;

/// The answers in use, by how they were asked for.
#[derive(Default)]
pub(crate) struct Registries(Mutex<HashMap<Props, Weak<Answers>>>);

impl Registries {
    /// The answers for all who have the same settings for address, credentials and connection.
    pub(crate) fn answers(&self, props: &Props) -> Arc<Answers> {
        const OF_CLIENT: [&str; 8] = [
            "schema.registry.",
            "basic.auth.",
            "bearer.auth.",
            "sasl.",
            "request.header.",
            "proxy.",
            "http.",
            "retries.",
        ];
        let is_clients =
            |key: &str| key == "max.retries" || OF_CLIENT.iter().any(|start| key.starts_with(start));
        let own = props.iter().filter(|(key, _)| is_clients(key));
        let own: Props = own.map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut all = locked(&self.0);
        if let Some(answers) = all.get(&own).and_then(Weak::upgrade) {
            return answers;
        }
        all.retain(|_, answers| answers.strong_count() > 0);
        let answers = Arc::new(Answers::default());
        all.insert(own, Arc::downgrade(&answers));
        answers
    }
}

/// What one registry answered.
#[derive(Default)]
pub(crate) struct Answers {
    pub(super) schemas: Kept<Entity>,
    pub(super) subjects: Kept<Vec<String>>,
}

/// How much memory an answer takes, more or less.
pub(super) trait Weigh {
    fn weight(&self) -> usize;
}

/// Which answer is good enough.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fresh {
    /// None given before.
    pub(super) since: Option<Instant>,
    /// None older than this.
    pub(super) for_at_most: Option<Duration>,
}

impl Fresh {
    /// What a user who is there since `born` takes over.
    pub(super) fn for_user_since(born: Instant) -> Self {
        Self { since: born.checked_sub(HEAD_START), for_at_most: None }
    }

    fn allows(&self, given: Instant, now: Instant) -> bool {
        self.since.is_none_or(|since| given >= since)
            && self.for_at_most.is_none_or(|limit| now.saturating_duration_since(given) < limit)
    }
}

/// A question: a path, and a body when there is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) path: String,
    pub(super) body: String,
}

/// Answers to one sort of questions.
pub(super) struct Kept<T>(Mutex<Table<T>>);

struct Table<T> {
    slots: HashMap<Question, Place<T>>,
    /// The weight of all.
    bytes: usize,
}

struct Place<T> {
    slot: Arc<Slot<T>>,
    weight: usize,
}

/// Held while its question is asked, so that one asks and the others wait.
type Slot<T> = tokio::sync::Mutex<Option<(Result<T, CallError>, Instant)>>;

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone + Weigh> Kept<T> {
    /// The answer to `question` and when it was given: one that is there, else that of `call`.
    ///
    /// May be dropped at any time: the next that waits then asks itself.
    pub(super) async fn ask(
        &self,
        question: Question,
        fresh: Fresh,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<(T, Instant), CallError> {
        let asked = Instant::now();
        let slot = self.slot(&question);
        let mut last = slot.lock().await;
        match &*last {
            Some((Ok(answer), given)) if fresh.allows(*given, Instant::now()) => {
                return Ok((answer.clone(), *given));
            }
            // The failure of a call that was under way when this one came.
            Some((Err(error), given)) if *given >= asked => return Err(error.clone()),
            _ => {}
        }
        let answer = call.await;
        let now = Instant::now();
        *last = Some((answer.clone(), now));
        match answer {
            Ok(answer) => {
                self.weigh(&question, &slot, question.weight() + answer.weight());
                Ok((answer, now))
            }
            Err(error) => {
                locked(&self.0).take_away(&question, &slot);
                Err(error)
            }
        }
    }

    /// The place of an answer, a new one when there is none.
    fn slot(&self, question: &Question) -> Arc<Slot<T>> {
        let mut table = locked(&self.0);
        if let Some(place) = table.slots.get(question) {
            return Arc::clone(&place.slot);
        }
        let weight = question.weight();
        if table.slots.len() >= MOST_ANSWERS || table.bytes + weight > MOST_BYTES {
            *table = Table::default();
        }
        let slot = Arc::new(Slot::new(None));
        table.put(question.clone(), Arc::clone(&slot), weight);
        slot
    }

    /// Counts an answer that was put into its place; one that is too big for all is let go.
    fn weigh(&self, question: &Question, slot: &Arc<Slot<T>>, weight: usize) {
        let mut table = locked(&self.0);
        if !table.take_away(question, slot) {
            return;
        }
        if table.bytes + weight > MOST_BYTES {
            *table = Table::default();
        }
        if weight <= MOST_BYTES {
            table.put(question.clone(), Arc::clone(slot), weight);
        }
    }
}

impl<T> Table<T> {
    fn put(&mut self, question: Question, slot: Arc<Slot<T>>, weight: usize) {
        self.bytes += weight;
        self.slots.insert(question, Place { slot, weight });
    }

    /// Takes this place away, unless it is another's by now. Who waits at it still gets to know what it holds.
    fn take_away(&mut self, question: &Question, slot: &Arc<Slot<T>>) -> bool {
        let is_there = self.slots.get(question).is_some_and(|place| Arc::ptr_eq(&place.slot, slot));
        if is_there && let Some(place) = self.slots.remove(question) {
            self.bytes -= place.weight;
        }
        is_there
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { slots: HashMap::new(), bytes: 0 }
    }
}

impl Question {
    /// Its texts, and what the table needs around them.
    fn weight(&self) -> usize {
        self.path.len() + self.body.len() + 200
    }
}

impl Weigh for Vec<String> {
    fn weight(&self) -> usize {
        self.iter().map(|it| it.len() + size_of::<String>()).sum()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const ANY: Fresh = Fresh { since: None, for_at_most: None };

    fn question(path: &str) -> Question {
        Question { path: path.into(), body: String::new() }
    }

    /// Asks and counts the calls that were made for it.
    async fn ask(
        kept: &Kept<Vec<String>>,
        path: &str,
        fresh: Fresh,
        calls: &AtomicUsize,
        answer: Result<Vec<String>, CallError>,
    ) -> Result<Vec<String>, CallError> {
        let call = async {
            calls.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            answer
        };
        kept.ask(question(path), fresh, call).await.map(|(answer, _)| answer)
    }

    fn failure() -> CallError {
        CallError::Garbage("no".into())
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_asks_once() {
        let (kept, calls) = (Kept::default(), AtomicUsize::new(0));
        let one = || ask(&kept, "/a", ANY, &calls, Ok(vec!["s".into()]));
        let (a, b, c) = tokio::join!(one(), one(), one());
        assert_eq!([a, b, c], [Ok(vec!["s".into()]), Ok(vec!["s".into()]), Ok(vec!["s".into()])]);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        one().await.unwrap();
        ask(&kept, "/b", ANY, &calls, Ok(vec![])).await.unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 2, "the other question only");
    }

    #[tokio::test]
    async fn a_failure_is_for_those_who_waited() {
        let (kept, calls) = (Kept::default(), AtomicUsize::new(0));
        let one = || ask(&kept, "/a", ANY, &calls, Err(failure()));
        let (a, b, c) = tokio::join!(one(), one(), one());
        assert_eq!([a, b, c], [Err(failure()), Err(failure()), Err(failure())]);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        assert!(locked(&kept.0).slots.is_empty(), "nothing is kept of it");
        ask(&kept, "/a", ANY, &calls, Ok(vec![])).await.unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn when_the_asking_one_goes_away_the_next_asks() {
        let (kept, calls) = (Kept::default(), AtomicUsize::new(0));
        let never = kept.ask(question("/a"), ANY, std::future::pending());
        let other = ask(&kept, "/a", ANY, &calls, Ok(vec!["s".into()]));
        tokio::pin!(other);
        tokio::select! {
            biased; // The first is the one that asks.
            _ = never => unreachable!("it never ends"),
            _ = &mut other => unreachable!("it waits"),
            () = tokio::task::yield_now() => {}
        }
        assert_eq!((other.await, calls.load(Ordering::SeqCst)), (Ok(vec!["s".into()]), 1));
    }

    #[tokio::test]
    async fn old_answers_are_given_again() {
        let (kept, calls) = (Kept::default(), AtomicUsize::new(0));
        let answer = || Ok(vec!["s".into()]);
        ask(&kept, "/a", ANY, &calls, answer()).await.unwrap();
        let none = Fresh { since: None, for_at_most: Some(Duration::ZERO) };
        ask(&kept, "/a", none, &calls, answer()).await.unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 2, "too old");
        let later = Fresh::for_user_since(Instant::now() + HEAD_START + Duration::from_secs(1));
        ask(&kept, "/a", later, &calls, answer()).await.unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 3, "given long before its user was there");
        ask(&kept, "/a", Fresh::for_user_since(Instant::now()), &calls, answer()).await.unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn many_and_big_answers_are_forgotten() {
        let (kept, calls) = (Kept::default(), AtomicUsize::new(0));
        let big = "x".repeat(MOST_BYTES / 3);
        for path in ["/a", "/b", "/c", "/d"] {
            ask(&kept, path, ANY, &calls, Ok(vec![big.clone()])).await.unwrap();
            assert!(locked(&kept.0).bytes <= MOST_BYTES);
        }
        assert_eq!(locked(&kept.0).slots.len(), 2, "the third made room, and stayed with the fourth");
        ask(&kept, "/e", ANY, &calls, Ok(vec![big.repeat(4)])).await.unwrap();
        assert_eq!(locked(&kept.0).slots.len(), 0, "too big to be kept at all");
        for number in 0..=MOST_ANSWERS {
            kept.slot(&question(&number.to_string()));
        }
        assert_eq!(locked(&kept.0).slots.len(), 1);
    }

    #[test]
    fn answers_go_with_their_last_user() {
        let registries = Registries::default();
        let of = |pairs: &[(&str, &str)]| {
            let props = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            registries.answers(&props.collect())
        };
        let first = of(&[("schema.registry.url", "a"), ("auto.register.schemas", "true")]);
        let same = of(&[("schema.registry.url", "a"), ("auto.register.schemas", "false")]);
        assert!(Arc::ptr_eq(&first, &same));
        for other in [
            of(&[("schema.registry.url", "b")]),
            of(&[("schema.registry.url", "a"), ("basic.auth.user.info", "u:p")]),
            of(&[("schema.registry.url", "a"), ("schema.registry.ssl.truststore.location", "f")]),
            of(&[("schema.registry.url", "a"), ("request.header.x", "y")]),
        ] {
            assert!(!Arc::ptr_eq(&first, &other));
        }
        drop((first, same));
        of(&[("schema.registry.url", "c")]);
        assert_eq!(locked(&registries.0).len(), 1, "that of the last call; all others are gone");
    }
}

//! Fetch sessions (KIP-227) as a pure value: what the broker remembers of our wishes, and so what the next
//! request has to say.
//!
//! Invariant: `told` is exactly what the broker believes after the last answered request. Whenever that is in
//! doubt (an error, a lost connection, a change between names and ids) the session is forgotten and the next
//! request says everything again (F12, F13).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kconnect_wire::Uuid;

use crate::TopicPartition;

/// What is wanted of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Want {
    pub(crate) topic_id: Option<Uuid>,
    pub(crate) offset: i64,
    pub(crate) leader_epoch: i32,
    pub(crate) last_epoch: i32,
    pub(crate) max_bytes: i32,
}

/// The content of one fetch request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) session_id: i32,
    pub(crate) session_epoch: i32,
    /// False caps the version below those that name topics by id only (W16).
    pub(crate) by_id: bool,
    pub(crate) partitions: Vec<(TopicPartition, Want)>,
    pub(crate) forgotten: Vec<(TopicPartition, Option<Uuid>)>,
}

/// Epoch of a request that opens a session, and of one that ends it.
const INITIAL_EPOCH: i32 = 0;
pub(crate) const FINAL_EPOCH: i32 = -1;
/// How long sessions stay unused after a broker could not open one.
const SESSIONLESS_FOR: Duration = Duration::from_secs(60);

/// One consumer's session at one broker.
#[derive(Debug, Default)]
pub(crate) struct Session {
    id: i32,
    epoch: i32,
    by_id: bool,
    told: BTreeMap<TopicPartition, Want>,
    sessionless_until: Option<Instant>,
}

impl Session {
    /// Id of the open session, 0 for none.
    pub(crate) fn id(&self) -> i32 {
        self.id
    }

    /// The next request for exactly `wants`, in this order (F10 is the caller's).
    pub(crate) fn ask(&mut self, now: Instant, wants: Vec<(TopicPartition, Want)>) -> Ask {
        let by_id = wants.iter().all(|(_, want)| want.topic_id.is_some());
        if by_id != self.by_id || self.id == 0 {
            self.forget();
        }
        self.by_id = by_id;
        let wanted: BTreeMap<TopicPartition, Want> = wants.iter().cloned().collect();
        let ask = if self.id == 0 {
            let sessionless = self.sessionless_until.is_some_and(|until| now < until);
            let session_epoch = if sessionless { FINAL_EPOCH } else { INITIAL_EPOCH };
            Ask { session_id: 0, session_epoch, by_id, partitions: wants, forgotten: Vec::new() }
        } else {
            let replaced =
                |tp: &TopicPartition, told: &Want| wanted.get(tp).is_none_or(|w| w.topic_id != told.topic_id);
            let forgotten = self
                .told
                .iter()
                .filter(|(tp, told)| replaced(tp, told))
                .map(|(tp, told)| (tp.clone(), told.topic_id));
            Ask {
                session_id: self.id,
                session_epoch: self.epoch,
                by_id,
                forgotten: forgotten.collect(),
                partitions: wants.into_iter().filter(|(tp, want)| self.told.get(tp) != Some(want)).collect(),
            }
        };
        self.told = wanted;
        ask
    }

    /// The request was answered without a top-level error; `id` is the session the broker keeps, 0 for none.
    pub(crate) fn answered(&mut self, id: i32) {
        if id == 0 {
            self.forget();
        } else if self.id == id {
            self.epoch = if self.epoch == i32::MAX { 1 } else { self.epoch + 1 };
        } else {
            (self.id, self.epoch) = (id, 1);
        }
    }

    /// Starts over: the next request is a full one.
    pub(crate) fn forget(&mut self) {
        (self.id, self.epoch) = (INITIAL_EPOCH, INITIAL_EPOCH);
        self.told.clear();
    }

    /// The broker could not even open a session: ask without for a while.
    pub(crate) fn refused(&mut self, now: Instant) {
        if self.id == 0 {
            self.sessionless_until = Some(now + SESSIONLESS_FOR);
        }
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn want(offset: i64) -> Want {
        Want {
            topic_id: Some(Uuid::from_bytes([1; 16])),
            offset,
            leader_epoch: 0,
            last_epoch: -1,
            max_bytes: 1,
        }
    }

    fn tp(partition: i32) -> TopicPartition {
        TopicPartition::new("t", partition)
    }

    fn numbers(ask: &Ask) -> (i32, i32, Vec<i32>, Vec<i32>) {
        let partitions = ask.partitions.iter().map(|(tp, _)| tp.partition).collect();
        let forgotten = ask.forgotten.iter().map(|(tp, _)| tp.partition).collect();
        (ask.session_id, ask.session_epoch, partitions, forgotten)
    }

    #[test]
    fn f12_only_differences_are_sent_in_a_session() {
        let now = Instant::now();
        let mut session = Session::default();
        let ask = session.ask(now, vec![(tp(0), want(0)), (tp(1), want(0))]);
        assert_eq!(numbers(&ask), (0, 0, vec![0, 1], vec![]));
        session.answered(7);
        let ask = session.ask(now, vec![(tp(0), want(5)), (tp(1), want(0))]);
        assert_eq!(numbers(&ask), (7, 1, vec![0], vec![]), "only what moved");
        session.answered(7);
        let ask = session.ask(now, vec![(tp(1), want(0)), (tp(2), want(0))]);
        assert_eq!(numbers(&ask), (7, 2, vec![2], vec![0]), "added and forgotten");
        session.answered(7);
        let ask = session.ask(now, vec![(tp(1), want(0)), (tp(2), want(0))]);
        assert_eq!(numbers(&ask), (7, 3, vec![], vec![]), "nothing changed, the broker remembers");
    }

    #[test]
    fn f12_the_epoch_wraps_to_one() {
        let mut session = Session { id: 7, epoch: i32::MAX, ..Session::default() };
        session.answered(7);
        assert_eq!(session.epoch, 1);
    }

    #[test]
    fn f12_a_broker_without_sessions_is_told_everything_each_time() {
        let now = Instant::now();
        let mut session = Session::default();
        for _ in 0..2 {
            let ask = session.ask(now, vec![(tp(0), want(3))]);
            assert_eq!(numbers(&ask), (0, 0, vec![0], vec![]));
            session.answered(0);
        }
    }

    #[test]
    fn f13_an_evicted_session_starts_over_and_a_refused_one_pauses() {
        let now = Instant::now();
        let mut session = Session::default();
        session.ask(now, vec![(tp(0), want(0))]);
        session.answered(7);
        session.refused(now);
        let ask = session.ask(now, vec![(tp(0), want(0))]);
        assert_eq!(numbers(&ask), (0, 0, vec![0], vec![]), "evicted: a new session at once");
        session.refused(now);
        let ask = session.ask(now, vec![(tp(0), want(0))]);
        assert_eq!(numbers(&ask).1, FINAL_EPOCH, "not even opened: without a session");
        let ask = session.ask(now + SESSIONLESS_FOR, vec![(tp(0), want(0))]);
        assert_eq!(numbers(&ask).1, INITIAL_EPOCH, "and after a while with one again");
    }

    #[test]
    fn f13_names_and_ids_do_not_mix_in_a_session() {
        let now = Instant::now();
        let mut session = Session::default();
        session.ask(now, vec![(tp(0), want(0))]);
        session.answered(7);
        let nameless = Want { topic_id: None, ..want(0) };
        let ask = session.ask(now, vec![(tp(0), want(0)), (tp(1), nameless)]);
        assert_eq!((numbers(&ask), ask.by_id), ((0, 0, vec![0, 1], vec![]), false));
    }

    #[test]
    fn m4_a_recreated_topic_is_forgotten_under_its_old_id() {
        let now = Instant::now();
        let mut session = Session::default();
        session.ask(now, vec![(tp(0), want(9))]);
        session.answered(7);
        let reborn = Want { topic_id: Some(Uuid::from_bytes([2; 16])), ..want(0) };
        let ask = session.ask(now, vec![(tp(0), reborn.clone())]);
        assert_eq!(ask.forgotten, [(tp(0), want(9).topic_id)]);
        assert_eq!(ask.partitions, [(tp(0), reborn)]);
    }
}

//! The consumer's task: asks the state what is due, sends it, tells the state what came back.
//!
//! One loop owns all requests of the consumer. Each is a future in `pending` that ends in a [`Done`]; whatever
//! wakes the loop, it then looks at the whole state again, so a lost or repeated notification cannot matter.

mod commits;
mod membership;
mod requests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use kconnect_wire::ErrorCode;
use kconnect_wire::messages::{FetchRequest, FetchResponse};
use tokio::sync::{mpsc, oneshot, watch};

use super::commit::{Job, Lane};
use super::core::{EpochEnd, EpochQuestion, ListQuestion};
use super::division::Division;
use super::offsets::{Committed, ListedOffset, PerPartition};
use super::session::FINAL_EPOCH;
use super::{OffsetAndMetadata, Shared, State, Subscription, TopicPartition};
use crate::group::{Divide, GroupEngine, GroupEvent, GroupStatus, Membership};
use crate::logger;
use crate::net::backoff::now;
use crate::net::{NodeRef, Purpose};
use crate::scope::Stop;
use crate::{Client, Error};

/// What the application asks of the task.
#[derive(Debug)]
pub(super) enum Command {
    Assign {
        partitions: BTreeSet<TopicPartition>,
        done: oneshot::Sender<Result<(), Error>>,
    },
    Subscribe {
        subscription: Subscription,
        done: oneshot::Sender<Result<(), Error>>,
    },
    Commit {
        offsets: BTreeMap<TopicPartition, OffsetAndMetadata>,
        deadline: Instant,
        done: Option<oneshot::Sender<Result<(), Error>>>,
    },
    Close {
        deadline: Instant,
        even_static: bool,
        done: oneshot::Sender<()>,
    },
}

/// How a request ended.
enum Done {
    Committed(Vec<(TopicPartition, u64)>, Result<Committed, Error>),
    Listed(Vec<ListQuestion>, Result<PerPartition<Result<Option<ListedOffset>, ErrorCode>>, Error>),
    Validated(Vec<EpochQuestion>, Result<PerPartition<Result<EpochEnd, ErrorCode>>, Error>),
    /// With the size of the answer.
    Fetched(i32, Result<(FetchResponse, usize), Error>),
    Stored(Option<oneshot::Sender<Result<(), Error>>>, Membership, Result<PerPartition<ErrorCode>, Error>),
    StoredForRevoke,
    Divided(Divide, Result<Division, Error>),
    Topics(u64, Result<BTreeSet<Arc<str>>, Error>),
    RejoinDue,
}

pub(super) struct Engine {
    shared: Arc<Shared>,
    group: Option<GroupEngine>,
    status: Option<watch::Receiver<GroupStatus>>,
    lane: Lane,
    pending: FuturesUnordered<BoxFuture<'static, Done>>,
    pattern: Option<super::TopicPattern>,
    /// Number of the subscription, so that an answer for an older pattern is not taken.
    subscription: u64,
    list_topics_at: Option<Instant>,
    /// Partition counts this member divided as leader; a change calls for a new round (G9).
    divided: Option<BTreeMap<String, i32>>,
}

impl Engine {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Engine {
            shared,
            group: None,
            status: None,
            lane: Lane::default(),
            pending: FuturesUnordered::new(),
            pattern: None,
            subscription: 0,
            list_topics_at: None,
            divided: None,
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Command>, mut stop: Stop) {
        let client = self.shared.client.clone();
        let mut changes = client.metadata().changes();
        loop {
            let wake_at = self.advance();
            tokio::select! {
                () = stop.requested() => return,
                command = inbox.recv() => match command {
                    Some(Command::Close { deadline, even_static, done }) => {
                        return self.close(deadline, even_static, done).await;
                    }
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                Some(done) = self.pending.next() => self.take_in(done),
                event = next_event(&mut self.group) => self.group_event(event),
                () = self.shared.engine.notified() => {}
                _ = changes.next() => self.metadata_changed(),
                // Waiting commits go on when the round is over.
                () = status_changed(&mut self.status) => {}
                () = crate::net::sleep_until(wake_at) => {}
            }
        }
    }

    /// Does everything that can be done now. Returns when to look again at the latest.
    fn advance(&mut self) -> Option<Instant> {
        let now = now();
        let shared = self.shared.clone();
        let (effects, member_effects, suspects, wake_at, news) = {
            let mut state = shared.state();
            let State { core, member, .. } = &mut *state;
            let member_effects = member.advance(core);
            let effects = core.due(now);
            let suspects = core.take_suspects();
            let news = member.has_offer() || core.has_deliverable();
            (effects, member_effects, suspects, core.wake_at(now), news)
        };
        for effect in effects {
            self.ask(now, effect);
        }
        for effect in member_effects {
            self.serve(effect);
        }
        if !suspects.is_empty() {
            self.want(&suspects);
            self.shared.client.metadata().request_refresh();
        }
        self.commit_next();
        if self.list_topics_at.is_some_and(|at| now >= at) {
            self.list_topics();
        }
        if news {
            self.shared.application.notify_waiters();
        }
        [wake_at, self.list_topics_at].into_iter().flatten().min()
    }

    fn want(&self, topics: &BTreeSet<Arc<str>>) {
        let metadata = self.shared.client.metadata();
        topics.iter().for_each(|topic| _ = metadata.want(topic));
    }

    fn take_in(&mut self, done: Done) {
        let now = now();
        match done {
            Done::Committed(asked, found) => self.committed(now, asked, found),
            Done::Listed(asked, found) => self.listed(now, &asked, found),
            Done::Validated(asked, found) => self.validated(now, &asked, found),
            Done::Fetched(node, Ok((response, size))) => self.fetched(now, node, response, size),
            Done::Fetched(node, Err(error)) => {
                tracing::debug!(target: logger::FETCH, node, %error, "fetch failed");
                self.shared.state().core.fetch_failed(now, node);
            }
            Done::Stored(done, membership, codes) => self.stored(done, &membership, codes),
            Done::StoredForRevoke => self.shared.state().member.committed(),
            Done::Divided(divide, Ok(division)) => {
                divide.share_out(division.shares);
                self.divided(division.counts);
            }
            Done::Divided(divide, Err(error)) => divide.fail(error),
            Done::Topics(subscription, topics) => self.topics_listed(now, subscription, topics),
            Done::RejoinDue => self.rejoin(),
        }
        self.shared.application.notify_waiters();
    }

    // ---- Commands ----

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Assign { partitions, done } => {
                self.shared.state().begin_anew();
                self.unsubscribe().await;
                self.assign(partitions);
                let _ = done.send(Ok(()));
            }
            Command::Subscribe { subscription, done } => {
                self.shared.state().begin_anew();
                self.subscribe(subscription);
                let _ = done.send(Ok(()));
            }
            Command::Commit { offsets, deadline, done } => self.lane.push(Job { offsets, deadline, done }),
            Command::Close { .. } => {}
        }
    }

    // ---- The end ----

    async fn close(mut self, deadline: Instant, even_static: bool, done: oneshot::Sender<()>) {
        self.shared.state().closed = true;
        self.shared.application.notify_waiters();
        let (positions, sessions) = {
            let mut state = self.shared.state();
            let asked = (state.core.positions(), state.core.open_sessions());
            state.core.let_go();
            asked
        };
        if self.shared.config.auto_commit_interval.is_some() && !positions.is_empty() {
            let offsets = positions.into_iter().map(|(tp, position)| (tp, position.into())).collect();
            self.lane.push(Job { offsets, deadline, done: None });
        }
        self.drain_commits(deadline).await;
        let client = self.shared.client.clone();
        if let Some(group) = self.group.take() {
            group.handle().leave(even_static, deadline).await;
        }
        // The long polls under way would hold the last requests back.
        self.pending.clear();
        let goodbyes = sessions.into_iter().map(|(node, id)| end_session(&client, node, id, deadline));
        futures_util::future::join_all(goodbyes).await;
        let _ = done.send(());
    }
}

impl Drop for Engine {
    /// Handles may live on; what is buffered must not. A fetch under way is dropped with `pending`.
    fn drop(&mut self) {
        if let Ok(mut state) = self.shared.state.lock() {
            state.core.let_go();
        }
    }
}

/// Pending for ever without a group. May be dropped and called again.
async fn next_event(group: &mut Option<GroupEngine>) -> Option<GroupEvent> {
    match group {
        Some(group) => group.next_event().await,
        None => pending().await,
    }
}

async fn status_changed(status: &mut Option<watch::Receiver<GroupStatus>>) {
    if let Some(status) = status
        && status.changed().await.is_ok()
    {
        return;
    }
    pending().await
}

/// F14: the broker may forget the session now. Best effort.
async fn end_session(client: &Client, node: i32, id: i32, deadline: Instant) {
    let request = FetchRequest { session_id: id, session_epoch: FINAL_EPOCH, ..Default::default() };
    if let Err(error) = client.request(&NodeRef::Id(node), Purpose::Control, request, deadline).await {
        tracing::debug!(target: logger::FETCH_SESSION, node, %error, "the fetch session was not closed");
    }
}

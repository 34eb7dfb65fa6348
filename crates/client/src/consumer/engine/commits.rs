//! Commits: one after the other, and none while the group has no generation to commit under.

use std::time::Instant;

use futures_util::StreamExt;
use kconnect_wire::ErrorCode;
use tokio::sync::oneshot;

use super::{Done, Engine, next_event, status_changed};
use crate::consumer::commit::{self, Committer, Job};
use crate::consumer::offsets::PerPartition;
use crate::group::{GroupEvent, Membership};
use crate::logger;
use crate::{Error, ErrorKind};

impl Engine {
    pub(super) fn committer(&self) -> Option<Committer> {
        let config = &self.shared.config;
        Some(Committer {
            group: config.group_id.clone()?,
            instance: config.group_instance_id.clone().filter(|_| self.group.is_some()),
            membership: self
                .group
                .as_ref()
                .map_or(Membership::none(), |group| group.handle().status().membership),
        })
    }

    pub(super) fn commit_next(&mut self) {
        // G14: between join and sync the coordinator refuses commits.
        if self.group.as_ref().is_some_and(|group| group.handle().status().is_rejoining) {
            return;
        }
        while let Some(job) = self.lane.take() {
            match self.admit(job) {
                Some((committer, job)) => return self.store(committer, job),
                None => self.lane.finished(),
            }
        }
    }

    /// A member commits only what it owns: after a rebalance the rest is somebody else's.
    fn admit(&self, job: Job) -> Option<(Committer, Job)> {
        let foreign = {
            let state = self.shared.state();
            let foreign = job.offsets.keys().find(|tp| !state.core.contains(tp)).cloned();
            foreign.filter(|_| self.group.is_some())
        };
        let Job { offsets, deadline, done } = job;
        if offsets.is_empty() {
            done.map(|done| done.send(Ok(())));
            return None;
        }
        if let Some(tp) = foreign {
            let error = Error::new(
                ErrorKind::Membership,
                format!("offsets were not committed: partition {tp} is not assigned to this member any more"),
            );
            match done {
                Some(done) => _ = done.send(Err(error)),
                None => tracing::info!(target: logger::COORDINATOR, %error, "dropped a commit"),
            }
            return None;
        }
        Some((self.committer()?, Job { offsets, deadline, done }))
    }

    fn store(&mut self, committer: Committer, job: Job) {
        let client = self.shared.client.clone();
        self.pending.push(Box::pin(async move {
            let codes = commit::commit(&client, &committer, &job.offsets, job.deadline).await;
            Done::Stored(job.done, committer.membership, codes)
        }));
    }

    pub(super) fn stored(
        &mut self,
        done: Option<oneshot::Sender<Result<(), Error>>>,
        membership: &Membership,
        codes: Result<PerPartition<ErrorCode>, Error>,
    ) {
        self.lane.finished();
        let group = self.shared.config.group_id.clone().unwrap_or_default();
        let result = codes.and_then(|codes| {
            let refused = codes.values().find(|code| commit::is_membership(**code));
            if let (Some(code), Some(group)) = (refused, &self.group) {
                group.handle().refused(membership.clone(), *code);
            }
            commit::outcome(&group, &codes)
        });
        match done {
            Some(done) => _ = done.send(result),
            None => {
                if let Err(error) = result {
                    tracing::warn!(target: logger::COORDINATOR, %group, %error, "offsets were not committed");
                }
            }
        }
    }

    /// Waits for the commits that are queued, within the deadline. A round of the group that is under way comes to its end
    /// meanwhile, since nothing can be committed before; a new one is not joined.
    pub(super) async fn drain_commits(&mut self, deadline: Instant) {
        while !self.lane.is_idle() {
            self.commit_next();
            tokio::select! {
                Some(finished) = self.pending.next() => {
                    if let Done::Stored(..) | Done::Divided(..) = finished {
                        self.take_in(finished);
                    }
                }
                event = next_event(&mut self.group) => match event {
                    Some(divide @ GroupEvent::Divide(_)) => self.group_event(Some(divide)),
                    Some(_) => {}
                    None => self.group = None,
                },
                () = status_changed(&mut self.status) => {}
                () = tokio::time::sleep_until(deadline.into()) => return,
            }
        }
    }
}

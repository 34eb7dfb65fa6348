//! Committing what the plugin says is done (D4).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use kconnect_api::{BoxFuture, DynSinkTask, Exception, Offsets, TopicPartition};
use kconnect_client::Error;
use kconnect_client::consumer::OffsetAndMetadata;

use super::partitions::client_partition;
use super::{SinkLoop, TARGET, unrecoverable};

/// A commit under way.
pub(super) struct Commit {
    pub(super) offsets: BTreeMap<TopicPartition, i64>,
    pub(super) started: Instant,
    pub(super) done: BoxFuture<'static, Result<(), Error>>,
}

impl SinkLoop {
    pub(super) async fn commit_if_due(&mut self, task: &mut dyn DynSinkTask) -> Result<(), Exception> {
        let now = Instant::now();
        if let Some(commit) = self.commit.take_if(|commit| now >= commit.started + self.parts.flush_timeout) {
            tracing::warn!(
                target: TARGET, task = %self.parts.id, partitions = commit.offsets.len(),
                "committing offsets took longer than offset.flush.timeout.ms"
            );
        }
        if self.commit.is_some() || !(self.commit_requested || now >= self.next_commit) {
            return Ok(());
        }
        self.next_commit = now + self.parts.flush_interval;
        self.commit_requested = false;
        let all: Vec<TopicPartition> = self.assigned.iter().cloned().collect();
        let Some(offsets) = self.pre_commit(task, &all, false).await? else { return Ok(()) };
        let handle = self.parts.consumer.handle();
        let request = self.request(&offsets);
        let deadline = now + Duration::from_secs(60);
        let done = Box::pin(async move { handle.commit(request, deadline).await });
        self.commit = Some(Commit { offsets, started: now, done });
        Ok(())
    }

    pub(super) fn request(
        &self,
        offsets: &BTreeMap<TopicPartition, i64>,
    ) -> BTreeMap<kconnect_client::TopicPartition, OffsetAndMetadata> {
        let entry = |(partition, offset): (&TopicPartition, &i64)| {
            let mut stored = OffsetAndMetadata::from(*offset);
            if let Some((reached, epoch)) = self.current.get(partition)
                && reached == offset
            {
                stored.leader_epoch = *epoch;
            }
            (client_partition(partition), stored)
        };
        offsets.iter().map(entry).collect()
    }

    /// Asks the task what is done of `partitions`; `None` when there is nothing to commit.
    pub(super) async fn pre_commit(
        &mut self,
        task: &mut dyn DynSinkTask,
        partitions: &[TopicPartition],
        closing: bool,
    ) -> Result<Option<BTreeMap<TopicPartition, i64>>, Exception> {
        self.parts.errant.settle().await.map_err(unrecoverable)?;
        let due: Offsets = partitions
            .iter()
            .filter_map(|partition| Some((partition.clone(), self.current.get(partition)?.0)))
            .collect();
        if due.is_empty() {
            return Ok(None);
        }
        let provided = match task.pre_commit(due.clone()).await {
            Ok(provided) => provided,
            Err(error) => {
                let trace = error.exception().trace();
                tracing::error!(target: TARGET, task = %self.parts.id, error = %trace, "pre-commit failed");
                if !closing {
                    self.rewind_to_committed(&due)?;
                }
                return Ok(None);
            }
        };
        let mut offsets = BTreeMap::new();
        for (partition, offset) in provided {
            match due.get(&partition) {
                Some(reached) if offset <= *reached => {
                    offsets.insert(partition, offset);
                }
                Some(reached) => tracing::warn!(
                    target: TARGET, task = %self.parts.id, %partition, offset, reached,
                    "ignoring an offset beyond what was delivered"
                ),
                None => tracing::warn!(
                    target: TARGET, task = %self.parts.id, %partition, offset,
                    "ignoring an offset of a partition that was not asked for"
                ),
            }
        }
        offsets.retain(|partition, offset| self.committed.get(partition) != Some(offset));
        Ok((!offsets.is_empty()).then_some(offsets))
    }

    pub(super) fn rewind_to_committed(&mut self, due: &Offsets) -> Result<(), Exception> {
        // A batch on its way is dropped below, so its partitions go back as well.
        let back: BTreeSet<TopicPartition> =
            due.keys().chain(self.delivery.reached.keys()).cloned().collect();
        for partition in &back {
            if let Some(offset) = self.committed.get(partition).copied() {
                self.rewind(partition, offset)?;
            }
        }
        self.delivery.batch.clear();
        self.delivery.reached.clear();
        if std::mem::take(&mut self.redelivery) {
            self.resume_partitions()?;
        }
        Ok(())
    }

    pub(super) fn commit_finished(&mut self, result: Result<(), Error>) {
        let Some(commit) = self.commit.take() else { return };
        match result {
            Ok(()) => self.committed.extend(
                commit.offsets.into_iter().filter(|(partition, _)| self.assigned.contains(partition)),
            ),
            Err(error) => tracing::error!(
                target: TARGET, task = %self.parts.id, %error,
                "offsets were not committed; they are committed at the next interval"
            ),
        }
    }
}

pub(super) async fn commit_done(commit: &mut Option<Commit>) -> Result<(), Error> {
    match commit {
        Some(commit) => (&mut commit.done).await,
        None => std::future::pending().await,
    }
}

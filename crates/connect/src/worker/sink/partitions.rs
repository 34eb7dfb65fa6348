//! Partitions that come and go: `open`, the last commit, `close`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_api::{DynSinkTask, Exception, Origin, SinkRecord, Topic, TopicPartition};
use kconnect_client::consumer::Rebalance;
use tokio::time::timeout_at;

use super::super::failure::client_exception;
use super::{Partitions, SinkLoop, TARGET, unrecoverable};

impl SinkLoop {
    pub(super) async fn rebalance(
        &mut self,
        task: &mut dyn DynSinkTask,
        rebalance: Rebalance,
    ) -> Result<(), Exception> {
        match rebalance {
            Rebalance::Revoked(partitions, ack) => {
                let partitions = api_partitions(&partitions);
                self.close_partitions(task, &partitions, true).await?;
                ack.ack();
                Ok(())
            }
            Rebalance::Lost(partitions) => {
                let partitions = api_partitions(&partitions);
                self.close_partitions(task, &partitions, false).await
            }
            Rebalance::Assigned(partitions) => self.open_partitions(task, partitions).await,
            _ => Ok(()),
        }
    }

    pub(super) async fn open_partitions(
        &mut self,
        task: &mut dyn DynSinkTask,
        new: Partitions,
    ) -> Result<(), Exception> {
        let partitions = api_partitions(&new);
        self.assigned.extend(partitions.iter().cloned());
        if self.paused || self.redelivery {
            self.parts.consumer.pause(&new).map_err(|error| client_exception(&error))?;
        }
        for (partition, client) in partitions.iter().zip(&new) {
            // A position that cannot be found now comes with the first record.
            if let Ok(position) =
                self.parts.consumer.position(client, Instant::now() + Duration::from_secs(5)).await
            {
                self.committed.insert(partition.clone(), position);
                self.current.insert(partition.clone(), (position, -1));
            }
        }
        self.parts.context.set_assignment(self.assigned.iter().cloned().collect());
        if partitions.is_empty() {
            return Ok(());
        }
        task.open(&partitions).await.map_err(|error| unrecoverable(error.exception().clone()))
    }

    /// Lets partitions go: a last commit if `commit`, then the task's `close`.
    pub(super) async fn close_partitions(
        &mut self,
        task: &mut dyn DynSinkTask,
        partitions: &[TopicPartition],
        commit: bool,
    ) -> Result<(), Exception> {
        if partitions.is_empty() {
            return Ok(());
        }
        let offsets = match commit {
            true => self.pre_commit(task, partitions, true).await,
            false => Ok(None),
        };
        let closed = task.close(partitions).await;
        if let Ok(Some(offsets)) = &offsets {
            // One commit at a time and in order: the one under way first.
            if let Some(commit) = &mut self.commit {
                let deadline = commit.started + self.parts.flush_timeout;
                if let Ok(result) = timeout_at(deadline.into(), &mut commit.done).await {
                    self.commit_finished(result);
                }
            }
            let deadline = Instant::now() + self.parts.flush_timeout;
            if let Err(error) = self.parts.consumer.commit(self.request(offsets), deadline).await {
                tracing::error!(target: TARGET, task = %self.parts.id, %error, "the last commit of offsets failed");
            }
        }
        for partition in partitions {
            self.assigned.remove(partition);
            self.held.remove(partition);
            self.current.remove(partition);
            self.committed.remove(partition);
            self.delivery.reached.remove(partition);
        }
        let gone = |record: &SinkRecord| match &record.record.origin {
            Origin::Sink { from, .. } => partitions.contains(from),
            Origin::Source { .. } => false,
        };
        self.delivery.batch.retain(|record| !gone(record));
        if self.redelivery && self.delivery.batch.is_empty() {
            self.redelivery = false;
            if !self.assigned.is_empty() {
                self.resume_partitions()?;
            }
        }
        self.parts.context.set_assignment(self.assigned.iter().cloned().collect());
        offsets?;
        closed.map_err(|error| unrecoverable(error.exception().clone()))
    }
}

pub(super) fn client_partition(partition: &TopicPartition) -> kconnect_client::TopicPartition {
    kconnect_client::TopicPartition::new(Arc::clone(partition.topic.shared()), partition.partition)
}

pub(super) fn client_partitions(partitions: &BTreeSet<TopicPartition>) -> Partitions {
    partitions.iter().map(client_partition).collect()
}

pub(super) fn api_partitions(partitions: &[kconnect_client::TopicPartition]) -> Vec<TopicPartition> {
    let own = |p: &kconnect_client::TopicPartition| TopicPartition {
        topic: Topic::new(Arc::clone(&p.topic)),
        partition: p.partition,
    };
    partitions.iter().map(own).collect()
}

//! The task that fetches metadata: when, from whom, and what happens when nobody answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_wire::messages::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponseTopic,
};
use kconnect_wire::{ErrorCode, Uuid};

use super::cache::{TopicUpdate, Update, in_order};
use super::snapshot::{Node, PartitionMetadata, TopicMetadata};
use crate::client::Core;
use crate::logger;
use crate::net::Backoff;
use crate::net::backoff::now;
use crate::scope::Stop;
use crate::{Error, ErrorKind};

/// Runs until the client is closed.
pub(crate) async fn run(core: Arc<Core>, mut stop: Stop) {
    let metadata = &core.metadata;
    let config = &core.config;
    let mut backoff = Backoff::new(config.retry_backoff, config.retry_backoff_max);
    let mut answered_at: Option<Instant> = None;
    let mut failing_since: Option<Instant> = None;
    let mut missing = Missing::default();
    let mut asking_again = Backoff::new(config.retry_backoff, config.retry_backoff_max);
    loop {
        let started = metadata.answers.borrow().started;
        if *super::lock(&metadata.wanted) <= started {
            let age_limit = answered_at.map(|at| at + config.metadata_max_age);
            tokio::select! {
                () = stop.requested() => return,
                () = metadata.wake.notified() => continue,
                () = crate::net::sleep_until(age_limit) => {}
            }
        }
        metadata.answers.send_modify(|attempts| attempts.started += 1);
        let attempt = started + 1;
        let outcome = tokio::select! {
            () = stop.requested() => return,
            outcome = fetch(&core, &mut missing) => outcome,
        };
        let pause = match outcome {
            Ok(()) => {
                (answered_at, failing_since) = (Some(now()), None);
                backoff.reset();
                metadata.answers.send_modify(|attempts| {
                    attempts.answered = attempt;
                    attempts.failure = None;
                });
                if missing.may_come() {
                    metadata.request_refresh();
                    asking_again.fail()
                } else {
                    asking_again.reset();
                    config.retry_backoff
                }
            }
            Err(error) => {
                let since = *failing_since.get_or_insert_with(now);
                if config.rebootstrap && now() >= since + config.rebootstrap_trigger {
                    tracing::warn!(target: logger::METADATA, %error, "no metadata for too long, starting again from bootstrap.servers");
                    core.rebootstrap();
                    failing_since = None;
                }
                tracing::debug!(target: logger::METADATA, %error, "metadata attempt failed");
                metadata.request_refresh();
                metadata.answers.send_modify(|attempts| attempts.failure = Some(error));
                backoff.fail()
            }
        };
        if pause_after(&core, pause, &mut stop).await {
            return;
        }
    }
}

/// M1: the least distance between two requests, also when somebody already asks for the next. Only a topic that
/// nobody has asked for yet need not wait. `true` when the client is closed.
async fn pause_after(core: &Core, pause: Duration, stop: &mut Stop) -> bool {
    let until = now() + pause;
    loop {
        tokio::select! {
            () = stop.requested() => return true,
            () = tokio::time::sleep_until(until.into()) => return false,
            () = core.metadata.wake.notified() => {}
        }
        if core.metadata.last_failure().is_none() && core.metadata.cache().has_unasked() {
            return false;
        }
    }
}

/// One request to some broker, and what it answers taken into the cache.
async fn fetch(core: &Core, missing: &mut Missing) -> Result<(), Error> {
    let now_before = now();
    let topics = {
        let mut cache = core.metadata.cache();
        cache.evict(now_before, core.config.metadata_max_idle);
        cache.wanted()
    };
    let deadline = now_before + core.config.request_timeout.max(Duration::from_millis(1));
    let connection = core.any_connection(deadline).await?;
    let version = connection.versions().pick::<MetadataRequest>(None)?;
    let request = MetadataRequest {
        topics: Some(topics.iter().map(|name| by_name(name)).collect()),
        // Who wants topics made calls CreateTopics; asking for metadata must not change the cluster.
        allow_auto_topic_creation: core.config.allow_auto_create_topics,
        ..MetadataRequest::default()
    };
    let response = connection.request(request, version, deadline).await?;
    if response.error_code == ErrorCode::REBOOTSTRAP_REQUIRED && core.config.rebootstrap {
        core.rebootstrap();
        return Err(Error::from_code(
            response.error_code,
            "the broker asks for a new start from bootstrap.servers",
        ));
    }
    if !response.error_code.is_ok() {
        return Err(Error::from_code(response.error_code, "the broker refused to give metadata"));
    }
    if response.brokers.is_empty() && response.topics.is_empty() {
        return Err(Error::new(ErrorKind::Retriable, "the broker knows no brokers yet"));
    }
    let update = update(response);
    missing.tell(&update.topics);
    core.metadata.cache().apply(now(), update).map_err(|other| {
        let message = format!("broker {connection} belongs to another cluster, {other}");
        Error::new(ErrorKind::Retriable, message)
    })?;
    core.retain_known_nodes();
    Ok(())
}

/// Topics that the broker gives no metadata for. Who waits for one need not be told of the moments in which a topic is
/// made, but of a name that stays unknown.
#[derive(Default)]
struct Missing(BTreeMap<Arc<str>, Absence>);

struct Absence {
    code: ErrorCode,
    since: Instant,
    told: Option<Instant>,
}

impl Missing {
    /// Not told before it has lasted so long.
    const QUIET: Duration = Duration::from_secs(5);
    /// Told again after so long.
    const AGAIN: Duration = Duration::from_secs(60);

    /// Whether one of them may be there at any moment, so that it is asked for again soon (M1).
    fn may_come(&self) -> bool {
        self.0.values().any(|absence| absence.code.is_stale_metadata())
    }

    fn tell(&mut self, topics: &[TopicUpdate]) {
        let failed = |name: &Arc<str>| topics.iter().any(|it| it.error.is_some() && it.topic.name == *name);
        self.0.retain(|name, _| failed(name));
        let now = now();
        for (name, code) in topics.iter().filter_map(|update| Some((&update.topic.name, update.error?))) {
            let absence = self.0.entry(name.clone()).or_insert(Absence { code, since: now, told: None });
            absence.code = code;
            let due = absence.told.map_or(absence.since + Self::QUIET, |told| told + Self::AGAIN);
            if now >= due {
                absence.told = Some(now);
                tracing::warn!(
                    target: logger::NETWORK_CLIENT, seconds = (now - absence.since).as_secs(),
                    "Error while fetching metadata: {{{name}={code}}}; the topic is asked for again until it is there"
                );
            }
        }
    }
}

fn by_name(name: &str) -> MetadataRequestTopic {
    MetadataRequestTopic { name: Some(name.to_owned()), ..MetadataRequestTopic::default() }
}

fn update(response: MetadataResponse) -> Update {
    let nodes = response.brokers.into_iter().filter_map(|broker| {
        let port = u16::try_from(broker.port).ok()?;
        Some(Node { id: broker.node_id, host: broker.host.into(), port, rack: broker.rack.map(Into::into) })
    });
    Update {
        cluster_id: response.cluster_id,
        controller: Some(response.controller_id).filter(|id| *id >= 0),
        nodes: nodes.collect(),
        topics: response.topics.into_iter().filter_map(topic).collect(),
    }
}

fn topic(answer: MetadataResponseTopic) -> Option<TopicUpdate> {
    let partitions = answer.partitions.into_iter().map(|partition| PartitionMetadata {
        index: partition.partition_index,
        leader: Some(partition.leader_id).filter(|id| *id >= 0),
        leader_epoch: partition.leader_epoch,
        replicas: partition.replica_nodes,
        isr: partition.isr_nodes,
        offline: partition.offline_replicas,
    });
    let topic = TopicMetadata {
        name: answer.name?.into(),
        id: Some(answer.topic_id).filter(|id| *id != Uuid::ZERO),
        internal: answer.is_internal,
        partitions: in_order(partitions.collect()),
    };
    // A topic whose partitions all lack leaders may say so for the topic; with partitions listed it is usable.
    let error = Some(answer.error_code).filter(|code| !code.is_ok());
    let error = match error {
        Some(ErrorCode::LEADER_NOT_AVAILABLE) if !topic.partitions.is_empty() => None,
        other => other,
    };
    Some(TopicUpdate { error, topic })
}

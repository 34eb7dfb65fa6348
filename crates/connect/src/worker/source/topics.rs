//! The topics that rows go to: looked up once a task, created when the connector says how (KIP-158).

use std::time::{Duration, Instant};

use kconnect_api::{BoxFuture, Exception, Topic};
use kconnect_client::admin::{Admin, CreateMode, NewTopic};
use kconnect_client::producer::TopicHandle;
use kconnect_client::{Client, Error, ErrorKind};

use super::super::failure::client_exception;
use super::super::io::on;
use super::{Event, SourceLoop, TARGET};
use crate::config::connector::TopicGroup;

/// A topic that rows went to.
pub(super) struct TopicSlot {
    pub(super) topic: Topic,
    pub(super) handle: Option<TopicHandle>,
    pub(super) used: bool,
    /// Why it cannot be a topic.
    pub(super) refused: Option<Exception>,
}

pub(super) enum TopicError {
    /// No cluster has a topic of this name: the rows for it are bad.
    Invalid(Exception),
    Retry(Error),
    Fatal(Exception),
}

impl SourceLoop {
    pub(super) fn topic_slot(&mut self, topic: &Topic) -> usize {
        if let Some(slot) = self.topic_index.get(topic) {
            return *slot;
        }
        let slot = self.topics.len();
        self.topics.push(TopicSlot { topic: topic.clone(), handle: None, used: false, refused: None });
        self.topic_index.insert(topic.clone(), slot);
        slot
    }

    pub(super) fn prepare_topic(&mut self, slot: usize) -> BoxFuture<'static, Event> {
        let topic = self.topics[slot].topic.clone();
        let producer = self.parts.producer.clone();
        let creation = self
            .parts
            .creation
            .as_ref()
            .map(|(creation, client)| (creation.group(&topic).clone(), client.clone()));
        let task = self.parts.id.clone();
        let prepared = on(&self.parts.io, async move {
            if let Some((group, client)) = creation {
                create_topic(&topic, &group, &client).await?;
            }
            let mut looked_up = std::pin::pin!(producer.topic(&topic));
            let handle = match tokio::time::timeout(Duration::from_secs(10), looked_up.as_mut()).await {
                Ok(handle) => handle,
                Err(_) => {
                    tracing::warn!(
                        target: TARGET, %task, %topic,
                        "the topic is not known after 10 s; create it, or let the broker or topic.creation.* do it"
                    );
                    looked_up.await
                }
            };
            handle.map_err(|error| lookup_failed(&topic, error))
        });
        Box::pin(async move { Event::Topic(slot, prepared.await) })
    }
}

fn lookup_failed(topic: &Topic, error: Error) -> TopicError {
    if error.code().is_some_and(|code| code.to_string().contains("INVALID_TOPIC_EXCEPTION")) {
        let class = "org.apache.kafka.common.errors.InvalidTopicException";
        return TopicError::Invalid(Exception::new(class, format!("Invalid topics: [{topic}]")));
    }
    if error.is_retriable() || error.kind() == ErrorKind::UnknownTopic {
        return TopicError::Retry(error);
    }
    let text = "Unrecoverable exception trying to send";
    TopicError::Fatal(Exception::connect(text).caused_by(client_exception(&error)))
}

/// Creates a topic that does not exist (KIP-158).
async fn create_topic(topic: &Topic, group: &TopicGroup, client: &Client) -> Result<(), TopicError> {
    let admin = Admin::new(client);
    let deadline = Instant::now() + Duration::from_secs(60);
    match admin.describe_topics(vec![topic.to_string()], deadline).await.into_values().next() {
        Some(Ok(_)) => return Ok(()),
        Some(Err(error)) if error.kind() == ErrorKind::UnknownTopic => {}
        Some(Err(error)) if error.is_retriable() => return Err(TopicError::Retry(error)),
        _ => {}
    }
    let chosen = |number: i32| (number != -1).then_some(number);
    let wanted = NewTopic {
        name: topic.to_string(),
        partitions: chosen(group.partitions),
        replication: (group.replication_factor != -1).then_some(group.replication_factor),
        assignments: Vec::new(),
        configs: group.settings.clone(),
    };
    match admin.create_topics(vec![wanted], CreateMode::Ensure, deadline).await.into_values().next() {
        Some(Ok(_)) => {
            tracing::info!(target: TARGET, %topic, group = %group.name, "created topic");
            Ok(())
        }
        Some(Err(error)) if error.is_retriable() => Err(TopicError::Retry(error)),
        Some(Err(error)) => {
            let new_topic = format!(
                "(name={topic}, numPartitions={}, replicationFactor={}, replicasAssignments=null, configs={:?})",
                group.partitions, group.replication_factor, group.settings
            );
            let text = format!(
                "Task failed to create new topic {new_topic}. Ensure that the task is authorized to create topics or that the topic exists and restart the task"
            );
            Err(TopicError::Fatal(Exception::connect(text).caused_by(client_exception(&error))))
        }
        None => Ok(()),
    }
}

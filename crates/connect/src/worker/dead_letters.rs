//! The dead-letter queue: records that could not be processed, as they were consumed, or as a source read them
//! (runtime.md §15.3).
//!
//! A letter is sent at once and confirmed later, whether or not somebody awaits the confirmation; the task waits for all
//! letters before it commits past their records, and fails when one cannot be written (D6; upstream only logs that).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use kconnect_api::{BoxFuture, Exception, TaskError, TaskId};
use kconnect_client::Client;
use kconnect_client::admin::{Admin, CreateMode, NewTopic};
use kconnect_client::producer::{Producer, ProducerConfig, Record, RecordHeader, TopicHandle};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::failure::{Failure, client_exception};
use super::letter::{Letter, Place};
use crate::config::connector::DeadLetterSettings;

/// Writes letters of one task.
pub(crate) struct DeadLetters {
    task: TaskId,
    settings: DeadLetterSettings,
    producer: Producer,
    topic: TopicHandle,
    io: Handle,
    /// Letters on their way.
    sending: Mutex<JoinSet<()>>,
}

impl DeadLetters {
    /// Makes sure that the topic exists, and starts the producer. Must be called on the I/O runtime.
    pub(crate) async fn start(
        task: TaskId,
        settings: DeadLetterSettings,
        client: &Client,
        admin: &Client,
        config: ProducerConfig,
    ) -> Result<Self, Exception> {
        let failed = |error: &kconnect_client::Error| {
            Exception::connect(format!(
                "Could not initialize dead letter queue with topic={}",
                settings.topic
            ))
            .caused_by(client_exception(error))
        };
        let topic = NewTopic {
            name: settings.topic.clone(),
            partitions: Some(1),
            replication: Some(settings.replication_factor),
            assignments: Vec::new(),
            configs: Default::default(),
        };
        let admin = Admin::new(admin);
        let deadline = Instant::now() + Duration::from_secs(60);
        let known = admin.list_topics(deadline).await.map_err(|error| failed(&error))?;
        if !known.iter().any(|listed| listed.name == settings.topic) {
            for created in admin.create_topics(vec![topic], CreateMode::Ensure, deadline).await.into_values()
            {
                created.map_err(|error| failed(&error))?;
            }
        }
        let (producer, acks) = Producer::start(client, config).map_err(|error| failed(&error))?;
        drop(acks);
        let topic = producer.topic(&settings.topic).await.map_err(|error| failed(&error))?;
        Ok(Self { task, settings, producer, topic, io: Handle::current(), sending: Mutex::default() })
    }

    /// Sends a letter; the future resolves when it is durable.
    pub(crate) fn write(
        &self,
        letter: &Letter,
        failure: &Failure,
    ) -> BoxFuture<'static, Result<(), TaskError>> {
        let headers = self.headers(letter, failure);
        let (producer, topic, letter) = (self.producer.clone(), self.topic.clone(), letter.clone());
        let task = self.task.clone();
        let (done, confirmed) = oneshot::channel();
        let sent = async move {
            let headers: Vec<RecordHeader<'_>> =
                headers.iter().map(|(key, value)| RecordHeader { key, value: value.as_deref() }).collect();
            let record = Record {
                timestamp: (letter.timestamp >= 0).then_some(letter.timestamp),
                key: letter.key.as_deref(),
                value: letter.value.as_deref(),
                headers: &headers,
            };
            let result = producer.send(&topic, None, record).await.map(|_| ()).map_err(|error| {
                tracing::error!(
                    target: "org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter",
                    %task, %error, "could not write a record to the dead letter queue"
                );
                let text = format!("Could not produce message to dead letter queue. topic={}", topic.name());
                TaskError::fatal(Exception::connect(text).caused_by(client_exception(&error)))
            });
            let _ = done.send(result);
        };
        let mut sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        while sending.try_join_next().is_some() {}
        let mut sent = Box::pin(sent);
        // Its first step appends the letter to the producer (unless its memory is full), so letters keep their order.
        let _io = self.io.enter();
        if (&mut sent).now_or_never().is_none() {
            sending.spawn_on(sent, &self.io);
        }
        Box::pin(async move {
            let ended = || {
                Err(TaskError::connect("the dead letter queue was closed before a record was written to it"))
            };
            confirmed.await.unwrap_or_else(|_| ended())
        })
    }

    fn headers(&self, letter: &Letter, failure: &Failure) -> Vec<(Bytes, Option<Bytes>)> {
        let mut headers = letter.headers.clone();
        let exception = &failure.error.exception;
        let text = |text: &str| Some(text.to_owned());
        let (place, located): (Vec<(&str, Option<String>)>, bool) = match &letter.place {
            Place::Consumed { topic, partition, offset, .. } => {
                let of = vec![
                    ("topic", text(topic)),
                    ("partition", Some(partition.to_string())),
                    ("offset", Some(offset.to_string())),
                ];
                (of, self.settings.context_headers)
            }
            // Without these nobody could find the record again.
            Place::Source { topic, partition, offset } => {
                let of = vec![
                    ("topic", text(topic)),
                    ("source.partition", text(partition)),
                    ("source.offset", offset.clone()),
                ];
                (of, true)
            }
        };
        let context = [
            ("connector.name", text(&self.task.connector)),
            ("task.id", Some(self.task.task.to_string())),
            ("stage", text(failure.stage.name())),
            ("class.name", text(&failure.class)),
            ("exception.class.name", text(exception.class())),
            ("exception.message", exception.message().map(str::to_owned)),
            ("exception.stacktrace", Some(exception.trace())),
        ];
        let prefixed = |key: &str| Bytes::from(format!("__connect.errors.{key}"));
        let place = place.into_iter().filter(|_| located);
        let context = context.into_iter().filter(|_| self.settings.context_headers);
        let added = place.chain(context).map(|(key, value)| (prefixed(key), value.map(Bytes::from)));
        headers.extend(added);
        headers
    }

    /// Delivers what is on its way.
    pub(crate) async fn close(&self, timeout: Duration) {
        let mut sending = std::mem::take(&mut *self.sending.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async { while sending.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(timeout, all).await;
        self.producer.close(timeout).await;
    }
}

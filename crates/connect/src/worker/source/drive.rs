//! The loop itself: what it waits for, and what it does next.

use std::sync::Arc;
use std::time::Duration;

use kconnect_api::{BoxFuture, DynSourceTask, Exception, SourceBatch, TaskError};
use kconnect_client::producer::TopicHandle;
use tokio::time::{sleep, sleep_until};

use super::topics::TopicError;
use super::{SourceLoop, TARGET};
use crate::herder::State;
use crate::worker::Wanted;

/// Pause after a retriable failure to send.
const SEND_RETRY: Duration = Duration::from_millis(100);
/// Polls after which a source that never waits gives its thread to others.
const TURN: u32 = 64;
/// Polls whose rows are not all acknowledged; more would be kept only if one of them is stuck for long (R2).
const MOST_SEGMENTS: usize = 1 << 16;

/// What the loop waited for.
pub(super) enum Event {
    Polled(Box<dyn DynSourceTask>, SourceBatch, Option<Result<(), TaskError>>),
    Topic(usize, Result<TopicHandle, TopicError>),
    Letters(Result<(), Exception>),
    GoOn,
}

/// The plugin and its batch, while no poll has them.
pub(super) type Held = (Box<dyn DynSourceTask>, SourceBatch);

/// What is under way in the loop.
struct UnderWay {
    /// The next row of the batch that is being sent.
    sending: Option<usize>,
    /// What the poll that brought the batch ended with; it counts once the rows are sent.
    after: Result<(), TaskError>,
    /// A poll, or what sending waits for.
    pending: Option<BoxFuture<'static, Event>>,
    /// Whether that is a poll.
    polling: bool,
    paused: bool,
}

impl SourceLoop {
    /// Runs until a stop is wanted or the task fails; the plugin is in `held` afterwards, unless it panicked.
    pub(super) async fn drive(&mut self, held: &mut Option<Held>) -> Result<(), Exception> {
        let mut under_way =
            UnderWay { sending: None, after: Ok(()), pending: None, polling: false, paused: false };
        loop {
            self.receive_results();
            if let Some(error) = self.async_failure.take() {
                self.cancel.notify_one();
                under_way.recover_task(held).await;
                return Err(error);
            }
            if self.follow(&mut under_way) == Wanted::Stop {
                under_way.recover_task(held).await;
                return Ok(());
            }
            let room = self.parts.outbox.has_room();
            if under_way.pending.is_none()
                && !under_way.paused
                && room
                && self.tracker.segments() < MOST_SEGMENTS
            {
                if let Some(at) = under_way.sending.take() {
                    self.send_on(at, &mut under_way, held).await?;
                    continue;
                }
                let (task, batch) = held.take().expect("the task is here while nothing is pending");
                under_way.pending = Some(self.poll(task, batch).await);
                under_way.polling = true;
            }
            tokio::select! {
                biased;
                changed = self.parts.wanted.changed() => {
                    if changed.is_err() {
                        under_way.recover_task(held).await;
                        return Ok(());
                    }
                }
                ack = self.parts.acks.recv(), if room => match ack {
                    Some(ack) => self.on_result(ack),
                    None => return Err(Exception::connect("the producer was closed")),
                },
                () = self.parts.outbox.room(), if !room => {}
                (result, offsets) = wait_for(&mut self.flushing), if self.flushing.is_some() => {
                    self.flushing = None;
                    self.flushed(result, offsets);
                }
                () = sleep_until(self.next_flush.into()), if self.flushing.is_none() => self.start_flush(),
                event = wait_for(&mut under_way.pending), if under_way.pending.is_some() && !under_way.paused => {
                    under_way.pending = None;
                    self.on_event(event, &mut under_way, held)?;
                }
            }
        }
    }

    /// Looks at what is wanted now, and reports a pause or its end.
    fn follow(&mut self, under_way: &mut UnderWay) -> Wanted {
        let wanted = *self.parts.wanted.borrow_and_update();
        match wanted {
            Wanted::Pause if !under_way.paused => self.parts.reporter.report(State::Paused),
            Wanted::Run if under_way.paused => self.parts.reporter.report(State::Running),
            _ => {}
        }
        under_way.paused = wanted == Wanted::Pause;
        wanted
    }

    /// Sends the batch from row `at` on, until it is through or something has to be waited for.
    async fn send_on(
        &mut self,
        mut at: usize,
        under_way: &mut UnderWay,
        held: &mut Option<Held>,
    ) -> Result<(), Exception> {
        let (task, mut batch) = held.take().expect("rows are sent while no poll holds the batch");
        let blocked = self.send(&mut batch, &mut at).await;
        let through = matches!(blocked, Ok(None));
        if through {
            batch.recycle();
        }
        *held = Some((task, batch));
        if let Some(wait) = blocked? {
            (under_way.pending, under_way.sending) = (Some(wait), Some(at));
            return Ok(());
        }
        match std::mem::replace(&mut under_way.after, Ok(())) {
            Err(TaskError::Fatal(error)) => return Err(error),
            Err(TaskError::Retriable(error)) => {
                tracing::warn!(target: TARGET, task = %self.parts.id, %error, "poll failed and is tried again");
                under_way.pending = Some(pause());
            }
            Ok(()) => {}
        }
        Ok(())
    }

    /// What was waited for is there.
    fn on_event(
        &mut self,
        event: Event,
        under_way: &mut UnderWay,
        held: &mut Option<Held>,
    ) -> Result<(), Exception> {
        match event {
            Event::Polled(task, batch, result) => {
                under_way.polling = false;
                *held = Some((task, batch));
                if let Some(result) = result {
                    (under_way.sending, under_way.after) = (Some(0), result);
                }
            }
            Event::Topic(slot, Ok(handle)) => self.topics[slot].handle = Some(handle),
            Event::Topic(slot, Err(TopicError::Retry(error))) => {
                let topic = &self.topics[slot].topic;
                tracing::warn!(target: TARGET, task = %self.parts.id, %topic, %error, "topic is not available yet");
                under_way.pending = Some(pause());
            }
            Event::Topic(slot, Err(TopicError::Invalid(error))) => self.topics[slot].refused = Some(error),
            Event::Topic(_, Err(TopicError::Fatal(error))) => return Err(error),
            Event::Letters(settled) => {
                settled?;
                self.letters.clear();
            }
            Event::GoOn => {}
        }
        Ok(())
    }

    /// A poll that ends by itself when a stop is wanted, so that the plugin comes back and can be stopped.
    async fn poll(
        &mut self,
        mut task: Box<dyn DynSourceTask>,
        mut batch: SourceBatch,
    ) -> BoxFuture<'static, Event> {
        if std::mem::take(&mut self.commit_due)
            && let Err(error) = task.commit().await
        {
            tracing::warn!(target: TARGET, task = %self.parts.id, %error, "the task's commit failed");
        }
        let (mut wanted, cancel) = (self.parts.wanted.clone(), Arc::clone(&self.cancel));
        self.polls = self.polls.wrapping_add(1);
        // Tokio's budget does not count on a spare thread (watchdog.rs), where the turn ends by number.
        let yields = self.polls.is_multiple_of(TURN);
        Box::pin(async move {
            let result = tokio::select! {
                biased;
                _ = wanted.wait_for(|wanted| *wanted == Wanted::Stop) => None,
                () = cancel.notified() => None,
                result = task.poll(&mut batch) => Some(result),
            };
            // A source with data ready never waits; others on this thread get their turn here.
            match yields {
                true => tokio::task::yield_now().await,
                false => tokio::task::consume_budget().await,
            }
            Event::Polled(task, batch, result)
        })
    }
}

impl UnderWay {
    /// Gets the plugin back from a poll that has seen the stop.
    async fn recover_task(&mut self, held: &mut Option<Held>) {
        if let Some(poll) = self.pending.take().filter(|_| self.polling)
            && let Event::Polled(task, mut batch, _) = poll.await
        {
            batch.recycle();
            *held = Some((task, batch));
        }
    }
}

/// The pause before something is tried again.
pub(super) fn pause() -> BoxFuture<'static, Event> {
    Box::pin(async {
        sleep(SEND_RETRY).await;
        Event::GoOn
    })
}

/// Waits for a future that is there; it stays in its place, so the waiting may be dropped and begun again.
async fn wait_for<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

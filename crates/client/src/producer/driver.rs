//! One task per broker: drains lanes into requests, moves bytes, gives answers back to the lanes.
//!
//! ```text
//! round: take in noted partitions -> expire -> if the link is free: one batch per partition into one request
//! wait:  answer | everything written | connected | noted | timer | stop
//! ```
//! Partitions take turns (P7). At most `max.in.flight` requests are unanswered (P6). The next requests are built only
//! when the last are written, so that batches fill while the network is the bottleneck: one request with what is due,
//! and more of them only for batches that are full already. A partition whose leader
//! moved is handed to the other driver at its next turn (I14).

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use kconnect_wire::messages::{ProduceRequest, ProduceResponse};
use kconnect_wire::produce::{ProduceBatch, ProduceHead, produce_parts};
use kconnect_wire::{ErrorCode, Uuid};

use super::batch::{Batch, Pid};
use super::config::RequiredAcks;
use super::core::{Core, NodeQueue, lock};
use super::lane::{Answer, Closing, Effects, Next, Reaction, Written};
use super::topic::PartitionRef;
use crate::logger;
use crate::metadata::{LeaderHint, Node};
use crate::net::backoff::now;
use crate::net::link::{self, InFlight, Link, Stream};
use crate::net::pool;
use crate::net::{RawAnswer, Versions, sleep_until};
use crate::scope::Stop;
use crate::{Error, ErrorKind};

/// First Produce version that names topics by id (W16).
const TOPIC_IDS_FROM: i16 = 13;
/// Least time between two looks for the same thing, whatever pauses are configured.
const LEAST_PAUSE: Duration = Duration::from_millis(1);
/// First Produce version whose throttle time asks the client to wait (N8).
const THROTTLE_FROM: i16 = 6;

/// Runs until the producer ends.
pub(super) async fn run(core: Arc<Core>, queue: Arc<NodeQueue>, mut stop: Stop) {
    let mut metadata = core.client.metadata().changes();
    let mut driver = Driver::new(core.clone(), queue.clone());
    loop {
        let wake_at = driver.round(now());
        tokio::select! {
            biased;
            () = stop.requested() => return driver.abandon(),
            event = driver.conn.event() => driver.handle(event),
            () = queue.wake.notified() => {}
            changed = metadata.next() => {
                if !changed {
                    return driver.abandon();
                }
                driver.check_address();
            }
            () = sleep_until(wake_at) => {}
        }
    }
}

/// A batch on the wire and where it belongs.
struct Flight {
    partition: PartitionRef,
    batch: Batch,
}

/// What comes back with the answer to a request.
struct Sent {
    version: i16,
    flights: Vec<Flight>,
    /// When the first of them is over its delivery timeout and not reported yet.
    expires: Option<Instant>,
}

type Attempt = Pin<Box<dyn Future<Output = Result<(Stream, Versions), Error>> + Send>>;

enum Conn {
    Down,
    /// To this address; the wait for a broker that is failing is part of the attempt (N4).
    Connecting(Node, Attempt),
    Up(Box<Up>),
}

struct Up {
    link: Link<Sent>,
    node: Node,
    versions: Versions,
    /// Written without asking for an answer; done when the link is flushed (W5).
    unanswered: Vec<Flight>,
    /// When those must be written: a broker that takes nothing in is as silent as one that does not answer (N2).
    written_by: Option<Instant>,
}

enum Event {
    Connected(Result<(Stream, Versions), Error>),
    Answer(std::io::Result<link::Answer<Sent>>),
    Flushed,
}

impl Conn {
    /// The next thing that happens. May be dropped and called again: all state is in the connection.
    async fn event(&mut self) -> Event {
        match self {
            Self::Down => std::future::pending().await,
            Self::Connecting(_, attempt) => Event::Connected(attempt.await),
            Self::Up(up) => {
                let mut flushed = up.link.is_flushed();
                std::future::poll_fn(move |cx| match up.link.poll_answer(cx) {
                    Poll::Ready(answer) => Poll::Ready(Event::Answer(answer)),
                    Poll::Pending if !flushed && up.link.is_flushed() => {
                        flushed = true;
                        Poll::Ready(Event::Flushed)
                    }
                    Poll::Pending => Poll::Pending,
                })
                .await
            }
        }
    }
}

impl Up {
    /// When the broker has been silent for too long.
    fn deadline(&self) -> Option<Instant> {
        earliest(self.link.deadline(), self.written_by)
    }
}

struct Driver {
    core: Arc<Core>,
    queue: Arc<NodeQueue>,
    conn: Conn,
    /// When the metadata may know a broker that it did not know.
    look_again_at: Option<Instant>,
    /// Partitions with work, in the order of their turns.
    active: VecDeque<PartitionRef>,
    effects: Effects,
    scratch: BytesMut,
    parts: Vec<Bytes>,
    spare: Vec<Vec<Flight>>,
    last_drain: Instant,
}

impl Driver {
    fn new(core: Arc<Core>, queue: Arc<NodeQueue>) -> Self {
        Self {
            core,
            queue,
            conn: Conn::Down,
            look_again_at: None,
            active: VecDeque::new(),
            effects: Effects::default(),
            scratch: BytesMut::new(),
            parts: Vec::new(),
            spare: Vec::new(),
            last_drain: now(),
        }
    }

    /// Does what can be done now and says when to look again without an event: later than now, since a timer that is over
    /// and changes nothing would be over again in the next round.
    fn round(&mut self, now: Instant) -> Option<Instant> {
        self.active.extend(lock(&self.queue.ready).drain(..));
        self.give_up_on_time(now);
        self.report_expired(now);
        let (requests, mut wake_at) = self.readiness(now);
        let hurry = self.core.memory.is_wanted() || self.core.closed.load(Ordering::Relaxed);
        let due = if hurry { Closing::Any } else { Closing::Due };
        let (mut sent, mut turn) = self.drain(now, requests > 0, due);
        // Full batches behind it leave in the same write: with small ones a system call and a wake-up of the broker
        // for each cost more than the records.
        for _ in 1..requests {
            if !sent {
                break;
            }
            let (more, at) = self.drain(now, true, Closing::Nothing);
            (sent, turn) = (more, earliest(turn, at));
        }
        self.note_stalled(now, requests > 0);
        self.connect_if_needed(now, &mut wake_at);
        [wake_at, turn, self.wire_timer()].into_iter().flatten().min()
    }

    /// How many requests may be sent now, and when to look again if only time is in the way.
    fn readiness(&mut self, now: Instant) -> (usize, Option<Instant>) {
        let max = self.core.config.max_in_flight;
        match &mut self.conn {
            Conn::Up(up) => {
                let muted = up.link.muted_until(now);
                let free = muted.is_none() && up.link.is_flushed();
                (if free { max.saturating_sub(up.link.in_flight()) } else { 0 }, muted)
            }
            _ => (0, None),
        }
    }

    /// One request at most. Tells whether there was one, and when the next look is due.
    fn drain(&mut self, now: Instant, free: bool, closing: Closing) -> (bool, Option<Instant>) {
        let mut flights = self.spare.pop().unwrap_or_default();
        let turn = self.take_turns(now, free, closing, &mut flights);
        let any = !flights.is_empty();
        if any {
            self.last_drain = now;
            self.send(now, flights);
        } else {
            self.spare.push(flights);
        }
        (any, turn)
    }

    /// Gives every active partition its turn: expiry, and a batch if the link is free.
    fn take_turns(
        &mut self,
        now: Instant,
        free: bool,
        closing: Closing,
        flights: &mut Vec<Flight>,
    ) -> Option<Instant> {
        let core = self.core.clone();
        let mut room = core.config.max_request_size;
        let mut wake_at = None;
        core.with_compressor(|compressor| {
            for _ in 0..self.active.len() {
                let Some(partition) = self.active.pop_front() else { break };
                let place = partition.get();
                let mut lane = place.lock();
                if place.node.load(Ordering::Relaxed) != self.queue.node {
                    lane.noted = false;
                    core.note(&partition.topic, partition.index, &mut lane, false);
                    continue;
                }
                let expires = lane.expire(now, &core.rules, compressor, &mut self.effects);
                core.carry_out(&partition, &mut self.effects);
                let mut keep = lane.queued() > 0;
                let mut taken = None;
                if free && keep {
                    let limit = (!flights.is_empty()).then_some(room);
                    let pid = core.identity.pid();
                    let mut ask = |pid: Option<Pid>| {
                        lane.next(now, &core.rules, pid, self.queue.node, closing, limit, compressor)
                    };
                    let mut next = ask(pid);
                    if let Next::Bump(old) = next {
                        let fresh = core.identity.bump(old);
                        tracing::info!(target: logger::TRANSACTIONS, topic = %partition.topic.name, partition = partition.index, ?fresh, "producer epoch bumped");
                        if fresh.is_none() {
                            core.attention.notify_one();
                        }
                        next = ask(fresh);
                    }
                    match next {
                        Next::Send(batch) => taken = Some(batch),
                        Next::Wait(at) => wake_at = earliest(wake_at, at),
                        Next::NoRoom => {
                            drop(lane);
                            self.active.push_front(partition);
                            break;
                        }
                        Next::Idle => keep = false,
                        Next::Bump(_) => {}
                    }
                    place.load.store(lane.queued() as u32, Ordering::Relaxed);
                }
                core.pace.ease(&mut lane, &partition);
                if keep {
                    wake_at = earliest(wake_at, expires);
                } else {
                    lane.noted = false;
                }
                drop(lane);
                if let Some(mut batch) = taken {
                    batch.stamp();
                    room = room.saturating_sub(batch.sealed.len());
                    flights.push(Flight { partition: partition.clone(), batch });
                }
                if keep {
                    self.active.push_back(partition);
                }
            }
        });
        wake_at
    }

    /// Builds one request from what was drained and queues it on the link.
    fn send(&mut self, now: Instant, mut flights: Vec<Flight>) {
        let Conn::Up(up) = &mut self.conn else { return };
        // Batches of one topic must stand together in the request.
        flights.sort_by(|a, b| a.partition.topic.name.cmp(&b.partition.topic.name));
        let config = &self.core.config;
        let batches: Vec<ProduceBatch<'_>> = flights
            .iter()
            .map(|flight| ProduceBatch {
                topic: &flight.partition.topic.name,
                topic_id: flight.partition.topic.id().unwrap_or(Uuid::ZERO),
                partition: flight.partition.number(),
                records: flight.batch.sealed.bytes(),
            })
            .collect();
        // W16: without an id for every topic the request must name them.
        let cap = batches.iter().any(|batch| batch.topic_id.is_zero()).then_some(TOPIC_IDS_FROM - 1);
        let correlation = up.link.correlation();
        let timeout_ms = i32::try_from(config.request_timeout.as_millis()).unwrap_or(i32::MAX);
        let written = up.versions.pick::<ProduceRequest>(cap).and_then(|version| {
            let head = ProduceHead {
                version,
                correlation_id: correlation,
                client_id: Some(self.core.client.client_id()),
                transactional_id: None,
                acks: config.acks.code(),
                timeout_ms,
            };
            produce_parts(&head, &batches, &mut self.scratch, &mut self.parts).map_err(|error| {
                Error::caused_by(ErrorKind::Protocol, "cannot write a Produce request", error)
            })?;
            Ok(version)
        });
        drop(batches);
        match written {
            Ok(_) if config.acks == RequiredAcks::None => {
                up.link.touch(now);
                up.link.send(self.parts.drain(..), None);
                up.unanswered.append(&mut flights);
                up.written_by.get_or_insert(now + config.request_timeout);
            }
            Ok(version) => {
                let expires = first_expiry(&flights, self.core.rules.delivery_timeout);
                let token = Sent { version, flights, expires };
                let deadline = now + config.request_timeout;
                up.link.touch(now);
                up.link.send(self.parts.drain(..), Some(InFlight { correlation, deadline, token }));
            }
            Err(error) => {
                self.parts.clear();
                tracing::warn!(target: logger::SENDER, %error, broker = self.queue.node, "a request could not be written");
                self.lose(flights, &error);
            }
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Connected(Ok((stream, versions))) => {
                let Conn::Connecting(node, _) = std::mem::replace(&mut self.conn, Conn::Down) else { return };
                let link = Link::new(stream, self.core.client.config().control_frame_max, now());
                let up = Up { link, node, versions, unanswered: Vec::new(), written_by: None };
                self.conn = Conn::Up(Box::new(up));
            }
            Event::Connected(Err(error)) => {
                tracing::debug!(target: logger::SENDER, %error, broker = self.queue.node, "cannot connect to produce");
                self.conn = Conn::Down;
                self.core.client.metadata().request_refresh();
            }
            Event::Answer(Ok(answer)) => self.answered(answer),
            Event::Answer(Err(error)) => {
                let message = format!("the connection to node {} broke", self.queue.node);
                self.disconnect(&Error::caused_by(ErrorKind::Disconnected, message, error));
            }
            Event::Flushed => {
                let Conn::Up(up) = &mut self.conn else { return };
                up.written_by = None;
                let done = std::mem::take(&mut up.unanswered);
                for flight in done {
                    self.complete(flight, Answer::Written(Written { base_offset: None, append_time: None }));
                }
            }
        }
    }

    fn answered(&mut self, answer: link::Answer<Sent>) {
        let link::Answer { token, correlation: correlation_id, frame } = answer;
        let Sent { version, mut flights, .. } = token;
        let raw = RawAnswer { frame, version, correlation_id };
        let response = match raw.decode::<ProduceRequest>() {
            Ok(response) => response,
            Err(error) => {
                tracing::warn!(target: logger::SENDER, %error, broker = self.queue.node, "closing the connection");
                self.lose(flights, &error);
                return self.disconnect(&error);
            }
        };
        if let Conn::Up(up) = &mut self.conn {
            let now = now();
            up.link.touch(now);
            if let Some(pause) = u64::try_from(response.throttle_time_ms).ok().filter(|ms| *ms > 0)
                && version >= THROTTLE_FROM
            {
                up.link.mute(now + Duration::from_millis(pause));
            }
        }
        self.adopt_hints(&flights, &response);
        let mut answers = Answers::new(response);
        for flight in flights.drain(..) {
            let answer = answers.take(&flight.partition);
            self.complete(flight, answer);
        }
        self.spare.push(flights);
    }

    /// M6: a broker that refuses because it is not the leader may say who is.
    fn adopt_hints(&mut self, flights: &[Flight], response: &ProduceResponse) {
        for topic in &response.responses {
            let hints: Vec<LeaderHint> = topic
                .partition_responses
                .iter()
                .filter(|partition| !partition.error_code.is_ok() && partition.current_leader.leader_id >= 0)
                .map(|partition| LeaderHint {
                    partition: partition.index,
                    leader: partition.current_leader.leader_id,
                    epoch: partition.current_leader.leader_epoch,
                })
                .collect();
            if hints.is_empty() {
                continue;
            }
            let of_topic = |flight: &&Flight| {
                let ours = &flight.partition.topic;
                *ours.name == *topic.name || (!topic.topic_id.is_zero() && ours.id() == Some(topic.topic_id))
            };
            let Some(flight) = flights.iter().find(of_topic) else { continue };
            let nodes = response.node_endpoints.iter().filter_map(|node| {
                let port = u16::try_from(node.port).ok()?;
                let rack = node.rack.as_deref().map(Into::into);
                Some(Node { id: node.node_id, host: node.host.as_str().into(), port, rack })
            });
            let topic = flight.partition.topic.clone();
            if self.core.client.metadata().adopt(&topic.name, &hints, nodes.collect()) {
                self.core.adopt_leaders(&topic);
            }
        }
    }

    /// Gives one batch its answer.
    fn complete(&mut self, flight: Flight, answer: Answer) {
        let Flight { partition, batch } = flight;
        let core = self.core.clone();
        let place = partition.get();
        let mut lane = place.lock();
        let reaction = core.with_compressor(|compressor| {
            lane.complete(now(), &core.rules, batch, answer, compressor, &mut self.effects)
        });
        core.carry_out(&partition, &mut self.effects);
        place.load.store(lane.queued() as u32, Ordering::Relaxed);
        let moved = place.node.load(Ordering::Relaxed) != self.queue.node;
        if moved {
            lane.retry_now();
        }
        if lane.queued() > 0 {
            core.note(&partition.topic, partition.index, &mut lane, moved);
        }
        let failure = match reaction {
            Reaction::None => None,
            Reaction::Refresh => {
                core.client.metadata().request_refresh();
                None
            }
            Reaction::Fatal(error) => Some(error),
        };
        drop(lane);
        if let Some(error) = failure {
            tracing::error!(target: logger::SENDER, %error, "the producer cannot go on");
            core.fail_all(&error);
        }
    }

    fn lose(&mut self, flights: Vec<Flight>, error: &Error) {
        for flight in flights {
            self.complete(flight, Answer::Lost(error.clone()));
        }
    }

    /// Drops the connection; what was on it has no answer and goes back to its lanes, oldest first.
    fn disconnect(&mut self, error: &Error) {
        let Conn::Up(mut up) = std::mem::replace(&mut self.conn, Conn::Down) else { return };
        for request in up.link.take_in_flight() {
            self.lose(request.token.flights, error);
        }
        self.lose(std::mem::take(&mut up.unanswered), error);
        self.core.client.metadata().request_refresh();
    }

    /// N2: a request without an answer in time ends the connection. N6: so does a long silence.
    fn give_up_on_time(&mut self, now: Instant) {
        let Conn::Up(up) = &self.conn else { return };
        if up.deadline().is_some_and(|deadline| deadline <= now) {
            let message = format!("node {} did not answer within request.timeout.ms", self.queue.node);
            return self.disconnect(&Error::new(ErrorKind::Disconnected, message));
        }
        if self.idle_at(up).is_some_and(|at| at <= now) {
            self.conn = Conn::Down;
        }
    }

    /// When the connection has been of no use for too long; never while something waits to be sent on it.
    fn idle_at(&self, up: &Up) -> Option<Instant> {
        let quiet = up.link.in_flight() == 0 && up.link.is_flushed() && self.active.is_empty();
        let idle = self.core.client.config().connections_max_idle.filter(|_| quiet);
        idle.map(|idle| up.link.last_traffic() + idle)
    }

    /// P4: the delivery timeout of a batch on the wire is reported when it passes, not when the answer comes.
    fn report_expired(&mut self, now: Instant) {
        let Conn::Up(up) = &mut self.conn else { return };
        for request in up.link.in_flight_mut() {
            let sent = &mut request.token;
            if sent.expires.is_none_or(|at| at > now) {
                continue;
            }
            for flight in &mut sent.flights {
                if flight.batch.tail.opened + self.core.rules.delivery_timeout <= now {
                    let mut lane = flight.partition.get().lock();
                    lane.expire_on_wire(&self.core.rules, &mut flight.batch, &mut self.effects);
                    self.core.carry_out(&flight.partition, &mut self.effects);
                }
            }
            sent.expires = first_expiry(&sent.flights, self.core.rules.delivery_timeout);
        }
    }

    fn wire_timer(&self) -> Option<Instant> {
        let Conn::Up(up) = &self.conn else { return None };
        let expiry = up.link.unanswered().filter_map(|request| request.token.expires).min();
        [up.deadline(), expiry, self.idle_at(up)].into_iter().flatten().min()
    }

    fn connect_if_needed(&mut self, now: Instant, wake_at: &mut Option<Instant>) {
        if !matches!(self.conn, Conn::Down) || self.active.is_empty() {
            return;
        }
        let Some(node) = self.core.client.metadata().node(self.queue.node) else {
            // The broker left the cluster. Its partitions get another leader, or expire.
            let asked = self.look_again_at.filter(|at| *at > now);
            let at = asked.unwrap_or_else(|| {
                self.core.client.metadata().request_refresh();
                now + self.core.client.config().retry_backoff.max(LEAST_PAUSE)
            });
            self.look_again_at = Some(at);
            *wake_at = earliest(*wake_at, Some(at));
            return;
        };
        let (client, target) = (self.core.client.clone(), node.clone());
        let attempt =
            async move { pool::open(client.brokers(), client.config(), client.client_id(), &target).await };
        self.conn = Conn::Connecting(node, Box::pin(attempt));
    }

    /// N7: the broker may have moved to another address.
    fn check_address(&mut self) {
        let Some(node) = self.core.client.metadata().node(self.queue.node) else { return };
        let moved = |from: &Node| (&node.host, node.port) != (&from.host, from.port);
        match &self.conn {
            Conn::Up(up) if moved(&up.node) => {
                let message = format!("node {} has another address now", node.id);
                self.disconnect(&Error::new(ErrorKind::Disconnected, message));
            }
            Conn::Connecting(from, _) if moved(from) => self.conn = Conn::Down,
            _ => {}
        }
    }

    /// P8: tells the partitioner which partitions have not moved for too long.
    fn note_stalled(&mut self, now: Instant, free: bool) {
        let limit = self.core.config.availability_timeout;
        if limit.is_zero() {
            return;
        }
        if self.active.is_empty() {
            self.last_drain = now;
        }
        let stalled = !free && self.last_drain + limit <= now;
        for partition in &self.active {
            partition.get().stalled.store(stalled, Ordering::Relaxed);
        }
    }

    /// The producer ends: what is on the wire goes back to its lanes with its history (P13).
    fn abandon(mut self) {
        self.disconnect(&super::core::closed());
    }
}

/// The answers of one response, taken out one by one. Brokers answer in the order of the request, so the next
/// one is usually the one asked for.
struct Answers {
    topics: Vec<kconnect_wire::messages::TopicProduceResponse>,
    topic: usize,
    partition: usize,
}

impl Answers {
    fn new(response: ProduceResponse) -> Self {
        Self { topics: response.responses, topic: 0, partition: 0 }
    }

    fn take(&mut self, partition: &PartitionRef) -> Answer {
        let id = partition.topic.id().unwrap_or(Uuid::ZERO);
        let name: &str = &partition.topic.name;
        let is_topic = |topic: &kconnect_wire::messages::TopicProduceResponse| {
            topic.name == name || (!id.is_zero() && topic.topic_id == id)
        };
        if !self.topics.get(self.topic).is_some_and(is_topic) {
            self.topic = self.topics.iter().position(is_topic).unwrap_or(self.topics.len());
            self.partition = 0;
        }
        let Some(topic) = self.topics.get_mut(self.topic) else { return missing() };
        let index = partition.number();
        if topic.partition_responses.get(self.partition).is_none_or(|answer| answer.index != index) {
            let found = topic.partition_responses.iter().position(|answer| answer.index == index);
            let Some(found) = found else { return missing() };
            self.partition = found;
        }
        let answer = std::mem::take(&mut topic.partition_responses[self.partition]);
        // Its place must not answer again.
        topic.partition_responses[self.partition].index = -1;
        self.partition += 1;
        match answer.error_code {
            ErrorCode::NONE => Answer::Written(Written {
                base_offset: Some(answer.base_offset).filter(|offset| *offset >= 0),
                append_time: Some(answer.log_append_time_ms).filter(|time| *time >= 0),
            }),
            code => Answer::Refused {
                code,
                message: answer.error_message,
                log_start: answer.log_start_offset,
                records: answer
                    .record_errors
                    .into_iter()
                    .filter_map(|e| {
                        Some((
                            u32::try_from(e.batch_index).ok()?,
                            e.batch_index_error_message.unwrap_or_default(),
                        ))
                    })
                    .collect(),
            },
        }
    }
}

fn missing() -> Answer {
    Answer::Lost(Error::new(ErrorKind::Protocol, "the broker's answer leaves out a partition of the request"))
}

fn first_expiry(flights: &[Flight], delivery_timeout: Duration) -> Option<Instant> {
    let waiting = flights.iter().filter(|flight| !flight.batch.reported);
    waiting.map(|flight| flight.batch.tail.opened + delivery_timeout).min()
}

fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests;

//! A connection to one broker for everything but Produce: any number of callers, one task that owns the socket.
//!
//! ```text
//! caller --mpsc--> task: queue -> socket            caller <--oneshot-- task: head of in-flight
//! ```
//! A request whose time is over closes the connection, because the answers behind it would wait for it as
//! well (N2); the others on it fail as disconnected. Throttled connections send nothing until the broker's
//! time is over, and the timers of waiting requests start only then (N8). Dropping every handle closes the
//! connection; dropping one caller's future only discards its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kconnect_wire::{ApiKey, Request};
use tokio::sync::{mpsc, oneshot};

use super::backoff::now;
use super::codec::{self, RawAnswer};
use super::link::{Answer, InFlight, Link, Stream};
use super::versions::Versions;
use crate::metadata::Node;
use crate::scope::Scope;
use crate::{ClientConfig, Error, ErrorKind};

/// Requests that may wait for the task: callers beyond it wait themselves. The broker serves one at a time
/// (N1), so a longer queue would only hide the wait.
const QUEUE: usize = 32;

/// A handle to a connection; clones share it.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

struct Shared {
    node: Node,
    versions: Versions,
    client_id: Arc<str>,
    request_timeout: Duration,
    queue: mpsc::Sender<Outgoing>,
}

struct Outgoing {
    encode: Box<dyn FnOnce(i32) -> Result<Bytes, Error> + Send>,
    /// When the caller stops waiting: a request still queued then is not sent any more.
    deadline: Instant,
    version: i16,
    /// Longest wait for the answer once it is sent.
    patience: Duration,
    throttle: Option<ThrottleField>,
    reply: oneshot::Sender<Result<RawAnswer, Error>>,
}

struct Waiting {
    version: i16,
    throttle: Option<ThrottleField>,
    reply: oneshot::Sender<Result<RawAnswer, Error>>,
}

/// How long one request may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// Time that the broker itself may take before it answers: a long poll, a rebalance (N3). Added to
    /// `request.timeout.ms`.
    pub broker_wait: Duration,
}

impl From<Instant> for Patience {
    fn from(deadline: Instant) -> Self {
        Self { deadline, broker_wait: Duration::ZERO }
    }
}

impl Connection {
    /// Takes over a negotiated stream.
    pub(crate) fn start(
        scope: &Scope,
        config: &ClientConfig,
        client_id: Arc<str>,
        node: Node,
        stream: Stream,
        versions: Versions,
        frame_max: usize,
    ) -> Self {
        let (queue, requests) = mpsc::channel(QUEUE);
        let link = Link::new(stream, frame_max, now());
        let idle = config.connections_max_idle;
        let name = super::connect::display(&node.host, node.port);
        scope.spawn(|_| drive(link, requests, idle, name));
        Self(Arc::new(Shared { node, versions, client_id, request_timeout: config.request_timeout, queue }))
    }

    /// The broker at the other end.
    pub fn node(&self) -> &Node {
        &self.0.node
    }

    /// What the broker speaks.
    pub fn versions(&self) -> &Versions {
        &self.0.versions
    }

    /// Whether the connection can no longer be used.
    pub fn is_closed(&self) -> bool {
        self.0.queue.is_closed()
    }

    /// Sends a request in a version picked with [`Versions::pick`] and waits for its answer.
    ///
    /// An error of kind `Disconnected` means that the outcome is unknown.
    pub async fn request<R: Request + Send + 'static>(
        &self,
        request: R,
        version: i16,
        patience: impl Into<Patience>,
    ) -> Result<R::Response, Error> {
        self.request_raw(request, version, patience).await?.decode::<R>()
    }

    /// As [`Connection::request`], but hands the answer over undecoded.
    pub async fn request_raw<R: Request + Send + 'static>(
        &self,
        request: R,
        version: i16,
        patience: impl Into<Patience>,
    ) -> Result<RawAnswer, Error> {
        let patience = patience.into();
        let (reply, answer) = oneshot::channel();
        let client_id = self.0.client_id.clone();
        let outgoing = Outgoing {
            encode: Box::new(move |correlation| codec::encode(&request, version, correlation, &client_id)),
            deadline: patience.deadline,
            version,
            patience: self.0.request_timeout.saturating_add(patience.broker_wait),
            throttle: throttle_field::<R>(version),
            reply,
        };
        let exchange = async {
            self.0.queue.send(outgoing).await.map_err(|_| self.disconnected())?;
            answer.await.map_err(|_| self.disconnected())?
        };
        match tokio::time::timeout_at(patience.deadline.into(), exchange).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(Error::new(ErrorKind::Timeout, format!("no answer to {:?} from {self} in time", R::KEY)))
            }
        }
    }

    fn disconnected(&self) -> Error {
        Error::new(ErrorKind::Disconnected, format!("the connection to {self} was closed"))
    }
}

impl std::fmt::Display for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Node { id, host, port, .. } = self.node();
        f.write_str(&super::connect::display(host, *port))?;
        if *id >= 0 { write!(f, " (node {id})") } else { Ok(()) }
    }
}

/// The task behind a connection.
async fn drive(
    mut link: Link<Waiting>,
    mut requests: mpsc::Receiver<Outgoing>,
    idle: Option<Duration>,
    name: String,
) {
    let ended = run(&mut link, &mut requests, idle, &name).await;
    requests.close();
    let error = match ended {
        Ended::Released => return,
        Ended::Idle => {
            Error::new(ErrorKind::Disconnected, format!("the idle connection to {name} was closed"))
        }
        Ended::Broken(error) => error,
    };
    for waiting in link.take_in_flight() {
        let _ = waiting.token.reply.send(Err(error.clone()));
    }
    while let Ok(outgoing) = requests.try_recv() {
        let _ = outgoing.reply.send(Err(error.clone()));
    }
}

enum Ended {
    /// Nobody holds the connection any more.
    Released,
    Idle,
    Broken(Error),
}

async fn run(
    link: &mut Link<Waiting>,
    requests: &mut mpsc::Receiver<Outgoing>,
    idle: Option<Duration>,
    name: &str,
) -> Ended {
    loop {
        let now = now();
        let muted = link.muted_until(now);
        let idle_at = idle.filter(|_| link.in_flight() == 0).map(|idle| link.last_traffic() + idle);
        let timer = [link.deadline(), muted, idle_at].into_iter().flatten().min();
        tokio::select! {
            answer = link.answer() => match answer {
                Ok(answer) => {
                    link.touch(super::backoff::now());
                    if let Some(pause) = answer.token.throttle.and_then(|field| field.read(&answer.frame)) {
                        link.mute(super::backoff::now() + pause);
                    }
                    let Answer { token, correlation: correlation_id, frame } = answer;
                    let _ = token.reply.send(Ok(RawAnswer { frame, version: token.version, correlation_id }));
                }
                Err(error) => {
                    let message = format!("the connection to {name} broke");
                    return Ended::Broken(Error::caused_by(ErrorKind::Disconnected, message, error));
                }
            },
            outgoing = requests.recv(), if muted.is_none() && link.in_flight() < QUEUE => match outgoing {
                Some(outgoing) => queue(link, outgoing),
                None => return Ended::Released,
            },
            () = sleep_until(timer) => {
                let now = super::backoff::now();
                if link.deadline().is_some_and(|deadline| deadline <= now) {
                    let message = format!("{name} did not answer in time, so the connection to it was closed");
                    return Ended::Broken(Error::new(ErrorKind::Disconnected, message));
                }
                if idle_at.is_some_and(|at| at <= now) {
                    return Ended::Idle;
                }
            }
        }
    }
}

fn queue(link: &mut Link<Waiting>, outgoing: Outgoing) {
    let now = now();
    if outgoing.deadline <= now || outgoing.reply.is_closed() {
        return; // Nobody waits any more, and nothing was sent.
    }
    let correlation = link.correlation();
    match (outgoing.encode)(correlation) {
        Ok(frame) => {
            let token =
                Waiting { version: outgoing.version, throttle: outgoing.throttle, reply: outgoing.reply };
            link.touch(now);
            link.send([frame], Some(InFlight { correlation, deadline: now + outgoing.patience, token }));
        }
        Err(error) => {
            let _ = outgoing.reply.send(Err(error));
        }
    }
}

/// Sleeps until the time, or for ever without one.
pub(crate) async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Sleeps until the time, or not at all without one.
pub(super) async fn sleep_until_or_now(at: Option<Instant>) {
    if let Some(at) = at {
        tokio::time::sleep_until(at.into()).await;
    }
}

/// Where an answer says how long to keep silent (N8): a 32-bit number of milliseconds at or near the start of the body,
/// behind the correlation id and the tag section of a flexible header.
#[derive(Debug, Clone, Copy)]
struct ThrottleField {
    tagged_header: bool,
    /// Bytes of the body in front of it.
    before: usize,
}

impl ThrottleField {
    fn read(self, frame: &[u8]) -> Option<Duration> {
        let body = frame.get(4..)?;
        let rest = match (self.tagged_header, body.split_first()?) {
            (false, _) => body,
            // Brokers send no header tags; with some, the throttle is not worth a parser.
            (true, (0, rest)) => rest,
            (true, _) => return None,
        };
        let millis = u64::try_from(i32::from_be_bytes(*rest.get(self.before..)?.first_chunk::<4>()?)).ok()?;
        (millis > 0).then(|| Duration::from_millis(millis))
    }
}

/// Answers in which the broker expects the client to wait, and where they say for how long. Older versions were sent after
/// the broker had waited itself. Produce ends with the field and is handled by the producer; answers that are not listed
/// carry the time for information only.
fn throttle_field<R: Request>(version: i16) -> Option<ThrottleField> {
    let from = match R::KEY {
        ApiKey::Fetch => 8,
        ApiKey::Metadata => 6,
        ApiKey::OffsetCommit | ApiKey::OffsetFetch => 4,
        ApiKey::JoinGroup | ApiKey::ListOffsets | ApiKey::CreateTopics => 3,
        ApiKey::FindCoordinator | ApiKey::Heartbeat | ApiKey::LeaveGroup | ApiKey::SyncGroup => 2,
        ApiKey::DescribeGroups | ApiKey::ListGroups | ApiKey::DeleteTopics | ApiKey::DescribeConfigs => 2,
        ApiKey::DeleteGroups | ApiKey::CreatePartitions | ApiKey::InitProducerId => 1,
        ApiKey::AddPartitionsToTxn | ApiKey::AddOffsetsToTxn | ApiKey::EndTxn | ApiKey::TxnOffsetCommit => 1,
        ApiKey::IncrementalAlterConfigs | ApiKey::OffsetDelete | ApiKey::DescribeTopicPartitions => 0,
        _ => return None,
    };
    // The only one of them that begins with something else: an error code.
    let before = if R::KEY == ApiKey::OffsetDelete { 2 } else { 0 };
    (version >= from).then(|| ThrottleField { tagged_header: R::is_flexible(version), before })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconnect_wire::frame::encode_response;
    use kconnect_wire::messages::*;

    /// The wait that is read from answers that were written by the codec, and the first version that asks for it.
    fn check<R: Request>(from: i16, throttled: impl Fn(i32) -> R::Response) {
        for version in R::MIN..=R::MAX {
            let read = |millis| {
                let frame = encode_response::<R>(&throttled(millis), version, 7).unwrap();
                throttle_field::<R>(version).and_then(|field| field.read(&frame[4..]))
            };
            let expect = (version >= from).then_some(Duration::from_millis(321));
            assert_eq!((read(321), read(0)), (expect, None), "{:?} {version}", R::KEY);
        }
    }

    #[test]
    fn n8_every_answer_with_which_a_broker_asks_to_wait_is_understood() {
        macro_rules! rows {
            ($($from:literal $request:ident $response:ident;)*) => {
                $(check::<$request>($from, |throttle_time_ms| $response { throttle_time_ms, ..Default::default() });)*
            };
        }
        rows! {
            8 FetchRequest FetchResponse;
            6 MetadataRequest MetadataResponse;
            3 ListOffsetsRequest ListOffsetsResponse;
            4 OffsetCommitRequest OffsetCommitResponse;
            4 OffsetFetchRequest OffsetFetchResponse;
            2 FindCoordinatorRequest FindCoordinatorResponse;
            3 JoinGroupRequest JoinGroupResponse;
            2 SyncGroupRequest SyncGroupResponse;
            2 HeartbeatRequest HeartbeatResponse;
            2 LeaveGroupRequest LeaveGroupResponse;
            2 DescribeGroupsRequest DescribeGroupsResponse;
            2 ListGroupsRequest ListGroupsResponse;
            1 DeleteGroupsRequest DeleteGroupsResponse;
            3 CreateTopicsRequest CreateTopicsResponse;
            2 DeleteTopicsRequest DeleteTopicsResponse;
            1 CreatePartitionsRequest CreatePartitionsResponse;
            2 DescribeConfigsRequest DescribeConfigsResponse;
            0 IncrementalAlterConfigsRequest IncrementalAlterConfigsResponse;
            0 OffsetDeleteRequest OffsetDeleteResponse;
            1 InitProducerIdRequest InitProducerIdResponse;
        }
    }

    #[test]
    fn n8_the_throttle_time_is_found_where_the_version_has_it() {
        let read = |field: Option<ThrottleField>, frame: &[u8]| field.and_then(|field| field.read(frame));
        let wait = Some(Duration::from_millis(300));
        let plain = [0, 0, 0, 7, 0, 0, 1, 44, 9, 9];
        assert_eq!(read(throttle_field::<FetchRequest>(7), &plain), None);
        assert_eq!(read(throttle_field::<FetchRequest>(11), &plain), wait);
        assert_eq!(read(throttle_field::<HeartbeatRequest>(3), &[0; 10]), None);
        let tagged = [0, 0, 0, 7, 0, 0, 0, 1, 44];
        assert_eq!(read(throttle_field::<HeartbeatRequest>(4), &tagged), wait);
        for cut in 0..tagged.len() {
            assert_eq!(read(throttle_field::<HeartbeatRequest>(4), &tagged[..cut]), None, "{cut}");
        }
    }
}

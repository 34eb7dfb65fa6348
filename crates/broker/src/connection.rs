//! One connection: a frame is read, walked, decoded, answered, and only then the next is read (N1, W4).
//!
//! So a client that does not read its answers stops being read, and what a connection can hold is one request and one
//! answer. A frame's buffer grows with the bytes that arrive, not with the length announced (W7).
//!
//! Before kafka-protocol sees a request, the bounded walk of `kconnect_wire` has seen all of it: that codec believes
//! lengths.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, RequestKind, ResponseHeader, ResponseKind};
use kafka_protocol::protocol::{Decodable, Encodable};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::faults::{Action, RequestInfo};
use crate::handlers::{self, Answer};
use crate::settings::FRAME_MAX;
use crate::shared::Shared;
use crate::versions::{self, Supported};
use crate::{null, refuse, topics_of};

/// Room made for one read while it is not known that more is needed.
const READ_SIZE: usize = 64 * 1024;
/// A buffer that had to grow beyond this for one frame is given back.
const KEPT_BUFFER: usize = 1024 * 1024;
/// Bytes forgotten at once.
const DISCARD_SIZE: usize = 1024 * 1024;

/// What a handler knows about the request beside its body.
pub(crate) struct Context {
    pub shared: Arc<Shared>,
    pub node: i32,
    pub version: i16,
    pub client_id: String,
    /// As Kafka writes it: a slash and the address.
    pub client_host: String,
}

/// Why a connection ends from our side.
#[derive(Debug)]
pub(crate) enum End {
    /// The client closed, or the network did.
    Gone,
    /// The client did something that has no answer; the text goes to the log.
    Broken(String),
    /// A fault rule says so.
    Fault,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Serves a connection until either side ends it. May be dropped at any time: that is what a crash looks like.
pub(crate) async fn serve(shared: Arc<Shared>, node: i32, stream: TcpStream, peer: SocketAddr) {
    let (number, _open) = shared.stats.open(node);
    let null_mode = shared.cluster().settings.null_mode;
    let mut connection =
        Connection { shared: &shared, node, number, peer, stream, input: BytesMut::new(), waste: Vec::new() };
    let end = match null_mode {
        true => null::serve(&mut connection).await,
        false => connection.run().await,
    };
    match end {
        Err(End::Broken(reason)) => tracing::warn!(node, %peer, reason, "closing a connection"),
        Err(End::Gone | End::Fault) | Ok(()) => {}
    }
}

pub(crate) struct Connection<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    node: i32,
    number: u64,
    peer: SocketAddr,
    stream: TcpStream,
    input: BytesMut,
    /// Where bytes go that nobody wants.
    waste: Vec<u8>,
}

impl Connection<'_> {
    async fn run(&mut self) -> Result<(), End> {
        loop {
            let Some(frame) = self.read_frame().await? else { return Ok(()) };
            self.exchange(frame).await?;
        }
    }

    /// The next whole frame without its length; `None` at the end of the stream.
    async fn read_frame(&mut self) -> Result<Option<Bytes>, End> {
        loop {
            if let Some(frame) = self.take_frame()? {
                return Ok(Some(frame));
            }
            // A large frame's buffer doubles as its bytes arrive.
            if self.fill(self.input.len().clamp(READ_SIZE, FRAME_MAX)).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// A frame that has arrived whole, without its length.
    pub(crate) fn take_frame(&mut self) -> Result<Option<Bytes>, End> {
        let Some(announced) = self.input.first_chunk::<4>() else { return Ok(None) };
        let length = frame_length(i32::from_be_bytes(*announced))?;
        if self.input.len() < 4 + length {
            return Ok(None);
        }
        self.input.advance(4);
        let frame = self.input.split_to(length).freeze();
        if length > KEPT_BUFFER && self.input.is_empty() {
            self.input = BytesMut::new();
        }
        Ok(Some(frame))
    }

    /// Takes the length of the next request off if it is one of this API. The rest is the caller's to read.
    pub(crate) fn take_length(&mut self, api_key: &[u8; 2]) -> Result<Option<usize>, End> {
        let Some([a, b, c, d, key @ ..]) = self.input.first_chunk::<6>() else { return Ok(None) };
        if key != api_key {
            return Ok(None);
        }
        let length = frame_length(i32::from_be_bytes([*a, *b, *c, *d]))?;
        self.input.advance(4);
        Ok(Some(length))
    }

    /// What was read and not taken.
    pub(crate) fn input(&mut self) -> &mut BytesMut {
        &mut self.input
    }

    /// Reads about `room` bytes if there are any now.
    pub(crate) fn try_fill(&mut self, room: usize) -> io::Result<usize> {
        self.input.reserve(room);
        self.stream.try_read_buf(&mut (&mut self.input).limit(room))
    }

    /// Takes at most `most` bytes off the socket, if there are any now, and forgets them.
    pub(crate) fn try_discard(&mut self, most: usize) -> io::Result<usize> {
        self.waste.resize(DISCARD_SIZE, 0);
        let most = most.min(DISCARD_SIZE);
        discard(&self.stream, &mut self.waste[..most])
    }

    /// Waits until there is something to read, or an end.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// Reads what is there, at most about `room` bytes; 0 at the end of the stream.
    pub(crate) async fn fill(&mut self, room: usize) -> Result<usize, End> {
        self.input.reserve(room);
        Ok(self.stream.read_buf(&mut self.input).await?)
    }

    /// Answers one request.
    pub(crate) async fn exchange(&mut self, frame: Bytes) -> Result<(), End> {
        let head = Head::parse(&frame)?;
        if head.api_key == ApiKey::ApiVersions && head.version > head.supported.max {
            let answer = handlers::api_versions_unsupported();
            return self.send(encode(ApiKey::ApiVersions, 0, head.correlation_id, &answer)?).await;
        }
        if !(head.supported.min..=head.supported.max).contains(&head.version) {
            return Err(End::Broken(format!("{:?} version {} is not supported", head.api_key, head.version)));
        }
        let (client_id, request) = decode(&head, frame)?;
        let info = self.info(&head, &client_id, &request);
        let fault = self.shared.faults.any().then(|| self.shared.faults.decide(&info)).flatten();
        self.shared.stats.count(info);
        let cx = Context {
            shared: self.shared.clone(),
            node: self.node,
            version: head.version,
            client_id,
            client_host: format!("/{}", self.peer.ip()),
        };
        self.act(&head, &cx, request, fault).await
    }

    async fn act(
        &mut self,
        head: &Head,
        cx: &Context,
        request: RequestKind,
        fault: Option<Action>,
    ) -> Result<(), End> {
        match &fault {
            Some(Action::Error(code)) => {
                return match refuse::refuse(&request, code.code(), head.version) {
                    Some(answer) => self.answer(head, &answer).await,
                    None => Ok(()),
                };
            }
            Some(Action::Drop) => return Err(End::Fault),
            Some(Action::Silence) => return self.swallow().await,
            Some(Action::Delay(by)) => tokio::time::sleep(*by).await,
            Some(Action::Hold(gate)) => gate.wait().await,
            _ => {}
        }
        let answer = match handlers::handle(cx, request).await {
            Answer::Reply(answer) => answer,
            Answer::Nothing => return Ok(()),
            Answer::Close(reason) => return Err(End::Broken(reason)),
        };
        match fault {
            Some(Action::ApplyThenDrop) => Err(End::Fault),
            Some(Action::ApplyThenSilence) => self.swallow().await,
            Some(Action::Truncate(bytes)) => {
                let mut frame = encode(head.api_key, head.version, head.correlation_id, &answer)?;
                frame.truncate(bytes);
                self.send(frame).await?;
                Err(End::Fault)
            }
            Some(Action::Corrupt) => {
                let mut frame = encode(head.api_key, head.version, head.correlation_id, &answer)?;
                frame.iter_mut().skip(8).for_each(|byte| *byte = !*byte);
                self.send(frame).await
            }
            _ => self.answer(head, &answer).await,
        }
    }

    async fn answer(&mut self, head: &Head, answer: &ResponseKind) -> Result<(), End> {
        self.send(encode(head.api_key, head.version, head.correlation_id, answer)?).await
    }

    pub(crate) async fn send(&mut self, frame: BytesMut) -> Result<(), End> {
        Ok(self.stream.write_all(&frame).await?)
    }

    /// Writes all slices without joining them.
    pub(crate) async fn send_vectored(&mut self, mut slices: &mut [IoSlice<'_>]) -> Result<(), End> {
        while !slices.is_empty() {
            let written = self.stream.write_vectored(slices).await?;
            if written == 0 {
                return Err(End::Gone);
            }
            IoSlice::advance_slices(&mut slices, written);
        }
        Ok(())
    }

    /// Reads and forgets until the client gives up.
    async fn swallow(&mut self) -> Result<(), End> {
        loop {
            self.input.clear();
            if self.fill(READ_SIZE).await? == 0 {
                return Err(End::Fault);
            }
        }
    }

    fn info(&self, head: &Head, client_id: &str, request: &RequestKind) -> RequestInfo {
        let (topics, groups) = topics_of::subjects(request, self.shared);
        RequestInfo {
            api_key: head.api_key,
            version: head.version,
            node: self.node,
            connection: self.number,
            correlation_id: head.correlation_id,
            client_id: client_id.to_owned(),
            topics,
            groups,
        }
    }
}

fn frame_length(announced: i32) -> Result<usize, End> {
    let length = usize::try_from(announced).ok().filter(|n| (8..=FRAME_MAX).contains(n)); // W1
    length.ok_or_else(|| End::Broken(format!("a frame of {announced} bytes is announced")))
}

/// On Linux the bytes of a TCP stream are dropped where they are, and `waste` is not touched.
#[cfg(target_os = "linux")]
fn discard(stream: &TcpStream, waste: &mut [u8]) -> io::Result<usize> {
    use rustix::net::{RecvFlags, recv};
    stream.try_io(tokio::io::Interest::READABLE, || {
        let (_, taken) = recv(stream, &mut *waste, RecvFlags::TRUNC)?;
        Ok(taken)
    })
}

#[cfg(not(target_os = "linux"))]
fn discard(stream: &TcpStream, waste: &mut [u8]) -> io::Result<usize> {
    stream.try_read(waste)
}

/// The part of a request header that every version has.
struct Head {
    api_key: ApiKey,
    version: i16,
    correlation_id: i32,
    supported: &'static Supported,
}

impl Head {
    fn parse(frame: &Bytes) -> Result<Self, End> {
        let mut head = frame.slice(..8);
        let (key, version, correlation_id) = (head.get_i16(), head.get_i16(), head.get_i32());
        let api_key = ApiKey::try_from(key).ok();
        let supported = api_key.and_then(versions::supported);
        match (api_key, supported) {
            (Some(api_key), Some(supported)) => Ok(Self { api_key, version, correlation_id, supported }),
            _ => Err(End::Broken(format!("api key {key} is not supported"))),
        }
    }
}

fn decode(head: &Head, frame: Bytes) -> Result<(String, RequestKind), End> {
    let broken = |what: String| End::Broken(format!("{:?} version {}: {what}", head.api_key, head.version));
    bounded_walk(&frame).map_err(broken)?;
    let mut body = frame;
    let header = RequestHeader::decode(&mut body, head.api_key.request_header_version(head.version));
    let header = header.map_err(|e| broken(format!("bad header: {e}")))?;
    let request = RequestKind::decode(head.api_key, &mut body, head.version);
    let request = request.map_err(|e| broken(format!("bad body: {e:#}")))?;
    if !body.is_empty() {
        return Err(broken(format!("{} bytes follow the body", body.len()))); // W10
    }
    Ok((header.client_id.map(|id| id.to_string()).unwrap_or_default(), request))
}

/// Compares every length and count of the request with the bytes it has, before they are believed.
fn bounded_walk(frame: &Bytes) -> Result<(), String> {
    kconnect_wire::check_request(frame).map(drop).map_err(|e| e.to_string())
}

/// A whole frame. ApiVersions answers keep the first header version whatever their own (W3).
fn encode(
    api_key: ApiKey,
    version: i16,
    correlation_id: i32,
    answer: &ResponseKind,
) -> Result<BytesMut, End> {
    let broken = |e: String| End::Broken(format!("could not encode {api_key:?} version {version}: {e}"));
    let mut frame = BytesMut::with_capacity(256);
    frame.put_i32(0);
    let header = ResponseHeader::default().with_correlation_id(correlation_id);
    let header_version = api_key.response_header_version(version);
    header.encode(&mut frame, header_version).map_err(|e| broken(e.to_string()))?;
    answer.encode(&mut frame, version).map_err(|e| broken(format!("{e:#}")))?;
    let length = i32::try_from(frame.len() - 4).map_err(|_| broken("the answer is too large".into()))?;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

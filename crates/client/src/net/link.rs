//! One socket: frames out, frames in, answers matched in order.
//!
//! A `Link` has one owner, which polls it; there is no task and no lock here. `T` is what the owner wants back
//! with the answer (a reply channel, the batches of a Produce request). Invariants: answers come in request
//! order and carry the correlation id of the oldest request, or the link is broken (W4); a frame longer than
//! the limit is refused before memory is reserved (W1); a request without an answer is never queued as one (W5).

use std::collections::VecDeque;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Buf, Bytes, BytesMut};
use kconnect_wire::frame::{self, Split, Splitter};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::frames::Buffers;

/// Most slices handed to one vectored write.
const SLICES: usize = 64;
/// Least free room before a read; a small answer needs one system call.
const READ_ROOM: usize = 16 * 1024;
/// The length in front of a frame.
const LENGTH: usize = 4;
/// Most room kept for an answer of the size of the one before.
const READ_ROOM_MAX: usize = 4 * 1024 * 1024;

/// A byte stream to a broker. TLS will be another variant.
pub(crate) type Stream = tokio::net::TcpStream;

pub(crate) struct Link<T> {
    stream: Stream,
    out: VecDeque<Bytes>,
    inbox: BytesMut,
    buffers: Buffers,
    /// Room made before an answer whose length is not known yet: that of the last answer, because the next one is
    /// likely as long. Then its beginning has not to be moved to a larger buffer.
    read_room: usize,
    in_flight: VecDeque<InFlight<T>>,
    next_correlation: i32,
    splitter: Splitter,
    muted_until: Option<Instant>,
    last_traffic: Instant,
}

/// A request that waits for its answer.
pub(crate) struct InFlight<T> {
    pub(crate) correlation: i32,
    pub(crate) deadline: Instant,
    pub(crate) token: T,
}

/// An answer and what its request was sent with. The frame begins with the correlation id.
pub(crate) struct Answer<T> {
    pub(crate) token: T,
    pub(crate) correlation: i32,
    pub(crate) frame: Bytes,
}

impl<T> Link<T> {
    pub(crate) fn new(stream: Stream, frame_max: usize, now: Instant) -> Self {
        Self {
            stream,
            out: VecDeque::new(),
            inbox: BytesMut::with_capacity(READ_ROOM),
            buffers: Buffers::default(),
            read_room: READ_ROOM,
            in_flight: VecDeque::new(),
            next_correlation: 0,
            splitter: Splitter::new(frame_max),
            muted_until: None,
            last_traffic: now,
        }
    }

    /// The id for the header of the next request.
    pub(crate) fn correlation(&mut self) -> i32 {
        let id = self.next_correlation;
        self.next_correlation = id.wrapping_add(1) & i32::MAX;
        id
    }

    /// Queues the parts of one frame, length prefix included. Without `expects` no answer will come (W5).
    pub(crate) fn send(&mut self, parts: impl IntoIterator<Item = Bytes>, expects: Option<InFlight<T>>) {
        self.out.extend(parts.into_iter().filter(|part| !part.is_empty()));
        self.in_flight.extend(expects);
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// The requests that wait for their answers, oldest first.
    pub(crate) fn unanswered(&self) -> impl Iterator<Item = &InFlight<T>> {
        self.in_flight.iter()
    }

    pub(crate) fn in_flight_mut(&mut self) -> impl Iterator<Item = &mut InFlight<T>> {
        self.in_flight.iter_mut()
    }

    /// Whether everything queued went to the socket.
    pub(crate) fn is_flushed(&self) -> bool {
        self.out.is_empty()
    }

    /// When the oldest unanswered request is given up.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.in_flight.iter().map(|request| request.deadline).min()
    }

    /// Sends nothing before `until` (N8).
    pub(crate) fn mute(&mut self, until: Instant) {
        self.muted_until = self.muted_until.max(Some(until));
    }

    /// Until when the broker wants silence, if it still does.
    pub(crate) fn muted_until(&mut self, now: Instant) -> Option<Instant> {
        self.muted_until = self.muted_until.filter(|until| *until > now);
        self.muted_until
    }

    /// When the connection was last of use (N6).
    pub(crate) fn last_traffic(&self) -> Instant {
        self.last_traffic
    }

    /// Notes that it just was.
    pub(crate) fn touch(&mut self, now: Instant) {
        self.last_traffic = now;
    }

    /// The socket without its state, once nothing is queued or unanswered.
    pub(crate) fn into_stream(self) -> Stream {
        self.stream
    }

    /// Takes the unanswered requests out, oldest first; the link is of no use afterwards.
    pub(crate) fn take_in_flight(&mut self) -> VecDeque<InFlight<T>> {
        std::mem::take(&mut self.in_flight)
    }

    /// Moves bytes both ways until an answer is complete. May be dropped and called again: all state is here.
    pub(crate) async fn answer(&mut self) -> io::Result<Answer<T>> {
        std::future::poll_fn(|cx| self.poll_answer(cx)).await
    }

    /// As [`Link::answer`], for an owner with a poll function of its own.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Answer<T>>> {
        // Writing first: the answer to what is still queued cannot be there yet. A full socket is not waited
        // for, because the broker may be unable to read until we take its answers.
        if let Poll::Ready(Err(error)) = self.poll_write(cx) {
            return Poll::Ready(Err(error));
        }
        loop {
            match self.splitter.next(&mut self.inbox) {
                Ok(Split::Frame(frame)) => {
                    self.read_room = (LENGTH + frame.len()).clamp(READ_ROOM, READ_ROOM_MAX);
                    let frame = self.buffers.lend(frame, &mut self.inbox);
                    return Poll::Ready(self.matched(frame));
                }
                // The rest of a frame that has begun has its room.
                Ok(Split::Missing(_)) if self.inbox.len() >= LENGTH => {}
                Ok(Split::Missing(_)) => self.inbox.reserve(self.read_room),
                Err(error) => return Poll::Ready(Err(broken(error.to_string()))),
            }
            let read = pin!(self.stream.read_buf(&mut self.inbox));
            if ready!(read.poll(cx))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let mut slices = [io::IoSlice::new(&[]); SLICES];
            let mut count = 0;
            for (slot, part) in slices.iter_mut().zip(&self.out) {
                *slot = io::IoSlice::new(part);
                count += 1;
            }
            let mut written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, &slices[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            while let Some(part) = self.out.front_mut().filter(|_| written > 0) {
                let step = written.min(part.len());
                written -= step;
                part.advance(step);
                if part.is_empty() {
                    self.out.pop_front();
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn matched(&mut self, frame: Bytes) -> io::Result<Answer<T>> {
        let correlation = frame::correlation_id(&frame).map_err(|error| broken(error.to_string()))?;
        match self.in_flight.pop_front() {
            Some(request) if request.correlation == correlation => {
                Ok(Answer { token: request.token, correlation, frame })
            }
            Some(request) => {
                let expected = request.correlation;
                self.in_flight.push_front(request);
                Err(broken(format!("answer to request {correlation} where {expected} was due")))
            }
            None => Err(broken(format!("answer to request {correlation}, but none was sent"))),
        }
    }
}

/// The peer does not speak the protocol.
fn broken(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

const _: fn() = || {
    fn is_stream<S: AsyncRead + AsyncWrite + Unpin>() {}
    is_stream::<Stream>();
};

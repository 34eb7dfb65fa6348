//! A connection that does not wait for ever: 10 s for a request's header, 60 s between requests, 30 s for a stuck write.
//!
//! hyper has one timeout for "waiting for a header", which starts when the connection becomes idle; here the clock of
//! the header starts with its first byte. While a request is worked on, reads have no deadline (its body has one, in
//! `exchange.rs`).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

const HEADER: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(60);
const WRITE: Duration = Duration::from_secs(30);

const WAITING: u32 = 0;
const IN_HEADER: u32 = 1;
const BUSY: u32 = 2;
const MASK: u32 = 3;

/// What the connection is doing, shared with the service that handles its requests. Above the two bits of the phase
/// the requests are counted, so that each phase of each request has a clock of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phase(Arc<AtomicU32>);

impl Phase {
    /// A request's header has arrived.
    pub(crate) fn busy(&self) {
        self.set(BUSY);
    }

    /// Its answer is ready.
    pub(crate) fn waiting(&self) {
        let next = (self.get() & !MASK).wrapping_add(MASK + 1);
        self.0.store(next | WAITING, Ordering::Release);
    }

    /// Whether a request is being worked on.
    pub(crate) fn is_busy(&self) -> bool {
        self.get() & MASK == BUSY
    }

    fn set(&self, phase: u32) {
        self.0.store(self.get() & !MASK | phase, Ordering::Release);
    }

    fn get(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }
}

/// The stream with its deadlines.
pub(crate) struct Timed<S> {
    stream: S,
    phase: Phase,
    /// The phase that `read_deadline` was set for.
    armed: u32,
    read_deadline: Pin<Box<Sleep>>,
    write_deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> Timed<S> {
    pub(crate) fn new(stream: S, phase: Phase) -> Self {
        let read_deadline = Box::pin(tokio::time::sleep(IDLE));
        Self { stream, phase, armed: WAITING, read_deadline, write_deadline: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(cx, buf) {
            if buf.filled().len() > before && this.phase.get() & MASK == WAITING {
                this.phase.set(IN_HEADER);
            }
            return Poll::Ready(read);
        }
        let phase = this.phase.get();
        if phase != this.armed {
            this.armed = phase;
            let wait = if phase & MASK == IN_HEADER { HEADER } else { IDLE };
            this.read_deadline.as_mut().reset(Instant::now() + wait);
        }
        if phase & MASK == BUSY {
            return Poll::Pending;
        }
        ready!(this.read_deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> Timed<S> {
    fn write<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(written) = write(Pin::new(&mut self.stream), cx) {
            self.write_deadline = None;
            return Poll::Ready(written);
        }
        let deadline = self.write_deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(WRITE)));
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write(cx, data))
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write_vectored(cx, data))
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(cx, |stream, cx| stream.poll_flush(cx))
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(cx, |stream, cx| stream.poll_shutdown(cx))
    }
}

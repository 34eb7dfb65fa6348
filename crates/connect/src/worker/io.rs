//! Client calls on the I/O runtime: whatever they spawn lives there and not among plugins, which may block threads.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Runs `future` on `io`; dropping the returned one ends it.
pub(crate) fn on<T: Send + 'static>(
    io: &Handle,
    future: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> + Send + 'static {
    OnIo(io.spawn(future))
}

struct OnIo<T>(JoinHandle<T>);

impl<T> Future for OnIo<T> {
    type Output = T;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match Pin::new(&mut self.0).poll(cx) {
            Poll::Ready(Ok(value)) => Poll::Ready(value),
            Poll::Ready(Err(error)) => match error.try_into_panic() {
                // A panic of the client is the task's panic: its boundary reports it.
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime ends; so does whoever waits here.
                Err(_) => Poll::Pending,
            },
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T> Drop for OnIo<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

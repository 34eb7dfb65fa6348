//! A virtual node: one listener and the connections it took.
//!
//! The node's task owns both. Stopping it closes the listener and drops every connection where it stands; nothing
//! that was parked there (a join, a long poll) is answered.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::connection;
use crate::shared::Shared;

/// A running node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Node {
    /// Binds the address; nothing is accepted before [`Node::start`].
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::bind(address).await
    }

    pub(crate) fn start(shared: Arc<Shared>, id: i32, listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(shared, id, listener, stopped));
        Ok(Self { address, stop, task })
    }

    /// Closes the listener and all connections, and waits for it.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }

    /// The same without waiting.
    pub(crate) fn abort(&self) {
        self.task.abort();
    }
}

async fn accept(shared: Arc<Shared>, id: i32, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let _ = stream.set_nodelay(true);
                    connections.spawn(connection::serve(shared.clone(), id, stream, peer));
                }
                Err(error) => {
                    // Out of file handles: the ones in use will be given back.
                    tracing::warn!(node = id, %error, "could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}

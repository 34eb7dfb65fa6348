//! Standard input of the process: one thread reads it, tasks take turns.
//!
//! A thread of its own, since a read of a terminal cannot be cancelled and must not hold up the end of the process.
//! What a stopped task had taken but not handed on is given back, so a restart of the task loses nothing of it.

use std::io::{self, Read};
use std::sync::LazyLock;

use tokio::sync::{Mutex, mpsc};

/// Bytes of one read.
const CHUNK: usize = 64 * 1024;
/// Chunks read ahead of the task.
const AHEAD: usize = 4;

struct Shared {
    chunks: mpsc::Receiver<io::Result<Vec<u8>>>,
    given_back: Vec<u8>,
}

static STDIN: LazyLock<Mutex<Shared>> = LazyLock::new(|| {
    let (sender, chunks) = mpsc::channel(AHEAD);
    let reader = move || {
        let mut stdin = io::stdin().lock();
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = match stdin.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read,
            };
            let ended = !matches!(read, Ok(1..));
            let message = read.map(|read| {
                chunk.truncate(read);
                chunk
            });
            if sender.blocking_send(message).is_err() || ended {
                return;
            }
        }
    };
    if let Err(error) = std::thread::Builder::new().name("stdin".into()).spawn(reader) {
        tracing::error!(target: super::TARGET, %error, "cannot start the thread that reads standard input");
    }
    Mutex::new(Shared { chunks, given_back: Vec::new() })
});

/// The next bytes; waits. `None` when the input has ended. May be dropped and called again.
pub(crate) async fn next() -> Option<io::Result<Vec<u8>>> {
    let mut shared = STDIN.lock().await;
    if !shared.given_back.is_empty() {
        return Some(Ok(std::mem::take(&mut shared.given_back)));
    }
    match shared.chunks.recv().await {
        Some(Ok(chunk)) if chunk.is_empty() => None,
        other => other,
    }
}

/// Keeps `bytes` for the next task.
pub(crate) async fn give_back(bytes: Vec<u8>) {
    STDIN.lock().await.given_back = bytes;
}

//! SIGTERM and SIGINT ask for a clean end; a second one ends at once (R5).

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for the first SIGTERM or SIGINT. From then on the next one ends the process with status 130.
pub async fn asked_to_stop() {
    let (Ok(term), Ok(int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        // Without handlers the system's default ends the process, which is what the signal asks for.
        return std::future::pending().await;
    };
    let mut signals = Signals { term, int };
    signals.next().await;
    // The same streams, so that one that comes right behind the first is not missed.
    tokio::spawn(async move {
        signals.next().await;
        tracing::warn!(
            "second signal: ending at once, without waiting for what has not stopped; what was not committed or stored \
             is done again after the next start"
        );
        std::process::exit(130);
    });
}

struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

/// A worker in the background outlives its terminal.
pub fn ignore_hangup() {
    if let Ok(mut hangup) = signal(SignalKind::hangup()) {
        tokio::spawn(async move { while hangup.recv().await.is_some() {} });
    }
}

//! SIGTERM and SIGINT ask for a clean end; a second one ends at once (R5).

use tokio::signal::unix::{SignalKind, signal};

/// Waits for the first SIGTERM or SIGINT. From then on the next one ends the process with status 130.
pub async fn asked_to_stop() {
    one().await;
    tokio::spawn(async {
        one().await;
        tracing::warn!("second signal: ending at once");
        std::process::exit(130);
    });
}

async fn one() {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        // Without handlers the system's default ends the process, which is what the signal asks for.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

/// A worker in the background outlives its terminal.
pub fn ignore_hangup() {
    if let Ok(mut hangup) = signal(SignalKind::hangup()) {
        tokio::spawn(async move { while hangup.recv().await.is_some() {} });
    }
}

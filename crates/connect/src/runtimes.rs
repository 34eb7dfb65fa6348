//! The three runtimes of a worker: control, client I/O, plugins (design: one plugin can never stop heartbeats or REST).
//!
//! Control runs herder, REST and timers; I/O runs connections, producers, consumers and group heartbeats; plugins run
//! connectors and task loops. Threads are few, since idle tasks cost none; plugins get two more than there are cores,
//! so that a call that blocks its thread leaves others to run on; when all are blocked, [`crate::watchdog`] finds one more.
//! Tasks of plugins that say that they block get a thread and a small runtime each ([`spawn_apart`]).

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Handles of the three runtimes.
#[derive(Clone, Debug)]
pub struct Runtimes {
    /// Herder, REST, watchdog.
    pub control: Handle,
    /// Kafka clients.
    pub io: Handle,
    /// Connectors and tasks.
    pub plugins: Handle,
}

/// Owns the runtimes; dropping it ends them without waiting for blocked plugins.
#[derive(Debug)]
pub struct OwnedRuntimes(Option<[Runtime; 3]>);

impl OwnedRuntimes {
    /// Starts the threads.
    pub fn start() -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let control = build("kconnect-control", 1)?;
        let io = build("kconnect-io", cores.clamp(1, 4))?;
        let plugins = build("kconnect-plugin", cores + 2)?;
        Ok(Self(Some([control, io, plugins])))
    }

    /// Handles to spawn on.
    #[must_use]
    pub fn handles(&self) -> Runtimes {
        let [control, io, plugins] = self.0.as_ref().expect("taken only when dropped");
        Runtimes {
            control: control.handle().clone(),
            io: io.handle().clone(),
            plugins: plugins.handle().clone(),
        }
    }
}

impl Drop for OwnedRuntimes {
    fn drop(&mut self) {
        for runtime in self.0.take().into_iter().flatten() {
            runtime.shutdown_background();
        }
    }
}

fn build(name: &str, threads: usize) -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(threads).thread_name(name).enable_all().build()
}

/// Runs `future` on a thread of its own. The handle ends with it; aborting the handle drops the future as soon as the
/// thread comes back to it, and leaves a thread that never does to itself.
pub(crate) fn spawn_apart(
    control: &Handle,
    name: &str,
    future: impl Future<Output = ()> + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (wanted, unwanted) = oneshot::channel::<()>();
    let (done, ended) = oneshot::channel::<()>();
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _done = done;
        runtime.block_on(async {
            tokio::select! {
                biased;
                _ = unwanted => {}
                () = future => {}
            }
        });
        // Blocking calls that the plugin left behind are not waited for.
        runtime.shutdown_background();
    })?;
    Ok(control.spawn(async move {
        let _wanted = wanted;
        let _ = ended.await;
    }))
}

impl Runtimes {
    /// All three are the runtime of the caller: for tests and small tools.
    #[must_use]
    pub fn current() -> Self {
        let handle = Handle::current();
        Self { control: handle.clone(), io: handle.clone(), plugins: handle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_thread_of_its_own_ends_with_its_future_or_its_handle() {
        let control = Handle::current();
        let here = std::thread::current().id();
        let (tell, told) = oneshot::channel();
        let ended = spawn_apart(&control, "own", async move {
            let _ = tell.send(std::thread::current().id());
        });
        ended.unwrap().await.unwrap();
        assert_ne!(told.await.unwrap(), here);

        let (alive, dropped) = oneshot::channel::<()>();
        let endless = spawn_apart(&control, "endless", async move {
            let _alive = alive;
            std::future::pending().await
        });
        endless.unwrap().abort();
        assert!(dropped.await.is_err(), "the future was dropped");
    }
}

//! The three runtimes of a worker: control, client I/O, plugins (design: one plugin can never stop heartbeats or REST).
//!
//! Control runs herder, REST and timers; I/O runs connections, producers, consumers and group heartbeats; plugins run
//! connectors and task loops. Threads are few, since idle tasks cost none; plugins get two more than there are cores,
//! so that a call that blocks its thread leaves others to run on.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

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

impl Runtimes {
    /// All three are the runtime of the caller: for tests and small tools.
    #[must_use]
    pub fn current() -> Self {
        let handle = Handle::current();
        Self { control: handle.clone(), io: handle.clone(), plugins: handle }
    }
}

//! Configurations resolved where they run, and restarts when what a provider gave is no longer good (configs.md §6.3, §6.4).
//!
//! Whoever stores or shows a configuration has it with its placeholders. A start resolves it, on a thread that may block
//! and within [`LIMIT`]; the values reach the plugin, its clients and the redactor of that start, and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kconnect_api::{Exception, Props};
use tokio::task::JoinHandle;

use super::{Inner, Worker, lock};
use crate::config::provider::Resolved;
use crate::config::secrets::{self, Redactor};

const TARGET: &str = "org.apache.kafka.connect.runtime.WorkerConfigTransformer";
/// How long providers may take for one configuration.
const LIMIT: Duration = Duration::from_secs(30);

/// Restarts to come, by connector and path.
pub(super) type Reloads = Mutex<BTreeMap<(String, String), JoinHandle<()>>>;

/// A configuration for one start.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// What the plugin gets.
    pub(crate) props: Arc<Props>,
    /// Keeps its secrets out of texts.
    pub(crate) redactor: Arc<Redactor>,
}

impl Worker {
    /// Resolves a configuration for a look at it: nothing is started, so nothing is restarted later.
    pub(crate) async fn resolve(&self, props: &Props) -> Result<Resolved, Exception> {
        let providers = self.0.config.providers.clone();
        if !providers.concerns(props) {
            return Ok(Resolved { props: props.clone(), ..Resolved::default() });
        }
        let raw = props.clone();
        let asked = self.0.runtimes.plugins.spawn_blocking(move || providers.resolve(&raw));
        match tokio::time::timeout(LIMIT, asked).await {
            Ok(Ok(resolved)) => resolved,
            Ok(Err(error)) => Err(Exception::connect(format!("a config provider panicked: {error}"))),
            Err(_) => {
                let text = format!("config providers did not answer within {} s", LIMIT.as_secs());
                Err(Exception::connect(text))
            }
        }
    }

    /// Resolves the configuration of a connector, or of one of its tasks, that is about to start.
    pub(crate) async fn ready(&self, connector: &str, props: &Props) -> Result<Ready, Exception> {
        let resolved = self.resolve(props).await?;
        let redactor = self.redactor(&resolved);
        let reload = resolved.props.get("config.action.reload").map_or("restart", |action| action.trim());
        if reload.eq_ignore_ascii_case("restart") {
            for (path, ttl) in &resolved.ttls {
                self.restart_after(connector, path, *ttl);
            }
        }
        Ok(Ready { props: Arc::new(resolved.props), redactor })
    }

    /// Hides what is secret in a resolved configuration, and the worker's own secrets.
    pub(crate) fn redactor(&self, resolved: &Resolved) -> Arc<Redactor> {
        let given = resolved.secrets.iter().map(|secret| secret.expose());
        let declared = secrets::declared(&resolved.props, &self.0.registry);
        let redactor = Arc::new(self.0.config.redactor.and(given.chain(declared)));
        self.0.config.secrets.learn(&redactor);
        redactor
    }

    /// An error as it may leave the worker.
    pub(crate) fn hide(&self, error: &Exception) -> Exception {
        self.0.config.secrets.redactor().exception(error)
    }

    fn restart_after(&self, connector: &str, path: &str, ttl: Duration) {
        tracing::info!(target: TARGET, "Scheduling a restart of connector {connector} in {} ms", ttl.as_millis());
        let (inner, name) = (Arc::downgrade(&self.0), connector.to_owned());
        let timer = self.0.runtimes.control.spawn(async move {
            tokio::time::sleep(ttl).await;
            if let Some(inner) = inner.upgrade() {
                inner.reload.ask(&name);
            }
        });
        let place = (connector.to_owned(), path.to_owned());
        if let Some(earlier) = lock(&self.0.reloads).insert(place, timer) {
            earlier.abort();
        }
    }

    /// The next connector whose values are no longer good. May be dropped; a request is then returned later.
    pub async fn reload(&self) -> String {
        self.0.reload.next().await
    }
}

impl Inner {
    /// Forgets the restarts to come of a connector.
    pub(super) fn forget_reloads(&self, connector: &str) {
        lock(&self.reloads).retain(|(name, _), timer| {
            let keep = name != connector;
            if !keep {
                timer.abort();
            }
            keep
        });
    }
}

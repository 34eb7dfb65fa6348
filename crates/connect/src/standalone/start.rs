//! Starting a standalone worker: what must be there before a herder is, and the first look at the cluster.

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use kconnect_api::{Exception, Props};
use kconnect_client::admin::Admin;

use super::{StandaloneHerder, TARGET, lock};
use crate::config::client::Clients;
use crate::config::validation::Validator;
use crate::config::worker::WorkerConfig;
use crate::offset_store::{FileOffsetStore, OpenError};
use crate::registry::Registry;
use crate::runtimes::Runtimes;
use crate::worker::Worker;

/// Why a standalone worker does not start.
#[derive(Debug)]
pub enum StartError {
    /// The offset file cannot be used.
    Offsets(OpenError),
    /// A converter of the worker cannot be made.
    Converter(Exception),
    /// The cluster cannot be reached in time.
    Cluster(Exception),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offsets(error) => error.fmt(f),
            Self::Converter(error) | Self::Cluster(error) => f.write_str(&error.trace()),
        }
    }
}

impl std::error::Error for StartError {}

impl StandaloneHerder {
    /// A herder without connectors. Reads the offset file; blocks on the file system. `worker_id` is `host:port` of the
    /// advertised REST address.
    pub fn new(
        config: WorkerConfig,
        registry: Arc<Registry>,
        runtimes: Runtimes,
        worker_id: &str,
    ) -> Result<Arc<Self>, StartError> {
        for key in ["key.converter", "value.converter"] {
            let class = config.props.get(key).map(|class| class.trim()).unwrap_or_default();
            if registry.find_converter(class).is_none() {
                let text = format!(
                    "Invalid value {class} for configuration {key}: Class {class} could not be found. {}",
                    crate::registry::JVM_HINT
                );
                return Err(StartError::Converter(Exception::new(kconnect_api::classes::CONFIG, text)));
            }
        }
        let file = config.offset_file.clone().unwrap_or_default();
        let store = Arc::new(FileOffsetStore::open(&file).map_err(StartError::Offsets)?);
        let validator = Validator {
            registry: Arc::clone(&registry),
            converters: config.converters.clone(),
            policy: config.override_policy.clone(),
            topic_creation: config.topic_creation,
        };
        let worker = Worker::new(config, registry, runtimes, store, worker_id);
        let herder = Arc::new(Self {
            worker,
            validator,
            entries: Mutex::default(),
            changing: tokio::sync::Mutex::new(()),
            previews: Arc::new(tokio::sync::Semaphore::new(super::preview::AT_ONCE)),
            ready: AtomicBool::new(false),
            stage: Mutex::default(),
            cluster_id: Mutex::default(),
        });
        let weak = Arc::downgrade(&herder);
        let worker = herder.worker.clone();
        let following = herder.worker.runtimes().control.spawn(async move {
            loop {
                let (name, reload) = tokio::select! {
                    name = worker.reconfiguration() => (name, false),
                    name = worker.reload() => (name, true),
                };
                let Some(herder) = weak.upgrade() else { return };
                match reload {
                    true => herder.reload(&name).await,
                    false => herder.reconfigure(&name).await,
                }
            }
        });
        herder.worker.keep(following);
        Ok(herder)
    }

    /// Finds out the cluster's id. Waits for a broker until `default.api.timeout.ms` is over; health says meanwhile what
    /// is waited for.
    pub async fn connect(&self) -> Result<String, StartError> {
        let servers = self.worker.config().bootstrap_servers.clone();
        let _stage = self.stage(format!("connecting to the Kafka cluster at {servers}"));
        let none = Props::new();
        let config = self.worker.config();
        let clients = Clients { worker: &config.props, connector: &none, policy: &config.override_policy };
        let cluster = |error: Exception| {
            let text = "Failed to connect to and describe Kafka cluster. Check worker's broker connection and security properties.";
            StartError::Cluster(Exception::connect(text).caused_by(error))
        };
        let client = clients.admin("").and_then(|props| self.worker.client(&props)).map_err(&cluster)?;
        let deadline = Instant::now() + client.config().default_api_timeout;
        let described = self
            .worker
            .runtimes()
            .io
            .spawn(async move { Admin::new(&client).describe_cluster(deadline).await });
        let described = described.await.map_err(|error| cluster(Exception::connect(error.to_string())))?;
        let described = described
            .map_err(|error| cluster(Exception::connect(format!("{servers}: {}", error.with_causes()))))?;
        let id = described.cluster_id.clone().unwrap_or_default();
        tracing::info!(target: TARGET, cluster = %id, "Kafka cluster found");
        *lock(&self.cluster_id) = Some(id.clone());
        Ok(id)
    }
}

//! A standalone worker in this process: REST first, then the herder, the cluster, the connectors.
//!
//! Order and failures are upstream's (`ConnectStandalone`), but for REST, which listens first so that `/health` can say
//! what start-up waits for.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use kconnect_connect::config::worker::WorkerConfig;
use kconnect_connect::connector_file::ConnectorFile;
use kconnect_connect::herder::HerderError;
use kconnect_connect::registry::Registry;
use kconnect_connect::{Runtimes, StandaloneHerder};
use kconnect_rest::{RestConfig, RestServer};

use crate::logging::Levels;

const TARGET: &str = "org.apache.kafka.connect.cli.ConnectStandalone";

/// How long REST waits for requests under way when the worker stops.
const REST_GRACE: Duration = Duration::from_secs(5);
/// How long a stop waits for the connector that is being created.
const CREATE_GRACE: Duration = Duration::from_secs(5);

/// A running worker.
pub struct StandaloneWorker {
    /// What runs the connectors.
    pub herder: Arc<StandaloneHerder>,
    rest: RestServer,
}

/// Why a worker did not start, with upstream's exit status for it.
#[derive(Debug)]
pub struct NotStarted {
    /// 2: before the herder started. 3: REST, or a connector of the command line.
    pub status: u8,
    message: String,
}

impl NotStarted {
    /// A failure before the herder started.
    pub fn early(error: impl fmt::Display) -> Self {
        Self { status: 2, message: error.to_string() }
    }

    /// A failure of REST or of a connector.
    pub fn late(error: impl fmt::Display) -> Self {
        Self { status: 3, message: error.to_string() }
    }
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NotStarted {}

impl StandaloneWorker {
    /// Starts the worker and creates `connectors`, one after the other. Runs on the control runtime. When `stop` ends
    /// first, what runs already is stopped in order, and there is no worker.
    pub async fn start(
        config: WorkerConfig,
        registry: Registry,
        runtimes: Runtimes,
        levels: Arc<Levels>,
        connectors: Vec<ConnectorFile>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<Self>, NotStarted> {
        levels.hide(&config.secrets);
        for notice in &config.notices {
            notice.log();
        }
        let mut rest = RestConfig::parse(&config.props).map_err(NotStarted::early)?;
        rest.commit = env!("KCONNECT_COMMIT").to_owned();
        let rest = RestServer::bind(&rest).await.map_err(NotStarted::late)?;
        let url = rest.advertised_url();
        let worker_id = url.split("://").nth(1).unwrap_or(url).trim_end_matches('/').to_owned();
        let herder = StandaloneHerder::new(config, Arc::new(registry), runtimes, &worker_id);
        let herder = herder.map_err(NotStarted::early)?;
        rest.install(Arc::clone(&herder) as _, levels);
        let worker = Self { herder, rest };
        match worker.begin(connectors, stop.as_mut()).await {
            Ok(true) => {}
            Ok(false) => {
                worker.stop().await;
                return Ok(None);
            }
            Err(error) => {
                worker.herder.stop().await;
                return Err(error);
            }
        }
        worker.herder.mark_ready();
        tracing::info!(target: TARGET, "Kafka Connect started");
        Ok(Some(worker))
    }

    /// Looks at the cluster and creates the connectors; `false` when asked to stop meanwhile.
    async fn begin(
        &self,
        connectors: Vec<ConnectorFile>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<bool, NotStarted> {
        tokio::select! {
            connected = self.herder.connect() => drop(connected.map_err(NotStarted::early)?),
            () = stop.as_mut() => return Ok(false),
        }
        for connector in connectors {
            let name = connector.name.clone();
            let mut create = pin!(self.herder.create(connector));
            let created = tokio::select! {
                created = create.as_mut() => created,
                () = stop.as_mut() => {
                    // Half a connector is not stopped in order; it need not become a whole one.
                    let _ = tokio::time::timeout(CREATE_GRACE, create).await;
                    return Ok(false);
                }
            };
            let info = created.map_err(|error| {
                NotStarted::late(format!("connector {name} was not created: {}", describe(&error)))
            })?;
            tracing::info!(target: TARGET, "Created connector {}", info.name);
        }
        Ok(true)
    }

    /// The address of the REST API, e.g. `http://127.0.0.1:8083/`.
    pub fn url(&self) -> &str {
        self.rest.advertised_url()
    }

    /// Stops REST, then connectors and tasks, within their time-outs.
    pub async fn stop(self) {
        tracing::info!(target: TARGET, "Kafka Connect stopping");
        self.rest.shutdown(REST_GRACE).await;
        self.herder.stop().await;
        tracing::info!(target: TARGET, "Kafka Connect stopped");
    }
}

fn describe(error: &HerderError) -> String {
    match error {
        HerderError::NotFound(text)
        | HerderError::AlreadyExists(text)
        | HerderError::BadRequest(text)
        | HerderError::Forbidden(text)
        | HerderError::Conflict(text) => text.clone(),
        HerderError::Elsewhere(_) => "another worker must do it".to_owned(),
        HerderError::TimedOut(_) => "the herder did not answer in time".to_owned(),
        HerderError::Failed(exception) => exception.trace(),
    }
}

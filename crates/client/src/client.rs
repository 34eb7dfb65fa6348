//! The handle that everything else hangs on: shared metadata and control connections, own data connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use kconnect_wire::Request;
use kconnect_wire::messages::{Coordinator, FindCoordinatorRequest};

use crate::config::DnsLookup;
use crate::logger;
use crate::metadata::{self, Metadata, Node};
use crate::net::backoff::now;
use crate::net::brokers::Brokers;
use crate::net::canonical;
use crate::net::pool::{Pool, Standing};
use crate::net::{Backoff, Connection, CoordinatorKind, Features, NodeRef, Patience, Purpose, RawAnswer};
use crate::scope::Scope;
use crate::{ClientConfig, Error, ErrorKind};

/// A client of one cluster. Clones are cheap and are the same client; [`Client::named`] makes another that
/// shares metadata and control connections but has data connections and a client id of its own.
///
/// Must be created inside a tokio runtime. Its background tasks end with [`Client::close`], or when the last
/// handle is dropped.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    pool: Arc<Pool>,
}

struct Shared {
    core: Arc<Core>,
    scope: Scope,
}

/// What the metadata task needs; it must not keep the client alive.
pub(crate) struct Core {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) metadata: Metadata,
    pub(crate) brokers: Arc<Brokers>,
    control: Pool,
    coordinators: Mutex<HashMap<(CoordinatorKind, Arc<str>), Node>>,
}

impl Client {
    /// A client of the cluster behind `config.bootstrap`. Connects when something is first asked.
    pub fn new(config: ClientConfig) -> Self {
        let config = Arc::new(config);
        let brokers = Arc::new(Brokers::new(config.clone()));
        let core = Arc::new(Core {
            metadata: Metadata::new(),
            control: Pool::new(config.clone(), config.client_id.clone(), brokers.clone()),
            brokers: brokers.clone(),
            coordinators: Mutex::default(),
            config: config.clone(),
        });
        let scope = Scope::new();
        scope.spawn(|stop| metadata::run(core.clone(), stop));
        let pool = Arc::new(Pool::new(config.clone(), config.client_id.clone(), brokers));
        Self { shared: Arc::new(Shared { core, scope }), pool }
    }

    /// Another client of the same cluster and credentials under its own name: the cheap way to have hundreds.
    pub fn named(&self, client_id: impl Into<Arc<str>>) -> Self {
        let core = &self.shared.core;
        let pool = Arc::new(Pool::new(core.config.clone(), client_id.into(), core.brokers.clone()));
        Self { shared: self.shared.clone(), pool }
    }

    /// The settings it was made with.
    pub fn config(&self) -> &ClientConfig {
        &self.shared.core.config
    }

    /// The name brokers see on this client's own connections.
    pub fn client_id(&self) -> &Arc<str> {
        self.pool.client_id()
    }

    /// What the cluster has agreed on, as told by its brokers so far (W14).
    pub fn features(&self) -> Features {
        self.shared.core.brokers.features()
    }

    pub(crate) fn brokers(&self) -> &Brokers {
        &self.shared.core.brokers
    }

    /// The shared view of the cluster.
    pub fn metadata(&self) -> &Metadata {
        &self.shared.core.metadata
    }

    /// `default.api.timeout.ms` from now.
    pub fn default_deadline(&self) -> Instant {
        now() + self.config().default_api_timeout
    }

    /// Pauses between repeated requests, as configured by `retry.backoff.*`.
    pub fn retry_backoff(&self) -> Backoff {
        Backoff::new(self.config().retry_backoff, self.config().retry_backoff_max)
    }

    /// Sends one request in the highest common version and waits for the answer.
    ///
    /// Connecting is retried until the deadline; the request itself is sent once, because only the caller knows
    /// whether asking twice is harmless. Kind `Disconnected` means that the outcome is unknown; `Timeout` that the
    /// deadline passed. Error codes inside the answer are the caller's to read; see
    /// [`Client::forget_coordinator`]. May be dropped at any time: a request already sent is still carried out.
    pub async fn request<R: Request + Send + 'static>(
        &self,
        node: &NodeRef,
        purpose: Purpose,
        request: R,
        patience: impl Into<Patience>,
    ) -> Result<R::Response, Error> {
        self.request_with::<R>(node, purpose, None, patience, |_| Ok(request)).await
    }

    /// As [`Client::request`] for requests that are built differently per version (names or ids, W16). `cap`
    /// bounds the version.
    pub async fn request_with<R: Request + Send + 'static>(
        &self,
        node: &NodeRef,
        purpose: Purpose,
        cap: Option<i16>,
        patience: impl Into<Patience>,
        build: impl FnOnce(i16) -> Result<R, Error>,
    ) -> Result<R::Response, Error> {
        self.request_raw(node, purpose, cap, patience, build).await?.decode::<R>()
    }

    /// As [`Client::request_with`], but hands the answer over undecoded: Fetch reads records in place.
    pub async fn request_raw<R: Request + Send + 'static>(
        &self,
        node: &NodeRef,
        purpose: Purpose,
        cap: Option<i16>,
        patience: impl Into<Patience>,
        build: impl FnOnce(i16) -> Result<R, Error>,
    ) -> Result<RawAnswer, Error> {
        let patience = patience.into();
        let connection = self.connection(node, purpose, patience.deadline).await?;
        let version = connection.versions().pick::<R>(cap)?;
        let outcome = connection.request_raw(build(version)?, version, patience).await;
        if let (Err(error), NodeRef::Coordinator { kind, key }) = (&outcome, node)
            && error.kind() == ErrorKind::Disconnected
        {
            self.forget_coordinator(*kind, key);
        }
        outcome
    }

    /// A connection to `node`, made if need be. Retries until the deadline. May be dropped at any time.
    pub async fn connection(
        &self,
        node: &NodeRef,
        purpose: Purpose,
        deadline: Instant,
    ) -> Result<Connection, Error> {
        let core = &self.shared.core;
        let mut backoff = self.retry_backoff();
        loop {
            let target = match node {
                NodeRef::Any if purpose == Purpose::Control => return core.any_connection(deadline).await,
                NodeRef::Any => core.any_connection(deadline).await?.node().clone(),
                NodeRef::Bootstrap => return core.seed_connection(deadline).await,
                NodeRef::Controller => match core.metadata.controller().and_then(|id| core.metadata.node(id))
                {
                    Some(node) => node,
                    None => return core.any_connection(deadline).await,
                },
                NodeRef::Id(id) => core.node(*id, deadline).await?,
                NodeRef::Coordinator { kind, key } => core.coordinator(*kind, key, deadline).await?,
            };
            let pool = if purpose == Purpose::Control { &core.control } else { &*self.pool };
            let error = match pool.try_get(&target, purpose, deadline).await {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            // Perhaps the node moved, or another one coordinates now.
            core.metadata.request_refresh();
            if let NodeRef::Coordinator { kind, key } = node {
                core.forget_coordinator(*kind, key);
            }
            if *node == NodeRef::Controller && now() < deadline {
                return core.any_connection(deadline).await;
            }
            if !error.is_retriable() || !backoff.wait(deadline).await {
                return Err(error);
            }
        }
    }

    /// Forgets who coordinates, because a broker said it does not (M10); the next request asks again.
    pub fn forget_coordinator(&self, kind: CoordinatorKind, key: &str) {
        self.shared.core.forget_coordinator(kind, key);
    }

    /// Ends this client's connections and, for the last of its family, everything. Waits at most until the
    /// deadline.
    pub async fn close(self, deadline: Instant) {
        let Self { shared, pool } = self;
        if let Ok(pool) = Arc::try_unwrap(pool).map_err(drop) {
            pool.shutdown(deadline).await;
        }
        if let Some(shared) = Arc::into_inner(shared) {
            shared.scope.shutdown(deadline).await;
            shared.core.control.shutdown(deadline).await;
        }
    }
}

impl Core {
    /// Some broker: a connected one, else the one whose last failure is longest ago, else a seed.
    pub(crate) async fn any_connection(&self, deadline: Instant) -> Result<Connection, Error> {
        let mut round = 0;
        loop {
            let mut candidates = self.metadata.nodes();
            if candidates.is_empty() {
                candidates = self.seeds(deadline).await;
            }
            fastrand::shuffle(&mut candidates);
            candidates.sort_by_cached_key(|node| self.control.standing(node, Purpose::Control));
            let mut failed = 0;
            let mut last = None;
            for node in &candidates {
                // Those that just failed wait for their turn; the first of all is always tried.
                if let Standing::Failing(until) = self.control.standing(node, Purpose::Control)
                    && until > now()
                    && last.is_some()
                {
                    failed += 1;
                    continue;
                }
                match self.control.try_get(node, Purpose::Control, deadline).await {
                    Ok(connection) => return Ok(connection),
                    Err(error) => last = Some(error),
                }
                failed += 1;
            }
            round += 1;
            let known = candidates.first().is_some_and(|node| node.id >= 0);
            if known && failed == candidates.len() && self.config.rebootstrap && round > 1 {
                tracing::info!(target: logger::NETWORK_CLIENT, "no known broker is reachable, starting again from bootstrap.servers");
                self.rebootstrap();
            }
            if now() >= deadline {
                let cause =
                    last.unwrap_or_else(|| Error::new(ErrorKind::Disconnected, "there is no broker to ask"));
                return Err(Error::caused_by(
                    ErrorKind::Timeout,
                    "no broker could be reached in time",
                    cause,
                ));
            }
        }
    }

    async fn seed_connection(&self, deadline: Instant) -> Result<Connection, Error> {
        let mut last = Error::new(ErrorKind::Config, "there is no seed address");
        loop {
            for seed in self.seeds(deadline).await {
                match self.control.try_get(&seed, Purpose::Control, deadline).await {
                    Ok(connection) => return Ok(connection),
                    Err(error) => last = error,
                }
            }
            if now() >= deadline {
                return Err(last);
            }
        }
    }

    /// A node by id; asks for metadata when it is not known.
    async fn node(&self, id: i32, deadline: Instant) -> Result<Node, Error> {
        loop {
            if let Some(node) = self.metadata.node(id) {
                return Ok(node);
            }
            let refreshed = self.metadata.refresh(deadline).await;
            if self.metadata.node(id).is_none() {
                refreshed?;
                if now() >= deadline {
                    return Err(Error::new(
                        ErrorKind::Disconnected,
                        format!("node {id} is not in the cluster"),
                    ));
                }
            }
        }
    }

    /// Who coordinates, from the cache or by asking (M10). Retries what passes until the deadline.
    async fn coordinator(
        &self,
        kind: CoordinatorKind,
        key: &Arc<str>,
        deadline: Instant,
    ) -> Result<Node, Error> {
        let known = lock(&self.coordinators).get(&(kind, key.clone())).cloned();
        if let Some(node) = known {
            return Ok(node);
        }
        let mut backoff = Backoff::new(self.config.retry_backoff, self.config.retry_backoff_max);
        loop {
            let error = match self.find_coordinator(kind, key, deadline).await {
                Ok(node) => {
                    lock(&self.coordinators).insert((kind, key.clone()), node.clone());
                    return Ok(node);
                }
                Err(error) => error,
            };
            if !error.is_retriable() || !backoff.wait(deadline).await {
                return Err(error);
            }
        }
    }

    async fn find_coordinator(
        &self,
        kind: CoordinatorKind,
        key: &str,
        deadline: Instant,
    ) -> Result<Node, Error> {
        let connection = self.any_connection(deadline).await?;
        let version = connection.versions().pick::<FindCoordinatorRequest>(None)?;
        let mut request = FindCoordinatorRequest::default();
        if version >= 1 {
            request.key_type = match kind {
                CoordinatorKind::Group => 0,
                CoordinatorKind::Transaction => 1,
            };
        }
        match version {
            0..=3 => request.key = key.to_owned(),
            _ => request.coordinator_keys = vec![key.to_owned()],
        }
        let answer = connection.request(request, version, deadline).await?;
        let found = match answer.coordinators.into_iter().next() {
            Some(found) => found,
            None => Coordinator {
                node_id: answer.node_id,
                host: answer.host,
                port: answer.port,
                error_code: answer.error_code,
                error_message: answer.error_message,
                ..Coordinator::default()
            },
        };
        if !found.error_code.is_ok() {
            return Err(Error::from_code(found.error_code, format!("cannot find the coordinator of {key}")));
        }
        let port = u16::try_from(found.port)
            .map_err(|_| Error::new(ErrorKind::Protocol, format!("coordinator with port {}", found.port)))?;
        // Java keeps coordinator connections apart by another id; here the purpose does that.
        Ok(Node { id: found.node_id, host: found.host.into(), port, rack: None })
    }

    fn forget_coordinator(&self, kind: CoordinatorKind, key: &str) {
        lock(&self.coordinators).remove(&(kind, key.into()));
    }

    /// The addresses to start from, with fresh answers of the resolver when their names are to be canonical; as they were
    /// given when it does not answer by the deadline.
    async fn seeds(&self, deadline: Instant) -> Vec<Node> {
        let seeds = match self.config.dns_lookup {
            DnsLookup::UseAllDnsIps => self.config.bootstrap.clone(),
            DnsLookup::ResolveCanonicalBootstrapServersOnly => {
                let config = self.config.clone();
                let expand = move || canonical::expand(&config.bootstrap, &canonical::System);
                let expanded = tokio::task::spawn_blocking(expand);
                match tokio::time::timeout_at(deadline.into(), expanded).await {
                    Ok(Ok(expanded)) => expanded,
                    Ok(Err(_)) | Err(_) => self.config.bootstrap.clone(),
                }
            }
        };
        let numbered = seeds.into_iter().zip(1..);
        numbered.map(|((host, port), n)| Node { id: -n, host: host.into(), port, rack: None }).collect()
    }

    /// Back to the seeds (M7).
    pub(crate) fn rebootstrap(&self) {
        self.metadata.cache().rebootstrap();
        lock(&self.coordinators).clear();
        self.brokers.forget_features();
        self.control.retain(|_| false);
    }

    /// Closes control connections to seeds and to brokers that left, once the brokers are known.
    pub(crate) fn retain_known_nodes(&self) {
        let nodes = self.metadata.nodes();
        self.control.retain(|id| nodes.iter().any(|node| node.id == id));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds this lock")
}

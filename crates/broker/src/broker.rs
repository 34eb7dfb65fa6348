//! The handle: starting, stopping, moving things around, looking inside.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use crate::cluster::{Cluster, FIRST_NODE, NewTopic};
use crate::faults::{Faults, RequestInfo};
use crate::log::PartitionLog;
use crate::node::Node;
use crate::settings::Settings;
use crate::shared::Shared;

/// A running broker of one or more virtual nodes, numbered from 1.
///
/// It lives on the runtime that started it. Dropping it ends everything at once; [`Broker::shutdown`] also waits and
/// makes a data folder durable.
#[derive(Debug)]
pub struct Broker {
    shared: Arc<Shared>,
    host: String,
    /// By node; `None` while a node is crashed.
    nodes: Mutex<BTreeMap<i32, (SocketAddr, Option<Node>)>>,
    ticker: JoinHandle<()>,
    /// Held for the broker's life: see [`StartError::DataDirLocked`].
    lock: Option<File>,
}

/// Settings of a broker to be; see the methods for defaults.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    settings: Settings,
}

/// Why a broker did not start.
#[derive(Debug)]
pub enum StartError {
    /// Something else listens there.
    PortInUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The listen address is not `HOST:PORT` or cannot be bound.
    Listen {
        /// As it was given.
        listen: String,
        /// What the system says.
        source: io::Error,
    },
    /// Another broker works in the data folder.
    DataDirLocked {
        /// The folder.
        dir: PathBuf,
    },
    /// The data folder cannot be used, or a file in it is damaged.
    DataDir {
        /// The folder.
        dir: PathBuf,
        /// What is wrong, naming the file.
        source: io::Error,
    },
    /// A broker needs at least one node.
    NoNodes,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortInUse { address } => write!(
                f,
                "cannot listen on {address}: another program uses port {}; stop it, or listen on another port (0 takes a free one)",
                address.port()
            ),
            Self::Listen { listen, .. } => {
                write!(f, "cannot listen on {listen}: give HOST:PORT with an address of this machine")
            }
            Self::DataDirLocked { dir } => write!(
                f,
                "data folder {} is used by another broker; stop that one, or give another folder",
                dir.display()
            ),
            Self::DataDir { dir, .. } => write!(f, "cannot use data folder {}", dir.display()),
            Self::NoNodes => write!(f, "a broker needs at least one node"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::DataDir { source, .. } => Some(source),
            Self::PortInUse { .. } | Self::DataDirLocked { .. } | Self::NoNodes => None,
        }
    }
}

impl Builder {
    /// Number of virtual nodes, each with its own listener; 1 by default.
    pub fn nodes(mut self, nodes: u8) -> Self {
        self.settings.nodes = nodes;
        self
    }

    /// `HOST:PORT`; `127.0.0.1:0` by default, where 0 takes a free port. With several nodes and a fixed port the
    /// others take the ports above it.
    pub fn listen(mut self, listen: impl Into<String>) -> Self {
        self.settings.listen = listen.into();
        self
    }

    /// Keeps everything in this folder, which is made when absent. Without it all is in memory.
    pub fn data_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.settings.data_dir = Some(dir.into());
        self
    }

    /// Acknowledges produced batches without storing them and serves a made-up batch to every fetch, for benches.
    pub fn null_mode(mut self, null: bool) -> Self {
        self.settings.null_mode = null;
        self
    }

    /// `auto.create.topics.enable`; true by default.
    pub fn auto_create(mut self, auto_create: bool) -> Self {
        self.settings.auto_create = auto_create;
        self
    }

    /// `num.partitions`: partitions of topics made without a count; 1 by default.
    pub fn num_partitions(mut self, partitions: i32) -> Self {
        self.settings.num_partitions = partitions;
        self
    }

    /// `message.max.bytes`: largest batch of a topic that does not say otherwise; 1048588 by default.
    pub fn message_max_bytes(mut self, bytes: usize) -> Self {
        self.settings.message_max_bytes = bytes;
        self
    }

    /// `group.min.session.timeout.ms`; 6 s by default. Tests of expiry want less.
    pub fn session_timeout_min(mut self, min: Duration) -> Self {
        self.settings.groups.session_timeout_min = min;
        self
    }

    /// `group.initial.rebalance.delay.ms`; none by default, unlike Kafka's 3 s, since it only serves large groups.
    pub fn initial_rebalance_delay(mut self, delay: Duration) -> Self {
        self.settings.groups.initial_delay = delay;
        self
    }

    /// `group.max.size`; unlimited by default.
    pub fn group_max_size(mut self, size: usize) -> Self {
        self.settings.groups.max_size = size;
        self
    }

    /// Opens the data folder, binds the listeners and starts to serve.
    pub async fn start(self) -> Result<Broker, StartError> {
        Broker::start(self.settings).await
    }
}

impl Broker {
    /// A broker in memory with one node on a free port, unless told otherwise.
    pub fn builder() -> Builder {
        Builder::default()
    }

    async fn start(settings: Settings) -> Result<Self, StartError> {
        if settings.nodes == 0 {
            return Err(StartError::NoNodes);
        }
        let lock = settings.data_dir.as_deref().map(lock_dir).transpose()?;
        let (host, listeners) = bind_all(&settings).await?;
        let dir = settings.data_dir.clone();
        // Reading a large log takes its time, and the runtime may have one thread only.
        let opened = tokio::task::spawn_blocking(|| Cluster::open(settings, Instant::now())).await;
        let mut cluster = opened
            .unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(|source| StartError::DataDir { dir: dir.unwrap_or_default(), source })?;
        let addresses = listeners.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>();
        let addresses = addresses.map_err(|source| StartError::Listen { listen: host.clone(), source })?;
        for (id, address) in (FIRST_NODE..).zip(&addresses) {
            cluster.node_up(id, host.clone(), address.port());
        }
        let shared = Arc::new(Shared::new(cluster));
        let mut nodes = BTreeMap::new();
        for ((id, listener), address) in (FIRST_NODE..).zip(listeners).zip(addresses) {
            let node = Node::start(shared.clone(), id, listener)
                .map_err(|source| StartError::Listen { listen: host.clone(), source })?;
            nodes.insert(id, (address, Some(node)));
        }
        let ticker = tokio::spawn(tick(shared.clone()));
        Ok(Self { shared, host, nodes: Mutex::new(nodes), ticker, lock })
    }

    /// `host:port` of every living node, separated by commas: what clients call `bootstrap.servers`.
    pub fn bootstrap(&self) -> String {
        let cluster = self.shared.cluster();
        cluster.living_nodes().map(|n| join_host(&n.host, n.port)).collect::<Vec<_>>().join(",")
    }

    /// `host:port` of one node, alive or not.
    pub fn address(&self, node: i32) -> Option<String> {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.get(&node).map(|(address, _)| join_host(&self.host, address.port()))
    }

    /// Kafka's cluster id; kept in the data folder.
    pub fn cluster_id(&self) -> String {
        self.shared.cluster().id.clone()
    }

    /// Makes a topic with one replica per partition; partition `p` is led by node `1 + p % nodes`.
    pub fn create_topic(&self, name: &str, partitions: i32) -> Result<Uuid, ResponseError> {
        self.create_topic_with(name, partitions, 1, &[])
    }

    /// Makes a topic with a replication factor and configurations.
    pub fn create_topic_with(
        &self,
        name: &str,
        partitions: i32,
        replication: i16,
        configs: &[(&str, &str)],
    ) -> Result<Uuid, ResponseError> {
        let configs = configs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let new = NewTopic { partitions, replication, assignments: Vec::new(), configs };
        self.shared.cluster().create_topic(name, new, false).map_err(|(code, _)| code)
    }

    /// Deletes a topic with its records and committed offsets.
    pub fn delete_topic(&self, name: &str) -> Result<(), ResponseError> {
        self.shared.cluster().delete_topic(name).map(|_| ())
    }

    /// Names of all topics.
    pub fn topics(&self) -> Vec<String> {
        self.shared.cluster().topics.keys().cloned().collect()
    }

    /// Number of partitions of a topic; `None` when it does not exist.
    pub fn partitions(&self, topic: &str) -> Option<i32> {
        self.shared.cluster().topics.get(topic).map(|t| t.partitions.len() as i32)
    }

    /// The fault rules; empty at first.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Makes `node` the leader of a partition under a new epoch, which is returned.
    pub fn move_leader(&self, topic: &str, partition: i32, node: i32) -> Result<i32, ResponseError> {
        self.shared.cluster().move_leader(topic, partition, node)
    }

    /// Node and epoch of a partition's leader; node -1 when there is none.
    pub fn leader(&self, topic: &str, partition: i32) -> Option<(i32, i32)> {
        let cluster = self.shared.cluster();
        cluster.partition(topic, Uuid::nil(), partition).ok().map(|(_, p)| (p.leader, p.epoch))
    }

    /// Makes `node` the coordinator of a group. Its state moves along; the old node answers NOT_COORDINATOR.
    pub fn move_coordinator(&self, group: &str, node: i32) -> Result<(), ResponseError> {
        self.shared.cluster().move_coordinator(group, node)
    }

    /// The node that coordinates a group; `None` when no node lives.
    pub fn coordinator(&self, group: &str) -> Option<i32> {
        self.shared.cluster().coordinator_of(group)
    }

    /// Ends a node: its listener is closed, its connections drop, its partitions go to a living replica or have no
    /// leader. Records and groups are shared by all nodes and stay. Nothing when it is down already.
    pub async fn crash_node(&self, node: i32) {
        let running = {
            let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
            nodes.get_mut(&node).and_then(|(_, running)| running.take())
        };
        if let Some(running) = running {
            running.stop().await;
            self.shared.cluster().node_down(node);
        }
    }

    /// Starts a crashed node again on its old port; a living one is crashed first.
    pub async fn restart_node(&self, node: i32) -> io::Result<()> {
        self.crash_node(node).await;
        let address = {
            let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
            nodes.get(&node).map(|(address, _)| *address)
        };
        let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("there is no node {node}"));
        let address = address.ok_or_else(unknown)?;
        let listener = Node::bind(address).await?;
        // Known as alive before the first connection, so that it answers for its partitions at once.
        self.shared.cluster().node_up(node, self.host.clone(), address.port());
        let running = Node::start(self.shared.clone(), node, listener)?;
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.insert(node, (running.address, Some(running)));
        Ok(())
    }

    /// Ends a group member's session, by member id or instance id; false when there is no such member.
    pub fn expire_member(&self, group: &str, member: &str) -> bool {
        let mut cluster = self.shared.cluster();
        let rules = cluster.settings.groups;
        let expired = cluster.groups.get_mut(group).is_some_and(|g| g.expire(Instant::now(), &rules, member));
        cluster.store_group(group);
        drop(cluster);
        self.shared.groups_changed.notify_one();
        expired
    }

    /// Forgets all producer sequences of a partition: the next batch meets UNKNOWN_PRODUCER_ID.
    pub fn forget_producers(&self, topic: &str, partition: i32) {
        if let Some(log) = self.log(topic, partition) {
            log.forget_producers();
        }
    }

    /// Ends all tasks, waits for them, and makes a data folder durable. A second call does nothing.
    pub async fn shutdown(&self) {
        let running: Vec<Node> = {
            let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
            nodes.values_mut().filter_map(|(_, running)| running.take()).collect()
        };
        if running.is_empty() && self.ticker.is_finished() {
            return;
        }
        for node in running {
            node.stop().await;
        }
        self.ticker.abort();
        self.shared.cluster().sync();
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn log(&self, topic: &str, partition: i32) -> Option<Arc<PartitionLog>> {
        let cluster = self.shared.cluster();
        cluster.partition(topic, Uuid::nil(), partition).ok().map(|(_, p)| p.log.clone())
    }

    /// The last requests of one API, oldest first; at most 4096 of all APIs are kept.
    pub fn requests(&self, api_key: ApiKey) -> Vec<RequestInfo> {
        self.shared.stats.requests(api_key)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.ticker.abort();
        let nodes = self.nodes.get_mut().unwrap_or_else(PoisonError::into_inner);
        nodes.values().filter_map(|(_, running)| running.as_ref()).for_each(Node::abort);
        // Closing the file is not enough: a program that is being started at this moment holds a copy of it.
        if let Some(Err(error)) = self.lock.as_ref().map(File::unlock) {
            tracing::warn!(%error, "could not unlock the data folder; it is free when the process ends");
        }
    }
}

/// Runs the groups' timers; sleeps until the next is due or a group changed.
async fn tick(shared: Arc<Shared>) {
    loop {
        let next = {
            let mut cluster = shared.cluster();
            cluster.tick_groups(Instant::now());
            cluster.groups.values().filter_map(|g| g.next_deadline()).min()
        };
        let due = async {
            match next {
                Some(next) => tokio::time::sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = shared.groups_changed.notified() => {}
        }
    }
}

/// The lock file lies in the folder and is held by the open file: it ends with the process, however that ends.
fn lock_dir(dir: &Path) -> Result<File, StartError> {
    let fail = |source| StartError::DataDir { dir: dir.to_owned(), source };
    std::fs::create_dir_all(dir).map_err(fail)?;
    let path = dir.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::DataDirLocked { dir: dir.to_owned() }),
        Err(std::fs::TryLockError::Error(error)) => Err(fail(error)),
    }
}

/// Binds one listener per node; returns the host to advertise as well.
async fn bind_all(settings: &Settings) -> Result<(String, Vec<TcpListener>), StartError> {
    let listen = &settings.listen;
    let fail = |source| StartError::Listen { listen: listen.clone(), source };
    let found: Vec<SocketAddr> = tokio::net::lookup_host(listen.as_str()).await.map_err(fail)?.collect();
    // As Kafka: of a name's addresses the IPv4 one, because not every client tries both.
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    let first = *first.ok_or_else(|| fail(io::Error::other("the host has no address")))?;
    let mut listeners = Vec::new();
    for i in 0..u16::from(settings.nodes) {
        let mut address = first;
        if first.port() != 0 {
            let port = first.port().checked_add(i);
            address.set_port(port.ok_or_else(|| fail(io::Error::other("not enough ports above this one")))?);
        }
        listeners.push(Node::bind(address).await.map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse { address },
            _ => fail(source),
        })?);
    }
    let host = listen.rsplit_once(':').map_or(listen.as_str(), |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    // The broker is for this machine: an address that means "any" is reached here by loopback.
    let host = if first.ip().is_unspecified() { "127.0.0.1" } else { host };
    Ok((host.to_owned(), listeners))
}

fn join_host(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

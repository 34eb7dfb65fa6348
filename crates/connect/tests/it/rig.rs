//! A standalone worker on the embedded broker, and connectors that misbehave on demand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConnectorContext, Exception, Lane, ObjectMap, Offsets, Props, Reader, Settings, SinkBatch,
    SinkConnector, SinkContext, SinkRecord, SinkTask, SourceBatch, SourceConnector, SourceContext,
    SourceOffset, SourceTask, TaskError, Value,
};
use kconnect_broker::{Broker, Record};
use kconnect_connect::config::provider;
use kconnect_connect::config::worker::WorkerConfig;
use kconnect_connect::herder::{ConnectorStateInfo, Herder, HerderError, Put, RawConfig, State, TargetState};
use kconnect_connect::{Registry, Runtimes, StandaloneHerder};
use kconnect_testkit::eventually_async;

use crate::hostile::{Hostile, HostileSink, HostileSource};
use crate::odd::OddSource;

pub const SOON: Duration = Duration::from_secs(30);

pub struct Rig {
    pub broker: Arc<Broker>,
    pub herder: Arc<StandaloneHerder>,
    pub folder: Arc<tempfile::TempDir>,
}

pub fn registry() -> Arc<Registry> {
    let mut registry = Registry::new();
    for plugin in kconnect_file::plugins() {
        registry = registry.plugin(plugin);
    }
    for plugin in kconnect_converters::plugins() {
        registry = registry.converter(plugin);
    }
    for plugin in kconnect_transforms::transforms() {
        registry = registry.transform(plugin);
    }
    for plugin in kconnect_transforms::predicates() {
        registry = registry.predicate(plugin);
    }
    registry = registry
        .plugin(kconnect_api::sink::<OddSink>())
        .plugin(kconnect_api::source::<CountingSource>())
        .plugin(kconnect_api::source::<OddSource>())
        .plugin(kconnect_api::sink::<HostileSink>())
        .plugin(kconnect_api::source::<HostileSource<false>>())
        .plugin(kconnect_api::source::<HostileSource<true>>())
        .transform(Arc::new(Hostile))
        .converter(Arc::new(Hostile));
    Arc::new(registry)
}

impl Rig {
    pub async fn start() -> Self {
        Self::on(Arc::new(Broker::builder().start().await.expect("a broker starts")), &[]).await
    }

    pub async fn with(worker: &[(&str, &str)]) -> Self {
        Self::on(Arc::new(Broker::builder().start().await.expect("a broker starts")), worker).await
    }

    pub async fn on(broker: Arc<Broker>, worker: &[(&str, &str)]) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let herder = herder(&broker, folder.path(), worker).await;
        Self { broker, herder, folder }
    }

    /// A worker with variables in its environment and classes of config providers of the test.
    pub async fn providing(
        worker: &[(&str, &str)],
        environment: &[(&str, &str)],
        classes: &provider::Classes,
    ) -> Self {
        let broker = Arc::new(Broker::builder().start().await.expect("a broker starts"));
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let props = worker_props(&broker.bootstrap(), folder.path(), worker);
        let variables = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let config = WorkerConfig::standalone_with(props, variables, classes).expect("a good configuration");
        let herder = StandaloneHerder::new(config, registry(), Runtimes::current(), "127.0.0.1:8083");
        let herder = herder.expect("a herder");
        herder.connect().await.expect("the broker is there");
        herder.mark_ready();
        Self { broker, herder, folder }
    }

    /// The worker stops and another one starts on the same files.
    pub async fn restart(&mut self) {
        self.herder.stop().await;
        // The lock on the offset file goes with the last handle.
        let fresh = loop {
            let holder = std::mem::replace(&mut self.herder, placeholder());
            drop(holder);
            match try_herder(&self.broker, self.folder.path(), &[]) {
                Ok(fresh) => break fresh,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        self.herder = fresh;
        self.herder.connect().await.expect("the broker is there");
        self.herder.mark_ready();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub async fn put(&self, name: &str, pairs: &[(&str, &str)]) -> Result<Put, HerderError> {
        self.herder.put_connector_config(name.to_owned(), config(name, pairs), None, true).await
    }

    pub async fn file_source(&self, file: &Path, topic: &str, more: &[(&str, &str)]) {
        let file = file.display().to_string();
        let mut pairs =
            vec![("connector.class", "FileStreamSource"), ("file", file.as_str()), ("topic", topic)];
        pairs.extend(more);
        self.put("source", &pairs).await.expect("the source is created");
    }

    pub async fn file_sink(&self, file: &Path, topic: &str, more: &[(&str, &str)]) {
        let file = file.display().to_string();
        let mut pairs =
            vec![("connector.class", "FileStreamSink"), ("file", file.as_str()), ("topics", topic)];
        pairs.extend(more);
        self.put("sink", &pairs).await.expect("the sink is created");
    }

    pub async fn until_committed(&self, group: &str, offset: i64) {
        eventually_async(&format!("offset {offset} committed by {group}"), SOON, || async {
            self.broker.committed(group).iter().any(|c| c.offset == offset).then_some(())
        })
        .await;
    }

    pub fn status(&self, name: &str) -> ConnectorStateInfo {
        self.herder.connector_status(name).expect("a status")
    }

    pub async fn until_task(&self, name: &str, state: State) -> String {
        let what = format!("task {name}-0 {}", state.name());
        eventually_async(&what, SOON, || async {
            let status = self.herder.connector_status(name).ok()?;
            let (_, task) = status.tasks.into_iter().next()?;
            (task.state == state).then(|| task.trace.unwrap_or_default())
        })
        .await
    }

    pub async fn until_records(&self, topic: &str, count: usize) -> Vec<Record> {
        eventually_async(&format!("{count} records in {topic}"), SOON, || async {
            self.broker.records(topic, 0).filter(|records| records.len() >= count)
        })
        .await
    }

    pub async fn until_file(&self, file: &Path, text: &str) {
        eventually_async(&format!("the content of {}", file.display()), SOON, || async {
            (std::fs::read_to_string(file).unwrap_or_default() == text).then_some(())
        })
        .await;
    }
}

fn placeholder() -> Arc<StandaloneHerder> {
    let folder = tempfile::tempdir().expect("a folder");
    let config = worker_config("localhost:1", folder.path(), &[]);
    StandaloneHerder::new(config, registry(), Runtimes::current(), "w:0").expect("an idle herder")
}

pub fn config(name: &str, pairs: &[(&str, &str)]) -> RawConfig {
    let mut config: RawConfig = pairs.iter().map(|(k, v)| ((*k).to_owned(), Some((*v).to_owned()))).collect();
    config.insert("name".into(), Some(name.to_owned()));
    config
}

pub fn worker_config(bootstrap: &str, folder: &Path, more: &[(&str, &str)]) -> WorkerConfig {
    WorkerConfig::standalone(worker_props(bootstrap, folder, more), []).expect("a good configuration")
}

fn worker_props(bootstrap: &str, folder: &Path, more: &[(&str, &str)]) -> Props {
    let offsets = folder.join("connect.offsets").display().to_string();
    let mut props: Props = [
        ("bootstrap.servers", bootstrap),
        ("key.converter", "org.apache.kafka.connect.storage.StringConverter"),
        ("value.converter", "org.apache.kafka.connect.storage.StringConverter"),
        ("offset.storage.file.filename", &offsets),
        ("offset.flush.interval.ms", "200"),
    ]
    .iter()
    .chain(more)
    .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
    .collect();
    props.remove("");
    props
}

fn try_herder(
    broker: &Broker,
    folder: &Path,
    more: &[(&str, &str)],
) -> Result<Arc<StandaloneHerder>, String> {
    let config = worker_config(&broker.bootstrap(), folder, more);
    StandaloneHerder::new(config, registry(), Runtimes::current(), "127.0.0.1:8083")
        .map_err(|error| error.to_string())
}

async fn herder(broker: &Broker, folder: &Path, more: &[(&str, &str)]) -> Arc<StandaloneHerder> {
    let herder = try_herder(broker, folder, more).expect("a herder");
    herder.connect().await.expect("the broker is there");
    herder.mark_ready();
    herder
}

pub fn texts(records: &[Record]) -> Vec<String> {
    records
        .iter()
        .map(|r| String::from_utf8_lossy(r.value.as_deref().unwrap_or_default()).into_owned())
        .collect()
}

pub async fn set(rig: &Rig, name: &str, state: TargetState) {
    rig.herder.set_target_state(name, state).await.expect("the state is changed");
}

/// What the odd sink was told to do and what it saw, by the test's key.
#[derive(Default)]
pub struct Script {
    pub puts: Mutex<Vec<Vec<String>>>,
    pub fail_puts: AtomicU32,
}

static SCRIPTS: Mutex<Vec<(String, Arc<Script>)>> = Mutex::new(Vec::new());

pub fn script(key: &str) -> Arc<Script> {
    let mut scripts = SCRIPTS.lock().expect("no test panics with this lock");
    if let Some((_, script)) = scripts.iter().find(|(known, _)| known == key) {
        return script.clone();
    }
    scripts.push((key.to_owned(), Arc::default()));
    scripts.last().expect("just pushed").1.clone()
}

pub struct OddConfig {
    script: String,
    mode: String,
    token: String,
}

impl Settings for OddConfig {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let script = def.field("script", string()).required();
        let mode = def.field("mode", string()).default(String::new());
        let token = def.field("token", string()).default(String::new());
        Box::new(move |v| Self { script: v.get(&script), mode: v.get(&mode), token: v.get(&token) })
    }
}

pub struct OddSink(Props);

impl SinkConnector for OddSink {
    const CLASS: &'static str = "test.OddSinkConnector";
    type Config = OddConfig;
    type Task = OddTask;
    async fn start(_: OddConfig, raw: Props, _: ConnectorContext) -> Result<Self, TaskError> {
        Ok(Self(raw))
    }
    async fn task_configs(&mut self, _: u32) -> Result<Vec<Props>, TaskError> {
        Ok(vec![self.0.clone()])
    }
}

pub struct OddTask {
    config: OddConfig,
    script: Arc<Script>,
    cx: SinkContext,
    /// A record of an earlier put.
    earlier: Option<SinkRecord>,
    /// What is kept until it is committed.
    hoard: Vec<SinkRecord>,
    /// When it asked for a pause.
    paused: Option<Instant>,
}

/// The pause that the sink in mode "hoard and pause" asks for, once, when it keeps more than half of its memory.
pub const ODD_PAUSE: Duration = Duration::from_millis(2500);

impl SinkTask for OddTask {
    type Config = OddConfig;
    async fn start(config: OddConfig, cx: SinkContext) -> Result<Self, TaskError> {
        assert_ne!(config.mode, "panic at start", "this sink panics on demand");
        let script = script(&config.script);
        Ok(Self { config, script, cx, earlier: None, hoard: Vec::new(), paused: None })
    }
    async fn put(&mut self, batch: &SinkBatch) -> Result<(), TaskError> {
        if batch.is_empty() {
            return Ok(());
        }
        let text = |value: &Value| match value {
            Value::String(text) => text.to_string(),
            other => format!("{other:?}"),
        };
        let values: Vec<String> = batch.records().iter().map(|r| text(&r.record.value)).collect();
        self.script.puts.lock().expect("no test panics with this lock").push(values.clone());
        match self.config.mode.as_str() {
            "hoard and pause"
                if self.hoard.len() > 40 && self.paused.is_none_or(|at| at.elapsed() < ODD_PAUSE) =>
            {
                assert!(self.paused.is_none(), "called again after {:?}", self.paused.map(|at| at.elapsed()));
                self.paused = Some(Instant::now());
                self.cx.timeout(ODD_PAUSE);
                return Err(TaskError::retriable(Exception::connect("not now")));
            }
            "hoard" | "hoard and pause" => self.hoard.extend_from_slice(batch.records()),
            "panic" => panic!("this sink panics on demand"),
            "errant later" => {
                let mut earlier = self.earlier.take();
                for record in batch.records() {
                    if let Some(record) = earlier.replace(record.clone()) {
                        let reporter = self.cx.errant().expect("a reporter is configured");
                        reporter.report(&record, Exception::data("too late").into()).await?;
                    }
                }
                self.earlier = earlier;
            }
            "tell" => return Err(TaskError::connect(format!("the token is {}", self.config.token))),
            "tell in a panic" => panic!("the token is {}", self.config.token),
            "tell of a record" => {
                let reporter = self.cx.errant().expect("a reporter is configured");
                let error = Exception::data(format!("no good with {}", self.config.token));
                reporter.report(&batch.records()[0], error.into()).await?;
            }
            "hang" => std::future::pending().await,
            mode @ ("errant" | "errant await") => {
                for record in batch.records().iter().filter(|r| text(&r.record.value).contains("bad")) {
                    let reporter = self.cx.errant().expect("a reporter is configured");
                    let report = reporter.report(record, Exception::data("no good").into());
                    // Dropped on purpose in the other mode: the runtime waits all the same.
                    if mode == "errant await" {
                        report.await?;
                    }
                }
            }
            _ => {}
        }
        let failing =
            self.script.fail_puts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if failing.is_ok() {
            self.cx.timeout(Duration::from_millis(10));
            return Err(TaskError::retriable(Exception::connect("not now")));
        }
        Ok(())
    }
    async fn pre_commit(&mut self, offsets: Offsets) -> Result<Offsets, TaskError> {
        self.hoard.clear();
        Ok(offsets)
    }
}

/// Makes the numbers 0, 1, 2, … and remembers which were acknowledged.
/// Rows that counting sources have handed over, by topic.
static ROWS: Mutex<BTreeMap<String, i64>> = Mutex::new(BTreeMap::new());

/// How many rows counting sources have handed over for a topic.
pub fn rows(topic: &str) -> i64 {
    ROWS.lock().unwrap().get(topic).copied().unwrap_or(0)
}

pub struct CountingSource(Props);

pub struct CountingConfig {
    topic: String,
    last: String,
}

impl Settings for CountingConfig {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let topic = def.field("topic", string()).required();
        let last = def.field("last", string()).required();
        Box::new(move |v| Self { topic: v.get(&topic), last: v.get(&last) })
    }
}

impl SourceConnector for CountingSource {
    const CLASS: &'static str = "test.CountingSourceConnector";
    type Config = CountingConfig;
    type Task = CountingTask;
    async fn start(_: CountingConfig, raw: Props, _: ConnectorContext) -> Result<Self, TaskError> {
        Ok(Self(raw))
    }
    async fn task_configs(&mut self, _: u32) -> Result<Vec<Props>, TaskError> {
        Ok(vec![self.0.clone()])
    }
}

pub struct CountingTask {
    lane: Lane,
    next: i64,
    last: i64,
}

impl SourceTask for CountingTask {
    type Config = CountingConfig;
    async fn start(config: CountingConfig, cx: SourceContext) -> Result<Self, TaskError> {
        let partition = Arc::new(ObjectMap::new([("counter", Value::string("one"))]));
        let stored = cx.stored_offset(&partition).await?;
        let next = match stored.as_ref().and_then(|offset| offset.get("next")) {
            Some(Value::Int64(next)) => *next,
            _ => 0,
        };
        let lane = Lane {
            topic: config.topic.as_str().into(),
            partition: Some(0),
            key_schema: None,
            value_schema: None,
            source_partition: partition,
        };
        Ok(Self { lane, next, last: config.last.parse().unwrap_or(i64::MAX) })
    }
    async fn poll(&mut self, out: &mut SourceBatch) -> Result<(), TaskError> {
        if self.next >= self.last {
            std::future::pending::<()>().await;
        }
        let lane = out.lane(&self.lane);
        let rows = 100.min(self.last - self.next);
        *ROWS.lock().unwrap().entry(self.lane.topic.to_string()).or_default() += rows;
        for _ in 0..rows {
            let at = SourceOffset::Position { key: "next", position: self.next + 1 };
            out.push(lane, Value::Null, Value::string(self.next.to_string()), at);
            self.next += 1;
        }
        tokio::task::yield_now().await;
        Ok(())
    }
}

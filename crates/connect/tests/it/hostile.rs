//! Plugins that do at any place whatever a bad plugin does there.
//!
//! Settings `at` (the callback) and `how` (`panic`, `hang`, `block`, `error`, `retriable`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use kconnect_api::settings::string;
use kconnect_api::{
    BoxFuture, Buf, ConfigDef, ConfigError, ConfigValue, ConnectorContext, Convert, Converter,
    ConverterPlugin, ConverterRole, Exception, HeaderConverter, Lane, Need, ObjectMap, Offsets, Out,
    PluginInfo, PluginKind, Props, Reader, Record, RecordError, Schema, SchemaAndValue, Settings, SinkBatch,
    SinkConnector, SinkContext, SinkTask, SourceBatch, SourceConnector, SourceContext, SourceOffset,
    SourceTask, TaskError, Topic, TopicPartition, TransformPlugin, Transformation, Value, Verdict,
    WireHeaders,
};

/// Calls by script and callback.
static CALLS: Mutex<BTreeMap<(String, String), u64>> = Mutex::new(BTreeMap::new());
/// Scripts whose blocked calls may go on.
static RELEASED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static RELEASE: Condvar = Condvar::new();

/// How often a callback was entered.
pub fn calls(script: &str, at: &str) -> u64 {
    CALLS.lock().unwrap().get(&(script.to_owned(), at.to_owned())).copied().unwrap_or(0)
}

/// Lets the blocked calls of a script go on.
pub fn release(script: &str) {
    RELEASED.lock().unwrap().insert(script.to_owned());
    RELEASE.notify_all();
}

fn block(script: &str) {
    let released = RELEASED.lock().unwrap();
    let (_released, late) =
        RELEASE.wait_timeout_while(released, Duration::from_secs(120), |r| !r.contains(script)).unwrap();
    assert!(!late.timed_out(), "nobody released {script}");
}

#[derive(Clone)]
pub struct Plan {
    script: String,
    at: String,
    how: String,
    topic: String,
}

impl Settings for Plan {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let script = def.field("script", string()).default(String::new());
        let at = def.field("at", string()).default(String::new());
        let how = def.field("how", string()).default(String::new());
        let topic = def.field("topic", string()).default(String::new());
        Box::new(move |v| Self {
            script: v.get(&script),
            at: v.get(&at),
            how: v.get(&how),
            topic: v.get(&topic),
        })
    }
}

impl Plan {
    fn of(raw: &Props) -> Self {
        let get = |key: &str| raw.get(key).map(ToString::to_string).unwrap_or_default();
        Self { script: get("script"), at: get("at"), how: get("how"), topic: get("topic") }
    }

    fn note(&self, at: &str) {
        *CALLS.lock().unwrap().entry((self.script.clone(), at.to_owned())).or_default() += 1;
    }

    fn now(&self, at: &str) -> Result<(), Exception> {
        self.note(at);
        if self.at != at {
            return Ok(());
        }
        match self.how.as_str() {
            "panic" => panic!("hostile {at}"),
            "block" => block(&self.script),
            "error" | "retriable" => return Err(Exception::connect(format!("hostile {at}"))),
            _ => {}
        }
        Ok(())
    }

    async fn call(&self, at: &str) -> Result<(), TaskError> {
        if self.at == at && self.how == "hang" {
            self.note(at);
            std::future::pending::<()>().await;
        }
        self.now(at).map_err(|error| match self.how.as_str() {
            "retriable" => TaskError::retriable(error),
            _ => TaskError::fatal(error),
        })
    }
}

pub struct HostileSink(Plan, Props);

impl SinkConnector for HostileSink {
    const CLASS: &'static str = "test.HostileSinkConnector";
    type Config = Plan;
    type Task = HostileSinkTask;
    async fn start(plan: Plan, raw: Props, _: ConnectorContext) -> Result<Self, TaskError> {
        plan.call("connector start").await?;
        Ok(Self(plan, raw))
    }
    async fn task_configs(&mut self, _: u32) -> Result<Vec<Props>, TaskError> {
        self.0.call("task_configs").await?;
        Ok(vec![self.1.clone()])
    }
    async fn stop(self) {
        let _ = self.0.call("connector stop").await;
    }
    async fn check(raw: &Props, _: &mut Vec<ConfigValue>) {
        let _ = Plan::of(raw).call("check").await;
    }
}

pub struct HostileSinkTask(Plan);

impl SinkTask for HostileSinkTask {
    type Config = Plan;
    async fn start(plan: Plan, _: SinkContext) -> Result<Self, TaskError> {
        plan.call("start").await?;
        Ok(Self(plan))
    }
    async fn open(&mut self, _: &[TopicPartition]) -> Result<(), TaskError> {
        self.0.call("open").await
    }
    async fn put(&mut self, batch: &SinkBatch) -> Result<(), TaskError> {
        match batch.is_empty() {
            true => self.0.note("empty put"),
            false => self.0.call("put").await?,
        }
        Ok(())
    }
    async fn pre_commit(&mut self, offsets: Offsets) -> Result<Offsets, TaskError> {
        self.0.call("pre_commit").await?;
        Ok(offsets)
    }
    async fn close(&mut self, _: &[TopicPartition]) -> Result<(), TaskError> {
        self.0.call("close").await
    }
    async fn stop(self) {
        let _ = self.0.call("stop").await;
    }
}

pub struct HostileSource<const BLOCKING: bool>(Plan, Props);

impl<const BLOCKING: bool> SourceConnector for HostileSource<BLOCKING> {
    const CLASS: &'static str =
        if BLOCKING { "test.BlockingSourceConnector" } else { "test.HostileSourceConnector" };
    const BLOCKING: bool = BLOCKING;
    type Config = Plan;
    type Task = HostileSourceTask;
    async fn start(plan: Plan, raw: Props, _: ConnectorContext) -> Result<Self, TaskError> {
        Ok(Self(plan, raw))
    }
    async fn task_configs(&mut self, _: u32) -> Result<Vec<Props>, TaskError> {
        self.0.call("task_configs").await?;
        Ok(vec![self.1.clone()])
    }
}

/// Makes 100 numbers, then waits.
pub struct HostileSourceTask {
    plan: Plan,
    next: i64,
}

impl SourceTask for HostileSourceTask {
    type Config = Plan;
    async fn start(plan: Plan, cx: SourceContext) -> Result<Self, TaskError> {
        plan.call("start").await?;
        let partition = Arc::new(ObjectMap::new([("hostile", Value::string("one"))]));
        let next = match cx.stored_offset(&partition).await?.as_ref().and_then(|offset| offset.get("next")) {
            Some(Value::Int64(next)) => *next,
            _ => 0,
        };
        Ok(Self { plan, next })
    }
    async fn poll(&mut self, out: &mut SourceBatch) -> Result<(), TaskError> {
        self.plan.call("poll").await?;
        if self.next >= 100 {
            // Awake again and again, so that flushes lead to `commit`.
            tokio::time::sleep(Duration::from_millis(20)).await;
            return Ok(());
        }
        let lane = out.lane(&Lane {
            topic: self.plan.topic.as_str().into(),
            partition: Some(0),
            key_schema: None,
            value_schema: None,
            source_partition: Arc::new(ObjectMap::new([("hostile", Value::string("one"))])),
        });
        for _ in 0..10 {
            let at = SourceOffset::Position { key: "next", position: self.next + 1 };
            out.push(lane, Value::Null, Value::string(self.next.to_string()), at);
            self.next += 1;
        }
        Ok(())
    }
    async fn commit(&mut self) -> Result<(), TaskError> {
        self.plan.call("commit").await
    }
    async fn stop(self) {
        let _ = self.plan.call("stop").await;
    }
}

/// A transform that misbehaves for every record whose text ends with 7 or is `bad`; a converter that always does.
pub struct Hostile;

struct HostileTransform(Plan);

impl Transformation for HostileTransform {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        let bad = matches!(&record.value, Value::String(text) if text.as_str().ends_with('7') || text.as_str() == "bad");
        if !bad {
            return Ok(Verdict::Keep);
        }
        let retriable = self.0.how == "retriable";
        self.0.now("apply").map_err(|exception| RecordError { exception, retriable })?;
        Ok(Verdict::Keep)
    }
}

impl TransformPlugin for Hostile {
    fn info(&self) -> PluginInfo {
        PluginInfo { class: "test.Hostile".into(), kind: PluginKind::Transformation, version: "1".into() }
    }
    fn config_def(&self) -> ConfigDef {
        ConfigDef::of::<Plan>()
    }
    fn configure(&self, props: &Props) -> Result<Box<dyn Transformation>, ConfigError> {
        let plan = Plan::of(props);
        plan.now("configure").ok();
        Ok(Box::new(HostileTransform(plan)))
    }
}

impl ConverterPlugin for Hostile {
    fn info(&self) -> PluginInfo {
        PluginInfo { class: "test.HostileConverter".into(), kind: PluginKind::Converter, version: "1".into() }
    }
    fn config_def(&self) -> ConfigDef {
        ConfigDef::new()
    }
    fn converter(&self, props: &Props, _: ConverterRole) -> Option<Result<Box<dyn Converter>, ConfigError>> {
        let plan = Plan::of(props);
        plan.now("new converter").ok();
        Some(Ok(Box::new(HostileConverter(plan))))
    }
    fn header_converter(&self, _: &Props) -> Option<Result<Box<dyn HeaderConverter>, ConfigError>> {
        None
    }
}

struct HostileConverter(Plan);

impl HostileConverter {
    fn convert(&self, at: &str) -> Result<(), Convert> {
        if self.0.at == "resolve" {
            return Err(Convert::Needs(Need(1)));
        }
        self.0.now(at).map_err(|error| Convert::Bad(error.into()))
    }
}

impl Converter for HostileConverter {
    fn write<'a>(
        &mut self,
        _: &Topic,
        _: Option<&Schema>,
        _: &'a Value,
        _: &mut WireHeaders,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        self.convert("write")?;
        out.null();
        Ok(())
    }
    fn read(&mut self, _: &Topic, _: &WireHeaders, _: Option<&Buf>) -> Result<SchemaAndValue, Convert> {
        self.convert("read")?;
        Ok(SchemaAndValue { schema: None, value: Value::Null })
    }
    fn resolve(&mut self, _: Need) -> BoxFuture<'_, Result<(), TaskError>> {
        Box::pin(self.0.call("resolve"))
    }
}

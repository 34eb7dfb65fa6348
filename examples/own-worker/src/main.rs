//! A worker that has, besides everything bundled, a source of its own: it counts.
//!
//! ```text
//! cargo run -- standalone worker.properties counter.properties
//! ```
//! with `counter.properties`: `name=counter`, `connector.class=Counter`, `topic=numbers`, `interval.ms=1000`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kconnect_api::{
    ConfigDef, ConnectorContext, Importance, Lane, ObjectMap, Props, Reader, Settings, SourceBatch, SourceConnector,
    SourceContext, SourceOffset, SourceTask, TaskError, Topic, Value, long, string,
};
use kconnect_server::Registry;

fn main() -> ExitCode {
    kconnect_server::main(Registry::standard().plugin(kconnect_api::source::<Counter>()))
}

/// The settings, declared once: validation, the REST answer and the parsed struct come from here.
struct Config {
    topic: String,
    interval: Duration,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let topic =
            def.field("topic", string()).importance(Importance::High).doc("Topic the numbers go to.").required();
        let interval =
            def.field("interval.ms", long(1..)).importance(Importance::Low).doc("Pause between two numbers.").default(1000);
        Box::new(move |v| Self { topic: v.get(&topic), interval: Duration::from_millis(v.get(&interval) as u64) })
    }
}

/// One task, whose configuration is the connector's.
struct Counter(Props);

impl SourceConnector for Counter {
    const CLASS: &'static str = "com.example.CounterSourceConnector";
    type Config = Config;
    type Task = Counting;

    async fn start(_: Config, raw: Props, _: ConnectorContext) -> Result<Self, TaskError> {
        Ok(Self(raw))
    }

    async fn task_configs(&mut self, _max: u32) -> Result<Vec<Props>, TaskError> {
        Ok(vec![self.0.clone()])
    }
}

struct Counting {
    lane: Lane,
    interval: Duration,
    next: i64,
}

impl SourceTask for Counting {
    type Config = Config;

    async fn start(config: Config, cx: SourceContext) -> Result<Self, TaskError> {
        let counter = Arc::new(ObjectMap::new([("counter", Value::string("only"))]));
        let stored = cx.stored_offset(&counter).await?;
        let next = match stored.as_ref().and_then(|offset| offset.get("next")) {
            Some(Value::Int64(next)) => *next,
            _ => 0,
        };
        let topic = Topic::from(config.topic.as_str());
        let lane = Lane { topic, partition: None, key_schema: None, value_schema: None, source_partition: counter };
        Ok(Self { lane, interval: config.interval, next })
    }

    async fn poll(&mut self, out: &mut SourceBatch) -> Result<(), TaskError> {
        tokio::time::sleep(self.interval).await;
        let value = Value::Int64(self.next);
        self.next += 1;
        let lane = out.lane(&self.lane);
        out.push(lane, Value::Null, value, SourceOffset::Position { key: "next", position: self.next });
        Ok(())
    }
}

//! A source that counts: settings, a task that polls, and an offset from which a restart goes on.

use std::sync::Arc;
use std::time::Duration;

use kconnect_api::settings::{long, string};
use kconnect_api::{
    ConfigDef, ConnectorContext, Importance, Lane, ObjectMap, Props, Reader, Settings, SourceBatch,
    SourceConnector, SourceContext, SourceOffset, SourceTask, TaskError, Topic, Value,
};

/// The connector: one task, whose configuration is the connector's.
pub struct Counter(Props);

/// The settings, declared once: validation, the REST answer and the parsed struct come from here.
pub struct Config {
    topic: String,
    interval: Duration,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let topic = def
            .field("topic", string())
            .importance(Importance::High)
            .doc("Topic the numbers go to.")
            .required();
        let interval = def.field("interval.ms", long(1..)).doc("Pause between two numbers.").default(1000);
        Box::new(move |v| Self {
            topic: v.get(&topic),
            interval: Duration::from_millis(v.get(&interval).unsigned_abs()),
        })
    }
}

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

/// The task.
pub struct Counting {
    /// What all rows share.
    lane: Lane,
    interval: Duration,
    next: i64,
}

impl SourceTask for Counting {
    type Config = Config;

    async fn start(config: Config, cx: SourceContext) -> Result<Self, TaskError> {
        let counter = Arc::new(ObjectMap::new([("counter", Value::from("only"))]));
        let stored = cx.stored_offset(&counter).await?;
        let next = match stored.as_ref().and_then(|offset| offset.get("next")) {
            Some(Value::Int64(next)) => *next,
            _ => 0,
        };
        let topic = Topic::from(config.topic.as_str());
        let lane =
            Lane { topic, partition: None, key_schema: None, value_schema: None, source_partition: counter };
        Ok(Self { lane, interval: config.interval, next })
    }

    /// May be dropped while it waits, and then no number is lost: the number moves on only together with its row.
    async fn poll(&mut self, out: &mut SourceBatch) -> Result<(), TaskError> {
        tokio::time::sleep(self.interval).await;
        let value = Value::Int64(self.next);
        self.next += 1;
        let lane = out.lane(&self.lane);
        out.push(lane, Value::Null, value, SourceOffset::Position { key: "next", position: self.next });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kconnect_api::{Acks, BoxFuture, Budget, SourcePartition, SourceServices, TaskId};

    use super::*;

    struct Stored(Option<i64>);

    impl SourceServices for Stored {
        fn stored_offsets<'a>(
            &'a self,
            partitions: &'a [SourcePartition],
        ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, TaskError>> {
            let stored = self.0.map(|next| ObjectMap::new([("next", Value::Int64(next))]));
            Box::pin(async move { Ok(partitions.iter().map(|_| stored.clone()).collect()) })
        }
        fn acks(&self) -> Box<dyn Acks> {
            unreachable!("the counter does not ask for acknowledgements")
        }
    }

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn settings_have_defaults_and_bounds() {
        assert_eq!(Config::parse(&props(&[("topic", "t")])).unwrap().interval, Duration::from_secs(1));
        for bad in [&[][..], &[("topic", "t"), ("interval.ms", "0")]] {
            assert!(Config::parse(&props(bad)).is_err(), "{bad:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn counting_goes_on_behind_the_stored_offset() {
        for (stored, expect) in [(None, 0), (Some(7), 7)] {
            let raw = props(&[("topic", "numbers")]);
            let config = Config::parse(&raw).unwrap();
            let id = TaskId { connector: "counter".into(), task: 0 };
            let cx = SourceContext::new(id, Arc::new(raw), Budget::new(1 << 20), Arc::new(Stored(stored)));
            let mut task = Counting::start(config, cx).await.unwrap();
            let mut out = SourceBatch::new();
            task.poll(&mut out).await.unwrap();
            let row = &out.rows()[0];
            assert_eq!(row.value, Value::Int64(expect));
            assert!(
                matches!(row.offset, SourceOffset::Position { key: "next", position } if position == expect + 1),
                "{:?}",
                row.offset
            );
        }
    }
}

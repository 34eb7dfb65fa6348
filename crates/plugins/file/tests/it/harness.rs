//! A task's surroundings: stored offsets, a budget, and helpers that wait for conditions.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kconnect_api::{
    Acks, BoxFuture, Budget, DynSinkTask, DynSourceTask, ObjectMap, Origin, Plugin, Props, Record, SinkBatch,
    SinkContext, SinkRecord, SourceBatch, SourceContext, SourceOffset, SourcePartition, SourceServices, Task,
    TaskContext, TaskError, TaskId, TimestampType, Topic, TopicPartition, Value,
};

pub(crate) fn plugin(end: &str) -> Arc<dyn Plugin> {
    kconnect_file::plugins().into_iter().find(|plugin| plugin.info().class.ends_with(end)).unwrap()
}

pub(crate) fn props(entries: &[(&str, &str)]) -> Props {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

struct Stored(Option<ObjectMap>);

impl SourceServices for Stored {
    fn stored_offsets<'a>(
        &'a self,
        partitions: &'a [SourcePartition],
    ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, TaskError>> {
        Box::pin(async move { Ok(partitions.iter().map(|_| self.0.clone()).collect()) })
    }
    fn acks(&self) -> Box<dyn Acks> {
        unreachable!("the file source does not ask for acknowledgements")
    }
}

/// A running source task and the lines it has given so far.
pub(crate) struct Source {
    task: Box<dyn DynSourceTask>,
    batch: SourceBatch,
    pub(crate) budget: Budget,
}

/// One row: text and position.
pub(crate) type Line = (String, Option<i64>);

pub(crate) struct Setup<'a> {
    pub(crate) stored: Option<Value>,
    pub(crate) budget: usize,
    pub(crate) more: &'a [(&'a str, &'a str)],
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self { stored: None, budget: 64 << 20, more: &[] }
    }
}

impl Source {
    pub(crate) async fn start(file: &Path) -> Self {
        Self::with(file, Setup::default()).await.unwrap()
    }

    pub(crate) async fn with(file: &Path, setup: Setup<'_>) -> Result<Self, TaskError> {
        let mut raw = props(&[("file", file.to_str().unwrap()), ("topic", "t")]);
        raw.extend(props(setup.more));
        let budget = Budget::new(setup.budget);
        let stored = setup.stored.map(|position| ObjectMap::new([("position", position)]));
        let id = TaskId { connector: "c".into(), task: 0 };
        let cx = SourceContext::new(id, Arc::new(raw.clone()), budget.clone(), Arc::new(Stored(stored)));
        match plugin("SourceConnector").task(raw, TaskContext::Source(cx)).await? {
            Task::Source(task) => Ok(Self { task, batch: SourceBatch::new(), budget }),
            Task::Sink(_) => unreachable!("a source plugin makes source tasks"),
        }
    }

    /// The rows of one poll, which must come within ten seconds.
    pub(crate) async fn poll(&mut self) -> Result<Vec<Line>, TaskError> {
        self.batch.recycle();
        let polled = tokio::time::timeout(Duration::from_secs(10), self.task.poll(&mut self.batch)).await;
        polled.expect("a poll gives rows within ten seconds").map(|()| self.rows())
    }

    pub(crate) fn batch(&self) -> &SourceBatch {
        &self.batch
    }

    fn rows(&self) -> Vec<Line> {
        let row = |row: &kconnect_api::Row| {
            let position = match &row.offset {
                SourceOffset::Position { key: "position", position } => Some(*position),
                _ => None,
            };
            (row.value.to_java_string(), position)
        };
        self.batch.rows().iter().map(row).collect()
    }

    /// Polls until `count` lines have come.
    pub(crate) async fn lines(&mut self, count: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        while lines.len() < count {
            lines.extend(self.poll().await.unwrap());
        }
        assert_eq!(lines.len(), count, "{:?}", &lines[..lines.len().min(5)]);
        lines
    }

    /// Checks that nothing comes for a few looks.
    pub(crate) async fn nothing(&mut self) {
        self.batch.recycle();
        let polled = tokio::time::timeout(Duration::from_millis(700), self.task.poll(&mut self.batch)).await;
        assert!(polled.is_err(), "{:?}", self.rows());
    }

    pub(crate) async fn stop(self) {
        self.task.stop().await;
    }
}

pub(crate) fn line(text: &str, position: i64) -> Line {
    (text.to_owned(), Some(position))
}

pub(crate) async fn sink(file: &str) -> Result<(Box<dyn DynSinkTask>, SinkContext), TaskError> {
    let raw = props(&[("file", file)]);
    let id = TaskId { connector: "c".into(), task: 0 };
    let cx = SinkContext::new(id, Arc::new(raw.clone()), Budget::new(1 << 20), None);
    match plugin("SinkConnector").task(raw, TaskContext::Sink(cx.clone())).await? {
        Task::Sink(task) => Ok((task, cx)),
        Task::Source(_) => unreachable!("a sink plugin makes sink tasks"),
    }
}

pub(crate) fn batch(values: impl IntoIterator<Item = Value>) -> SinkBatch {
    let mut batch = SinkBatch::new();
    for (offset, value) in (0..).zip(values) {
        let from = TopicPartition { topic: Topic::from("t"), partition: 0 };
        batch.push(SinkRecord {
            record: Record {
                topic: Topic::from("t"),
                partition: Some(0),
                key_schema: None,
                key: Value::Null,
                value_schema: None,
                value,
                timestamp: None,
                headers: Default::default(),
                origin: Origin::Sink { from, offset, timestamp_type: TimestampType::CreateTime },
            },
        });
    }
    batch
}

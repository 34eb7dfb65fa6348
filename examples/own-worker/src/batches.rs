//! A sink that buffers: every `batch.size` values of a partition become one file.
//!
//! Three things that a buffering sink must get right:
//! * **What it keeps, it detaches.** A value is a slice of the frame that came from the broker. Keeping it keeps the
//!   whole frame, and the frame counts against the task's memory budget: fetching would stop. `detach` makes a copy.
//! * **What is only buffered is not done.** `pre_commit` answers with the offsets behind the last written file; after a
//!   crash the rest is read again.
//! * **Writing again gives the same.** A file is named by its first offset and appears whole (written aside, renamed), so a
//!   repetition replaces it and nothing is there twice.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kconnect_api::settings::{int, path};
use kconnect_api::{
    ConfigDef, ConnectorContext, Exception, Importance, Offsets, Origin, Props, Reader, Settings, SinkBatch,
    SinkConnector, SinkContext, SinkTask, TaskError, Text, TopicPartition, Value,
};

/// The connector: as many tasks as allowed; Kafka divides the partitions among them.
pub struct Batches(Props);

/// Settings of connector and task.
pub struct Config {
    dir: PathBuf,
    batch_size: usize,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let dir =
            def.field("dir", path()).importance(Importance::High).doc("Folder for the files.").required();
        let size = def.field("batch.size", int(1..=1_000_000)).doc("Values in each file.").default(100);
        Box::new(move |v| Self { dir: v.get(&dir), batch_size: v.get(&size).unsigned_abs() as usize })
    }
}

impl SinkConnector for Batches {
    const CLASS: &'static str = "com.example.BatchesSinkConnector";
    type Config = Config;
    type Task = Batching;

    async fn start(_: Config, raw: Props, _: ConnectorContext) -> Result<Self, TaskError> {
        Ok(Self(raw))
    }

    async fn task_configs(&mut self, max: u32) -> Result<Vec<Props>, TaskError> {
        Ok(vec![self.0.clone(); max as usize])
    }
}

/// The task.
pub struct Batching {
    config: Config,
    buffers: BTreeMap<TopicPartition, Buffer>,
    /// Behind the last written file of each partition.
    done: Offsets,
}

/// Values of one partition that wait for their file.
#[derive(Default)]
struct Buffer {
    /// Behind the last value taken.
    next: i64,
    /// With their offsets, which may have gaps (compaction, transactions).
    values: Vec<(i64, Text)>,
}

impl SinkTask for Batching {
    type Config = Config;

    async fn start(config: Config, _: SinkContext) -> Result<Self, TaskError> {
        tokio::fs::create_dir_all(&config.dir).await.map_err(|error| failed("make", &config.dir, &error))?;
        Ok(Self { config, buffers: BTreeMap::new(), done: Offsets::new() })
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<(), TaskError> {
        for record in batch.records() {
            let Origin::Sink { from, .. } = &record.record.origin else { continue };
            let buffer = self.buffers.entry(from.clone()).or_default();
            // A batch that is put again after an error holds values that were taken already.
            if record.offset() < buffer.next {
                continue;
            }
            let value = match &record.record.value {
                Value::String(text) => text.detach(),
                other => Text::from(other.to_java_string()),
            };
            buffer.values.push((record.offset(), value));
            buffer.next = record.offset() + 1;
        }
        self.write_full_buffers().await
    }

    async fn pre_commit(&mut self, offsets: Offsets) -> Result<Offsets, TaskError> {
        let done = |(tp, next): (&TopicPartition, &i64)| Some((tp.clone(), *next.min(offsets.get(tp)?)));
        Ok(self.done.iter().filter_map(done).collect())
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<(), TaskError> {
        for partition in partitions {
            // Whoever gets the partition next reads what was only buffered again.
            self.buffers.remove(partition);
            self.done.remove(partition);
        }
        Ok(())
    }
}

impl Batching {
    async fn write_full_buffers(&mut self) -> Result<(), TaskError> {
        let size = self.config.batch_size;
        for (partition, buffer) in &mut self.buffers {
            while buffer.values.len() >= size {
                let mut lines = String::new();
                for (_, value) in &buffer.values[..size] {
                    lines.push_str(value.as_str());
                    lines.push('\n');
                }
                let (first, last) = (buffer.values[0].0, buffer.values[size - 1].0);
                let name = format!("{}-{}-{first:020}.txt", partition.topic.as_str(), partition.partition);
                let (file, aside) = (self.config.dir.join(&name), self.config.dir.join(format!(".{name}")));
                tokio::fs::write(&aside, lines).await.map_err(|error| failed("write", &aside, &error))?;
                tokio::fs::rename(&aside, &file).await.map_err(|error| failed("rename", &aside, &error))?;
                buffer.values.drain(..size);
                self.done.insert(partition.clone(), last + 1);
            }
        }
        Ok(())
    }
}

/// Tried again with the same records; the runtime waits in between.
fn failed(what: &str, file: &std::path::Path, error: &std::io::Error) -> TaskError {
    TaskError::retriable(Exception::connect(format!("cannot {what} {}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kconnect_api::{Budget, Buf, Headers, Record, SinkRecord, TaskId, TimestampType, Topic};

    use super::*;

    fn partition() -> TopicPartition {
        TopicPartition { topic: Topic::from("t"), partition: 0 }
    }

    fn batch(frame: &Text, offsets: std::ops::Range<i64>) -> SinkBatch {
        let mut batch = SinkBatch::new();
        for offset in offsets {
            let origin =
                Origin::Sink { from: partition(), offset, timestamp_type: TimestampType::CreateTime };
            batch.push(SinkRecord {
                record: Record {
                    topic: Topic::from("t"),
                    partition: Some(0),
                    key_schema: None,
                    key: Value::Null,
                    value_schema: None,
                    value: Value::String(frame.slice(0..2)),
                    timestamp: None,
                    headers: Headers::default(),
                    origin,
                },
            });
        }
        batch
    }

    #[tokio::test]
    async fn frames_are_released_while_values_wait_and_only_written_ones_are_committed() {
        let (dir, budget) = (tempfile::tempdir().unwrap(), Budget::new(1 << 20));
        let config = Config { dir: dir.path().join("out"), batch_size: 3 };
        let id = TaskId { connector: "batches".into(), task: 0 };
        let cx = SinkContext::new(id, Arc::default(), budget.clone(), None);
        let mut task = Batching::start(config, cx).await.unwrap();

        for offsets in [0..2, 2..4] {
            let given = offsets.end;
            let frame =
                Text::from_utf8(Buf::charged(b"v, and much more".to_vec(), budget.charge(16))).unwrap();
            task.put(&batch(&frame, offsets)).await.unwrap();
            drop(frame);
            assert_eq!(budget.used(), 0, "a buffered value must not hold its frame");
            let committed = task.pre_commit([(partition(), given)].into()).await.unwrap();
            let expect: Offsets = if given < 3 { Offsets::new() } else { [(partition(), 3)].into() };
            assert_eq!(committed, expect);
        }
        let written = std::fs::read_to_string(dir.path().join("out/t-0-00000000000000000000.txt")).unwrap();
        assert_eq!(written, "v,\nv,\nv,\n");
        assert_eq!(task.buffers[&partition()].values.len(), 1);
    }
}

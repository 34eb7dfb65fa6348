//! `FileStreamSource`: lines of one file, or of standard input, as records with a STRING value.
//!
//! ```text
//! look (blocking pool) ─► block ─► complete lines ─► rows: slices of the block
//!                           ▲ carry: the text behind the last terminator
//! ```
//! Complete lines that were read are handed out before anything else is read; new data is looked for every 200 ms. A
//! task holds at most one line of the size of its memory budget and one block besides what its rows keep alive.

mod blocks;
mod lines;
mod stdin;
mod tail;
mod task;

use kconnect_api::settings::{int, string};
use kconnect_api::{
    ConfigDef, ConnectorContext, Importance, ObjectMap, OffsetChange, OffsetChanges, Props, Reader, Settings,
    SourceConnector, Support, TaskError, Validator, Value,
};

#[cfg(feature = "fuzzing")]
pub use lines::chunked;
pub use task::FileStreamSourceTask;

/// The logger of the class that the task replaces.
const TARGET: &str = "org.apache.kafka.connect.file.FileStreamSourceTask";
const FILENAME: &str = "filename";
const POSITION: &str = "position";

/// The connector: always one task, since a file has one reading position.
#[derive(Debug)]
pub struct FileStreamSourceConnector {
    raw: Props,
}

/// Settings of connector and task.
#[derive(Debug)]
pub struct FileSourceConfig {
    /// The file; standard input when absent or empty.
    pub file: Option<String>,
    /// The topic that lines go to.
    pub topic: String,
    /// Most lines of one poll.
    pub batch_size: i32,
}

impl Settings for FileSourceConfig {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let file = def
            .field("file", string())
            .importance(Importance::High)
            .doc("File whose lines are read; standard input when it is not given.")
            .optional();
        let topic = def
            .field("topic", string())
            .importance(Importance::High)
            .doc("Topic that the lines are written to.")
            .validator(Validator::non_empty())
            .required();
        let batch_size = def
            .field("batch.size", int(..))
            .importance(Importance::Low)
            .doc("Most lines that are handed over at once.")
            .default(2_000);
        Box::new(move |v| Self {
            file: v.get(&file).filter(|file: &String| !file.is_empty()),
            topic: v.get(&topic),
            batch_size: v.get(&batch_size),
        })
    }
}

impl SourceConnector for FileStreamSourceConnector {
    const CLASS: &'static str = "org.apache.kafka.connect.file.FileStreamSourceConnector";
    const BLOCKING: bool = true;
    type Config = FileSourceConfig;
    type Task = FileStreamSourceTask;

    async fn start(config: FileSourceConfig, raw: Props, _cx: ConnectorContext) -> Result<Self, TaskError> {
        let file = config.file.as_deref().unwrap_or("standard input");
        tracing::info!(target: "org.apache.kafka.connect.file.FileStreamSourceConnector",
            "Starting file source connector reading from {file}");
        Ok(Self { raw })
    }

    async fn task_configs(&mut self, _max: u32) -> Result<Vec<Props>, TaskError> {
        Ok(vec![self.raw.clone()])
    }

    fn exactly_once(raw: &Props) -> Support {
        match configured_file(raw) {
            Some(_) => Support::Supported,
            None => Support::Unsupported,
        }
    }

    async fn alter_offsets(raw: &Props, changes: &OffsetChanges) -> Result<bool, TaskError> {
        if configured_file(raw).is_none() {
            return Err(TaskError::connect(
                "Offsets cannot be modified if the 'file' configuration is unspecified. This is because stdin is \
                 used for input and offsets are not tracked.",
            ));
        }
        changes.iter().try_for_each(check_change)?;
        Ok(true)
    }
}

fn configured_file(raw: &Props) -> Option<&str> {
    raw.get("file").map(|file| file.trim()).filter(|file| !file.is_empty())
}

/// The checks and their order are upstream's: a reset is accepted for whatever partition.
fn check_change(change: &OffsetChange) -> Result<(), TaskError> {
    let OffsetChange::Source { partition, offset } = change else {
        return Err(TaskError::connect("Offsets of a sink cannot be given to a source connector"));
    };
    let Some(offset) = offset else {
        return Ok(());
    };
    let position = offset.get(POSITION).ok_or_else(|| {
        TaskError::connect("Offset objects should either be null or contain the key 'position'")
    })?;
    match position {
        Value::Int64(0..) => {}
        Value::Int64(_) => {
            return Err(TaskError::connect(
                "The value for the 'position' key in the offset should be a non-negative value",
            ));
        }
        _ => {
            return Err(TaskError::connect(
                "The value for the 'position' key in the offset is expected to be a Long value",
            ));
        }
    }
    let partition =
        partition.as_ref().ok_or_else(|| TaskError::connect("Partition objects cannot be null"))?;
    if partition.get(FILENAME).is_none() {
        return Err(TaskError::connect("Partition objects should contain the key 'filename'"));
    }
    Ok(())
}

/// The source partition of `file`.
fn partition_of(file: Option<&str>) -> ObjectMap {
    ObjectMap::new([(FILENAME, file.map_or(Value::Null, Value::from))])
}

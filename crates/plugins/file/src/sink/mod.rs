//! `FileStreamSink`: each record's value as one line of a file, or of standard output.
//!
//! The text is Java's `toString` of the value. A `put` appends whole lines with one write; a record counts as done
//! when `flush` has synced the file (D4). All tasks of a connector append to the same file, so lines of different
//! partitions mix, never inside a line. After a crash lines may come again.

mod appender;

use std::path::Path;
use std::time::Duration;

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConnectorContext, Exception, Importance, OffsetChanges, Offsets, Props, Reader, Settings,
    SinkBatch, SinkConnector, SinkContext, SinkTask, TaskError, classes, java_string,
};

use appender::Appender;

/// The logger of the class that the task replaces.
const TARGET: &str = "org.apache.kafka.connect.file.FileStreamSinkTask";
/// First and longest wait before a write is tried again.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// The connector: as many equal tasks as are allowed.
#[derive(Debug)]
pub struct FileStreamSinkConnector {
    raw: Props,
}

/// Settings of connector and task.
#[derive(Debug)]
pub struct FileSinkConfig {
    /// The file; standard output when absent.
    pub file: Option<String>,
}

impl Settings for FileSinkConfig {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let file = def
            .field("file", string())
            .importance(Importance::High)
            .doc("File that lines are appended to; standard output when it is not given.")
            .optional();
        Box::new(move |v| Self { file: v.get(&file) })
    }
}

impl SinkConnector for FileStreamSinkConnector {
    const CLASS: &'static str = "org.apache.kafka.connect.file.FileStreamSinkConnector";
    const BLOCKING: bool = true;
    type Config = FileSinkConfig;
    type Task = FileStreamSinkTask;

    async fn start(config: FileSinkConfig, raw: Props, _cx: ConnectorContext) -> Result<Self, TaskError> {
        let file = config.file.as_deref().unwrap_or("standard output");
        tracing::info!(target: "org.apache.kafka.connect.file.FileStreamSinkConnector",
            "Starting file sink connector writing to {file}");
        Ok(Self { raw })
    }

    async fn task_configs(&mut self, max: u32) -> Result<Vec<Props>, TaskError> {
        Ok(vec![self.raw.clone(); max as usize])
    }

    async fn alter_offsets(_raw: &Props, _changes: &OffsetChanges) -> Result<bool, TaskError> {
        // Nothing is kept outside of Kafka.
        Ok(true)
    }
}

/// Appends to one file or to standard output.
pub struct FileStreamSinkTask {
    name: String,
    cx: SinkContext,
    /// Away while a blocking call is under way.
    appender: Option<Box<Appender>>,
    /// Lines of one put; its memory is used again.
    text: Vec<u8>,
    /// Something was written since the last sync.
    unsynced: bool,
    backoff: Duration,
}

impl SinkTask for FileStreamSinkTask {
    type Config = FileSinkConfig;

    async fn start(config: FileSinkConfig, cx: SinkContext) -> Result<Self, TaskError> {
        let (name, opened) = match config.file {
            None => ("standard output".to_owned(), Ok(Appender::stdout())),
            Some(file) => {
                let path = file.clone();
                let opened = blocking(move || Appender::open(Path::new(&path))).await?;
                (file, opened)
            }
        };
        let appender = opened.map_err(|error| {
            let text = format!("Couldn't find or create file '{name}' for FileStreamSinkTask");
            TaskError::fatal(Exception::connect(text).caused_by(error))
        })?;
        Ok(Self {
            name,
            cx,
            appender: Some(Box::new(appender)),
            text: Vec::new(),
            unsynced: false,
            backoff: BACKOFF.0,
        })
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<(), TaskError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        for record in batch.records() {
            java_string(&record.record.value, &mut text);
            text.push(b'\n');
        }
        self.unsynced = true;
        let written;
        (self.text, written) = match self.appender.as_deref_mut().filter(|appender| appender.is_regular()) {
            // The page cache takes it, on this task's own thread.
            Some(appender) => {
                let written = appender.append(&text);
                (text, written)
            }
            // The reader of a pipe may let us wait for ever.
            None => {
                self.with_appender(move |appender| {
                    let written = appender.append(&text);
                    (text, written)
                })
                .await?
            }
        };
        written.map_err(|error| self.error("write to", error))?;
        self.backoff = BACKOFF.0;
        Ok(())
    }

    /// After a failed sync nobody knows what reached the disk; the error makes the runtime go back to the last
    /// committed offsets, and the lines since are written again.
    async fn flush(&mut self, _offsets: &Offsets) -> Result<(), TaskError> {
        if self.unsynced {
            let synced = self.with_appender(|appender| appender.sync()).await?;
            synced.map_err(|error| self.error("sync", error))?;
            self.unsynced = false;
        }
        Ok(())
    }
}

impl FileStreamSinkTask {
    async fn with_appender<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Appender) -> T + Send + 'static,
    ) -> Result<T, TaskError> {
        let Some(mut appender) = self.appender.take() else {
            return Err(TaskError::connect("the file sink was used again after a cancelled call"));
        };
        let (appender, result) = blocking(move || {
            let result = work(&mut appender);
            (appender, result)
        })
        .await?;
        self.appender = Some(appender);
        Ok(result)
    }

    /// A full disk is waited out; whatever else is wrong with the file fails the task.
    fn error(&mut self, what: &str, error: std::io::Error) -> TaskError {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull, WouldBlock};
        let file = &self.name;
        let cause = Exception::new(classes::IO, error.to_string());
        match error.kind() {
            kind @ (StorageFull | QuotaExceeded | WouldBlock) => {
                let remedy = match kind {
                    StorageFull => "free space on its disk",
                    QuotaExceeded => "raise the quota or remove files",
                    _ => "its reader does not keep up",
                };
                self.cx.timeout(self.backoff);
                self.backoff = (self.backoff * 2).min(BACKOFF.1);
                let text =
                    format!("cannot {what} {file}: {error}; {remedy}, the write is tried again by itself");
                TaskError::retriable(Exception::new(classes::RETRIABLE, text).caused_by(cause))
            }
            _ => {
                let text = format!("cannot {what} {file}: {error}; correct this and restart the task");
                TaskError::fatal(Exception::connect(text).caused_by(cause))
            }
        }
    }
}

/// Runs `work` in the blocking pool.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TaskError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| TaskError::connect(format!("a write was interrupted: {error}")))
}

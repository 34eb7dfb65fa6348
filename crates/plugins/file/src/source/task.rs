//! The task: turns what a look at the input found into rows.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kconnect_api::{
    Buf, Exception, Lane, Schema, SourceBatch, SourceContext, SourceOffset, SourceTask, TaskError, Topic,
    Value, classes,
};

use super::blocks::{Block, Pool};
use super::lines::{Line, Lines, complete, first_end};
use super::tail::{Look, Tail};
use super::{FileSourceConfig, POSITION, TARGET, partition_of, stdin};

/// How often new data is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Bytes read at once: measured best, a block stays in the second-level cache between reading and cutting.
const BLOCK: usize = 256 * 1024;
/// Longest wait after errors of the file system.
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// A line cannot be longer than this whatever the budget, since a buffer ends at 4 GiB.
const LINE_MAX: usize = 1 << 30;

/// Reads one file or standard input.
pub struct FileStreamSourceTask {
    /// The name for messages.
    name: String,
    input: Input,
    cx: SourceContext,
    lane: Lane,
    batch_size: usize,
    tolerant: bool,
    line_max: usize,
    pool: Pool,
    /// Lines read and not handed out.
    lines: Option<Lines>,
    /// What was read behind the last complete line.
    carry: Block,
    /// Where the carry starts in the file.
    base: u64,
    /// Bytes of the carry known to hold no terminator.
    scanned: usize,
    /// Inside a line that is too long and left out; where it started.
    skipping: Option<u64>,
    missing_told: bool,
    backoff: Duration,
}

enum Input {
    Stdin {
        ended: bool,
    },
    /// `None` while a look is under way; only a dropped poll, after which nothing is read any more, leaves it so.
    File(Option<Box<Tail>>),
}

/// What the input gave.
enum More {
    Some,
    Nothing,
}

impl SourceTask for FileStreamSourceTask {
    type Config = FileSourceConfig;

    async fn start(config: FileSourceConfig, cx: SourceContext) -> Result<Self, TaskError> {
        let partition = Arc::new(partition_of(config.file.as_deref()));
        let lane = Lane {
            topic: Topic::from(config.topic.as_str()),
            partition: None,
            key_schema: None,
            value_schema: Some(Schema::string()),
            source_partition: Arc::clone(&partition),
        };
        let mut position = 0;
        let input = match &config.file {
            None => Input::Stdin { ended: false },
            Some(file) => {
                if let Some(stored) = cx.stored_offset(&partition).await? {
                    position = stored_position(stored.get(POSITION))?;
                    tracing::debug!(target: TARGET, %file, position, "found stored offset");
                }
                Input::File(Some(Box::new(Tail::new(Path::new(file), position))))
            }
        };
        let limit = cx.budget().limit();
        let tolerant =
            cx.configs().get("errors.tolerance").is_some_and(|t| t.trim().eq_ignore_ascii_case("all"));
        Ok(Self {
            name: config.file.unwrap_or_else(|| "standard input".to_owned()),
            input,
            pool: Pool::new(BLOCK.min(limit / 4).max(16), cx.budget().clone()),
            cx,
            lane,
            batch_size: usize::try_from(config.batch_size).unwrap_or(1).max(1),
            tolerant,
            line_max: limit.min(LINE_MAX),
            lines: None,
            carry: Block::default(),
            base: position,
            scanned: 0,
            skipping: None,
            missing_told: false,
            backoff: LOOK_EVERY,
        })
    }

    /// Every `.await` is a point where the poll may be dropped: rows are in `out` only until the next one that could
    /// wait for long, and what was read but not handed out is read again (a file) or given back (standard input).
    async fn poll(&mut self, out: &mut SourceBatch) -> Result<(), TaskError> {
        loop {
            self.hand_out(out)?;
            if out.len() >= self.batch_size {
                return Ok(());
            }
            // Rows of `out` hold memory of the budget, so waiting for it with them in hand could last for ever.
            if out.is_empty() {
                self.cx.budget().available().await;
            } else if self.cx.budget().used() >= self.cx.budget().limit() {
                return Ok(());
            }
            match self.read(out.is_empty()).await? {
                More::Some => {}
                More::Nothing if !out.is_empty() => return Ok(()),
                More::Nothing => {
                    self.idle();
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    async fn stop(self) {
        if let Input::Stdin { .. } = self.input {
            let mut rest = self.lines.as_ref().map(Lines::rest).unwrap_or_default().to_vec();
            rest.extend_from_slice(self.carry.bytes());
            stdin::give_back(rest).await;
        }
    }
}

impl FileStreamSourceTask {
    /// Moves lines that were read into `out`, up to the batch size.
    fn hand_out(&mut self, out: &mut SourceBatch) -> Result<(), TaskError> {
        let Some(lines) = &mut self.lines else {
            return Ok(());
        };
        let lane = out.lane(&self.lane);
        let positions = matches!(&self.input, Input::File(Some(tail)) if tail.has_positions());
        // One clock read for all lines of a poll; upstream reads it for each.
        let now = now_millis();
        while out.len() < self.batch_size {
            let Some(Line { text, start, next }) = lines.next() else {
                self.lines = None;
                return Ok(());
            };
            let length = text.as_bytes().len();
            if length > self.line_max {
                too_long(&self.name, start, self.line_max, self.tolerant)?;
                continue;
            }
            let at = if positions {
                SourceOffset::Position { key: POSITION, position: i64::try_from(next).unwrap_or(i64::MAX) }
            } else {
                SourceOffset::None
            };
            out.push(lane, Value::Null, Value::String(text), at).timestamp(now);
        }
        Ok(())
    }

    /// Frees what is not needed while nothing is read.
    fn idle(&mut self) {
        self.pool.trim();
        if self.carry.bytes().is_empty() {
            self.carry = Block::default();
        }
    }

    /// Reads one block; `idle` says that nothing is held up by waiting.
    async fn read(&mut self, idle: bool) -> Result<More, TaskError> {
        match &mut self.input {
            Input::Stdin { ended: true } if idle => std::future::pending().await,
            Input::Stdin { ended: true } => Ok(More::Nothing),
            Input::Stdin { .. } => self.read_stdin(idle).await,
            Input::File(tail) => {
                let Some(tail) = tail.take() else {
                    return Err(TaskError::connect(
                        "the file source was polled again after a cancelled poll",
                    ));
                };
                self.read_file(tail).await
            }
        }
    }

    async fn read_stdin(&mut self, idle: bool) -> Result<More, TaskError> {
        // With rows in hand only what is there already is taken.
        let next = match idle {
            true => stdin::next().await,
            false => match tokio::time::timeout(Duration::ZERO, stdin::next()).await {
                Ok(next) => next,
                Err(_) => return Ok(More::Nothing),
            },
        };
        match next {
            None => {
                self.input = Input::Stdin { ended: true };
                tracing::info!(target: TARGET, unterminated = self.carry.bytes().len(), "standard input has ended");
                Ok(More::Nothing)
            }
            Some(Err(error)) => Err(self.io_error("cannot read", error)),
            Some(Ok(chunk)) => {
                self.grow(chunk.len());
                if let Some(room) = self.carry.room().get_mut(..chunk.len()) {
                    room.copy_from_slice(&chunk);
                }
                self.arrived(chunk.len())?;
                Ok(More::Some)
            }
        }
    }

    async fn read_file(&mut self, mut tail: Box<Tail>) -> Result<More, TaskError> {
        self.grow(0);
        let look = if tail.is_quick() {
            // On this task's own thread.
            let look = tail.look(self.carry.room());
            self.input = Input::File(Some(tail));
            look
        } else {
            let mut block = std::mem::take(&mut self.carry);
            let looked = tokio::task::spawn_blocking(move || {
                let look = tail.look(block.room());
                (tail, block, look)
            });
            let (tail, block, look) = looked.await.map_err(|error| {
                TaskError::connect(format!("reading {} was interrupted: {error}", self.name))
            })?;
            (self.carry, self.input) = (block, Input::File(Some(tail)));
            look
        };
        match look {
            Ok(look) => {
                self.backoff = LOOK_EVERY;
                self.found(look)
            }
            Err(error) => {
                let error = self.io_error("cannot read", error);
                if matches!(error, TaskError::Retriable(_)) {
                    tokio::time::sleep(self.backoff).await;
                    self.backoff = (self.backoff * 2).min(BACKOFF_MAX);
                }
                Err(error)
            }
        }
    }

    /// Makes room behind the carry: a block's worth, or as much again as the carry, so that a long line is copied a
    /// few times only; never more than a line may have.
    fn grow(&mut self, wanted: usize) {
        let (carry, size) = (self.carry.bytes().len(), self.pool.size());
        if self.carry.size() == 0 {
            self.carry = self.pool.block(&[]);
        }
        if self.carry.room().len() < wanted.max(size / 4).max(1) {
            let most = (self.line_max + size).saturating_sub(carry).max(size);
            self.carry.reserve(carry + carry.clamp(size, most).max(wanted));
        }
    }

    fn found(&mut self, look: Look) -> Result<More, TaskError> {
        let file = &self.name;
        match look {
            Look::Read(read) => {
                self.missing_told = false;
                self.arrived(read)?;
                return Ok(More::Some);
            }
            Look::Nothing => return Ok(More::Nothing),
            Look::Missing => {
                if !std::mem::replace(&mut self.missing_told, true) {
                    tracing::warn!(target: TARGET, %file,
                        "Couldn't find file {file} for FileStreamSourceTask, sleeping to wait for it to be created");
                }
                return Ok(More::Nothing);
            }
            Look::Opened => tracing::debug!(target: TARGET, %file, "opened"),
            Look::MidLine(position) => tracing::warn!(target: TARGET, %file, position,
                "the stored position is not the start of a line: the file was replaced, or a JVM worker counted \
                 characters instead of bytes; reading goes on there, the first line may be a part of one"),
            Look::Truncated { position, length } => {
                tracing::warn!(target: TARGET, %file, position, length,
                    "the file is shorter than the position reached, it is read from the start");
                self.restart();
            }
            Look::Rotated => {
                let unterminated = self.carry.bytes().len();
                if unterminated > 0 {
                    tracing::warn!(target: TARGET, %file, unterminated, position = self.base,
                        "the rotated file ended without a line end, its last bytes are no line and were not sent");
                }
                tracing::info!(target: TARGET, %file, "the file was rotated, the new one is read from the start");
                self.restart();
            }
        }
        self.missing_told = false;
        Ok(More::Some)
    }

    fn restart(&mut self) {
        self.carry.discard(usize::MAX);
        (self.base, self.scanned, self.skipping) = (0, 0, None);
    }

    /// `read` more bytes lie behind the carry: cuts off the complete lines.
    fn arrived(&mut self, read: usize) -> Result<(), TaskError> {
        self.carry.advance(read);
        if let Some(start) = self.skipping {
            self.skip(start);
        }
        let data = self.carry.bytes();
        let end = complete(data, self.scanned);
        if end > 0 {
            let whole = self.cut(end);
            self.lines = Some(Lines::new(whole, self.base));
            self.base += end as u64;
            self.scanned = self.carry.bytes().len();
            return Ok(());
        }
        self.scanned = data.len();
        if data.len() > self.line_max && self.skipping.is_none() {
            too_long(&self.name, self.base, self.line_max, self.tolerant)?;
            self.skipping = Some(self.base);
            self.skip(self.base);
        }
        Ok(())
    }

    /// The first `end` bytes as a shared buffer; the rest stays as carry. Little is copied out, or each line of a slow
    /// file would keep a block of its own alive.
    fn cut(&mut self, end: usize) -> Buf {
        if end < self.carry.size() / 8 {
            let copy = self.carry.bytes().get(..end).unwrap_or_default().to_vec();
            self.carry.discard(end);
            return Buf::charged(copy, self.cx.budget().charge(end));
        }
        let carry = self.pool.block(self.carry.bytes().get(end..).unwrap_or_default());
        let block = std::mem::replace(&mut self.carry, carry);
        self.pool.freeze(block).slice(0..end)
    }

    /// Leaves out bytes of a line that is too long. An undecided `\r` stays.
    fn skip(&mut self, start: u64) {
        let data = self.carry.bytes();
        let gone = match first_end(data) {
            Some(end) => {
                tracing::info!(target: TARGET, file = %self.name, position = start, end = self.base + end as u64,
                    "the line that is too long ends here");
                self.skipping = None;
                end
            }
            None => data.len() - usize::from(data.last() == Some(&b'\r')),
        };
        self.base += gone as u64;
        self.carry.discard(gone);
        self.scanned = 0;
    }

    fn io_error(&self, what: &str, error: std::io::Error) -> TaskError {
        use std::io::ErrorKind::{InvalidInput, IsADirectory, PermissionDenied};
        let kind = error.kind();
        let exception = Exception::connect(format!("{what} {}: {error}", self.name))
            .caused_by(Exception::new(classes::IO, error.to_string()));
        match kind {
            PermissionDenied | InvalidInput | IsADirectory => TaskError::fatal(exception),
            _ => TaskError::retriable(exception),
        }
    }
}

/// A line over the budget fails the task, or is left out under `errors.tolerance=all`.
fn too_long(file: &str, start: u64, limit: usize, tolerant: bool) -> Result<(), TaskError> {
    let text = format!(
        "line at byte offset {start} of {file} is longer than the task's memory budget of {limit} bytes"
    );
    if tolerant {
        tracing::error!(target: TARGET, %file, position = start, limit, "{text}; it is skipped (errors.tolerance=all)");
        return Ok(());
    }
    Err(TaskError::connect(format!(
        "{text}; shorten the line, or set errors.tolerance=all to skip such lines"
    )))
}

fn stored_position(stored: Option<&Value>) -> Result<u64, TaskError> {
    match stored {
        None | Some(Value::Null) => Ok(0),
        Some(Value::Int64(position)) => Ok(u64::try_from(*position).unwrap_or(0)),
        Some(_) => Err(TaskError::connect("Offset position is the incorrect type")),
    }
}

fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

//! What became of a line, and its form as JSON.

use std::sync::Arc;

use kconnect_api::{Exception, Record, Schema, WireHeaders, write_int};

use super::json::{self, DEPTH_MAX};
use super::read::SCHEMA_DEPTH_MAX;
use super::{weight, write};
use crate::worker::chain::Step;
use crate::worker::failure::Failure;

/// What became of one line.
#[derive(Debug)]
pub struct Report {
    /// Number of the line, from 0.
    pub(super) index: u64,
    /// The record before the first transform, when somebody wants to see it.
    pub(super) before: Option<Record>,
    pub(super) outcome: Outcome,
    /// Transforms that were reached; `None` when nobody asked.
    pub(super) steps: Option<Steps>,
}

/// The record after each transform.
#[derive(Debug)]
pub(super) enum Steps {
    /// As it was.
    Kept(Vec<Passed>),
    /// Written at once: what is kept shares memory with what comes after it, until that changes.
    Written(Written),
}

/// Steps as JSON, of bounded length.
#[derive(Debug)]
pub(super) struct Written {
    text: Vec<u8>,
    most: usize,
    /// Whether all steps are in it.
    complete: bool,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Record(Box<Done>),
    Filtered,
    Failed(Failure),
    /// The line is no record.
    Input(String),
}

/// A record that came through.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) record: Record,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    /// `None` when they could not be written.
    pub(super) headers: Option<WireHeaders>,
    pub(super) errors: Vec<Failure>,
}

/// A transform that a record reached.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) alias: String,
    pub(super) class: Arc<str>,
    pub(super) what: Passage,
}

#[derive(Debug)]
pub(super) enum Passage {
    Applied(Box<Record>),
    Skipped(Box<Record>),
    Filtered,
    Failed(Failure),
}

impl Report {
    /// Whether the record failed, or the line was none.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_) | Outcome::Input(_))
    }

    /// Appends the report as one JSON object, without a line break.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        self.write_json_within(usize::MAX, out);
    }

    /// The same unless `out` would grow beyond `most` bytes, which it then does by the record at most; false if it is not
    /// complete.
    pub(super) fn write_json_within(&self, most: usize, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(b"{\"index\":");
        write_int(i64::try_from(self.index).unwrap_or(i64::MAX), out);
        match &self.outcome {
            Outcome::Record(done) => {
                let before = out.len();
                out.extend_from_slice(b",\"outcome\":\"record\"");
                record(&done.record, out);
                if is_readable(&done.record, &out[before..]) {
                    bytes(done, out);
                } else {
                    out.truncate(before);
                    let message = format!(
                        "not shown: a line may be nested {DEPTH_MAX} levels deep, a schema {SCHEMA_DEPTH_MAX}"
                    );
                    input(&message, out);
                }
            }
            Outcome::Filtered => out.extend_from_slice(b",\"outcome\":\"filtered\""),
            Outcome::Failed(failure) => {
                out.extend_from_slice(b",\"outcome\":\"error\",\"error\":");
                error(failure, out);
            }
            Outcome::Input(message) => input(message, out),
        }
        match &self.steps {
            None => {}
            Some(Steps::Written(steps)) => {
                if !steps.complete || out.len() + steps.text.len() > most {
                    return false;
                }
                out.extend_from_slice(b",\"steps\":[");
                out.extend_from_slice(&steps.text);
                out.push(b']');
            }
            Some(Steps::Kept(steps)) => {
                out.extend_from_slice(b",\"steps\":");
                write::list(steps.iter(), step, out);
            }
        }
        out.push(b'}');
        out.len() <= most
    }
}

impl Steps {
    /// Steps that are written at once, up to `most` bytes.
    pub(super) fn written(most: usize) -> Self {
        Self::Written(Written { text: Vec::new(), most, complete: true })
    }

    /// Adds what a transform did, after which the record is `record`.
    pub(super) fn add(
        &mut self,
        (alias, class): (&str, &Arc<str>),
        result: &Result<Step, Failure>,
        record: &Record,
    ) {
        let passed = |record: Box<Record>| {
            let what = match result {
                Ok(Step::Applied) => Passage::Applied(record),
                Ok(Step::Skipped) => Passage::Skipped(record),
                Ok(Step::Filtered) => Passage::Filtered,
                Err(failure) => Passage::Failed(failure.clone()),
            };
            Passed { alias: alias.to_owned(), class: Arc::clone(class), what }
        };
        match self {
            Self::Kept(steps) => steps.push(passed(Box::new(record.clone()))),
            Self::Written(steps) => {
                let left = steps.most.saturating_sub(steps.text.len());
                if !steps.complete || !weight::is_within(record, left) {
                    steps.complete = false;
                    return;
                }
                if !steps.text.is_empty() {
                    steps.text.push(b',');
                }
                step(&passed(Box::new(record.clone())), &mut steps.text);
            }
        }
    }

    /// The steps that were kept.
    pub(super) fn kept(&self) -> &[Passed] {
        match self {
            Self::Kept(steps) => steps,
            Self::Written(_) => &[],
        }
    }
}

/// Whether a line could hold the record, which is written as `members`.
fn is_readable(record: &Record, members: &[u8]) -> bool {
    let sides = [record.key_schema.as_ref(), record.value_schema.as_ref()];
    let mut schemas =
        sides.into_iter().chain(record.headers.iter().map(|header| header.effective_schema())).flatten();
    // The members are within the report.
    json::depth(members) < DEPTH_MAX && schemas.all(|schema| is_within(schema, SCHEMA_DEPTH_MAX))
}

/// Whether a schema has at most `levels` levels.
fn is_within(schema: &Schema, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return false };
    let parts = [schema.key_schema(), schema.value_schema()].into_iter().flatten();
    parts.chain(schema.fields().iter().map(|field| field.schema())).all(|part| is_within(part, below))
}

fn input(message: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"outcome\":\"error\",\"error\":{\"stage\":\"INPUT\",\"message\":");
    write::string(message, out);
    out.push(b'}');
}

fn record(record: &Record, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"topic\":");
    write::string(&record.topic, out);
    number("partition", record.partition.map(i64::from), out);
    number("timestamp", record.timestamp, out);
    out.extend_from_slice(b",\"key\":");
    write::envelope(record.key_schema.as_ref(), &record.key, out);
    out.extend_from_slice(b",\"value\":");
    write::envelope(record.value_schema.as_ref(), &record.value, out);
    out.extend_from_slice(b",\"headers\":");
    write::list(
        record.headers.iter(),
        |header, out| {
            out.extend_from_slice(b"{\"key\":");
            write::string(&header.key, out);
            out.extend_from_slice(b",\"value\":");
            write::envelope(header.effective_schema(), &header.value, out);
            out.push(b'}');
        },
        out,
    );
}

fn number(name: &str, number: Option<i64>, out: &mut Vec<u8>) {
    out.push(b',');
    write::string(name, out);
    out.push(b':');
    match number {
        Some(number) => write_int(number, out),
        None => out.extend_from_slice(b"null"),
    }
}

fn bytes(done: &Done, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"keyBytes\":");
    write::bytes(done.key.as_deref(), out);
    out.extend_from_slice(b",\"valueBytes\":");
    write::bytes(done.value.as_deref(), out);
    out.extend_from_slice(b",\"headerBytes\":");
    match &done.headers {
        None => out.extend_from_slice(b"null"),
        Some(headers) => write::list(
            headers.iter(),
            |header, out| {
                out.extend_from_slice(b"{\"key\":");
                write::string(&header.key, out);
                out.extend_from_slice(b",\"value\":");
                write::bytes(header.value.as_deref(), out);
                out.push(b'}');
            },
            out,
        ),
    }
    if !done.errors.is_empty() {
        out.extend_from_slice(b",\"bytesErrors\":");
        write::list(done.errors.iter(), error, out);
    }
}

fn step(step: &Passed, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"alias\":");
    write::string(&step.alias, out);
    out.extend_from_slice(b",\"class\":");
    write::string(&step.class, out);
    match &step.what {
        Passage::Applied(after) => {
            out.extend_from_slice(b",\"outcome\":\"applied\"");
            record(after, out);
        }
        Passage::Skipped(after) => {
            out.extend_from_slice(b",\"outcome\":\"skipped\"");
            record(after, out);
        }
        Passage::Filtered => out.extend_from_slice(b",\"outcome\":\"filtered\""),
        Passage::Failed(failure) => {
            out.extend_from_slice(b",\"outcome\":\"error\",\"error\":");
            error(failure, out);
        }
    }
    out.push(b'}');
}

fn error(failure: &Failure, out: &mut Vec<u8>) {
    let exception = &failure.error.exception;
    out.extend_from_slice(b"{\"stage\":");
    write::string(failure.stage.name(), out);
    out.extend_from_slice(b",\"class\":");
    write::string(exception.class(), out);
    out.extend_from_slice(b",\"message\":");
    message(exception.message(), out);
    if let Some(cause) = innermost(exception) {
        out.extend_from_slice(b",\"cause\":");
        message(cause.message(), out);
    }
    out.extend_from_slice(b",\"executing\":");
    write::string(&failure.class, out);
    out.push(b'}');
}

fn message(message: Option<&str>, out: &mut Vec<u8>) {
    match message {
        Some(message) => write::string(message, out),
        None => out.extend_from_slice(b"null"),
    }
}

/// The last of the causes.
pub(super) fn innermost(exception: &Exception) -> Option<&Exception> {
    let mut cause = exception.cause()?;
    while let Some(next) = cause.cause() {
        cause = next;
    }
    Some(cause)
}

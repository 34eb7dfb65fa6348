//! A connector's data plane without a connector, a worker or Kafka: sample records in, what comes out shown.
//!
//! A [`Preview`] has the converters, transforms and predicates that a task of the same configuration would have, made by
//! the worker's own code, and sends one record after the other through them in the task's order. Only what reading and
//! showing records takes is here: lines and envelopes (`json.rs`, `input.rs`, `read.rs`, `write.rs`), reports
//! (`report.rs`, `pretty.rs`), and what keeps a configuration from being previewed (`refuse.rs`).
//!
//! Nothing is fetched, read or written, except by [`Preview::run_online`], for converters that ask for schemas. A line
//! that is no record is a report of its own, so that hostile input costs one line.

#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod input;
mod json;
mod pretty;
mod read;
mod refuse;
mod report;
mod write;

use std::sync::Arc;

use futures_util::FutureExt;
use kconnect_api::{ConverterRole, Exception, Need, Origin, Props, Record, RecordError, WireHeaders};

use self::input::Consumed;
use self::report::{Done, Outcome, Passage, Passed};
use crate::registry::Registry;
use crate::worker::chain::{Chain, Step};
use crate::worker::converters::{Converters, Stuck};
use crate::worker::failure::Failure;

pub use refuse::{Refusal, out_of_reach};
pub use report::Report;

/// The longest line that is read. Records in Kafka are rarely above a megabyte.
pub const LINE_MAX: usize = 16 << 20;
/// How often one step may ask for something to be fetched.
const FETCHES_MAX: usize = 16;

/// Which way records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From Kafka: converters read, then transforms.
    Sink,
    /// To Kafka: transforms, then converters write.
    Source,
}

/// What a preview is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The plugins.
    pub registry: Arc<Registry>,
    /// The connector's configuration; only converters, transforms and predicates of it count.
    pub config: Props,
    /// The worker's, for converters that the connector does not name.
    pub worker: Props,
    /// The direction; `None` for that of the connector's class.
    pub direction: Option<Direction>,
    /// Whether reports show the record after every transform.
    pub steps: bool,
}

/// Converters and transforms, ready for records.
pub struct Preview {
    direction: Direction,
    chain: Chain,
    converters: Converters,
    steps: bool,
    before: bool,
    index: u64,
    scratch: Vec<u8>,
}

/// Whether converters may fetch what they need.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Nothing,
    Network,
}

impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preview").field("direction", &self.direction).field("index", &self.index).finish()
    }
}

impl Preview {
    /// Makes converters and transforms; everything that is wrong with the configuration otherwise. What would keep a task
    /// from starting is looked for only if validation finds nothing.
    pub fn new(setup: &Setup) -> Result<Self, Vec<Refusal>> {
        let mut refused = refuse::invalid(setup);
        let direction = match refuse::direction(setup) {
            Ok(direction) => direction,
            Err(refusal) => {
                refused.insert(0, refusal);
                return Err(refused);
            }
        };
        if !refused.is_empty() {
            return Err(refused);
        }
        let (chain, converters) = refuse::parts(setup)?;
        let (steps, scratch) = (setup.steps, Vec::new());
        Ok(Self { direction, chain, converters, steps, before: false, index: 0, scratch })
    }

    /// Which way records go.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Keeps each record as it was before the transforms, for [`Report::write_pretty`].
    #[must_use]
    pub fn showing_before(mut self) -> Self {
        self.before = true;
        self
    }

    /// Sends the record of `line` through and appends the report as JSON, without a line break. A converter that needs
    /// something fetched fails the record.
    pub fn line(&mut self, line: &str, out: &mut String) {
        let mut text = Vec::new();
        self.run(line).write_json(&mut text);
        out.push_str(&String::from_utf8_lossy(&text));
    }

    /// Sends the record of `line` through. A converter that needs something fetched fails the record.
    pub fn run(&mut self, line: &str) -> Report {
        // Nothing is awaited where nothing is fetched.
        match self.process(line, Reach::Nothing).now_or_never() {
            Some(report) => report,
            None => self.bad_line("the line could not be processed at once"),
        }
    }

    /// Sends the record of `line` through; what converters need is fetched. May be dropped: the record is then not shown.
    pub async fn run_online(&mut self, line: &str) -> Report {
        self.process(line, Reach::Network).await
    }

    /// The report of a line that is no record, for lines that could not even be read.
    pub fn bad_line(&mut self, message: impl Into<String>) -> Report {
        let steps = self.steps.then(Vec::new);
        self.report(None, Outcome::Input(message.into()), steps)
    }

    /// [`Preview::line`] for answers of at most `most` bytes; a longer one is replaced by a report that says so.
    pub(crate) fn line_within(&mut self, line: &str, most: usize) -> String {
        let mut text = Vec::new();
        let report = self.run(line);
        if !report.write_json_within(most, &mut text) {
            text.clear();
            let message = "not shown: the answer would be too long; send fewer records, or without steps";
            Report { outcome: Outcome::Input(message.to_owned()), steps: None, ..report }
                .write_json(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The answer to a line that nobody looks at, with the reason.
    pub(crate) fn skip(&mut self, message: &str) -> String {
        let mut text = Vec::new();
        self.bad_line(message).write_json(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    fn report(&mut self, before: Option<Record>, outcome: Outcome, steps: Option<Vec<Passed>>) -> Report {
        let index = self.index;
        self.index += 1;
        Report { index, before, outcome, steps }
    }

    async fn process(&mut self, line: &str, reach: Reach) -> Report {
        if line.len() > LINE_MAX {
            return self.bad_line(format!("the line has more than {LINE_MAX} bytes"));
        }
        let mut steps = self.steps.then(Vec::new);
        let record = match self.direction {
            Direction::Source => input::returned(line).map(Ok),
            Direction::Sink => match input::consumed(line) {
                Ok(consumed) => Ok(self.read(consumed, reach).await),
                Err(message) => Err(message),
            },
        };
        let mut record = match record {
            Ok(Ok(record)) => record,
            Ok(Err(failure)) => return self.report(None, Outcome::Failed(failure), steps),
            Err(message) => return self.bad_line(message),
        };
        let before = self.before.then(|| record.clone());
        let outcome = match self.transform(&mut record, steps.as_mut()) {
            Ok(Step::Filtered) => Outcome::Filtered,
            Ok(_) => self.write(record, reach).await,
            Err(failure) => Outcome::Failed(failure),
        };
        self.report(before, outcome, steps)
    }

    /// Key, value, headers: the order of a sink task.
    async fn read(&mut self, consumed: Consumed, reach: Reach) -> Result<Record, Failure> {
        let Consumed { from, offset, timestamp, timestamp_type, key, value, headers } = consumed;
        let topic = from.topic.clone();
        let (key, value) = loop_fetching(&mut self.converters, reach, |converters| {
            converters.read(&topic, &headers, key.as_ref(), value.as_ref())
        })
        .await?;
        let headers = loop_fetching(&mut self.converters, reach, |converters| {
            converters.read_headers(&topic, &headers)
        })
        .await?;
        Ok(Record {
            topic,
            partition: Some(from.partition),
            key_schema: key.schema,
            key: key.value,
            value_schema: value.schema,
            value: value.value,
            timestamp,
            headers,
            origin: Origin::Sink { from, offset, timestamp_type },
        })
    }

    fn transform(
        &mut self,
        record: &mut Record,
        mut steps: Option<&mut Vec<Passed>>,
    ) -> Result<Step, Failure> {
        for link in self.chain.links() {
            let step = link.apply(record);
            if let Some(steps) = steps.as_deref_mut() {
                let what = match &step {
                    Ok(Step::Applied) => Passage::Applied(Box::new(record.clone())),
                    Ok(Step::Skipped) => Passage::Skipped(Box::new(record.clone())),
                    Ok(Step::Filtered) => Passage::Filtered,
                    Err(failure) => Passage::Failed(failure.clone()),
                };
                let (alias, class) = (link.alias().to_owned(), Arc::clone(link.class()));
                steps.push(Passed { alias, class, what });
            }
            if step? == Step::Filtered {
                return Ok(Step::Filtered);
            }
        }
        Ok(Step::Applied)
    }

    /// Headers, key, value: the order of a source task. For a sink this is only a view, and goes on after a failure.
    async fn write(&mut self, record: Record, reach: Reach) -> Outcome {
        let mut errors = Vec::new();
        let headers = loop_fetching(&mut self.converters, reach, |converters| {
            converters.write_headers(&record.topic, &record.headers)
        })
        .await;
        let (mut wire, headers_written) = match headers {
            Ok(wire) => (wire, true),
            Err(failure) => {
                errors.push(failure);
                (WireHeaders::new(), false)
            }
        };
        let mut sides = [None, None];
        for (side, role) in sides.iter_mut().zip([ConverterRole::Key, ConverterRole::Value]) {
            if self.direction == Direction::Source && !errors.is_empty() {
                break;
            }
            match self.write_side(role, &record, &mut wire, reach).await {
                Ok(bytes) => *side = bytes,
                Err(failure) => errors.push(failure),
            }
        }
        if self.direction == Direction::Source && !errors.is_empty() {
            return Outcome::Failed(errors.swap_remove(0));
        }
        let [key, value] = sides;
        Outcome::Record(Box::new(Done {
            record,
            key,
            value,
            headers: headers_written.then_some(wire),
            errors,
        }))
    }

    /// The bytes of key or value. The converter may add headers.
    async fn write_side(
        &mut self,
        role: ConverterRole,
        record: &Record,
        wire: &mut WireHeaders,
        reach: Reach,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let (scratch, given) = (&mut self.scratch, wire.len());
        loop_fetching(&mut self.converters, reach, |converters| {
            scratch.clear();
            wire.truncate(given);
            let written = match role {
                ConverterRole::Key => converters.write_key(
                    &record.topic,
                    (record.key_schema.as_ref(), &record.key),
                    wire,
                    scratch,
                ),
                _ => converters.write_value(
                    &record.topic,
                    (record.value_schema.as_ref(), &record.value),
                    wire,
                    scratch,
                ),
            };
            written.map(|bytes| bytes.resolve(scratch).map(<[u8]>::to_vec))
        })
        .await
    }
}

/// Makes an attempt until it needs nothing more.
async fn loop_fetching<T>(
    converters: &mut Converters,
    reach: Reach,
    mut attempt: impl FnMut(&mut Converters) -> Result<T, Stuck>,
) -> Result<T, Failure> {
    for _ in 0..FETCHES_MAX {
        let (role, need): (ConverterRole, Need) = match attempt(converters) {
            Ok(done) => return Ok(done),
            Err(Stuck::Failed(failure)) => return Err(failure),
            Err(Stuck::Needs(role, need)) => (role, need),
        };
        if reach == Reach::Nothing {
            let text = "the converter needs something from the network, which is not asked here; use 'kconnect preview' on the command line";
            return Err(converters.failure(role, RecordError::from(Exception::connect(text))));
        }
        converters.resolve(role, need).await?;
    }
    match attempt(converters) {
        Ok(done) => Ok(done),
        Err(Stuck::Failed(failure)) => Err(failure),
        Err(Stuck::Needs(role, _)) => {
            let text = format!("the converter still needs something after {FETCHES_MAX} answers");
            Err(converters.failure(role, RecordError::from(Exception::connect(text))))
        }
    }
}

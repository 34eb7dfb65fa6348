//! A connector's data plane without a connector, a worker or Kafka: sample records in, what comes out shown.
//!
//! A [`Preview`] has the converters, transforms and predicates that a task of the same configuration would have, made by
//! the worker's own code, and sends one record after the other through them in the task's order. Only what reading and
//! showing records takes is here: lines and envelopes (`json.rs`, `input.rs`, `read.rs`, `write.rs`), reports
//! (`report.rs`, `pretty.rs`), and what keeps a configuration from being previewed (`refuse.rs`).
//!
//! Nothing is fetched, read or written, except by [`Preview::run_online`], for converters that ask for schemas. A line
//! that is no record is a report of its own, so that hostile input costs one line.
//!
//! On behalf of somebody else ([`Preview::line_within`]) a line has [`Bounds`]: of time, looked at before every transform,
//! and of bytes. What a record would be written out as is weighed before it is written (`weight.rs`), and transforms may
//! add no more to a record than its answer may hold.

#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod input;
mod json;
mod pretty;
mod read;
mod refuse;
mod report;
mod weight;
mod write;

use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use kconnect_api::{ConverterRole, Exception, Need, Origin, Props, Record, RecordError, Room, WireHeaders};

use self::input::Consumed;
use self::report::{Done, Outcome, Steps};
use crate::config::secrets::Redactor;
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

const TOO_LONG: &str = "not shown: the answer would be too long; send fewer records, or without steps";
const TOO_LATE: &str = "not finished: the request has taken all the time there is";

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
    /// What is kept out of failures.
    redactor: Arc<Redactor>,
    bounds: Option<Bounds>,
}

/// What a line may take on behalf of somebody else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// When it has to be done.
    pub(crate) until: Instant,
    /// How long the answer may be.
    pub(crate) bytes: usize,
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
        Ok(Self {
            direction,
            chain,
            converters,
            steps: setup.steps,
            before: false,
            index: 0,
            scratch: Vec::new(),
            redactor: Arc::default(),
            bounds: None,
        })
    }

    /// Keeps the secrets that `redactor` knows out of failures. What records hold is shown as it is.
    #[must_use]
    pub(crate) fn hiding(mut self, redactor: Arc<Redactor>) -> Self {
        self.redactor = redactor;
        self
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
        let steps = self.no_steps();
        self.report(None, Outcome::Input(message.into()), steps)
    }

    /// [`Preview::line`] within bounds; an answer that is longer is replaced by one that says so.
    pub(crate) fn line_within(&mut self, line: &str, bounds: Bounds) -> String {
        let mut text = Vec::new();
        self.bounds = Some(bounds);
        let report = self.run(line);
        self.bounds = None;
        if !report.write_json_within(bounds.bytes, &mut text) {
            text.clear();
            Report { outcome: Outcome::Input(TOO_LONG.to_owned()), steps: None, ..report }
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

    fn no_steps(&self) -> Option<Steps> {
        self.steps.then(|| match self.bounds {
            None => Steps::Kept(Vec::new()),
            Some(bounds) => Steps::written(bounds.bytes),
        })
    }

    fn report(&mut self, before: Option<Record>, outcome: Outcome, steps: Option<Steps>) -> Report {
        let index = self.index;
        self.index += 1;
        Report { index, before, outcome, steps }
    }

    async fn process(&mut self, line: &str, reach: Reach) -> Report {
        if line.len() > LINE_MAX {
            return self.bad_line(format!("the line has more than {LINE_MAX} bytes"));
        }
        let mut steps = self.no_steps();
        let record = match self.direction {
            Direction::Source => input::returned(line).map(Ok),
            Direction::Sink => match input::consumed(line) {
                Ok(consumed) => Ok(self.read(consumed, reach).await),
                Err(message) => Err(message),
            },
        };
        let mut record = match record {
            Ok(Ok(record)) => record,
            Ok(Err(failure)) => {
                let outcome = Outcome::Failed(told(&self.redactor, failure));
                return self.report(None, outcome, steps);
            }
            Err(message) => return self.bad_line(message),
        };
        let before = self.before.then(|| record.clone());
        let outcome = match self.transform(&mut record, steps.as_mut()) {
            Ok(Step::Filtered) => Outcome::Filtered,
            Ok(_) => match self.bounds {
                Some(bounds) if !weight::is_within(&record, bounds.bytes) => Outcome::Input(TOO_LONG.into()),
                _ => self.write(record, reach).await,
            },
            Err(outcome) => outcome,
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

    /// The error is what became of a record that did not come through.
    fn transform(&mut self, record: &mut Record, mut steps: Option<&mut Steps>) -> Result<Step, Outcome> {
        let mut room = self.bounds.map_or_else(Room::default, |bounds| Room::of(bounds.bytes));
        for link in self.chain.links() {
            if self.bounds.is_some_and(|bounds| Instant::now() >= bounds.until) {
                return Err(Outcome::Input(TOO_LATE.to_owned()));
            }
            let step = link.apply(record, &mut room).map_err(|failure| told(&self.redactor, failure));
            if let Some(steps) = steps.as_deref_mut() {
                steps.add((link.alias(), link.class()), &step, record);
            }
            if step.map_err(Outcome::Failed)? == Step::Filtered {
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
                errors.push(told(&self.redactor, failure));
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
                Err(failure) => errors.push(told(&self.redactor, failure)),
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

/// A failure without secrets.
fn told(redactor: &Redactor, mut failure: Failure) -> Failure {
    failure.error.exception = redactor.exception(&failure.error.exception);
    failure
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

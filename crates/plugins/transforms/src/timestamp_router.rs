//! TimestampRouter: makes the topic of its name and the record's timestamp.

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConfigError, DateFormat, Exception, Importance, Reader, Record, RecordError, Settings, Topic,
    Transformation, Verdict,
};

use crate::bounds::{TOPIC_MAX, topic_too_long};
use crate::class::Class;

pub(crate) struct Config {
    topic: String,
    timestamp: String,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let topic = def
            .field("topic.format", string())
            .importance(Importance::High)
            .doc("The new topic, in which ${topic} and ${timestamp} stand for the old one and the timestamp.")
            .default("${topic}-${timestamp}");
        let timestamp = def
            .field("timestamp.format", string())
            .importance(Importance::High)
            .doc("Pattern of the timestamp as in java.text.SimpleDateFormat, in UTC.")
            .default("yyyyMMdd");
        Box::new(move |values| Self { topic: values.get(&topic), timestamp: values.get(&timestamp) })
    }
}

pub(crate) struct TimestampRouter {
    topic: String,
    /// A wrong pattern is an error of each record, as upstream makes the format when it first needs one.
    format: Result<DateFormat, Exception>,
    timestamp: String,
    /// The last topic and timestamp, and what became of them: both repeat.
    last: Option<(Topic, String, Topic)>,
}

impl Class for TimestampRouter {
    const CLASS: &'static str = "org.apache.kafka.connect.transforms.TimestampRouter";
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let format = DateFormat::new(&config.timestamp).map(DateFormat::in_utc);
        Ok(Self { topic: config.topic, format, timestamp: String::new(), last: None })
    }
}

impl Transformation for TimestampRouter {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        let Some(millis) = record.timestamp else {
            return Err(Exception::data(format!("Timestamp missing on record: {record}")).into());
        };
        let format = self.format.as_ref().map_err(Clone::clone)?;
        self.timestamp.clear();
        format.format(millis, &mut self.timestamp);
        match &self.last {
            Some((topic, timestamp, new)) if *topic == record.topic && *timestamp == self.timestamp => {
                record.topic = new.clone();
            }
            _ => {
                let new = replaced(&self.topic, "${topic}", &record.topic)
                    .and_then(|new| replaced(&new, "${timestamp}", &self.timestamp));
                let Some(new) = new.map(Topic::new) else {
                    return Err(topic_too_long("TimestampRouter", &record.topic).into());
                };
                let old = std::mem::replace(&mut record.topic, new.clone());
                self.last = Some((old, self.timestamp.clone(), new));
            }
        }
        Ok(Verdict::Keep)
    }
}

/// `text` with `with` in every place of `what`; `None` when that makes it longer than a topic's name may be.
fn replaced(text: &str, what: &str, with: &str) -> Option<String> {
    let places = text.matches(what).count();
    let length = (text.len() - places * what.len()).saturating_add(places.saturating_mul(with.len()));
    (places == 0 || length <= TOPIC_MAX).then(|| text.replace(what, with))
}

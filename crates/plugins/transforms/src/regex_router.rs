//! RegexRouter: renames the topic of records whose topic matches as a whole.
//!
//! The replacement is done on a search of its own, which may find less than the whole: `to|topic` makes `xpic` of
//! `topic`. Upstream does so, and topics would change their names otherwise. How long a name may become is bounded: a
//! replacement may repeat what it replaces.

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConfigError, Importance, JavaRegex, Reader, Record, RecordError, Replacement, Settings, Topic,
    Transformation, Verdict,
};

use crate::bounds::{TOPIC_MAX, topic_too_long};
use crate::checks::regex;
use crate::class::Class;

pub(crate) struct Config {
    regex: String,
    replacement: String,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let pattern = def
            .field("regex", string())
            .importance(Importance::High)
            .doc("Regular expression, in Java's syntax, that a topic must match as a whole.")
            .validator(regex())
            .required();
        let replacement = def
            .field("replacement", string())
            .importance(Importance::High)
            .doc("New topic; $1 or ${name} stand for what a group matched.")
            .required();
        Box::new(move |values| Self { regex: values.get(&pattern), replacement: values.get(&replacement) })
    }
}

pub(crate) struct RegexRouter {
    regex: JavaRegex,
    replacement: Replacement,
    /// The last topic and what became of it: topics repeat.
    last: Option<(Topic, Topic)>,
}

impl Class for RegexRouter {
    const CLASS: &'static str = "org.apache.kafka.connect.transforms.RegexRouter";
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let regex = JavaRegex::new(&config.regex).map_err(|error| {
            ConfigError::invalid("regex", &config.regex, &format!("Invalid regex: {error}"))
        })?;
        Ok(Self { regex, replacement: Replacement::new(&config.replacement), last: None })
    }
}

impl Transformation for RegexRouter {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        match &self.last {
            Some((from, to)) if *from == record.topic => record.topic = to.clone(),
            _ => {
                let from = record.topic.clone();
                if self.regex.is_full_match(&from)? {
                    let new = self.regex.replace_first_within(&from, &self.replacement, TOPIC_MAX)?;
                    record.topic = Topic::new(new.ok_or_else(|| topic_too_long("RegexRouter", &from))?);
                }
                self.last = Some((from, record.topic.clone()));
            }
        }
        Ok(Verdict::Keep)
    }
}

//! TopicNameMatches: true for records whose topic matches a regular expression as a whole.

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConfigError, JavaRegex, Predicate, Reader, Record, RecordError, Settings, Topic, Validator,
};

use crate::checks::regex;
use crate::class::Class;

pub(crate) struct Config {
    pattern: String,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let pattern = def
            .field("pattern", string())
            .doc("Regular expression, in Java's syntax, that the topic must match as a whole.")
            .validator(Validator::non_empty())
            .validator(regex())
            .required();
        Box::new(move |values| Self { pattern: values.get(&pattern) })
    }
}

pub(crate) struct TopicNameMatches {
    regex: JavaRegex,
    /// The last topic and the answer: topics repeat.
    last: Option<(Topic, bool)>,
}

impl Class for TopicNameMatches {
    const CLASS: &'static str = "org.apache.kafka.connect.transforms.predicates.TopicNameMatches";
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let regex = JavaRegex::new(&config.pattern).map_err(|error| {
            ConfigError::invalid("pattern", &config.pattern, &format!("Invalid regex: {error}"))
        })?;
        Ok(Self { regex, last: None })
    }
}

impl Predicate for TopicNameMatches {
    fn test(&mut self, record: &Record) -> Result<bool, RecordError> {
        if let Some((topic, answer)) = &self.last
            && *topic == record.topic
        {
            return Ok(*answer);
        }
        let answer = self.regex.is_full_match(&record.topic)?;
        self.last = Some((record.topic.clone(), answer));
        Ok(answer)
    }
}

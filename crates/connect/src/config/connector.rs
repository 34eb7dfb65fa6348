//! A connector's configuration, parsed: what the worker needs to know to run its tasks.
//!
//! Parsing goes through the same definitions as validation and stops at the first bad value; its text is what a status
//! shows. The string map stays beside it, since that is what plugins are given.

use std::sync::Arc;
use std::time::Duration;

use kconnect_api::settings::FromParsed;
use kconnect_api::{ConfigError, ConfigType, Exception, ParsedValue, ParsedValues, Props, classes};

use super::definition::{self, ConverterDefaults, SOURCE_DEAD_LETTERS, aliases_of};
use crate::herder::ConnectorType;
use crate::pattern::Pattern;
use crate::registry::Registry;

/// Settings common to sources and sinks.
#[derive(Clone, Debug)]
pub struct ConnectorConfig {
    /// The connector's name.
    pub name: String,
    /// Its class as given.
    pub class: String,
    /// Most tasks.
    pub tasks_max: u32,
    /// Whether more tasks than that fail the connector.
    pub tasks_max_enforced: bool,
    /// What happens to bad records.
    pub errors: ErrorSettings,
    /// Sink settings; `None` for a source.
    pub sink: Option<SinkSettings>,
    /// The dead-letter queue, if any.
    pub dead_letters: Option<DeadLetterSettings>,
    /// Groups of topics to create; `None` when the broker creates them or nobody does.
    pub topic_creation: Option<TopicCreation>,
    /// The configuration as given.
    pub props: Arc<Props>,
}

/// What happens to bad records (KIP-298).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorSettings {
    /// How long a failed step is tried again; `None` without end.
    pub retry_timeout: Option<Duration>,
    /// Longest pause between attempts.
    pub retry_delay_max: Duration,
    /// `errors.tolerance=all`.
    pub tolerate_all: bool,
    /// `errors.log.enable`.
    pub log: bool,
    /// `errors.log.include.messages`.
    pub log_messages: bool,
}

impl Default for ErrorSettings {
    fn default() -> Self {
        Self {
            retry_timeout: Some(Duration::ZERO),
            retry_delay_max: Duration::from_secs(60),
            tolerate_all: false,
            log: false,
            log_messages: false,
        }
    }
}

/// What a sink consumes.
#[derive(Clone, Debug)]
pub enum Subscription {
    /// Topics by name.
    Topics(Vec<String>),
    /// All topics that match.
    Pattern(Box<Pattern>),
}

/// Settings of sinks.
#[derive(Clone, Debug)]
pub struct SinkSettings {
    /// What is consumed.
    pub subscription: Subscription,
}

/// Settings of a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterSettings {
    /// Its topic.
    pub topic: String,
    /// Replication factor when it has to be created.
    pub replication_factor: i16,
    /// Whether records get headers that tell what went wrong.
    pub context_headers: bool,
}

/// Topics that the worker creates for a source (KIP-158).
#[derive(Clone, Debug)]
pub struct TopicCreation(Vec<TopicGroup>);

/// A group of topics with their settings.
#[derive(Clone, Debug)]
pub struct TopicGroup {
    /// Its name in `topic.creation.groups`.
    pub name: String,
    include: Pattern,
    exclude: Option<Pattern>,
    /// Partitions; -1 for the broker's default.
    pub partitions: i32,
    /// Replication factor; -1 for the broker's default.
    pub replication_factor: i16,
    /// Other topic-level settings.
    pub settings: Props,
}

const CREATION: &str = "topic.creation.";
const RF: &str = "Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default";
const PARTITIONS: &str = "Number of partitions must be positive, or -1 to use the broker's default";

impl ConnectorConfig {
    /// Parses `props` for a connector of `kind`; the error is a `ConfigException` with upstream's text.
    pub fn parse(
        props: &Props,
        kind: ConnectorType,
        registry: &Arc<Registry>,
        topic_creation_enabled: bool,
    ) -> Result<Self, Exception> {
        let mut def = definition::base(kind, registry, &ConverterDefaults::default());
        definition::source_dead_letters(&mut def, kind, props);
        definition::enrich(&mut def, registry, props);
        let values = def.parse(props).map_err(|errors| {
            errors
                .into_iter()
                .next()
                .map_or_else(|| Exception::new(classes::CONFIG, "invalid"), Exception::from)
        })?;
        let sink = match kind {
            ConnectorType::Sink => Some(sink_settings(&values)?),
            _ => None,
        };
        let creates = kind == ConnectorType::Source
            && topic_creation_enabled
            && props.keys().any(|key| key.starts_with(CREATION));
        Ok(Self {
            name: get(&values, "name")?,
            class: get(&values, "connector.class")?,
            tasks_max: u32::try_from(get::<i32>(&values, "tasks.max")?).unwrap_or(1),
            tasks_max_enforced: get(&values, "tasks.max.enforce")?,
            errors: error_settings(&values)?,
            sink,
            dead_letters: dead_letters(&values, kind, props)?,
            topic_creation: if creates { Some(TopicCreation::parse(props)?) } else { None },
            props: Arc::new(props.clone()),
        })
    }

    /// Upstream's text for a connector that made too many tasks.
    #[must_use]
    pub fn too_many_tasks(&self, made: usize) -> Exception {
        Exception::new(
            "org.apache.kafka.connect.runtime.TooManyTasksException",
            format!(
                "The connector {} has generated {made} tasks, which is greater than {}, the maximum number of tasks it is configured to create. This behaviour should be considered a bug and is disallowed. If necessary, it can be permitted by reconfiguring the connector with 'tasks.max.enforce' set to false; however, this option will be removed in a future release of Kafka Connect.",
                self.name, self.tasks_max
            ),
        )
    }
}

fn get<T: FromParsed>(values: &ParsedValues, key: &str) -> Result<T, Exception> {
    T::from_parsed(values.value(key))
        .ok_or_else(|| Exception::new(classes::CONFIG, format!("setting {key} has a value of another type")))
}

fn error_settings(values: &ParsedValues) -> Result<ErrorSettings, Exception> {
    let timeout: i64 = get(values, "errors.retry.timeout")?;
    let delay: i64 = get(values, "errors.retry.delay.max.ms")?;
    Ok(ErrorSettings {
        retry_timeout: u64::try_from(timeout).ok().map(Duration::from_millis),
        retry_delay_max: Duration::from_millis(u64::try_from(delay).unwrap_or(0)),
        tolerate_all: get::<String>(values, "errors.tolerance")? == "all",
        log: get(values, "errors.log.enable")?,
        log_messages: get(values, "errors.log.include.messages")?,
    })
}

fn sink_settings(values: &ParsedValues) -> Result<SinkSettings, Exception> {
    let topics: Vec<String> = get(values, "topics")?;
    let regex: String = get(values, "topics.regex")?;
    let dead_letters: String = get(values, "errors.deadletterqueue.topic.name")?;
    if let Some((_, message)) = sink_conflicts(&topics, &regex, &dead_letters).into_iter().next() {
        return Err(Exception::new(classes::CONFIG, message));
    }
    let subscription = match regex.is_empty() {
        true => Subscription::Topics(topics),
        false => Subscription::Pattern(
            Pattern::new(&regex)
                .map(Box::new)
                .map_err(|detail| Exception::from(ConfigError::invalid("topics.regex", &regex, &detail)))?,
        ),
    };
    Ok(SinkSettings { subscription })
}

fn dead_letters(
    values: &ParsedValues,
    kind: ConnectorType,
    props: &Props,
) -> Result<Option<DeadLetterSettings>, Exception> {
    let wanted = match kind {
        ConnectorType::Sink => true,
        ConnectorType::Source if props.contains_key(SOURCE_DEAD_LETTERS) => get(values, SOURCE_DEAD_LETTERS)?,
        _ => false,
    };
    if !wanted {
        return Ok(None);
    }
    let topic: String = get(values, "errors.deadletterqueue.topic.name")?;
    match (topic.is_empty(), kind) {
        (true, ConnectorType::Source) => Err(Exception::new(classes::CONFIG, NO_DEAD_LETTER_TOPIC)),
        (true, _) => Ok(None),
        _ => Ok(Some(DeadLetterSettings {
            topic,
            replication_factor: get(values, "errors.deadletterqueue.topic.replication.factor")?,
            context_headers: get(values, "errors.deadletterqueue.context.headers.enable")?,
        })),
    }
}

pub(crate) const NO_DEAD_LETTER_TOPIC: &str =
    "errors.deadletterqueue.source.enable is true, so errors.deadletterqueue.topic.name must name a topic";

/// What contradicts itself in a sink's settings: (key, upstream's text).
pub(crate) fn sink_conflicts(
    topics: &[String],
    regex: &str,
    dead_letters: &str,
) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut on_both = |text: &str| found.extend(["topics", "topics.regex"].map(|key| (key, text.to_owned())));
    match (topics.is_empty(), regex.is_empty()) {
        (false, false) => {
            on_both("topics and topics.regex are mutually exclusive options, but both are set.")
        }
        (true, true) => on_both("Must configure one of topics or topics.regex"),
        _ => {}
    }
    if dead_letters.is_empty() {
        return found;
    }
    if topics.iter().any(|topic| topic == dead_letters) {
        let list = topics.join(", ");
        found.push((
            "topics",
            format!(
                "The DLQ topic '{dead_letters}' may not be included in the list of topics ('topics=[{list}]') consumed by the connector"
            ),
        ));
    }
    if !regex.is_empty() && Pattern::new(regex).is_ok_and(|pattern| pattern.matches(dead_letters)) {
        found.push((
            "topics.regex",
            format!(
                "The DLQ topic '{dead_letters}' may not be matched by the regex for the topics ('topics.regex={regex}') consumed by the connector"
            ),
        ));
    }
    found
}

impl TopicCreation {
    fn parse(props: &Props) -> Result<Self, Exception> {
        let default = TopicGroup::parse(props, "default", None)?;
        let mut groups = Vec::new();
        for name in aliases_of(props, "topic.creation.groups") {
            if name == "default" {
                tracing::warn!("topic.creation.groups lists 'default', which is there anyway");
            } else {
                groups.push(TopicGroup::parse(props, &name, Some(&default))?);
            }
        }
        groups.push(default);
        Ok(Self(groups))
    }

    /// The first group that `topic` belongs to; the default one takes all.
    #[must_use]
    pub fn group(&self, topic: &str) -> &TopicGroup {
        self.0.iter().find(|group| group.takes(topic)).unwrap_or(&self.0[self.0.len() - 1])
    }
}

impl TopicGroup {
    fn parse(props: &Props, name: &str, default: Option<&TopicGroup>) -> Result<Self, Exception> {
        let prefix = format!("{CREATION}{name}.");
        let number = |short: &str, kind: ConfigType, fallback: Option<i32>, rule: &str| {
            let key = format!("{prefix}{short}");
            let Some(text) = props.get(&key) else {
                return fallback.ok_or_else(|| Exception::from(ConfigError::missing(&key)));
            };
            let value = match kind.parse(&key, text)? {
                ParsedValue::Short(value) => i32::from(value),
                ParsedValue::Int(value) => value,
                _ => 0,
            };
            if value == -1 || value >= 1 {
                return Ok(value);
            }
            // Upstream checks it without its prefix.
            Err(Exception::from(ConfigError::invalid(short, &value.to_string(), rule)))
        };
        let factor = number(
            "replication.factor",
            ConfigType::Short,
            default.map(|d| i32::from(d.replication_factor)),
            RF,
        )?;
        let partitions = number("partitions", ConfigType::Int, default.map(|d| d.partitions), PARTITIONS)?;
        // The default group takes everything, whatever the user wrote.
        let own = default.is_some();
        let include = if own { union(props, &format!("{prefix}include"))? } else { Some(anything()) };
        let reserved = ["include", "exclude", "partitions", "replication.factor"];
        let settings = props.iter().filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?, value)));
        Ok(Self {
            name: name.to_owned(),
            include: include.unwrap_or_else(nothing),
            exclude: if own { union(props, &format!("{prefix}exclude"))? } else { None },
            partitions,
            replication_factor: factor as i16,
            settings: settings
                .filter(|(key, _)| !reserved.contains(key))
                .map(|(key, value)| (key.to_owned(), value.clone()))
                .collect(),
        })
    }

    fn takes(&self, topic: &str) -> bool {
        !self.exclude.as_ref().is_some_and(|exclude| exclude.matches(topic)) && self.include.matches(topic)
    }
}

fn anything() -> Pattern {
    Pattern::new(".*").expect("a constant pattern compiles")
}

fn nothing() -> Pattern {
    Pattern::new("[^\\s\\S]").expect("a constant pattern compiles")
}

/// A list of patterns as one; `None` when the list is empty.
fn union(props: &Props, key: &str) -> Result<Option<Pattern>, Exception> {
    let patterns = aliases_of(props, key);
    for pattern in &patterns {
        Pattern::new(pattern).map_err(|detail| {
            Exception::from(ConfigError::invalid(
                key,
                pattern,
                &format!("Syntax error in regular expression: {detail}"),
            ))
        })?;
    }
    if patterns.is_empty() {
        return Ok(None);
    }
    let joined = patterns.join("|");
    Pattern::new(&joined).map(Some).map_err(|detail| {
        Exception::from(ConfigError::invalid(
            key,
            &joined,
            &format!("Syntax error in regular expression: {detail}"),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn topics_are_created_by_the_first_group_that_takes_them() {
        let creation = TopicCreation::parse(&props(&[
            ("topic.creation.groups", "logs,default,odd"),
            ("topic.creation.default.replication.factor", "1"),
            ("topic.creation.default.partitions", "2"),
            ("topic.creation.logs.include", "log-.*,trace"),
            ("topic.creation.logs.exclude", "log-x"),
            ("topic.creation.logs.partitions", "7"),
            ("topic.creation.logs.cleanup.policy", "compact"),
        ]))
        .unwrap();
        assert_eq!(creation.group("log-a").name, "logs");
        assert_eq!((creation.group("trace").partitions, creation.group("trace").replication_factor), (7, 1));
        assert_eq!(creation.group("log-a").settings, props(&[("cleanup.policy", "compact")]));
        assert_eq!(
            (creation.group("log-x").name.as_str(), creation.group("log-x").partitions),
            ("default", 2)
        );
    }

    #[test]
    fn a_missing_default_group_and_bad_numbers_are_named() {
        let check = |pairs: &[(&str, &str)], expect: &str| {
            let error = TopicCreation::parse(&props(pairs)).unwrap_err();
            assert_eq!(error.message(), Some(expect));
        };
        let missing = "Missing required configuration \"topic.creation.default.replication.factor\" which has no default value.";
        check(&[("topic.creation.groups", "")], missing);
        check(
            &[("topic.creation.default.replication.factor", "1"), ("topic.creation.default.partitions", "0")],
            &format!("Invalid value 0 for configuration partitions: {PARTITIONS}"),
        );
    }

    #[test]
    fn a_sink_without_topics_or_with_its_dead_letters_among_them_is_refused() {
        let topics = ["a".to_owned(), "d".to_owned()];
        assert_eq!(sink_conflicts(&[], "", "").len(), 2);
        assert_eq!(sink_conflicts(&topics, "x.*", "").len(), 2);
        let text = "The DLQ topic 'd' may not be included in the list of topics ('topics=[a, d]') consumed by the connector";
        assert_eq!(sink_conflicts(&topics, "", "d"), [("topics", text.to_owned())]);
        assert_eq!(sink_conflicts(&[], "d.*", "d")[0].0, "topics.regex");
    }
}

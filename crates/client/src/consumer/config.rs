//! Consumer settings under Kafka's names, with Kafka's defaults and validation texts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kconnect_wire::compress::DEFAULT_DECOMPRESS_LIMIT;

use crate::config::{ConfigError, Props};
use crate::group::Assignor;

/// How a consumer reads. The settings of the connection are the [`Client`](crate::Client)'s.
#[derive(Debug, Clone)]
pub struct ConsumerConfig {
    /// `group.id`; without one there is no subscription and no committed offset.
    pub group_id: Option<Arc<str>>,
    /// `group.instance.id`: a static member (KIP-345) keeps its partitions through a restart.
    pub group_instance_id: Option<Arc<str>>,
    /// `auto.offset.reset`: where to start when there is no usable offset.
    pub offset_reset: OffsetReset,
    /// `isolation.level`.
    pub isolation: Isolation,
    /// `fetch.min.bytes`: the broker waits for this much, up to `fetch_wait_max`.
    pub fetch_min_bytes: i32,
    /// `fetch.max.bytes`: most bytes of one answer, except for a single larger batch.
    pub fetch_max_bytes: i32,
    /// `fetch.max.wait.ms`.
    pub fetch_wait_max: Duration,
    /// `max.partition.fetch.bytes`: most bytes of one partition in one answer, with the same exception.
    pub partition_fetch_bytes: i32,
    /// `check.crcs`: verify the checksum of each batch before its records are handed out.
    pub check_crcs: bool,
    /// Most bytes received and not yet handed out. Not a setting of Kafka: the Java client bounds its memory
    /// by fetch size times brokers, this one by one number for the consumer.
    pub fetch_budget: usize,
    /// Most bytes that one batch may decompress to, so that a small one cannot take all memory. Not a setting of Kafka.
    pub decompress_limit: usize,
    /// `session.timeout.ms`.
    pub session_timeout: Duration,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval: Duration,
    /// `max.poll.interval.ms`: longest time between two polls, and for a rebalance.
    pub poll_interval_max: Duration,
    /// `max.poll.records`: most records of one poll.
    pub poll_records_max: usize,
    /// `partition.assignment.strategy`, in order of preference.
    pub assignors: Vec<Assignor>,
    /// `client.rack`: read from replicas of this rack (KIP-392).
    pub rack: Option<Arc<str>>,
    /// `allow.auto.create.topics`.
    pub allow_auto_create_topics: bool,
    /// `exclude.internal.topics`: whether a pattern passes over `__consumer_offsets` and its like.
    pub exclude_internal_topics: bool,
    /// `enable.auto.commit` and `auto.commit.interval.ms`.
    pub auto_commit_interval: Option<Duration>,
    /// `default.api.timeout.ms`: deadline of calls that name none.
    pub api_timeout: Duration,
}

/// `auto.offset.reset` (KIP-1106 for the duration).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetReset {
    /// The first record that is still there.
    Earliest,
    /// Only what is written from now on.
    Latest,
    /// The first record not older than this.
    ByDuration(Duration),
    /// Fail, and let the user choose.
    None,
}

/// `isolation.level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Records of open and aborted transactions are seen.
    ReadUncommitted,
    /// Only what is committed or outside of transactions, up to the last stable offset.
    ReadCommitted,
}

impl Default for ConsumerConfig {
    fn default() -> Self {
        ConsumerConfig {
            group_id: None,
            group_instance_id: None,
            offset_reset: OffsetReset::Latest,
            isolation: Isolation::ReadUncommitted,
            fetch_min_bytes: 1,
            fetch_max_bytes: 50 << 20,
            fetch_wait_max: Duration::from_millis(500),
            partition_fetch_bytes: 1 << 20,
            check_crcs: true,
            fetch_budget: 64 << 20,
            decompress_limit: DEFAULT_DECOMPRESS_LIMIT,
            session_timeout: Duration::from_secs(45),
            heartbeat_interval: Duration::from_secs(3),
            poll_interval_max: Duration::from_secs(300),
            poll_records_max: 500,
            assignors: vec![Assignor::Range, Assignor::CooperativeSticky],
            rack: None,
            allow_auto_create_topics: true,
            exclude_internal_topics: true,
            auto_commit_interval: None,
            api_timeout: Duration::from_secs(60),
        }
    }
}

/// Keys that a consumer knows beside the common ones.
pub const CONSUMER_KEYS: &[&str] = &[
    "allow.auto.create.topics",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "check.crcs",
    "enable.auto.commit",
    "exclude.internal.topics",
    "fetch.max.bytes",
    "fetch.max.wait.ms",
    "fetch.min.bytes",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "interceptor.classes",
    "isolation.level",
    "key.deserializer",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "max.poll.records",
    "partition.assignment.strategy",
    "session.timeout.ms",
    "value.deserializer",
];

impl ConsumerConfig {
    /// Reads the consumer's settings; the client's and unknown ones are left alone. All problems are reported
    /// together. Deserializers are accepted and without effect: records are bytes here.
    pub fn from_props(map: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut props = Props::new(map);
        let config = Self::read(&mut props);
        props.finish()?;
        Ok(config)
    }

    fn read(props: &mut Props<'_>) -> Self {
        let defaults = ConsumerConfig::default();
        let group_id = read_group_id(props);
        let config = ConsumerConfig {
            auto_commit_interval: read_auto_commit(props, group_id.is_some()),
            group_id,
            group_instance_id: read_instance_id(props),
            offset_reset: read_offset_reset(props),
            isolation: match props.one_of(
                "isolation.level",
                "read_uncommitted",
                &["read_committed", "read_uncommitted"],
            ) {
                "read_committed" => Isolation::ReadCommitted,
                _ => Isolation::ReadUncommitted,
            },
            fetch_min_bytes: props.int("fetch.min.bytes", defaults.fetch_min_bytes, 0..=i32::MAX),
            fetch_max_bytes: props.int("fetch.max.bytes", defaults.fetch_max_bytes, 0..=i32::MAX),
            fetch_wait_max: props.int_millis("fetch.max.wait.ms", 500, 0..=i32::MAX),
            partition_fetch_bytes: props.int(
                "max.partition.fetch.bytes",
                defaults.partition_fetch_bytes,
                0..=i32::MAX,
            ),
            check_crcs: props.boolean("check.crcs", true),
            fetch_budget: defaults.fetch_budget,
            decompress_limit: defaults.decompress_limit,
            session_timeout: props.int_millis("session.timeout.ms", 45_000, i32::MIN..=i32::MAX),
            heartbeat_interval: props.int_millis("heartbeat.interval.ms", 3_000, i32::MIN..=i32::MAX),
            poll_interval_max: props.int_millis("max.poll.interval.ms", 300_000, 1..=i32::MAX),
            poll_records_max: usize::try_from(props.int("max.poll.records", 500, 1..=i32::MAX))
                .unwrap_or(500),
            assignors: read_assignors(props, defaults.assignors),
            rack: props.get("client.rack").filter(|rack| !rack.is_empty()).map(Arc::from),
            allow_auto_create_topics: props.boolean("allow.auto.create.topics", true),
            exclude_internal_topics: props.boolean("exclude.internal.topics", true),
            api_timeout: props.int_millis("default.api.timeout.ms", 60_000, 0..=i32::MAX),
        };
        if config.group_id.is_some() && config.heartbeat_interval >= config.session_timeout {
            props.problem("heartbeat.interval.ms", "Heartbeat must be set lower than the session timeout");
        }
        if props.one_of_ignoring_case("group.protocol", "classic", &["consumer", "classic"]) == "consumer" {
            props.problem(
                "group.protocol",
                "Invalid value consumer for configuration group.protocol: not supported yet; only CLASSIC is",
            );
        }
        config
    }
}

fn read_group_id(props: &mut Props<'_>) -> Option<Arc<str>> {
    let id = props.get("group.id")?;
    if id.is_empty() {
        props.problem("group.id", "The configured group.id should not be an empty string or whitespace.");
    }
    Some(Arc::from(id))
}

fn read_instance_id(props: &mut Props<'_>) -> Option<Arc<str>> {
    let id = props.get("group.instance.id")?;
    if id.is_empty() {
        props.problem(
            "group.instance.id",
            "Invalid value  for configuration group.instance.id: String must be non-empty",
        );
    }
    Some(Arc::from(id))
}

/// On by default as soon as there is a group; asking for it without one is an error.
fn read_auto_commit(props: &mut Props<'_>, has_group: bool) -> Option<Duration> {
    let wanted = props.boolean("enable.auto.commit", has_group);
    let interval = props.int_millis("auto.commit.interval.ms", 5_000, 0..=i32::MAX);
    if wanted && !has_group {
        props.problem(
            "enable.auto.commit",
            "enable.auto.commit cannot be set to true when default group id (null) is used.",
        );
    }
    wanted.then_some(interval)
}

fn read_offset_reset(props: &mut Props<'_>) -> OffsetReset {
    const KEY: &str = "auto.offset.reset";
    let text = props.text(KEY, "latest");
    let by_duration = || text.strip_prefix("by_duration:").and_then(parse_iso_duration);
    match text {
        "earliest" => OffsetReset::Earliest,
        "latest" => OffsetReset::Latest,
        "none" => OffsetReset::None,
        _ => by_duration().map(OffsetReset::ByDuration).unwrap_or_else(|| {
            props.problem(
                KEY,
                format!(
                    "Invalid value {text} for configuration {KEY}: Invalid value `{text}` for configuration {KEY}. \
                     The value must be either 'earliest', 'latest', 'none' or of the format \
                     'by_duration:<PnDTnHnMn.nS.>'."
                ),
            );
            OffsetReset::Latest
        }),
    }
}

fn read_assignors(props: &mut Props<'_>, default: Vec<Assignor>) -> Vec<Assignor> {
    const KEY: &str = "partition.assignment.strategy";
    if !props.is_set(KEY) {
        return default;
    }
    let mut assignors = Vec::new();
    for class in props.list(KEY) {
        match Assignor::parse(class) {
            Some(assignor) if !assignors.contains(&assignor) => assignors.push(assignor),
            Some(_) => {}
            None => props.problem(KEY, format!("{class} ClassNotFoundException exception occurred")),
        }
    }
    assignors
}

/// The forms `java.time.Duration` reads: `PnDTnHnMn.nS`, in any case; a negative whole is refused here because
/// it means a time to come.
fn parse_iso_duration(text: &str) -> Option<Duration> {
    let text = text.to_ascii_uppercase();
    let (sign, body) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text)),
    };
    let body = body.strip_prefix('P')?;
    let (days, time) = match body.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (body, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut seconds = sum_units(days, &[('D', 86_400.0)])?;
    seconds += sum_units(time, &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)])?;
    Duration::try_from_secs_f64(sign * seconds).ok()
}

/// Adds up numbers with units, each unit at most once and in the given order; only seconds have a fraction.
fn sum_units(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut sum = 0.0;
    for (unit, seconds) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
            let allowed = |c: char| c.is_ascii_digit() || (*unit == 'S' && c == '.');
            if !digits.starts_with(|c: char| c.is_ascii_digit()) || !digits.chars().all(allowed) {
                return None;
            }
            sum += number.parse::<f64>().ok()? * seconds;
            text = rest;
        }
    }
    text.is_empty().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<ConsumerConfig, String> {
        let map = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        ConsumerConfig::from_props(&map).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_those_of_kafka() {
        let config = read(&[]).unwrap();
        assert_eq!(config.offset_reset, OffsetReset::Latest);
        assert_eq!(config.poll_records_max, 500);
        assert_eq!(config.assignors, [Assignor::Range, Assignor::CooperativeSticky]);
        assert_eq!(config.auto_commit_interval, None, "no group, nothing to commit to");
        let config = read(&[("group.id", "g")]).unwrap();
        assert_eq!(config.auto_commit_interval, Some(Duration::from_secs(5)));
    }

    #[test]
    fn assignors_are_known_by_their_java_classes() {
        let classes = "org.apache.kafka.clients.consumer.StickyAssignor, org.apache.kafka.clients.consumer.RoundRobinAssignor";
        let config = read(&[("partition.assignment.strategy", classes)]).unwrap();
        assert_eq!(config.assignors, [Assignor::Sticky, Assignor::RoundRobin]);
    }

    #[test]
    fn durations_are_read_as_java_reads_them() {
        let rows: &[(&str, Option<f64>)] = &[
            ("PT1H", Some(3600.0)),
            ("pt0.5s", Some(0.5)),
            ("P1DT2H3M4.5S", Some(93_784.5)),
            ("P2D", Some(172_800.0)),
            ("PT1H-30M", Some(1800.0)),
            ("PT0S", Some(0.0)),
            ("-PT1H", None),
            ("PT", None),
            ("P", None),
            ("P1DT", None),
            ("PT1.5H", None),
            ("PT1M1H", None),
            ("1H", None),
            ("PTS", None),
            ("PT99999999999999999999999999S", None),
        ];
        for (text, expect) in rows {
            assert_eq!(parse_iso_duration(text).map(|d| d.as_secs_f64()), *expect, "{text}");
        }
    }

    #[test]
    fn bad_values_are_named_in_the_words_of_kafka() {
        let reset = "Invalid value x for configuration auto.offset.reset: Invalid value `x` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.";
        let rows: &[(&str, &str, &str)] = &[
            ("auto.offset.reset", "x", reset),
            (
                "fetch.min.bytes",
                "abc",
                "Invalid value abc for configuration fetch.min.bytes: Not a number of type INT",
            ),
            (
                "fetch.min.bytes",
                "-1",
                "Invalid value -1 for configuration fetch.min.bytes: Value must be at least 0",
            ),
            (
                "check.crcs",
                "yes",
                "Invalid value yes for configuration check.crcs: Expected value to be either true or false",
            ),
            (
                "isolation.level",
                "x",
                "Invalid value x for configuration isolation.level: String must be one of: read_committed, read_uncommitted",
            ),
            (
                "group.protocol",
                "x",
                "Invalid value x for configuration group.protocol: String must be one of (case insensitive): CONSUMER, CLASSIC",
            ),
            (
                "max.poll.records",
                "0",
                "Invalid value 0 for configuration max.poll.records: Value must be at least 1",
            ),
            (
                "group.instance.id",
                "",
                "Invalid value  for configuration group.instance.id: String must be non-empty",
            ),
            ("group.id", " ", "The configured group.id should not be an empty string or whitespace."),
            (
                "enable.auto.commit",
                "true",
                "enable.auto.commit cannot be set to true when default group id (null) is used.",
            ),
            ("partition.assignment.strategy", "foo.Bar", "foo.Bar ClassNotFoundException exception occurred"),
        ];
        for (key, value, expect) in rows {
            assert_eq!(read(&[(key, value)]).unwrap_err(), *expect);
        }
        let late = read(&[("group.id", "g"), ("heartbeat.interval.ms", "50000")]).unwrap_err();
        assert_eq!(late, "Heartbeat must be set lower than the session timeout");
    }
}

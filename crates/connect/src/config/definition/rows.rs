//! The settings of all connectors as tables: what upstream has of each, and a text of our own.

use kconnect_api::ConfigType::{self, Boolean, Int, List, Long, Short, String};
use kconnect_api::Importance::{self, High, Low, Medium};
use kconnect_api::Width as W;
use kconnect_api::{ConfigDef, ConfigDefault, ConfigKey, ParsedValue, Validator};

use super::{SOURCE_DEAD_LETTERS, checks};

/// A default, as a constant.
#[derive(Clone, Copy)]
pub(crate) enum Given {
    /// There is none: the setting must be given.
    Required,
    /// It is null.
    Null,
    /// It is this text, parsed.
    Is(&'static str),
}

use Given::{Is, Null, Required};

impl From<Given> for ConfigDefault {
    fn from(given: Given) -> Self {
        match given {
            Required => Self::Required,
            Null => Self::Null,
            Is(text) => Self::Text(text.to_owned()),
        }
    }
}

/// Name, type, default, importance, group, position in it, width, label; text; check.
pub(super) struct Row(
    &'static str,
    ConfigType,
    Given,
    Importance,
    &'static str,
    i32,
    W,
    &'static str,
    &'static str,
    Option<fn() -> Validator>,
);

/// Adds the settings of a table.
pub(super) fn add(def: &mut ConfigDef, rows: &[Row]) {
    for Row(name, kind, default, importance, group, order, width, display, doc, check) in rows {
        def.add(ConfigKey {
            default: (*default).into(),
            importance: *importance,
            doc: (*doc).to_owned(),
            group: Some((*group).to_owned()),
            order_in_group: *order,
            width: *width,
            display_name: (*display).to_owned(),
            validator: check.map(|check| check()),
            ..ConfigKey::new(*name, *kind)
        });
    }
}

const COMMON: &str = "Common";
const ERRORS: &str = "Error Handling";
const EXACTLY_ONCE: &str = "Exactly Once Support";

/// What a connector is.
#[rustfmt::skip] // A setting reads best as its facts, its text, its check.
pub(super) static IDENTITY: &[Row] = &[
    Row("name", String, Required, High, COMMON, 1, W::Medium, "Connector name",
        "Name of this connector, unique in the cluster.",
        Some(checks::connector_name)),
    Row("connector.class", String, Required, High, COMMON, 2, W::Long, "Connector class",
        "Class of the connector: the full name, its last part, or that part without \"Connector\".",
        None),
    Row("connector.plugin.version", String, Null, Medium, COMMON, 3, W::Medium, "Connector version",
        "Version of the connector class; the one compiled in when not set.",
        None),
    Row("tasks.max", Int, Is("1"), High, COMMON, 4, W::Short, "Tasks max",
        "Most tasks that the connector may be split into.",
        Some(|| Validator::range(Some(ParsedValue::Int(1)), None))),
    Row("tasks.max.enforce", Boolean, Is("true"), Low, COMMON, 5, W::Short, "Enforce tasks max",
        "Whether a connector that makes more tasks than tasks.max fails.",
        None),
];

/// What its records go through, beside converters.
#[rustfmt::skip] // A setting reads best as its facts, its text, its check.
pub(super) static LISTS: &[Row] = &[
    Row("transforms", List, Is(""), Low, "Transforms", 12, W::Long, "Transforms",
        "Aliases of the transforms that records go through, in order.",
        Some(checks::aliases)),
    Row("predicates", List, Is(""), Low, "Predicates", 13, W::Long, "Predicates",
        "Aliases of the predicates that transforms refer to.",
        Some(checks::aliases)),
];

/// What happens when something changes or fails.
#[rustfmt::skip] // A setting reads best as its facts, its text, its check.
pub(super) static CHANGES_AND_ERRORS: &[Row] = &[
    Row("config.action.reload", String, Is("restart"), Low, COMMON, 14, W::Medium, "Reload Action",
        "What happens when a config provider announces a new value: restart, or none.",
        Some(|| Validator::one_of(["none", "restart"]))),
    Row("errors.retry.timeout", Long, Is("0"), Medium, ERRORS, 1, W::Medium, "Retry Timeout for Errors",
        "Milliseconds during which a failed conversion or transform is tried again; 0 never, -1 without end.",
        None),
    Row("errors.retry.delay.max.ms", Long, Is("60000"), Medium, ERRORS, 2, W::Medium, "Maximum Delay Between Retries for Errors",
        "Longest pause between two such attempts, in milliseconds.",
        None),
    Row("errors.tolerance", String, Is("none"), Medium, ERRORS, 3, W::Short, "Error Tolerance",
        "none: the first bad record fails the task; all: bad records are reported and skipped.",
        Some(|| Validator::one_of(["none", "all"]))),
    Row("errors.log.enable", Boolean, Is("false"), Medium, ERRORS, 4, W::Short, "Log Errors",
        "Whether each error of a record is logged, tolerated or not.",
        None),
    Row("errors.log.include.messages", Boolean, Is("false"), Medium, ERRORS, 5, W::Short, "Log Error Details",
        "Whether such a log line shows the record, which may hold secrets.",
        None),
];

/// Sources.
#[rustfmt::skip] // A setting reads best as its facts, its text, its check.
pub(super) static SOURCE: &[Row] = &[
    Row("topic.creation.groups", List, Is(""), Low, "Topic Creation", 1, W::Long, "Topic Creation Groups",
        "Groups of topics that the worker creates with settings of their own.",
        Some(checks::aliases)),
    Row("exactly.once.support", String, Is("requested"), Medium, EXACTLY_ONCE, 2, W::Short, "Exactly once support",
        "required: refuse to start the connector without exactly-once delivery.",
        Some(|| Validator::one_of_ignoring_case(["required", "requested"]))),
    Row("transaction.boundary", String, Is("poll"), Medium, EXACTLY_ONCE, 3, W::Short, "Transaction Boundary",
        "Where transactions of exactly-once delivery end: after each poll, by time, or where the connector says.",
        Some(|| Validator::one_of_ignoring_case(["interval", "poll", "connector"]))),
    Row("transaction.boundary.interval.ms", Long, Null, Low, EXACTLY_ONCE, 4, W::Short, "Transaction boundary interval",
        "Milliseconds between two commits with transaction.boundary=interval.",
        Some(|| Validator::range(Some(ParsedValue::Long(0)), None).unless_null())),
    Row("offsets.storage.topic", String, Null, Low, "offsets.topic", 1, W::Long, "Offsets topic",
        "A topic for the offsets of this connector alone; the worker's when not set.",
        Some(Validator::non_empty)),
];

/// Sinks.
#[rustfmt::skip] // A setting reads best as its facts, its text, its check.
pub(super) static SINK: &[Row] = &[
    Row("topics", List, Is(""), High, COMMON, 4, W::Long, "Topics",
        "Topics to consume, with commas between.",
        Some(checks::topic_list)),
    Row("topics.regex", String, Is(""), High, COMMON, 4, W::Long, "Topics regex",
        "A regular expression of topics to consume, instead of topics.",
        Some(checks::regex_check)),
];

/// Whether a source has a dead-letter queue.
#[rustfmt::skip] // A setting reads best as its facts, its text, its check.
pub(super) static SOURCE_LETTERS: &[Row] = &[
    Row(SOURCE_DEAD_LETTERS, Boolean, Is("false"), Medium, ERRORS, 9, W::Short, "Enable Dead Letter Queue For Sources",
        "Whether records of a source that cannot be processed are written to the dead letter queue.",
        None),
];

/// A dead-letter queue.
#[rustfmt::skip] // A setting reads best as its facts, its text, its check.
pub(super) static DEAD_LETTERS: &[Row] = &[
    Row("errors.deadletterqueue.topic.name", String, Is(""), Medium, ERRORS, 6, W::Medium, "Dead Letter Queue Topic Name",
        "The topic that records which cannot be processed are written to; none when empty.",
        None),
    Row("errors.deadletterqueue.topic.replication.factor", Short, Is("3"), Medium, ERRORS, 7, W::Medium, "Dead Letter Queue Topic Replication Factor",
        "Replication factor of that topic when it has to be created.",
        None),
    Row("errors.deadletterqueue.context.headers.enable", Boolean, Is("false"), Medium, ERRORS, 8, W::Medium, "Enable Error Context Headers",
        "Whether such records carry headers that say what went wrong, where.",
        None),
];

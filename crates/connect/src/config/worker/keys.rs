//! Keys that are not settings of this worker: which of them go on to somebody else, and what a misspelt one was meant to be.

use kconnect_api::{ConfigDef, Props};

use super::Notice;

/// Keys below these are passed on to clients and plugins.
const PREFIXES: &[&str] = &[
    "producer.",
    "consumer.",
    "admin.",
    "key.converter.",
    "value.converter.",
    "header.converter.",
    "metrics.context.",
    "listeners.https.",
    "admin.listeners.https.",
    "config.providers.",
    "ssl.",
    "sasl.",
    "kconnect.",
    // Of distributed workers, so that one file can serve both.
    "config.storage.",
    "offset.storage.",
    "status.storage.",
    "inter.worker.",
    "rest.extension.",
];

/// Keys of distributed workers and of clients: known, without effect on a standalone worker itself.
const ELSEWHERE: &[&str] = &[
    "group.id",
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "rebalance.timeout.ms",
    "exactly.once.source.support",
    "connect.protocol",
    "scheduled.rebalance.max.delay.ms",
    "worker.sync.timeout.ms",
    "worker.unsync.backoff.ms",
    "internal.key.converter",
    "internal.value.converter",
    "rest.host.name",
    "rest.port",
    "group.instance.id",
    "auto.include.jmx.reporter",
];

pub(super) fn unknown_keys(props: &Props, def: &ConfigDef) -> Vec<Notice> {
    let client = kconnect_client::config::COMMON_KEYS;
    let known: Vec<&str> = def
        .keys()
        .iter()
        .map(|key| key.name.as_str())
        .chain(ELSEWHERE.iter().copied())
        .chain(client.iter().copied())
        .collect();
    let unknown = props.keys().filter(|key| {
        !known.contains(&key.as_str()) && !PREFIXES.iter().any(|prefix| key.starts_with(prefix))
    });
    unknown
        .map(|key| {
            let hint = nearest(key, known.iter().copied())
                .map_or(String::new(), |name| format!("; did you mean '{name}'?"));
            Notice::Warn(format!(
                "'{key}' is not a setting of this worker and only passed on to clients{hint}"
            ))
        })
        .collect()
}

/// A given key that is perhaps meant to be `wanted`.
pub(super) fn misspelt<'a>(props: &'a Props, wanted: &str) -> Option<&'a str> {
    let found = nearest(wanted, props.keys().map(String::as_str))?;
    (found != wanted).then_some(found)
}

fn nearest<'a>(key: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (key.len() / 5).clamp(1, 3);
    candidates
        .map(|name| (distance(key, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Edits between two texts.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

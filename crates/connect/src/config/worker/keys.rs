//! Keys that are not settings of this worker: which of them go on to somebody else, and what a misspelt one was meant to be.

use kconnect_api::{ConfigDef, Props};

use super::Notice;
use crate::config::client_settings::ClientKind;
use crate::config::typos::nearest;

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
    let unknown = unknown.map(|key| {
        let hint = nearest(key, known.iter().copied())
            .map_or(String::new(), |name| format!("; did you mean '{name}'?"));
        Notice::Warn(format!("'{key}' is not a setting of this worker and only passed on to clients{hint}"))
    });
    let of_clients = props.keys().filter(|key| !known.contains(&key.as_str())).filter_map(of_client);
    unknown.chain(of_clients).collect()
}

/// What is wrong with a setting of the worker's producers, consumers and admin clients.
fn of_client(key: &String) -> Option<Notice> {
    let prefixes = [
        ("producer.", ClientKind::Producer),
        ("consumer.", ClientKind::Consumer),
        ("admin.", ClientKind::Admin),
    ];
    let (prefix, client) = prefixes.into_iter().find(|(prefix, _)| key.starts_with(prefix))?;
    let name = key.strip_prefix(prefix)?;
    if client.definition(name).is_some() || name.starts_with("listeners.https.") {
        return None;
    }
    let hint = nearest(name, client.names())
        .map_or(String::new(), |name| format!("; did you mean '{prefix}{name}'?"));
    Some(Notice::Warn(format!("'{key}' is not a setting of Kafka's clients and has no effect{hint}")))
}

/// Settings in the name of this program that it does not have. Ignored, `kconnect.profil=strict` would be a worker that
/// only seems to be strict.
pub(super) fn unknown_own_keys(props: &Props, def: &ConfigDef) -> Vec<String> {
    let own = |key: &str| key.starts_with("kconnect.");
    let known: Vec<&str> = def.keys().iter().map(|key| key.name.as_str()).filter(|key| own(key)).collect();
    let unknown = props.keys().filter(|key| own(key) && !known.contains(&key.as_str()));
    unknown
        .map(|key| {
            let hint = nearest(key, known.iter().copied()).map_or_else(
                || format!("there are {}", known.join(", ")),
                |name| format!("did you mean '{name}'?"),
            );
            format!("{key}: there is no such setting; {hint}")
        })
        .collect()
}

/// A given key that is perhaps meant to be `wanted`.
pub(super) fn misspelt<'a>(props: &'a Props, wanted: &str) -> Option<&'a str> {
    let found = nearest(wanted, props.keys().map(String::as_str))?;
    (found != wanted).then_some(found)
}

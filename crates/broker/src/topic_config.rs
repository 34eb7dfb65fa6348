//! The topic configurations the broker knows: name, type and default as Apache Kafka 4.3 reports them.
//!
//! All are stored and described. Those that this broker acts on: `message.timestamp.type`, `max.message.bytes`,
//! `min.insync.replicas`. `cleanup.policy` and retention are accepted and not carried out yet.

use std::collections::BTreeMap;

/// Type codes of DescribeConfigs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean = 1,
    Text = 2,
    Int = 3,
    Long = 5,
    Double = 6,
    List = 7,
}

/// One known configuration.
#[derive(Debug)]
pub(crate) struct Known {
    pub name: &'static str,
    pub kind: Kind,
    pub default: &'static str,
}

const fn known(name: &'static str, kind: Kind, default: &'static str) -> Known {
    Known { name, kind, default }
}

/// Sorted by name.
pub(crate) const TOPIC_CONFIGS: &[Known] = &[
    known("cleanup.policy", Kind::List, "delete"),
    known("compression.gzip.level", Kind::Int, "-1"),
    known("compression.lz4.level", Kind::Int, "9"),
    known("compression.type", Kind::Text, "producer"),
    known("compression.zstd.level", Kind::Int, "3"),
    known("delete.retention.ms", Kind::Long, "86400000"),
    known("file.delete.delay.ms", Kind::Long, "60000"),
    known("flush.messages", Kind::Long, "9223372036854775807"),
    known("flush.ms", Kind::Long, "9223372036854775807"),
    known("follower.replication.throttled.replicas", Kind::List, ""),
    known("index.interval.bytes", Kind::Int, "4096"),
    known("leader.replication.throttled.replicas", Kind::List, ""),
    known("local.retention.bytes", Kind::Long, "-2"),
    known("local.retention.ms", Kind::Long, "-2"),
    known("max.compaction.lag.ms", Kind::Long, "9223372036854775807"),
    known("max.message.bytes", Kind::Int, "1048588"),
    known("message.timestamp.after.max.ms", Kind::Long, "3600000"),
    known("message.timestamp.before.max.ms", Kind::Long, "9223372036854775807"),
    known("message.timestamp.type", Kind::Text, "CreateTime"),
    known("min.cleanable.dirty.ratio", Kind::Double, "0.5"),
    known("min.compaction.lag.ms", Kind::Long, "0"),
    known("min.insync.replicas", Kind::Int, "1"),
    known("preallocate", Kind::Boolean, "false"),
    known("remote.log.copy.disable", Kind::Boolean, "false"),
    known("remote.log.delete.on.disable", Kind::Boolean, "false"),
    known("remote.storage.enable", Kind::Boolean, "false"),
    known("retention.bytes", Kind::Long, "-1"),
    known("retention.ms", Kind::Long, "604800000"),
    known("segment.bytes", Kind::Int, "1073741824"),
    known("segment.index.bytes", Kind::Int, "10485760"),
    known("segment.jitter.ms", Kind::Long, "0"),
    known("segment.ms", Kind::Long, "604800000"),
    known("unclean.leader.election.enable", Kind::Boolean, "false"),
];

/// What is wrong with these configurations, if anything; the text is for the client.
pub(crate) fn problem(configs: &BTreeMap<String, String>) -> Option<String> {
    configs.iter().find_map(|(name, value)| {
        let Ok(i) = TOPIC_CONFIGS.binary_search_by(|known| known.name.cmp(name)) else {
            return Some(format!("Unknown topic config name: {name}"));
        };
        let bad = || format!("Invalid value {value} for configuration {name}");
        let fits = match TOPIC_CONFIGS[i].kind {
            Kind::Boolean => value == "true" || value == "false",
            Kind::Int => value.trim().parse::<i32>().is_ok(),
            Kind::Long => value.trim().parse::<i64>().is_ok(),
            Kind::Double => value.trim().parse::<f64>().is_ok(),
            Kind::Text | Kind::List => choices(name).is_none_or(|of| {
                value.split(',').map(str::trim).filter(|v| !v.is_empty()).all(|v| of.contains(&v))
            }),
        };
        (!fits).then(bad)
    })
}

fn choices(name: &str) -> Option<&'static [&'static str]> {
    match name {
        "cleanup.policy" => Some(&["compact", "delete"]),
        "compression.type" => Some(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
        "message.timestamp.type" => Some(&["CreateTime", "LogAppendTime"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_its_defaults_are_valid() {
        assert!(TOPIC_CONFIGS.is_sorted_by(|a, b| a.name < b.name));
        let defaults = TOPIC_CONFIGS.iter().map(|k| (k.name.to_owned(), k.default.to_owned())).collect();
        assert_eq!(problem(&defaults), None);
    }

    #[test]
    fn wrong_configurations_are_named() {
        let check = |name: &str, value: &str| problem(&BTreeMap::from([(name.to_owned(), value.to_owned())]));
        assert_eq!(check("cleanup.policy", "compact,delete"), None);
        assert_eq!(check("no.such", "1").unwrap(), "Unknown topic config name: no.such");
        for (name, value) in [
            ("cleanup.policy", "shred"),
            ("retention.ms", "soon"),
            ("preallocate", "yes"),
            ("segment.bytes", "1e9"),
        ] {
            assert!(check(name, value).unwrap().contains(name), "{name}={value}");
        }
    }
}

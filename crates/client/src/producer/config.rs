//! Settings of a producer under Kafka's names, with Kafka's rules about which go together.

use std::collections::BTreeMap;
use std::time::Duration;

use kconnect_wire::compress::Compression;

use crate::config::{ConfigError, Props};
use crate::logger;

/// Keys that a producer knows beyond [`COMMON_KEYS`](crate::config::COMMON_KEYS).
pub const PRODUCER_KEYS: &[&str] = &[
    "acks",
    "batch.size",
    "buffer.memory",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.type",
    "compression.zstd.level",
    "delivery.timeout.ms",
    "enable.idempotence",
    "interceptor.classes",
    "key.serializer",
    "linger.ms",
    "max.block.ms",
    "max.in.flight.requests.per.connection",
    "max.request.size",
    "partitioner.adaptive.partitioning.enable",
    "partitioner.availability.timeout.ms",
    "partitioner.class",
    "partitioner.ignore.keys",
    "transaction.timeout.ms",
    "transaction.two.phase.commit.enable",
    "transactional.id",
    "value.serializer",
];

/// How a producer batches, sends and retries.
#[derive(Debug, Clone)]
pub struct ProducerConfig {
    /// How many replicas must have a batch before it counts as written.
    pub acks: RequiredAcks,
    /// Bytes at which a batch is closed, before compression.
    pub batch_size: usize,
    /// Most bytes in batches that are not finished, in flight included (P3).
    pub buffer_memory: usize,
    /// Codec of the batches.
    pub compression: Compression,
    /// Its level, `None` for the codec's default.
    pub compression_level: Option<i32>,
    /// How long an open batch waits for more records (P5).
    pub linger: Duration,
    /// How long calls that wait for memory or metadata may take.
    pub max_block: Duration,
    /// Largest request, and so the largest record.
    pub max_request_size: usize,
    /// From append to result, however many attempts (P4).
    pub delivery_timeout: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// Requests sent to one broker, and batches of one partition, before an answer is needed (P6).
    pub max_in_flight: usize,
    /// Whether the broker drops duplicates and refuses gaps (client.md §7).
    pub idempotent: bool,
    /// Who chooses the partition of records that name none.
    pub partitioner: Partitioner,
    /// Whether keyed records are spread like those without a key.
    pub ignore_keys: bool,
    /// Whether partitions with short queues are preferred for records without a key.
    pub adaptive_partitioning: bool,
    /// Partitions whose broker has taken nothing for this long are avoided; zero never avoids.
    pub availability_timeout: Duration,
    /// First pause before a batch is sent again.
    pub retry_backoff: Duration,
    /// Longest such pause.
    pub retry_backoff_max: Duration,
    /// Longest wait for one answer; also what the broker is told to wait for replicas.
    pub request_timeout: Duration,
}

/// `acks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredAcks {
    /// Fire and forget: no answer, no offset, errors go unnoticed (W5).
    None,
    /// The leader has it.
    Leader,
    /// All replicas in sync have it.
    All,
}

/// `partitioner.class`. The settings `partitioner.*` beside it are those of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitioner {
    /// By key, and without one by batches, the shorter queues more often (no class set).
    Adaptive,
    /// One record to each partition that has a leader in turn, whatever its key (`RoundRobinPartitioner`).
    RoundRobin,
}

/// The one partitioner of Kafka's that is named by its class.
const ROUND_ROBIN: &str = "org.apache.kafka.clients.producer.RoundRobinPartitioner";

impl RequiredAcks {
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Leader => 1,
            Self::All => -1,
        }
    }
}

impl Default for ProducerConfig {
    fn default() -> Self {
        Self::from_props(&BTreeMap::new()).expect("the defaults are valid")
    }
}

impl ProducerConfig {
    /// Reads the producer's settings; the common ones are read by
    /// [`ClientConfig::from_props`](crate::ClientConfig::from_props) from the same map.
    pub fn from_props(map: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut props = Props::new(map);
        let config = Self::read(&mut props);
        props.finish()?;
        Ok(config)
    }

    fn read(props: &mut Props<'_>) -> Self {
        refuse_unsupported(props);
        let (compression, compression_level) = read_compression(props);
        let retry_backoff = props.millis("retry.backoff.ms", 100, 0..=i64::MAX);
        let retry_backoff_max = props.millis("retry.backoff.max.ms", 1000, 0..=i64::MAX);
        let mut config = Self {
            acks: match props.one_of("acks", "all", &["all", "-1", "0", "1"]) {
                "0" => RequiredAcks::None,
                "1" => RequiredAcks::Leader,
                _ => RequiredAcks::All,
            },
            batch_size: size(props.int("batch.size", 16_384, 0..=i32::MAX)),
            buffer_memory: usize::try_from(props.long("buffer.memory", 33_554_432, 0..=i64::MAX))
                .unwrap_or(usize::MAX),
            compression,
            compression_level,
            linger: props.millis("linger.ms", 5, 0..=i64::MAX),
            max_block: props.millis("max.block.ms", 60_000, 0..=i64::MAX),
            max_request_size: size(props.int("max.request.size", 1_048_576, 0..=i32::MAX)),
            delivery_timeout: props.int_millis("delivery.timeout.ms", 120_000, 0..=i32::MAX),
            retries: props.int("retries", i32::MAX, 0..=i32::MAX).unsigned_abs(),
            max_in_flight: size(props.int("max.in.flight.requests.per.connection", 5, 1..=i32::MAX)),
            idempotent: props.boolean("enable.idempotence", true),
            partitioner: match props.get("partitioner.class") {
                Some(ROUND_ROBIN) => Partitioner::RoundRobin,
                _ => Partitioner::Adaptive,
            },
            ignore_keys: props.boolean("partitioner.ignore.keys", false),
            adaptive_partitioning: props.boolean("partitioner.adaptive.partitioning.enable", true),
            availability_timeout: props.millis("partitioner.availability.timeout.ms", 0, 0..=i64::MAX),
            retry_backoff: retry_backoff.min(retry_backoff_max),
            retry_backoff_max,
            request_timeout: props.int_millis("request.timeout.ms", 30_000, 0..=i32::MAX),
        };
        config.settle_idempotence(props);
        config.settle_delivery_timeout(props);
        config
    }

    /// Asked for, idempotence must be possible; merely defaulted, it gives way to attempts and acknowledgements that exclude
    /// it, but not to too many requests in flight. As upstream the first obstacle is the one that is told.
    fn settle_idempotence(&mut self, props: &mut Props<'_>) {
        const KEY: &str = "enable.idempotence";
        const IN_FLIGHT: &str = "max.in.flight.requests.per.connection";
        if !self.idempotent {
            return;
        }
        let wanted = props.is_set(KEY);
        if self.retries == 0 {
            if wanted {
                let problem = "Must set retries to non-zero when using the idempotent producer.";
                return props.problem(KEY, problem);
            }
            tracing::info!(target: logger::PRODUCER_CONFIG, "Idempotence will be disabled because retries is set to 0.");
            self.idempotent = false;
        }
        if self.acks != RequiredAcks::All {
            if wanted {
                let problem = "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.";
                return props.problem(KEY, problem);
            }
            tracing::info!(target: logger::PRODUCER_CONFIG, "Idempotence will be disabled because acks is set to {}, not set to 'all'.", self.acks.code());
            self.idempotent = false;
        }
        if self.max_in_flight > 5 {
            let problem = format!(
                "To use the idempotent producer, {IN_FLIGHT} must be set to at most 5. Current value is {}.",
                self.max_in_flight
            );
            props.problem(IN_FLIGHT, problem);
        }
    }

    /// P4. Set, the delivery timeout must leave room for linger and one request; defaulted, it grows.
    fn settle_delivery_timeout(&mut self, props: &mut Props<'_>) {
        const KEY: &str = "delivery.timeout.ms";
        let least =
            self.linger.saturating_add(self.request_timeout).min(Duration::from_millis(i32::MAX as u64));
        if self.delivery_timeout >= least {
            return;
        }
        if props.is_set(KEY) {
            props.problem(
                KEY,
                format!("{KEY} should be equal to or larger than linger.ms + request.timeout.ms"),
            );
        } else {
            self.delivery_timeout = least;
        }
    }
}

fn size(value: i32) -> usize {
    usize::try_from(value).unwrap_or(0)
}

fn read_compression(props: &mut Props<'_>) -> (Compression, Option<i32>) {
    let name = props.one_of("compression.type", "none", &["none", "gzip", "snappy", "lz4", "zstd"]);
    let codec: Compression = name.parse().unwrap_or_default();
    let mut chosen = None;
    for (key, of) in [
        ("compression.gzip.level", Compression::Gzip),
        ("compression.lz4.level", Compression::Lz4),
        ("compression.zstd.level", Compression::Zstd),
    ] {
        let (Some(levels), Some(default)) = (of.levels(), of.default_level()) else { continue };
        // Upstream: gzip also takes its default, which lies outside the levels, and says so in its own words.
        if of == Compression::Gzip && props.get(key) == Some("-1") {
            continue;
        }
        let level = props.int(key, default, levels);
        if of == codec && props.is_set(key) {
            chosen = Some(level);
        }
    }
    (codec, chosen)
}

fn refuse_unsupported(props: &mut Props<'_>) {
    const OTHERS: &str = "JVM partitioners do not run in this client; leave it out, or name org.apache.kafka.clients.producer.RoundRobinPartitioner";
    for (key, known, why) in [
        ("transactional.id", "", "transactions are not supported yet"),
        ("partitioner.class", ROUND_ROBIN, OTHERS),
    ] {
        if let Some(value) = props.get(key).filter(|value| !value.is_empty() && *value != known) {
            props.problem(key, format!("Invalid value {value} for configuration {key}: {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<ProducerConfig, String> {
        let map = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        ProducerConfig::from_props(&map).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_those_of_kafka() {
        let config = ProducerConfig::default();
        assert_eq!((config.batch_size, config.buffer_memory), (16_384, 33_554_432));
        assert_eq!((config.acks, config.idempotent, config.max_in_flight), (RequiredAcks::All, true, 5));
        assert_eq!(config.linger, Duration::from_millis(5));
        assert_eq!(config.delivery_timeout, Duration::from_secs(120));
    }

    #[test]
    fn i1_idempotence_gives_way_or_insists_as_in_kafka() {
        const IN_FLIGHT: &str = "max.in.flight.requests.per.connection";
        let too_many = "To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current value is 6.";
        let not_all = "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.";
        let no_retries = "Must set retries to non-zero when using the idempotent producer.";
        let asked = ("enable.idempotence", "true");
        let rows: &[(&[(&str, &str)], Result<bool, &str>)] = &[
            (&[], Ok(true)),
            (&[asked], Ok(true)),
            (&[(IN_FLIGHT, "5")], Ok(true)),
            (&[("acks", "1")], Ok(false)),
            (&[("acks", "0")], Ok(false)),
            (&[("retries", "0")], Ok(false)),
            (&[("retries", "0"), ("acks", "1")], Ok(false)),
            (&[("acks", "1"), asked], Err(not_all)),
            (&[("retries", "0"), asked], Err(no_retries)),
            (&[("retries", "0"), ("acks", "1"), (IN_FLIGHT, "6"), asked], Err(no_retries)),
            (&[("acks", "1"), (IN_FLIGHT, "6"), asked], Err(not_all)),
            (&[(IN_FLIGHT, "6"), asked], Err(too_many)),
            // Also when nobody asked for idempotence, and when it is off already for another reason.
            (&[(IN_FLIGHT, "6")], Err(too_many)),
            (&[(IN_FLIGHT, "6"), ("acks", "1")], Err(too_many)),
            (&[(IN_FLIGHT, "6"), ("retries", "0")], Err(too_many)),
            (&[(IN_FLIGHT, "6"), ("enable.idempotence", "false")], Ok(false)),
        ];
        for (settings, expect) in rows {
            let idempotent = read(settings).map(|config| config.idempotent);
            assert_eq!(
                idempotent.as_ref().map_err(String::as_str),
                expect.as_ref().map_err(|e| *e),
                "{settings:?}"
            );
        }
    }

    #[test]
    fn p4_the_delivery_timeout_covers_linger_and_one_request() {
        let error = read(&[("delivery.timeout.ms", "30000")]).unwrap_err();
        assert_eq!(
            error,
            "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms"
        );
        let grown = read(&[("linger.ms", "100000"), ("request.timeout.ms", "40000")]).unwrap();
        assert_eq!(grown.delivery_timeout, Duration::from_secs(140));
    }

    #[test]
    fn compression_levels_are_checked_for_every_codec_and_used_for_the_chosen_one() {
        let config = read(&[
            ("compression.type", "zstd"),
            ("compression.zstd.level", "7"),
            ("compression.gzip.level", "-1"),
        ]);
        let config = config.unwrap();
        assert_eq!((config.compression, config.compression_level), (Compression::Zstd, Some(7)));
        let error = read(&[("compression.lz4.level", "99")]).unwrap_err();
        assert_eq!(
            error,
            "Invalid value 99 for configuration compression.lz4.level: Value must be no more than 17"
        );
        let error = read(&[("compression.type", "brotli")]).unwrap_err();
        assert!(error.ends_with("String must be one of: none, gzip, snappy, lz4, zstd"), "{error}");
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name() {
        assert!(read(&[("transactional.id", "t")]).unwrap_err().contains("transactional.id"));
        assert!(read(&[("partitioner.class", "a.B")]).unwrap_err().contains("partitioner.class"));
        let known = read(&[("partitioner.class", ROUND_ROBIN)]).unwrap();
        assert_eq!(known.partitioner, Partitioner::RoundRobin);
        assert_eq!(read(&[("partitioner.class", "")]).unwrap().partitioner, Partitioner::Adaptive);
    }
}

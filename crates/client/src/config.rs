//! Settings under Kafka's names, with Kafka's defaults and validation texts.
//!
//! [`Props`] reads one map of strings and collects every problem, so that a user corrects a file once.
//! What this client cannot honour yet and what would weaken security or delivery if it were ignored is
//! refused by name, never skipped: `security.protocol`, `sasl.*`, `ssl.*`, JVM interceptors.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One or more settings that cannot be used. Prints all of them, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<(String, String)>,
}

impl ConfigError {
    /// One problem of one key; `message` is the full sentence.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { problems: vec![(key.into(), message.into())] }
    }

    /// Every problem as (key, message), in the order in which the keys were read.
    pub fn problems(&self) -> impl Iterator<Item = (&str, &str)> {
        self.problems.iter().map(|(key, message)| (key.as_str(), message.as_str()))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (_, message)) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            f.write_str(message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// What every client of one set of credentials shares: where the cluster is and how patient to be.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Seed addresses, host and port; hosts of IPv6 literals without brackets.
    pub bootstrap: Vec<(String, u16)>,
    /// Sent with each request; names this client in broker logs and quotas.
    pub client_id: Arc<str>,
    /// How seeds turn into addresses.
    pub dns_lookup: DnsLookup,
    /// Longest wait for one answer; then the connection is closed (N2).
    pub request_timeout: Duration,
    /// Deadline of calls that name none.
    pub default_api_timeout: Duration,
    /// First pause before a broker is tried again (N4).
    pub reconnect_backoff: Duration,
    /// Longest such pause.
    pub reconnect_backoff_max: Duration,
    /// First pause before a request is repeated.
    pub retry_backoff: Duration,
    /// Longest such pause.
    pub retry_backoff_max: Duration,
    /// Age at which metadata is fetched again without a reason (M1).
    pub metadata_max_age: Duration,
    /// Topics not used for this long are forgotten (M2).
    pub metadata_max_idle: Duration,
    /// Start again from the seeds when no known broker is usable (M7).
    pub rebootstrap: bool,
    /// Time without metadata after which that happens.
    pub rebootstrap_trigger: Duration,
    /// Connections without traffic are closed after this time (N6); `None` keeps them.
    pub connections_max_idle: Option<Duration>,
    /// First limit for TCP connect and handshake; doubles up to the maximum (N4).
    pub setup_timeout: Duration,
    /// Longest such limit.
    pub setup_timeout_max: Duration,
    /// SO_SNDBUF; `None` leaves it to the system.
    pub send_buffer: Option<usize>,
    /// SO_RCVBUF; `None` leaves it to the system.
    pub receive_buffer: Option<usize>,
    /// Whether asking for a topic's metadata may create it (`allow.auto.create.topics`; upstream's producers and
    /// consumers do).
    pub allow_auto_create_topics: bool,
    /// Largest accepted response frame on connections that do not fetch (client.md §15).
    pub control_frame_max: usize,
    /// Largest accepted response frame on fetch connections.
    pub fetch_frame_max: usize,
}

/// `client.dns.lookup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsLookup {
    /// Try every address of a name in order.
    UseAllDnsIps,
    /// Replace each seed by the canonical names of its addresses first.
    ResolveCanonicalBootstrapServersOnly,
}

/// Keys that every kind of client knows.
pub const COMMON_KEYS: &[&str] = &[
    "bootstrap.servers",
    "client.dns.lookup",
    "client.id",
    "client.rack",
    "connections.max.idle.ms",
    "default.api.timeout.ms",
    "enable.metrics.push",
    "metadata.cluster.check.enable",
    "metadata.max.age.ms",
    "metadata.max.idle.ms",
    "metadata.recovery.rebootstrap.trigger.ms",
    "metadata.recovery.strategy",
    "metric.reporters",
    "metrics.num.samples",
    "metrics.recording.level",
    "metrics.sample.window.ms",
    "receive.buffer.bytes",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "request.timeout.ms",
    "retries",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "security.protocol",
    "security.providers",
    "send.buffer.bytes",
    "socket.connection.setup.timeout.max.ms",
    "socket.connection.setup.timeout.ms",
    "config.providers",
];

impl ClientConfig {
    /// Reads the common client settings; keys of other kinds (`linger.ms`, `group.id`, …) are left to them.
    pub fn from_props(map: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut props = Props::new(map);
        let config = Self::read(&mut props);
        props.finish()?;
        Ok(config)
    }

    /// Reads the same settings from a reader that goes on to read others.
    pub fn read(props: &mut Props<'_>) -> Self {
        props.refuse_unsupported();
        let reconnect_backoff = props.millis("reconnect.backoff.ms", 50, 0..=i64::MAX);
        let reconnect_max =
            match (props.is_set("reconnect.backoff.ms"), props.is_set("reconnect.backoff.max.ms")) {
                // Upstream: set without the maximum, the pause does not grow.
                (true, false) => reconnect_backoff,
                _ => props.millis("reconnect.backoff.max.ms", 1000, 0..=i64::MAX),
            };
        let retry_backoff = props.millis("retry.backoff.ms", 100, 0..=i64::MAX);
        let retry_max = props.millis("retry.backoff.max.ms", 1000, 0..=i64::MAX);
        let setup = props.millis("socket.connection.setup.timeout.ms", 10_000, 0..=i64::MAX);
        let setup_max = props.millis("socket.connection.setup.timeout.max.ms", 30_000, 0..=i64::MAX);
        let idle = props.long("connections.max.idle.ms", 540_000, i64::MIN..=i64::MAX);
        let recovery =
            props.one_of_ignoring_case("metadata.recovery.strategy", "rebootstrap", &["none", "rebootstrap"]);
        Self {
            bootstrap: props.bootstrap(),
            client_id: props.text("client.id", "").into(),
            dns_lookup: match props.one_of(
                "client.dns.lookup",
                "use_all_dns_ips",
                &["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"],
            ) {
                "resolve_canonical_bootstrap_servers_only" => DnsLookup::ResolveCanonicalBootstrapServersOnly,
                _ => DnsLookup::UseAllDnsIps,
            },
            request_timeout: props.int_millis("request.timeout.ms", 30_000, 0..=i32::MAX),
            default_api_timeout: props.int_millis("default.api.timeout.ms", 60_000, 0..=i32::MAX),
            reconnect_backoff,
            reconnect_backoff_max: reconnect_max.max(reconnect_backoff),
            retry_backoff: retry_backoff.min(retry_max),
            retry_backoff_max: retry_max,
            metadata_max_age: props.millis("metadata.max.age.ms", 300_000, 0..=i64::MAX),
            metadata_max_idle: props.millis("metadata.max.idle.ms", 300_000, 5000..=i64::MAX),
            rebootstrap: recovery == "rebootstrap",
            rebootstrap_trigger: props.millis(
                "metadata.recovery.rebootstrap.trigger.ms",
                300_000,
                0..=i64::MAX,
            ),
            connections_max_idle: u64::try_from(idle)
                .ok()
                .filter(|idle| *idle < 1 << 40)
                .map(Duration::from_millis),
            setup_timeout: setup.min(setup_max),
            setup_timeout_max: setup_max,
            send_buffer: props.buffer("send.buffer.bytes", 131_072),
            receive_buffer: props.buffer("receive.buffer.bytes", 65_536),
            allow_auto_create_topics: props.boolean("allow.auto.create.topics", true),
            control_frame_max: 16 << 20,
            fetch_frame_max: 100 << 20,
        }
    }
}

/// Reads typed settings out of a map of strings and remembers what was wrong with them.
pub struct Props<'a> {
    map: &'a BTreeMap<String, String>,
    problems: Vec<(String, String)>,
}

impl<'a> Props<'a> {
    /// Nothing read yet.
    pub fn new(map: &'a BTreeMap<String, String>) -> Self {
        Self { map, problems: Vec::new() }
    }

    /// All problems met, or nothing.
    pub fn finish(self) -> Result<(), ConfigError> {
        if self.problems.is_empty() { Ok(()) } else { Err(ConfigError { problems: self.problems }) }
    }

    /// Adds a problem found by the caller; `message` is the full sentence.
    pub fn problem(&mut self, key: &str, message: impl Into<String>) {
        self.problems.push((key.to_owned(), message.into()));
    }

    /// Whether the user gave this key.
    pub fn is_set(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// The trimmed text of a key, `None` when absent.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.map.get(key).map(|value| value.trim())
    }

    /// A text with a default.
    pub fn text(&self, key: &str, default: &'a str) -> &'a str {
        self.get(key).unwrap_or(default)
    }

    /// Items of a comma separated list, trimmed; empty when absent or blank.
    pub fn list(&self, key: &str) -> Vec<&'a str> {
        self.get(key)
            .into_iter()
            .flat_map(|v| v.split(','))
            .map(str::trim)
            .filter(|v| !v.is_empty())
            .collect()
    }

    /// A 64-bit number within a range; the default stands in for what cannot be read.
    pub fn long(&mut self, key: &str, default: i64, range: std::ops::RangeInclusive<i64>) -> i64 {
        self.number(key, default, "LONG", range)
    }

    /// A 32-bit number within a range.
    pub fn int(&mut self, key: &str, default: i32, range: std::ops::RangeInclusive<i32>) -> i32 {
        self.number(key, default, "INT", range)
    }

    fn number<T>(&mut self, key: &str, default: T, kind: &str, range: std::ops::RangeInclusive<T>) -> T
    where
        T: std::str::FromStr + PartialOrd + fmt::Display + Copy,
    {
        let Some(text) = self.get(key) else { return default };
        let Ok(value) = text.parse::<T>() else {
            self.problem(key, invalid(key, text, format_args!("Not a number of type {kind}")));
            return default;
        };
        if value < *range.start() {
            self.problem(key, invalid(key, text, format_args!("Value must be at least {}", range.start())));
            return default;
        }
        if value > *range.end() {
            self.problem(key, invalid(key, text, format_args!("Value must be no more than {}", range.end())));
            return default;
        }
        value
    }

    /// A duration declared as 64-bit milliseconds.
    pub fn millis(&mut self, key: &str, default: i64, range: std::ops::RangeInclusive<i64>) -> Duration {
        // "For ever" is written as the largest number; ten years are for ever, and can be added to a clock.
        const FOR_EVER: u64 = 10 * 365 * 86_400_000;
        Duration::from_millis(u64::try_from(self.long(key, default, range)).unwrap_or(0).min(FOR_EVER))
    }

    /// A duration declared as 32-bit milliseconds.
    pub fn int_millis(&mut self, key: &str, default: i32, range: std::ops::RangeInclusive<i32>) -> Duration {
        Duration::from_millis(u64::try_from(self.int(key, default, range)).unwrap_or(0))
    }

    /// `true` or `false`, in any case.
    pub fn boolean(&mut self, key: &str, default: bool) -> bool {
        match self.get(key) {
            None => default,
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) if text.eq_ignore_ascii_case("false") => false,
            Some(text) => {
                self.problem(key, invalid(key, text, "Expected value to be either true or false"));
                default
            }
        }
    }

    /// One of a closed set of words.
    pub fn one_of(&mut self, key: &str, default: &'a str, words: &[&str]) -> &'a str {
        let text = self.text(key, default);
        if words.contains(&text) {
            return text;
        }
        self.problem(key, invalid(key, text, format_args!("String must be one of: {}", words.join(", "))));
        default
    }

    /// One of a closed set of words in any case; the answer is in lower case as listed.
    pub fn one_of_ignoring_case<'w>(&mut self, key: &str, default: &'w str, words: &[&'w str]) -> &'w str {
        let Some(text) = self.get(key) else { return default };
        if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
            return word;
        }
        let listed = words.join(", ").to_uppercase();
        self.problem(
            key,
            invalid(key, text, format_args!("String must be one of (case insensitive): {listed}")),
        );
        default
    }

    fn buffer(&mut self, key: &str, default: i32) -> Option<usize> {
        usize::try_from(self.int(key, default, -1..=i32::MAX)).ok().filter(|bytes| *bytes > 0)
    }

    /// Security is a later stage: naming it and going on in clear text would be worse than refusing.
    fn refuse_unsupported(&mut self) {
        let protocol = self.text("security.protocol", "PLAINTEXT");
        if !protocol.eq_ignore_ascii_case("PLAINTEXT") {
            self.problem(
                "security.protocol",
                invalid("security.protocol", protocol, "not supported yet; only PLAINTEXT is"),
            );
        }
        // That one is about listeners of servers, and stands in worker files that have nothing else to do with TLS.
        let refused = |key: &str| {
            key.starts_with("sasl.")
                || (key.starts_with("ssl.") && key != "ssl.client.auth")
                || key == "security.providers"
                || key == "config.providers"
        };
        for (key, value) in self.map.iter().filter(|(key, value)| refused(key) && !value.trim().is_empty()) {
            let shown = if is_secret(key) { "[hidden]" } else { value.as_str() };
            self.problems.push((key.clone(), invalid(key, shown, "this setting is not supported yet")));
        }
        for (key, value) in self
            .map
            .iter()
            .filter(|(key, value)| matches!(key.as_str(), "interceptor.classes") && !value.trim().is_empty())
        {
            self.problems
                .push((key.clone(), invalid(key, value, "JVM interceptors do not run in this client")));
        }
    }

    fn bootstrap(&mut self) -> Vec<(String, u16)> {
        const KEY: &str = "bootstrap.servers";
        let seeds = self.list(KEY);
        if seeds.is_empty() {
            self.problem(KEY, "No resolvable bootstrap urls given in bootstrap.servers");
        }
        let mut parsed = Vec::with_capacity(seeds.len());
        for seed in seeds {
            match host_and_port(seed) {
                Some(address) => parsed.push(address),
                None => self.problem(KEY, format!("Invalid url in bootstrap.servers: {seed}")),
            }
        }
        parsed
    }
}

fn invalid(key: &str, value: &str, reason: impl fmt::Display) -> String {
    format!("Invalid value {value} for configuration {key}: {reason}")
}

fn is_secret(key: &str) -> bool {
    key.contains("password")
        || key.ends_with("jaas.config")
        || key.contains("secret")
        || key.ends_with(".key")
}

/// `[protocol://]host:port`, IPv6 literals in brackets (N5). The answer has no brackets.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    let address = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (host, port) = address.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None if host.contains(':') => return None,
        None => host,
    };
    let well_formed = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '/' || c == '@');
    well_formed.then_some((host.to_owned(), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<ClientConfig, String> {
        let map = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        ClientConfig::from_props(&map).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_those_of_kafka() {
        let config = read(&[("bootstrap.servers", "localhost:9092")]).unwrap();
        assert_eq!(config.bootstrap, [("localhost".to_owned(), 9092)]);
        assert_eq!(config.request_timeout, Duration::from_secs(30));
        assert_eq!(config.reconnect_backoff_max, Duration::from_secs(1));
        assert_eq!(config.connections_max_idle, Some(Duration::from_secs(540)));
        assert!(config.rebootstrap);
    }

    #[test]
    fn a_reconnect_pause_without_maximum_does_not_grow() {
        let config = read(&[("bootstrap.servers", "a:1"), ("reconnect.backoff.ms", "7000")]).unwrap();
        assert_eq!(config.reconnect_backoff_max, Duration::from_secs(7));
    }

    #[test]
    fn seeds_are_read_in_every_accepted_form() {
        let config = read(&[("bootstrap.servers", " a:1 , [::1]:2,PLAINTEXT://b.c.:3,")]).unwrap();
        let expect = [("a", 1), ("::1", 2), ("b.c.", 3)].map(|(host, port)| (host.to_owned(), port));
        assert_eq!(config.bootstrap, expect);
    }

    #[test]
    fn bad_values_are_named_in_the_words_of_kafka() {
        let rows: &[(&str, &str, &str)] = &[
            (
                "request.timeout.ms",
                "soon",
                "Invalid value soon for configuration request.timeout.ms: Not a number of type INT",
            ),
            (
                "request.timeout.ms",
                "3000000000",
                "Invalid value 3000000000 for configuration request.timeout.ms: Not a number of type INT",
            ),
            (
                "retry.backoff.ms",
                "-1",
                "Invalid value -1 for configuration retry.backoff.ms: Value must be at least 0",
            ),
            (
                "client.dns.lookup",
                "x",
                "Invalid value x for configuration client.dns.lookup: String must be one of: use_all_dns_ips, resolve_canonical_bootstrap_servers_only",
            ),
            (
                "metadata.recovery.strategy",
                "x",
                "Invalid value x for configuration metadata.recovery.strategy: String must be one of (case insensitive): NONE, REBOOTSTRAP",
            ),
            ("bootstrap.servers", "", "No resolvable bootstrap urls given in bootstrap.servers"),
            ("bootstrap.servers", "host", "Invalid url in bootstrap.servers: host"),
            ("bootstrap.servers", "::1:9092", "Invalid url in bootstrap.servers: ::1:9092"),
            (
                "security.protocol",
                "SSL",
                "Invalid value SSL for configuration security.protocol: not supported yet; only PLAINTEXT is",
            ),
            (
                "sasl.jaas.config",
                "x",
                "Invalid value [hidden] for configuration sasl.jaas.config: this setting is not supported yet",
            ),
            (
                "ssl.truststore.location",
                "/t",
                "Invalid value /t for configuration ssl.truststore.location: this setting is not supported yet",
            ),
            (
                "interceptor.classes",
                "a.B",
                "Invalid value a.B for configuration interceptor.classes: JVM interceptors do not run in this client",
            ),
        ];
        for (key, value, expect) in rows {
            let mut pairs = vec![("bootstrap.servers", "a:1")];
            pairs.retain(|(known, _)| known != key);
            pairs.push((key, value));
            assert_eq!(read(&pairs).unwrap_err(), *expect);
        }
    }

    #[test]
    fn all_problems_are_reported_together() {
        let error = read(&[("request.timeout.ms", "x"), ("retry.backoff.ms", "y")]).unwrap_err();
        assert_eq!(error.matches("Invalid value").count(), 2, "{error}");
        assert!(error.contains("bootstrap.servers"), "{error}");
    }
}

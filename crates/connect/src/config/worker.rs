//! The worker's own configuration: properties file, `CONNECT_*` variables, and what must stop the start.
//!
//! Every key of Kafka Connect is known here. Unknown ones are kept, since they reach clients and plugins, and are met
//! with one WARN that names a similar key. A key whose feature is not there yet is refused when ignoring it could
//! weaken security, delivery or secrecy; the refusal names key and reason, and all refusals come together.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kconnect_api::settings::{FromParsed, boolean, class, int, list, long, one_of, string};
use kconnect_api::{ConfigDef, ConfigDefault, Exception, Importance, ParsedValues, Props};

use super::definition::ConverterDefaults;
use super::policy::{ALLOWLIST, OverridePolicy, POLICY};
use super::provider::{Classes, Environment, Providers, Resolved};
use super::secrets::{Redactor, Secrets, looks_secret};
use crate::properties;

const TARGET: &str = "org.apache.kafka.connect.runtime.WorkerConfig";

/// A worker's configuration, checked.
#[derive(Clone)]
pub struct WorkerConfig {
    /// All properties, file over environment, with the values of placeholders in their places.
    pub props: Arc<Props>,
    /// The config providers that it declares.
    pub providers: Providers,
    /// What texts of this worker hide: the secrets of its own configuration.
    pub redactor: Arc<Redactor>,
    /// All secrets that are known in this worker, also those of connectors; for its log.
    pub secrets: Arc<Secrets>,
    /// `kconnect.profile=strict`: what is risky is refused.
    pub strict: bool,
    /// `bootstrap.servers`.
    pub bootstrap_servers: String,
    /// Classes of the worker's converters.
    pub converters: ConverterDefaults,
    /// `task.shutdown.graceful.timeout.ms`.
    pub task_shutdown_timeout: Duration,
    /// `offset.flush.interval.ms`.
    pub offset_flush_interval: Duration,
    /// `offset.flush.timeout.ms`.
    pub offset_flush_timeout: Duration,
    /// `connector.client.config.override.policy`, with the list that it may need.
    pub override_policy: OverridePolicy,
    /// `topic.creation.enable`.
    pub topic_creation: bool,
    /// `topic.tracking.enable`.
    pub topic_tracking: bool,
    /// `topic.tracking.allow.reset`.
    pub topic_tracking_reset: bool,
    /// `offset.storage.file.filename`; standalone only.
    pub offset_file: Option<PathBuf>,
    /// What the user should know; the program logs it once its logging is set up.
    pub notices: Vec<Notice>,
}

impl fmt::Debug for WorkerConfig {
    /// Without values, since some are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerConfig")
            .field("keys", &self.props.keys().collect::<Vec<_>>())
            .field("providers", &self.providers)
            .finish_non_exhaustive()
    }
}

/// A line for the log at start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// For information.
    Info(String),
    /// Odd, but the worker goes on.
    Warn(String),
}

impl Notice {
    /// Logs it under the worker's logger.
    pub fn log(&self) {
        match self {
            Self::Info(text) => tracing::info!(target: TARGET, "{text}"),
            Self::Warn(text) => tracing::warn!(target: TARGET, "{text}"),
        }
    }
}

/// Why a worker configuration cannot be used; prints one line a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConfigError {
    problems: Vec<String>,
}

impl fmt::Display for WorkerConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for WorkerConfigError {}

impl WorkerConfigError {
    fn one(problem: impl Into<String>) -> Self {
        Self { problems: vec![problem.into()] }
    }
}

impl WorkerConfig {
    /// A standalone worker from its properties file and the process environment.
    pub fn load_standalone(
        file: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, WorkerConfigError> {
        let from_file = properties::load(file).map_err(|error| WorkerConfigError::one(error.to_string()))?;
        Self::standalone(from_file, environment)
    }

    /// A standalone worker from properties. Properties rank above the environment.
    pub fn standalone(
        props: Props,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, WorkerConfigError> {
        Self::standalone_with(props, environment, &Classes::built_in())
    }

    /// As [`Self::standalone`], with other classes of config providers.
    pub fn standalone_with(
        props: Props,
        environment: impl IntoIterator<Item = (String, String)>,
        classes: &Classes,
    ) -> Result<Self, WorkerConfigError> {
        let environment: Arc<Environment> = Arc::new(environment.into_iter().collect());
        let (merged, mut notices) = merge(props, &environment);
        let fault = |error: Exception| WorkerConfigError::one(error.message().unwrap_or_default());
        let providers = Providers::declare(&merged, classes, &environment).map_err(fault)?;
        let resolved = providers.resolve(&merged).map_err(fault)?;
        let redactor = Arc::new(own_secrets(&resolved));
        let secrets = Arc::new(Secrets::default());
        secrets.learn(&redactor);
        let merged = resolved.props;
        let def = standalone_def();
        let values = check(&def, &merged, &providers).map_err(|mut error| {
            for problem in &mut error.problems {
                *problem = redactor.text(problem).into_owned();
            }
            error
        })?;
        let strict = get::<String>(&values, PROFILE) == STRICT;
        notices.extend(unknown_keys(&merged, &def));
        notices.extend(without_effect(&merged));
        notices.extend(risks(&providers).map(Notice::Warn));
        notices.extend(plugin_path_notices(
            &get::<Option<Vec<String>>>(&values, "plugin.path").unwrap_or_default(),
        ));
        Ok(Self { providers, redactor, secrets, strict, notices, ..Self::parsed(&values, merged) })
    }

    /// What the parsed values say.
    fn parsed(values: &ParsedValues, props: Props) -> Self {
        let millis = |key| Duration::from_millis(u64::try_from(get::<i64>(values, key)).unwrap_or(0));
        let converter = |key| Some(get::<String>(values, key));
        Self {
            bootstrap_servers: get::<Vec<String>>(values, "bootstrap.servers").join(","),
            converters: ConverterDefaults {
                key: converter("key.converter"),
                value: converter("value.converter"),
                header: converter("header.converter"),
            },
            task_shutdown_timeout: millis("task.shutdown.graceful.timeout.ms"),
            offset_flush_interval: millis("offset.flush.interval.ms").max(Duration::from_millis(1)),
            offset_flush_timeout: millis("offset.flush.timeout.ms"),
            override_policy: OverridePolicy::of_worker(&props).unwrap_or_default(),
            topic_creation: get(values, "topic.creation.enable"),
            topic_tracking: get(values, "topic.tracking.enable"),
            topic_tracking_reset: get(values, "topic.tracking.allow.reset"),
            offset_file: Some(get::<String>(values, OFFSET_FILE).into()),
            props: Arc::new(props),
            providers: Providers::default(),
            redactor: Arc::default(),
            secrets: Arc::default(),
            strict: false,
            notices: Vec::new(),
        }
    }
}

/// The file's properties over those of the environment, each of which is told.
fn merge(props: Props, environment: &Environment) -> (Props, Vec<Notice>) {
    let mut notices = Vec::new();
    let mut merged = Props::new();
    for (variable, key, value) in from_environment(environment) {
        let origin = if props.contains_key(&key) { " (not used: the file sets it)" } else { "" };
        notices.push(Notice::Info(format!("{key} from environment variable {variable}{origin}")));
        merged.insert(key, value);
    }
    merged.extend(props);
    (merged, notices)
}

/// What a worker's own texts hide.
fn own_secrets(resolved: &Resolved) -> Redactor {
    let named = resolved.props.iter().filter(|(key, _)| looks_secret(key)).map(|(_, value)| value.as_str());
    Redactor::new(resolved.secrets.iter().map(|secret| secret.expose()).chain(named))
}

/// Parses and refuses; all problems together.
fn check(def: &ConfigDef, props: &Props, providers: &Providers) -> Result<ParsedValues, WorkerConfigError> {
    let mut problems = refusals(props);
    if props.get(PROFILE).is_some_and(|profile| profile.trim() == STRICT) {
        problems.extend(risks(providers).map(|risk| format!("{risk}; kconnect.profile=strict refuses that")));
    }
    match def.parse(props) {
        Ok(values) if problems.is_empty() => return Ok(values),
        Ok(_) => {}
        Err(errors) => {
            let offered = errors.into_iter().map(|error| match misspelt(props, &error.key) {
                Some(given) => format!("{} (did you mean it by '{given}'?)", error.message),
                None => error.message,
            });
            problems.extend(offered);
        }
    }
    Err(WorkerConfigError { problems })
}

/// What is risky in the providers as they are configured.
fn risks(providers: &Providers) -> impl Iterator<Item = String> + '_ {
    providers.risks().map(|(name, risk)| format!("config.providers.{name}.{risk}"))
}

fn get<T: FromParsed>(values: &ParsedValues, key: &str) -> T {
    T::from_parsed(values.value(key)).expect("the definition declares each key with the type it is read as")
}

const PROFILE: &str = "kconnect.profile";
const STRICT: &str = "strict";
const OFFSET_FILE: &str = "offset.storage.file.filename";

/// Settings of a standalone worker (configs.md §2).
#[must_use]
pub fn standalone_def() -> ConfigDef {
    use Importance::{High, Low};
    let mut def = ConfigDef::new();
    let servers = vec!["localhost:9092".to_owned()];
    let header = "org.apache.kafka.connect.storage.SimpleHeaderConverter".to_owned();
    def.field("bootstrap.servers", list()).importance(High).doc("Brokers to start from.").default(servers);
    let lookups = ["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"];
    def.field("client.dns.lookup", one_of(lookups))
        .doc("How broker names turn into addresses.")
        .default(lookups[0].to_owned());
    def.field("key.converter", class()).importance(High).doc("Converter of keys.").required();
    def.field("value.converter", class()).importance(High).doc("Converter of values.").required();
    def.field("header.converter", class()).importance(Low).doc("Converter of headers.").default(header);
    for (key, default, doc) in [
        ("task.shutdown.graceful.timeout.ms", 5_000, "How long tasks that are stopped together may take."),
        ("offset.flush.interval.ms", 60_000, "Time between two commits of offsets."),
        ("offset.flush.timeout.ms", 5_000, "How long a commit of source offsets may take."),
    ] {
        def.field(key, long(..)).importance(Low).doc(doc).default(default);
    }
    def.field("plugin.path", list())
        .importance(Low)
        .doc("Folders of JVM plugins; nothing is loaded from there.")
        .optional();
    let discoveries = ["ONLY_SCAN", "HYBRID_WARN", "HYBRID_FAIL", "SERVICE_LOAD"];
    let check = kconnect_api::Validator::one_of_ignoring_case(discoveries);
    def.add(kconnect_api::ConfigKey {
        default: ConfigDefault::Text("hybrid_warn".into()),
        importance: Low,
        doc: "How JVM plugins are found; without effect.".into(),
        validator: Some(check),
        ..kconnect_api::ConfigKey::new("plugin.discovery", kconnect_api::ConfigType::String)
    });
    def.field("config.providers", list()).importance(Low).doc("Names of config providers.").default(vec![]);
    def.field(PROFILE, one_of(["compatible", STRICT]))
        .doc("Whether risky settings are only warned of, as upstream has them, or refused.")
        .default("compatible".to_owned());
    def.field(POLICY, string())
        .doc("Which client settings connectors may override.")
        .default("All".to_owned());
    def.field(ALLOWLIST, list())
        .doc("Client settings that connectors may override, with the policy Allowlist.")
        .default(vec![]);
    for (key, doc) in [
        ("topic.creation.enable", "Whether source connectors may have topics created."),
        ("topic.tracking.enable", "Whether the topics that connectors use are recorded."),
        ("topic.tracking.allow.reset", "Whether that record may be cleared."),
    ] {
        def.field(key, boolean()).importance(Low).doc(doc).default(true);
    }
    def.field("metrics.sample.window.ms", long(0..))
        .importance(Low)
        .doc("Window of rate metrics.")
        .default(30_000);
    def.field("metrics.num.samples", int(1..))
        .importance(Low)
        .doc("Windows kept for rate metrics.")
        .default(2);
    def.field("metrics.recording.level", one_of(["INFO", "DEBUG"]))
        .importance(Low)
        .doc("Detail of metrics.")
        .default("INFO".to_owned());
    let jmx = vec!["org.apache.kafka.common.metrics.JmxReporter".to_owned()];
    def.field("metric.reporters", list()).importance(Low).doc("JVM classes; without effect.").default(jmx);
    rest_def(&mut def);
    def.field(OFFSET_FILE, string()).importance(High).doc("File of source offsets.").required();
    def
}

fn rest_def(def: &mut ConfigDef) {
    use Importance::Low;
    def.field("listeners", list())
        .importance(Low)
        .doc("Addresses of the REST API.")
        .default(vec!["http://:8083".to_owned()]);
    def.field("admin.listeners", list())
        .importance(Low)
        .doc("Addresses of the admin endpoints; as listeners when not set.")
        .optional();
    def.field("rest.advertised.host.name", string())
        .importance(Low)
        .doc("Host under which others reach this worker.")
        .optional();
    def.field("rest.advertised.port", int(..))
        .importance(Low)
        .doc("Port under which others reach this worker.")
        .optional();
    def.field("rest.advertised.listener", string())
        .importance(Low)
        .doc("Listener that others use: http or https.")
        .optional();
    def.field("rest.extension.classes", list()).importance(Low).doc("JVM classes; refused.").default(vec![]);
    for (key, doc) in [
        ("access.control.allow.origin", "Origins that browsers may call from."),
        ("access.control.allow.methods", "Methods that browsers may call."),
        ("response.http.headers.config", "Headers added to answers."),
    ] {
        def.field(key, string()).importance(Low).doc(doc).default(String::new());
    }
    let auth = ["required", "requested", "none"];
    def.field("ssl.client.auth", one_of(auth))
        .importance(Low)
        .doc("Whether REST clients show a certificate.")
        .default("none".to_owned());
}

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

fn unknown_keys(props: &Props, def: &ConfigDef) -> Vec<Notice> {
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
fn misspelt<'a>(props: &'a Props, wanted: &str) -> Option<&'a str> {
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

/// What must stop the start, because going on without it would weaken security, delivery or secrecy.
fn refusals(props: &Props) -> Vec<String> {
    let mut found = Vec::new();
    let mut refuse = |key: &str, reason: &str| found.push(format!("{key}: {reason}"));
    for (key, value) in props.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let client = ["producer.", "consumer.", "admin."]
            .iter()
            .find_map(|prefix| key.strip_prefix(prefix))
            .unwrap_or(key);
        if client == "security.protocol" && !value.trim().eq_ignore_ascii_case("PLAINTEXT") {
            refuse(key, "only PLAINTEXT connections to brokers are supported yet");
        } else if client.starts_with("sasl.") {
            refuse(key, "SASL is not supported yet; brokers would be reached without authentication");
        } else if client.starts_with("ssl.") && key != "ssl.client.auth" {
            refuse(key, "TLS is not supported yet; connections would not be encrypted");
        } else if key.contains("listeners.https.") {
            refuse(key, "https listeners are not supported yet; use http listeners behind a TLS proxy");
        }
    }
    for key in ["listeners", "admin.listeners"] {
        if props.get(key).is_some_and(|value| value.to_ascii_lowercase().contains("https://")) {
            refuse(key, "https listeners are not supported yet; use http listeners behind a TLS proxy");
        }
    }
    let set = |key: &str| props.get(key).map(|value| value.trim()).filter(|value| !value.is_empty());
    if set("rest.extension.classes").is_some() {
        refuse(
            "rest.extension.classes",
            "REST extensions are JVM classes and do not run here; without one that authenticates, the API would be open",
        );
    }
    found.extend(OverridePolicy::of_worker(props).err());
    found
}

fn without_effect(props: &Props) -> Vec<Notice> {
    let mut found = Vec::new();
    let policy = OverridePolicy::of_worker(props).ok();
    found.extend(policy.and_then(|policy| policy.warning(props)).map(Notice::Warn));
    if props.get("metric.reporters").is_some_and(|value| {
        value.trim() != "org.apache.kafka.common.metrics.JmxReporter" && !value.trim().is_empty()
    }) {
        found.push(Notice::Warn("metric.reporters has no effect: reporters are JVM classes".into()));
    }
    if props
        .keys()
        .any(|key| key.starts_with("internal.key.converter") || key.starts_with("internal.value.converter"))
    {
        found.push(Notice::Warn(
            "internal.key.converter and internal.value.converter have no effect since Kafka 3.0".into(),
        ));
    }
    for key in ["rest.host.name", "rest.port"] {
        if props.contains_key(key) {
            found.push(Notice::Warn(format!("{key} has no effect since Kafka 3.0; set listeners instead")));
        }
    }
    found
}

/// One line for each JAR that the plugin path names.
fn plugin_path_notices(path: &[String]) -> Vec<Notice> {
    let mut jars = Vec::new();
    for element in path.iter().filter(|element| !element.is_empty()) {
        collect_jars(Path::new(element), 2, &mut jars);
    }
    jars.sort();
    jars.dedup();
    let lines = jars.iter().filter_map(|jar| {
        let name = jar.file_name()?.to_string_lossy().into_owned();
        Some(match name.starts_with("connect-file-") {
            true => {
                Notice::Info(format!("plugin.path: {name} is not loaded; the file connectors are built in"))
            }
            false => {
                Notice::Warn(format!("plugin.path: {name} is not loaded. {}", crate::registry::JVM_HINT))
            }
        })
    });
    // A plugin folder holds a JAR for each library of each plugin; the first few say it all.
    let mut lines: Vec<_> = lines.collect();
    let more = lines.len().saturating_sub(8);
    lines.truncate(8);
    if more > 0 {
        lines.push(Notice::Warn(format!("plugin.path: {more} more JARs are not loaded")));
    }
    lines
}

fn collect_jars(path: &Path, depth: u32, jars: &mut Vec<PathBuf>) {
    if path.extension().is_some_and(|extension| extension == "jar") {
        return jars.push(path.to_owned());
    }
    if depth == 0 {
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten().take(1000) {
        collect_jars(&entry.path(), depth - 1, jars);
    }
}

/// Variables of the images: they configure the container, not the worker.
const NOT_SETTINGS: &[&str] =
    &["CONNECT_LOG4J_", "CONNECT_TOOLS_LOG4J_", "CONNECT_OPTS", "CONNECT_CUB_", "CONNECT_JMX_"];

/// `CONNECT_*` variables as the known images map them: (variable, key, value), by variable. `_` is a dot, `__` an
/// underscore, `___` a dash.
fn from_environment(environment: &Environment) -> Vec<(String, String, String)> {
    let settings = environment.iter().filter_map(|(variable, value)| {
        if NOT_SETTINGS.iter().any(|prefix| variable.starts_with(prefix)) {
            return None;
        }
        let name = variable.strip_prefix("CONNECT_").filter(|name| !name.is_empty())?;
        let key = name
            .to_lowercase()
            .replace("___", "-")
            .replace("__", "\u{0}")
            .replace('_', ".")
            .replace('\u{0}', "_");
        Some((variable.clone(), key, value.clone()))
    });
    let mut found: Vec<_> = settings.collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMUM: &[(&str, &str)] = &[
        ("key.converter", "org.apache.kafka.connect.json.JsonConverter"),
        ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
        ("offset.storage.file.filename", "/tmp/connect.offsets"),
    ];

    fn worker(more: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<WorkerConfig, String> {
        let pairs = |pairs: &[(&str, &str)]| -> Props {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let mut props = pairs(MINIMUM);
        props.extend(pairs(more));
        WorkerConfig::standalone(props, pairs(environment)).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_those_of_upstream() {
        let config = worker(&[], &[]).unwrap();
        assert_eq!(config.bootstrap_servers, "localhost:9092");
        assert_eq!(config.offset_flush_interval, Duration::from_secs(60));
        assert_eq!(config.task_shutdown_timeout, Duration::from_secs(5));
        let header = "org.apache.kafka.connect.storage.SimpleHeaderConverter";
        assert_eq!(config.converters.header.as_deref(), Some(header));
        assert!(config.topic_creation && config.topic_tracking && config.topic_tracking_reset);
        assert_eq!(config.notices, []);
    }

    #[test]
    fn what_would_weaken_security_is_refused_by_name() {
        for (key, value) in [
            ("security.protocol", "SASL_SSL"),
            ("producer.security.protocol", "SSL"),
            ("consumer.sasl.mechanism", "PLAIN"),
            ("sasl.jaas.config", "x"),
            ("ssl.truststore.location", "/t"),
            ("listeners", "http://:8083,https://:8443"),
            ("admin.listeners", "HTTPS://:1"),
            ("listeners.https.ssl.keystore.location", "/k"),
            ("rest.extension.classes", "a.B"),
            ("connector.client.config.override.policy", "Nobody"),
        ] {
            let error = worker(&[(key, value)], &[]).unwrap_err();
            assert!(error.starts_with(&format!("{key}: ")), "{key}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
        worker(
            &[
                ("security.protocol", "PLAINTEXT"),
                ("ssl.client.auth", "none"),
                ("config.providers", ""),
                ("x", "${file:/x:y}"),
            ],
            &[],
        )
        .unwrap();
    }

    #[test]
    fn the_policy_of_overrides_is_told_what_is_wrong_with_it() {
        let principal = worker(&[(POLICY, "Principal")], &[]).unwrap();
        let text = "The Principal ConnectorClientConfigOverridePolicy is deprecated, use the Allowlist policy instead. To replicate the Principal policy behavior, set the connector.client.config.override.allowlist configuration to \"sasl.jaas.config,sasl.mechanism,security.protocol\"";
        assert_eq!(principal.notices, [Notice::Warn(text.to_owned())]);
        let listed = worker(&[(POLICY, "Allowlist"), (ALLOWLIST, "acks")], &[]).unwrap();
        assert_eq!(listed.override_policy, OverridePolicy::Allowlist(["acks".to_owned()].into()));
        assert_eq!(listed.notices, []);
        let unread = worker(&[(ALLOWLIST, "acks,")], &[]).unwrap();
        assert_eq!(unread.override_policy, OverridePolicy::All);
        assert!(matches!(&unread.notices[..], [Notice::Warn(text)] if text.contains("has no effect")));
        let error = worker(&[(POLICY, "Allowlist"), (ALLOWLIST, "acks,")], &[]).unwrap_err();
        assert_eq!(error, format!("Configuration '{ALLOWLIST}' values must not be empty."));
    }

    #[test]
    fn the_recommended_worker_file_needs_no_notice() {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/strict/connect-standalone.properties");
        let config = WorkerConfig::load_standalone(&file, []).unwrap();
        assert_eq!(config.notices, []);
        assert!(config.strict);
        config.override_policy.check("sasl.mechanism").unwrap();
        config.override_policy.check("linger.ms").unwrap_err();
    }

    #[test]
    fn a_typo_is_met_with_the_key_that_was_meant() {
        let config = worker(
            &[("offset.flush.intervall.ms", "1"), ("my.own.thing", "x"), ("producer.linger.ms", "1")],
            &[],
        );
        let notices = config.unwrap().notices;
        let text = |notice: &Notice| format!("{notice:?}");
        assert_eq!(notices.len(), 2, "{notices:?}");
        assert!(
            notices.iter().any(|n| text(n).contains("did you mean 'offset.flush.interval.ms'?")),
            "{notices:?}"
        );
        assert!(notices.iter().any(|n| text(n).contains("'my.own.thing' is not a setting")), "{notices:?}");
        let mut props: Props = MINIMUM.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let file = props.remove("offset.storage.file.filename").unwrap();
        props.insert("offset.storage.file.filenam".into(), file);
        let error = WorkerConfig::standalone(props, []).unwrap_err().to_string();
        let text = "Missing required configuration \"offset.storage.file.filename\" which has no default value. (did you mean it by 'offset.storage.file.filenam'?)";
        assert_eq!(error, text);
    }

    #[test]
    fn bad_values_come_together_in_the_words_of_upstream() {
        let error =
            worker(&[("offset.flush.timeout.ms", "x"), ("topic.creation.enable", "y")], &[]).unwrap_err();
        let expect = "Invalid value x for configuration offset.flush.timeout.ms: Not a number of type LONG\n\
                      Invalid value y for configuration topic.creation.enable: Expected value to be either true or false";
        assert_eq!(error, expect);
    }

    #[test]
    fn the_environment_ranks_below_the_file_and_is_listed() {
        let environment = [
            ("CONNECT_BOOTSTRAP_SERVERS", "b:1"),
            ("CONNECT_KEY_CONVERTER", "other"),
            ("CONNECT_PRODUCER_A__B___C", "v"),
            ("CONNECT_LOG4J_ROOT_LOGLEVEL", "INFO"),
            ("PATH", "/bin"),
        ];
        let config = worker(&[], &environment).unwrap();
        assert_eq!(config.bootstrap_servers, "b:1");
        assert_eq!(config.converters.key.as_deref(), Some("org.apache.kafka.connect.json.JsonConverter"));
        assert_eq!(config.props["producer.a_b-c"], "v");
        let listed = |text: &str| config.notices.contains(&Notice::Info(text.to_owned()));
        assert!(
            listed("bootstrap.servers from environment variable CONNECT_BOOTSTRAP_SERVERS"),
            "{:?}",
            config.notices
        );
        assert!(listed(
            "key.converter from environment variable CONNECT_KEY_CONVERTER (not used: the file sets it)"
        ));
        assert_eq!(config.notices.len(), 3);
    }

    #[test]
    fn jars_on_the_plugin_path_are_answered_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("x");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("some-sink-1.0.jar"), b"").unwrap();
        let path = format!("libs/connect-file-4.3.1.jar,{}", folder.path().display());
        let notices = worker(&[("plugin.path", &path)], &[]).unwrap().notices;
        assert!(
            matches!(&notices[..], [Notice::Warn(jar), Notice::Info(file)]
            if jar.contains("some-sink-1.0.jar is not loaded. JVM plugins do not run here")
            && file.contains("connect-file-4.3.1.jar") && file.contains("built in")),
            "{notices:?}"
        );
    }
}

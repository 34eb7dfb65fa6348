//! The worker's own configuration: properties file, `CONNECT_*` variables, and what must stop the start.
//!
//! Every key of Kafka Connect is known here. Unknown ones are kept, since they reach clients and plugins, and are met
//! with one WARN that names a similar key. A key whose feature is not there yet is refused when ignoring it could
//! weaken security, delivery or secrecy; the refusal names key and reason, and all refusals come together.

mod definition;
mod environment;
mod keys;
mod plugin_path;
mod refusals;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kconnect_api::settings::FromParsed;
use kconnect_api::{ConfigDef, Exception, ParsedValues, Props};

pub use self::definition::standalone_def;
use self::environment::merge;
use self::keys::{misspelt, unknown_keys, unknown_own_keys};
use self::plugin_path::plugin_path_notices;
use self::refusals::{refusals, without_effect};
use super::definition::ConverterDefaults;
use super::policy::OverridePolicy;
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
        let secrets = Arc::new(Secrets::of_worker(&redactor));
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

/// What a worker's own texts hide.
fn own_secrets(resolved: &Resolved) -> Redactor {
    let named = resolved.props.iter().filter(|(key, _)| looks_secret(key)).map(|(_, value)| value.as_str());
    Redactor::new(resolved.secrets.iter().map(|secret| secret.expose()).chain(named))
}

/// Parses and refuses; all problems together.
fn check(def: &ConfigDef, props: &Props, providers: &Providers) -> Result<ParsedValues, WorkerConfigError> {
    let mut problems = refusals(props);
    problems.extend(unknown_own_keys(props, def));
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

#[cfg(test)]
mod tests;

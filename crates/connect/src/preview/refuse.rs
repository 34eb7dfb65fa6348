//! Why a configuration cannot be previewed: what validation says of its converters and transforms, then what would keep a
//! task from starting.

use std::fmt;
use std::sync::Arc;

use kconnect_api::{ConfigError, Exception, PluginKind, Props};

use super::{Direction, Setup};
use crate::config::definition::{CONVERTERS, ConverterDefaults, aliases_of};
use crate::config::placeholder;
use crate::config::policy::OverridePolicy;
use crate::config::validation::Validator;
use crate::worker::chain::Chain;
use crate::worker::converters::Converters;

/// Most transforms of a preview on behalf of somebody else: more than a chain that somebody wrote has, and few enough that
/// all of them together cost little where each keeps something of a record.
const TRANSFORMS_MAX: usize = 50;

/// One problem of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The setting, or `transforms.<alias>` for a transform that cannot be made.
    pub key: String,
    /// What is wrong with it; may have several lines.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

impl Refusal {
    /// A problem of `key`.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }

    fn exception(key: impl Into<String>, error: &Exception) -> Self {
        Self::new(key, error.message().unwrap_or(error.class()))
    }
}

/// The direction that is asked for, else that of the connector's class.
pub(super) fn direction(setup: &Setup) -> Result<Direction, Refusal> {
    const KEY: &str = "connector.class";
    if let Some(direction) = setup.direction {
        return Ok(direction);
    }
    let Some(class) = setup.config.get(KEY) else {
        return Err(Refusal::new(KEY, ConfigError::missing(KEY).message));
    };
    let plugin = setup.registry.connector(class.trim()).map_err(|error| Refusal::exception(KEY, &error))?;
    match plugin.info().kind {
        PluginKind::Source => Ok(Direction::Source),
        _ => Ok(Direction::Sink),
    }
}

/// What validation finds.
pub(super) fn invalid(setup: &Setup) -> Vec<Refusal> {
    let class = |name: &str| setup.worker.get(name).map(|class| class.trim().to_owned());
    let validator = Validator {
        registry: Arc::clone(&setup.registry),
        converters: ConverterDefaults {
            key: class("key.converter"),
            value: class("value.converter"),
            header: class("header.converter"),
        },
        policy: OverridePolicy::default(),
        topic_creation: false,
    };
    let mut found: Vec<Refusal> = Vec::new();
    for (key, message) in validator.data_plane(&setup.config) {
        let refusal = Refusal { key, message };
        if !found.contains(&refusal) {
            found.push(refusal);
        }
    }
    for name in ["key.converter", "value.converter"] {
        let given = |props: &Props| props.get(name).is_some_and(|class| !class.trim().is_empty());
        if !given(&setup.config) && !given(&setup.worker) {
            found.push(Refusal::new(name, ConfigError::missing(name).message));
        }
    }
    found
}

/// What a preview on behalf of somebody else does not follow: placeholders in settings of converters, transforms and
/// predicates that `resolves` says a config provider would resolve (their text must not pass for the value), files to read,
/// and chains beyond any that is needed.
pub fn out_of_reach(config: &Props, resolves: impl Fn(&Props) -> bool) -> Vec<Refusal> {
    let of_converter = |key: &str| CONVERTERS.iter().any(|(name, _, _)| key.starts_with(name));
    let concerns =
        |key: &str| key.starts_with("transforms") || key.starts_with("predicates") || of_converter(key);
    let why = |key: &str, value: &String| {
        let one = Props::from([(String::new(), value.clone())]);
        if concerns(key) && placeholder::is_in(value) && resolves(&one) {
            Some("placeholders of config providers are not resolved here; write the value itself")
        } else if of_converter(key) && key.ends_with(".location") {
            Some("files are not read here; use 'kconnect preview' on the command line")
        } else {
            None
        }
    };
    let count = aliases_of(config, "transforms").len();
    if count > TRANSFORMS_MAX {
        let text = format!(
            "at most {TRANSFORMS_MAX} transforms are tried here, these are {count}; use 'kconnect preview' on the command line"
        );
        return vec![Refusal::new("transforms", text)];
    }
    config.iter().filter_map(|(key, value)| Some(Refusal::new(key, why(key, value)?))).collect()
}

/// Makes what a task has, or says all that keeps it from starting.
pub(super) fn parts(setup: &Setup) -> Result<(Chain, Converters), Vec<Refusal>> {
    let mut refused = Vec::new();
    let converters = Converters::build_each(&setup.config, &setup.worker, &setup.registry);
    if let Err(errors) = &converters {
        refused.extend(errors.iter().map(|(key, error)| Refusal::exception(*key, error)));
    }
    let chain = Chain::build_each(&setup.config, &setup.registry, |alias, error| {
        refused.push(Refusal::exception(format!("transforms.{alias}"), &error));
        Ok(())
    });
    if let Err(error) = &chain {
        refused.push(Refusal::exception("transforms", error));
    }
    match (chain, converters) {
        (Ok(chain), Ok(converters)) if refused.is_empty() => Ok((chain, converters)),
        _ => Err(refused),
    }
}

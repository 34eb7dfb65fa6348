//! The providers that a worker declares, and configurations resolved by them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kconnect_api::settings::Secret;
use kconnect_api::{ConfigError, Exception, Props};

use super::{Classes, ConfigProvider, Environment, TARGET};
use crate::config::definition::aliases_of;
use crate::config::placeholder::{self, Placeholder};
use crate::config::secrets::{Redactor, looks_secret};

/// Declared providers, by name.
#[derive(Clone, Default)]
pub struct Providers(BTreeMap<String, Arc<dyn ConfigProvider>>);

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A configuration with the values of its placeholders in their places.
#[derive(Clone, Default)]
pub struct Resolved {
    /// What plugins and clients get. Not for texts that leave the worker.
    pub props: Props,
    /// Every value that a provider gave.
    pub secrets: Vec<Secret>,
    /// How long the values from a path are good.
    pub ttls: BTreeMap<String, Duration>,
}

impl fmt::Debug for Resolved {
    /// Keys only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.props.keys()).finish()
    }
}

/// Values by provider, path and key.
type Found = BTreeMap<(String, String), BTreeMap<String, String>>;

impl Providers {
    /// The providers of a worker's configuration. A name without a class is none: its placeholders stay as they are.
    pub fn declare(
        worker: &Props,
        classes: &Classes,
        environment: &Arc<Environment>,
    ) -> Result<Self, Exception> {
        let mut declared = BTreeMap::new();
        for name in aliases_of(worker, "config.providers") {
            let key = format!("config.providers.{name}.class");
            let Some(class) = worker.get(&key).map(|class| class.trim()) else { continue };
            let Some(configure) = classes.find(class) else {
                let known = classes.names().collect::<Vec<_>>().join(", ");
                let reason = "Could not load config provider class or one of its dependencies";
                let unknown = Exception::from(ConfigError::invalid(&key, class, reason));
                return Err(unknown.caused_by(Exception::connect(format!("this worker has {known}"))));
            };
            let prefix = format!("config.providers.{name}.param.");
            let params = worker.iter().filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?, value)));
            let params = params.map(|(key, value)| (key.to_owned(), value.clone())).collect();
            declared.insert(name, configure(&params, environment)?);
        }
        Ok(Self(declared))
    }

    /// Why a provider is risky as it is configured: (name, what to set).
    pub fn risks(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.0.iter().filter_map(|(name, provider)| Some((name.as_str(), provider.risk()?)))
    }

    /// Whether [`Self::resolve`] would ask a provider. When not, it does not block.
    #[must_use]
    pub fn concerns(&self, props: &Props) -> bool {
        let known = |value: &String| placeholder::all(value).any(|p| self.0.contains_key(p.provider));
        props.values().any(known)
    }

    /// Resolves the values of a configuration, once: a value from a provider is not looked at again. What no provider
    /// knows stays as it is. Asks each provider once for each path.
    pub fn resolve(&self, props: &Props) -> Result<Resolved, Exception> {
        let mut resolved = Resolved { props: props.clone(), ..Resolved::default() };
        let found = self.ask(props, &mut resolved.ttls)?;
        for (key, value) in &mut resolved.props {
            self.warn_of_unknown(key, value, &found);
            if let Some(text) = replace(value, &found, &mut resolved.secrets) {
                *value = text;
            }
        }
        Ok(resolved)
    }

    fn warn_of_unknown(&self, key: &str, value: &str, found: &Found) {
        let unknown = placeholder::all(value)
            .filter(|open| self.0.contains_key(open.provider) && look_up(found, open).is_none());
        for open in unknown {
            let text = value.get(open.at).unwrap_or_default();
            tracing::warn!(target: TARGET, key, "{text} is not known to its provider and stays as it is");
        }
    }

    fn ask(&self, props: &Props, ttls: &mut BTreeMap<String, Duration>) -> Result<Found, Exception> {
        let mut wanted: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
        for open in props.values().flat_map(|value| placeholder::all(value)) {
            wanted.entry((open.provider, open.path)).or_default().insert(open.key.to_owned());
        }
        let mut found = Found::new();
        for ((name, path), keys) in wanted {
            let Some(provider) = self.0.get(name) else { continue };
            let provided = provider.get(path, &keys)?;
            if let Some(ttl) = provided.ttl {
                ttls.insert(path.to_owned(), ttl);
            }
            found.insert((name.to_owned(), path.to_owned()), provided.values);
        }
        Ok(found)
    }
}

fn look_up<'a>(found: &'a Found, open: &Placeholder<'_>) -> Option<&'a String> {
    found.get(&(open.provider.to_owned(), open.path.to_owned()))?.get(open.key)
}

/// The value with what was found in its places; `None` when nothing was.
fn replace(value: &str, found: &Found, secrets: &mut Vec<Secret>) -> Option<String> {
    let mut text = String::new();
    let mut from = 0;
    for open in placeholder::all(value) {
        let Some(known) = look_up(found, &open) else { continue };
        text.push_str(value.get(from..open.at.start)?);
        text.push_str(known);
        secrets.push(Secret::new(known));
        from = open.at.end;
    }
    if from == 0 {
        return None;
    }
    text.push_str(value.get(from..)?);
    Some(text)
}

/// Puts the placeholders of a connector's configuration back into a task configuration that was made from its resolved
/// values, so that what is stored and shown holds none of them.
pub(crate) fn reverse(task: &mut Props, raw: &Props) {
    for (key, value) in task {
        if let Some(written) = raw.get(key).filter(|written| placeholder::is_in(written)) {
            value.clone_from(written);
        }
    }
}

/// Resolves a connector's configuration by the providers of a worker's, for a tool without a worker: the configuration
/// with its values, and what keeps them out of texts. Blocks.
pub fn resolve_connector(
    worker: &Props,
    environment: impl IntoIterator<Item = (String, String)>,
    connector: &Props,
) -> Result<(Props, Redactor), Exception> {
    let environment = Arc::new(environment.into_iter().collect());
    let resolved = Providers::declare(worker, &Classes::built_in(), &environment)?.resolve(connector)?;
    let named = resolved.props.iter().filter(|(key, _)| looks_secret(key)).map(|(_, value)| value.as_str());
    let redactor = Redactor::new(resolved.secrets.iter().map(Secret::expose).chain(named));
    Ok((resolved.props, redactor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_tool_resolves_a_connector_by_the_providers_of_a_worker() {
        let worker = props(&[("config.providers", "env"), ("config.providers.env.class", "EnvVar")]);
        let connector = props(&[("url", "db://${env:USER_OF_DB}@host"), ("password", "as-written")]);
        let environment = [("USER_OF_DB".to_owned(), "someone".to_owned())];
        let (resolved, redactor) = resolve_connector(&worker, environment, &connector).unwrap();
        assert_eq!(resolved["url"], "db://someone@host");
        assert_eq!(redactor.text("db://someone@host as-written"), "db://[hidden]@host [hidden]");
    }

    #[test]
    fn placeholders_come_back_where_the_connector_wrote_them() {
        let raw = props(&[("a", "x-${env:A}"), ("b", "plain"), ("c", "${env:C}")]);
        let mut task = props(&[("a", "x-value"), ("b", "changed"), ("d", "own")]);
        reverse(&mut task, &raw);
        assert_eq!(task, props(&[("a", "x-${env:A}"), ("b", "changed"), ("d", "own")]));
    }
}

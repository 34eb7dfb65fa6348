//! Checks of the settings that all connectors have, with upstream's texts. What depends on the registry (does a class exist,
//! is it of the right kind) is a check here too; that a class that was not found has no value is restored by
//! [`crate::config::validation`].

use std::collections::HashSet;
use std::sync::Arc;

use kconnect_api::{ConfigError, ParsedValue, PluginKind, Props, Validator};

use crate::registry::Registry;

pub(super) fn connector_name() -> Validator {
    Validator::new("non-empty string without ISO control characters", |key, value| {
        let ParsedValue::String(name) = value else { return Ok(()) };
        if name.is_empty() {
            return Err(ConfigError::invalid(key, "", "String may not be empty"));
        }
        let codes: Vec<String> =
            name.chars().filter(|c| c.is_control()).map(|c| (c as u32).to_string()).collect();
        if codes.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "String may not contain control sequences but had the following ASCII chars: {}",
            codes.join(", ")
        );
        Err(ConfigError::invalid(key, name, &detail))
    })
}

pub(super) fn aliases() -> Validator {
    Validator::non_null().and(Validator::new("unique aliases", |key, value| {
        let ParsedValue::List(aliases) = value else { return Ok(()) };
        check_count(key, aliases.len())?;
        if !repeats(aliases) {
            return Ok(());
        }
        Err(ConfigError::invalid(key, &format!("[{}]", aliases.join(", ")), "Duplicate alias provided."))
    }))
}

/// Most transforms, and most predicates, of a connector.
pub(crate) const ALIASES_MAX: usize = 1_000;

/// Refuses more aliases in the setting `key` than there may be.
pub(crate) fn check_count(key: &str, count: usize) -> Result<(), ConfigError> {
    if count <= ALIASES_MAX {
        return Ok(());
    }
    Err(ConfigError::text(key, format!("'{key}' names {count} aliases; at most {ALIASES_MAX} are possible")))
}

fn repeats(items: &[String]) -> bool {
    let mut seen = HashSet::with_capacity(items.len());
    items.iter().any(|item| !seen.insert(item.as_str()))
}

pub(super) fn topic_list() -> Validator {
    Validator::new("", |key, value| {
        let ParsedValue::List(topics) = value else {
            return Err(ConfigError::text(key, format!("Configuration '{key}' values must not be null.")));
        };
        if repeats(topics) {
            return Err(ConfigError::text(
                key,
                format!("Configuration '{key}' values must not be duplicated."),
            ));
        }
        if topics.iter().any(String::is_empty) {
            return Err(ConfigError::text(key, format!("Configuration '{key}' values must not be empty.")));
        }
        Ok(())
    })
}

pub(super) fn regex_check() -> Validator {
    Validator::new("valid regex", |key, value| {
        let ParsedValue::String(pattern) = value else { return Ok(()) };
        match crate::pattern::Pattern::new(pattern) {
            Ok(_) => Ok(()),
            Err(detail) => Err(ConfigError::invalid(key, pattern, &format!("Invalid regex: {detail}"))),
        }
    })
}

pub(super) fn negation(props: &Props, prefix: &str) -> Validator {
    let (negate, predicate) = (format!("{prefix}negate"), format!("{prefix}predicate"));
    let orphan = props.contains_key(&negate) && !props.contains_key(&predicate);
    Validator::new("", move |key, _| {
        if !orphan {
            return Ok(());
        }
        Err(ConfigError::text(key, nothing_to_negate(&negate, &predicate)))
    })
}

/// What is wrong with a transform that is negated without a predicate.
pub(crate) fn nothing_to_negate(negate: &str, predicate: &str) -> String {
    format!(
        "Config '{negate}' was provided but there is no config '{predicate}' defining a predicate to be negated."
    )
}

/// The class that `reference` means as a plugin of `kind`.
pub(crate) fn resolve(registry: &Registry, kind: PluginKind, reference: &str) -> Option<String> {
    let info = match kind {
        PluginKind::Converter => registry
            .find_converter(reference)
            .map(|p| p.info())
            .filter(|info| info.kind == PluginKind::Converter),
        PluginKind::HeaderConverter => registry.find_converter(reference).map(|p| p.info()),
        PluginKind::Transformation => registry.find_transform(reference).map(|p| p.info()),
        PluginKind::Predicate => registry.find_predicate(reference).map(|p| p.info()),
        PluginKind::Source | PluginKind::Sink => registry.connector(reference).ok().map(|p| p.info()),
    };
    info.map(|info| info.class.into_owned())
}

pub(super) fn class_check(registry: &Arc<Registry>, kind: PluginKind) -> Validator {
    let registry = Arc::clone(registry);
    Validator::new("a class of this binary", move |key, value| {
        let ParsedValue::Class(reference) = value else { return Ok(()) };
        if resolve(&registry, kind, reference).is_some() {
            return Ok(());
        }
        match registry.find(reference) {
            Some(other) => Err(ConfigError::text(
                key,
                format!(
                    "Class class {} does not implement the {} interface",
                    other.info().class,
                    interface(kind)
                ),
            )),
            None if kind == PluginKind::Transformation && registry.has_sides(reference) => {
                Err(ConfigError::text(
                    key,
                    format!(
                        "This class is abstract and cannot be created. Did you mean {reference}$Key, {reference}$Value?"
                    ),
                ))
            }
            None => {
                tracing::warn!(target: crate::config::validation::TARGET, key, class = %reference, "{}", crate::registry::JVM_HINT);
                Err(ConfigError::invalid(key, reference, &format!("Class {reference} could not be found.")))
            }
        }
    })
}

fn interface(kind: PluginKind) -> &'static str {
    match kind {
        PluginKind::Converter => "Converter",
        PluginKind::HeaderConverter => "HeaderConverter",
        PluginKind::Transformation => "Transformation",
        PluginKind::Predicate => "Predicate",
        PluginKind::Source | PluginKind::Sink => "Connector",
    }
}

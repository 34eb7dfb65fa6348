//! The part of a validation that is about the connector itself, while it grows.

use std::collections::HashMap;

use kconnect_api::settings::FromParsed;
use kconnect_api::{
    ConfigDef, ConfigError, ConfigValue, ParsedValue, ParsedValues, PluginKind, Props, hash_order,
};

use crate::config::connector::{NO_DEAD_LETTER_TOPIC, sink_conflicts};
use crate::config::definition::{CONVERTERS, SOURCE_DEAD_LETTERS, nothing_to_negate, resolve};
use crate::config::version;
use crate::herder::{ConfigInfo, ConfigInfos};
use crate::registry::Registry;

/// The main part while it grows: definitions in order, and all values, of which the last one of a name counts.
pub(super) struct Main {
    pub(super) def: ConfigDef,
    groups: Vec<String>,
    pub(super) values: Vec<ConfigValue>,
}

impl Main {
    pub(super) fn new(def: ConfigDef, values: Vec<ConfigValue>) -> Self {
        let mut main = Self { groups: Vec::new(), values, def: ConfigDef::new() };
        main.add_groups(&def);
        main.def = def;
        main
    }

    pub(super) fn add_groups(&mut self, def: &ConfigDef) {
        for group in def.keys().iter().filter_map(|key| key.group.as_ref()) {
            if !self.groups.contains(group) {
                self.groups.push(group.clone());
            }
        }
    }

    pub(super) fn value(&mut self, name: &str) -> &mut ConfigValue {
        let at = self.values.iter().position(|value| value.name == name).unwrap_or_else(|| {
            self.values.push(ConfigValue::new(name));
            self.values.len() - 1
        });
        &mut self.values[at]
    }

    /// A class that was not found has no value; one found by alias is shown by its name. Of a transform that is negated
    /// without a predicate it is told too that its class was not found: that is no check, but how a class is read.
    pub(super) fn restore_classes(&mut self, registry: &Registry) {
        for value in &mut self.values {
            let kind = match value.name.as_str() {
                "key.converter" | "value.converter" => PluginKind::Converter,
                "header.converter" => PluginKind::HeaderConverter,
                name if name.starts_with("transforms.") && name.ends_with(".type") => {
                    PluginKind::Transformation
                }
                name if name.starts_with("predicates.") && name.ends_with(".type") => PluginKind::Predicate,
                _ => continue,
            };
            let Some(reference) = value.value.take() else { continue };
            let other = || registry.find(&reference).map(|found| found.info().class.into_owned());
            value.value = resolve(registry, kind, &reference).or_else(other);
            if value.value.is_none() && kind == PluginKind::Transformation && !registry.has_sides(&reference)
            {
                let detail = format!("Class {reference} could not be found.");
                let text = ConfigError::invalid(&value.name, &reference, &detail).message;
                if !value.errors.contains(&text) {
                    value.errors.insert(0, text);
                }
            }
        }
    }

    /// Whether versions that are asked for of converters are versions at all.
    pub(super) fn check_ranges(&mut self, props: &Props) {
        for (name, ..) in CONVERTERS {
            let key = format!("{name}.plugin.version");
            if let Some(Err(text)) = props.get(&key).map(|wanted| version::check_range(wanted)) {
                self.value(&key).errors.push(text);
            }
        }
    }

    /// Judges nulls as values; what is wrong with nulls as such comes last ([`Self::refuse_nulls`]).
    pub(super) fn judge_nulls(&mut self, nulls: &[&str], props: &Props) {
        for &key in nulls {
            if let Some(prefix) =
                key.strip_suffix("negate").filter(|prefix| prefix.starts_with("transforms."))
            {
                let (class_key, predicate) = (format!("{prefix}type"), format!("{prefix}predicate"));
                let given = props.contains_key(&predicate) || nulls.contains(&predicate.as_str());
                if !given && self.def.get(&class_key).is_some() {
                    self.value(&class_key).errors.push(nothing_to_negate(key, &predicate));
                }
            }
            let errors = errors_of_null(&self.def, key);
            // Those that have no definition come later.
            if let Some(value) = self.values.iter_mut().find(|value| value.name == key) {
                value.errors = errors;
            }
            if CONVERTERS.iter().any(|(name, ..)| *name == key) {
                // There is no class that could have a version.
                let version = self.value(&format!("{key}.plugin.version"));
                version.recommended_values.clear();
                version.visible = false;
            }
        }
    }

    /// Refuses nulls as such, and brings all values into the order of the hash map that upstream keeps them in; it shows
    /// in those that have no definition.
    pub(super) fn refuse_nulls(&mut self, nulls: &[&str]) {
        for &key in nulls {
            let value = self.value(key);
            value.errors.push("Null value can not be supplied as the configuration value.".into());
            value.value = None;
        }
        let order = hash_order(self.values.iter().map(|value| value.name.as_str()));
        self.values = order.into_iter().map(|at| self.values[at].clone()).collect();
    }

    /// Versions of converters, transforms and predicates. A converter's that is none at all is the fault of that setting
    /// alone, as upstream has it.
    pub(super) fn check_versions(&mut self, registry: &Registry, props: &Props) {
        self.check_ranges(props);
        for (key, wanted) in props {
            let Some(base) = key.strip_suffix(".plugin.version") else { continue };
            let converter = CONVERTERS.iter().find(|(name, ..)| *name == base).map(|(.., kind)| *kind);
            let (class_key, kind) = match converter {
                Some(kind) => (base.to_owned(), kind),
                None if base.starts_with("transforms.") => {
                    (format!("{base}.type"), PluginKind::Transformation)
                }
                None => (format!("{base}.type"), PluginKind::Predicate),
            };
            if self.def.get(&class_key).is_none() {
                continue;
            }
            if converter.is_some() && version::check_range(wanted).is_err() {
                continue;
            }
            if converter == Some(PluginKind::HeaderConverter) && !props.contains_key(&class_key) {
                // Upstream dereferences the class that is not named.
                let text =
                    format!("'{key}' asks for a version of a class; name the class with '{class_key}'");
                self.value(&class_key).errors.push(text);
                continue;
            }
            // A class of another kind is refused for that.
            let class = props.get(&class_key).and_then(|class| resolve(registry, kind, class.trim()));
            let info = class.and_then(|class| registry.find(&class)).map(|found| found.info());
            let Some(info) = info else {
                // Nothing has a version then, but what is asked for should be one.
                if let Some(text) = version::check_range(wanted).err().filter(|_| converter.is_none()) {
                    self.value(key).errors.push(text);
                }
                continue;
            };
            if let Err(fault) = version::check(&info, wanted) {
                let orphan = nothing_to_negate(&format!("{base}.negate"), &format!("{base}.predicate"));
                let class = self.value(&class_key);
                // One check of the class ends at the first fault.
                if !class.errors.contains(&orphan) {
                    class.errors.push(fault.text().to_owned());
                }
                self.value(key).errors.push(fault.text().to_owned());
            }
        }
    }

    pub(super) fn check_source(&mut self, parsed: &ParsedValues) {
        let enabled = bool::from_parsed(parsed.value(SOURCE_DEAD_LETTERS)).unwrap_or(false);
        let topic = "errors.deadletterqueue.topic.name";
        if enabled && String::from_parsed(parsed.value(topic)).unwrap_or_default().is_empty() {
            self.value(topic).errors.push(NO_DEAD_LETTER_TOPIC.to_owned());
        }
    }

    pub(super) fn check_sink(&mut self, parsed: &ParsedValues) {
        let text = |key| String::from_parsed(parsed.value(key)).unwrap_or_default();
        let topics = Vec::<String>::from_parsed(parsed.value("topics")).unwrap_or_default();
        for (key, message) in
            sink_conflicts(&topics, &text("topics.regex"), &text("errors.deadletterqueue.topic.name"))
        {
            self.value(key).errors.push(message);
        }
    }

    /// The connector class's own settings: its keys replace same-named ones in place, its values come last.
    pub(super) fn add_own(&mut self, own: ConfigDef, values: Vec<ConfigValue>) {
        self.add_groups(&own);
        for key in own.keys() {
            self.def.replace(key.clone());
        }
        self.values.extend(values);
    }

    pub(super) fn finish(self, class: &str) -> ConfigInfos {
        let Self { def, groups, values } = self;
        let mut infos = ConfigInfos { name: class.to_owned(), error_count: 0, groups, configs: Vec::new() };
        let mut last: HashMap<String, ConfigValue> = HashMap::new();
        for value in values {
            if def.get(&value.name).is_none() {
                infos.error_count += value.errors.len();
                infos.configs.push(ConfigInfo { definition: None, value: value.clone() });
            }
            last.insert(value.name.clone(), value);
        }
        for key in def.keys() {
            let value = last.remove(&key.name).unwrap_or_else(|| ConfigValue::new(key.name.clone()));
            infos.error_count += value.errors.len();
            infos.configs.push(ConfigInfo { definition: Some(key.clone()), value });
        }
        infos
    }
}

/// Nulls among the values of a plugin's own settings.
pub(super) fn judge_nulls<'a>(
    def: &ConfigDef,
    nulls: impl Iterator<Item = &'a str>,
    values: &mut [ConfigValue],
) {
    for key in nulls.filter(|key| def.get(key).is_some()) {
        if let Some(value) = values.iter_mut().find(|value| value.name == key) {
            value.value = None;
            value.errors = errors_of_null(def, key);
        }
    }
}

/// What is wrong with a null for `key`: it is a value to check, not a missing one.
fn errors_of_null(def: &ConfigDef, key: &str) -> Vec<String> {
    let check = def.get(key).and_then(|key| key.validator.as_ref());
    let refusal = check.and_then(|check| check.check(key, &ParsedValue::Null).err());
    refusal.map(|error| error.message).into_iter().collect()
}

//! The part of a validation that is about the connector itself, while it grows.

use std::collections::HashMap;

use kconnect_api::settings::FromParsed;
use kconnect_api::{ConfigDef, ConfigValue, ParsedValue, ParsedValues, PluginKind, Props};

use crate::config::connector::{NO_DEAD_LETTER_TOPIC, sink_conflicts};
use crate::config::definition::{CONVERTERS, SOURCE_DEAD_LETTERS, resolve};
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

    /// A class that was not found has no value; one found by alias is shown by its name.
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
        }
    }

    /// Judges nulls as values; what is wrong with nulls as such comes last ([`Self::refuse_nulls`]).
    pub(super) fn judge_nulls(&mut self, nulls: &[&str]) {
        for &key in nulls {
            self.value(key).errors = errors_of_null(&self.def, key);
            if CONVERTERS.iter().any(|(name, ..)| *name == key) {
                // There is no class that could have a version.
                let version = self.value(&format!("{key}.plugin.version"));
                version.recommended_values.clear();
                version.visible = false;
            }
        }
    }

    pub(super) fn refuse_nulls(&mut self, nulls: &[&str]) {
        for &key in nulls {
            let value = self.value(key);
            value.errors.push("Null value can not be supplied as the configuration value.".into());
            value.value = None;
        }
    }

    /// Versions of converters, transforms and predicates. A converter's that is none at all is the fault of that setting
    /// alone, as upstream has it.
    pub(super) fn check_versions(&mut self, registry: &Registry, props: &Props) {
        for (key, wanted) in props {
            let Some(base) = key.strip_suffix(".plugin.version") else { continue };
            let converter = CONVERTERS.iter().any(|(name, ..)| *name == base);
            let class_key = if converter { base.to_owned() } else { format!("{base}.type") };
            if !converter && self.def.get(&class_key).is_none() {
                continue;
            }
            if let Some(text) = version::check_range(wanted).err().filter(|_| converter) {
                self.value(key).errors.push(text);
                continue;
            }
            let class = props.get(&class_key).map(|class| class.trim());
            let info = class.and_then(|class| match converter {
                true => registry.find_converter(class).map(|plugin| plugin.info()),
                false => registry.find(class).map(|found| found.info()),
            });
            if let Some(Err(fault)) = info.map(|info| version::check(&info, wanted)) {
                self.value(&class_key).errors.push(fault.text().to_owned());
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

/// What is wrong with a null for `key`: it is a value to check, not a missing one.
pub(super) fn errors_of_null(def: &ConfigDef, key: &str) -> Vec<String> {
    let check = def.get(key).and_then(|key| key.validator.as_ref());
    let refusal = check.and_then(|check| check.check(key, &ParsedValue::Null).err());
    refusal.map(|error| error.message).into_iter().collect()
}

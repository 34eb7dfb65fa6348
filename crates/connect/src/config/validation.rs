//! Validation of a connector configuration, as `PUT /connector-plugins/…/config/validate` and every creation do it.
//!
//! Order of the parts (rest.md §7.4): the settings of all connectors and of the transforms named, the connector class's
//! own (which replace same-named ones), client overrides, converters. Errors carry upstream's texts. May run a plugin's
//! code for long: callers keep it off their own loop.

mod main_part;

use std::borrow::Cow;
use std::sync::Arc;

use kconnect_api::{
    ConfigDef, ConfigDefault, ConfigKey, ConfigValue, ConverterRole, Plugin, PluginKind, Props, Recommender,
    hash_order,
};

use self::main_part::{Main, judge_nulls};
use super::definition::{self, CONVERTERS, ConverterDefaults, resolve};
use super::java_order;
use super::overrides;
use super::placeholder;
use super::policy::OverridePolicy;
use super::secrets::{HIDDEN, Redactor, looks_secret};
use super::version::{self, Fault};
use crate::herder::{ConfigInfo, ConfigInfos, ConnectorType, HerderError, RawConfig};
use crate::registry::Registry;

/// Upstream's logger of what is said here.
pub(super) const TARGET: &str = "org.apache.kafka.connect.runtime.AbstractHerder";

/// What validation depends on beside the configuration.
#[derive(Clone, Debug)]
pub struct Validator {
    /// The plugins.
    pub registry: Arc<Registry>,
    /// The worker's converters.
    pub converters: ConverterDefaults,
    /// Which client settings may be overridden.
    pub policy: OverridePolicy,
    /// `topic.creation.enable` of the worker.
    pub topic_creation: bool,
}

impl Validator {
    /// Validates `raw`.
    pub async fn validate(&self, raw: &RawConfig) -> Result<ConfigInfos, HerderError> {
        let props: Props =
            raw.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect();
        let class = props.get("connector.class").ok_or_else(|| no_type(raw))?;
        let plugin = self.registry.connector(class).map_err(|error| {
            tracing::warn!(target: TARGET, class = %class, "{}", crate::registry::JVM_HINT);
            HerderError::BadRequest(error.message().unwrap_or_default().to_owned())
        })?;
        let kind = kind_of(plugin.as_ref());
        let walked = java_order::copied(raw.keys().map(String::as_str)).into_iter();
        let nulls: Vec<&str> = walked.filter(|key| raw.get(*key).is_some_and(Option::is_none)).collect();
        let wanted = props.get("connector.plugin.version");
        match wanted.map_or(Ok(()), |wanted| version::check(&plugin.info(), wanted)) {
            Ok(()) => {}
            Err(Fault::NoRange(text)) => return Err(HerderError::BadRequest(text)),
            Err(Fault::Absent(text)) => {
                return Ok(self.without_class(&nulls, &props, plugin.as_ref(), &text));
            }
        }
        let mut main = self.main_part(&nulls, &props, kind, plugin.as_ref());
        let own = plugin.config_def();
        let mut values = plugin.validate(&props).await;
        judge_nulls(&own, nulls.iter().copied(), &mut values);
        main.add_own(own, values);
        let converters: Vec<ConfigInfos> = [2, 0, 1]
            .into_iter()
            .filter_map(|which| self.converter_part(which, &props, &nulls, &mut main))
            .collect();
        let mut infos = main.finish(class);
        let part = overrides::validate(kind, &props, self.topic_creation, raw, &self.policy);
        let part = part.map_err(HerderError::Failed)?;
        infos.error_count += part.iter().filter(|info| !info.value.errors.is_empty()).count();
        infos.configs.extend(part);
        for part in converters {
            merge(&mut infos, part);
        }
        Ok(infos)
    }

    /// What [`Validator::validate`] finds wrong with converters, transforms and predicates, as (key, message). The
    /// connector's class plays no part and may be unknown.
    #[must_use]
    pub fn data_plane(&self, props: &Props) -> Vec<(String, String)> {
        let mut def = ConfigDef::new();
        definition::data_plane(&mut def, &self.registry, &self.converters);
        definition::default_versions(&mut def, &self.registry, props);
        definition::enrich(&mut def, &self.registry, props);
        let (values, _) = def.validate_parsed(props);
        let mut main = Main::new(def, values);
        main.check_versions(&self.registry, props);
        let parts: Vec<ConfigInfos> = [2, 0, 1]
            .into_iter()
            .filter_map(|which| self.converter_part(which, props, &[], &mut main))
            .collect();
        let mut infos = main.finish("");
        parts.into_iter().for_each(|part| merge(&mut infos, part));
        let all = infos.configs.into_iter().map(|info| info.value);
        all.flat_map(|value| value.errors.into_iter().map(move |error| (value.name.clone(), error))).collect()
    }

    /// What is said of a connector whose class has another version than is asked for: nothing that the class would know,
    /// or that it would be run with.
    fn without_class(&self, nulls: &[&str], props: &Props, plugin: &dyn Plugin, fault: &str) -> ConfigInfos {
        let none = ConverterDefaults::default();
        let mut def = definition::base(ConnectorType::Unknown, &self.registry, &none);
        offer_version(&mut def, plugin);
        let (values, _) = def.validate_parsed(props);
        let mut main = Main::new(def, values);
        main.restore_classes(&self.registry);
        for (name, ..) in CONVERTERS {
            main.value(name).recommended_values.clear();
            main.value(&format!("{name}.plugin.version")).recommended_values.clear();
        }
        main.check_ranges(props);
        main.judge_nulls(nulls, props);
        main.refuse_nulls(nulls);
        for key in ["connector.class", "connector.plugin.version"] {
            main.value(key).errors.push(fault.to_owned());
        }
        main.finish(props.get("connector.class").map_or("", String::as_str))
    }

    fn main_part(&self, nulls: &[&str], props: &Props, kind: ConnectorType, plugin: &dyn Plugin) -> Main {
        let mut def = definition::base(kind, &self.registry, &self.converters);
        offer_version(&mut def, plugin);
        definition::default_versions(&mut def, &self.registry, props);
        definition::source_dead_letters(&mut def, kind, props);
        definition::enrich(&mut def, &self.registry, props);
        let (values, parsed) = def.validate_parsed(props);
        let mut main = Main::new(def, values);
        main.restore_classes(&self.registry);
        main.check_versions(&self.registry, props);
        main.judge_nulls(nulls, props);
        match kind {
            ConnectorType::Sink => main.check_sink(&parsed),
            _ => main.check_source(&parsed),
        }
        main.refuse_nulls(nulls);
        main
    }

    fn converter_part(
        &self,
        which: usize,
        props: &Props,
        nulls: &[&str],
        main: &mut Main,
    ) -> Option<ConfigInfos> {
        let (name, _, kind) = CONVERTERS[which];
        let role = [ConverterRole::Key, ConverterRole::Value, ConverterRole::Header][which];
        let class = props.get(name).filter(|class| !class.trim().is_empty())?;
        let of_class = |value: &&ConfigValue| {
            value.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest == ".plugin.version")
        };
        if main.values.iter().filter(of_class).any(|value| !value.errors.is_empty()) {
            return None;
        }
        let class = resolve(&self.registry, kind, class.trim())?;
        let def = self.registry.find_converter(&class)?.config_def();
        let prefix = format!("{name}.");
        let own = props
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?.to_owned(), value.clone())));
        let mut own: Props = own.collect();
        own.entry("converter.type".into()).or_insert_with(|| role.name().into());
        let mut values = def.validate(&own);
        let nulls = nulls.iter().filter_map(|key| key.strip_prefix(&prefix));
        judge_nulls(&def, nulls.filter(|key| *key != "converter.type"), &mut values);
        Some(prefixed(&prefix, &def, &values))
    }
}

/// An answer or refusal as it may leave the worker: [`conceal`] for both.
pub(crate) fn concealed(
    mut validated: Result<ConfigInfos, HerderError>,
    raw: &RawConfig,
    redactor: &Redactor,
) -> Result<ConfigInfos, HerderError> {
    match &mut validated {
        Ok(infos) => conceal(infos, raw, redactor),
        Err(HerderError::BadRequest(text)) => *text = redactor.text(text).into_owned(),
        Err(HerderError::Failed(error)) => *error = redactor.exception(error),
        Err(_) => {}
    }
    validated
}

/// Puts what was written in the places of what was validated: values with placeholders as they are in `raw`, everything
/// else without secrets.
fn conceal(infos: &mut ConfigInfos, raw: &RawConfig, redactor: &Redactor) {
    infos.name = redactor.text(&infos.name).into_owned();
    for ConfigInfo { value, .. } in &mut infos.configs {
        let written = raw.get(&value.name).and_then(Option::as_ref).filter(|text| placeholder::is_in(text));
        value.value = match (written, value.value.take()) {
            // A password stays hidden, as upstream has it.
            (Some(written), Some(shown)) if shown != HIDDEN => Some(written.clone()),
            (_, shown) => shown.map(|text| redactor.text(&text).into_owned()),
        };
        for text in value.errors.iter_mut().chain(&mut value.recommended_values) {
            if let Cow::Owned(hidden) = redactor.text(text) {
                *text = hidden;
            }
        }
    }
}

/// Source or sink.
pub(crate) fn kind_of(plugin: &dyn Plugin) -> ConnectorType {
    match plugin.info().kind {
        PluginKind::Source => ConnectorType::Source,
        PluginKind::Sink => ConnectorType::Sink,
        _ => ConnectorType::Unknown,
    }
}

/// Upstream's text of a refused creation.
#[must_use]
pub fn refusal(infos: &ConfigInfos) -> Option<String> {
    if infos.error_count == 0 {
        return None;
    }
    let mut text = format!(
        "Connector configuration is invalid and contains the following {} error(s):",
        infos.error_count
    );
    for message in infos.configs.iter().flat_map(|info| &info.value.errors) {
        text.push('\n');
        text.push_str(message);
    }
    text.push_str("\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`");
    Some(text)
}

fn no_type(raw: &RawConfig) -> HerderError {
    let shown = |(key, value): (&String, &Option<String>)| match value {
        Some(_) if looks_secret(key) => format!("{key}={HIDDEN}"),
        value => format!("{key}={}", value.as_deref().unwrap_or("null")),
    };
    let order = java_order::copied(raw.keys().map(String::as_str));
    let entries: Vec<String> =
        order.into_iter().filter_map(|key| raw.get_key_value(key)).map(shown).collect();
    HerderError::BadRequest(format!("Connector config {{{}}} contains no connector type", entries.join(", ")))
}

fn empty_infos() -> ConfigInfos {
    ConfigInfos { name: String::new(), error_count: 0, groups: Vec::new(), configs: Vec::new() }
}

fn merge(into: &mut ConfigInfos, part: ConfigInfos) {
    into.error_count += part.error_count;
    into.configs.extend(part.configs);
    for group in part.groups {
        if !into.groups.contains(&group) {
            into.groups.push(group);
        }
    }
}

/// Values under `prefix`, in the order of the hash map that upstream collects them in; the count is of values with errors,
/// not of messages, as upstream counts here.
fn prefixed(prefix: &str, def: &ConfigDef, values: &[ConfigValue]) -> ConfigInfos {
    let mut infos = empty_infos();
    let order = hash_order(values.iter().map(|value| value.name.as_str()));
    for value in order.into_iter().map(|at| &values[at]) {
        let definition = def.get(&value.name);
        if let Some(group) =
            definition.and_then(|key| key.group.as_ref()).filter(|g| !infos.groups.contains(g))
        {
            infos.groups.push(group.clone());
        }
        infos.error_count += usize::from(!value.errors.is_empty());
        let definition = definition.map(|key| ConfigKey {
            name: format!("{prefix}{}", key.name),
            dependents: key.dependents.iter().map(|name| format!("{prefix}{name}")).collect(),
            ..key.clone()
        });
        let value = ConfigValue { name: format!("{prefix}{}", value.name), ..value.clone() };
        infos.configs.push(ConfigInfo { definition, value });
    }
    infos
}

/// The one version of a connector's class.
fn offer_version(def: &mut ConfigDef, plugin: &dyn Plugin) {
    if let Some(mut key) = def.get("connector.plugin.version").cloned() {
        let version = plugin.info().version.into_owned();
        key.default = ConfigDefault::Text(version.clone());
        key.recommender = Some(Recommender::new(move |_, _| vec![version.clone()], |_, _| true));
        def.replace(key);
    }
}

//! The settings that every connector has, as definitions (rest.md §7.6, §15.19), and their enrichment by the transforms
//! and predicates that a configuration names.
//!
//! Checks that need the registry (does a class exist, is it a converter) are validators here; they carry upstream's
//! texts. A class that was not found has no value, as in Java, which [`super::validation`] restores afterwards.

use std::sync::Arc;

use kconnect_api::{
    ConfigDef, ConfigDefault, ConfigError, ConfigKey, ConfigType, Importance, ParsedValue, ParsedValues,
    PluginKind, Props, Recommender, Validator, Width,
};

use crate::herder::ConnectorType;
use crate::registry::Registry;

/// Classes of the worker's converters: what a connector uses when it names none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConverterDefaults {
    /// `key.converter`.
    pub key: Option<String>,
    /// `value.converter`.
    pub value: Option<String>,
    /// `header.converter`.
    pub header: Option<String>,
}

/// The three converter settings with their label and, for headers, their kind.
pub(crate) const CONVERTERS: [(&str, &str, PluginKind); 3] = [
    ("key.converter", "Key", PluginKind::Converter),
    ("value.converter", "Value", PluginKind::Converter),
    ("header.converter", "Header", PluginKind::HeaderConverter),
];

struct Row(
    &'static str,
    ConfigType,
    ConfigDefault,
    Importance,
    &'static str,
    i32,
    Width,
    &'static str,
    &'static str,
);

fn text(text: &str) -> ConfigDefault {
    ConfigDefault::Text(text.to_owned())
}

impl Row {
    fn key(self) -> ConfigKey {
        let Self(name, kind, default, importance, group, order, width, display, doc) = self;
        ConfigKey {
            default,
            importance,
            doc: doc.to_owned(),
            group: Some(group.to_owned()),
            order_in_group: order,
            width,
            display_name: display.to_owned(),
            ..ConfigKey::new(name, kind)
        }
    }

    fn checked(self, validator: Validator) -> ConfigKey {
        ConfigKey { validator: Some(validator), ..self.key() }
    }
}

/// The settings of all connectors of a kind, without those of the connector class itself.
#[must_use]
pub fn base(kind: ConnectorType, registry: &Arc<Registry>, defaults: &ConverterDefaults) -> ConfigDef {
    let mut def = ConfigDef::new();
    common(&mut def, registry, defaults);
    match kind {
        ConnectorType::Source => source(&mut def),
        ConnectorType::Sink => sink(&mut def),
        ConnectorType::Unknown => {}
    }
    def
}

fn common(def: &mut ConfigDef, registry: &Arc<Registry>, defaults: &ConverterDefaults) {
    use ConfigDefault::{Null, Required};
    use ConfigType::{Boolean, Int, Long, String};
    use Importance::{High, Low, Medium};
    let (common, errors) = ("Common", "Error Handling");
    def.add(
        Row(
            "name",
            String,
            Required,
            High,
            common,
            1,
            Width::Medium,
            "Connector name",
            "Name of this connector, unique in the cluster.",
        )
        .checked(connector_name()),
    );
    def.add(
        Row(
            "connector.class",
            String,
            Required,
            High,
            common,
            2,
            Width::Long,
            "Connector class",
            "Class of the connector: the full name, its last part, or that part without \"Connector\".",
        )
        .key(),
    );
    def.add(
        Row(
            "connector.plugin.version",
            String,
            Null,
            Medium,
            common,
            3,
            Width::Medium,
            "Connector version",
            "Version of the connector class; the one compiled in when not set.",
        )
        .key(),
    );
    def.add(
        Row(
            "tasks.max",
            Int,
            text("1"),
            High,
            common,
            4,
            Width::Short,
            "Tasks max",
            "Most tasks that the connector may be split into.",
        )
        .checked(Validator::range(Some(ParsedValue::Int(1)), None)),
    );
    def.add(
        Row(
            "tasks.max.enforce",
            Boolean,
            text("true"),
            Low,
            common,
            5,
            Width::Short,
            "Enforce tasks max",
            "Whether a connector that makes more tasks than tasks.max fails.",
        )
        .key(),
    );
    data_plane(def, registry, defaults);
    def.add(
        Row(
            "config.action.reload",
            String,
            text("restart"),
            Low,
            common,
            14,
            Width::Medium,
            "Reload Action",
            "What happens when a config provider announces a new value: restart, or none.",
        )
        .checked(Validator::one_of(["none", "restart"])),
    );
    def.add(
        Row("errors.retry.timeout", Long, text("0"), Medium, errors, 1, Width::Medium, "Retry Timeout for Errors",
            "Milliseconds during which a failed conversion or transform is tried again; 0 never, -1 without end.").key(),
    );
    def.add(
        Row(
            "errors.retry.delay.max.ms",
            Long,
            text("60000"),
            Medium,
            errors,
            2,
            Width::Medium,
            "Maximum Delay Between Retries for Errors",
            "Longest pause between two such attempts, in milliseconds.",
        )
        .key(),
    );
    def.add(
        Row(
            "errors.tolerance",
            String,
            text("none"),
            Medium,
            errors,
            3,
            Width::Short,
            "Error Tolerance",
            "none: the first bad record fails the task; all: bad records are reported and skipped.",
        )
        .checked(Validator::one_of(["none", "all"])),
    );
    def.add(
        Row(
            "errors.log.enable",
            Boolean,
            text("false"),
            Medium,
            errors,
            4,
            Width::Short,
            "Log Errors",
            "Whether each error of a record is logged, tolerated or not.",
        )
        .key(),
    );
    def.add(
        Row(
            "errors.log.include.messages",
            Boolean,
            text("false"),
            Medium,
            errors,
            5,
            Width::Short,
            "Log Error Details",
            "Whether such a log line shows the record, which may hold secrets.",
        )
        .key(),
    );
}

/// Converters, and the lists of transforms and predicates: what records go through.
pub(crate) fn data_plane(def: &mut ConfigDef, registry: &Arc<Registry>, defaults: &ConverterDefaults) {
    use ConfigType::List;
    use Importance::Low;
    for (order, (name, label, kind)) in (6..).step_by(2).zip(CONVERTERS) {
        let default = match kind {
            PluginKind::HeaderConverter => &defaults.header,
            _ if name == "key.converter" => &defaults.key,
            _ => &defaults.value,
        };
        converter(def, registry, name, label, kind, order, default.as_deref());
    }
    for (name, display, order) in [("transforms", "Transforms", 12), ("predicates", "Predicates", 13)] {
        let doc = if order == 12 {
            "Aliases of the transforms that records go through, in order."
        } else {
            "Aliases of the predicates that transforms refer to."
        };
        def.add(Row(name, List, text(""), Low, display, order, Width::Long, display, doc).checked(aliases()));
    }
}

fn converter(
    def: &mut ConfigDef,
    registry: &Arc<Registry>,
    name: &'static str,
    label: &str,
    kind: PluginKind,
    order: i32,
    default: Option<&str>,
) {
    let class = default.and_then(|class| registry.find_converter(class)).map(|plugin| plugin.info());
    let registry = Arc::clone(registry);
    let versioned = Arc::clone(&registry);
    let offered = registry.classes(kind);
    let mut key = ConfigKey {
        default: default.map_or(ConfigDefault::Null, text),
        importance: Importance::Low,
        doc: format!("Class of the {} converter; the worker's when not set.", label.to_lowercase()),
        group: Some("Common".into()),
        order_in_group: order,
        width: Width::Short,
        display_name: format!("{label} converter class"),
        validator: Some(class_check(&registry, kind)),
        recommender: Some(Recommender::new(move |_, _| offered.clone(), |_, _| true)),
        ..ConfigKey::new(name, ConfigType::Class)
    };
    if class.is_none() {
        key.default = ConfigDefault::Null;
    }
    def.add(key);
    def.add(ConfigKey {
        default: class.map_or(ConfigDefault::Null, |info| text(&info.version)),
        importance: Importance::Low,
        doc: format!("Version of the {} converter; the one compiled in when not set.", label.to_lowercase()),
        group: Some("Common".into()),
        order_in_group: order + 1,
        width: Width::Short,
        display_name: format!("{label} converter version"),
        recommender: Some(versions(&versioned, kind, name.to_owned())),
        ..ConfigKey::new(format!("{name}.plugin.version"), ConfigType::String)
    });
}

/// The version of the class that `class_key` names, if it is of this kind. A converter's is hidden when there is no such
/// class at all.
fn versions(registry: &Arc<Registry>, kind: PluginKind, class_key: String) -> Recommender {
    let named = move |values: &ParsedValues| match values.value(&class_key) {
        ParsedValue::Class(class) => Some(class.clone()),
        _ => None,
    };
    let (of_kind, any) = (Arc::clone(registry), Arc::clone(registry));
    let shown = named.clone();
    let alone = matches!(kind, PluginKind::Transformation | PluginKind::Predicate);
    Recommender::new(
        move |_, values| {
            named(values).and_then(|class| version(&of_kind, kind, &class)).into_iter().collect()
        },
        move |_, values| alone || shown(values).is_some_and(|class| any.find(&class).is_some()),
    )
}

fn version(registry: &Registry, kind: PluginKind, reference: &str) -> Option<String> {
    let class = resolve(registry, kind, reference)?;
    registry.find(&class).map(|found| found.info().version.into_owned())
}

/// Versions of the converters that `props` names, as defaults: those of [`base`] are the worker's.
pub(crate) fn default_versions(def: &mut ConfigDef, registry: &Registry, props: &Props) {
    for (name, _, kind) in CONVERTERS {
        let Some(class) = props.get(name) else { continue };
        let Some(mut key) = def.get(&format!("{name}.plugin.version")).cloned() else { continue };
        key.default = version(registry, kind, class.trim()).map_or(ConfigDefault::Null, ConfigDefault::Text);
        def.replace(key);
    }
}

fn source(def: &mut ConfigDef) {
    use ConfigType::{List, Long, String};
    use Importance::{Low, Medium};
    let exactly = "Exactly Once Support";
    def.add(
        Row(
            "topic.creation.groups",
            List,
            text(""),
            Low,
            "Topic Creation",
            1,
            Width::Long,
            "Topic Creation Groups",
            "Groups of topics that the worker creates with settings of their own.",
        )
        .checked(aliases()),
    );
    def.add(
        Row(
            "exactly.once.support",
            String,
            text("requested"),
            Medium,
            exactly,
            2,
            Width::Short,
            "Exactly once support",
            "required: refuse to start the connector without exactly-once delivery.",
        )
        .checked(Validator::one_of_ignoring_case(["required", "requested"])),
    );
    def.add(
        Row("transaction.boundary", String, text("poll"), Medium, exactly, 3, Width::Short, "Transaction Boundary",
            "Where transactions of exactly-once delivery end: after each poll, by time, or where the connector says.")
            .checked(Validator::one_of_ignoring_case(["interval", "poll", "connector"])),
    );
    def.add(
        Row(
            "transaction.boundary.interval.ms",
            Long,
            ConfigDefault::Null,
            Low,
            exactly,
            4,
            Width::Short,
            "Transaction boundary interval",
            "Milliseconds between two commits with transaction.boundary=interval.",
        )
        .checked(Validator::range(Some(ParsedValue::Long(0)), None).unless_null()),
    );
    def.add(
        Row(
            "offsets.storage.topic",
            String,
            ConfigDefault::Null,
            Low,
            "offsets.topic",
            1,
            Width::Long,
            "Offsets topic",
            "A topic for the offsets of this connector alone; the worker's when not set.",
        )
        .checked(Validator::non_empty()),
    );
}

fn sink(def: &mut ConfigDef) {
    use ConfigType::{List, String};
    use Importance::High;
    let common = "Common";
    def.add(
        Row(
            "topics",
            List,
            text(""),
            High,
            common,
            4,
            Width::Long,
            "Topics",
            "Topics to consume, with commas between.",
        )
        .checked(topic_list()),
    );
    def.add(
        Row(
            "topics.regex",
            String,
            text(""),
            High,
            common,
            4,
            Width::Long,
            "Topics regex",
            "A regular expression of topics to consume, instead of topics.",
        )
        .checked(regex_check()),
    );
    dead_letters(def);
}

/// Whether a source writes its bad records to a dead-letter queue. Upstream has none for sources, and there are sources
/// with settings of one that have no effect, so that it takes a setting of its own.
pub(crate) const SOURCE_DEAD_LETTERS: &str = "errors.deadletterqueue.source.enable";

/// Adds the settings of a source's dead-letter queue, if `props` speaks of it; unasked nobody sees them.
pub(crate) fn source_dead_letters(def: &mut ConfigDef, kind: ConnectorType, props: &Props) {
    if kind != ConnectorType::Source || !props.contains_key(SOURCE_DEAD_LETTERS) {
        return;
    }
    def.add(
        Row(
            SOURCE_DEAD_LETTERS,
            ConfigType::Boolean,
            text("false"),
            Importance::Medium,
            "Error Handling",
            9,
            Width::Short,
            "Enable Dead Letter Queue For Sources",
            "Whether records of a source that cannot be processed are written to the dead letter queue.",
        )
        .key(),
    );
    dead_letters(def);
}

/// The settings of a dead-letter queue.
fn dead_letters(def: &mut ConfigDef) {
    use ConfigType::{Boolean, Short, String};
    use Importance::Medium;
    let errors = "Error Handling";
    def.add(
        Row(
            "errors.deadletterqueue.topic.name",
            String,
            text(""),
            Medium,
            errors,
            6,
            Width::Medium,
            "Dead Letter Queue Topic Name",
            "The topic that records which cannot be processed are written to; none when empty.",
        )
        .key(),
    );
    def.add(
        Row(
            "errors.deadletterqueue.topic.replication.factor",
            Short,
            text("3"),
            Medium,
            errors,
            7,
            Width::Medium,
            "Dead Letter Queue Topic Replication Factor",
            "Replication factor of that topic when it has to be created.",
        )
        .key(),
    );
    def.add(
        Row(
            "errors.deadletterqueue.context.headers.enable",
            Boolean,
            text("false"),
            Medium,
            errors,
            8,
            Width::Medium,
            "Enable Error Context Headers",
            "Whether such records carry headers that say what went wrong, where.",
        )
        .key(),
    );
}

/// Adds the settings of every transform and predicate that `props` names.
pub fn enrich(def: &mut ConfigDef, registry: &Arc<Registry>, props: &Props) {
    for (list, group, noun, kind) in [
        ("transforms", "Transforms", "Transformation", PluginKind::Transformation),
        ("predicates", "Predicates", "Predicate", PluginKind::Predicate),
    ] {
        let mut seen = Vec::new();
        for alias in aliases_of(props, list) {
            if !seen.contains(&alias) {
                enrich_alias(def, registry, props, (list, group, noun, kind), &alias);
                seen.push(alias);
            }
        }
    }
}

/// Aliases in a list setting, as Kafka splits it.
pub(crate) fn aliases_of(props: &Props, list: &str) -> Vec<String> {
    match props.get(list).map(|text| ConfigType::List.parse(list, text)) {
        Some(Ok(ParsedValue::List(aliases))) => aliases,
        _ => Vec::new(),
    }
}

fn enrich_alias(
    def: &mut ConfigDef,
    registry: &Arc<Registry>,
    props: &Props,
    (list, group, noun, kind): (&str, &str, &str, PluginKind),
    alias: &str,
) {
    let prefix = format!("{list}.{alias}.");
    let group = format!("{group}: {alias}");
    let class = props.get(&format!("{prefix}type")).map(|class| class.trim());
    let plugin = class.and_then(|class| match kind {
        PluginKind::Transformation => registry.find_transform(class).map(|p| (p.info(), p.config_def())),
        _ => registry.find_predicate(class).map(|p| (p.info(), p.config_def())),
    });
    let offered = registry.classes(kind);
    let key = ConfigKey {
        importance: Importance::High,
        doc: format!("Class of the {} '{alias}'.", noun.to_lowercase()),
        group: Some(group.clone()),
        order_in_group: 0,
        width: Width::Long,
        display_name: format!("{noun} type for {alias}"),
        validator: Some(negation(props, &prefix).and(class_check(registry, kind))),
        recommender: Some(Recommender::new(move |_, _| offered.clone(), |_, _| true)),
        ..ConfigKey::new(format!("{prefix}type"), ConfigType::Class)
    };
    // A key that exists already (an alias such as `a` beside `a.b`) is the user's muddle, not ours to panic about.
    let _ = def.try_add(key);
    let version = plugin.as_ref().map_or(ConfigDefault::Null, |(info, _)| text(&info.version));
    let _ = def.try_add(ConfigKey {
        default: version,
        importance: Importance::High,
        doc: format!("Version of the {} '{alias}'; the one compiled in when not set.", noun.to_lowercase()),
        group: Some(group.clone()),
        order_in_group: 1,
        width: Width::Long,
        display_name: format!("{noun} version for {alias}"),
        recommender: Some(versions(registry, kind, format!("{prefix}type"))),
        ..ConfigKey::new(format!("{prefix}plugin.version"), ConfigType::String)
    });
    let wanted = props.get(&format!("{prefix}plugin.version"));
    // A class of another version than is asked for has nothing to say.
    let plugin =
        plugin.filter(|(info, _)| wanted.is_none_or(|wanted| super::version::check(info, wanted).is_ok()));
    if let Some((_, own)) = plugin {
        let child = own_keys(own, kind).with_prefix(&prefix, "");
        for (order, key) in (2..).zip(child.keys()) {
            let own_group = key.group.as_deref().and_then(|g| g.strip_prefix(": "));
            let group = own_group.map_or_else(|| group.clone(), |own| format!("{group}: {own}"));
            let _ = def.try_add(ConfigKey { group: Some(group), order_in_group: order, ..key.clone() });
        }
    }
}

/// A plugin's keys with the implicit ones of transforms, in upstream's order: group, own order, required first,
/// importance, name.
fn own_keys(own: ConfigDef, kind: PluginKind) -> ConfigDef {
    let mut keys: Vec<ConfigKey> = own.keys().to_vec();
    if kind == PluginKind::Transformation {
        keys.retain(|key| key.name != "predicate" && key.name != "negate");
        keys.push(ConfigKey {
            default: ConfigDefault::Null,
            doc: "The alias of a predicate; the transform applies only to records for which it holds.".into(),
            ..ConfigKey::new("predicate", ConfigType::String)
        });
        keys.push(ConfigKey {
            default: text("false"),
            doc: "Whether the transform applies to the other records instead.".into(),
            ..ConfigKey::new("negate", ConfigType::Boolean)
        });
    }
    let mut groups: Vec<Option<String>> = vec![None];
    for key in &keys {
        if !groups.contains(&key.group) {
            groups.push(key.group.clone());
        }
    }
    keys.sort_by_cached_key(|key| {
        let group = groups.iter().position(|group| *group == key.group);
        (group, key.order_in_group, !key.is_required(), key.importance, key.name.clone())
    });
    let mut sorted = ConfigDef::new();
    for key in keys {
        let _ = sorted.try_add(key);
    }
    sorted
}

fn connector_name() -> Validator {
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

fn aliases() -> Validator {
    Validator::non_null().and(Validator::new("unique aliases", |key, value| {
        let ParsedValue::List(aliases) = value else { return Ok(()) };
        let repeated = aliases.iter().enumerate().any(|(at, alias)| aliases[..at].contains(alias));
        if !repeated {
            return Ok(());
        }
        Err(ConfigError::invalid(key, &format!("[{}]", aliases.join(", ")), "Duplicate alias provided."))
    }))
}

fn topic_list() -> Validator {
    Validator::new("", |key, value| {
        let ParsedValue::List(topics) = value else {
            return Err(ConfigError::text(key, format!("Configuration '{key}' values must not be null.")));
        };
        if topics.iter().any(String::is_empty) {
            return Err(ConfigError::text(key, format!("Configuration '{key}' values must not be empty.")));
        }
        if topics.iter().enumerate().any(|(at, topic)| topics[..at].contains(topic)) {
            return Err(ConfigError::text(
                key,
                format!("Configuration '{key}' values must not be duplicated."),
            ));
        }
        Ok(())
    })
}

fn regex_check() -> Validator {
    Validator::new("valid regex", |key, value| {
        let ParsedValue::String(pattern) = value else { return Ok(()) };
        match crate::pattern::Pattern::new(pattern) {
            Ok(_) => Ok(()),
            Err(detail) => Err(ConfigError::invalid(key, pattern, &format!("Invalid regex: {detail}"))),
        }
    })
}

fn negation(props: &Props, prefix: &str) -> Validator {
    let (negate, predicate) = (format!("{prefix}negate"), format!("{prefix}predicate"));
    let orphan = props.contains_key(&negate) && !props.contains_key(&predicate);
    Validator::new("", move |key, _| {
        if !orphan {
            return Ok(());
        }
        Err(ConfigError::text(
            key,
            format!(
                "Config '{negate}' was provided but there is no config '{predicate}' defining a predicate to be negated."
            ),
        ))
    })
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

fn class_check(registry: &Arc<Registry>, kind: PluginKind) -> Validator {
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
                tracing::warn!(target: super::validation::TARGET, key, class = %reference, "{}", crate::registry::JVM_HINT);
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

//! The plugins of this binary, found by class name or alias.
//!
//! A registry is a list: `Registry::new().plugin(..).converter(..).transform(..).predicate(..)`. There are no globals and
//! no registration by side effect, so a test registers what it uses. An alias is the simple class name, with or without
//! the suffix of its kind (`FileStreamSource`, `Json`); an alias that means two classes is not usable (rest.md §7.1).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kconnect_api::{
    ConfigKey, ConverterPlugin, Exception, Plugin, PluginInfo, PluginKind, PredicatePlugin, TransformPlugin,
};

/// Plugins by class.
#[derive(Clone, Default)]
pub struct Registry {
    connectors: BTreeMap<String, Arc<dyn Plugin>>,
    converters: BTreeMap<String, Arc<dyn ConverterPlugin>>,
    transforms: BTreeMap<String, Arc<dyn TransformPlugin>>,
    predicates: BTreeMap<String, Arc<dyn PredicatePlugin>>,
    aliases: BTreeMap<String, BTreeSet<String>>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.list(false).iter().map(|info| &info.class)).finish()
    }
}

/// A plugin found by name.
pub enum Found<'a> {
    /// A source or sink connector.
    Connector(&'a Arc<dyn Plugin>),
    /// A converter, of headers too.
    Converter(&'a Arc<dyn ConverterPlugin>),
    /// A transform.
    Transform(&'a Arc<dyn TransformPlugin>),
    /// A predicate.
    Predicate(&'a Arc<dyn PredicatePlugin>),
}

impl Found<'_> {
    /// Class, kind, version.
    #[must_use]
    pub fn info(&self) -> PluginInfo {
        match self {
            Self::Connector(plugin) => plugin.info(),
            Self::Converter(plugin) => plugin.info(),
            Self::Transform(plugin) => plugin.info(),
            Self::Predicate(plugin) => plugin.info(),
        }
    }

    /// The plugin's own settings, without prefix, in the order of declaration.
    #[must_use]
    pub fn keys(&self) -> Vec<ConfigKey> {
        let def = match self {
            Self::Connector(plugin) => plugin.config_def(),
            Self::Converter(plugin) => plugin.config_def(),
            Self::Transform(plugin) => plugin.config_def(),
            Self::Predicate(plugin) => plugin.config_def(),
        };
        def.keys().iter().filter(|key| !key.internal).cloned().collect()
    }
}

impl Registry {
    /// A registry without plugins.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a connector class; see [`kconnect_api::source`] and [`kconnect_api::sink`].
    #[must_use]
    pub fn plugin(mut self, plugin: Arc<dyn Plugin>) -> Self {
        let class = self.alias(&plugin.info());
        self.connectors.insert(class, plugin);
        self
    }

    /// Adds a converter class.
    #[must_use]
    pub fn converter(mut self, plugin: Arc<dyn ConverterPlugin>) -> Self {
        let class = self.alias(&plugin.info());
        self.converters.insert(class, plugin);
        self
    }

    /// Adds a transform class.
    #[must_use]
    pub fn transform(mut self, plugin: Arc<dyn TransformPlugin>) -> Self {
        let class = self.alias(&plugin.info());
        self.transforms.insert(class, plugin);
        self
    }

    /// Adds a predicate class.
    #[must_use]
    pub fn predicate(mut self, plugin: Arc<dyn PredicatePlugin>) -> Self {
        let class = self.alias(&plugin.info());
        self.predicates.insert(class, plugin);
        self
    }

    fn alias(&mut self, info: &PluginInfo) -> String {
        let simple = simple_name(&info.class);
        let suffixes: &[&str] = match info.kind {
            PluginKind::Source | PluginKind::Sink => &["Connector"],
            PluginKind::Transformation => &["Transformation"],
            PluginKind::Predicate => &["Predicate"],
            PluginKind::Converter => &["Converter", "HeaderConverter"],
            PluginKind::HeaderConverter => &["HeaderConverter"],
        };
        let pruned = suffixes.iter().filter_map(|suffix| match simple.rfind(suffix) {
            Some(at) if at > 0 => Some(&simple[..at]),
            _ => None,
        });
        for alias in pruned.chain([simple]) {
            self.aliases.entry(alias.to_owned()).or_default().insert(info.class.to_string());
        }
        info.class.to_string()
    }

    /// The full class name that `reference` means.
    fn class<'a>(&'a self, reference: &'a str) -> &'a str {
        match self.aliases.get(reference) {
            Some(classes) if classes.len() == 1 => classes.first().map_or(reference, String::as_str),
            _ => reference,
        }
    }

    /// The short names that mean `class` and nothing else, sorted.
    pub fn aliases(&self, class: &str) -> Vec<&str> {
        let unique = |classes: &BTreeSet<String>| classes.len() == 1 && classes.contains(class);
        self.aliases.iter().filter(|(_, classes)| unique(classes)).map(|(alias, _)| alias.as_str()).collect()
    }

    /// The connector that `reference` means; the error has upstream's text.
    pub fn connector(&self, reference: &str) -> Result<&Arc<dyn Plugin>, Exception> {
        if let Some(plugin) = self.connectors.get(self.class(reference)) {
            return Ok(plugin);
        }
        let with_suffix = format!("{reference}Connector");
        let mut matching = self.connectors.iter().filter(|(class, _)| {
            let simple = simple_name(class);
            simple == reference || simple == with_suffix
        });
        match (matching.next(), matching.next()) {
            (Some((_, plugin)), None) => Ok(plugin),
            (None, _) => Err(Exception::connect(format!(
                "Failed to find any class that implements Connector and which name matches {reference}, available connectors are: {}",
                describe(self.connectors.values())
            ))),
            _ => {
                let found = self.connectors.iter().filter(|(class, _)| {
                    let simple = simple_name(class);
                    simple == reference || simple == with_suffix
                });
                Err(Exception::connect(format!(
                    "More than one connector matches alias {reference}. Please use full package and class name instead. Classes found: {}",
                    describe(found.map(|(_, plugin)| plugin))
                )))
            }
        }
    }

    /// A converter of keys and values, or of headers only.
    #[must_use]
    pub fn find_converter(&self, reference: &str) -> Option<&Arc<dyn ConverterPlugin>> {
        self.converters.get(self.class(reference))
    }

    /// A transform.
    #[must_use]
    pub fn find_transform(&self, reference: &str) -> Option<&Arc<dyn TransformPlugin>> {
        self.transforms.get(self.class(reference))
    }

    /// Whether `class` is the common part of two transforms, one for keys and one for values, and none itself.
    pub(crate) fn has_sides(&self, class: &str) -> bool {
        ["Key", "Value"].iter().all(|side| self.transforms.contains_key(format!("{class}${side}").as_str()))
    }

    /// A predicate.
    #[must_use]
    pub fn find_predicate(&self, reference: &str) -> Option<&Arc<dyn PredicatePlugin>> {
        self.predicates.get(self.class(reference))
    }

    /// A plugin of any kind.
    #[must_use]
    pub fn find(&self, reference: &str) -> Option<Found<'_>> {
        if let Ok(plugin) = self.connector(reference) {
            return Some(Found::Connector(plugin));
        }
        if let Some(plugin) = self.find_converter(reference) {
            return Some(Found::Converter(plugin));
        }
        if let Some(plugin) = self.find_transform(reference) {
            return Some(Found::Transform(plugin));
        }
        self.find_predicate(reference).map(Found::Predicate)
    }

    /// All plugins: sinks, sources, transformations, predicates, converters, header converters; within a kind by class.
    /// A class that converts both ways is listed under both kinds (rest.md §15.16).
    #[must_use]
    pub fn list(&self, connectors_only: bool) -> Vec<PluginInfo> {
        let connectors = self.connectors.values().map(|plugin| plugin.info());
        let mut all: Vec<PluginInfo> = connectors.collect();
        if !connectors_only {
            all.extend(self.transforms.values().map(|plugin| plugin.info()));
            all.extend(self.predicates.values().map(|plugin| plugin.info()));
            for plugin in self.converters.values() {
                let info = plugin.info();
                if info.kind == PluginKind::Converter {
                    all.push(PluginInfo { kind: PluginKind::HeaderConverter, ..info.clone() });
                }
                all.push(info);
            }
        }
        all.sort_by(|a, b| (a.kind, &a.class).cmp(&(b.kind, &b.class)));
        all
    }

    /// Class names of one kind, sorted: what a form recommends.
    #[must_use]
    pub fn classes(&self, kind: PluginKind) -> Vec<String> {
        self.list(false)
            .into_iter()
            .filter(|info| info.kind == kind)
            .map(|info| info.class.into_owned())
            .collect()
    }
}

/// What a user can do about a class that only exists as a JAR.
pub const JVM_HINT: &str = "JVM plugins do not run here: a connector, converter or transform must be compiled in; `kconnect plugins` lists what is, and a plugin of your own is a Rust crate that implements the kconnect-api traits";

/// The part of a class name after the last dot, or after the `$` of a nested class, as Java's `getSimpleName`.
fn simple_name(class: &str) -> &str {
    class.rsplit(['.', '$']).next().unwrap_or(class)
}

fn describe<'a>(plugins: impl Iterator<Item = &'a Arc<dyn Plugin>>) -> String {
    let texts = plugins.map(|plugin| {
        let info = plugin.info();
        let (class, version, kind) = (&info.class, &info.version, info.kind.name());
        format!(
            "PluginDesc{{klass=class {class}, name='{class}', version='{version}', encodedVersion={version}, type={kind}, typeName='{kind}', location='classpath'}}"
        )
    });
    texts.collect::<Vec<_>>().join(", ")
}

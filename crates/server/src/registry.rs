//! The list of plugins in a worker.

use std::sync::Arc;

use kconnect_api::{
    ConverterPlugin, Plugin, PredicatePlugin, SinkConnector, SourceConnector, TransformPlugin,
};
use kconnect_connect::registry::Registry as Plugins;

/// Plugins by class name. Start from [`Registry::standard`] and add your own.
#[derive(Default)]
pub struct Registry(Plugins);

impl Registry {
    /// No plugin at all.
    #[must_use]
    pub fn new() -> Self {
        Self(Plugins::new())
    }

    /// Everything that comes with kconnect.
    #[must_use]
    pub fn standard() -> Self {
        let mut plugins = Plugins::new();
        for plugin in kconnect_file::plugins() {
            plugins = plugins.plugin(plugin);
        }
        for plugin in kconnect_converters::plugins() {
            plugins = plugins.converter(plugin);
        }
        for plugin in kconnect_registry::plugins() {
            plugins = plugins.converter(plugin);
        }
        for plugin in kconnect_transforms::transforms() {
            plugins = plugins.transform(plugin);
        }
        for plugin in kconnect_transforms::predicates() {
            plugins = plugins.predicate(plugin);
        }
        Self(plugins)
    }

    /// Adds a source connector.
    #[must_use]
    pub fn source<C: SourceConnector>(self) -> Self {
        self.plugin(kconnect_api::source::<C>())
    }

    /// Adds a sink connector.
    #[must_use]
    pub fn sink<C: SinkConnector>(self) -> Self {
        self.plugin(kconnect_api::sink::<C>())
    }

    /// Adds a connector class, perhaps one that stands for a plugin elsewhere.
    #[must_use]
    pub fn plugin(self, plugin: Arc<dyn Plugin>) -> Self {
        Self(self.0.plugin(plugin))
    }

    /// Adds a converter class.
    #[must_use]
    pub fn converter(self, plugin: Arc<dyn ConverterPlugin>) -> Self {
        Self(self.0.converter(plugin))
    }

    /// Adds a transform class.
    #[must_use]
    pub fn transform(self, plugin: Arc<dyn TransformPlugin>) -> Self {
        Self(self.0.transform(plugin))
    }

    /// Adds a predicate class.
    #[must_use]
    pub fn predicate(self, plugin: Arc<dyn PredicatePlugin>) -> Self {
        Self(self.0.predicate(plugin))
    }

    pub(crate) fn into_inner(self) -> Plugins {
        self.0
    }
}

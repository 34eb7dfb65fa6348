//! The settings that every connector has, as definitions (rest.md §7.6, §15.19), and their enrichment by the transforms
//! and predicates that a configuration names.

mod checks;
mod converters;
mod enrich;
mod rows;

use std::sync::Arc;

use kconnect_api::{ConfigDef, PluginKind, Props};

pub(crate) use self::checks::{check_count, nothing_to_negate, resolve};
use self::converters::converter;
pub(crate) use self::converters::default_versions;
pub(crate) use self::enrich::aliases_of;
pub use self::enrich::enrich;
pub(crate) use self::rows::Given;
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

/// Whether a source writes its bad records to a dead-letter queue. Upstream has none for sources, and there are sources
/// with settings of one that have no effect, so that it takes a setting of its own.
pub(crate) const SOURCE_DEAD_LETTERS: &str = "errors.deadletterqueue.source.enable";

/// The settings of all connectors of a kind, without those of the connector class itself.
#[must_use]
pub fn base(kind: ConnectorType, registry: &Arc<Registry>, defaults: &ConverterDefaults) -> ConfigDef {
    let mut def = ConfigDef::new();
    rows::add(&mut def, rows::IDENTITY);
    data_plane(&mut def, registry, defaults);
    rows::add(&mut def, rows::CHANGES_AND_ERRORS);
    match kind {
        ConnectorType::Source => rows::add(&mut def, rows::SOURCE),
        ConnectorType::Sink => {
            rows::add(&mut def, rows::SINK);
            rows::add(&mut def, rows::DEAD_LETTERS);
        }
        ConnectorType::Unknown => {}
    }
    def
}

/// Converters, and the lists of transforms and predicates: what records go through.
pub(crate) fn data_plane(def: &mut ConfigDef, registry: &Arc<Registry>, defaults: &ConverterDefaults) {
    for (order, (name, label, kind)) in (6..).step_by(2).zip(CONVERTERS) {
        let default = match kind {
            PluginKind::HeaderConverter => &defaults.header,
            _ if name == "key.converter" => &defaults.key,
            _ => &defaults.value,
        };
        converter(def, registry, name, label, kind, order, default.as_deref());
    }
    rows::add(def, rows::LISTS);
}

/// Adds the settings of a source's dead-letter queue, if `props` speaks of it; unasked nobody sees them.
pub(crate) fn source_dead_letters(def: &mut ConfigDef, kind: ConnectorType, props: &Props) {
    if kind == ConnectorType::Source && props.contains_key(SOURCE_DEAD_LETTERS) {
        rows::add(def, rows::SOURCE_LETTERS);
        rows::add(def, rows::DEAD_LETTERS);
    }
}

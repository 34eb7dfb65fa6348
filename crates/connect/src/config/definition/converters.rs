//! The settings that choose converters and their versions.

use std::sync::Arc;

use kconnect_api::{
    ConfigDef, ConfigDefault, ConfigKey, ConfigType, Importance, ParsedValue, ParsedValues, PluginKind,
    Props, Recommender, Width,
};

use super::CONVERTERS;
use super::checks::{class_check, resolve};
use crate::registry::Registry;

pub(super) fn converter(
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
        default: default.map_or(ConfigDefault::Null, |class| ConfigDefault::Text(class.to_owned())),
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
        default: class.map_or(ConfigDefault::Null, |info| ConfigDefault::Text(info.version.into_owned())),
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
pub(super) fn versions(registry: &Arc<Registry>, kind: PluginKind, class_key: String) -> Recommender {
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

/// Versions of the converters that `props` names, as defaults: those of [`super::base`] are the worker's.
pub(crate) fn default_versions(def: &mut ConfigDef, registry: &Registry, props: &Props) {
    for (name, _, kind) in CONVERTERS {
        let Some(class) = props.get(name) else { continue };
        let Some(mut key) = def.get(&format!("{name}.plugin.version")).cloned() else { continue };
        key.default = version(registry, kind, class.trim()).map_or(ConfigDefault::Null, ConfigDefault::Text);
        def.replace(key);
    }
}

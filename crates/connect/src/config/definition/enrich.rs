//! The settings of the transforms and predicates that a configuration names.

use std::collections::HashSet;
use std::sync::Arc;

use kconnect_api::{
    ConfigDef, ConfigDefault, ConfigKey, ConfigType, Importance, ParsedValue, PluginKind, Props, Recommender,
    Width,
};

use super::checks::{ALIASES_MAX, class_check, negation};
use super::converters::versions;
use crate::config::version;
use crate::registry::Registry;

/// Adds the settings of every transform and predicate that `props` names.
pub fn enrich(def: &mut ConfigDef, registry: &Arc<Registry>, props: &Props) {
    for (list, group, noun, kind) in [
        ("transforms", "Transforms", "Transformation", PluginKind::Transformation),
        ("predicates", "Predicates", "Predicate", PluginKind::Predicate),
    ] {
        let mut seen = HashSet::new();
        // Too many are refused as such; looking at all of them would be what the bound is there to avoid.
        for alias in aliases_of(props, list).into_iter().take(ALIASES_MAX) {
            if !seen.contains(&alias) {
                enrich_alias(def, registry, props, (list, group, noun, kind), &alias);
                seen.insert(alias);
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
    let version = plugin
        .as_ref()
        .map_or(ConfigDefault::Null, |(info, _)| ConfigDefault::Text(info.version.clone().into_owned()));
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
    let plugin = plugin.filter(|(info, _)| wanted.is_none_or(|wanted| version::check(info, wanted).is_ok()));
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
            default: ConfigDefault::Text("false".to_owned()),
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

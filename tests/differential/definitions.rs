//! The settings of every class as `GET /connector-plugins/{class}/config` tells them.

use std::collections::BTreeMap;

use kconnect_api::ConfigKey;
use kconnect_connect::registry::Registry;
use serde_json::{Value, json};

use crate::config::classes;
use crate::oracle::Oracle;

/// What differs, one line each.
pub(crate) fn differences(oracle: &mut Oracle, registry: &Registry) -> Vec<String> {
    let answer = oracle.ask(&json!({ "definitions": classes() }).to_string());
    let theirs: BTreeMap<String, Vec<Value>> =
        serde_json::from_str(&answer).expect("lists of settings by class");
    let mut found = Vec::new();
    for class in classes() {
        let Some(plugin) = registry.find(&class) else {
            found.push(format!("{class}: not there"));
            continue;
        };
        // The order is a hash map's for some classes.
        let ours: BTreeMap<String, Value> =
            plugin.keys().iter().map(|key| (key.name.clone(), shown(key))).collect();
        let theirs: BTreeMap<String, Value> = theirs[&class]
            .iter()
            .map(|key| (key["name"].as_str().unwrap_or_default().to_owned(), key.clone()))
            .collect();
        compare(&class, &ours, &theirs, &mut found);
    }
    found
}

fn compare(
    class: &str,
    ours: &BTreeMap<String, Value>,
    theirs: &BTreeMap<String, Value>,
    found: &mut Vec<String>,
) {
    for name in ours.keys().filter(|name| !theirs.contains_key(*name)) {
        found.push(format!("{class}: {name}: only here"));
    }
    for (name, theirs) in theirs {
        let Some(ours) = ours.get(name) else {
            found.push(format!("{class}: {name}: only there: {theirs}"));
            continue;
        };
        for (member, theirs) in theirs.as_object().into_iter().flatten() {
            // The descriptions are in our own words.
            if member != "documentation" && ours.get(member) != Some(theirs) {
                found.push(format!("{class}: {name}: {member}: ours {}, JVM {theirs}", ours[member]));
            }
        }
    }
}

/// The members of the REST answer.
fn shown(key: &ConfigKey) -> Value {
    json!({
        "name": key.name,
        "type": key.kind.name(),
        "required": key.is_required(),
        "default_value": key.default_text(),
        "importance": key.importance.name(),
        "group": key.group,
        "order_in_group": key.order_in_group,
        "width": key.width.name(),
        "display_name": key.display_name,
        "dependents": key.dependents,
    })
}

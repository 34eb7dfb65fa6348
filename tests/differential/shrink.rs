//! A failing case made small: parts are left out as long as it still fails.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::data::base64;

/// How long one case is worth.
const PATIENCE: Duration = Duration::from_secs(4);

/// The smallest case that `fails` as `case` does, as far as leaving out leads.
pub(crate) fn shrink(case: &Value, mut fails: impl FnMut(&Value) -> bool) -> Value {
    let mut best = case.clone();
    // Every round that helps starts over; a case that never gets small must not take for ever.
    let end = Instant::now() + PATIENCE;
    'again: loop {
        for candidate in smaller(&best) {
            if Instant::now() > end {
                break 'again;
            }
            if fails(&candidate) {
                best = candidate;
                continue 'again;
            }
        }
        break;
    }
    best
}

fn smaller(case: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let records = case["records"].as_array().map_or(&[][..], Vec::as_slice);
    if records.len() > 1 {
        for record in records {
            found.push(with(case, "records", Value::Array(vec![record.clone()])));
        }
        for i in 0..records.len() {
            let mut fewer = records.to_vec();
            fewer.remove(i);
            found.push(with(case, "records", Value::Array(fewer)));
        }
    }
    if case["steps"] == true {
        found.push(with(case, "steps", Value::Bool(false)));
    }
    found.extend(smaller_configs(case));
    for (i, record) in records.iter().enumerate() {
        for smaller in smaller_values(record) {
            // Without a topic it is no record.
            if smaller.get("topic").is_none_or(|topic| !topic.is_string()) {
                continue;
            }
            let mut all = records.to_vec();
            all[i] = smaller;
            found.push(with(case, "records", Value::Array(all)));
        }
    }
    found
}

fn with(case: &Value, member: &str, value: Value) -> Value {
    let mut copy = case.clone();
    copy[member] = value;
    copy
}

fn smaller_configs(case: &Value) -> Vec<Value> {
    let Some(config) = case["config"].as_object() else { return Vec::new() };
    let mut found = Vec::new();
    let aliases: Vec<&str> =
        config.get("transforms").and_then(Value::as_str).unwrap_or_default().split(',').collect();
    for alias in &aliases {
        let left: Vec<&str> = aliases.iter().copied().filter(|other| other != alias).collect();
        let prefix = format!("transforms.{}.", alias.trim());
        let mut fewer: Map<String, Value> = config
            .iter()
            .filter(|(key, _)| !key.starts_with(&prefix))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        if left.is_empty() {
            fewer.shift_remove("transforms");
        } else {
            fewer.insert("transforms".to_owned(), left.join(",").into());
        }
        found.push(with(case, "config", Value::Object(fewer)));
    }
    // Without these two there is no data plane.
    for key in config.keys().filter(|key| !matches!(key.as_str(), "key.converter" | "value.converter")) {
        let mut fewer = config.clone();
        fewer.shift_remove(key);
        if key == "predicates" {
            fewer.retain(|key, _| {
                !key.starts_with("predicates.") && !key.ends_with(".predicate") && !key.ends_with(".negate")
            });
        }
        found.push(with(case, "config", Value::Object(fewer)));
    }
    for role in ["key.converter", "value.converter"] {
        let mut simple = config.clone();
        simple.retain(|key, _| !key.starts_with(role));
        simple.insert(role.to_owned(), "org.apache.kafka.connect.storage.StringConverter".into());
        if simple != *config {
            found.push(with(case, "config", Value::Object(simple)));
        }
    }
    found
}

/// `value` with one part left out or made plain, the largest parts first.
fn smaller_values(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(members) => {
            for name in members.keys() {
                let mut fewer = members.clone();
                fewer.shift_remove(name);
                found.push(Value::Object(fewer));
            }
            for (name, member) in members {
                for smaller in smaller_values(member) {
                    let mut copy = members.clone();
                    copy.insert(name.clone(), smaller);
                    found.push(Value::Object(copy));
                }
            }
        }
        Value::Array(elements) => {
            for i in 0..elements.len() {
                let mut fewer = elements.clone();
                fewer.remove(i);
                found.push(Value::Array(fewer));
            }
            for (i, element) in elements.iter().enumerate() {
                for smaller in smaller_values(element) {
                    let mut copy = elements.clone();
                    copy[i] = smaller;
                    found.push(Value::Array(copy));
                }
            }
        }
        Value::String(text) => found.extend(smaller_text(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    found
}

/// A text cut, and, if it is base64 of JSON or text, that made smaller.
fn smaller_text(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    if text.is_empty() {
        return found;
    }
    if let Ok(bytes) = kconnect_api::base64::decode(text)
        && bytes.len() > 3
        && let Ok(inner) = String::from_utf8(bytes)
    {
        if let Ok(json) = serde_json::from_str::<Value>(&inner) {
            found.extend(smaller_values(&json).iter().map(|json| base64(json.to_string().as_bytes()).into()));
        } else {
            found.extend(cuts(&inner).iter().map(|text| base64(text.as_bytes()).into()));
        }
        return found;
    }
    found.extend(cuts(text).into_iter().map(Value::String));
    found
}

fn cuts(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > 40 {
        return vec![chars[..chars.len() / 2].iter().collect(), chars[chars.len() / 2..].iter().collect()];
    }
    (0..chars.len())
        .map(|i| chars.iter().enumerate().filter(|(at, _)| *at != i).map(|(_, c)| *c).collect())
        .collect()
}

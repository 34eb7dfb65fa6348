//! The tables of docs/schema-registry.md name settings that exist, with their defaults.

use std::collections::HashMap;

use kconnect_api::ConfigDefault;

const PAGE: &str = include_str!("../../../../../docs/schema-registry.md");

/// Each setting of the three converters: its default as a table writes it.
fn defaults() -> HashMap<String, String> {
    let mut defaults = HashMap::new();
    for plugin in kconnect_registry::plugins() {
        for key in plugin.config_def().keys() {
            let default = match &key.default {
                ConfigDefault::Required => "required".to_owned(),
                ConfigDefault::Null => "none".to_owned(),
                ConfigDefault::Text(text) if text.is_empty() => "empty".to_owned(),
                ConfigDefault::Text(text) => format!("`{text}`"),
            };
            defaults.insert(key.name.to_string(), default);
        }
    }
    defaults
}

/// The cells of the rows below headers that begin with `setting`, and the prefix that the header gives to names.
fn rows() -> Vec<(String, Vec<String>)> {
    let (mut rows, mut prefix) = (Vec::new(), None);
    for line in PAGE.lines() {
        if let Some(header) = line.strip_prefix("| setting") {
            prefix = Some(header.split('`').nth(1).unwrap_or_default().to_owned());
        } else if !line.starts_with('|') {
            prefix = None;
        } else if let Some(prefix) = prefix.as_ref().filter(|_| !line.starts_with("|---")) {
            let cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
            rows.push((prefix.clone(), cells));
        }
    }
    rows
}

#[test]
fn the_settings_of_the_page_exist_and_have_the_defaults_that_it_says() {
    let (defaults, mut checked, mut faults) = (defaults(), 0, Vec::new());
    for (prefix, cells) in rows() {
        let names: Vec<&str> = cells[0].split(", ").map(|name| name.trim_matches('`')).collect();
        let said: Vec<&str> = cells[1].split(", ").collect();
        if cells[1].is_empty() || names[0].ends_with('…') {
            continue;
        }
        for (at, name) in names.iter().enumerate() {
            let name = format!("{prefix}{name}");
            let expected = said.get(at).unwrap_or(&said[0]);
            let fits = defaults.get(&name).is_some_and(|default| match expected.strip_prefix("`…") {
                Some(end) => default.ends_with(end),
                None => default == expected,
            });
            if !fits {
                faults.push(format!("{name}: {expected}, in truth {:?}", defaults.get(&name)));
            }
            checked += 1;
        }
    }
    assert!(checked > 50 && faults.is_empty(), "{checked} settings\n{}", faults.join("\n"));
}

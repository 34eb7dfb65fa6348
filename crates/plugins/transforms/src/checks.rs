//! Checks of settings that upstream's classes bring themselves, with their texts.

use kconnect_api::settings::boolean;
use kconnect_api::{ConfigDef, ConfigError, Importance, ParsedValue, Setting, Validator};

/// `replace.null.with.default`, which most classes have (KIP-1040).
pub(crate) fn replace_null_with_default(def: &mut ConfigDef) -> Setting<bool> {
    def.field("replace.null.with.default", boolean())
        .importance(Importance::Medium)
        .doc("Put a field's default in the place of null when fields are read.")
        .default(true)
}

/// A list of distinct items that are not empty; `may_be_empty` is about the list.
pub(crate) fn distinct_items(may_be_empty: bool) -> Validator {
    Validator::new("", move |key, value| {
        let refuse = |what: &str| Err(ConfigError::text(key, format!("Configuration '{key}' {what}")));
        match value {
            ParsedValue::List(items) if items.is_empty() && may_be_empty => Ok(()),
            ParsedValue::List(items) if items.is_empty() => {
                refuse("must not be empty. Valid values include: any non-empty value")
            }
            ParsedValue::List(items) => {
                let mut seen = std::collections::HashSet::new();
                if items.iter().any(|item| !seen.insert(item)) {
                    refuse("values must not be duplicated.")
                } else if items.iter().any(String::is_empty) {
                    refuse("values must not be empty.")
                } else {
                    Ok(())
                }
            }
            _ => refuse("values must not be null."),
        }
    })
}

/// A list with at least one item.
pub(crate) fn non_empty_list() -> Validator {
    Validator::new("non-empty list", |key, value| match value {
        ParsedValue::List(items) if !items.is_empty() => Ok(()),
        value => Err(ConfigError::invalid(key, &value.java_text(), "Empty list")),
    })
}

/// A regular expression that must be there: upstream meets null with a text of the JDK.
pub(crate) fn regex() -> Validator {
    let regex = Validator::regex();
    Validator::new(regex.describe().to_owned(), move |key, value| match value {
        ParsedValue::Null => {
            let detail = "Invalid regex: Cannot invoke \"String.isEmpty()\" because \"this.pattern\" is null";
            Err(ConfigError::invalid(key, "null", detail))
        }
        value => regex.check(key, value),
    })
}

/// Items `old:new`, each parsed; the text of the error is the same for all settings that hold such items.
pub(crate) fn parse_renames(items: &[String]) -> Result<Vec<(String, String)>, ConfigError> {
    items.iter().map(|item| parse_rename(item, items)).collect()
}

fn parse_rename(item: &str, items: &[String]) -> Result<(String, String), ConfigError> {
    match split(item)[..] {
        [old, new] => Ok((old.to_owned(), new.to_owned())),
        _ => Err(wrong_rename(item, items)),
    }
}

/// The complaint about one item.
pub(crate) fn wrong_rename(item: &str, items: &[String]) -> ConfigError {
    let all = ParsedValue::List(items.to_vec()).java_text();
    ConfigError::invalid("renames", &all, &format!("Invalid rename mapping: {item}"))
}

/// Java's `split(":")`: empty parts at the end do not count.
pub(crate) fn split(item: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = item.split(':').collect();
    if item.is_empty() {
        return parts;
    }
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    parts
}

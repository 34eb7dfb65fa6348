//! `CONNECT_*` variables, which rank below the properties file.

use kconnect_api::Props;

use super::Notice;
use crate::config::provider::Environment;

/// The file's properties over those of the environment, each of which is told.
pub(super) fn merge(props: Props, environment: &Environment) -> (Props, Vec<Notice>) {
    let mut notices = Vec::new();
    let mut merged = Props::new();
    for (variable, key, value) in from_environment(environment) {
        let origin = if props.contains_key(&key) { " (not used: the file sets it)" } else { "" };
        notices.push(Notice::Info(format!("{key} from environment variable {variable}{origin}")));
        merged.insert(key, value);
    }
    merged.extend(props);
    (merged, notices)
}

/// Variables of the images: they configure the container, not the worker.
const NOT_SETTINGS: &[&str] =
    &["CONNECT_LOG4J_", "CONNECT_TOOLS_LOG4J_", "CONNECT_OPTS", "CONNECT_CUB_", "CONNECT_JMX_"];

/// `CONNECT_*` variables as the known images map them: (variable, key, value), by variable. `_` is a dot, `__` an
/// underscore, `___` a dash.
fn from_environment(environment: &Environment) -> Vec<(String, String, String)> {
    let settings = environment.iter().filter_map(|(variable, value)| {
        if NOT_SETTINGS.iter().any(|prefix| variable.starts_with(prefix)) {
            return None;
        }
        let name = variable.strip_prefix("CONNECT_").filter(|name| !name.is_empty())?;
        let key = name
            .to_lowercase()
            .replace("___", "-")
            .replace("__", "\u{0}")
            .replace('_', ".")
            .replace('\u{0}', "_");
        Some((variable.clone(), key, value.clone()))
    });
    let mut found: Vec<_> = settings.collect();
    found.sort();
    found
}

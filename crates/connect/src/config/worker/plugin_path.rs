//! What lies on `plugin.path`, for a line of each JAR that is not loaded.

use std::path::{Path, PathBuf};

use super::Notice;

/// One line for each JAR that the plugin path names.
pub(super) fn plugin_path_notices(path: &[String]) -> Vec<Notice> {
    let mut jars = Vec::new();
    for element in path.iter().filter(|element| !element.is_empty()) {
        collect_jars(Path::new(element), 2, &mut jars);
    }
    jars.sort();
    jars.dedup();
    let lines = jars.iter().filter_map(|jar| {
        let name = jar.file_name()?.to_string_lossy().into_owned();
        Some(match name.starts_with("connect-file-") {
            true => {
                Notice::Info(format!("plugin.path: {name} is not loaded; the file connectors are built in"))
            }
            false => {
                Notice::Warn(format!("plugin.path: {name} is not loaded. {}", crate::registry::JVM_HINT))
            }
        })
    });
    // A plugin folder holds a JAR for each library of each plugin; the first few say it all.
    let mut lines: Vec<_> = lines.collect();
    let more = lines.len().saturating_sub(8);
    lines.truncate(8);
    if more > 0 {
        lines.push(Notice::Warn(format!("plugin.path: {more} more JARs are not loaded")));
    }
    lines
}

fn collect_jars(path: &Path, depth: u32, jars: &mut Vec<PathBuf>) {
    if path.extension().is_some_and(|extension| extension == "jar") {
        return jars.push(path.to_owned());
    }
    if depth == 0 {
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten().take(1000) {
        collect_jars(&entry.path(), depth - 1, jars);
    }
}

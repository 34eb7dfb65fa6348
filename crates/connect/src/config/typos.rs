//! What a misspelt setting was perhaps meant to be. A hint is only given for what is near a known name.

use crate::config::client_settings::ClientKind;
use crate::herder::{ConfigInfos, RawConfig};

/// Settings of a connector that nobody knows and that are near one that somebody knows: what to say of each.
pub(crate) fn of_connector(config: &RawConfig, infos: &ConfigInfos) -> Vec<String> {
    let known: Vec<&str> = infos
        .configs
        .iter()
        .filter(|info| info.definition.is_some())
        .map(|info| info.value.name.as_str())
        .collect();
    let unknown = config.keys().filter(|key| !known.contains(&key.as_str()));
    unknown
        .filter_map(|key| {
            let client = ClientKind::ALL.into_iter().find(|client| key.starts_with(client.prefix()));
            let meant = match client {
                Some(client) => {
                    let name = key.strip_prefix(client.prefix())?;
                    // An override that is known is shown only where the client is used.
                    client.definition(name).is_none().then_some(())?;
                    format!("{}{}", client.prefix(), nearest(name, client.names())?)
                }
                None => nearest(key, known.iter().copied())?.to_owned(),
            };
            Some(format!(
                "'{key}' is not a setting of this connector and has no effect; did you mean '{meant}'?"
            ))
        })
        .collect()
}

/// The candidate that is a few edits away, the fewer the shorter `key` is.
pub(crate) fn nearest<'a>(key: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (key.len() / 5).clamp(1, 3);
    candidates
        .map(|name| (distance(key, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Edits between two texts; two neighbours that changed places are one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 3 {
        return usize::MAX;
    }
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(x != y);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_found_and_what_is_not_is_left_alone() {
        for (typed, meant) in [
            ("fiel", Some("file")),
            ("topik", Some("topic")),
            ("nmae", Some("name")),
            ("connector.clas", Some("connector.class")),
            ("tasks.maximum", None),
            ("batch.szie", Some("batch.size")),
            ("x", None),
        ] {
            let known =
                ["file", "topic", "name", "connector.class", "tasks.max", "batch.size", "topics.regex"];
            assert_eq!(nearest(typed, known.into_iter()), meant, "{typed}");
        }
    }
}

//! `${provider:[path:]key}` in configuration values.
//!
//! Config providers are not there yet. A placeholder that stays in a value would reach a database as a password, so a
//! connector or worker that needs one does not start and says which key it is.

use kconnect_api::Props;

/// The first key whose value holds a placeholder of a config provider, with that placeholder.
#[must_use]
pub fn first(config: &Props) -> Option<(&str, &str)> {
    config.iter().find_map(|(key, value)| Some((key.as_str(), find(value)?)))
}

/// The first `${…:…}` of a value.
fn find(value: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(start) = value[from..].find("${").map(|at| from + at) {
        let end = start + value[start..].find('}')?;
        if value[start..end].contains(':') {
            return Some(&value[start..=end]);
        }
        from = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_provider_would_resolve_is_a_placeholder() {
        let rows: &[(&str, Option<&str>)] = &[
            ("${file:/etc/x:user}", Some("${file:/etc/x:user}")),
            ("a-${env:X}-b", Some("${env:X}")),
            ("${plain} ${env:X}", Some("${env:X}")),
            ("${plain}", None),
            ("$1-${1}", None),
            ("${env:X", None),
            ("", None),
        ];
        for (value, expect) in rows {
            assert_eq!(find(value), *expect, "{value}");
        }
    }
}

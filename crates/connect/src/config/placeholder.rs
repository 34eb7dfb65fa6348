//! `${provider:[path:]key}` in configuration values (configs.md §6.2).
//!
//! The text up to the first `:` names the provider; what is behind a second one is the key, so keys may hold colons and
//! paths may not. A placeholder ends at the first `}`: none is inside another. What holds no colon is no placeholder, so
//! `${1}` of a transform stays what it is.

use std::ops::Range;

use kconnect_api::Props;

/// One placeholder of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// Where it stands in the value.
    pub at: Range<usize>,
    /// Name of the provider.
    pub provider: &'a str,
    /// What the provider looks into; empty when not given.
    pub path: &'a str,
    /// What it looks up there.
    pub key: &'a str,
}

/// The placeholders of a value, in order.
pub fn all(value: &str) -> impl Iterator<Item = Placeholder<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + value.get(from..)?.find("${")?;
            let end = start + value.get(start..)?.find('}')?;
            from = end + 1;
            let inner = value.get(start + 2..end)?;
            let Some((provider, rest)) = inner.split_once(':') else { continue };
            let (path, key) = rest.split_once(':').unwrap_or(("", rest));
            return Some(Placeholder { at: start..end + 1, provider, path, key });
        }
    })
}

/// The first key whose value holds a placeholder, with that placeholder.
#[must_use]
pub fn first(config: &Props) -> Option<(&str, &str)> {
    config.iter().find_map(|(key, value)| Some((key.as_str(), value.get(all(value).next()?.at)?)))
}

/// Whether a value holds a placeholder.
#[must_use]
pub fn is_in(value: &str) -> bool {
    all(value).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_provider_could_resolve_is_a_placeholder() {
        type Parts<'a> = &'a [(&'a str, &'a str, &'a str)];
        let rows: &[(&str, Parts<'_>)] = &[
            ("${file:/etc/x:user}", &[("file", "/etc/x", "user")]),
            ("a-${env:X}-b${dir:/d:k}", &[("env", "", "X"), ("dir", "/d", "k")]),
            ("${file:/x:colon:key}", &[("file", "/x", "colon:key")]),
            ("${env::X}", &[("env", "", "X")]),
            ("${:}", &[("", "", "")]),
            ("${a ${env:X}", &[("a ${env", "", "X")]),
            ("${env:${env:X}}", &[("env", "${env", "X")]),
            ("${plain} ${env:X}", &[("env", "", "X")]),
            ("${plain}", &[]),
            ("$1-${1}", &[]),
            ("${env:X", &[]),
            ("${é:ü}", &[("é", "", "ü")]),
            ("", &[]),
        ];
        for (value, expect) in rows {
            let found: Vec<_> = all(value).map(|p| (p.provider, p.path, p.key)).collect();
            assert_eq!(found, *expect, "{value}");
            assert!(all(value).all(|p| value[p.at.clone()].starts_with("${") && value[p.at].ends_with('}')));
        }
    }
}

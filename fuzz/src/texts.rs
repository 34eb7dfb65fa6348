//! Texts of users: Java's patterns and replacements, placeholders, configurations.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use kconnect_api::{JavaRegex, Props, Replacement};
use kconnect_connect::Registry;
use kconnect_connect::config::fuzzing::{self, Asked, MARK};

/// The first byte picks what the others are: a pattern, a replacement and a text with line feeds between; or a
/// configuration, a setting a line, whose placeholders are resolved or which is validated.
pub fn texts(data: &[u8]) {
    let [pick, rest @ ..] = data else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match pick % 4 {
        0 | 1 => pattern(text),
        2 => placeholders(&settings(text)),
        _ => validation(&settings(text)),
    }
}

fn pattern(text: &str) {
    let mut parts = text.splitn(3, '\n');
    let mut part = || parts.next().unwrap_or_default();
    let (pattern, replacement, text) = (part(), part(), part());
    let regex = match JavaRegex::new(pattern) {
        Ok(regex) => regex,
        // Java's errors and our refusals both show the pattern.
        Err(error) => return assert!(error.to_string().contains(pattern), "{error}"),
    };
    if let (Ok(true), Ok(found)) = (regex.is_full_match(text), regex.is_found(text)) {
        assert!(found, "{pattern:?} matches all of {text:?} and is not found in it");
    }
    assert!(kconnect_api::fuzzing::engines_agree(&regex, text), "{pattern:?} on {text:?}");
    let same = regex.replace_all(text, &Replacement::new("$0"));
    assert!(same.is_err() || same.as_deref() == Ok(text), "{pattern:?} on {text:?}: {same:?}");
    for replaced in [
        regex.replace_all(text, &Replacement::new(replacement)),
        regex.replace_first(text, &Replacement::new(replacement)),
    ] {
        if let Err(error) = replaced {
            assert!(error.class().contains('.') && error.message().is_some(), "{error}");
        }
    }
}

/// `key=value` in each line.
fn settings(text: &str) -> Props {
    let pair = |line: &str| line.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    // The mark of secrets is in no text that a user wrote.
    text.replace(MARK, "").lines().filter_map(pair).collect()
}

/// Each placeholder of a provider that is declared has become what that provider knows, which is not looked at again;
/// nobody else was asked, and nobody twice.
fn placeholders(props: &Props) {
    let (resolved, asked) = fuzzing::resolve(props);
    let mut expected = BTreeSet::new();
    for (key, value) in props {
        let (text, asked) = by_hand(value);
        assert_eq!(resolved.get(key), Some(&text), "{key}={value}");
        expected.extend(asked);
    }
    assert_eq!(asked.len(), expected.len(), "{asked:?}");
    assert_eq!(asked.into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(resolved.len(), props.len());
}

/// What a value becomes, by another way: piece by piece from the left.
fn by_hand(value: &str) -> (String, Vec<Asked>) {
    let (mut text, mut asked, mut rest) = (String::new(), Vec::new(), value);
    while let Some((before, behind)) = rest.split_once("${") {
        text.push_str(before);
        let Some((inner, behind)) = behind.split_once('}') else {
            text.push_str("${");
            rest = behind;
            continue;
        };
        let known = inner.split_once(':').and_then(|(name, place)| {
            let (path, key) = place.split_once(':').unwrap_or(("", place));
            let name = ["a", "b"].into_iter().find(|known| *known == name)?;
            asked.push((name, path.to_owned()));
            fuzzing::known(name, path, key)
        });
        text.push_str(&known.unwrap_or_else(|| format!("${{{inner}}}")));
        rest = behind;
    }
    (text + rest, asked)
}

/// An answer or a refusal, and no secret in either.
fn validation(props: &Props) {
    static REGISTRY: LazyLock<Arc<Registry>> = LazyLock::new(|| {
        let registry = kconnect_file::plugins().into_iter().fold(Registry::new(), Registry::plugin);
        let registry = kconnect_converters::plugins().into_iter().fold(registry, Registry::converter);
        let registry = kconnect_registry::plugins().into_iter().fold(registry, Registry::converter);
        let registry = kconnect_transforms::transforms().into_iter().fold(registry, Registry::transform);
        Arc::new(kconnect_transforms::predicates().into_iter().fold(registry, Registry::predicate))
    });
    let (is_answer, texts) = fuzzing::validate(&REGISTRY, props);
    assert!(is_answer || texts.iter().all(|text| !text.is_empty()), "a refusal says why");
    for text in texts {
        assert!(!text.contains(MARK), "{text}");
    }
}

//! Java regular expressions in settings (`topics.regex`, topic groups): linear time where the pattern allows, else a
//! backtracking engine with a step limit.

use std::sync::Arc;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Arc<str>,
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Arc<fancy_regex::Regex>),
}

impl Pattern {
    /// Compiles `text`; `Err` is the engine's reason on one line or several.
    pub fn new(text: &str) -> Result<Self, String> {
        // Java's `matches` is anchored, and its \w \d \s are ASCII.
        let ascii = ascii_classes(text);
        let anchored = format!("\\A(?:{ascii})\\z");
        let linear = regex::RegexBuilder::new(&anchored).size_limit(1 << 20).build();
        let engine = match linear {
            Ok(regex) => Engine::Linear(regex),
            Err(_) => match fancy_regex::RegexBuilder::new(&anchored).backtrack_limit(1_000_000).build() {
                Ok(regex) => Engine::Backtracking(Arc::new(regex)),
                // The user's own text in the message, not the anchored one.
                Err(error) => {
                    return Err(regex::Regex::new(text)
                        .err()
                        .map_or_else(|| error.to_string(), |e| e.to_string()));
                }
            },
        };
        Ok(Self { text: text.into(), engine })
    }

    /// Whether the whole of `input` matches. Hitting the step limit counts as no match.
    #[must_use]
    pub fn matches(&self, input: &str) -> bool {
        match &self.engine {
            Engine::Linear(regex) => regex.is_match(input),
            Engine::Backtracking(regex) => regex.is_match(input).unwrap_or(false),
        }
    }

    /// The pattern as given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Replaces `\w`, `\d`, `\s` and their negations by ASCII classes, outside and inside of brackets alike.
fn ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('w') => out.push_str("[[:word:]]"),
            Some('d') => out.push_str("[[:digit:]]"),
            Some('s') => out.push_str("[[:space:]]"),
            Some('W') => out.push_str("[[:^word:]]"),
            Some('D') => out.push_str("[[:^digit:]]"),
            Some('S') => out.push_str("[[:^space:]]"),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts_with_ascii_classes() {
        let rows = [
            ("orders.*", "orders-1", true),
            ("orders", "orders-1", false),
            ("a|b", "b", true),
            (r"\w+", "gr\u{fc}n", false),
            (r"[\w-]+\d", "a-b-1", true),
            (r"(?!internal).*", "internal-x", false),
            (r"(?!internal).*", "orders", true),
            (r"(a)\1", "aa", true),
        ];
        for (pattern, input, expect) in rows {
            assert_eq!(Pattern::new(pattern).unwrap().matches(input), expect, "{pattern} on {input}");
        }
        assert!(Pattern::new("[").is_err());
    }
}

//! Java regular expressions in settings (`topics.regex`, topic groups): they match whole names.

use kconnect_api::JavaRegex;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern(JavaRegex);

impl Pattern {
    /// Compiles `text`; `Err` is the reason in Java's words where they are known.
    pub fn new(text: &str) -> Result<Self, String> {
        JavaRegex::new(text).map(Self).map_err(|error| error.to_string())
    }

    /// Whether the whole of `input` matches. Hitting the step limit counts as no match.
    #[must_use]
    pub fn matches(&self, input: &str) -> bool {
        self.0.is_full_match(input).unwrap_or_else(|error| {
            tracing::warn!(pattern = self.text(), input, %error, "the pattern could not be matched and counts as no match");
            false
        })
    }

    /// The pattern as given.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.pattern()
    }
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
            (r"(?!internal).*", "internal-x", false),
            (r"(?!internal).*", "orders", true),
        ];
        for (pattern, input, expect) in rows {
            assert_eq!(Pattern::new(pattern).unwrap().matches(input), expect, "{pattern} on {input}");
        }
        let error = Pattern::new("[").unwrap_err();
        assert!(error.starts_with("Unclosed character class near index 0"), "{error}");
    }
}

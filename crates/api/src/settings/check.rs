//! Validators and recommenders, with upstream's texts.

use std::fmt;
use std::sync::Arc;

use super::{Check, ConfigError, ParsedValue, ParsedValues};

/// A check of a parsed value. It also runs on defaults and, while validating, on values that are missing or
/// unreadable, as [`ParsedValue::Null`].
#[derive(Clone)]
pub struct Validator {
    describe: String,
    check: Check,
}

impl Validator {
    /// A check of your own; `describe` says what is allowed.
    pub fn new(
        describe: impl Into<String>,
        check: impl Fn(&str, &ParsedValue) -> Result<(), ConfigError> + Send + Sync + 'static,
    ) -> Self {
        Self { describe: describe.into(), check: Arc::new(check) }
    }

    /// What is allowed, for documents.
    #[must_use]
    pub fn describe(&self) -> &str {
        &self.describe
    }

    /// Checks `value`.
    pub fn check(&self, key: &str, value: &ParsedValue) -> Result<(), ConfigError> {
        (self.check)(key, value)
    }

    /// A number between `min` and `max`, both allowed.
    #[must_use]
    pub fn range(min: Option<ParsedValue>, max: Option<ParsedValue>) -> Self {
        let text = |bound: &Option<ParsedValue>| bound.as_ref().map(ParsedValue::java_text);
        let describe = match (text(&min), text(&max)) {
            (Some(min), Some(max)) => format!("[{min},...,{max}]"),
            (Some(min), None) => format!("[{min},...]"),
            (None, Some(max)) => format!("[...,{max}]"),
            (None, None) => "[...]".to_owned(),
        };
        Self::new(describe, move |key, value| {
            let Some(number) = value.number() else {
                return Err(ConfigError::invalid(key, "null", "Value must be non-null"));
            };
            if let Some(min) = min.as_ref().filter(|min| min.number().is_some_and(|min| number < min)) {
                let detail = format!("Value must be at least {}", min.java_text());
                return Err(ConfigError::invalid(key, &value.java_text(), &detail));
            }
            if let Some(max) = max.as_ref().filter(|max| max.number().is_some_and(|max| number > max)) {
                let detail = format!("Value must be no more than {}", max.java_text());
                return Err(ConfigError::invalid(key, &value.java_text(), &detail));
            }
            Ok(())
        })
    }

    /// One of `texts`, spelled exactly.
    #[must_use]
    pub fn one_of<const N: usize>(texts: [&str; N]) -> Self {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        let all = texts.join(", ");
        Self::new(format!("[{all}]"), move |key, value| {
            if matches!(value, ParsedValue::String(text) if texts.contains(text)) {
                return Ok(());
            }
            Err(ConfigError::invalid(key, &value.java_text(), &format!("String must be one of: {all}")))
        })
    }

    /// One of `texts` in any case. The text lists them in upper case, in the order given.
    #[must_use]
    pub fn one_of_ignoring_case<const N: usize>(texts: [&str; N]) -> Self {
        let texts: Vec<String> = texts.iter().map(|text| text.to_uppercase()).collect();
        let all = texts.join(", ");
        Self::new(format!("(case insensitive) [{all}]"), move |key, value| {
            if matches!(value, ParsedValue::String(text) if texts.contains(&text.to_uppercase())) {
                return Ok(());
            }
            let detail = format!("String must be one of (case insensitive): {all}");
            Err(ConfigError::invalid(key, &value.java_text(), &detail))
        })
    }

    /// Not null.
    #[must_use]
    pub fn non_null() -> Self {
        Self::new("non-null string", |key, value| match value {
            ParsedValue::Null => Err(ConfigError::invalid(key, "null", "entry must be non null")),
            _ => Ok(()),
        })
    }

    /// Not the empty text; null passes.
    #[must_use]
    pub fn non_empty() -> Self {
        Self::new("non-empty string", |key, value| match value {
            ParsedValue::String(text) if text.is_empty() => {
                Err(ConfigError::invalid(key, "", "String must be non-empty"))
            }
            _ => Ok(()),
        })
    }

    /// A regular expression in Java's syntax; null passes.
    #[must_use]
    pub fn regex() -> Self {
        Self::new("valid regex", |key, value| match value {
            ParsedValue::String(pattern) => match crate::JavaRegex::new(pattern) {
                Ok(_) => Ok(()),
                Err(error) => Err(ConfigError::invalid(key, pattern, &format!("Invalid regex: {error}"))),
            },
            _ => Ok(()),
        })
    }

    /// First this check, then `next`.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        let describe = format!("{}, {}", self.describe, next.describe);
        Self::new(describe, move |key, value| {
            self.check(key, value)?;
            next.check(key, value)
        })
    }

    /// The same check, passing null.
    #[must_use]
    pub fn unless_null(self) -> Self {
        Self::new(self.describe.clone(), move |key, value| match value {
            ParsedValue::Null => Ok(()),
            value => self.check(key, value),
        })
    }

    /// The same check for a key that got a prefix: as upstream, its texts name the key without it.
    pub(super) fn without_prefix(self, prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        Self::new(self.describe.clone(), move |key, value| {
            let mut result = self.check(key.strip_prefix(&prefix).unwrap_or(key), value);
            if let Err(error) = &mut result {
                error.key = key.to_owned();
            }
            result
        })
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Validator({})", self.describe)
    }
}

/// Offers values for a key and says whether it is shown, given the other values.
#[derive(Clone)]
pub struct Recommender {
    values: Arc<dyn Fn(&str, &ParsedValues) -> Vec<String> + Send + Sync>,
    visible: Arc<dyn Fn(&str, &ParsedValues) -> bool + Send + Sync>,
}

impl Recommender {
    /// Both as functions of the key and the other values.
    pub fn new(
        values: impl Fn(&str, &ParsedValues) -> Vec<String> + Send + Sync + 'static,
        visible: impl Fn(&str, &ParsedValues) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { values: Arc::new(values), visible: Arc::new(visible) }
    }

    /// Always `values`, always shown.
    #[must_use]
    pub fn fixed<const N: usize>(values: [&str; N]) -> Self {
        let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        Self::new(move |_, _| values.clone(), |_, _| true)
    }

    /// The values offered.
    #[must_use]
    pub fn values(&self, key: &str, others: &ParsedValues) -> Vec<String> {
        (self.values)(key, others)
    }

    /// Whether the key is shown.
    #[must_use]
    pub fn is_visible(&self, key: &str, others: &ParsedValues) -> bool {
        (self.visible)(key, others)
    }

    pub(super) fn without_prefix(self, prefix: &str) -> Self {
        let (for_values, for_visible) = (prefix.to_owned(), prefix.to_owned());
        let visible = self.visible;
        let values = self.values;
        Self::new(
            move |key, others| {
                values(key.strip_prefix(&for_values).unwrap_or(key), &others.without_prefix(&for_values))
            },
            move |key, others| {
                visible(key.strip_prefix(&for_visible).unwrap_or(key), &others.without_prefix(&for_visible))
            },
        )
    }
}

impl fmt::Debug for Recommender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recommender")
    }
}

//! Java's regular expressions.
//!
//! A pattern is translated ([`mod@translate`]) to one that `regex` runs in linear time. What that engine cannot do
//! (look-around, back references, possessive and atomic groups) runs on `fancy-regex` under a limit of steps; reaching
//! it is an error of the record, never a hang. `\w`, `\d`, `\s` and `\b` are ASCII, as in Java.
//!
//! Java's `$` also matches before a final line terminator. For texts without one, which is nearly all of them, that is
//! the plain end; only others take the slow engine.

mod replace;
#[cfg(test)]
mod tests;
mod translate;

use std::fmt;

pub use replace::Replacement;

use crate::Exception;
use translate::{Ends, Translated, translate};

/// A pattern that is none, in Java's words where they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexError {
    message: String,
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RegexError {}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct JavaRegex {
    pattern: String,
    /// Without the linear engine when it cannot run the pattern.
    linear: Option<Pair<regex::Regex>>,
    /// Without it when the linear engine serves for every text.
    exact: Option<Pair<fancy_regex::Regex>>,
    groups: Vec<Option<String>>,
}

/// A pattern to find, and to match a whole text with.
#[derive(Clone, Debug)]
struct Pair<R> {
    find: R,
    full: R,
}

/// Steps that a search may take; Java would go on, or exhaust its stack.
const STEPS_MAX: usize = 1_000_000;

/// Start and end of each group, `None` for one that took no part; the whole match is group 0.
pub(crate) type Spans = Vec<Option<(usize, usize)>>;

impl JavaRegex {
    /// Compiles `pattern`.
    pub fn new(pattern: &str) -> Result<Self, RegexError> {
        let plain = translate(pattern, Ends::Text)?;
        let linear = if plain.backtracks { None } else { linear(&plain) };
        let exact = match &linear {
            Some(_) if !plain.line_ends => None,
            _ => Some(exact(&translate(pattern, Ends::FinalTerminator)?, pattern)?),
        };
        let groups = match (&linear, &exact) {
            (Some(pair), _) => pair.find.capture_names().map(|name| name.map(str::to_owned)).collect(),
            (None, Some(pair)) => pair.find.capture_names().map(|name| name.map(str::to_owned)).collect(),
            (None, None) => Vec::new(),
        };
        Ok(Self { pattern: pattern.to_owned(), linear, exact, groups })
    }

    /// The pattern as given.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// `Matcher.matches`: whether the whole of `text` matches.
    pub fn is_full_match(&self, text: &str) -> Result<bool, Exception> {
        match self.linear_for(text) {
            Some(pair) => Ok(pair.full.is_match(text)),
            None => self.exact()?.full.is_match(text).map_err(|error| self.too_hard(&error)),
        }
    }

    /// `Matcher.find`: whether a part of `text` matches.
    pub fn is_found(&self, text: &str) -> Result<bool, Exception> {
        match self.linear_for(text) {
            Some(pair) => Ok(pair.find.is_match(text)),
            None => self.exact()?.find.is_match(text).map_err(|error| self.too_hard(&error)),
        }
    }

    /// `Matcher.replaceFirst`.
    pub fn replace_first(&self, text: &str, replacement: &Replacement) -> Result<String, Exception> {
        let mut out = String::with_capacity(text.len());
        match self.find_at(text, 0)? {
            Some(spans) => {
                let (start, end) = whole(&spans);
                out.push_str(&text[..start]);
                replacement.append(self, text, &spans, &mut out)?;
                out.push_str(&text[end..]);
            }
            None => out.push_str(text),
        }
        Ok(out)
    }

    /// `Matcher.replaceAll`.
    pub fn replace_all(&self, text: &str, replacement: &Replacement) -> Result<String, Exception> {
        let mut out = String::with_capacity(text.len());
        let (mut copied, mut from) = (0, 0);
        while from <= text.len() {
            let Some(spans) = self.find_at(text, from)? else {
                break;
            };
            let (start, end) = whole(&spans);
            out.push_str(&text[copied..start]);
            replacement.append(self, text, &spans, &mut out)?;
            copied = end;
            // An empty match moves on by one character.
            from = if end > start { end } else { end + text[end..].chars().next().map_or(1, char::len_utf8) };
        }
        out.push_str(&text[copied..]);
        Ok(out)
    }

    /// Names of groups by number; group 0 is the whole match.
    pub(crate) fn groups(&self) -> &[Option<String>] {
        &self.groups
    }

    fn find_at(&self, text: &str, from: usize) -> Result<Option<Spans>, Exception> {
        Ok(match self.linear_for(text) {
            Some(pair) => pair.find.captures_at(text, from).map(|captures| {
                (0..captures.len()).map(|at| captures.get(at).map(|m| (m.start(), m.end()))).collect()
            }),
            None => {
                let found = self.exact()?.find.captures_from_pos(text, from);
                found.map_err(|error| self.too_hard(&error))?.map(|captures| {
                    (0..captures.len()).map(|at| captures.get(at).map(|m| (m.start(), m.end()))).collect()
                })
            }
        })
    }

    fn linear_for(&self, text: &str) -> Option<&Pair<regex::Regex>> {
        let terminator = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        self.linear.as_ref().filter(|_| self.exact.is_none() || !text.contains(terminator))
    }

    fn exact(&self) -> Result<&Pair<fancy_regex::Regex>, Exception> {
        self.exact.as_ref().ok_or_else(|| Exception::connect("regular expression without an engine"))
    }

    fn too_hard(&self, error: &fancy_regex::Error) -> Exception {
        Exception::connect(format!("regular expression {} takes too many steps: {error}", self.pattern))
    }
}

fn whole(spans: &Spans) -> (usize, usize) {
    spans.first().copied().flatten().unwrap_or_default()
}

/// `None` when the pattern is too large for the engine.
fn linear(pattern: &Translated) -> Option<Pair<regex::Regex>> {
    let find = regex::Regex::new(&pattern.text).ok()?;
    let full = regex::Regex::new(&full(&pattern.text)).ok()?;
    Some(Pair { find, full })
}

fn exact(pattern: &Translated, given: &str) -> Result<Pair<fancy_regex::Regex>, RegexError> {
    let build = |text: &str| {
        let built = fancy_regex::RegexBuilder::new(text).backtrack_limit(STEPS_MAX).build();
        built.map_err(|error| RegexError { message: format!("{error} near index 0\n{given}\n^") })
    };
    Ok(Pair { find: build(&pattern.text)?, full: build(&full(&pattern.text))? })
}

/// The pattern for a whole text.
fn full(text: &str) -> String {
    format!(r"\A(?:{text})\z")
}

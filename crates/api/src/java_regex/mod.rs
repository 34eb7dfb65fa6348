//! Java's regular expressions.
//!
//! A pattern is parsed with Java's rules and errors ([`mod@parse`]) to a tree whose leaves are sets of characters. What
//! `regex` can do with the same result runs there, in linear time ([`mod@linear`]); the rest, and texts for which that
//! result would be another one, runs on a machine that goes back as Java's does ([`mod@machine`]), under a limit of
//! steps: reaching it is an error of the record, never a hang.
//!
//! ```text
//! pattern -> source (quotes, comments) -> parse, escape, class -> ast -> linear -> regex
//!                                                                    `-> program -> machine
//! ```
//! Texts are UTF-8, so positions are between characters; where Java finds something between the halves of a pair,
//! nothing is found.

mod ast;
mod blocks;
mod boundary;
mod case;
mod class;
mod escape;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod linear;
mod machine;
mod parse;
mod program;
mod property;
mod replace;
mod scripts;
mod set;
mod source;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub use replace::Replacement;

use crate::Exception;
use linear::linear;
use machine::{Machine, TooManySteps};
use program::{Program, compile};

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
    linear: Option<Linear>,
    program: Arc<Program>,
    groups: Vec<Option<String>>,
}

/// A pattern to find, and to match a whole text with.
#[derive(Clone, Debug)]
struct Linear {
    find: regex::Regex,
    full: regex::Regex,
    one_line: bool,
    ascii: bool,
}

/// Most bytes of a compiled pattern; what would be larger runs on the machine.
const LINEAR_MAX: usize = 1 << 20;

/// Start and end of each group, `None` for one that took no part; the whole match is group 0.
pub(crate) type Spans = Vec<Option<(usize, usize)>>;

impl JavaRegex {
    /// Compiles `pattern`.
    pub fn new(pattern: &str) -> Result<Self, RegexError> {
        let parsed = parse::parse(pattern)?;
        let mut groups = vec![None; parsed.groups];
        for (name, number) in &parsed.names {
            if let Some(group) = groups.get_mut(*number) {
                *group = Some(name.clone());
            }
        }
        let linear = linear(&parsed.root).and_then(Linear::new);
        Ok(Self { pattern: pattern.to_owned(), linear, program: Arc::new(compile(&parsed)), groups })
    }

    /// The pattern as given.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// `Matcher.matches`: whether the whole of `text` matches.
    pub fn is_full_match(&self, text: &str) -> Result<bool, Exception> {
        match self.linear_for(text) {
            Some(linear) => Ok(linear.full.is_match(text)),
            None => {
                Machine::new(&self.program, text, true, 0).matches().map_err(|error| self.too_hard(&error))
            }
        }
    }

    /// `Matcher.find`: whether a part of `text` matches.
    pub fn is_found(&self, text: &str) -> Result<bool, Exception> {
        match self.linear_for(text) {
            Some(linear) => Ok(linear.find.is_match(text)),
            None => Ok(self.find_at(text, 0, 0)?.is_some()),
        }
    }

    /// `Matcher.replaceFirst`.
    pub fn replace_first(&self, text: &str, replacement: &Replacement) -> Result<String, Exception> {
        Ok(self.replace_first_within(text, replacement, usize::MAX)?.unwrap_or_default())
    }

    /// `Matcher.replaceFirst`; `None` when a replacement makes the text longer than `most` bytes, which is noticed on the
    /// way.
    pub fn replace_first_within(
        &self,
        text: &str,
        replacement: &Replacement,
        most: usize,
    ) -> Result<Option<String>, Exception> {
        let Some(spans) = self.find_at(text, 0, 0)? else { return Ok(Some(text.to_owned())) };
        let (start, end) = whole(&spans);
        let mut out = String::with_capacity(text.len());
        out.push_str(&text[..start]);
        let complete = replacement.append(self, text, &spans, &mut out, most)?;
        out.push_str(&text[end..]);
        Ok((complete && out.len() <= most).then_some(out))
    }

    /// `Matcher.replaceAll`.
    pub fn replace_all(&self, text: &str, replacement: &Replacement) -> Result<String, Exception> {
        let mut out = String::with_capacity(text.len());
        let (mut copied, mut from) = (0, 0);
        while from <= text.len() {
            let Some(spans) = self.find_at(text, from, copied)? else {
                break;
            };
            let (start, end) = whole(&spans);
            out.push_str(&text[copied..start]);
            replacement.append(self, text, &spans, &mut out, usize::MAX)?;
            copied = end;
            // An empty match moves on by one character.
            from = if end > start { end } else { end + text[end..].chars().next().map_or(1, char::len_utf8) };
        }
        out.push_str(&text[copied..]);
        Ok(out)
    }

    /// `Matcher.groupCount`: capturing groups without the whole match.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.groups.len().saturating_sub(1)
    }

    /// Names of groups by number; group 0 is the whole match.
    pub(crate) fn groups(&self) -> &[Option<String>] {
        &self.groups
    }

    /// The first match at or behind `from`; the one before ended at `last`.
    fn find_at(&self, text: &str, from: usize, last: usize) -> Result<Option<Spans>, Exception> {
        Ok(match self.linear_for(text) {
            Some(linear) => linear.find.captures_at(text, from).map(|captures| {
                (0..captures.len()).map(|at| captures.get(at).map(|m| (m.start(), m.end()))).collect()
            }),
            None => {
                let found = Machine::new(&self.program, text, false, last).find(from);
                found.map_err(|error| self.too_hard(&error))?
            }
        })
    }

    fn linear_for(&self, text: &str) -> Option<&Linear> {
        self.linear.as_ref().filter(|linear| linear.serves(text))
    }

    fn too_hard(&self, _: &TooManySteps) -> Exception {
        Exception::connect(format!("regular expression {} takes too many steps", self.pattern))
    }
}

impl Linear {
    /// `None` when the pattern is too large for the engine.
    fn new(linear: linear::Linear) -> Option<Self> {
        let build = |text: &str| regex::RegexBuilder::new(text).size_limit(LINEAR_MAX).build().ok();
        let find = build(&linear.text)?;
        let full = build(&format!(r"\A(?:{})\z", linear.text))?;
        Some(Self { find, full, one_line: linear.one_line, ascii: linear.ascii })
    }

    fn serves(&self, text: &str) -> bool {
        let terminator = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        !(self.one_line && text.contains(terminator) || self.ascii && !text.is_ascii())
    }
}

fn whole(spans: &Spans) -> (usize, usize) {
    spans.first().copied().flatten().unwrap_or_default()
}

//! Replacement texts: `$1`, `${name}`, `\` before a literal character.

use super::{JavaRegex, Spans};
use crate::{Exception, classes};

/// A replacement text. Its errors show when it is used, as in Java.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement(String);

impl Replacement {
    /// The text as given.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Appends the replacement of one match. False, with a part of it, once `out` is longer than `most`.
    pub(super) fn append(
        &self,
        regex: &JavaRegex,
        text: &str,
        spans: &Spans,
        out: &mut String,
        most: usize,
    ) -> Result<bool, Exception> {
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find(['\\', '$']) {
            if out.len() > most {
                return Ok(false);
            }
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if rest.as_bytes()[at] == b'\\' {
                let Some(literal) = after.chars().next() else {
                    return Err(illegal("character to be escaped is missing"));
                };
                out.push(literal);
                rest = &after[literal.len_utf8()..];
                continue;
            }
            let (group, tail) = match after.strip_prefix('{') {
                Some(after) => named(after, regex)?,
                None => numbered(after, regex.groups().len())?,
            };
            if let Some((start, end)) = spans.get(group).copied().flatten() {
                out.push_str(&text[start..end]);
            }
            rest = tail;
        }
        out.push_str(rest);
        Ok(out.len() <= most)
    }
}

fn illegal(message: impl Into<String>) -> Exception {
    Exception::new(classes::ILLEGAL_ARGUMENT, message)
}

fn named<'a>(after: &'a str, regex: &JavaRegex) -> Result<(usize, &'a str), Exception> {
    let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
    let (name, tail) = after.split_at(end);
    if name.is_empty() {
        return Err(illegal("named capturing group has 0 length name"));
    }
    let Some(tail) = tail.strip_prefix('}') else {
        return Err(illegal("named capturing group is missing trailing '}'"));
    };
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(illegal(format!("capturing group name {{{name}}} starts with digit character")));
    }
    match regex.groups().iter().position(|known| known.as_deref() == Some(name)) {
        Some(group) => Ok((group, tail)),
        None => Err(illegal(format!("No group with name {{{name}}}"))),
    }
}

/// One digit, and more as long as such a group exists.
fn numbered(after: &str, groups: usize) -> Result<(usize, &str), Exception> {
    let digit =
        |at: usize| after.as_bytes().get(at).filter(|b| b.is_ascii_digit()).map(|b| usize::from(b - b'0'));
    if after.is_empty() {
        return Err(illegal("Illegal group reference: group index is missing"));
    }
    let Some(mut group) = digit(0) else {
        return Err(illegal("Illegal group reference"));
    };
    let mut len = 1;
    while let Some(next) = digit(len) {
        let longer = group * 10 + next;
        if longer >= groups {
            break;
        }
        group = longer;
        len += 1;
    }
    if group >= groups {
        return Err(Exception::new("java.lang.IndexOutOfBoundsException", format!("No group {group}")));
    }
    Ok((group, &after[len..]))
}

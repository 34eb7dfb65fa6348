//! JSON text to a tape, with the rules and limits of upstream's parser: comments and single quotes are not allowed, what
//! follows the first value is not looked at, the rest is up to the dialect.
//!
//! Open containers are kept in a list: depth costs no native stack. Errors are upstream's, to the word and the column.
//!
//! - `parser/strings.rs`: strings and names
//! - `parser/words.rs`: numbers and literals
//! - `parser/errors.rs`: what is wrong, and where

mod errors;
mod strings;
mod words;

use super::malformed::Odd;
use super::tape::{Node, Tape};
use crate::Exception;

/// What the bytes of a text were.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Source {
    /// UTF-8, as they are.
    #[default]
    Utf8,
    /// They are not all UTF-8: strings are looked at, see `malformed.rs`.
    Malformed,
    /// UTF-8 that was made of such bytes.
    Rewritten,
    /// UTF-16 or UTF-32, which upstream reads, and counts, by character.
    Wide,
}

/// Jackson's limits.
const DEPTH_MAX: usize = 1000;
const NUMBER_MAX: usize = 1000;
const STRING_MAX: usize = 20_000_000;
const NAME_MAX: usize = 50_000;

/// Parses the value that starts at byte `at`, see [`Tape::parse_inside`]. The tape is empty.
pub(super) fn parse(
    tape: &mut Tape,
    bytes: &[u8],
    at: usize,
    depth: usize,
) -> Result<(usize, usize), Exception> {
    Parser { bytes, at, depth, tape, odd: Vec::new() }.root().map(|end| (0, end))
}

/// Parses bytes that are not all UTF-8: where the value ends, and the strings that are not.
pub(super) fn parse_malformed(tape: &mut Tape, bytes: &[u8]) -> Result<(usize, Vec<Odd>), Exception> {
    let mut parser = Parser { bytes, at: 0, depth: 0, tape, odd: Vec::new() };
    let end = parser.root()?;
    Ok((end, parser.odd))
}

struct Parser<'t, 'a> {
    bytes: &'a [u8],
    at: usize,
    /// Of what is around this value.
    depth: usize,
    tape: &'t mut Tape,
    odd: Vec<Odd>,
}

/// How many bytes come before the first quote, backslash or control character.
#[inline]
#[must_use]
pub fn plain_prefix(bytes: &[u8]) -> usize {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for eight in eights {
        let plain = plain_bytes(u64::from_le_bytes(*eight));
        at += plain;
        if plain < 8 {
            return at;
        }
    }
    at + rest.iter().take_while(|byte| !matches!(byte, 0..0x20 | b'"' | b'\\')).count()
}

/// How many of eight bytes, from the lowest, come before the first quote, backslash or control character.
fn plain_bytes(eight: u64) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // The highest bit of each byte that is less than `than`; the lowest such byte is never wrong.
    let below = |bytes: u64, than: u64| bytes.wrapping_sub(ONES * than) & !bytes & HIGH;
    let quote = below(eight ^ (ONES * u64::from(b'"')), 1);
    let backslash = below(eight ^ (ONES * u64::from(b'\\')), 1);
    ((quote | backslash | below(eight, 0x20)).trailing_zeros() / 8) as usize
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

impl Parser<'_, '_> {
    /// The value here; the byte after it.
    fn root(&mut self) -> Result<usize, Exception> {
        let start = self.at;
        self.space()?;
        if start == 0 && self.peek().is_none() {
            self.tape.nodes.push(Node::Missing);
            return Ok(self.at);
        }
        self.document()?;
        if start == 0
            && matches!(self.tape.nodes.first(), Some(Node::Number { .. }))
            && self.peek().is_some_and(|byte| !is_space(byte))
        {
            return Err(self.unexpected("Expected space separating root-level values"));
        }
        Ok(self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) -> Result<(), Exception> {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
        match self.peek() {
            Some(0..0x20 | b'/') => Err(self.no_space()),
            _ => Ok(()),
        }
    }

    /// A value and all it contains.
    fn document(&mut self) -> Result<(), Exception> {
        loop {
            self.space()?;
            let opened = self.value()?;
            if opened && !self.first_child()? {
                continue;
            }
            if self.next_sibling()? {
                return Ok(());
            }
        }
    }

    /// One scalar, or the start of a container: whether it is one.
    fn value(&mut self) -> Result<bool, Exception> {
        match self.peek() {
            Some(b'"') => self.text().map(|()| false),
            Some(b'-') if self.bytes.get(self.at + 1) == Some(&b'I') => self.not_finite().map(|()| false),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| false),
            Some(open @ (b'{' | b'[')) => self.open(open).map(|()| true),
            Some(b'N' | b'I' | b'+') => self.not_finite().map(|()| false),
            Some(b't') => self.literal("true", Node::Bool(true)).map(|()| false),
            Some(b'f') => self.literal("false", Node::Bool(false)).map(|()| false),
            Some(b'n') => self.literal("null", Node::Null).map(|()| false),
            _ => Err(self.no_value()),
        }
    }

    fn open(&mut self, bracket: u8) -> Result<(), Exception> {
        let start = self.position();
        let node = match bracket {
            b'{' => Node::Object { after: 0, start, end: 0 },
            _ => Node::Array { after: 0, start, end: 0 },
        };
        let index = self.tape.nodes.len() as u32;
        self.tape.nodes.push(node);
        self.tape.open.push(index);
        self.at += 1;
        let depth = self.depth + self.tape.open.len();
        if depth > DEPTH_MAX {
            return Err(errors::limit(format!(
                "Document nesting depth ({depth}) exceeds the maximum allowed ({DEPTH_MAX}, from \
                 `StreamReadConstraints.getMaxNestingDepth()`)"
            )));
        }
        Ok(())
    }

    /// After an opening bracket: whether the container is empty (and closed); if not, a key has been read.
    fn first_child(&mut self) -> Result<bool, Exception> {
        self.space()?;
        let object = self.in_object();
        match self.peek() {
            Some(b'}') if object => {
                self.close();
                Ok(true)
            }
            Some(b']') if !object => {
                self.close();
                Ok(true)
            }
            Some(close @ (b']' | b'}')) => Err(self.other_bracket(close)),
            None => Err(self.unclosed()),
            _ if object => self.key().map(|()| false),
            _ => Ok(false),
        }
    }

    /// After a value: closes what ends here. `true` when the document is complete, `false` when a value follows.
    fn next_sibling(&mut self) -> Result<bool, Exception> {
        loop {
            if self.tape.open.is_empty() {
                return Ok(true);
            }
            self.space()?;
            let object = self.in_object();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space()?;
                    if self.peek().is_none() {
                        return Err(self.nothing_follows());
                    }
                    if object {
                        self.key()?;
                    }
                    return Ok(false);
                }
                Some(b'}') if object => self.close(),
                Some(b']') if !object => self.close(),
                Some(close @ (b']' | b'}')) => return Err(self.other_bracket(close)),
                Some(_) => {
                    let what = if object { "Object" } else { "Array" };
                    return Err(self.unexpected(&format!("was expecting comma to separate {what} entries")));
                }
                None => return Err(self.unclosed()),
            }
        }
    }

    fn in_object(&self) -> bool {
        let open = self.tape.open.last().and_then(|&index| self.tape.nodes.get(index as usize));
        matches!(open, Some(Node::Object { .. }))
    }

    fn close(&mut self) {
        self.at += 1;
        let (end_at, after_at) = (self.position(), self.tape.nodes.len() as u32);
        let index = self.tape.open.pop();
        if let Some(Node::Array { after, end, .. } | Node::Object { after, end, .. }) =
            index.and_then(|index| self.tape.nodes.get_mut(index as usize))
        {
            (*after, *end) = (after_at, end_at);
        }
    }

    fn key(&mut self) -> Result<(), Exception> {
        match self.peek() {
            Some(b'"') => self.name()?,
            _ => return Err(self.no_name()),
        }
        self.space()?;
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                self.space()?;
                if self.peek().is_none() {
                    return Err(self.ends("within/between Object entries"));
                }
                Ok(())
            }
            Some(_) => Err(self.unexpected("was expecting a colon to separate field name and value")),
            None => Err(self.ends("within/between Object entries")),
        }
    }

    fn position(&self) -> u32 {
        // A record's bytes are fewer than 4 GiB, see `Buf`.
        self.at as u32
    }
}

//! Walking over a parsed text.

use std::borrow::Cow;

use super::{Node, Tape};
use crate::Text;

/// A text with its tape; nodes are named by their index. An index without node reads as [`Node::Missing`].
#[derive(Clone, Copy, Debug)]
pub struct Doc<'a> {
    text: &'a Text,
    bytes: &'a [u8],
    nodes: &'a [Node],
}

impl<'a> Doc<'a> {
    /// The document that `tape` was parsed into from `text`.
    #[must_use]
    pub fn new(text: &'a Text, tape: &'a Tape) -> Self {
        Self { text, bytes: text.as_bytes(), nodes: tape.nodes() }
    }

    /// The node at `at`.
    #[inline]
    #[must_use]
    pub fn node(&self, at: usize) -> Node {
        self.nodes.get(at).copied().unwrap_or(Node::Missing)
    }

    /// The bytes of the whole text.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where a string node is, without its quotes: its first byte, and the byte after it.
    #[must_use]
    pub fn string_range(&self, at: usize) -> Option<(usize, usize)> {
        match self.node(at) {
            Node::String { start, end, .. } => Some((start as usize, end as usize)),
            _ => None,
        }
    }

    fn after(&self, at: usize) -> usize {
        match self.node(at) {
            Node::Array { after, .. } | Node::Object { after, .. } => after as usize,
            _ => at + 1,
        }
    }

    /// A part of the text. What the parser cut out is UTF-8, as the text is.
    fn piece(&self, start: u32, end: u32) -> &'a str {
        let bytes = self.bytes.get(start as usize..end as usize).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Elements of an array, or keys and values of an object; other nodes have none.
    #[must_use]
    pub fn children(&self, at: usize) -> Children {
        match self.node(at) {
            Node::Array { after, .. } => Children { next: at + 1, end: after as usize, keys: false },
            Node::Object { after, .. } => Children { next: at + 1, end: after as usize, keys: true },
            _ => Children { next: 0, end: 0, keys: false },
        }
    }

    /// The next step of a walk: the key, for objects, and the value.
    #[inline]
    pub fn next_child(&self, children: &mut Children) -> Option<(Option<usize>, usize)> {
        if children.next >= children.end {
            return None;
        }
        let key = children.keys.then_some(children.next);
        let value = if children.keys { children.next + 1 } else { children.next };
        children.next = self.after(value);
        Some((key, value))
    }

    /// All children: (key, value).
    #[must_use]
    pub fn list(&self, at: usize) -> Vec<(Option<usize>, usize)> {
        let mut children = self.children(at);
        std::iter::from_fn(|| self.next_child(&mut children)).collect()
    }

    /// The text of a string node.
    #[must_use]
    pub fn string(&self, at: usize) -> Option<Cow<'a, str>> {
        match self.node(at) {
            Node::String { start, end, escaped } => {
                let raw = self.piece(start, end);
                Some(if escaped {
                    Cow::Owned(unescaped(raw).as_str().to_owned())
                } else {
                    Cow::Borrowed(raw)
                })
            }
            _ => None,
        }
    }

    /// Whether a string node is `text`, written without escapes.
    #[inline]
    #[must_use]
    pub fn is_plainly(&self, at: usize, text: &[u8]) -> bool {
        matches!(self.node(at), Node::String { start, end, escaped: false }
            if self.bytes.get(start as usize..end as usize) == Some(text))
    }

    /// The text of a string node, sharing the document's buffer when nothing is escaped in it.
    #[must_use]
    pub fn shared_string(&self, at: usize) -> Option<Text> {
        match self.node(at) {
            Node::String { start, end, escaped } => Some(match escaped {
                true => unescaped(self.piece(start, end)),
                false => self.text.slice(start as usize..end as usize),
            }),
            _ => None,
        }
    }

    /// The member `name` of an object, the last one when there are several.
    #[must_use]
    pub fn member(&self, object: usize, name: &str) -> Option<usize> {
        let mut found = None;
        if let Node::Object { .. } = self.node(object) {
            let mut children = self.children(object);
            while let Some((key, value)) = self.next_child(&mut children) {
                if key.and_then(|key| self.string(key)).as_deref() == Some(name) {
                    found = Some(value);
                }
            }
        }
        found
    }

    /// The text of a number node, and whether it is an integer.
    #[must_use]
    pub fn number(&self, at: usize) -> Option<(&'a str, bool)> {
        match self.node(at) {
            Node::Number { start, end, integral } => Some((self.piece(start, end), integral)),
            _ => None,
        }
    }

    /// The bytes that a node was read from.
    #[must_use]
    pub fn raw(&self, at: usize) -> &'a [u8] {
        let range = match self.node(at) {
            Node::Array { start, end, .. }
            | Node::Object { start, end, .. }
            | Node::Number { start, end, .. } => start as usize..end as usize,
            Node::String { start, end, .. } => start as usize - 1..end as usize + 1,
            Node::Null => return b"null",
            Node::Bool(true) => return b"true",
            Node::Bool(false) => return b"false",
            Node::Missing => return b"",
            Node::NotFinite(value) if value.is_nan() => return b"NaN",
            Node::NotFinite(value) if value < 0.0 => return b"-Infinity",
            Node::NotFinite(_) => return b"Infinity",
        };
        &self.bytes[range]
    }

    /// Jackson's name of the node's kind.
    #[must_use]
    pub fn kind(&self, at: usize) -> &'static str {
        match self.node(at) {
            Node::Missing => "MISSING",
            Node::Null => "NULL",
            Node::Bool(_) => "BOOLEAN",
            Node::Number { .. } | Node::NotFinite(_) => "NUMBER",
            Node::String { .. } => "STRING",
            Node::Array { .. } => "ARRAY",
            Node::Object { .. } => "OBJECT",
        }
    }
}

/// A walk over a container.
#[derive(Clone, Debug)]
pub struct Children {
    next: usize,
    end: usize,
    keys: bool,
}

fn unescaped(raw: &str) -> Text {
    Text::from_wtf8(unescape(raw.as_bytes()))
}

/// `raw` without its escapes, which the parser has checked, as WTF-8: a surrogate may lack its partner.
pub(super) fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
        out.extend_from_slice(&rest[..at]);
        let escape = rest.get(at + 1).copied().unwrap_or(b'\\');
        rest = rest.get(at + 2..).unwrap_or_default();
        match escape {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let unit = hex(rest);
                rest = rest.get(4..).unwrap_or_default();
                let low = rest.strip_prefix(b"\\u").map(hex);
                let pair = low.and_then(|low| char::decode_utf16([unit, low]).next()).and_then(Result::ok);
                let mut push = |c: char| out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                match (char::from_u32(u32::from(unit)), pair) {
                    (Some(c), _) => push(c),
                    (None, Some(c)) => {
                        push(c);
                        rest = rest.get(6..).unwrap_or_default();
                    }
                    (None, None) => out.extend_from_slice(&Text::wtf8_unit(unit)),
                }
            }
            other => out.push(other),
        }
    }
    out.extend_from_slice(rest);
    out
}

/// The number of four hexadecimal digits.
fn hex(digits: &[u8]) -> u16 {
    let digits = digits.iter().take(4).filter_map(|&digit| char::from(digit).to_digit(16));
    digits.fold(0, |unit, digit| unit << 4 | digit as u16)
}

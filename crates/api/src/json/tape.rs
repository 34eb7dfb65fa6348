//! A flat list of the nodes of a JSON text.
//!
//! A container's children follow it on the tape; it knows the index after its last one, so skipping is one step.

use super::encoding;
use super::parser::{self, Source};
use crate::{Buf, Exception, Text};

/// One value on a [`Tape`]. Positions are bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// No value at all: an empty text.
    Missing,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number {
        /// Its first byte.
        start: u32,
        /// The byte after it.
        end: u32,
        /// Whether it has neither fraction nor exponent.
        integral: bool,
    },
    /// `NaN` or an infinity, where the dialect knows them.
    NotFinite(f64),
    /// A string, without the quotes.
    String {
        /// Its first byte.
        start: u32,
        /// The byte after it.
        end: u32,
        /// Whether there are escapes in it.
        escaped: bool,
    },
    /// An array.
    Array {
        /// The node after its last one.
        after: u32,
        /// Its first byte.
        start: u32,
        /// The byte after it.
        end: u32,
    },
    /// An object. Its children are keys ([`Node::String`]) and values in turn.
    Object {
        /// The node after its last one.
        after: u32,
        /// Its first byte.
        start: u32,
        /// The byte after it.
        end: u32,
    },
}

/// What a reader allows beyond JSON.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// Numbers like `007`.
    pub leading_zeros: bool,
    /// `NaN`, `Infinity`, `INF` with or without a sign.
    pub not_finite: bool,
}

impl Default for Dialect {
    /// That of JsonConverter.
    fn default() -> Self {
        Self { leading_zeros: true, not_finite: false }
    }
}

/// Nodes of one text, reused for the next.
#[derive(Debug, Default)]
pub struct Tape {
    pub(super) dialect: Dialect,
    pub(super) nodes: Vec<Node>,
    /// Containers that the parser is in.
    pub(super) open: Vec<u32>,
    /// What the text was, which errors tell.
    pub(super) source: Source,
    /// Bytes before the text: a byte order mark.
    pub(super) mark: usize,
}

/// A tape above this many nodes is given back after the record that needed it.
const KEPT_NODES: usize = 64 * 1024;

impl Tape {
    /// An empty tape whose texts are of `dialect`.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, ..Self::default() }
    }

    /// The nodes of the text parsed last.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The text of `bytes`, which is to be parsed next, in whichever encoding of JSON they are: UTF-8 shares them, UTF-16
    /// and UTF-32 (told apart by mark or zero bytes) are copied. Of bytes that are no UTF-8 upstream's parser reads some
    /// all the same; their text ends with the first value.
    pub fn text(&mut self, bytes: &Buf) -> Result<Text, Exception> {
        encoding::text(self, bytes)
    }

    /// Parses the value that starts at byte `at`; the index of its node and the byte after it. At the start of a text
    /// that holds nothing but white space it is [`Node::Missing`].
    pub fn parse(&mut self, text: &Text, at: usize) -> Result<(usize, usize), Exception> {
        self.parse_inside(text, at, 0)
    }

    /// The same for a value that is so deep inside a document.
    pub fn parse_inside(
        &mut self,
        text: &Text,
        at: usize,
        depth: usize,
    ) -> Result<(usize, usize), Exception> {
        self.nodes.clear();
        self.open.clear();
        parser::parse(self, text.as_bytes(), at, depth)
    }

    /// Frees what an unusual record needed.
    pub fn recycle(&mut self) {
        self.nodes.clear();
        self.nodes.shrink_to(KEPT_NODES);
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Node, Tape};
    use crate::Text;

    /// Results of Jackson as Apache Kafka 4.3.1 brings it.
    #[test]
    fn an_early_end_has_the_class_that_jackson_gives_it() {
        for (text, class) in [
            ("{", "JsonEOFException"),
            ("[1", "JsonEOFException"),
            ("[1,", "JsonParseException"),
            ("[1 ,\n", "JsonParseException"),
            ("{\"a\":1,", "JsonParseException"),
            ("{\"a\":", "JsonEOFException"),
            ("{\"a\"", "JsonEOFException"),
            ("{\"a,", "JsonEOFException"),
            ("\"a.", "JsonEOFException"),
            ("\"\\u1", "JsonEOFException"),
            ("1.", "JsonParseException"),
            ("1e", "JsonEOFException"),
            ("-", "JsonEOFException"),
            ("nul", "JsonParseException"),
        ] {
            let error = Tape::default().parse(&Text::from(text), 0).map(|_| ()).unwrap_err();
            let cause = error.cause().unwrap().class();
            assert!(cause.ends_with(class), "{text}: {cause}");
        }
    }

    #[test]
    fn what_a_dialect_allows() {
        let strict = Dialect { leading_zeros: false, not_finite: true };
        let mut lenient = Tape::default();
        let mut strict = Tape::new(strict);
        for (text, for_lenient, for_strict) in [
            ("0", true, true),
            ("-0", true, true),
            ("0.5", true, true),
            ("007", true, false),
            ("-01", true, false),
            ("NaN", false, true),
            ("-INF", false, true),
            ("[Infinity,+Infinity,-Infinity,+INF]", false, true),
            ("INF", false, false),
            ("NaNx", false, false),
            ("+1", false, false),
        ] {
            let text = Text::from(text);
            assert_eq!(lenient.parse(&text, 0).is_ok(), for_lenient, "{text:?}");
            assert_eq!(strict.parse(&text, 0).is_ok(), for_strict, "{text:?}");
        }
        strict.parse(&Text::from("-INF"), 0).unwrap();
        assert_eq!(strict.nodes(), [Node::NotFinite(f64::NEG_INFINITY)]);
    }
}

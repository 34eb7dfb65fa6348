//! Java's pattern syntax, with Java's errors.

use std::rc::Rc;

use super::ast::{Assertion, Extent, Fold, Kind, Lines, Look, Node, Repeat, UNBOUNDED};
use super::escape::Escape;
use super::property::TERMINATORS;
use super::set::Set;
use super::source::{Source, ascii, is};
use super::{RegexError, case};

/// Groups and classes within each other; Java exhausts its stack at some thousands.
const DEEPEST: usize = 200;

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: Node,
    /// Capturing groups with the whole match, which is number 0.
    pub(super) groups: usize,
    pub(super) names: Vec<(String, usize)>,
    /// Whether there is a back reference.
    pub(super) refers: bool,
}

pub(super) struct Parser<'p> {
    pub(super) source: Source<'p>,
    pub(super) groups: usize,
    pub(super) names: Vec<(String, usize)>,
    pub(super) refers: bool,
    depth: usize,
}

pub(super) fn parse(pattern: &str) -> Result<Parsed, RegexError> {
    let source = Source::new(pattern);
    let mut parser = Parser { source, groups: 1, names: Vec::new(), refers: false, depth: 0 };
    let root = parser.alternatives()?;
    let Parser { mut source, groups, names, refers, .. } = parser;
    if source.cursor != source.len {
        let (cursor, len) = (source.cursor, source.len);
        return Err(if is(source.peek(), ')') {
            source.error("Unmatched closing ')'")
        } else if cursor == len + 1 && is(source.at(len.saturating_sub(1)), '\\') {
            source.error("Unescaped trailing backslash")
        } else {
            source.error("Unexpected internal error")
        });
    }
    Ok(Parsed { root, groups, names, refers })
}

impl Parser<'_> {
    pub(super) fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, RegexError>,
    ) -> Result<T, RegexError> {
        if self.depth == DEEPEST {
            return Err(self.source.unsupported(&format!("nesting deeper than {DEEPEST}")));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn alternatives(&mut self) -> Result<Node, RegexError> {
        let first = self.sequence()?;
        if !is(self.source.peek(), '|') {
            return Ok(first);
        }
        let mut all = vec![first];
        while is(self.source.peek(), '|') {
            self.source.next();
            all.push(self.sequence()?);
        }
        Ok(Node::Alt(all))
    }

    fn sequence(&mut self) -> Result<Node, RegexError> {
        let mut nodes = Vec::new();
        loop {
            let c = self.source.peek();
            let node = match ascii(c) {
                b'(' => {
                    nodes.extend(self.deeper(Self::group)?);
                    continue;
                }
                b'[' => Node::Set(Rc::new(self.deeper(|it| it.class(true))?)),
                b'^' => {
                    self.source.next();
                    let unix = self.source.flags.unix_lines;
                    let multi = self.source.flags.multi_line;
                    Node::Assert(if multi { Assertion::Caret { unix } } else { Assertion::Begin })
                }
                b'$' => {
                    self.source.next();
                    self.dollar(self.source.flags.multi_line)
                }
                b'.' => {
                    self.source.next();
                    Node::Set(Rc::new(self.dot()))
                }
                b'|' | b')' => break,
                quantifier @ (b'?' | b'*' | b'+') => {
                    self.source.next();
                    let text = format!("Dangling meta character '{}'", char::from(quantifier));
                    return Err(self.source.error(&text));
                }
                0 if c == 0 && self.source.cursor >= self.source.len => break,
                _ => {
                    self.literals(&mut nodes)?;
                    continue;
                }
            };
            nodes.push(self.quantified(node)?);
        }
        Ok(Node::Seq(nodes))
    }

    pub(super) fn dollar(&self, multi: bool) -> Node {
        Node::Assert(Assertion::Dollar(Lines { multi, unix: self.source.flags.unix_lines }))
    }

    fn dot(&self) -> Set {
        match (self.source.flags.dot_all, self.source.flags.unix_lines) {
            (true, _) => Set::all(),
            (false, true) => Set::one(0x0A).negate(),
            (false, false) => Set::of(TERMINATORS.iter().copied()).negate(),
        }
    }

    /// Characters up to something else. A quantifier belongs to the last of them, which is then left for the next call.
    fn literals(&mut self, nodes: &mut Vec<Node>) -> Result<(), RegexError> {
        let mut chars = Vec::new();
        let mut before = self.source.cursor;
        let mut c = self.source.peek();
        loop {
            match ascii(c) {
                b'*' | b'+' | b'?' | b'{' => {
                    if chars.len() > 1 {
                        self.source.cursor = before;
                        chars.pop();
                    }
                    break;
                }
                b'$' | b'.' | b'^' | b'(' | b'[' | b'|' | b')' => break,
                b'\\' => {
                    let letter = self.source.next_escaped();
                    self.source.back();
                    if matches!(ascii(letter), b'p' | b'P') && !chars.is_empty() {
                        break;
                    }
                    before = self.source.cursor;
                    match self.escape(false, false)? {
                        Escape::Char(literal) => chars.push(literal),
                        Escape::Node(node) if chars.is_empty() => {
                            nodes.push(self.quantified(node)?);
                            return Ok(());
                        }
                        Escape::Set(set) if chars.is_empty() => {
                            nodes.push(self.quantified(Node::Set(Rc::new(set)))?);
                            return Ok(());
                        }
                        _ => {
                            self.source.cursor = before;
                            break;
                        }
                    }
                    c = self.source.peek();
                    continue;
                }
                0 if c == 0 && self.source.cursor >= self.source.len => break,
                _ => {}
            }
            before = self.source.cursor;
            chars.push(c);
            c = self.source.next();
        }
        match chars.as_slice() {
            [c] => {
                let node = Node::Set(Rc::new(self.single(*c)));
                nodes.push(self.quantified(node)?);
            }
            // What is quantified here is nothing.
            [] => nodes.push(self.quantified(Node::Seq(Vec::new()))?),
            _ => {
                nodes.extend(chars.iter().map(|c| Node::Set(Rc::new(self.one_of_many(*c)))));
            }
        }
        Ok(())
    }

    /// A character that stands alone: one that is neither upper nor lower case is only itself, even if another one is
    /// folded to it (`ß`).
    pub(super) fn single(&self, c: u32) -> Set {
        if case::upper(c) == case::folded(c) { Set::one(c) } else { self.one_of_many(c) }
    }

    /// A character of a text of several.
    fn one_of_many(&self, c: u32) -> Set {
        let flags = self.source.flags;
        match (flags.any_case, flags.unicode_case) {
            (true, true) => case::folded_to(case::folded(c)),
            (true, false) => case::ascii_range(c, c),
            (false, _) => Set::one(c),
        }
    }

    fn group(&mut self) -> Result<Option<Node>, RegexError> {
        let outer = self.source.flags;
        let node = if is(self.source.next(), '?') {
            match self.special_group()? {
                Some(node) => node,
                None => return Ok(None),
            }
        } else {
            self.capture()?
        };
        self.source.expect(')', "Unclosed group")?;
        self.source.flags = outer;
        self.quantified(node).map(Some)
    }

    fn capture(&mut self) -> Result<Node, RegexError> {
        let number = self.groups;
        self.groups += 1;
        Ok(Node::Group(Some(number), Box::new(self.alternatives()?)))
    }

    /// A group with `(?`; `None` for flags that go on in the group around.
    fn special_group(&mut self) -> Result<Option<Node>, RegexError> {
        let c = self.source.skip();
        Ok(Some(match ascii(c) {
            b':' => Node::Group(None, Box::new(self.alternatives()?)),
            b'=' | b'!' => {
                let body = self.alternatives()?;
                Node::Look(Box::new(Look { body, negated: is(c, '!'), behind: None }))
            }
            b'>' => Node::Atomic(Box::new(self.alternatives()?)),
            b'<' => {
                let c = self.source.read();
                if !is(c, '=') && !is(c, '!') {
                    return self.named_group(c).map(Some);
                }
                let body = self.alternatives()?;
                let extent = Extent::of(&body);
                if !extent.bounded {
                    return Err(self
                        .source
                        .error("Look-behind group does not have an obvious maximum length"));
                }
                Node::Look(Box::new(Look {
                    body,
                    negated: is(c, '!'),
                    behind: Some((extent.min, extent.max)),
                }))
            }
            b'$' | b'@' => return Err(self.source.error("Unknown group type")),
            _ => {
                self.source.back();
                self.set_flags()?;
                let c = self.source.read();
                if is(c, ')') {
                    return Ok(None);
                }
                if !is(c, ':') {
                    return Err(self.source.error("Unknown inline modifier"));
                }
                Node::Group(None, Box::new(self.alternatives()?))
            }
        }))
    }

    fn named_group(&mut self, first: u32) -> Result<Node, RegexError> {
        let name = self.group_name(first)?;
        if self.names.iter().any(|(known, _)| *known == name) {
            return Err(self.source.error(&format!("Named capturing group <{name}> is already defined")));
        }
        self.names.push((name, self.groups));
        self.capture()
    }

    pub(super) fn group_name(&mut self, first: u32) -> Result<String, RegexError> {
        if !ascii(first).is_ascii_alphabetic() {
            return Err(self.source.error("capturing group name does not start with a Latin letter"));
        }
        let mut name = String::new();
        let mut c = first;
        while ascii(c).is_ascii_alphanumeric() {
            name.push(char::from(ascii(c)));
            c = self.source.read();
        }
        match is(c, '>') {
            true => Ok(name),
            false => Err(self.source.error("named capturing group is missing trailing '>'")),
        }
    }

    fn set_flags(&mut self) -> Result<(), RegexError> {
        let mut c = self.source.peek();
        let mut on = true;
        loop {
            let flags = &mut self.source.flags;
            match ascii(c) {
                b'i' => flags.any_case = on,
                b'm' => flags.multi_line = on,
                b's' => flags.dot_all = on,
                b'd' => flags.unix_lines = on,
                b'u' => flags.unicode_case = on,
                b'x' => flags.comments = on,
                b'U' => (flags.unicode_classes, flags.unicode_case) = (on, on),
                b'c' if on => return Err(self.source.unsupported("canonical equivalence, (?c),")),
                b'c' => {}
                b'-' if on => on = false,
                _ => return Ok(()),
            }
            c = self.source.next();
        }
    }

    /// `node` with the quantifier behind it, if there is one.
    fn quantified(&mut self, node: Node) -> Result<Node, RegexError> {
        let c = self.source.peek();
        let (min, max) = match ascii(c) {
            b'?' => (0, 1),
            b'*' => (0, UNBOUNDED),
            b'+' => (1, UNBOUNDED),
            b'{' => self.counts()?,
            _ => return Ok(node),
        };
        let kind = match ascii(self.source.next()) {
            b'?' => Kind::Lazy,
            b'+' => Kind::Possessive,
            _ => Kind::Greedy,
        };
        if kind != Kind::Greedy {
            self.source.next();
        }
        Ok(Node::Repeat(Box::new(Repeat { body: node, min, max, kind })))
    }

    /// `{…}`; the cursor is then at its end.
    fn counts(&mut self) -> Result<(i32, i32), RegexError> {
        let mut c = self.source.skip();
        if !ascii(c).is_ascii_digit() {
            return Err(self.source.error("Illegal repetition"));
        }
        let min = self.count(&mut c)?;
        let mut max = min;
        if is(c, ',') {
            c = self.source.read();
            max = if is(c, '}') { UNBOUNDED } else { self.count(&mut c)? };
        }
        if !is(c, '}') {
            return Err(self.source.error("Unclosed counted closure"));
        }
        if max < min {
            return Err(self.source.error("Illegal repetition range"));
        }
        self.source.back();
        Ok((min, max))
    }

    fn count(&mut self, c: &mut u32) -> Result<i32, RegexError> {
        let mut count = 0_i32;
        while ascii(*c).is_ascii_digit() {
            let digit = i32::from(ascii(*c) - b'0');
            let more = count.checked_mul(10).and_then(|count| count.checked_add(digit));
            count = more.ok_or_else(|| self.source.error("Illegal repetition range"))?;
            *c = self.source.read();
        }
        Ok(count)
    }

    /// A back reference: as many digits as there are groups for.
    pub(super) fn reference(&mut self, first: u32) -> Node {
        let mut number = usize::from(ascii(first).saturating_sub(b'0'));
        loop {
            let c = ascii(self.source.peek());
            let longer = number * 10 + usize::from(c.wrapping_sub(b'0'));
            if !c.is_ascii_digit() || longer >= self.groups {
                break;
            }
            number = longer;
            self.source.read();
        }
        self.back_ref(number)
    }

    pub(super) fn back_ref(&mut self, number: usize) -> Node {
        self.refers = true;
        let flags = self.source.flags;
        Node::BackRef(
            number,
            match (flags.any_case, flags.unicode_case) {
                (false, _) => Fold::None,
                (true, false) => Fold::Ascii,
                (true, true) => Fold::Unicode,
            },
        )
    }
}

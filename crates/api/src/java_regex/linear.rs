//! Patterns without memory, as `regex` writes them: it finds the same in linear time.
//!
//! Left to the machine is whatever has another meaning there, or none: look-around, back references, possessive and
//! atomic groups, lines, `\G`; and repetitions of what may be empty, whose captures differ.

use std::fmt::Write as _;

use super::ast::{Assertion, Extent, Kind, Node, Repeat, UNBOUNDED};
use super::set::Set;

/// A pattern for the linear engine, and for which texts it is the same.
#[derive(Debug, Default)]
pub(super) struct Linear {
    pub(super) text: String,
    /// Only for texts without line terminators.
    pub(super) one_line: bool,
    /// Only for texts of ASCII characters.
    pub(super) ascii: bool,
}

/// `None` for what is left to the machine.
pub(super) fn linear(root: &Node) -> Option<Linear> {
    let mut linear = Linear::default();
    linear.node(root)?;
    Some(linear)
}

impl Linear {
    fn node(&mut self, node: &Node) -> Option<()> {
        match node {
            Node::Set(set) => self.set(set)?,
            Node::Assert(assertion) => self.assert(*assertion)?,
            Node::LineBreak => {
                self.one_line = true;
                self.text.push_str(r"[\x0B\x0C]");
            }
            Node::Seq(nodes) => nodes.iter().try_for_each(|node| self.node(node))?,
            Node::Alt(nodes) => {
                self.text.push_str("(?:");
                for (at, node) in nodes.iter().enumerate() {
                    if at > 0 {
                        self.text.push('|');
                    }
                    self.node(node)?;
                }
                self.text.push(')');
            }
            Node::Group(number, body) => {
                self.text.push_str(if number.is_some() { "(" } else { "(?:" });
                self.node(body)?;
                self.text.push(')');
            }
            Node::Repeat(repeat) => self.repeat(repeat)?,
            Node::BackRef(..) | Node::Look(_) | Node::Atomic(_) => return None,
        }
        Some(())
    }

    fn assert(&mut self, assertion: Assertion) -> Option<()> {
        self.text.push_str(match assertion {
            Assertion::Begin => r"\A",
            Assertion::End => r"\z",
            Assertion::Dollar(lines) if !lines.multi => {
                self.one_line = true;
                r"\z"
            }
            Assertion::Bound { negated, .. } => {
                self.ascii = true;
                if negated { r"\B" } else { r"\b" }
            }
            Assertion::Dollar(_) | Assertion::Caret { .. } | Assertion::LastMatch => return None,
        });
        Some(())
    }

    fn set(&mut self, set: &Set) -> Option<()> {
        let before = self.text.len();
        self.text.push('[');
        for (first, last) in set.ranges() {
            // Halves of surrogate pairs are in no text.
            for (first, last) in [(*first, (*last).min(0xD7FF)), ((*first).max(0xE000), *last)] {
                if first <= last {
                    let _ = write!(self.text, r"\x{{{first:X}}}-\x{{{last:X}}}");
                }
            }
        }
        self.text.push(']');
        (self.text.len() > before + 2).then_some(())
    }

    fn repeat(&mut self, repeat: &Repeat) -> Option<()> {
        let Repeat { body, min, max, kind } = repeat;
        let may_be = match body {
            Node::Set(_) => true,
            Node::Group(_, inner) => {
                let extent = Extent::of(inner);
                // Giving back a whole repetition leaves in Java what groups in it have captured.
                consumes(inner) && (!extent.deterministic || min == max || !captures(inner))
            }
            _ => false,
        };
        if !may_be || *kind == Kind::Possessive {
            return None;
        }
        self.node(body)?;
        let _ = match (*min, *max) {
            (0, UNBOUNDED) => write!(self.text, "*"),
            (1, UNBOUNDED) => write!(self.text, "+"),
            (0, 1) => write!(self.text, "?"),
            (min, UNBOUNDED) => write!(self.text, "{{{min},}}"),
            (min, max) => write!(self.text, "{{{min},{max}}}"),
        };
        if *kind == Kind::Lazy {
            self.text.push('?');
        }
        Some(())
    }
}

/// Whether a node matches at least one character.
fn consumes(node: &Node) -> bool {
    match node {
        Node::Set(_) | Node::LineBreak => true,
        Node::Assert(_) | Node::Look(_) | Node::BackRef(..) => false,
        Node::Seq(nodes) => nodes.iter().any(consumes),
        Node::Alt(nodes) => nodes.iter().all(consumes),
        Node::Group(_, body) | Node::Atomic(body) => consumes(body),
        Node::Repeat(repeat) => repeat.min > 0 && consumes(&repeat.body),
    }
}

fn captures(node: &Node) -> bool {
    match node {
        Node::Group(Some(_), _) => true,
        Node::Group(None, body) | Node::Atomic(body) => captures(body),
        Node::Seq(nodes) | Node::Alt(nodes) => nodes.iter().any(captures),
        Node::Look(look) => captures(&look.body),
        Node::Repeat(repeat) => captures(&repeat.body),
        Node::Set(_) | Node::Assert(_) | Node::LineBreak | Node::BackRef(..) => false,
    }
}

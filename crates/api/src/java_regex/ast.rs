//! A pattern as a tree, flags resolved: what matches a character is a set.

use std::rc::Rc;

use super::set::Set;

#[derive(Clone, Debug)]
pub(super) enum Node {
    /// One character.
    Set(Rc<Set>),
    Assert(Assertion),
    /// `\R`.
    LineBreak,
    BackRef(usize, Fold),
    Seq(Vec<Node>),
    Alt(Vec<Node>),
    /// Its number when it captures.
    Group(Option<usize>, Box<Node>),
    Look(Box<Look>),
    /// `(?>…)`.
    Atomic(Box<Node>),
    Repeat(Box<Repeat>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assertion {
    /// `^` and `\A`.
    Begin,
    /// `\z`.
    End,
    /// `$` and `\Z`.
    Dollar(Lines),
    /// `^` at the beginning of each line.
    Caret { unix: bool },
    /// `\b`, and `\B` when negated.
    Bound { unicode: bool, negated: bool },
    /// `\G`.
    LastMatch,
}

/// Where lines end for `$`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) multi: bool,
    /// Only at line feeds.
    pub(super) unix: bool,
}

/// Which letters are the same in a back reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    None,
    Ascii,
    Unicode,
}

#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) body: Node,
    pub(super) negated: bool,
    /// Least and most characters, when it looks behind.
    pub(super) behind: Option<(i32, i32)>,
}

#[derive(Clone, Debug)]
pub(super) struct Repeat {
    pub(super) body: Node,
    pub(super) min: i32,
    pub(super) max: i32,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Greedy,
    Lazy,
    Possessive,
}

/// Most repetitions, which Java takes for no bound.
pub(super) const UNBOUNDED: i32 = i32::MAX;

/// How long what a node matches may be, and whether there is only one way to match it; in Java's arithmetic, which
/// decides what may stand in a look-behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) min: i32,
    pub(super) max: i32,
    /// Whether `max` means something.
    pub(super) bounded: bool,
    pub(super) deterministic: bool,
}

impl Extent {
    const NOTHING: Self = Self { min: 0, max: 0, bounded: true, deterministic: true };

    pub(super) fn of(node: &Node) -> Self {
        let mut study = Study { before: Self::NOTHING, now: Self::NOTHING };
        study.node(node);
        study.sum()
    }
}

/// A sequence being measured. Behind alternatives Java begins again from nothing and adds what was before at the end;
/// where numbers overflow, that is another result.
struct Study {
    before: Extent,
    now: Extent,
}

impl Study {
    fn node(&mut self, node: &Node) {
        match node {
            Node::Set(_) => self.longer(1, 1),
            Node::LineBreak => self.longer(1, 2),
            Node::Assert(_) | Node::Look(_) => {}
            Node::BackRef(..) => self.now.bounded = false,
            Node::Seq(nodes) => nodes.iter().for_each(|node| self.node(node)),
            Node::Group(_, body) => self.node(body),
            Node::Atomic(body) => self.apart(body),
            Node::Alt(nodes) => self.alternatives(nodes.iter().map(Extent::of)),
            Node::Repeat(repeat) => self.repeat(repeat),
        }
    }

    /// What is tried for itself: the alternatives in it end with it.
    fn apart(&mut self, body: &Node) {
        let mut study = Self { before: Extent::NOTHING, now: self.now };
        study.node(body);
        self.now = study.sum();
    }

    fn sum(self) -> Extent {
        let Self { before, now } = self;
        Extent {
            min: before.min.wrapping_add(now.min),
            max: before.max.wrapping_add(now.max),
            bounded: before.bounded && now.bounded,
            deterministic: before.deterministic && now.deterministic,
        }
    }

    fn longer(&mut self, min: i32, max: i32) {
        (self.now.min, self.now.max) = (self.now.min.wrapping_add(min), self.now.max.wrapping_add(max));
    }

    fn alternatives(&mut self, all: impl Iterator<Item = Extent>) {
        let (mut min, mut max) = (i32::MAX, -1);
        for one in all {
            (min, max) = (min.min(one.min), max.max(one.max));
            self.now.bounded &= one.bounded;
        }
        self.longer(min, max);
        let Self { before, now } = self;
        (before.min, before.max) = (before.min.wrapping_add(now.min), before.max.wrapping_add(now.max));
        before.bounded &= now.bounded;
        before.deterministic = false;
        *now = Extent::NOTHING;
    }

    fn repeat(&mut self, repeat: &Repeat) {
        let Repeat { body, min, max, kind } = repeat;
        let is_group = matches!(body, Node::Group(..)) && *kind != Kind::Possessive;
        if (*min, *max) == (0, 1) {
            if is_group {
                self.alternatives([Extent::of(body), Extent::NOTHING].into_iter());
            } else {
                let least = self.now.min;
                self.apart(body);
                (self.now.min, self.now.deterministic) = (least, false);
            }
            return;
        }
        let now = &mut self.now;
        if matches!(body, Node::Set(_)) && *max == UNBOUNDED && *kind == Kind::Greedy {
            now.min = now.min.wrapping_add(*min);
            if now.bounded {
                now.max = now.max.wrapping_add(UNBOUNDED);
            }
            now.deterministic = false;
            return;
        }
        let one = Extent::of(body);
        if is_group && !one.deterministic {
            (now.bounded, now.deterministic) = (false, false);
            return;
        }
        let least = one.min.wrapping_mul(*min).wrapping_add(now.min);
        now.min = if least < now.min { 0xFFF_FFFF } else { least };
        let most = one.max.wrapping_mul(*max).wrapping_add(now.max);
        now.bounded &= one.bounded && most >= now.max;
        now.max = most;
        now.deterministic &= one.deterministic && min == max;
    }
}

//! A pattern as instructions for the [machine](super::machine).
//!
//! How Java repeats depends on what is repeated: one character is counted; a group that can match in one way only is
//! tried as a whole each time, and giving back is done by whole repetitions; any other group is a loop into whose
//! repetitions backtracking goes. What groups have captured afterwards differs between them, so they are told apart here.

use super::ast::{Assertion, Extent, Fold, Kind, Node, Repeat, UNBOUNDED};
use super::parse::Parsed;
use super::set::Set;

/// An instruction; what comes next is behind it unless it says otherwise.
#[derive(Clone, Debug)]
pub(super) enum Inst {
    /// One character of the set with this number.
    Set(usize),
    Assert(Assertion),
    LineBreak,
    BackRef(usize, Fold),
    Jump(usize),
    /// Tries the first, then the second.
    Split(usize, usize),
    /// A group begins; the number is that of a local.
    Open(usize),
    /// A group ends: its local, and its number when it captures.
    Close(usize, Option<usize>),
    /// Tries what starts here for itself; what comes next is at `next`.
    Look {
        body: usize,
        negated: bool,
        behind: Option<(i32, i32)>,
        next: usize,
    },
    Once {
        body: usize,
        next: usize,
    },
    /// Repeats one character.
    Run {
        set: usize,
        min: i32,
        max: i32,
        kind: Kind,
    },
    /// Repeats what is tried for itself each time; `slot` is the group that it is.
    Many {
        body: usize,
        slot: Option<usize>,
        min: i32,
        max: i32,
        kind: Kind,
        next: usize,
    },
    /// At most once, tried for itself.
    Maybe {
        body: usize,
        kind: Kind,
        next: usize,
    },
    /// Enters the loop with this number.
    Enter(usize),
    /// A repetition of the loop has ended.
    Again(usize),
    /// The end of what is tried for itself.
    Accept,
    /// The same of what must end where a look-behind stands.
    AcceptBehind,
    /// The end of the pattern.
    Match,
}

/// A loop: a group that can match in several ways.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub(super) min: i32,
    pub(super) max: i32,
    pub(super) lazy: bool,
    /// Locals: how often it was repeated, and where the repetition began.
    pub(super) count: usize,
    pub(super) begin: usize,
    pub(super) body: usize,
    pub(super) next: usize,
    /// Whether a place where repeating failed fails for ever.
    pub(super) remembers: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) insts: Vec<Inst>,
    pub(super) sets: Vec<Set>,
    pub(super) loops: Vec<Loop>,
    /// Groups with the whole match.
    pub(super) groups: usize,
    pub(super) locals: usize,
}

pub(super) fn compile(parsed: &Parsed) -> Program {
    let program =
        Program { insts: Vec::new(), sets: Vec::new(), loops: Vec::new(), groups: parsed.groups, locals: 0 };
    let mut compiler = Compiler { program, remembers: !parsed.refers };
    compiler.node(&parsed.root);
    compiler.push(Inst::Match);
    compiler.program
}

struct Compiler {
    program: Program,
    /// Whether loops here may remember where they failed: their surroundings are always the same.
    remembers: bool,
}

impl Compiler {
    fn push(&mut self, inst: Inst) -> usize {
        self.program.insts.push(inst);
        self.here() - 1
    }

    fn here(&self) -> usize {
        self.program.insts.len()
    }

    fn set_inst(&mut self, at: usize, inst: Inst) {
        if let Some(place) = self.program.insts.get_mut(at) {
            *place = inst;
        }
    }

    fn set(&mut self, set: &Set) -> usize {
        self.program.sets.push(set.clone());
        self.program.sets.len() - 1
    }

    fn local(&mut self) -> usize {
        self.program.locals += 1;
        self.program.locals - 1
    }

    /// `compile` where loops must not remember.
    fn forgetful<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::take(&mut self.remembers);
        let compiled = compile(self);
        self.remembers = before;
        compiled
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Set(set) => {
                let set = self.set(set);
                self.push(Inst::Set(set));
            }
            Node::Assert(assertion) => drop(self.push(Inst::Assert(*assertion))),
            Node::LineBreak => drop(self.push(Inst::LineBreak)),
            Node::BackRef(group, fold) => drop(self.push(Inst::BackRef(*group, *fold))),
            Node::Seq(nodes) => nodes.iter().for_each(|node| self.node(node)),
            Node::Alt(nodes) => self.alternatives(nodes),
            Node::Group(number, body) => {
                self.group(*number, body);
            }
            Node::Look(look) => {
                let at = self.push(Inst::Accept);
                let body = self.here();
                let end = match look.behind {
                    Some(_) => {
                        self.forgetful(|it| it.node(&look.body));
                        Inst::AcceptBehind
                    }
                    None => {
                        self.node(&look.body);
                        Inst::Accept
                    }
                };
                let next = self.push(end) + 1;
                self.set_inst(at, Inst::Look { body, negated: look.negated, behind: look.behind, next });
            }
            Node::Atomic(body) => {
                let at = self.push(Inst::Accept);
                let body = self.for_itself(body);
                self.set_inst(at, Inst::Once { body, next: self.here() });
            }
            Node::Repeat(repeat) => self.repeat(repeat),
        }
    }

    /// Compiles what is tried for itself; where it starts.
    fn for_itself(&mut self, node: &Node) -> usize {
        let body = self.here();
        self.node(node);
        self.push(Inst::Accept);
        body
    }

    fn alternatives(&mut self, nodes: &[Node]) {
        let mut ends = Vec::with_capacity(nodes.len());
        let Some((last, others)) = nodes.split_last() else { return };
        for node in others {
            let split = self.push(Inst::Accept);
            self.node(node);
            ends.push(self.push(Inst::Accept));
            self.set_inst(split, Inst::Split(split + 1, self.here()));
        }
        self.node(last);
        let next = self.here();
        ends.into_iter().for_each(|end| self.set_inst(end, Inst::Jump(next)));
    }

    /// Compiles a group; the local of its beginning.
    fn group(&mut self, number: Option<usize>, body: &Node) -> usize {
        let local = self.local();
        self.push(Inst::Open(local));
        self.node(body);
        self.push(Inst::Close(local, number));
        local
    }

    fn repeat(&mut self, repeat: &Repeat) {
        let Repeat { body, min, max, kind } = repeat;
        match body {
            Node::Set(set) => {
                let set = self.set(set);
                self.push(Inst::Run { set, min: *min, max: *max, kind: *kind });
            }
            Node::Group(number, inner) if *kind != Kind::Possessive => {
                self.forgetful(|it| it.repeat_group(repeat, *number, inner));
                // Only the loop itself may remember, not those in it.
                if let Some(Inst::Again(at)) = self.program.insts.last()
                    && let Some(entry) = self.program.loops.get_mut(*at)
                {
                    entry.remembers = self.remembers && *kind == Kind::Greedy && *max == UNBOUNDED;
                }
            }
            _ if (*min, *max) == (0, 1) => {
                let at = self.push(Inst::Accept);
                let body = self.forgetful(|it| it.for_itself(body));
                self.set_inst(at, Inst::Maybe { body, kind: *kind, next: self.here() });
            }
            _ => {
                let at = self.push(Inst::Accept);
                let body = self.forgetful(|it| it.for_itself(body));
                let next = self.here();
                self.set_inst(at, Inst::Many { body, slot: None, min: *min, max: *max, kind: *kind, next });
            }
        }
    }

    fn repeat_group(&mut self, repeat: &Repeat, number: Option<usize>, inner: &Node) {
        let Repeat { min, max, kind, .. } = repeat;
        if (*min, *max) == (0, 1) {
            let split = self.push(Inst::Accept);
            self.group(number, inner);
            let (some, none) = (split + 1, self.here());
            let greedy = *kind == Kind::Greedy;
            self.set_inst(split, if greedy { Inst::Split(some, none) } else { Inst::Split(none, some) });
            return;
        }
        if Extent::of(inner).deterministic {
            let at = self.push(Inst::Accept);
            let body = self.for_itself(inner);
            let next = self.here();
            self.set_inst(at, Inst::Many { body, slot: number, min: *min, max: *max, kind: *kind, next });
            return;
        }
        let (count, at) = (self.local(), self.program.loops.len());
        let (min, max, lazy) = (*min, *max, *kind == Kind::Lazy);
        self.program.loops.push(Loop { min, max, lazy, count, begin: 0, body: 0, next: 0, remembers: false });
        self.push(Inst::Enter(at));
        let body = self.here();
        let begin = self.group(number, inner);
        self.push(Inst::Again(at));
        let next = self.here();
        if let Some(entry) = self.program.loops.get_mut(at) {
            (entry.begin, entry.body, entry.next) = (begin, body, next);
        }
    }
}

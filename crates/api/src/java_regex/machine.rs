//! A machine that matches as Java's does, step by step, with the same places to go back to.
//!
//! Its stack is its own, so that no text exhausts the thread's; only what is tried for itself (look-around, atomic and
//! possessive groups, repetitions of groups that match in one way) calls it again, as deep as the pattern is nested.
//! What such a part has captured is kept once it has matched, also when what follows it fails: so it is in Java.
//!
//! Steps are counted, and a search that takes too many is given up.

use std::collections::HashSet;

use super::ast::{Assertion, Fold, Kind, UNBOUNDED};
use super::boundary::{holds, marks_before};
use super::case;
use super::program::{Inst, Program};

/// The search was given up.
#[derive(Debug)]
pub(super) struct TooManySteps;

/// Steps that a search may take besides those that each byte of the text allows.
const STEPS: usize = 1_000_000;
const STEPS_A_BYTE: usize = 64;
/// Most places to go back to, which are some 50 MiB.
const PLACES: usize = 1_000_000;
/// In a slot: nothing.
const NONE: usize = usize::MAX;

/// Where to go on when what was tried fails.
enum Place {
    Goto {
        pc: usize,
        pos: usize,
    },
    /// Puts an old value back, and goes on failing.
    Slot {
        slot: usize,
        value: usize,
    },
    /// Goes on with a group as it was after fewer repetitions.
    Fewer {
        pc: usize,
        pos: usize,
        slot: Option<usize>,
        group: (usize, usize),
    },
    /// Gives back one character of those behind `least`.
    Shorter {
        pc: usize,
        pos: usize,
        least: usize,
    },
    /// Takes one more character, or tries one repetition more.
    Longer {
        pc: usize,
        pos: usize,
        count: i32,
    },
    /// A repetition failed: goes on behind the loop.
    Leave {
        at: usize,
        pos: usize,
        count: usize,
        remembers: bool,
    },
}

pub(super) struct Machine<'a> {
    program: &'a Program,
    text: &'a str,
    /// Whether the match must end with the text.
    whole: bool,
    /// Where the last match ended.
    last: usize,
    /// Where a look-behind must end.
    behind: usize,
    /// Start and end of each group, then the locals.
    slots: Vec<usize>,
    stack: Vec<Place>,
    failed: HashSet<(usize, usize)>,
    steps: usize,
}

type Outcome = Result<Option<usize>, TooManySteps>;

impl<'a> Machine<'a> {
    pub(super) fn new(program: &'a Program, text: &'a str, whole: bool, last: usize) -> Self {
        Self {
            program,
            text,
            whole,
            last,
            behind: NONE,
            slots: vec![NONE; program.groups * 2 + program.locals],
            stack: Vec::new(),
            failed: HashSet::new(),
            steps: STEPS.saturating_add(text.len().saturating_mul(STEPS_A_BYTE)),
        }
    }

    /// The first match at or behind `from`: start and end of each group.
    pub(super) fn find(&mut self, from: usize) -> Result<Option<super::Spans>, TooManySteps> {
        let mut start = from;
        loop {
            if let Some(end) = self.run(0, start)? {
                return Ok(Some(self.spans(start, end)));
            }
            match self.char_at(start) {
                Some((_, next)) => start = next,
                None => return Ok(None),
            }
        }
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&mut self) -> Result<bool, TooManySteps> {
        Ok(self.run(0, 0)?.is_some())
    }

    fn spans(&self, start: usize, end: usize) -> super::Spans {
        let groups = self.slots.chunks(2).take(self.program.groups).skip(1);
        let span = |pair: &[usize]| match pair {
            [start, end] if *start != NONE => Some((*start, *end)),
            _ => None,
        };
        std::iter::once(Some((start, end))).chain(groups.map(span)).collect()
    }

    /// Runs from an instruction to the end of the part that it is in; where that ends in the text.
    fn run(&mut self, pc: usize, pos: usize) -> Outcome {
        let base = self.stack.len();
        let (mut pc, mut pos) = (pc, pos);
        loop {
            let Some(inst) = self.program.insts.get(pc) else { return Ok(None) };
            let next = match inst {
                Inst::Accept => return Ok(Some(self.done(base, pos))),
                Inst::AcceptBehind if pos == self.behind => return Ok(Some(self.done(base, pos))),
                Inst::Match if !self.whole || pos == self.text.len() => {
                    return Ok(Some(self.done(base, pos)));
                }
                Inst::AcceptBehind | Inst::Match => None,
                inst => self.step(inst, pc, pos)?,
            };
            let place = match next {
                Some(place) => Some(place),
                None => self.go_back(base)?,
            };
            match place {
                Some(place) => (pc, pos) = place,
                None => return Ok(None),
            }
            self.pay(1)?;
        }
    }

    fn done(&mut self, base: usize, pos: usize) -> usize {
        self.stack.truncate(base);
        pos
    }

    /// One instruction; `None` when it fails.
    fn step(
        &mut self,
        inst: &'a Inst,
        pc: usize,
        pos: usize,
    ) -> Result<Option<(usize, usize)>, TooManySteps> {
        let behind = pc + 1;
        Ok(match inst {
            Inst::Set(set) => self.taken(*set, pos).map(|end| (behind, end)),
            Inst::Assert(assertion) => {
                if let Assertion::Bound { .. } = assertion {
                    self.pay(marks_before(self.text, pos) / 8)?;
                }
                holds(*assertion, self.text, pos, self.last).then_some((behind, pos))
            }
            Inst::LineBreak => self.line_break(behind, pos)?,
            Inst::BackRef(group, fold) => self.back_ref(*group, *fold, pos)?.map(|end| (behind, end)),
            Inst::Jump(to) => Some((*to, pos)),
            Inst::Split(first, second) => {
                self.push(Place::Goto { pc: *second, pos })?;
                Some((*first, pos))
            }
            Inst::Open(local) => {
                self.put(self.local(*local), pos)?;
                Some((behind, pos))
            }
            Inst::Close(local, group) => {
                if let Some(group) = group {
                    let start = self.slot(self.local(*local));
                    self.put(group * 2, start)?;
                    self.put(group * 2 + 1, pos)?;
                }
                Some((behind, pos))
            }
            Inst::Look { body, negated, behind, next } => {
                let matched = match behind {
                    Some((least, most)) => self.looks_behind(*body, pos, *least, *most)?,
                    None => self.run(*body, pos)?.is_some(),
                };
                (matched != *negated).then_some((*next, pos))
            }
            Inst::Once { body, next } => self.run(*body, pos)?.map(|end| (*next, end)),
            Inst::Run { set, min, max, kind } => self.characters(pc, pos, *set, (*min, *max), *kind)?,
            Inst::Many { min, .. } => self.many(inst, pc, pos, *min)?,
            Inst::Maybe { body, kind, next } => self.maybe(pc, pos, *body, *kind, *next)?,
            Inst::Enter(at) => self.enter(*at, pos)?,
            Inst::Again(at) => self.again(pc, *at, pos)?,
            Inst::Accept | Inst::AcceptBehind | Inst::Match => None,
        })
    }

    fn taken(&self, set: usize, pos: usize) -> Option<usize> {
        let (c, next) = self.char_at(pos)?;
        self.program.sets.get(set)?.contains(c as u32).then_some(next)
    }

    fn line_break(&mut self, next: usize, pos: usize) -> Result<Option<(usize, usize)>, TooManySteps> {
        let Some((c, end)) = self.char_at(pos) else { return Ok(None) };
        if c == '\r' && self.text[end..].starts_with('\n') {
            self.push(Place::Goto { pc: next, pos: end })?;
            return Ok(Some((next, end + 1)));
        }
        let breaks = matches!(c, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        Ok(breaks.then_some((next, end)))
    }

    fn back_ref(&mut self, group: usize, fold: Fold, pos: usize) -> Outcome {
        if group >= self.program.groups || self.slot(group * 2) == NONE {
            return Ok(None);
        }
        let captured = &self.text[self.slot(group * 2)..self.slot(group * 2 + 1)];
        self.pay(captured.len() / 8)?;
        if fold == Fold::None {
            return Ok(self.text[pos..].starts_with(captured).then_some(pos + captured.len()));
        }
        let mut rest = self.text[pos..].chars();
        let same = |a: char, b: char| match fold {
            Fold::Unicode => {
                let (a, b) = (case::upper(a as u32), case::upper(b as u32));
                a == b || case::lower(a) == case::lower(b)
            }
            _ => a.eq_ignore_ascii_case(&b),
        };
        let all = captured.chars().all(|c| rest.next().is_some_and(|other| same(c, other)));
        Ok(all.then_some(self.text.len() - rest.as_str().len()))
    }

    /// Tries the nearest start first.
    fn looks_behind(&mut self, body: usize, pos: usize, least: i32, most: i32) -> Result<bool, TooManySteps> {
        let outer = std::mem::replace(&mut self.behind, pos);
        // Java's bound may have overflown; then what it is taken from says what is left of it.
        let most = if most >= 0 {
            most
        } else {
            self.pay(pos / 8)?;
            let at = i32::try_from(self.text[..pos].chars().count()).unwrap_or(i32::MAX);
            at - at.wrapping_sub(most).max(0)
        };
        let (mut start, mut chars) = (pos, 0);
        let mut matched = false;
        while chars <= most {
            if chars >= least && self.run(body, start)?.is_some() {
                matched = true;
                break;
            }
            let Some(c) = self.text[..start].chars().next_back() else { break };
            (start, chars) = (start - c.len_utf8(), chars + 1);
            self.pay(1)?;
        }
        self.behind = outer;
        Ok(matched)
    }

    fn characters(
        &mut self,
        pc: usize,
        pos: usize,
        set: usize,
        (min, max): (i32, i32),
        kind: Kind,
    ) -> Result<Option<(usize, usize)>, TooManySteps> {
        let (mut end, mut count) = (pos, 0);
        let mut least = pos;
        let wanted = if kind == Kind::Lazy { min } else { max };
        while count < wanted || max == UNBOUNDED && kind != Kind::Lazy {
            let Some(next) = self.taken(set, end) else { break };
            (end, count) = (next, count.saturating_add(1));
            if count == min {
                least = end;
            }
        }
        self.pay((end - pos) / 8)?;
        if count < min {
            return Ok(None);
        }
        match kind {
            Kind::Greedy if end > least => self.push(Place::Shorter { pc: pc + 1, pos: end, least })?,
            Kind::Lazy if count < max => self.push(Place::Longer { pc, pos: end, count })?,
            _ => {}
        }
        Ok(Some((pc + 1, end)))
    }

    fn many(
        &mut self,
        inst: &Inst,
        pc: usize,
        pos: usize,
        least: i32,
    ) -> Result<Option<(usize, usize)>, TooManySteps> {
        let Inst::Many { body, slot, max, kind, next, .. } = *inst else { return Ok(None) };
        if let Some(group) = slot {
            let (start, end) = self.group(group);
            self.push(Place::Slot { slot: group * 2, value: start })?;
            self.push(Place::Slot { slot: group * 2 + 1, value: end })?;
        }
        let mut at = pos;
        for _ in 0..least {
            let Some(end) = self.run(body, at)? else { return Ok(None) };
            self.set_group(slot, (at, end));
            if end == at {
                // As it will be each time.
                break;
            }
            at = end;
            self.pay(1)?;
        }
        let mut count = least;
        if kind == Kind::Lazy {
            self.push(Place::Longer { pc, pos: at, count })?;
            return Ok(Some((next, at)));
        }
        while count < max {
            let Some(end) = self.run(body, at)? else { break };
            if end == at {
                break;
            }
            if kind == Kind::Greedy {
                let group = slot.map_or((NONE, NONE), |group| self.group(group));
                self.push(Place::Fewer { pc: next, pos: at, slot, group })?;
            }
            self.set_group(slot, (at, end));
            (at, count) = (end, count.saturating_add(i32::from(max != UNBOUNDED)));
            self.pay(1)?;
        }
        Ok(Some((next, at)))
    }

    fn maybe(
        &mut self,
        pc: usize,
        pos: usize,
        body: usize,
        kind: Kind,
        next: usize,
    ) -> Result<Option<(usize, usize)>, TooManySteps> {
        if kind == Kind::Lazy {
            self.push(Place::Longer { pc, pos, count: 0 })?;
            return Ok(Some((next, pos)));
        }
        let end = self.run(body, pos)?;
        if end.is_some() && kind == Kind::Greedy {
            self.push(Place::Goto { pc: next, pos })?;
        }
        Ok(Some((next, end.unwrap_or(pos))))
    }

    fn enter(&mut self, at: usize, pos: usize) -> Result<Option<(usize, usize)>, TooManySteps> {
        let Some(entry) = self.program.loops.get(at) else { return Ok(None) };
        self.put(self.local(entry.count), 1)?;
        if entry.min > 0 {
            return Ok(Some((entry.body, pos)));
        }
        if entry.max == 0 {
            return Ok(Some((entry.next, pos)));
        }
        let (first, second) = if entry.lazy { (entry.next, entry.body) } else { (entry.body, entry.next) };
        self.push(Place::Goto { pc: second, pos })?;
        Ok(Some((first, pos)))
    }

    fn again(&mut self, pc: usize, at: usize, pos: usize) -> Result<Option<(usize, usize)>, TooManySteps> {
        let Some(entry) = self.program.loops.get(at) else { return Ok(None) };
        // A repetition of nothing is the last one.
        if pos <= self.slot(self.local(entry.begin)) {
            return Ok(Some((entry.next, pos)));
        }
        let counter = self.local(entry.count);
        let count = self.slot(counter);
        let is_below = |bound: i32| usize::try_from(bound).is_ok_and(|bound| count < bound);
        if is_below(entry.min) {
            self.put(counter, count + 1)?;
            return Ok(Some((entry.body, pos)));
        }
        if !is_below(entry.max) || (entry.remembers && self.failed.contains(&(at, pos))) {
            return Ok(Some((entry.next, pos)));
        }
        if entry.lazy {
            let count = i32::try_from(count).unwrap_or(i32::MAX);
            self.push(Place::Longer { pc, pos, count })?;
            return Ok(Some((entry.next, pos)));
        }
        self.push(Place::Leave { at, pos, count, remembers: entry.remembers })?;
        if let Some(slot) = self.slots.get_mut(counter) {
            *slot = count + 1;
        }
        Ok(Some((entry.body, pos)))
    }

    /// The next place to go on from, above `base`.
    fn go_back(&mut self, base: usize) -> Result<Option<(usize, usize)>, TooManySteps> {
        while self.stack.len() > base {
            let Some(place) = self.stack.pop() else { break };
            self.pay(1)?;
            match place {
                Place::Goto { pc, pos } => return Ok(Some((pc, pos))),
                Place::Slot { slot, value } => self.set(slot, value),
                Place::Fewer { pc, pos, slot, group } => {
                    self.set_group(slot, group);
                    return Ok(Some((pc, pos)));
                }
                Place::Shorter { pc, pos, least } => {
                    let last = self.text[..pos].chars().next_back();
                    let pos = pos - last.map_or(0, char::len_utf8);
                    if pos > least {
                        self.push(Place::Shorter { pc, pos, least })?;
                    }
                    return Ok(Some((pc, pos)));
                }
                Place::Longer { pc, pos, count } => {
                    if let Some(place) = self.longer(pc, pos, count)? {
                        return Ok(Some(place));
                    }
                }
                Place::Leave { at, pos, count, remembers } => {
                    let Some(entry) = self.program.loops.get(at) else { continue };
                    self.set(self.local(entry.count), count);
                    if remembers {
                        self.failed.insert((at, pos));
                    }
                    return Ok(Some((entry.next, pos)));
                }
            }
        }
        Ok(None)
    }

    /// A reluctant repetition that must take one more.
    fn longer(&mut self, pc: usize, pos: usize, count: i32) -> Result<Option<(usize, usize)>, TooManySteps> {
        let more = count.saturating_add(1);
        match self.program.insts.get(pc) {
            Some(Inst::Run { set, max, .. }) => {
                let Some(end) = self.taken(*set, pos) else { return Ok(None) };
                if more < *max {
                    self.push(Place::Longer { pc, pos: end, count: more })?;
                }
                Ok(Some((pc + 1, end)))
            }
            Some(Inst::Maybe { body, next, .. }) => Ok(self.run(*body, pos)?.map(|end| (*next, end))),
            Some(Inst::Many { body, slot, max, next, .. }) => {
                if count >= *max {
                    return Ok(None);
                }
                let Some(end) = self.run(*body, pos)?.filter(|end| *end > pos) else { return Ok(None) };
                self.set_group(*slot, (pos, end));
                self.push(Place::Longer { pc, pos: end, count: more })?;
                Ok(Some((*next, end)))
            }
            Some(Inst::Again(at)) => {
                let Some(entry) = self.program.loops.get(*at) else { return Ok(None) };
                let counter = self.local(entry.count);
                self.put(counter, usize::try_from(more).unwrap_or(NONE))?;
                Ok(Some((entry.body, pos)))
            }
            _ => Ok(None),
        }
    }

    fn char_at(&self, pos: usize) -> Option<(char, usize)> {
        let c = self.text.get(pos..)?.chars().next()?;
        Some((c, pos + c.len_utf8()))
    }

    fn local(&self, number: usize) -> usize {
        self.program.groups * 2 + number
    }

    fn slot(&self, slot: usize) -> usize {
        self.slots.get(slot).copied().unwrap_or(NONE)
    }

    fn set(&mut self, slot: usize, value: usize) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = value;
        }
    }

    /// Changes a slot until it is gone back from here.
    fn put(&mut self, slot: usize, value: usize) -> Result<(), TooManySteps> {
        self.push(Place::Slot { slot, value: self.slot(slot) })?;
        self.set(slot, value);
        Ok(())
    }

    fn group(&self, group: usize) -> (usize, usize) {
        (self.slot(group * 2), self.slot(group * 2 + 1))
    }

    fn set_group(&mut self, group: Option<usize>, (start, end): (usize, usize)) {
        if let Some(group) = group {
            self.set(group * 2, start);
            self.set(group * 2 + 1, end);
        }
    }

    fn push(&mut self, place: Place) -> Result<(), TooManySteps> {
        if self.stack.len() == PLACES {
            return Err(TooManySteps);
        }
        self.stack.push(place);
        Ok(())
    }

    fn pay(&mut self, steps: usize) -> Result<(), TooManySteps> {
        self.steps = self.steps.checked_sub(steps).ok_or(TooManySteps)?;
        Ok(())
    }
}

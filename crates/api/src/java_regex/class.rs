//! Character classes.

use super::RegexError;
use super::case;
use super::escape::Escape;
use super::parse::Parser;
use super::set::Set;
use super::source::{ascii, is};

/// Most intersections of one class that cannot be computed at once.
const MOST_OPEN: usize = 100;

/// A union that is being collected. What stands for single characters below U+0100 is kept apart by Java, for the class
/// as a whole: an intersection takes part in what is added to it later.
#[derive(Clone, Debug, Default)]
struct Sum {
    ranges: Vec<(u32, u32)>,
    bits: bool,
    intersections: Vec<(Sum, Sum)>,
}

impl Sum {
    fn of(set: &Set) -> Self {
        Self { ranges: set.ranges().to_vec(), ..Self::default() }
    }

    fn bits() -> Self {
        Self { bits: true, ..Self::default() }
    }

    fn is_open(&self) -> bool {
        self.bits || !self.intersections.is_empty()
    }

    fn add(&mut self, other: Self) {
        self.ranges.extend(other.ranges);
        self.bits |= other.bits;
        self.intersections.extend(other.intersections);
    }

    fn and(self, other: Self) -> Self {
        if self.is_open() || other.is_open() {
            return Self { intersections: vec![(self, other)], ..Self::default() };
        }
        Self::of(&Set::of(self.ranges).and(&Set::of(other.ranges)))
    }

    fn result(&self, bits: &Set) -> Set {
        let ranges = self.ranges.iter().chain(bits.ranges().iter().filter(|_| self.bits)).copied();
        let set = Set::of(ranges);
        let both = |(a, b): &(Self, Self)| a.result(bits).and(&b.result(bits));
        self.intersections.iter().map(both).fold(set, |all, some| all.union(&some))
    }
}

fn add(sum: &mut Option<Sum>, more: Sum) {
    match sum {
        Some(sum) => sum.add(more),
        None => *sum = Some(more),
    }
}

/// A class as far as it was read.
#[derive(Default)]
struct Class {
    sum: Option<Sum>,
    /// What was read last, unless it went to the bits.
    last: Option<Sum>,
    bits: Vec<u32>,
    has_bits: bool,
    open: usize,
}

impl Parser<'_> {
    /// A class, its bracket at the cursor; `to_end`: whether its closing bracket is passed.
    pub(super) fn class(&mut self, to_end: bool) -> Result<Set, RegexError> {
        let mut class = Class::default();
        let mut c = self.source.next();
        let negated = is(c, '^') && is(self.source.at(self.source.cursor.wrapping_sub(1)), '[');
        if negated {
            c = self.source.next();
        }
        loop {
            match ascii(c) {
                b'[' => {
                    let inner = Sum::of(&self.deeper(|it| it.class(true))?);
                    class.last = Some(inner.clone());
                    add(&mut class.sum, inner);
                    c = self.source.peek();
                    continue;
                }
                b'&' => {
                    if is(self.source.next(), '&') {
                        c = self.intersection(&mut class)?;
                        continue;
                    }
                    self.source.back();
                }
                0 if c == 0 && self.source.cursor >= self.source.len => {
                    return Err(self.source.error("Unclosed character class"));
                }
                b']' if class.sum.is_some() || class.has_bits => {
                    if to_end {
                        self.source.next();
                    }
                    break;
                }
                _ => {}
            }
            self.member(&mut class)?;
            c = self.source.peek();
        }
        if class.has_bits {
            add(&mut class.sum, Sum::bits());
        }
        let bits = Set::chars(class.bits);
        let set = class.sum.unwrap_or_default().result(&bits);
        Ok(if negated { set.negate() } else { set })
    }

    /// What follows `&&`, whose second is at the cursor; the character at the cursor afterwards.
    fn intersection(&mut self, class: &mut Class) -> Result<u32, RegexError> {
        let mut c = self.source.next();
        let mut right = None;
        while !is(c, ']') && !is(c, '&') {
            let nested = is(c, '[');
            if !nested {
                self.source.back();
            }
            let operand = self.deeper(|it| it.class(nested))?;
            add(&mut right, Sum::of(&operand));
            c = self.source.peek();
        }
        if std::mem::take(&mut class.has_bits) {
            if class.sum.is_none() {
                class.last = Some(Sum::bits());
            }
            add(&mut class.sum, Sum::bits());
        }
        let given = right.is_some();
        if given {
            class.last.clone_from(&right);
        }
        class.sum = Some(match (class.sum.take(), right) {
            (None, None) => return Err(self.source.error("Bad class syntax")),
            (None, Some(right)) => right,
            (Some(left), _) => {
                let Some(right) = class.last.clone() else {
                    return Err(self.source.error("Bad intersection syntax"));
                };
                left.and(right)
            }
        });
        class.open += 1;
        if class.open > MOST_OPEN {
            return Err(self.source.unsupported(&format!("a class of more than {MOST_OPEN} intersections")));
        }
        Ok(c)
    }

    /// One character, range, escape or property.
    fn member(&mut self, class: &mut Class) -> Result<(), RegexError> {
        let first = match self.member_start()? {
            Escape::Char(c) => c,
            Escape::Set(set) => {
                class.put(&set);
                return Ok(());
            }
            Escape::Node(_) => return Ok(()),
        };
        if is(self.source.peek(), '-') {
            let end = self.source.at(self.source.cursor + 1);
            if !is(end, '[') && !is(end, ']') {
                class.put(&self.range(first)?);
                return Ok(());
            }
        }
        self.one(class, first);
        Ok(())
    }

    fn member_start(&mut self) -> Result<Escape, RegexError> {
        let c = self.source.peek();
        if !is(c, '\\') {
            self.source.next();
            return Ok(Escape::Char(c));
        }
        let letter = self.source.next_escaped();
        if matches!(ascii(letter), b'p' | b'P') {
            return self.property(is(letter, 'P')).map(Escape::Set);
        }
        let may_range = is(self.source.at(self.source.cursor + 1), '-');
        self.source.back();
        self.escape(true, may_range)
    }

    /// A range, its `-` at the cursor.
    fn range(&mut self, first: u32) -> Result<Set, RegexError> {
        self.source.next();
        let c = self.source.peek();
        let last = if is(c, '\\') {
            match self.escape(true, true)? {
                Escape::Char(c) => Some(c),
                _ => None,
            }
        } else {
            self.source.next();
            Some(c)
        };
        let Some(last) = last.filter(|last| *last >= first) else {
            return Err(self.source.error("Illegal character range"));
        };
        let flags = self.source.flags;
        Ok(match (flags.any_case, flags.unicode_case) {
            (true, true) => case::range(first, last),
            (true, false) => case::ascii_range(first, last),
            (false, _) => Set::of([(first, last)]),
        })
    }

    /// A single character: of the bits, unless its other cases are beyond U+00FF.
    fn one(&self, class: &mut Class, c: u32) {
        let flags = self.source.flags;
        let folds = flags.any_case && flags.unicode_case;
        let reaches_out = matches!(c, 0xFF | 0xB5 | 0xC5 | 0xE5)
            || matches!(ascii(c).to_ascii_lowercase(), b'i' | b's' | b'k');
        if c > 0xFF || (folds && reaches_out) {
            class.put(&self.single(c));
            return;
        }
        class.bits.push(c);
        if flags.any_case && c < 0x80 || folds {
            class.bits.extend([case::upper(c), case::lower(c)]);
        }
        class.has_bits = true;
        class.last = None;
    }
}

impl Class {
    fn put(&mut self, set: &Set) {
        let sum = Sum::of(set);
        self.last = Some(sum.clone());
        add(&mut self.sum, sum);
    }
}

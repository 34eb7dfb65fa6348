//! Sets of characters.

/// Characters, as ranges in order with gaps between. Java's may hold halves of surrogate pairs; no text has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set(Vec<(u32, u32)>);

const MAX: u32 = 0x10_FFFF;

impl Set {
    pub(super) fn of(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().filter(|(first, last)| first <= last).collect();
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match merged.last_mut() {
                Some(open) if first <= open.1.saturating_add(1) => open.1 = open.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        Self(merged)
    }

    pub(super) fn one(c: u32) -> Self {
        Self(vec![(c, c)])
    }

    pub(super) fn all() -> Self {
        Self(vec![(0, MAX)])
    }

    pub(super) fn chars(chars: impl IntoIterator<Item = u32>) -> Self {
        Self::of(chars.into_iter().map(|c| (c, c)))
    }

    pub(super) fn ranges(&self) -> &[(u32, u32)] {
        &self.0
    }

    pub(super) fn contains(&self, c: u32) -> bool {
        // Most are short, and what is looked for is in front.
        match self.0.first() {
            Some((first, last)) if c <= *last => c >= *first,
            _ => {
                let at = self.0.partition_point(|(_, last)| *last < c);
                self.0.get(at).is_some_and(|(first, _)| *first <= c)
            }
        }
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    pub(super) fn negate(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut from = 0;
        for (first, last) in &self.0 {
            if *first > from {
                gaps.push((from, first - 1));
            }
            from = last + 1;
        }
        if from <= MAX {
            gaps.push((from, MAX));
        }
        Self(gaps)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        self.negate().union(&other.negate()).negate()
    }
}

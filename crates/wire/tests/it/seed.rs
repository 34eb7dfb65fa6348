//! Random values from a seed: the same seed gives the same values.

use bytes::Bytes;
use kconnect_wire::{ErrorCode, TaggedFields, Uuid};

/// A structure of which a random value can be made.
pub(crate) trait Sample: Sized {
    /// A value that `version` can carry without loss.
    fn sample(s: &mut Seed, version: i16) -> Self;
}

/// A small generator of random numbers (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    state: u64,
    /// Lists are shorter than this.
    width: u64,
    /// Texts are at least this long.
    text: u64,
}

impl Seed {
    /// Small values with many extremes.
    pub(crate) fn new(state: u64) -> Self {
        Self { state, width: 4, text: 0 }
    }

    /// Large values, with names as short as real ones get.
    pub(crate) fn large(state: u64) -> Self {
        Self { state, width: 24, text: 8 }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn bool(&mut self) -> bool {
        self.below(2) == 0
    }

    /// An integer of any size; the ends of the types and small ones are frequent.
    pub(crate) fn int(&mut self) -> i64 {
        let ends = [0, 1, -1, i64::MAX, i64::MIN, 127, -128, 32767, 2_147_483_647, -2_147_483_648];
        match self.below(4) {
            0 => ends[self.below(ends.len() as u64) as usize],
            1 => self.below(300) as i64,
            _ => self.next() as i64,
        }
    }

    pub(crate) fn f64(&mut self) -> f64 {
        self.int() as f64 / 3.0
    }

    pub(crate) fn error_code(&mut self) -> ErrorCode {
        ErrorCode(self.int() as i16)
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        if self.below(4) == 0 {
            return Uuid::ZERO;
        }
        Uuid::from_bytes((u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes())
    }

    pub(crate) fn string(&mut self) -> String {
        let alphabet = ['a', 'b', '-', '0', '\0', 'ü', '€', '🦀'];
        // Now and then one whose compact length takes two bytes.
        let length = if self.below(16) == 0 { 150 } else { self.text + self.below(6) };
        (0..length).map(|_| alphabet[self.below(alphabet.len() as u64) as usize]).collect()
    }

    pub(crate) fn bytes(&mut self) -> Bytes {
        let length = if self.below(8) == 0 { 200 } else { self.below(6) };
        (0..length).map(|_| self.next() as u8).collect()
    }

    pub(crate) fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(self.width)).map(|_| one(self)).collect()
    }

    pub(crate) fn option<T>(&mut self, null: bool, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if null && self.below(4) == 0 { None } else { Some(some(self)) }
    }

    /// Fields whose numbers no schema uses.
    pub(crate) fn unknown_tags(&mut self) -> TaggedFields {
        let mut tags = TaggedFields::default();
        if self.text > 0 {
            // What a newer peer sends: the same small field in every structure.
            tags.push(100, self.int().to_be_bytes()[4..].to_vec().into());
            return tags;
        }
        if self.below(8) == 0 {
            let first = 100 + self.below(100) as u32;
            tags.push(first, self.bytes());
            tags.push(first + 1 + self.below(50_000) as u32, self.bytes());
        }
        tags
    }
}

//! Charsets of one and two bytes (and a few more), by tables.
//!
//! The tables are those of `encoding_rs`, which are a browser's, brought to the JVM's by a list of deviations; they are
//! made when a charset is first used. A code that no table has is no character to either side.

use std::collections::HashMap;
use std::sync::OnceLock;

use encoding_rs::{DecoderResult, Encoding};

/// Which characters codes stand for, and which codes are written for characters.
pub(crate) struct Table {
    /// By byte; [`NONE`] for bytes that are none, or only the first of several.
    pub(super) single: [u16; 256],
    /// By two bytes, 0 for none; empty where no code has two.
    pub(super) double: Box<[u16]>,
    /// By the two bytes behind 8F (EUC-JP), or by the number of a code of four bytes (GB18030).
    pub(super) long: Box<[u16]>,
    /// The code of a character, [`UNWRITTEN`] for none; its bytes are as many as it needs.
    codes: Box<[u32]>,
    /// First bytes of codes of two.
    pub(super) leads: [bool; 256],
}

pub(super) const NONE: u16 = 0xFFFF;
const UNWRITTEN: u32 = u32::MAX;

/// Codes of four bytes up to the end of the Basic Multilingual Plane.
pub(super) const FOUR_BYTES: usize = 0x99FC;

/// How the JVM's tables differ: made by `generate.rs`. A line is the name of a charset or
///
/// - `- from to`: codes that are none
/// - `= code char count`: what a run of codes stands for
/// - `! from to`: characters that are not written
/// - `> char code count`: what is written for a run of characters
const DEVIATIONS: &str = include_str!("deviations.txt");

/// What has a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One byte.
    Single,
    /// One or two bytes.
    Double,
    /// Two bytes within seven bits: the table of ISO-2022-JP.
    Jis,
    EucJp,
    Gb18030,
}

impl Table {
    /// The table of the charset that Java calls `name`, made of that of `base`.
    pub(super) fn new(name: &str, shape: Shape, base: &'static Encoding) -> Self {
        let mut table = Self::of(shape, base);
        let lines = || deviations(name);
        for (kind, from, to) in lines() {
            match kind {
                Kind::NoCode => {
                    for code in from..=to {
                        table.set(code, None);
                    }
                }
                Kind::Code(count) => (0..count).for_each(|i| table.set(from + i, Some((to + i) as u16))),
                _ => {}
            }
        }
        table.invert();
        for (kind, from, to) in lines() {
            match kind {
                Kind::Unwritten => (from..=to).for_each(|c| table.write_as(c, UNWRITTEN)),
                Kind::Written(count) => (0..count).for_each(|i| table.write_as(from + i, to + i)),
                _ => {}
            }
        }
        table
    }

    /// The tables of `encoding_rs`; nothing is written yet.
    fn of(shape: Shape, base: &'static Encoding) -> Self {
        let mut single = [NONE; 256];
        let mut double = Box::default();
        let mut long: Box<[u16]> = Box::default();
        if shape == Shape::Jis {
            (0..0x80).for_each(|byte: u16| single[usize::from(byte)] = byte);
        } else {
            (0..=255).for_each(|byte: u8| single[usize::from(byte)] = one(base, &[byte]).unwrap_or(NONE));
        }
        if shape != Shape::Single {
            let high = if shape == Shape::Jis { 0x8080 } else { 0 };
            double = vec![0; 0x1_0000].into_boxed_slice();
            for (code, place) in (0..=0xFFFF_u16).zip(double.iter_mut()) {
                let bytes = (code | high).to_be_bytes();
                let two = shape != Shape::Jis || code & 0x8080 == 0;
                if two && (shape == Shape::Jis || single[usize::from(bytes[0])] == NONE) {
                    *place = one(base, &bytes).unwrap_or(0);
                }
            }
        }
        if shape == Shape::EucJp {
            let three = |code: u16| one(base, &[0x8F, (code >> 8) as u8, code as u8]).unwrap_or(0);
            long = (0..=0xFFFF).map(three).collect();
        }
        if shape == Shape::Gb18030 {
            long = (0..FOUR_BYTES as u32).map(|number| one(base, &four_bytes(number)).unwrap_or(0)).collect();
        }
        Self { single, double, long, codes: Box::default(), leads: [false; 256] }
    }

    /// Lets `code` stand for `c`.
    fn set(&mut self, code: u32, c: Option<u16>) {
        let place = match code {
            0..0x100 => {
                self.single[code as usize] = c.unwrap_or(NONE);
                return;
            }
            0x100..0x1_0000 => self.double.get_mut(code as usize),
            0x1_0000..0x100_0000 => self.long.get_mut((code & 0xFFFF) as usize),
            _ => self.long.get_mut(number_of(code.to_be_bytes()) as usize),
        };
        if let Some(place) = place {
            *place = c.unwrap_or(0);
        }
    }

    /// Of several codes for a character the lowest is written.
    fn invert(&mut self) {
        let mut codes = vec![UNWRITTEN; 0x1_0000].into_boxed_slice();
        let mut add = |c: u16, code: u32| {
            let place = &mut codes[usize::from(c)];
            *place = (*place).min(code);
        };
        for (code, &c) in (0..).zip(&self.single) {
            if c != NONE {
                add(c, code);
            }
        }
        for (code, &c) in (0..).zip(&self.double) {
            if c != 0 {
                add(c, code);
                self.leads[(code >> 8) as usize] = true;
            }
        }
        let is_four = self.long.len() == FOUR_BYTES;
        for (code, &c) in (0..).zip(&self.long) {
            if c != 0 {
                add(c, if is_four { u32::from_be_bytes(four_bytes(code)) } else { 0x8F_0000 | code });
            }
        }
        self.codes = codes;
    }

    fn write_as(&mut self, c: u32, code: u32) {
        if let Some(place) = self.codes.get_mut(c as usize) {
            *place = code;
        }
    }

    /// The code of `c`.
    pub(super) fn code(&self, c: char) -> Option<u32> {
        self.codes.get(c as usize).copied().filter(|code| *code != UNWRITTEN)
    }

    /// Appends the code of `c`: whether there is one.
    pub(super) fn encode(&self, c: char, out: &mut Vec<u8>) -> bool {
        let Some(code) = self.code(c) else { return false };
        let bytes = code.to_be_bytes();
        let zeros = (code.leading_zeros() as usize / 8).min(3);
        out.extend_from_slice(&bytes[zeros..]);
        true
    }
}

/// The four bytes of GB18030 with this number.
pub(super) fn four_bytes(number: u32) -> [u8; 4] {
    let digit = |by: u32, base: u32, from: u8| from + (number / by % base) as u8;
    [digit(12_600, 126, 0x81), digit(1_260, 10, 0x30), digit(10, 126, 0x81), digit(1, 10, 0x30)]
}

/// The number of four bytes of GB18030.
pub(super) fn number_of(bytes: [u8; 4]) -> u32 {
    let [a, b, c, d] = bytes.map(u32::from);
    let part = |byte: u32, from: u32| byte.wrapping_sub(from);
    let number = part(a, 0x81).wrapping_mul(10).wrapping_add(part(b, 0x30));
    number.wrapping_mul(126).wrapping_add(part(c, 0x81)).wrapping_mul(10).wrapping_add(part(d, 0x30))
}

/// The one character of 16 bits that `bytes` are in `encoding`.
fn one(encoding: &'static Encoding, bytes: &[u8]) -> Option<u16> {
    let mut text = [0u16; 8];
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (result, _, written) = decoder.decode_to_utf16_without_replacement(bytes, &mut text, true);
    (result == DecoderResult::InputEmpty && written == 1).then_some(text[0])
}

enum Kind {
    NoCode,
    Code(u32),
    Unwritten,
    Written(u32),
}

/// The deviations of a charset.
fn deviations(name: &str) -> impl Iterator<Item = (Kind, u32, u32)> {
    static LINES: OnceLock<HashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    let all = LINES.get_or_init(|| {
        let mut all: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut name = "";
        for line in DEVIATIONS.lines() {
            match line.as_bytes() {
                [b'-' | b'=' | b'!' | b'>', ..] => all.entry(name).or_default().push(line),
                _ => name = line,
            }
        }
        all
    });
    all.get(name).into_iter().flatten().filter_map(|line| {
        let (kind, numbers) = line.split_once(' ')?;
        let mut numbers = numbers.split(' ').map(|number| u32::from_str_radix(number, 16));
        let mut next = || numbers.next().and_then(Result::ok);
        let (from, to, count) = (next()?, next(), next().unwrap_or(1));
        Some(match kind {
            "-" => (Kind::NoCode, from, to.unwrap_or(from)),
            "=" => (Kind::Code(count), from, to?),
            "!" => (Kind::Unwritten, from, to.unwrap_or(from)),
            _ => (Kind::Written(count), from, to?),
        })
    })
}

#[cfg(test)]
#[path = "generate.rs"]
mod generate;

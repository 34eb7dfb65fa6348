//! Reading by tables. How many bytes belong to what cannot be read is part of the JVM's behaviour: each of its decoders
//! counts in its own way.

use super::jis;
use super::table::{FOUR_BYTES, NONE, Shape, Table, number_of};

/// The number of the first code of GB18030 beyond 16 bits.
pub(super) const ASTRAL: u32 = 0x2_E248;

pub(super) fn by_table(shape: Shape, table: &Table, bytes: &[u8]) -> String {
    if shape == Shape::Jis {
        return jis::read(table, bytes);
    }
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let single = table.single[usize::from(first)];
        let (c, length) = if single != NONE {
            (char::from_u32(u32::from(single)), 1)
        } else {
            match shape {
                Shape::Double => double(table, rest),
                Shape::EucJp => euc_jp(table, rest),
                Shape::Gb18030 => gb18030(table, rest),
                Shape::Single | Shape::Jis => (None, 1),
            }
        };
        text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = rest.get(length..).unwrap_or_default();
    }
    text
}

/// The character of two bytes.
fn pair(table: &Table, first: u8, second: u8) -> Option<char> {
    character(table.double.get(usize::from(first) << 8 | usize::from(second)))
}

fn character(found: Option<&u16>) -> Option<char> {
    found.filter(|c| **c != 0).and_then(|c| char::from_u32(u32::from(*c)))
}

fn double(table: &Table, bytes: &[u8]) -> (Option<char>, usize) {
    let &[first, second, ..] = bytes else { return (None, 1) };
    if let Some(c) = pair(table, first, second) {
        return (Some(c), 2);
    }
    let leads = |byte: u8| table.leads[usize::from(byte)];
    let alone = !leads(first) || leads(second) || table.single[usize::from(second)] != NONE;
    (None, if alone { 1 } else { 2 })
}

fn euc_jp(table: &Table, bytes: &[u8]) -> (Option<char>, usize) {
    match *bytes {
        [0x8F, second, third, ..] => {
            (character(table.long.get(usize::from(second) << 8 | usize::from(third))), 3)
        }
        [0x8F, ..] => (None, bytes.len()),
        [first, second, ..] => (pair(table, first, second), 2),
        _ => (None, 1),
    }
}

fn gb18030(table: &Table, bytes: &[u8]) -> (Option<char>, usize) {
    match *bytes {
        [0x80 | 0xFF, ..] | [_, 0..0x30, ..] => (None, 1),
        [first, second @ 0x30..=0x39, third, fourth, ..] => {
            if !(0x81..=0xFE).contains(&third) {
                return (None, 3);
            }
            let number = number_of([first, second, third, fourth]);
            let c = match number {
                _ if !fourth.is_ascii_digit() => None,
                _ if (number as usize) < FOUR_BYTES => character(table.long.get(number as usize)),
                ASTRAL.. => char::from_u32(number - ASTRAL + 0x1_0000),
                _ => None,
            };
            (c, 4)
        }
        [_, 0x30..=0x39, ..] | [_] | [] => (None, bytes.len().max(1)),
        [first, second, ..] => (pair(table, first, second), 2),
    }
}

//! Text to instants.

use super::DateFormat;
use super::names::{DAYS, ERA_NAMES, ERAS, HALVES, MONTHS, longest, short, stands_at};
use super::pattern::{Item, Letter};
use super::resolve::{Field, Resolver};
use crate::number_parse::digit;

/// What has been read so far.
struct Reader<'f> {
    text: &'f [u16],
    fields: Resolver,
    /// Whether a year of two digits is the first of its hundred, so that the date decides.
    ambiguous: bool,
}

impl DateFormat {
    /// The instant at the start of `text`; `None` also when nothing of it was needed.
    pub(super) fn read(&mut self, text: &[u16]) -> Option<i64> {
        let mut reader = Reader { text, fields: Resolver::default(), ambiguous: false };
        let mut at = 0;
        for item in 0..self.items.len() {
            at = match &self.items[item] {
                Item::Literal { units, .. } => {
                    text.get(at..).filter(|rest| rest.starts_with(units)).map(|_| at + units.len())?
                }
                &Item::Field { letter, count, before_number } => {
                    self.read_field(&mut reader, at, letter, count as usize, before_number)?
                }
            };
        }
        if at == 0 {
            return None;
        }
        let found = reader.fields.resolve(&self.zone);
        if reader.ambiguous && found < self.century.millis {
            reader.fields.add_years(100);
            return Some(reader.fields.resolve(&self.zone));
        }
        Some(found)
    }

    /// Reads one field from `start`; where the next one starts.
    fn read_field(
        &mut self,
        reader: &mut Reader<'_>,
        start: usize,
        letter: Letter,
        count: usize,
        before_number: bool,
    ) -> Option<usize> {
        let text = reader.text;
        let blanks = text.get(start..)?.iter().take_while(|unit| matches!(**unit, 0x20 | 0x09)).count();
        let at = start + blanks;
        if at == text.len() {
            return None;
        }
        // Names are looked for before the blanks are skipped, as Java does.
        match letter {
            Letter::Era => reader.name(start, Field::Era, 0, &[&ERAS, &ERA_NAMES]),
            Letter::AmPm => reader.name(start, Field::AmPm, 0, &[&HALVES]),
            Letter::DayName => reader.name(start, Field::DayOfWeek, 1, &[&DAYS, &DAYS.map(short)]),
            Letter::Month | Letter::MonthAlone if count >= 3 => {
                reader.name(start, Field::Month, 0, &[&MONTHS, &MONTHS.map(short)])
            }
            Letter::ZoneName | Letter::ZoneOffset => self.read_zone(reader, start, at),
            Letter::IsoZone => reader.iso_zone(at, count),
            letter => {
                // The count is obeyed only where digits of another field follow.
                let end = if before_number { start + count } else { text.len() };
                let (value, next) = number(text.get(..end)?, at)?;
                match letter {
                    Letter::Year | Letter::WeekYear => {
                        let value = if count <= 2 { self.full_year(reader, at, value, next) } else { value };
                        let field = if letter == Letter::Year { Field::Year } else { Field::WeekYear };
                        reader.fields.set(field, value);
                    }
                    letter => reader.number(letter, value),
                }
                Some(next)
            }
        }
    }

    /// The year that is meant by exactly two digits.
    fn full_year(&self, reader: &mut Reader<'_>, at: usize, value: i32, next: usize) -> i32 {
        let is_digit =
            |unit: &u16| char::from_u32(u32::from(*unit)).is_some_and(crate::number_parse::is_digit);
        if next - at != 2 || !reader.text[at..next].iter().all(is_digit) {
            return value;
        }
        let first = self.century.year % 100;
        reader.ambiguous = value == first;
        value + self.century.year / 100 * 100 + if value < first { 100 } else { 0 }
    }

    /// `z` and `Z` read the same: an offset, `GMT` with or without one, or a name, which sets the format's zone.
    /// Java looks for `GMT` before the blanks are skipped, for the others behind them.
    fn read_zone(&mut self, reader: &mut Reader<'_>, start: usize, at: usize) -> Option<usize> {
        let text = reader.text;
        if let Some(sign) = sign(text, at) {
            return reader.offset(at + 1, sign, 0, false);
        }
        if stands_at(text, start, "GMT") {
            let at = at + 3;
            return match sign(text, at) {
                Some(sign) => reader.offset(at + 1, sign, 0, true),
                None => {
                    reader.set_offset(0);
                    Some(at)
                }
            };
        }
        let found = self.zone.read_name(text, at)?;
        self.zone = found.zone;
        if let Some(saving) = found.saving {
            reader.fields.clear(Field::ZoneOffset);
            reader.fields.set(Field::DstOffset, saving);
        }
        Some(at + found.length)
    }
}

impl Reader<'_> {
    /// Reads the longest of some lists of names; its number, counted from `first`, is the value.
    fn name(&mut self, at: usize, field: Field, first: i32, lists: &[&[&str]]) -> Option<usize> {
        let found = lists.iter().filter_map(|names| longest(self.text, at, names));
        let (number, length) = found.max_by_key(|(_, length)| *length)?;
        self.fields.set(field, number as i32 + first);
        Some(at + length)
    }

    fn number(&mut self, letter: Letter, value: i32) {
        let (field, value) = match letter {
            Letter::Month | Letter::MonthAlone => (Field::Month, value.wrapping_sub(1)),
            Letter::Day => (Field::DayOfMonth, value),
            Letter::HourFrom1 => (Field::HourOfDay, if value == 24 { 0 } else { value }),
            Letter::Hour => (Field::HourOfDay, value),
            Letter::HalfHourFrom1 => (Field::Hour, if value == 12 { 0 } else { value }),
            Letter::HalfHour => (Field::Hour, value),
            Letter::Minute => (Field::Minute, value),
            Letter::Second => (Field::Second, value),
            Letter::Millisecond => (Field::Millisecond, value),
            Letter::DayOfYear => (Field::DayOfYear, value),
            Letter::DayOfWeekInMonth => (Field::DayOfWeekInMonth, value),
            Letter::WeekOfYear => (Field::WeekOfYear, value),
            Letter::WeekOfMonth => (Field::WeekOfMonth, value),
            Letter::DayNumber => (
                Field::DayOfWeek,
                match value {
                    7 => 1,
                    1..=6 => value + 1,
                    // Sorted out, or not, when the date is worked out.
                    value => value,
                },
            ),
            // Read elsewhere.
            _ => return,
        };
        self.fields.set(field, value);
    }

    fn iso_zone(&mut self, at: usize, count: usize) -> Option<usize> {
        if self.text[at] == u16::from(b'Z') {
            self.set_offset(0);
            return Some(at + 1);
        }
        let sign = sign(self.text, at)?;
        self.offset(at + 1, sign, count, count == 3)
    }

    fn set_offset(&mut self, millis: i32) {
        self.fields.set(Field::ZoneOffset, millis);
        self.fields.set(Field::DstOffset, 0);
    }

    /// Reads hours and minutes: `hh` alone for a count of 1, with a colon where there must be one. Only `GMT+h:mm` may
    /// have one digit of hours.
    fn offset(&mut self, mut at: usize, sign: i32, count: usize, colon: bool) -> Option<usize> {
        let text = self.text;
        let digit = |at: usize| match text.get(at) {
            Some(unit @ 0x30..=0x39) => Some(i32::from(unit - 0x30)),
            _ => None,
        };
        let mut hours = digit(at)?;
        at += 1;
        match digit(at) {
            Some(second) => {
                hours = hours * 10 + second;
                at += 1;
            }
            // Java looks at the next character in any case, so there must be one.
            None if count > 0 || !colon || at >= text.len() => return None,
            None => {}
        }
        if hours > 23 {
            return None;
        }
        let mut minutes = 0;
        if count != 1 {
            if colon {
                text.get(at).filter(|unit| **unit == u16::from(b':'))?;
                at += 1;
            }
            minutes = digit(at)? * 10 + digit(at + 1)?;
            at += 2;
            if minutes > 59 {
                return None;
            }
        }
        self.set_offset((hours * 60 + minutes) * 60_000 * sign);
        Some(at)
    }
}

fn sign(text: &[u16], at: usize) -> Option<i32> {
    match text.get(at)? {
        0x2B => Some(1),
        0x2D => Some(-1),
        _ => None,
    }
}

/// A number as `DecimalFormat` reads it when it wants an integer: a minus, digits of any script, and an exponent in
/// capitals; also `NaN` and `∞`. The value is cut to 32 bits as Java casts, and where the text goes on.
fn number(text: &[u16], at: usize) -> Option<(i32, usize)> {
    const NAN: [u16; 3] = [0x4E, 0x61, 0x4E];
    const INFINITY: u16 = 0x221E;
    let rest = text.get(at..)?;
    if rest.starts_with(&NAN) {
        return Some((0, at + 3));
    }
    let negative = rest.first() == Some(&u16::from(b'-'));
    let start = at + usize::from(negative);
    if text.get(start) == Some(&INFINITY) {
        return Some((if negative { i32::MIN } else { i32::MAX }, start + 1));
    }
    let (mut value, mut end) = (0u64, start);
    while let Some(digit) = text.get(end).copied().and_then(unit_digit) {
        // Past this many digits the slow path counts again.
        value = value.saturating_mul(10).saturating_add(u64::from(digit));
        end += 1;
    }
    if end == start {
        return None;
    }
    if let Some((exponent, next)) = exponent(text, end) {
        return Some((far(text, start, end, exponent, negative), next));
    }
    if value > i64::MAX as u64 {
        return Some((far(text, start, end, 0, negative), end));
    }
    let value = value as i64;
    Some(((if negative { -value } else { value }) as i32, end))
}

fn unit_digit(unit: u16) -> Option<u32> {
    match unit {
        0x30..=0x39 => Some(u32::from(unit - 0x30)),
        0..0x80 => None,
        unit => digit(char::from_u32(u32::from(unit))?)?.to_digit(10),
    }
}

/// An `E` with digits behind it.
fn exponent(text: &[u16], at: usize) -> Option<(i32, usize)> {
    if text.get(at) != Some(&u16::from(b'E')) {
        return None;
    }
    let negative = text.get(at + 1) == Some(&u16::from(b'-'));
    let start = at + 1 + usize::from(negative);
    let (mut value, mut end) = (Some(0i64), start);
    while let Some(digit) = text.get(end).copied().and_then(unit_digit) {
        value = value.and_then(|value| value.checked_mul(10)?.checked_add(i64::from(digit)));
        end += 1;
    }
    // One that 64 bits do not hold is none.
    let value = value.filter(|_| end > start)?;
    // Java casts.
    let value = value as i32;
    Some((if negative { value.wrapping_neg() } else { value }, end))
}

/// A number with an exponent, or too long for 64 bits: whole ones of 64 bits are cut to 32, others end at the bounds.
fn far(text: &[u16], start: usize, end: usize, exponent: i32, negative: bool) -> i32 {
    let digits = text[start..end].iter().filter_map(|unit| char::from_digit(unit_digit(*unit)?, 10));
    let digits: String = digits.skip_while(|digit| *digit == '0').collect();
    // How many digits are before the point.
    let whole = (digits.len() as i32).wrapping_add(exponent);
    let digits = digits.trim_end_matches('0');
    let sign = if negative { "-" } else { "" };
    if digits.is_empty() {
        return 0;
    }
    if let Ok(whole) = usize::try_from(whole)
        && whole >= digits.len()
        && whole <= 19
        && let Ok(value) = format!("{sign}{digits}{}", "0".repeat(whole - digits.len())).parse::<i64>()
    {
        return value as i32;
    }
    format!("{sign}0.{digits}e{whole}").parse::<f64>().map_or(0, |value| value as i32)
}

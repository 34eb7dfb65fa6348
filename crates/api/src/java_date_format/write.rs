//! Instants to text.

use std::fmt::Write as _;

use super::fields::Fields;
use super::names::{DAYS, ERAS, HALVES, MONTHS, short};
use super::pattern::{Item, Letter};
use super::zone::Zone;

/// As many zeros as Java's number formats put before a number.
const DIGITS_MAX: usize = 309;

pub(super) fn write(items: &[Item], zone: &Zone, millis: i64, out: &mut String) {
    let (standard, saving) = zone.offsets_at(millis);
    let offset = standard + saving;
    let fields = Fields::of(millis, offset);
    for item in items {
        match item {
            Item::Literal { text, .. } => out.push_str(text),
            Item::Field { letter: Letter::ZoneName, count, .. } => {
                zone.write_name(millis, saving != 0, *count >= 4, out);
            }
            Item::Field { letter: Letter::ZoneOffset, .. } => write_offset(offset, out),
            Item::Field { letter: Letter::IsoZone, count, .. } => write_iso_offset(offset, *count, out),
            Item::Field { letter, count, .. } => write_field(*letter, *count as usize, &fields, out),
        }
    }
}

fn write_field(letter: Letter, count: usize, fields: &Fields, out: &mut String) {
    let number = match letter {
        Letter::Era => return out.push_str(ERAS[usize::from(!fields.is_before_christ())]),
        Letter::AmPm => return out.push_str(HALVES[usize::from(fields.hour >= 12)]),
        Letter::DayName => return write_name(DAYS[usize::from(fields.weekday - 1)], count, out),
        Letter::Month | Letter::MonthAlone if count >= 3 => {
            return write_name(MONTHS[usize::from(fields.month)], count, out);
        }
        Letter::Year if count == 2 => return write_two_digits(i64::from(fields.year), out),
        Letter::WeekYear if count == 2 => return write_two_digits(fields.week_year(), out),
        Letter::Year => i64::from(fields.year),
        Letter::WeekYear => fields.week_year(),
        Letter::Month | Letter::MonthAlone => i64::from(fields.month) + 1,
        Letter::Day => i64::from(fields.day),
        Letter::HourFrom1 => i64::from(if fields.hour == 0 { 24 } else { fields.hour }),
        Letter::Hour => i64::from(fields.hour),
        Letter::HalfHourFrom1 => {
            i64::from(if fields.hour.is_multiple_of(12) { 12 } else { fields.hour % 12 })
        }
        Letter::HalfHour => i64::from(fields.hour % 12),
        Letter::Minute => i64::from(fields.minute),
        Letter::Second => i64::from(fields.second),
        Letter::Millisecond => i64::from(fields.millisecond),
        Letter::DayOfYear => fields.day_of_year(),
        Letter::DayOfWeekInMonth => fields.day_of_week_in_month(),
        Letter::WeekOfYear => fields.week_of_year(),
        Letter::WeekOfMonth => fields.week_of_month(),
        // Monday is 1, Sunday 7.
        Letter::DayNumber => i64::from((fields.weekday + 5) % 7 + 1),
        // Written by the caller, who knows the zone.
        Letter::ZoneName | Letter::ZoneOffset | Letter::IsoZone => return,
    };
    write_number(number, count, out);
}

fn write_name(name: &str, count: usize, out: &mut String) {
    out.push_str(if count >= 4 { name } else { short(name) });
}

fn write_number(number: i64, digits: usize, out: &mut String) {
    // The common cases without the machinery of formatting.
    if let (0..100, 1 | 2) = (number, digits) {
        if digits == 2 || number >= 10 {
            out.push(char::from(b'0' + (number / 10) as u8));
        }
        return out.push(char::from(b'0' + (number % 10) as u8));
    }
    let sign = if number < 0 { "-" } else { "" };
    let _ = write!(out, "{sign}{:0width$}", number.unsigned_abs(), width = digits.min(DIGITS_MAX));
}

/// The last two digits.
fn write_two_digits(number: i64, out: &mut String) {
    if number < 0 {
        out.push('-');
    }
    write_number((number.unsigned_abs() % 100) as i64, 2, out);
}

fn write_offset(offset: i32, out: &mut String) {
    let minutes = (offset / 60_000).unsigned_abs();
    out.push(if offset / 60_000 < 0 { '-' } else { '+' });
    let _ = write!(out, "{:04}", minutes / 60 * 100 + minutes % 60);
}

fn write_iso_offset(offset: i32, count: u32, out: &mut String) {
    if offset == 0 {
        return out.push('Z');
    }
    let minutes = (offset / 60_000).unsigned_abs();
    out.push(if offset / 60_000 < 0 { '-' } else { '+' });
    let _ = write!(out, "{:02}", minutes / 60);
    if count == 3 {
        out.push(':');
    }
    if count > 1 {
        let _ = write!(out, "{:02}", minutes % 60);
    }
}

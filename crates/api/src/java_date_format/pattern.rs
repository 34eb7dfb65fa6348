//! Patterns: letters with their counts, and what stands between them.

use crate::{Exception, classes};

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Characters that stand for themselves, also in the units that Java compares.
    Literal { text: Box<str>, units: Box<[u16]> },
    /// A letter, how often it stands there, and whether the next piece is a number without anything between.
    Field { letter: Letter, count: u32, before_number: bool },
}

/// Pattern letters, named by what they show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    Era,
    Year,
    Month,
    Day,
    /// `k`: 1 to 24.
    HourFrom1,
    /// `H`: 0 to 23.
    Hour,
    Minute,
    Second,
    Millisecond,
    DayName,
    DayOfYear,
    /// `F`: which Tuesday of the month, say.
    DayOfWeekInMonth,
    WeekOfYear,
    WeekOfMonth,
    AmPm,
    /// `h`: 1 to 12.
    HalfHourFrom1,
    /// `K`: 0 to 11.
    HalfHour,
    ZoneName,
    /// `Z`: `+0100`.
    ZoneOffset,
    WeekYear,
    /// `u`: 1 is Monday.
    DayNumber,
    /// `X`: `Z` or `+01:00`.
    IsoZone,
    /// `L`: a month that stands alone.
    MonthAlone,
}

impl Letter {
    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'G' => Self::Era,
            'y' => Self::Year,
            'M' => Self::Month,
            'd' => Self::Day,
            'k' => Self::HourFrom1,
            'H' => Self::Hour,
            'm' => Self::Minute,
            's' => Self::Second,
            'S' => Self::Millisecond,
            'E' => Self::DayName,
            'D' => Self::DayOfYear,
            'F' => Self::DayOfWeekInMonth,
            'w' => Self::WeekOfYear,
            'W' => Self::WeekOfMonth,
            'a' => Self::AmPm,
            'h' => Self::HalfHourFrom1,
            'K' => Self::HalfHour,
            'z' => Self::ZoneName,
            'Z' => Self::ZoneOffset,
            'Y' => Self::WeekYear,
            'u' => Self::DayNumber,
            'X' => Self::IsoZone,
            'L' => Self::MonthAlone,
            _ => return None,
        })
    }

    /// Whether it is read as a number, so that a number right before it must end after its count of digits.
    fn is_number(self, count: u32) -> bool {
        match self {
            Self::Month | Self::MonthAlone => count <= 2,
            Self::Era | Self::DayName | Self::AmPm | Self::ZoneName | Self::ZoneOffset | Self::IsoZone => {
                false
            }
            _ => true,
        }
    }
}

/// Compiles `pattern`; Java's `IllegalArgumentException` when it is none.
pub(super) fn compile(pattern: &str) -> Result<Vec<Item>, Exception> {
    let mut compiler = Compiler::default();
    let mut quoted = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' && chars.next_if_eq(&'\'').is_some() {
            // Two quotes are one, inside of quotes too.
            compiler.end_field()?;
            compiler.literal.push('\'');
        } else if c == '\'' {
            compiler.end_field()?;
            quoted = !quoted;
        } else if quoted {
            compiler.literal.push(c);
        } else if c.is_ascii_alphabetic() {
            compiler.letter(c)?;
        } else {
            compiler.end_field()?;
            compiler.literal.push(c);
        }
    }
    if quoted {
        return Err(illegal("Unterminated quote"));
    }
    compiler.end_field()?;
    compiler.end_literal();
    Ok(compiler.finish())
}

#[derive(Default)]
struct Compiler {
    items: Vec<Item>,
    literal: String,
    field: Option<(Letter, u32)>,
}

impl Compiler {
    fn letter(&mut self, c: char) -> Result<(), Exception> {
        let letter = Letter::of(c).ok_or_else(|| illegal(format!("Illegal pattern character '{c}'")))?;
        if let Some((current, count)) = &mut self.field
            && *current == letter
        {
            *count += 1;
            return Ok(());
        }
        self.end_field()?;
        self.end_literal();
        self.field = Some((letter, 1));
        Ok(())
    }

    fn end_field(&mut self) -> Result<(), Exception> {
        if let Some((letter, count)) = self.field.take() {
            if letter == Letter::IsoZone && count >= 4 {
                return Err(illegal(format!("invalid ISO 8601 format: length={count}")));
            }
            self.items.push(Item::Field { letter, count, before_number: false });
        }
        Ok(())
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            let text = std::mem::take(&mut self.literal);
            let units = text.encode_utf16().collect();
            self.items.push(Item::Literal { text: text.into(), units });
        }
    }

    fn finish(mut self) -> Vec<Item> {
        let mut next_is_number = false;
        for item in self.items.iter_mut().rev() {
            match item {
                Item::Literal { .. } => next_is_number = false,
                Item::Field { letter, count, before_number } => {
                    *before_number = next_is_number;
                    next_is_number = letter.is_number(*count);
                }
            }
        }
        self.items
    }
}

fn illegal(message: impl Into<String>) -> Exception {
    Exception::new(classes::ILLEGAL_ARGUMENT, message)
}

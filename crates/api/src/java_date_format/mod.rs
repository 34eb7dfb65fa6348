//! Dates as text by patterns: Java's `SimpleDateFormat` with English (US) names and weeks.
//!
//! A [`DateFormat`] is made once of a pattern (`pattern.rs`), writes instants (`write.rs`, over `fields.rs`) and reads
//! texts (`read.rs`). Reading is as lenient as Java's: fields may overflow, a field is read from where the last one
//! ended, what follows the last one is ignored, and fields that contradict each other are settled by their order
//! (`resolve.rs`). Numbers of other scripts count as numbers.
//!
//! As in Java a text that names its zone sets the zone of the format, so one format belongs to one task.
//!
//! Not imitated: names of other languages; of the zones' names those of JDK 25 are known.

mod fields;
mod names;
mod pattern;
mod read;
mod resolve;
#[cfg(test)]
mod tests;
mod write;
mod zone;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::logical::DAY_MS;
use crate::{Exception, classes};
use fields::Fields;
use pattern::Item;
use zone::Zone;

/// A pattern of `SimpleDateFormat`, ready to write and read.
#[derive(Clone, Debug)]
pub struct DateFormat {
    /// Shared, so that whoever needs a format for one text can clone it.
    pattern: Arc<str>,
    items: Arc<[Item]>,
    zone: Zone,
    /// Two digits mean a year of the hundred from here.
    century: Century,
    /// The text being read, in the units that Java counts; kept for the next text.
    units: Vec<u16>,
}

/// The start of the hundred years that two digits may mean.
#[derive(Clone, Copy, Debug)]
struct Century {
    millis: i64,
    year: i32,
}

impl Century {
    fn starting(millis: i64) -> Self {
        Self { millis, year: Fields::of(millis, 0).year }
    }

    /// Eighty years ago.
    fn current() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
        let fields = Fields::of(now, 0);
        let (year, month) = (i64::from(fields.year) - 80, i64::from(fields.month) + 1);
        let last = crate::calendar::days_of(year, month + 1, 1) - 1;
        let day = crate::calendar::days_of(year, month, i64::from(fields.day)).min(last);
        Self::starting(day * DAY_MS + now.rem_euclid(DAY_MS))
    }
}

impl DateFormat {
    /// A format in the zone of the process; Java's `IllegalArgumentException` for a pattern that is none.
    pub fn new(pattern: &str) -> Result<Self, Exception> {
        let items = pattern::compile(pattern)?.into();
        Ok(Self {
            pattern: pattern.into(),
            items,
            zone: Zone::local(),
            century: Century::current(),
            units: Vec::new(),
        })
    }

    /// The same format in UTC.
    #[must_use]
    pub fn in_utc(mut self) -> Self {
        self.zone = Zone::utc();
        self
    }

    /// The same format with two-digit years from the instant `millis` on.
    #[must_use]
    pub fn with_century(mut self, millis: i64) -> Self {
        self.century = Century::starting(millis);
        self
    }

    /// The pattern.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Appends the text of an instant, in milliseconds since the epoch.
    pub fn format(&self, millis: i64, out: &mut String) {
        write::write(&self.items, &self.zone, millis, out);
    }

    /// The instant that `text` names, in milliseconds since the epoch; else Java's `ParseException`.
    pub fn parse(&mut self, text: &str) -> Result<i64, Exception> {
        let mut units = std::mem::take(&mut self.units);
        units.clear();
        if text.is_ascii() {
            units.extend(text.bytes().map(u16::from));
        } else {
            units.extend(text.encode_utf16());
        }
        let found = self.read(&units);
        self.units = units;
        found.ok_or_else(|| Exception::new(classes::PARSE, format!("Unparseable date: \"{text}\"")))
    }
}

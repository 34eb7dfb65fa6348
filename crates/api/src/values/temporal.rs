//! Dates and times in header texts, with the leniency of Java's `SimpleDateFormat`: fields may overflow, and the text
//! may go on after what the pattern needs.

use crate::calendar::{Local, days_of, to_instant};
use crate::logical::DAY_MS;
use crate::{Exception, SchemaAndValue, SchemaBuilder, Value};

/// A temporal text, told by its length: 13 a Time, 24 a Timestamp, 10 a Date.
pub(super) fn parse(text: &str) -> Result<Option<SchemaAndValue>, Exception> {
    let text = text.replace("\\:", ":");
    let (builder, millis) = match text.encode_utf16().count() {
        13 => (SchemaBuilder::time(), Fields(&text).time().map(|ms| at(1970, 1, 1, ms))),
        24 => (SchemaBuilder::timestamp(), Fields(&text).timestamp()),
        10 => (SchemaBuilder::date(), Fields(&text).date().map(|(y, m, d)| at(y, m, d, 0))),
        _ => return Ok(None),
    };
    let Some(millis) = millis else {
        return Ok(None);
    };
    Ok(Some(SchemaAndValue { schema: Some(builder.build()?), value: Value::Date(millis) }))
}

/// What is left to read.
struct Fields<'a>(&'a str);

impl Fields<'_> {
    fn number(&mut self) -> Option<i64> {
        let text = self.0.trim_start_matches([' ', '\t']);
        let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
        let number = text[..end].parse().ok()?;
        self.0 = &text[end..];
        Some(number)
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        self.0 = self.0.strip_prefix(sign)?;
        Some(())
    }

    /// `yyyy-MM-dd`
    fn date(&mut self) -> Option<(i64, i64, i64)> {
        let year = self.number()?;
        self.sign('-')?;
        let month = self.number()?;
        self.sign('-')?;
        Some((year, month, self.number()?))
    }

    /// `HH:mm:ss.SSS'Z'`, in milliseconds.
    fn time(&mut self) -> Option<i64> {
        let hours = self.number()?;
        self.sign(':')?;
        let minutes = self.number()?;
        self.sign(':')?;
        let seconds = self.number()?;
        self.sign('.')?;
        let millis = self.number()?;
        self.sign('Z')?;
        Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
    }

    /// `yyyy-MM-dd'T'HH:mm:ss.SSS'Z'`
    fn timestamp(&mut self) -> Option<i64> {
        let (year, month, day) = self.date()?;
        self.sign('T')?;
        Some(at(year, month, day, self.time()?))
    }
}

/// Milliseconds since the epoch of a local date, `millis` into its day.
fn at(year: i64, month: i64, day: i64, millis: i64) -> i64 {
    to_instant(days_of(year, month, day).saturating_mul(DAY_MS).saturating_add(millis))
}

/// The text of a Date value: by the value alone, whatever its schema. Below one day a time of day, else a whole day a
/// date, else a timestamp; in the zone of the process.
#[must_use]
pub fn date_text(millis: i64) -> String {
    let local = Local::of(millis);
    let (hours, minutes, seconds, rest) = local.time();
    let time = || format!("{hours:02}:{minutes:02}:{seconds:02}.{rest:03}Z");
    let date = || format!("{:04}-{:02}-{:02}", local.year, local.month, local.day);
    if millis < DAY_MS {
        time()
    } else if millis % DAY_MS == 0 {
        date()
    } else {
        format!("{}T{}", date(), time())
    }
}

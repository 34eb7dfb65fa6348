//! Dates and times in header texts, with the leniency of Java's `SimpleDateFormat`: fields may overflow, and the text
//! may go on after what the pattern needs.

use crate::logical::DAY_MS;
use crate::{Exception, SchemaAndValue, SchemaBuilder, Value, local_zone};

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

/// Milliseconds since the epoch of a local date, in the zone of the process, `millis` into its day. Months and days
/// outside of their ranges carry over; dates before October 15th 1582 are Julian.
fn at(year: i64, month: i64, day: i64, millis: i64) -> i64 {
    const CUTOVER_DAY: i64 = -141_427;
    let months = year.saturating_mul(12).saturating_add(month - 1);
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let gregorian = days(year, month, true).saturating_add(day - 1);
    let days =
        if gregorian < CUTOVER_DAY { days(year, month, false).saturating_add(day - 1) } else { gregorian };
    let local = days.saturating_mul(DAY_MS).saturating_add(millis);
    to_instant(local)
}

/// Days from the epoch to the first of a month.
fn days(year: i64, month: i64, gregorian: bool) -> i64 {
    // Years are counted from March, so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let month_days = (153 * ((month + 9) % 12) + 2) / 5;
    let leaps = year.div_euclid(4);
    let days = year.saturating_mul(365).saturating_add(leaps + month_days);
    if gregorian { days - year.div_euclid(100) + year.div_euclid(400) - 719_468 } else { days - 719_470 }
}

/// The instant of local milliseconds. Outside of the years that zones are known for, local is UTC.
fn to_instant(local: i64) -> i64 {
    let Ok(utc) = jiff::Timestamp::from_millisecond(local) else {
        return local;
    };
    let civil = jiff::tz::Offset::UTC.to_datetime(utc);
    local_zone().to_timestamp(civil).map_or(local, |instant| instant.as_millisecond())
}

/// The text of a Date value: by the value alone, whatever its schema. Below one day a time of day, else a whole day a
/// date, else a timestamp; in the zone of the process.
#[must_use]
pub fn date_text(millis: i64) -> String {
    let Ok(instant) = jiff::Timestamp::from_millisecond(millis) else {
        return millis.to_string();
    };
    let local = local_zone().to_datetime(instant);
    let time = || {
        format!("{:02}:{:02}:{:02}.{:03}Z", local.hour(), local.minute(), local.second(), local.millisecond())
    };
    let date = || format!("{:04}-{:02}-{:02}", local.year(), local.month(), local.day());
    if millis < DAY_MS {
        time()
    } else if millis % DAY_MS == 0 {
        date()
    } else {
        format!("{}T{}", date(), time())
    }
}

//! Dates and times in header texts.

use std::sync::LazyLock;

use crate::calendar::Local;
use crate::logical::DAY_MS;
use crate::{DateFormat, Exception, SchemaAndValue, SchemaBuilder, Value};

/// The forms of a Time, a Timestamp and a Date. The `Z` is only a letter: texts are in the zone of the process.
static FORMATS: LazyLock<[Option<DateFormat>; 3]> = LazyLock::new(|| {
    ["HH:mm:ss.SSS'Z'", "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "yyyy-MM-dd"]
        .map(|pattern| DateFormat::new(pattern).ok())
});

/// A temporal text, told by its length: 13 a Time, 24 a Timestamp, 10 a Date. Read leniently, so that fields may
/// overflow and the text may go on after what the pattern needs.
pub(super) fn parse(text: &str) -> Result<Option<SchemaAndValue>, Exception> {
    let text = text.replace("\\:", ":");
    let [time, timestamp, date] = &*FORMATS;
    let (builder, format) = match text.encode_utf16().count() {
        13 => (SchemaBuilder::time(), time),
        24 => (SchemaBuilder::timestamp(), timestamp),
        10 => (SchemaBuilder::date(), date),
        _ => return Ok(None),
    };
    // A format of its own, since reading may leave something in it.
    let Some(millis) = format.clone().and_then(|mut format| format.parse(&text).ok()) else {
        return Ok(None);
    };
    Ok(Some(SchemaAndValue { schema: Some(builder.build()?), value: Value::Date(millis) }))
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

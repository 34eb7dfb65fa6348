//! Entry for fuzz targets.

use super::{input, json, read, write};

/// Reads `line` as a record of either direction. Of a source's record: its value as it is written, and as it is written
/// after it was read again.
#[must_use]
pub fn rewrite(line: &str) -> Option<(String, Result<String, String>)> {
    let _ = input::consumed(line);
    let record = input::returned(line).ok()?;
    let mut text = Vec::new();
    write::envelope(record.value_schema.as_ref(), &record.value, &mut text);
    let once = String::from_utf8(text).expect("JSON is UTF-8");
    let twice = again(&once);
    Some((once, twice))
}

fn again(text: &str) -> Result<String, String> {
    let found = read::envelope(&json::Json::parse(text)?)?;
    let mut text = Vec::new();
    write::envelope(found.schema.as_ref(), &found.value, &mut text);
    String::from_utf8(text).map_err(|error| error.to_string())
}

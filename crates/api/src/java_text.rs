//! Java's `toString` of values: what the file sink writes and error texts show.

use std::io::Write as _;
use std::sync::OnceLock;

use jiff::tz::TimeZone;

use crate::calendar::Local;
use crate::number_text::{write_decimal, write_f32, write_f64};
use crate::{BytesClass, Struct, Text, Value};

/// Appends `value.toString()`, or `null`. A STRING is appended as it is.
pub fn java_string(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Int8(value) => write_int(i64::from(*value), out),
        Value::Int16(value) => write_int(i64::from(*value), out),
        Value::Int32(value) => write_int(i64::from(*value), out),
        Value::Int64(value) => write_int(*value, out),
        Value::Float32(value) => write_f32(*value, out),
        Value::Float64(value) => write_f64(*value, out),
        Value::String(text) => out.extend_from_slice(text.as_bytes()),
        Value::Bytes(bytes, BytesClass::Buffer) => {
            let len = bytes.len();
            out.extend_from_slice(format!("java.nio.HeapByteBuffer[pos=0 lim={len} cap={len}]").as_bytes());
        }
        Value::Bytes(bytes, BytesClass::Array) => {
            // Java shows the identity hash here; nobody can depend on it, so any number does.
            let hash =
                bytes.iter().fold(1u32, |hash, &byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
            out.extend_from_slice(format!("[B@{hash:x}").as_bytes());
        }
        Value::Array(elements) => {
            out.push(b'[');
            for (at, element) in elements.iter().enumerate() {
                separate(at, b", ", out);
                java_string(element, out);
            }
            out.push(b']');
        }
        Value::Map(map) => {
            out.push(b'{');
            for (at, (key, value)) in map.iter().enumerate() {
                separate(at, b", ", out);
                java_string(key, out);
                out.push(b'=');
                java_string(value, out);
            }
            out.push(b'}');
        }
        Value::Struct(inner) => java_struct_string(inner, out),
        Value::Decimal(value) => write_decimal(value, out),
        Value::Date(millis) => write_date(*millis, out),
    }
}

/// Appends `Struct.toString`: null fields left out, defaults not applied.
pub(crate) fn java_struct_string(value: &Struct, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Struct{");
    let set = value.entries().filter(|(_, value)| !value.is_null());
    for (at, (field, value)) in set.enumerate() {
        separate(at, b",", out);
        out.extend_from_slice(field.name().as_bytes());
        out.push(b'=');
        java_string(value, out);
    }
    out.push(b'}');
}

fn separate(at: usize, text: &[u8], out: &mut Vec<u8>) {
    if at > 0 {
        out.extend_from_slice(text);
    }
}

/// A decimal integer.
#[must_use]
pub fn int_text(value: i64) -> Text {
    Text::from(itoa::Buffer::new().format(value))
}

/// Appends a decimal integer.
pub fn write_int(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends `java.util.Date.toString`, in the zone of the process.
fn write_date(millis: i64, out: &mut Vec<u8>) {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let local = Local::of(millis);
    let (day, month) = (DAYS[usize::from(local.weekday) % 7], MONTHS[usize::from(local.month + 11) % 12]);
    let (hours, minutes, seconds, _) = local.time();
    let (zone, year) = (&local.zone, local.year);
    let _ = write!(out, "{day} {month} {:02} {hours:02}:{minutes:02}:{seconds:02} {zone} {year}", local.day);
}

static ZONE: OnceLock<TimeZone> = OnceLock::new();

/// The time zone of the process: `TZ`, else the machine's, else UTC.
#[must_use]
pub fn local_zone() -> &'static TimeZone {
    ZONE.get_or_init(TimeZone::system)
}

/// Makes UTC the time zone of the process unless `TZ` names one. For programs whose answer shall not depend on the
/// machine; to be called before anybody asks for the zone.
pub fn utc_unless_told() {
    if std::env::var_os("TZ").is_none_or(|zone| zone.is_empty()) {
        let _ = ZONE.set(TimeZone::UTC);
    }
}

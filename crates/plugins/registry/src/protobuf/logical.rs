//! Decimal, Date, Time and Timestamp as messages.
//!
//! Their fields are written only when they are not zero, as in any proto3 message, and read in any order. Errors have
//! the classes and words of what upstream calls for the conversion: Java's calendar, `LocalTime`, `BigDecimal`,
//! protobuf's `Timestamps`.

use std::sync::Arc;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode};
use kconnect_api::{Exception, Logical, Schema, Value, classes, logical};

use super::calendar;
use super::scalar::WireType;
use super::wire::{Cursor, Malformed, put_varint};

/// Appends the content of the message for `value`.
pub(super) fn write(
    logical: Logical,
    schema: &Schema,
    value: &Value,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    match (logical, value) {
        (Logical::Decimal, Value::Decimal(decimal)) => {
            write_decimal(decimal, out);
            Ok(())
        }
        (Logical::Date, Value::Date(millis)) => write_date(*millis, out),
        (Logical::Time, Value::Date(millis)) => write_time(*millis, out),
        (Logical::Timestamp, Value::Date(millis)) => {
            write_timestamp(logical::timestamp_millis(schema, *millis)?, out)
        }
        (logical, value) => {
            let (name, expected) = match logical {
                Logical::Decimal => ("Decimal", "BigDecimal"),
                Logical::Date => ("Date", "Date"),
                Logical::Time => ("Time", "Date"),
                Logical::Timestamp => ("Timestamp", "Date"),
            };
            let class = value.java_class();
            Err(Exception::data(format!(
                "Invalid type for {name}, expected {expected} but was class {class}"
            )))
        }
    }
}

fn number(out: &mut Vec<u8>, field: u8, value: u64) {
    if value != 0 {
        out.push(field << 3);
        put_varint(out, value);
    }
}

/// Negative 32-bit numbers are extended to 64 bits on the wire.
fn int32(out: &mut Vec<u8>, field: u8, value: i32) {
    number(out, field, i64::from(value) as u64);
}

fn write_decimal(decimal: &BigDecimal, out: &mut Vec<u8>) {
    let (unscaled, scale) = decimal.as_bigint_and_scale();
    let bytes = unscaled.to_signed_bytes_be();
    out.push(1 << 3 | WireType::Length.bits() as u8);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(&bytes);
    number(out, 2, decimal.digits().max(1));
    // Java's scale has 32 bits.
    int32(out, 3, scale as i32);
}

fn write_date(millis: i64, out: &mut Vec<u8>) -> Result<(), Exception> {
    if millis.rem_euclid(logical::DAY_MS) != 0 {
        return Err(Exception::data(
            "Kafka Connect Date type should not have any time fields set to non-zero values.",
        ));
    }
    let (year, month, date) = calendar::civil(millis.div_euclid(logical::DAY_MS));
    int32(out, 1, year);
    int32(out, 2, month);
    int32(out, 3, date);
    Ok(())
}

fn write_time(millis: i64, out: &mut Vec<u8>) -> Result<(), Exception> {
    if !(0..=logical::DAY_MS).contains(&millis) {
        return Err(Exception::data(
            "Time values must use number of millis greater than 0 and less than 86400000",
        ));
    }
    let of_day = (millis % logical::DAY_MS) as i32;
    int32(out, 1, of_day / 3_600_000);
    int32(out, 2, of_day / 60_000 % 60);
    int32(out, 3, of_day / 1_000 % 60);
    int32(out, 4, of_day % 1_000 * 1_000_000);
    Ok(())
}

fn write_timestamp(millis: i64, out: &mut Vec<u8>) -> Result<(), Exception> {
    let seconds = millis.div_euclid(1_000);
    let nanos = (millis.rem_euclid(1_000) * 1_000_000) as i32;
    check_timestamp(seconds, nanos)?;
    number(out, 1, seconds as u64);
    int32(out, 2, nanos);
    Ok(())
}

fn check_timestamp(seconds: i64, nanos: i32) -> Result<(), Exception> {
    if (-62_135_596_800..=253_402_300_799).contains(&seconds) && (0..1_000_000_000).contains(&nanos) {
        return Ok(());
    }
    let message = format!(
        "Timestamp is not valid. See proto definition for valid values. Seconds ({seconds}) must be in range \
         [-62,135,596,800, +253,402,300,799]. Nanos ({nanos}) must be in range [0, +999,999,999]."
    );
    Err(Exception::new(classes::ILLEGAL_ARGUMENT, message))
}

/// Why a message is no logical value.
pub(super) enum Fault {
    /// Its bytes are no message.
    Bytes(Malformed),
    /// Its fields make no value.
    Value(Exception),
}

impl From<Malformed> for Fault {
    fn from(error: Malformed) -> Self {
        Self::Bytes(error)
    }
}

impl From<Exception> for Fault {
    fn from(error: Exception) -> Self {
        Self::Value(error)
    }
}

/// The fields of such a message: up to four numbers, or bytes in place of the first one.
#[derive(Default)]
struct Parts<'a> {
    numbers: [u64; 5],
    bytes: &'a [u8],
}

fn parts(mut at: Cursor<'_>, depth: usize) -> Result<Parts<'_>, Malformed> {
    let mut parts = Parts::default();
    while !at.is_at_end() {
        match at.tag()? {
            (number @ 1..=4, WireType::Varint) => parts.numbers[number as usize] = at.varint()?,
            (1, WireType::Length) => parts.bytes = at.inner()?.rest(),
            (number, wire_type) => at.skip(number, wire_type, depth)?,
        }
    }
    Ok(parts)
}

/// The value in the message at `at`.
pub(super) fn read(logical: Logical, at: Cursor<'_>, depth: usize) -> Result<Value, Fault> {
    let parts = parts(at, depth)?;
    let int = |field: usize| parts.numbers[field] as i32;
    Ok(match logical {
        Logical::Decimal => Value::Decimal(Arc::new(decimal(parts.bytes, int(2), int(3))?)),
        Logical::Date => {
            let illegal = |text| Exception::new(classes::ILLEGAL_ARGUMENT, text);
            let day = calendar::day(int(1), int(2), int(3)).map_err(illegal)?;
            let millis = day.checked_mul(logical::DAY_MS).ok_or_else(|| illegal("YEAR".to_owned()))?;
            Value::Date(millis)
        }
        Logical::Time => Value::Date(time([int(1), int(2), int(3), int(4)])?),
        Logical::Timestamp => {
            let (seconds, nanos) = (parts.numbers[1] as i64, int(2));
            check_timestamp(seconds, nanos)?;
            Value::Date(seconds * 1_000 + i64::from(nanos / 1_000_000))
        }
    })
}

fn time(parts: [i32; 4]) -> Result<i64, Exception> {
    let names = ["HourOfDay", "MinuteOfHour", "SecondOfMinute", "NanoOfSecond"];
    for ((name, most), value) in names.into_iter().zip([23, 59, 59, 999_999_999]).zip(parts) {
        if !(0..=most).contains(&value) {
            let message = format!("Invalid value for {name} (valid values 0 - {most}): {value}");
            return Err(Exception::new("java.time.DateTimeException", message));
        }
    }
    let [hours, minutes, seconds, nanos] = parts.map(i64::from);
    Ok(((hours * 60 + minutes) * 60 + seconds) * 1_000 + nanos / 1_000_000)
}

/// Longer numbers are not rounded: dividing them takes a time that grows with the square of their length.
const ROUNDED_MAX: usize = 4 << 10;

fn decimal(bytes: &[u8], precision: i32, scale: i32) -> Result<BigDecimal, Exception> {
    if bytes.is_empty() {
        return Err(Exception::new(classes::NUMBER_FORMAT, "Zero length BigInteger"));
    }
    let precision =
        u64::try_from(precision).map_err(|_| Exception::new(classes::ILLEGAL_ARGUMENT, "Digits < 0"))?;
    let unscaled = BigInt::from_signed_bytes_be(bytes);
    // At most so many digits: three for each ten bits, and some.
    let digits_max = unscaled.bits() * 30_103 / 100_000 + 1;
    let decimal = BigDecimal::new(unscaled, i64::from(scale));
    // 0 is unlimited.
    if precision == 0 || digits_max <= precision {
        return Ok(decimal);
    }
    if bytes.len() > ROUNDED_MAX {
        return Err(Exception::data(format!(
            "a decimal of {} bytes has more than its {precision} digits and is too long to be rounded",
            bytes.len()
        )));
    }
    let digits = decimal.digits();
    if digits <= precision {
        return Ok(decimal);
    }
    let rounded = decimal.with_scale_round(
        i64::from(scale) - i64::try_from(digits - precision).unwrap_or(i64::MAX),
        RoundingMode::HalfUp,
    );
    // 9.99 to two digits is 10.0, which has three.
    match rounded.digits() > precision {
        true => Ok(rounded.with_scale(rounded.as_bigint_and_scale().1 - 1)),
        false => Ok(rounded),
    }
}

#[cfg(test)]
mod tests {
    use kconnect_api::SchemaBuilder;

    use super::*;

    fn schema(logical: Logical) -> Schema {
        match logical {
            Logical::Decimal => SchemaBuilder::decimal(2),
            Logical::Date => SchemaBuilder::date(),
            Logical::Time => SchemaBuilder::time(),
            Logical::Timestamp => SchemaBuilder::timestamp(),
        }
        .build()
        .unwrap()
    }

    fn bytes(logical: Logical, value: Value) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        let result = write(logical, &schema(logical), &value, &mut out);
        result.map(|()| out).map_err(|error| error.to_string())
    }

    fn value(logical: Logical, bytes: &[u8]) -> Result<Value, String> {
        read(logical, Cursor::new(bytes, 0, bytes.len()), 1).map_err(|fault| match fault {
            Fault::Bytes(error) => Exception::from(error).to_string(),
            Fault::Value(error) => error.to_string(),
        })
    }

    fn decimal(text: &str) -> Value {
        Value::Decimal(Arc::new(text.parse().unwrap()))
    }

    #[test]
    fn values_are_those_messages_and_come_back() {
        for (logical, given, expected) in [
            (Logical::Decimal, decimal("1.56"), &b"\x0a\x02\x00\x9c\x10\x03\x18\x02"[..]),
            (Logical::Decimal, decimal("0"), b"\x0a\x01\x00\x10\x01"),
            (Logical::Decimal, decimal("-1"), b"\x0a\x01\xff\x10\x01"),
            (Logical::Date, Value::Date(10_000 * logical::DAY_MS), b"\x08\xcd\x0f\x10\x05\x18\x13"),
            (Logical::Time, Value::Date(1_000), b"\x18\x01"),
            (Logical::Time, Value::Date(45_296_789), b"\x08\x0c\x10\x22\x18\x38\x20\xc0\xde\x9c\xf8\x02"),
            (Logical::Timestamp, Value::Date(1_000), b"\x08\x01"),
            (
                Logical::Timestamp,
                Value::Date(-1),
                b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\xc0\x8f\xae\xdc\x03",
            ),
        ] {
            assert_eq!(bytes(logical, given.clone()).as_deref(), Ok(expected), "{given:?}");
            assert_eq!(value(logical, expected), Ok(given));
        }
        assert_eq!(bytes(Logical::Time, Value::Date(logical::DAY_MS)).as_deref(), Ok(&b""[..]));
        assert_eq!(value(Logical::Timestamp, b""), Ok(Value::Date(0)));
    }

    #[test]
    fn a_precision_rounds_half_up() {
        for (number, digits, expected) in
            [("1.56", 2, "1.6"), ("9.99", 2, "10"), ("1.55", 2, "1.6"), ("-1.55", 2, "-1.6"), ("12", 9, "12")]
        {
            let Value::Decimal(given) = decimal(number) else { unreachable!() };
            let (unscaled, scale) = given.as_bigint_and_scale();
            let read = super::decimal(&unscaled.to_signed_bytes_be(), digits, scale as i32).unwrap();
            let expected: BigDecimal = expected.parse().unwrap();
            assert_eq!(read.as_bigint_and_scale(), expected.as_bigint_and_scale(), "{number}");
        }
    }

    #[test]
    fn what_is_no_value_is_said_in_javas_words() {
        for (logical, bytes, error) in [
            (Logical::Decimal, &b""[..], "java.lang.NumberFormatException: Zero length BigInteger"),
            (
                Logical::Decimal,
                b"\x0a\x01\x01\x10\xff\xff\xff\xff\x0f",
                "java.lang.IllegalArgumentException: Digits < 0",
            ),
            (Logical::Date, b"", "java.lang.IllegalArgumentException: YEAR"),
            (
                Logical::Time,
                b"\x08\x18",
                "java.time.DateTimeException: Invalid value for HourOfDay (valid values 0 - 23): 24",
            ),
        ] {
            assert_eq!(value(logical, bytes), Err(error.to_owned()));
        }
        let long = [&b"\x0a\x80\x80\x40"[..], &vec![0x7f; 1 << 20], b"\x10\x01"].concat();
        let error = value(Logical::Decimal, &long).unwrap_err();
        assert!(error.contains("too long to be rounded"), "{error}");
        let data = "org.apache.kafka.connect.errors.DataException";
        for (logical, given, error) in [
            (
                Logical::Date,
                Value::Date(1),
                "Kafka Connect Date type should not have any time fields set to non-zero values.",
            ),
            (
                Logical::Time,
                Value::Date(-1),
                "Time values must use number of millis greater than 0 and less than 86400000",
            ),
            (
                Logical::Decimal,
                Value::Int32(1),
                "Invalid type for Decimal, expected BigDecimal but was class java.lang.Integer",
            ),
            (
                Logical::Timestamp,
                Value::Int64(1),
                "Invalid type for Timestamp, expected Date but was class java.lang.Long",
            ),
        ] {
            assert_eq!(bytes(logical, given), Err(format!("{data}: {error}")));
        }
        let beyond = bytes(Logical::Timestamp, Value::Date(i64::MAX)).unwrap_err();
        assert!(
            beyond.starts_with("java.lang.IllegalArgumentException: Timestamp is not valid."),
            "{beyond}"
        );
    }
}

//! Text to values.
//!
//! The text is cut into tokens: a delimiter, or what lies between two. `\` keeps a delimiter from being one and stays
//! in the token. An array or map that turns out to be none is read again as a STRING.

use std::sync::Arc;

use super::temporal;
use crate::logical::{date_from_days, time_from_millis};
use crate::number_parse::{DecimalText, is_digit};
use crate::projector::{rank, widen};
use crate::{Exception, Logical, MapValue, Schema, SchemaAndValue, SchemaBuilder, Type, Value};

/// Guesses type and value of `text`. `None` for the literal `null`.
#[must_use]
pub fn parse(text: &str) -> Option<SchemaAndValue> {
    if text.is_empty() {
        return Some(string(text));
    }
    let mut parser = Parser { text, at: 0, depth: 0 };
    // Only embedded values fail; at the top everything else is a STRING.
    parser.value(false).unwrap_or_else(|_| Some(string(text)))
}

fn string(text: &str) -> SchemaAndValue {
    SchemaAndValue { schema: Some(Schema::string()), value: Value::from(text) }
}

/// Deeper texts are strings; upstream's parser would exhaust its stack somewhere above.
const DEPTH_MAX: usize = 256;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Not an array or map after all.
type Parsed = Result<Option<SchemaAndValue>, Exception>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let mut escaped = false;
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'\\' => escaped = !escaped,
                b':' | b',' | b'{' | b'}' | b'[' | b']' | b'"' if !escaped => {
                    return Some(&rest[..at.max(1)]);
                }
                _ => escaped = false,
            }
        }
        (!rest.is_empty()).then_some(rest)
    }

    fn next(&mut self) -> Option<&'a str> {
        let token = self.peek()?;
        self.at += token.len();
        Some(token)
    }

    /// Takes the next token if, but for blanks, it is `expected`; blank tokens before it are skipped in any case.
    fn take(&mut self, expected: &str) -> bool {
        while let Some(token) = self.peek()
            && trim(token).is_empty()
            && self.at + token.len() < self.text.len()
        {
            self.at += token.len();
        }
        match self.peek() {
            Some(token) if trim(token) == expected => {
                self.at += token.len();
                true
            }
            _ => false,
        }
    }

    fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    fn value(&mut self, embedded: bool) -> Parsed {
        if self.is_done() {
            return Ok(None);
        }
        // Where a failed container goes back to: before the blanks that the checks below skip.
        let start = self.at;
        if embedded && self.take("\"") {
            return self.quoted().map(Some);
        }
        if let Some(literal) = self.literal(embedded) {
            return Ok(literal);
        }
        if self.depth < DEPTH_MAX {
            self.depth += 1;
            let container = if self.take("[") {
                Some(self.array())
            } else if self.take("{") {
                Some(self.map())
            } else {
                None
            };
            self.depth -= 1;
            match container {
                Some(Ok(found)) => return Ok(Some(found)),
                Some(Err(_)) => self.at = start,
                None => {}
            }
        }
        let token = self.next().unwrap_or_default();
        let trimmed = trim(token);
        if trimmed.is_empty() {
            return Ok(Some(string(token)));
        }
        if let Some(found) = self.number_or_time(trimmed)? {
            return Ok(Some(found));
        }
        if embedded {
            return Err(Exception::data("Failed to parse embedded value"));
        }
        Ok(Some(string(self.text)))
    }

    /// The rest of a quoted text; without a closing quote it goes to the end. Looking for the quote skips blank tokens,
    /// so `"  "` is empty and `" , "` a comma.
    fn quoted(&mut self) -> Result<SchemaAndValue, Exception> {
        let mut content = String::new();
        while !self.is_done() && !self.take("\"") {
            content.push_str(self.next().unwrap_or_default());
        }
        Ok(temporal::parse(&content)?.unwrap_or_else(|| string(&content)))
    }

    fn literal(&mut self, embedded: bool) -> Option<Option<SchemaAndValue>> {
        let start = self.at;
        for (word, value) in [("null", None), ("true", Some(true)), ("false", Some(false))] {
            if self.take(word) {
                if embedded || self.is_done() {
                    let schema = Some(Schema::boolean());
                    return Some(value.map(|value| SchemaAndValue { schema, value: Value::Bool(value) }));
                }
                self.at = start;
            }
        }
        None
    }

    fn number_or_time(&mut self, token: &str) -> Parsed {
        let Some(first) = token.chars().next() else {
            return Ok(None);
        };
        if is_digit(first) {
            // Colons cut times into five tokens.
            let start = self.at;
            let mut joined = token.to_owned();
            let complete = (0..4).all(|_| {
                self.next().is_some_and(|token| {
                    joined.push_str(token);
                    true
                })
            });
            if complete && let Some(found) = temporal::parse(&joined)? {
                return Ok(Some(found));
            }
            self.at = start;
            if let Some(found) = temporal::parse(token)? {
                return Ok(Some(found));
            }
        }
        if is_digit(first) || matches!(first, '+' | '-') {
            return number(token);
        }
        Ok(None)
    }

    fn array(&mut self) -> Result<SchemaAndValue, Exception> {
        let mut elements = Vec::new();
        let mut common = Common::default();
        while !self.is_done() {
            if self.take("]") {
                return finish_array(common, elements);
            }
            if self.take(",") {
                return Err(Exception::data(format!(
                    "Unable to parse an empty array element: {}",
                    self.text
                )));
            }
            let element = self.value(true)?;
            common.merge(element.as_ref());
            elements.push(element.map_or(Value::Null, |element| element.value));
            let before = self.at;
            if self.take("]") {
                self.at = before;
            } else if !self.take(",") {
                return Err(Exception::data("Array elements missing ',' delimiter"));
            }
        }
        Err(Exception::data(format!("Array is missing terminating ']': {}", self.text)))
    }

    fn map(&mut self) -> Result<SchemaAndValue, Exception> {
        // A repeated key replaces its value before anything is converted.
        let mut entries = MapValue::new();
        let (mut keys, mut values) = (Common::default(), Common::default());
        while !self.is_done() {
            if self.take("}") {
                return finish_map(keys, values, entries);
            }
            if self.take(",") {
                let message = format!("Unable to parse a map entry with no key or value: {}", self.text);
                return Err(Exception::data(message));
            }
            let key = self.value(true)?.filter(|key| !key.value.is_null());
            let Some(key) = key else {
                return Err(Exception::data(format!("Map entry may not have a null key: {}", self.text)));
            };
            if !self.take(":") {
                let message = format!("Map entry is missing ':' at {} in {}", self.at, self.text);
                return Err(Exception::data(message));
            }
            let value = self.value(true)?;
            keys.merge(Some(&key));
            values.merge(value.as_ref());
            entries.insert(key.value, value.map_or(Value::Null, |value| value.value));
            self.take(",");
        }
        Err(Exception::data(format!("Map is missing terminating '}}': {}", self.text)))
    }
}

/// Java's `trim`.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

fn finish_array(common: Common, elements: Vec<Value>) -> Result<SchemaAndValue, Exception> {
    let (schema, elements) = match common.schema {
        Some(element) => {
            let elements: Result<Vec<Value>, Exception> =
                elements.into_iter().map(|value| convert(&element, value)).collect();
            (Schema::array(element), elements?)
        }
        None => (SchemaBuilder::new(Type::Array).build()?, elements),
    };
    Ok(SchemaAndValue { schema: Some(schema), value: Value::Array(Arc::new(elements)) })
}

fn finish_map(keys: Common, values: Common, entries: MapValue) -> Result<SchemaAndValue, Exception> {
    let schema = match (keys.schema, values.schema) {
        (Some(key), Some(value)) => Schema::map(key, value),
        (Some(key), None) => SchemaBuilder::map_of_unknown(key).unbuilt()?,
        _ => SchemaBuilder::new(Type::Map).build()?,
    };
    let mut map = MapValue::new();
    for (key, value) in entries.iter() {
        let key = schema.key_schema().map_or(Ok(key.clone()), |schema| convert(schema, key.clone()))?;
        let value =
            schema.value_schema().map_or(Ok(value.clone()), |schema| convert(schema, value.clone()))?;
        map.insert(key, value);
    }
    Ok(SchemaAndValue { schema: Some(schema), value: Value::Map(Arc::new(map)) })
}

/// The schema that fits all elements seen so far.
#[derive(Default)]
struct Common {
    schema: Option<Schema>,
    seen: bool,
}

impl Common {
    fn merge(&mut self, latest: Option<&SchemaAndValue>) {
        let Some(schema) = latest.and_then(|latest| latest.schema.as_ref()) else {
            return;
        };
        self.schema = match self.schema.take() {
            None if !self.seen => Some(schema.clone()),
            None => None,
            Some(known) => wider(known, schema),
        };
        self.seen = true;
    }
}

fn wider(known: Schema, latest: &Schema) -> Option<Schema> {
    let (a, b) = (known.kind(), latest.kind());
    if a == b {
        let newer = known.is_optional() == latest.is_optional() || !known.is_optional();
        return Some(if newer { latest.clone() } else { known });
    }
    match (rank(a), rank(b)) {
        (Some(a), Some(b)) => Some(if b > a { latest.clone() } else { known }),
        _ => None,
    }
}

/// A value as one of the common schema: numbers are widened or count as days, milliseconds; null does not fit, nor does
/// a date where numbers are asked for.
fn convert(schema: &Schema, value: Value) -> Result<Value, Exception> {
    if value.is_null() {
        return Err(Exception::data("Unable to convert a null value to a schema that requires a value"));
    }
    let number = match widen(Type::Int64, &value) {
        Value::Int64(number) => Some(number),
        _ => None,
    };
    match (schema.logical(), number, &value) {
        (Some(Logical::Date), Some(days), _) => Ok(Value::Date(date_from_days(schema, days as i32)?)),
        (Some(Logical::Time), Some(millis), _) => Ok(Value::Date(time_from_millis(schema, millis as i32)?)),
        (Some(Logical::Timestamp), Some(millis), _) => Ok(Value::Date(millis)),
        (None, _, Value::Date(_)) => Err(Exception::data("Unable to convert a date to a number")),
        _ => Ok(widen(schema.kind(), &value)),
    }
}

/// A number in the smallest type: integers by value, fractions in 32 bits when they do not overflow.
fn number(token: &str) -> Parsed {
    let Ok(read) = DecimalText::parse(token) else {
        return Ok(None);
    };
    if let Some(integer) = integer(&read) {
        let (schema, value) = match integer {
            -0x80..=0x7f => (Schema::int8(), Value::Int8(integer as i8)),
            -0x8000..=0x7fff => (Schema::int16(), Value::Int16(integer as i16)),
            -0x8000_0000..=0x7fff_ffff => (Schema::int32(), Value::Int32(integer as i32)),
            _ => (Schema::int64(), Value::Int64(integer)),
        };
        return Ok(Some(SchemaAndValue { schema: Some(schema), value }));
    }
    let (single, double) = (read.to_f32(), read.to_f64());
    let (schema, value) = if single.is_finite() && read.scale != 0 {
        (Schema::float32(), Value::Float32(single))
    } else if double.is_finite() && read.scale != 0 {
        (Schema::float64(), Value::Float64(double))
    } else {
        let schema = SchemaBuilder::decimal(read.scale).build()?;
        (schema, Value::Decimal(Arc::new(read.to_decimal())))
    };
    Ok(Some(SchemaAndValue { schema: Some(schema), value }))
}

/// The value when it has no fraction and 64 bits hold it.
fn integer(read: &DecimalText) -> Option<i64> {
    let sign = if read.negative { "-" } else { "" };
    let digits = read.digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    let text = match usize::try_from(read.scale) {
        Ok(scale) => {
            let kept = digits.len().checked_sub(scale).filter(|kept| *kept > 0)?;
            if digits[kept..].bytes().any(|digit| digit != b'0') {
                return None;
            }
            digits[..kept].to_owned()
        }
        Err(_) => {
            let zeros =
                usize::try_from(read.scale.unsigned_abs()).ok().filter(|zeros| digits.len() + zeros <= 19)?;
            format!("{digits}{}", "0".repeat(zeros))
        }
    };
    format!("{sign}{text}").parse().ok()
}

//! JSON as Avro schemas hold it: properties and defaults, printed as Jackson prints them to text.
//!
//! Numbers keep the width they came with, since a float's text differs from that of the same double.

use std::collections::HashMap;

use kconnect_api::{java_f32, java_f64};
use serde_json::Value;

use crate::bounds::of_text;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Float(f32),
    Double(f64),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Java's `Number.intValue`.
    pub(crate) fn as_i32(&self) -> Option<i32> {
        self.as_i64().map(|number| number as i32)
    }

    /// Java's `Number.longValue`.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Float(number) => Some(*number as i64),
            Self::Double(number) => Some(*number as i64),
            _ => None,
        }
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(f64::from(*number)),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// The members of an object, to be found by name; none of anything else.
    pub(crate) fn members(&self) -> HashMap<&str, &Json> {
        match self {
            Self::Object(members) => members.iter().map(|(key, value)| (key.as_str(), value)).collect(),
            _ => HashMap::new(),
        }
    }

    /// Its values, long texts counted as several.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Text(text) => 1 + of_text(text.len()),
            Self::Array(elements) => 1 + elements.iter().map(Self::size).sum::<usize>(),
            Self::Object(members) => 1 + size_of(members),
            _ => 1,
        }
    }

    /// What Avro makes of a value on its way into a field's default: floats become doubles.
    pub(crate) fn widened(self) -> Self {
        match self {
            Self::Float(number) => Self::Double(f64::from(number)),
            Self::Array(elements) => Self::Array(elements.into_iter().map(Self::widened).collect()),
            Self::Object(members) => {
                Self::Object(members.into_iter().map(|(key, value)| (key, value.widened())).collect())
            }
            other => other,
        }
    }

    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Int(number) => out.push_str(&number.to_string()),
            Self::Float(number) => write_number(number.is_finite(), &java_f32(*number), out),
            Self::Double(number) => write_number(number.is_finite(), &java_f64(*number), out),
            Self::Text(text) => write_text(text, out),
            Self::Array(elements) => {
                separated(elements, out, ('[', ']'), |element, out| element.write(out));
            }
            Self::Object(members) => separated(members, out, ('{', '}'), |(key, value), out| {
                write_text(key, out);
                out.push(':');
                value.write(out);
            }),
        }
    }
}

/// The size of what has names.
pub(crate) fn size_of(members: &[(String, Json)]) -> usize {
    members.iter().map(|(name, value)| of_text(name.len()) + value.size()).sum()
}

/// Elements with commas between, in brackets.
pub(crate) fn separated<T>(
    elements: &[T],
    out: &mut String,
    (open, close): (char, char),
    mut write: impl FnMut(&T, &mut String),
) {
    out.push(open);
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(element, out);
    }
    out.push(close);
}

/// Not-a-number and infinities have no place in JSON and are quoted.
fn write_number(finite: bool, text: &str, out: &mut String) {
    match finite {
        true => out.push_str(text),
        false => write_text(text, out),
    }
}

/// A quoted text; beyond ASCII nothing is escaped.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Self::Int(number),
                None => Self::Double(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(elements) => Self::Array(elements.iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Object(members.iter().map(|(key, value)| (key.clone(), Self::from(value))).collect())
            }
        }
    }
}

//! Types of settings, and how texts become values.

use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::path::PathBuf;
use std::sync::Arc;

use super::{ConfigError, Validator};

/// Kafka's types of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfigType {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// 32-bit integer.
    Int,
    /// 16-bit integer.
    Short,
    /// 64-bit integer.
    Long,
    /// 64-bit IEEE 754 number.
    Double,
    /// Texts with commas between.
    List,
    /// A class by its Java name or alias.
    Class,
    /// Text that is never shown.
    Password,
}

impl ConfigType {
    /// Kafka's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Int => "INT",
            Self::Short => "SHORT",
            Self::Long => "LONG",
            Self::Double => "DOUBLE",
            Self::List => "LIST",
            Self::Class => "CLASS",
            Self::Password => "PASSWORD",
        }
    }

    /// Parses `text`, which is trimmed first; errors are upstream's.
    pub fn parse(self, key: &str, text: &str) -> Result<ParsedValue, ConfigError> {
        let trimmed = java_trim(text);
        let number = || ConfigError::invalid(key, text, &format!("Not a number of type {}", self.name()));
        Ok(match self {
            Self::Boolean if trimmed.eq_ignore_ascii_case("true") => ParsedValue::Boolean(true),
            Self::Boolean if trimmed.eq_ignore_ascii_case("false") => ParsedValue::Boolean(false),
            Self::Boolean => {
                return Err(ConfigError::invalid(key, text, "Expected value to be either true or false"));
            }
            Self::String => ParsedValue::String(trimmed.to_owned()),
            Self::Int => ParsedValue::Int(trimmed.parse().map_err(|_| number())?),
            Self::Short => ParsedValue::Short(trimmed.parse().map_err(|_| number())?),
            Self::Long => ParsedValue::Long(trimmed.parse().map_err(|_| number())?),
            Self::Double => ParsedValue::Double(java_double(trimmed).ok_or_else(number)?),
            Self::List if trimmed.is_empty() => ParsedValue::List(Vec::new()),
            Self::List => ParsedValue::List(split_list(trimmed)),
            // Whether the class exists is known to the registry, not here.
            Self::Class => ParsedValue::Class(trimmed.to_owned()),
            Self::Password => ParsedValue::Password(Secret::new(trimmed)),
        })
    }
}

/// Java's `trim`: control characters count as white space, wide Unicode spaces do not.
fn java_trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// Splits at commas with the ASCII white space around them; empty elements stay.
fn split_list(text: &str) -> Vec<String> {
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0B' | '\x0C' | '\r');
    let parts: Vec<&str> = text.split(',').collect();
    let last = parts.len() - 1;
    let trim = |(at, part): (usize, &str)| {
        let part = if at == 0 { part } else { part.trim_start_matches(space) };
        let part = if at == last { part } else { part.trim_end_matches(space) };
        part.to_owned()
    };
    parts.into_iter().enumerate().map(trim).collect()
}

/// Java's `Double.parseDouble` for decimal texts: a suffix `d` or `f` is allowed, names are `NaN` and `Infinity`.
fn java_double(text: &str) -> Option<f64> {
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => (-1.0, body),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    match body {
        "NaN" => return Some(f64::NAN),
        "Infinity" => return Some(sign * f64::INFINITY),
        _ => {}
    }
    let digits = body.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(body);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !plain || digits.starts_with(['+', '-']) {
        return None;
    }
    digits.parse::<f64>().ok().map(|value| sign * value)
}

/// A text that is never shown: `Debug` and `Display` print `[hidden]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Hides `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text, for the one who sends or checks it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// A parsed setting.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ParsedValue {
    /// Not given and without default, or unreadable.
    #[default]
    Null,
    /// BOOLEAN.
    Boolean(bool),
    /// STRING.
    String(String),
    /// INT.
    Int(i32),
    /// SHORT.
    Short(i16),
    /// LONG.
    Long(i64),
    /// DOUBLE.
    Double(f64),
    /// LIST.
    List(Vec<String>),
    /// CLASS.
    Class(String),
    /// PASSWORD.
    Password(Secret),
}

impl ParsedValue {
    /// The text that a REST answer shows; `None` for null, `[hidden]` for a password.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::Boolean(value) => value.to_string(),
            Self::String(value) | Self::Class(value) => value.clone(),
            Self::Int(value) => value.to_string(),
            Self::Short(value) => value.to_string(),
            Self::Long(value) => value.to_string(),
            Self::Double(value) => crate::java_f64(*value),
            Self::List(values) => values.join(","),
            Self::Password(secret) => secret.to_string(),
        })
    }

    /// The value as error texts show it: Java's `toString`.
    #[must_use]
    pub fn java_text(&self) -> String {
        match self {
            Self::List(values) => format!("[{}]", values.join(", ")),
            Self::Class(name) => format!("class {name}"),
            other => other.to_text().unwrap_or_else(|| "null".to_owned()),
        }
    }

    /// The number, for ranges.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(f64::from(*value)),
            Self::Short(value) => Some(f64::from(*value)),
            Self::Long(value) => Some(*value as f64),
            Self::Double(value) => Some(*value),
            _ => None,
        }
    }
}

/// What a setting can be read as.
pub trait FromParsed: Sized {
    /// `None` when `value` is of another type.
    fn from_parsed(value: &ParsedValue) -> Option<Self>;
}

macro_rules! from_parsed {
    ($($out:ty: $($variant:ident)|+, $value:ident => $result:expr;)*) => {
        $(impl FromParsed for $out {
            fn from_parsed(value: &ParsedValue) -> Option<Self> {
                match value {
                    $(ParsedValue::$variant($value))|+ => Some($result),
                    _ => None,
                }
            }
        })*
    };
}

from_parsed! {
    bool: Boolean, v => *v;
    i16: Short, v => *v;
    i32: Int, v => *v;
    i64: Long, v => *v;
    f64: Double, v => *v;
    String: String | Class, v => v.clone();
    PathBuf: String, v => PathBuf::from(v);
    Vec<String>: List, v => v.clone();
    Secret: Password, v => v.clone();
}

impl<T: FromParsed> FromParsed for Option<T> {
    fn from_parsed(value: &ParsedValue) -> Option<Self> {
        match value {
            ParsedValue::Null => Some(None),
            value => T::from_parsed(value).map(Some),
        }
    }
}

/// A type of settings with the Rust type that it is read as.
pub struct Kind<T> {
    pub(super) config_type: ConfigType,
    pub(super) validator: Option<Validator>,
    pub(super) render: fn(&T) -> String,
}

impl<T> Kind<T> {
    fn new(config_type: ConfigType, render: fn(&T) -> String) -> Self {
        Self { config_type, validator: None, render }
    }

    fn checked(mut self, validator: Validator) -> Self {
        self.validator = Some(validator);
        self
    }
}

/// Text.
#[must_use]
pub fn string() -> Kind<String> {
    Kind::new(ConfigType::String, String::clone)
}

/// One of a few texts, spelled exactly.
#[must_use]
pub fn one_of<const N: usize>(texts: [&str; N]) -> Kind<String> {
    string().checked(Validator::one_of(texts))
}

/// A path of a file or folder.
#[must_use]
pub fn path() -> Kind<PathBuf> {
    Kind::new(ConfigType::String, |path| path.to_string_lossy().into_owned())
}

/// `true` or `false`.
#[must_use]
pub fn boolean() -> Kind<bool> {
    Kind::new(ConfigType::Boolean, bool::to_string)
}

/// Texts with commas between.
#[must_use]
pub fn list() -> Kind<Vec<String>> {
    Kind::new(ConfigType::List, |list| list.join(","))
}

/// Text that is never shown.
#[must_use]
pub fn password() -> Kind<Secret> {
    Kind::new(ConfigType::Password, |secret| secret.expose().to_owned())
}

/// A class by its Java name or alias.
#[must_use]
pub fn class() -> Kind<String> {
    Kind::new(ConfigType::Class, String::clone)
}

/// A 32-bit integer in `range`; `..` for any.
#[must_use]
pub fn int(range: impl RangeBounds<i32>) -> Kind<i32> {
    let (min, max) = bounds(&range, 1);
    ranged(Kind::new(ConfigType::Int, i32::to_string), min, max)
}

/// A 16-bit integer in `range`; `..` for any.
#[must_use]
pub fn short(range: impl RangeBounds<i16>) -> Kind<i16> {
    let (min, max) = bounds(&range, 1);
    ranged(Kind::new(ConfigType::Short, i16::to_string), min, max)
}

/// A 64-bit integer in `range`; `..` for any.
#[must_use]
pub fn long(range: impl RangeBounds<i64>) -> Kind<i64> {
    let (min, max) = bounds(&range, 1);
    ranged(Kind::new(ConfigType::Long, i64::to_string), min, max)
}

/// A number in `range`; `..` for any. Bounds are included.
#[must_use]
pub fn double(range: impl RangeBounds<f64>) -> Kind<f64> {
    let bound = |bound: Bound<&f64>| match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(ParsedValue::Double(*value)),
        Bound::Unbounded => None,
    };
    ranged(
        Kind::new(ConfigType::Double, |v| crate::java_f64(*v)),
        bound(range.start_bound()),
        bound(range.end_bound()),
    )
}

fn ranged<T>(kind: Kind<T>, min: Option<ParsedValue>, max: Option<ParsedValue>) -> Kind<T> {
    match (min, max) {
        (None, None) => kind,
        (min, max) => kind.checked(Validator::range(min, max)),
    }
}

fn bounds<T>(range: &impl RangeBounds<T>, one: T) -> (Option<ParsedValue>, Option<ParsedValue>)
where
    T: Copy + Into<ParsedValue> + std::ops::Add<Output = T> + std::ops::Sub<Output = T>,
{
    let min = match range.start_bound() {
        Bound::Included(value) => Some((*value).into()),
        Bound::Excluded(value) => Some((*value + one).into()),
        Bound::Unbounded => None,
    };
    let max = match range.end_bound() {
        Bound::Included(value) => Some((*value).into()),
        Bound::Excluded(value) => Some((*value - one).into()),
        Bound::Unbounded => None,
    };
    (min, max)
}

impl From<i32> for ParsedValue {
    fn from(value: i32) -> Self {
        Self::Int(value)
    }
}

impl From<i16> for ParsedValue {
    fn from(value: i16) -> Self {
        Self::Short(value)
    }
}

impl From<i64> for ParsedValue {
    fn from(value: i64) -> Self {
        Self::Long(value)
    }
}

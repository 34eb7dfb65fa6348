//! The five forms of a point in time, each read into and made of milliseconds since the epoch.

use kconnect_api::logical::DAY_MS;
use kconnect_api::{DateFormat, Exception, Logical, Schema, SchemaBuilder, Type, Value, classes};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    String,
    Unix,
    Date,
    Time,
    Timestamp,
}

/// What a Unix number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Precision {
    pub(super) fn of_name(name: &str) -> Self {
        match name {
            "seconds" => Self::Seconds,
            "microseconds" => Self::Microseconds,
            "nanoseconds" => Self::Nanoseconds,
            _ => Self::Milliseconds,
        }
    }

    /// Finer than milliseconds is cut off towards 0; seconds without end stop at the bounds.
    fn to_millis(self, count: i64) -> i64 {
        match self {
            Self::Seconds => count.saturating_mul(1000),
            Self::Milliseconds => count,
            Self::Microseconds => count / 1000,
            Self::Nanoseconds => count / 1_000_000,
        }
    }

    fn of_millis(self, millis: i64) -> i64 {
        match self {
            Self::Seconds => millis / 1000,
            Self::Milliseconds => millis,
            Self::Microseconds => millis.saturating_mul(1000),
            Self::Nanoseconds => millis.saturating_mul(1_000_000),
        }
    }
}

impl Form {
    pub(super) fn of_name(name: &str) -> Self {
        match name {
            "string" => Self::String,
            "unix" => Self::Unix,
            "Date" => Self::Date,
            "Time" => Self::Time,
            _ => Self::Timestamp,
        }
    }

    pub(super) fn of_schema(schema: &Schema) -> Result<Self, Exception> {
        match (schema.logical(), schema.kind()) {
            (Some(Logical::Timestamp), _) => Ok(Self::Timestamp),
            (Some(Logical::Date), _) => Ok(Self::Date),
            (Some(Logical::Time), _) => Ok(Self::Time),
            (_, Type::String) => Ok(Self::String),
            (_, Type::Int64) => Ok(Self::Unix),
            _ => {
                let message = format!("Schema {schema} does not correspond to a known timestamp type format");
                Err(Exception::connect(message))
            }
        }
    }

    pub(super) fn of_value(value: &Value) -> Result<Self, Exception> {
        match value {
            Value::Date(_) => Ok(Self::Timestamp),
            Value::Int64(_) => Ok(Self::Unix),
            Value::String(_) => Ok(Self::String),
            other => {
                let class = other.java_class();
                let message =
                    format!("TimestampConverter does not support class {class} objects as timestamps");
                Err(Exception::data(message))
            }
        }
    }
}

/// Converts between forms.
#[derive(Debug)]
pub(super) struct Forms {
    format: Option<DateFormat>,
    precision: Precision,
    /// The schemas of Date, Time and Timestamp, required and optional.
    logical: [[Schema; 2]; 3],
}

impl Forms {
    pub(super) fn new(format: Option<DateFormat>, precision: Precision) -> Self {
        let pair = |builder: SchemaBuilder| {
            let required = builder.build().expect("logical schemas are well formed");
            let optional = required.to_optional();
            [required, optional]
        };
        let logical =
            [pair(SchemaBuilder::date()), pair(SchemaBuilder::time()), pair(SchemaBuilder::timestamp())];
        Self { format, precision, logical }
    }

    /// The schema of a form.
    pub(super) fn schema(&self, form: Form, is_optional: bool) -> Schema {
        let logical = |at: usize| self.logical[at][usize::from(is_optional)].clone();
        match form {
            Form::String if is_optional => Schema::optional_string(),
            Form::String => Schema::string(),
            Form::Unix if is_optional => Schema::optional_int64(),
            Form::Unix => Schema::int64(),
            Form::Date => logical(0),
            Form::Time => logical(1),
            Form::Timestamp => logical(2),
        }
    }

    /// `value`, which is of the form `from`, in the form `to`; null stays null.
    pub(super) fn convert(&mut self, value: Value, from: Form, to: Form) -> Result<Value, Exception> {
        if value.is_null() {
            return Ok(value);
        }
        let millis = self.read(&value, from)?;
        self.write(millis, to)
    }

    fn read(&mut self, value: &Value, form: Form) -> Result<i64, Exception> {
        let expected = |text: &str| {
            let class = value.java_class();
            Err(Exception::data(format!("Expected {text}, but found class {class}")))
        };
        match (form, value) {
            (Form::String, Value::String(text)) => self.parse(text.as_str()),
            (Form::Unix, Value::Int64(count)) => Ok(self.precision.to_millis(*count)),
            (Form::Date | Form::Time | Form::Timestamp, Value::Date(millis)) => Ok(*millis),
            (Form::String, _) => expected("string timestamp to be a String"),
            (Form::Unix, _) => expected("Unix timestamp to be a Long"),
            (Form::Date, _) => expected("Date to be a java.util.Date"),
            (Form::Time, _) => expected("Time to be a java.util.Date"),
            (Form::Timestamp, _) => expected("Timestamp to be a java.util.Date"),
        }
    }

    fn parse(&mut self, text: &str) -> Result<i64, Exception> {
        let Some(format) = &mut self.format else {
            return Err(no_format("parse(String)"));
        };
        format.parse(text).map_err(|cause| {
            let pattern = format.pattern();
            let message =
                format!("Could not parse timestamp: value ({text}) does not match pattern ({pattern})");
            Exception::data(message).caused_by(cause)
        })
    }

    fn write(&self, millis: i64, form: Form) -> Result<Value, Exception> {
        Ok(match form {
            Form::String => {
                let Some(format) = &self.format else {
                    return Err(no_format("format(java.util.Date)"));
                };
                let mut text = String::with_capacity(32);
                format.format(millis, &mut text);
                Value::from(text)
            }
            Form::Unix => Value::Int64(self.precision.of_millis(millis)),
            // Midnight before the first one that 64 bits hold is beyond them; Java wraps there too.
            Form::Date => Value::Date(millis.wrapping_sub(millis.rem_euclid(DAY_MS))),
            Form::Time => Value::Date(millis.rem_euclid(DAY_MS)),
            Form::Timestamp => Value::Date(millis),
        })
    }
}

/// Upstream does not look whether there is a pattern before it reads a text.
fn no_format(call: &str) -> Exception {
    let message =
        format!("Cannot invoke \"java.text.SimpleDateFormat.{call}\" because \"config.format\" is null");
    Exception::new(classes::NULL_POINTER, message)
}

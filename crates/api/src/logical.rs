//! Logical types: values that a schema's name gives a meaning beyond its type.
//!
//! Inside a record a logical value is a [`Value::Decimal`](crate::Value::Decimal) or
//! [`Value::Date`](crate::Value::Date); converters turn it into the encoded form and back with the functions here.

use std::sync::Arc;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

use crate::{Exception, Schema, SchemaBuilder, Type, classes};

/// A logical type, selected by the exact name of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Logical {
    /// Decimal number over BYTES, with the parameter `scale`.
    Decimal,
    /// Day over INT32.
    Date,
    /// Time of day over INT32.
    Time,
    /// Instant over INT64.
    Timestamp,
}

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// The parameter of Decimal schemas that holds the scale.
const SCALE: &str = "scale";

impl Logical {
    /// The schema name that selects it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decimal => "org.apache.kafka.connect.data.Decimal",
            Self::Date => "org.apache.kafka.connect.data.Date",
            Self::Time => "org.apache.kafka.connect.data.Time",
            Self::Timestamp => "org.apache.kafka.connect.data.Timestamp",
        }
    }

    /// The logical type that `name` selects.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Decimal, Self::Date, Self::Time, Self::Timestamp]
            .into_iter()
            .find(|logical| logical.name() == name)
    }

    fn builder(self) -> SchemaBuilder {
        let kind = match self {
            Self::Decimal => Type::Bytes,
            Self::Date | Self::Time => Type::Int32,
            Self::Timestamp => Type::Int64,
        };
        SchemaBuilder::new(kind).name(self.name()).version(1)
    }
}

/// Builders of the logical schemas, all of version 1.
impl SchemaBuilder {
    /// A Decimal of `scale`.
    pub fn decimal(scale: i32) -> Self {
        Logical::Decimal.builder().parameter(SCALE, scale.to_string())
    }

    /// A Date.
    pub fn date() -> Self {
        Logical::Date.builder()
    }

    /// A Time.
    pub fn time() -> Self {
        Logical::Time.builder()
    }

    /// A Timestamp.
    pub fn timestamp() -> Self {
        Logical::Timestamp.builder()
    }
}

impl Schema {
    /// The scale of a Decimal schema.
    pub fn decimal_scale(&self) -> Result<i32, Exception> {
        if self.parameters().is_none() {
            let message = "Cannot invoke \"java.util.Map.get(Object)\" because the return value of \
                           \"org.apache.kafka.connect.data.Schema.parameters()\" is null";
            return Err(Exception::new(classes::NULL_POINTER, message));
        }
        let Some(text) = self.parameter(SCALE) else {
            return Err(Exception::data("Invalid Decimal schema: scale parameter not found."));
        };
        text.parse().map_err(|_| {
            let cause = Exception::new(classes::NUMBER_FORMAT, format!("For input string: \"{text}\""));
            Exception::data("Invalid scale parameter found in Decimal schema: ").caused_by(cause)
        })
    }
}

/// Minimal big-endian two's complement of the unscaled value; the scale must be the schema's.
pub fn decimal_to_bytes(schema: &Schema, value: &BigDecimal) -> Result<Vec<u8>, Exception> {
    let (expected, (unscaled, scale)) = (i64::from(schema.decimal_scale()?), value.as_bigint_and_scale());
    if scale != expected {
        return Err(Exception::data(format!(
            "Decimal value has mismatching scale for given Decimal schema. Schema has scale {expected}, value has scale {scale}."
        )));
    }
    Ok(unscaled.to_signed_bytes_be())
}

/// The decimal whose unscaled value is `bytes`. The schema's name is not looked at.
pub fn decimal_from_bytes(schema: &Schema, bytes: &[u8]) -> Result<Arc<BigDecimal>, Exception> {
    if bytes.is_empty() {
        return Err(Exception::new(classes::NUMBER_FORMAT, "Zero length BigInteger"));
    }
    let scale = schema.decimal_scale()?;
    Ok(Arc::new(BigDecimal::new(BigInt::from_signed_bytes_be(bytes), i64::from(scale))))
}

/// Days since the epoch of a Date in milliseconds.
pub fn date_to_days(schema: &Schema, millis: i64) -> Result<i32, Exception> {
    named(schema, Logical::Date, "Date")?;
    if millis % DAY_MS != 0 {
        return Err(Exception::data(
            "Kafka Connect Date type should not have any time fields set to non-zero values.",
        ));
    }
    // Java casts: days beyond 32 bits wrap.
    Ok((millis / DAY_MS) as i32)
}

/// Milliseconds of a Date in days since the epoch.
pub fn date_from_days(schema: &Schema, days: i32) -> Result<i64, Exception> {
    named(schema, Logical::Date, "Date")?;
    Ok(i64::from(days) * DAY_MS)
}

/// Milliseconds since midnight of a Time.
pub fn time_to_millis(schema: &Schema, millis: i64) -> Result<i32, Exception> {
    named(schema, Logical::Time, "Time")?;
    if !(0..=DAY_MS).contains(&millis) {
        return Err(Exception::data(
            "Kafka Connect Time type should not have any date fields set to non-zero values.",
        ));
    }
    Ok(millis as i32)
}

/// The Time of milliseconds since midnight.
pub fn time_from_millis(schema: &Schema, millis: i32) -> Result<i64, Exception> {
    // Upstream's text speaks of Date here.
    named(schema, Logical::Time, "Date")?;
    let millis = i64::from(millis);
    if !(0..=DAY_MS).contains(&millis) {
        let message = "Time values must use number of milliseconds greater than 0 and less than 86400000";
        return Err(Exception::data(message));
    }
    Ok(millis)
}

/// Milliseconds since the epoch of a Timestamp; only the schema's name is checked.
pub fn timestamp_millis(schema: &Schema, millis: i64) -> Result<i64, Exception> {
    named(schema, Logical::Timestamp, "Timestamp")?;
    Ok(millis)
}

fn named(schema: &Schema, logical: Logical, what: &str) -> Result<(), Exception> {
    if schema.logical() == Some(logical) {
        return Ok(());
    }
    Err(Exception::data(format!("Requested conversion of {what} object but the schema does not match.")))
}

//! Values inside records.
//!
//! Logical values (Decimal, Date, Time, Timestamp) are variants of their own: inside a record they are *not* their
//! encoded form. A value says nothing of its schema; schemaless data is a value whose schema is `None`.
//!
//! Equality is Java's `equals`: numbers of different width differ, NaN equals itself, 0.0 differs from −0.0, and
//! decimals of different scale differ.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bigdecimal::BigDecimal;

use crate::{Buf, MapValue, Struct, Text, Type};

/// A Connect value; 24 bytes, cheap to clone (containers and buffers are shared).
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Java's `null`.
    #[default]
    Null,
    /// BOOLEAN.
    Bool(bool),
    /// INT8.
    Int8(i8),
    /// INT16.
    Int16(i16),
    /// INT32.
    Int32(i32),
    /// INT64.
    Int64(i64),
    /// FLOAT32.
    Float32(f32),
    /// FLOAT64.
    Float64(f64),
    /// STRING.
    String(Text),
    /// BYTES, and the Java class that holds them.
    Bytes(Buf, BytesClass),
    /// ARRAY.
    Array(Arc<Vec<Value>>),
    /// MAP.
    Map(Arc<MapValue>),
    /// STRUCT.
    Struct(Arc<Struct>),
    /// `java.math.BigDecimal`.
    Decimal(Arc<BigDecimal>),
    /// `java.util.Date`, in milliseconds since the epoch: the run-time form of Date, Time and Timestamp.
    Date(i64),
}

/// The class that holds bytes in Java. Texts of values and errors show it; it makes no difference otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BytesClass {
    /// `byte[]`, what most converters make.
    #[default]
    Array,
    /// `java.nio.HeapByteBuffer`, what the Avro and Protobuf converters make.
    Buffer,
}

impl BytesClass {
    fn java_class(self) -> &'static str {
        match self {
            Self::Array => "[B",
            Self::Buffer => "java.nio.HeapByteBuffer",
        }
    }
}

const _: () = assert!(size_of::<Value>() <= 32);

impl Value {
    /// A STRING with a buffer of its own.
    #[must_use]
    pub fn string(text: impl Into<Text>) -> Self {
        Self::String(text.into())
    }

    /// BYTES as a Java `byte[]`.
    #[must_use]
    pub fn bytes(bytes: Buf) -> Self {
        Self::Bytes(bytes, BytesClass::Array)
    }

    /// BYTES as a Java `ByteBuffer`.
    #[must_use]
    pub fn byte_buffer(bytes: Buf) -> Self {
        Self::Bytes(bytes, BytesClass::Buffer)
    }

    /// Whether this is Java's `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The type that a value without schema counts as; `None` for null, decimals and dates, which have none.
    #[must_use]
    pub fn kind(&self) -> Option<Type> {
        Some(match self {
            Self::Null | Self::Decimal(_) | Self::Date(_) => return None,
            Self::Bool(_) => Type::Boolean,
            Self::Int8(_) => Type::Int8,
            Self::Int16(_) => Type::Int16,
            Self::Int32(_) => Type::Int32,
            Self::Int64(_) => Type::Int64,
            Self::Float32(_) => Type::Float32,
            Self::Float64(_) => Type::Float64,
            Self::String(_) => Type::String,
            Self::Bytes(..) => Type::Bytes,
            Self::Array(_) => Type::Array,
            Self::Map(_) => Type::Map,
            Self::Struct(_) => Type::Struct,
        })
    }

    /// The Java class that error texts name; `null` for null.
    #[must_use]
    pub fn java_class(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "java.lang.Boolean",
            Self::Int8(_) => "java.lang.Byte",
            Self::Int16(_) => "java.lang.Short",
            Self::Int32(_) => "java.lang.Integer",
            Self::Int64(_) => "java.lang.Long",
            Self::Float32(_) => "java.lang.Float",
            Self::Float64(_) => "java.lang.Double",
            Self::String(_) => "java.lang.String",
            Self::Bytes(_, class) => class.java_class(),
            Self::Array(_) => "java.util.ArrayList",
            Self::Map(map) if map.is_hash_ordered() => "java.util.HashMap",
            Self::Map(_) => "java.util.LinkedHashMap",
            Self::Struct(_) => "org.apache.kafka.connect.data.Struct",
            Self::Decimal(_) => "java.math.BigDecimal",
            Self::Date(_) => "java.util.Date",
        }
    }

    /// The text of a STRING.
    #[must_use]
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Java's `toString`, see [`crate::java_string`].
    #[must_use]
    pub fn to_java_string(&self) -> String {
        let mut out = Vec::new();
        crate::java_string(self, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// The bits by which Java compares floats: one NaN, two zeros.
fn bits32(value: f32) -> u32 {
    if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() }
}

fn bits64(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int8(a), Self::Int8(b)) => a == b,
            (Self::Int16(a), Self::Int16(b)) => a == b,
            (Self::Int32(a), Self::Int32(b)) => a == b,
            (Self::Int64(a), Self::Int64(b)) | (Self::Date(a), Self::Date(b)) => a == b,
            (Self::Float32(a), Self::Float32(b)) => bits32(*a) == bits32(*b),
            (Self::Float64(a), Self::Float64(b)) => bits64(*a) == bits64(*b),
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Bytes(a, _), Self::Bytes(b, _)) => a == b,
            (Self::Array(a), Self::Array(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Map(a), Self::Map(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Struct(a), Self::Struct(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Decimal(a), Self::Decimal(b)) => a.as_bigint_and_scale() == b.as_bigint_and_scale(),
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int8(value) => value.hash(state),
            Self::Int16(value) => value.hash(state),
            Self::Int32(value) => value.hash(state),
            Self::Int64(value) | Self::Date(value) => value.hash(state),
            Self::Float32(value) => bits32(*value).hash(state),
            Self::Float64(value) => bits64(*value).hash(state),
            Self::String(text) => text.hash(state),
            Self::Bytes(bytes, _) => bytes.hash(state),
            Self::Array(elements) => elements.hash(state),
            Self::Map(map) => map.hash(state),
            Self::Struct(inner) => inner.hash(state),
            Self::Decimal(value) => value.as_bigint_and_scale().hash(state),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

macro_rules! from_number {
    ($($number:ty => $variant:ident),*) => {
        $(impl From<$number> for Value {
            fn from(value: $number) -> Self {
                Self::$variant(value)
            }
        })*
    };
}

from_number!(bool => Bool, i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64, f32 => Float32, f64 => Float64);

//! ShortConverter to DoubleConverter: numbers as big-endian bytes. They look at the value's class, not at its schema.

use std::marker::PhantomData;

use kconnect_api::{
    Buf, ConfigError, Convert, Converter, Exception, Out, Schema, SchemaAndValue, Topic, Value, WireHeaders,
    classes,
};

use crate::class::Class;

/// What differs between the classes.
pub(crate) trait Primitive: Copy + Send + 'static {
    const CLASS: &'static str;
    /// The type's name in upstream's messages.
    const WORD: &'static str;
    /// Java's wrapper class.
    const JAVA: &'static str;
    /// The deserializer's name in upstream's messages.
    const DESERIALIZER: &'static str;
    fn schema() -> Schema;
    fn of(value: &Value) -> Option<Self>;
    fn write(self, out: &mut Vec<u8>);
    /// `None` when the size is wrong.
    fn read(bytes: &[u8]) -> Option<Value>;
}

macro_rules! primitives {
    ($($type:ty, $variant:ident, $class:literal, $word:literal, $java:literal, $deserializer:literal, $schema:ident,
       $value:ident => $bits:expr;)*) => {
        $(impl Primitive for $type {
            const CLASS: &'static str = concat!("org.apache.kafka.connect.converters.", $class);
            const WORD: &'static str = $word;
            const JAVA: &'static str = concat!("java.lang.", $java);
            const DESERIALIZER: &'static str = $deserializer;
            fn schema() -> Schema {
                Schema::$schema()
            }
            fn of(value: &Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(*value),
                    _ => None,
                }
            }
            fn write(self, out: &mut Vec<u8>) {
                let $value = self;
                out.extend_from_slice(&$bits.to_be_bytes());
            }
            fn read(bytes: &[u8]) -> Option<Value> {
                bytes.try_into().ok().map(|bytes| Value::$variant(<$type>::from_be_bytes(bytes)))
            }
        })*
    };
}

primitives! {
    i16, Int16, "ShortConverter", "short", "Short", "ShortDeserializer", optional_int16, v => v;
    i32, Int32, "IntegerConverter", "integer", "Integer", "IntegerDeserializer", optional_int32, v => v;
    i64, Int64, "LongConverter", "long", "Long", "LongDeserializer", optional_int64, v => v;
    f32, Float32, "FloatConverter", "float", "Float", "Deserializer", optional_float32, v => v;
    // Java writes one NaN only for doubles.
    f64, Float64, "DoubleConverter", "double", "Double", "Deserializer", optional_float64,
        v => if v.is_nan() { f64::NAN } else { v };
}

pub(crate) struct Number<P> {
    schema: Schema,
    kind: PhantomData<P>,
}

impl<P: Primitive> Class for Number<P> {
    const CLASS: &'static str = P::CLASS;
    type Config = ();
    fn new((): ()) -> Result<Self, ConfigError> {
        Ok(Self { schema: P::schema(), kind: PhantomData })
    }
}

fn is_number(value: &Value) -> bool {
    matches!(
        value,
        Value::Int8(_)
            | Value::Int16(_)
            | Value::Int32(_)
            | Value::Int64(_)
            | Value::Float32(_)
            | Value::Float64(_)
            | Value::Decimal(_)
    )
}

impl<P: Primitive> Converter for Number<P> {
    fn write<'a>(
        &mut self,
        _topic: &Topic,
        _schema: Option<&Schema>,
        value: &'a Value,
        _headers: &mut WireHeaders,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        if value.is_null() {
            out.null();
            return Ok(());
        }
        let Some(number) = P::of(value) else {
            let (word, class) = (P::WORD, value.java_class());
            // Upstream casts twice: first to what all numbers are, then to the one it writes.
            let cause =
                Exception::class_cast(class, if is_number(value) { P::JAVA } else { "java.lang.Number" });
            let message = format!("Failed to serialize to {word} (was class {class}): ");
            return Err(Exception::data(message).caused_by(cause).into());
        };
        number.write(out.write());
        Ok(())
    }

    fn read(
        &mut self,
        _topic: &Topic,
        _headers: &WireHeaders,
        bytes: Option<&Buf>,
    ) -> Result<SchemaAndValue, Convert> {
        let value = match bytes {
            None => Value::Null,
            Some(bytes) => P::read(bytes).ok_or_else(|| {
                let text = format!("Size of data received by {} is not {}", P::DESERIALIZER, size_of::<P>());
                let cause = Exception::new(classes::SERIALIZATION, text);
                Exception::data(format!("Failed to deserialize {}: ", P::WORD)).caused_by(cause)
            })?,
        };
        Ok(SchemaAndValue { schema: Some(self.schema.clone()), value })
    }
}

//! ByteArrayConverter: bytes as they are, without a copy in either direction.

use kconnect_api::{
    Buf, ConfigError, Convert, Converter, Exception, Out, Schema, SchemaAndValue, Topic, Type, Value,
    WireHeaders,
};

use crate::class::Class;

pub(crate) struct ByteArrayConverter {
    schema: Schema,
}

impl Class for ByteArrayConverter {
    const CLASS: &'static str = "org.apache.kafka.connect.converters.ByteArrayConverter";
    type Config = ();
    fn new((): ()) -> Result<Self, ConfigError> {
        Ok(Self { schema: Schema::optional_bytes() })
    }
}

impl Converter for ByteArrayConverter {
    fn write<'a>(
        &mut self,
        _topic: &Topic,
        schema: Option<&Schema>,
        value: &'a Value,
        _headers: &mut WireHeaders,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        if let Some(schema) = schema.filter(|schema| schema.kind() != Type::Bytes) {
            let kind = schema.kind();
            return Err(Exception::data(format!("Invalid schema type for ByteArrayConverter: {kind}")).into());
        }
        match value {
            Value::Null => out.null(),
            Value::Bytes(bytes, _) => out.borrow(bytes),
            other => {
                let class = other.java_class();
                let message =
                    format!("ByteArrayConverter is not compatible with objects of type class {class}");
                return Err(Exception::data(message).into());
            }
        }
        Ok(())
    }

    fn read(
        &mut self,
        _topic: &Topic,
        _headers: &WireHeaders,
        bytes: Option<&Buf>,
    ) -> Result<SchemaAndValue, Convert> {
        let value = bytes.map_or(Value::Null, |bytes| Value::bytes(bytes.clone()));
        Ok(SchemaAndValue { schema: Some(self.schema.clone()), value })
    }
}

//! BooleanConverter (KIP-959): one byte, 1 or 0.

use kconnect_api::{
    Buf, ConfigError, Convert, Converter, Exception, Out, Schema, SchemaAndValue, Topic, Type, Value,
    WireHeaders, classes,
};

use crate::class::Class;

pub(crate) struct BooleanConverter {
    schema: Schema,
}

impl Class for BooleanConverter {
    const CLASS: &'static str = "org.apache.kafka.connect.converters.BooleanConverter";
    type Config = ();
    fn new((): ()) -> Result<Self, ConfigError> {
        Ok(Self { schema: Schema::optional_boolean() })
    }
}

impl Converter for BooleanConverter {
    fn write<'a>(
        &mut self,
        _topic: &Topic,
        schema: Option<&Schema>,
        value: &'a Value,
        _headers: &mut WireHeaders,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        if let Some(schema) = schema.filter(|schema| schema.kind() != Type::Boolean) {
            let kind = schema.kind();
            return Err(Exception::data(format!("Invalid schema type for BooleanConverter: {kind}")).into());
        }
        match value {
            Value::Null => out.null(),
            Value::Bool(value) => out.borrow(if *value { &[1] } else { &[0] }),
            other => {
                let class = other.java_class();
                let message =
                    format!("BooleanConverter is not compatible with objects of type class {class}");
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
        let value = match bytes.map(Buf::as_slice) {
            None => Value::Null,
            Some([0]) => Value::Bool(false),
            Some([1]) => Value::Bool(true),
            Some([other]) => {
                return Err(bad(format!(
                    "Unexpected byte received by BooleanDeserializer: {}",
                    *other as i8
                )));
            }
            Some(_) => return Err(bad("Size of data received by BooleanDeserializer is not 1".to_owned())),
        };
        Ok(SchemaAndValue { schema: Some(self.schema.clone()), value })
    }
}

fn bad(cause: String) -> Convert {
    let cause = Exception::new(classes::SERIALIZATION, cause);
    Exception::data("Failed to deserialize boolean: ").caused_by(cause).into()
}

//! StringConverter: the text of a value, in a charset. A STRING in UTF-8, which is nearly every record, is lent out and
//! read back without a copy.

use kconnect_api::settings::string;
use kconnect_api::{
    Buf, ConfigDef, ConfigError, Convert, Converter, Importance, Out, Reader, Schema, SchemaAndValue,
    Settings, Text, Topic, Value, Width, WireHeaders, java_string,
};

use crate::charset::{Charset, java_utf8};
use crate::class::Class;

pub(crate) struct Config {
    encoding: String,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let encoding = def
            .field("converter.encoding", string())
            .importance(Importance::High)
            .doc("Charset of the texts, by a name that Java knows.")
            .width(Width::Medium)
            .display("Encoding")
            .default("UTF-8");
        Box::new(move |values| Self { encoding: values.get(&encoding) })
    }
}

pub(crate) struct StringConverter {
    charset: Charset,
    schema: Schema,
}

impl Class for StringConverter {
    const CLASS: &'static str = "org.apache.kafka.connect.storage.StringConverter";
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let charset = Charset::of_java_name(&config.encoding).ok_or_else(|| {
            ConfigError::text("converter.encoding", format!("Unsupported encoding {}", config.encoding))
        })?;
        Ok(Self { charset, schema: Schema::optional_string() })
    }
}

impl Converter for StringConverter {
    fn write<'a>(
        &mut self,
        _topic: &Topic,
        _schema: Option<&Schema>,
        value: &'a Value,
        _headers: &mut WireHeaders,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        match (value, &self.charset) {
            (Value::Null, _) => out.null(),
            (Value::String(text), Charset::Utf8) => out.borrow(text.as_bytes()),
            (value, Charset::Utf8) => java_string(value, out.write()),
            (Value::String(text), charset) => charset.encode(text, out.write()),
            (value, charset) => charset.encode(&Text::from(value.to_java_string()), out.write()),
        }
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
            Some(bytes) => Value::String(self.text(bytes)),
        };
        Ok(SchemaAndValue { schema: Some(self.schema.clone()), value })
    }
}

impl StringConverter {
    fn text(&self, bytes: &Buf) -> Text {
        match self.charset {
            Charset::Utf8 => {
                Text::from_utf8(bytes.clone()).unwrap_or_else(|bytes| Text::from(java_utf8(&bytes)))
            }
            charset => Text::from(charset.decode(bytes)),
        }
    }
}

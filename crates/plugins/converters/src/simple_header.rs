//! SimpleHeaderConverter: header values as readable text, whose type is guessed when they are read.

use kconnect_api::{
    Buf, ConfigDef, ConfigError, Convert, Converter, ConverterPlugin, ConverterRole, HeaderConverter, Out,
    PluginInfo, PluginKind, Props, Schema, SchemaAndValue, Text, Topic, Value, values,
};

use crate::charset::java_utf8;

pub(crate) struct Plugin;

impl ConverterPlugin for Plugin {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            class: "org.apache.kafka.connect.storage.SimpleHeaderConverter".into(),
            kind: PluginKind::HeaderConverter,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }
    fn config_def(&self) -> ConfigDef {
        ConfigDef::new()
    }
    fn converter(
        &self,
        _props: &Props,
        _role: ConverterRole,
    ) -> Option<Result<Box<dyn Converter>, ConfigError>> {
        None
    }
    fn header_converter(&self, _props: &Props) -> Option<Result<Box<dyn HeaderConverter>, ConfigError>> {
        Some(Ok(Box::new(SimpleHeaderConverter)))
    }
}

struct SimpleHeaderConverter;

impl HeaderConverter for SimpleHeaderConverter {
    fn write<'a>(
        &mut self,
        _topic: &Topic,
        _key: &str,
        _schema: Option<&Schema>,
        value: &'a Value,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        match value {
            Value::Null => out.null(),
            Value::String(text) => out.borrow(text.as_bytes()),
            value => values::to_text(value, out.write()),
        }
        Ok(())
    }

    fn read(&mut self, _topic: &Topic, _key: &str, bytes: Option<&Buf>) -> Result<SchemaAndValue, Convert> {
        let Some(bytes) = bytes else {
            return Ok(SchemaAndValue::default());
        };
        let text = Text::from_utf8(bytes.clone());
        let text = text.unwrap_or_else(|bytes| Text::from(java_utf8(&bytes)));
        Ok(match values::parse(text.as_str()) {
            None => SchemaAndValue::default(),
            // The record's own bytes serve for a plain text.
            Some(found) if found.value.as_text().is_some_and(|found| *found == text) => {
                SchemaAndValue { schema: found.schema, value: Value::String(text) }
            }
            Some(found) => found,
        })
    }
}

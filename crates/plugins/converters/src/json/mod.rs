//! JsonConverter: values as JSON, with their schema in an envelope or without any.
//!
//! Writing goes straight from the value into the output; the envelope's schema part is text cached by schema. Reading
//! goes over a tape ([`kconnect_api::json`]), a flat list of nodes that is reused from record to record, so that nesting costs no
//! native stack; texts without escapes share the record's buffer. Schemas are cached by the bytes they were read from.
//!
//! - `schema.rs`: schemas from and to JSON
//! - `read.rs`, `write.rs`: values; `layouts.rs`, `template.rs`: objects like those before them

mod layouts;
#[cfg(test)]
mod observed;
mod read;
mod schema;
mod template;
#[cfg(test)]
mod tests;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use kconnect_api::json::Tape;
use kconnect_api::settings::{boolean, int, string};
use kconnect_api::{
    Buf, ConfigDef, ConfigError, Convert, Converter, Exception, Importance, Out, Reader, Schema,
    SchemaAndValue, Settings, Text, Topic, Validator, Value, Width, WireHeaders,
};

use crate::class::Class;
use layouts::Layouts;
use read::Reading;
use template::{Templates, Tools};

pub(crate) struct Config {
    schemas_enable: bool,
    cache_size: i32,
    decimal_format: String,
    replace_null_with_default: bool,
    schema_content: Option<String>,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let schemas_enable = def
            .field("schemas.enable", boolean())
            .importance(Importance::High)
            .doc("Write and expect each value in an envelope together with its schema.")
            .group("Schemas", 0)
            .width(Width::Medium)
            .display("Enable Schemas")
            .default(true);
        let cache_size = def
            .field("schemas.cache.size", int(..))
            .importance(Importance::High)
            .doc("Most schemas remembered by this converter.")
            .group("Schemas", 1)
            .width(Width::Medium)
            .display("Schema Cache Size")
            .default(1000);
        let schema_content = def
            .field("schema.content", string())
            .importance(Importance::High)
            .doc("A JSON schema of all values read, which then come without envelope. Needs schemas.enable.")
            .group("Schemas", 2)
            .width(Width::Medium)
            .display("Schema Content")
            .optional();
        let decimal_format = def
            .field("decimal.format", string())
            .importance(Importance::Low)
            .doc("How decimals are written: BASE64 for their exact bytes, NUMERIC for a JSON number.")
            .group("Serialization", 0)
            .width(Width::Medium)
            .display("Decimal Format")
            .validator(Validator::one_of_ignoring_case(["NUMERIC", "BASE64"]))
            .default("BASE64");
        let replace = def
            .field("replace.null.with.default", boolean())
            .importance(Importance::Low)
            .doc("Put a schema's default in the place of null.")
            .group("Serialization", 1)
            .width(Width::Medium)
            .display("Replace null with default")
            .default(true);
        Box::new(move |values| Self {
            schemas_enable: values.get(&schemas_enable),
            cache_size: values.get(&cache_size),
            decimal_format: values.get(&decimal_format),
            replace_null_with_default: values.get(&replace),
            schema_content: values.get(&schema_content),
        })
    }
}

/// What reading and writing of values depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) replace_null_with_default: bool,
    pub(crate) decimal_as_number: bool,
}

pub(crate) struct JsonConverter {
    rules: Rules,
    schemas_enable: bool,
    /// `schema.content`, read.
    content: Option<Schema>,
    cache_size: usize,
    /// The beginning of an envelope by schema, up to and including `"payload":`.
    written: HashMap<Schema, Arc<[u8]>>,
    last_written: Option<(Schema, Arc<[u8]>)>,
    /// Schemas by the bytes they were read from.
    read: HashMap<Box<[u8]>, Option<Schema>>,
    last_read: Option<(Box<[u8]>, Option<Schema>)>,
    tape: Tape,
    layouts: Layouts,
    templates: Templates,
}

impl Class for JsonConverter {
    const CLASS: &'static str = "org.apache.kafka.connect.json.JsonConverter";
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let rules = Rules {
            replace_null_with_default: config.replace_null_with_default,
            decimal_as_number: config.decimal_format.eq_ignore_ascii_case("numeric"),
        };
        // Read, and refused, also where it is not used.
        let content = match config.schema_content.filter(|text| !text.is_empty()) {
            Some(text) => schema_of_content(&text, rules)
                .map_err(|error| ConfigError::text("schema.content", error.message().unwrap_or_default()))?,
            None => None,
        };
        Ok(Self {
            rules,
            schemas_enable: config.schemas_enable,
            content: content.filter(|_| config.schemas_enable),
            cache_size: usize::try_from(config.cache_size).unwrap_or(0).max(1),
            written: HashMap::new(),
            last_written: None,
            read: HashMap::new(),
            last_read: None,
            tape: Tape::default(),
            layouts: Layouts::default(),
            templates: Templates::default(),
        })
    }
}

/// The error around every parse failure.
fn failed(cause: Exception) -> Exception {
    Exception::data("Converting byte[] to Kafka Connect data failed due to serialization error: ")
        .caused_by(cause)
}

fn schema_of_content(text: &str, rules: Rules) -> Result<Option<Schema>, Exception> {
    let mut tape = Tape::default();
    let text = Text::from(text);
    let root = tape.parse(&text, 0).map_err(|error| {
        Exception::data("Failed to parse schema in converter config due to serialization error: ")
            .caused_by(error)
    })?;
    schema::from_json(&mut Reading::new(&text, &tape, rules, &mut Layouts::default()), root.0)
}

impl Converter for JsonConverter {
    fn write<'a>(
        &mut self,
        _topic: &Topic,
        schema: Option<&Schema>,
        value: &'a Value,
        _headers: &mut WireHeaders,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        if schema.is_none() && value.is_null() {
            out.null();
            return Ok(());
        }
        let buffer = out.write();
        let from = buffer.len();
        let result = self.write_to(schema, value, buffer);
        if result.is_err() {
            buffer.truncate(from);
        }
        Ok(result?)
    }

    fn read(
        &mut self,
        _topic: &Topic,
        _headers: &WireHeaders,
        bytes: Option<&Buf>,
    ) -> Result<SchemaAndValue, Convert> {
        let Some(bytes) = bytes else {
            return Ok(SchemaAndValue::default());
        };
        let mut tape = std::mem::take(&mut self.tape);
        let result = self.read_with(&mut tape, bytes);
        tape.recycle();
        self.tape = tape;
        Ok(result?)
    }
}

impl JsonConverter {
    fn write_to(
        &mut self,
        schema: Option<&Schema>,
        value: &Value,
        out: &mut Vec<u8>,
    ) -> Result<(), Exception> {
        if !self.schemas_enable {
            return write::value(self.rules, schema, value, 0, out);
        }
        match schema {
            None => out.extend_from_slice(b"{\"schema\":null,\"payload\":"),
            Some(schema) => out.extend_from_slice(&self.envelope(schema)?),
        }
        write::value(self.rules, schema, value, 1, out)?;
        out.push(b'}');
        Ok(())
    }

    fn envelope(&mut self, schema: &Schema) -> Result<Arc<[u8]>, Exception> {
        if let Some((last, text)) = &self.last_written
            && last.is_same(schema)
        {
            return Ok(Arc::clone(text));
        }
        let text = match self.written.get(schema) {
            Some(text) => Arc::clone(text),
            None => {
                let mut text = b"{\"schema\":".to_vec();
                schema::to_json(self.rules, Some(schema), None, 1, &mut text)?;
                text.extend_from_slice(b",\"payload\":");
                let text: Arc<[u8]> = text.into();
                if self.written.len() >= self.cache_size {
                    self.written.clear();
                }
                self.written.insert(schema.clone(), Arc::clone(&text));
                text
            }
        };
        self.last_written = Some((schema.clone(), Arc::clone(&text)));
        Ok(text)
    }

    fn read_with(&mut self, tape: &mut Tape, bytes: &Buf) -> Result<SchemaAndValue, Exception> {
        let text = tape.text(bytes).map_err(failed)?;
        self.layouts.start();
        if self.schemas_enable && self.content.is_none() {
            return self.read_envelope(tape, &text);
        }
        let schema = self.content.clone();
        if let Some((value, _)) = self.by_template(tape, &text, 0, schema.as_ref()) {
            return Ok(SchemaAndValue { schema, value });
        }
        let (root, _) = tape.parse(&text, 0).map_err(failed)?;
        let mut reading = Reading::new(&text, tape, self.rules, &mut self.layouts);
        let value = reading.value(schema.as_ref(), Some(root))?;
        self.templates.learn(&reading.doc, (root, 0), schema.as_ref(), reading.layouts);
        Ok(SchemaAndValue { schema, value })
    }

    fn by_template(
        &mut self,
        tape: &mut Tape,
        text: &Text,
        at: usize,
        schema: Option<&Schema>,
    ) -> Option<(Value, usize)> {
        let depth = if at == 0 { 1 } else { 2 };
        let mut tools =
            Tools { tape, layouts: &mut self.layouts, rules: self.rules, depth, has_read_nested: false };
        self.templates.read(text, at, schema, &mut tools)
    }

    fn read_envelope(&mut self, tape: &mut Tape, text: &Text) -> Result<SchemaAndValue, Exception> {
        // A producer repeats the schema byte for byte: then only the payload is parsed.
        const START: &[u8] = b"{\"schema\":";
        const MIDDLE: &[u8] = b",\"payload\":";
        if let Some((raw, schema)) = &self.last_read
            && let Some(rest) =
                text.as_bytes().strip_prefix(START).and_then(|rest| rest.strip_prefix(&raw[..]))
            && rest.starts_with(MIDDLE)
        {
            let (at, schema) = (START.len() + raw.len() + MIDDLE.len(), schema.clone());
            // Anything unusual is left to the general way.
            if let Some((value, end)) = self.by_template(tape, text, at, schema.as_ref())
                && text.as_bytes().get(end) == Some(&b'}')
            {
                return Ok(SchemaAndValue { schema, value });
            }
            if let Ok((root, end)) = tape.parse_inside(text, at, 1)
                && text.as_bytes().get(end) == Some(&b'}')
            {
                let mut reading = Reading::new(text, tape, self.rules, &mut self.layouts);
                let value = reading.value(schema.as_ref(), Some(root))?;
                self.templates.learn(&reading.doc, (root, at), schema.as_ref(), reading.layouts);
                return Ok(SchemaAndValue { schema, value });
            }
        }
        let (root, _) = tape.parse(text, 0).map_err(failed)?;
        let mut reading = Reading::new(text, tape, self.rules, &mut self.layouts);
        let Some((schema_at, payload_at)) = reading.envelope(root) else {
            return Err(Exception::data(
                "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain \
                 additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your \
                 converter configuration.",
            ));
        };
        let raw = reading.raw(schema_at);
        let schema = match self.read.get(raw) {
            Some(schema) => schema.clone(),
            None => {
                let schema = schema::from_json(&mut reading, schema_at)?;
                if self.read.len() >= self.cache_size {
                    self.read.clear();
                }
                self.read.insert(raw.into(), schema.clone());
                schema
            }
        };
        // Only a text that ends by itself can be compared as a prefix.
        if raw.ends_with(b"}") || raw == b"null" {
            self.last_read = Some((raw.into(), schema.clone()));
        }
        let value = reading.value(schema.as_ref(), Some(payload_at))?;
        Ok(SchemaAndValue { schema, value })
    }
}

//! JSON Schema: Connect schemas as JSON schemas and back, values as JSON.
//!
//! Writing goes straight from the value into the output. Reading goes over a tape ([`kconnect_api::json`]) that is
//! reused from record to record; texts without escapes share the record's buffer.
//!
//! - `print.rs`: Connect schema to JSON schema text
//! - `documents.rs`, `uri.rs`: the texts of a registered schema and references between them
//! - `load.rs`: what kind of schema the keywords of an object make
//! - `convert.rs`: loaded schema to Connect schema
//! - `write.rs`, `read.rs`: values
//! - `compat.rs`: whether what one schema allows can be read by another

mod compat;
mod convert;
mod documents;
mod indent;
mod load;
mod names;
mod print;
mod read;
mod settings;
#[cfg(test)]
mod tests;
mod uri;
mod write;

use kconnect_api::json::{self, Doc, Tape};
use kconnect_api::{Buf, ConfigError, Exception, Schema, SchemaAndValue, Text, Value, classes};

use crate::format::{Fault, Format, Local, Registered, Written};
use documents::{DIALECT, Documents};
use read::Reading;
use settings::{Config, Rules};

/// The mapping of JsonSchemaConverter.
pub(crate) struct JsonSchema {
    rules: Rules,
    tape: Tape,
    /// A payload before it is laid out over several lines.
    compact: Vec<u8>,
}

impl Format for JsonSchema {
    const CLASS: &'static str = "io.confluent.connect.json.JsonSchemaConverter";
    const TYPE: &'static str = "JSON";
    type Settings = Config;
    type Writer = ();
    type Reader = Schema;

    fn new(settings: Config) -> Result<Self, ConfigError> {
        Ok(Self { rules: settings.rules()?, tape: Tape::new(DIALECT), compact: Vec::new() })
    }

    fn map(&mut self, schema: Option<&Schema>, value: &Value) -> Result<Local<()>, Exception> {
        let Some(schema) = schema else {
            // Upstream looks at the value first, then fails for want of a schema to register.
            write::value(self.rules, None, value, 0, &mut Vec::new())?;
            let cause = Exception::without_message(classes::NULL_POINTER);
            return Err(
                Exception::new(classes::SERIALIZATION, "Error serializing JSON message").caused_by(cause)
            );
        };
        let text = print::schema(self.rules, schema)?;
        let record = schema.name().filter(|_| print::has_title(schema)).map(str::to_owned);
        Ok(Local { text, dependencies: Vec::new(), record, indexes: None, writer: () })
    }

    fn adapt(&mut self, _schema: Option<&Schema>, registered: &Registered) -> Result<Local<()>, Exception> {
        // The payload depends on the Connect schema only.
        let record = self.record_name(registered)?;
        let (text, dependencies) = (registered.text.clone(), registered.dependencies.clone());
        Ok(Local { text, dependencies, record, indexes: None, writer: () })
    }

    fn is_compatible(&mut self, local: &Local<()>, registered: &Registered) -> Result<bool, Exception> {
        let own =
            Registered { text: local.text.clone(), dependencies: local.dependencies.clone(), version: None };
        compat::reads(registered, &own)
    }

    fn record_name(&mut self, registered: &Registered) -> Result<Option<String>, Exception> {
        let parsed = documents::parse(&Registered { dependencies: Vec::new(), ..registered.clone() })?;
        Ok(Documents::new(&parsed, false).title())
    }

    fn parse(&mut self, registered: &Registered) -> Result<Schema, Exception> {
        let parsed = documents::parse(registered)?;
        let mut documents = Documents::new(&parsed, self.rules.ignore_modern_dialects);
        let entries = load::load(&mut documents)?;
        convert::schema(self.rules, &documents, &entries, registered.version)
    }

    fn write(
        &mut self,
        _writer: &(),
        schema: Option<&Schema>,
        value: &Value,
        out: &mut Vec<u8>,
    ) -> Result<Written, Exception> {
        if !self.rules.indent {
            return write::value(self.rules, schema, value, 0, out);
        }
        self.compact.clear();
        let written = write::value(self.rules, schema, value, 0, &mut self.compact)?;
        indent::indent(&self.compact, out);
        Ok(written)
    }

    fn read(
        &mut self,
        reader: &mut Schema,
        _indexes: &[i32],
        payload: &Buf,
    ) -> Result<SchemaAndValue, Fault> {
        let text = self.text(payload)?;
        let doc = Doc::new(&text, &self.tape);
        let value = Reading::new(doc).value(reader, 0).map_err(Fault::Mapping)?;
        self.tape.recycle();
        Ok(SchemaAndValue { schema: Some(reader.clone()), value })
    }
}

impl JsonSchema {
    /// Parses `payload` into the tape.
    fn text(&mut self, payload: &Buf) -> Result<Text, Fault> {
        let fault = |error: Exception| Fault::Payload(error.cause().cloned().unwrap_or(error));
        let text = json::to_text(payload).map_err(fault)?;
        self.tape.parse(&text, 0).map_err(fault)?;
        Ok(text)
    }
}

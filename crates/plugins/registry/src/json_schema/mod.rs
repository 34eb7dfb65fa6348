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
//! - `check.rs`: whether a payload satisfies its schema
//! - `compat.rs`: whether what one schema allows can be read by another

mod check;
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

use kconnect_api::json::{Doc, Tape};
use kconnect_api::{Buf, ConfigError, Exception, Schema, SchemaAndValue, Text, Value, classes};

use std::sync::Arc;

use crate::format::{Fault, Format, Local, Registered, Written};
use check::Checker;
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

/// What payloads of a registered schema are read as, and what they must satisfy.
#[derive(Debug)]
pub(crate) struct JsonReader {
    schema: Schema,
    checker: Option<Checker>,
}

impl Format for JsonSchema {
    const CLASS: &'static str = "io.confluent.connect.json.JsonSchemaConverter";
    const TYPE: &'static str = "JSON";
    type Settings = Config;
    type Writer = Option<Arc<Checker>>;
    type Reader = JsonReader;

    fn new(settings: Config) -> Result<Self, ConfigError> {
        Ok(Self { rules: settings.rules()?, tape: Tape::new(DIALECT), compact: Vec::new() })
    }

    fn map(&mut self, schema: Option<&Schema>, value: &Value) -> Result<Local<Self::Writer>, Exception> {
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
        let own = Registered { text, dependencies: Vec::new(), version: None };
        let writer = self.checker(&own)?.map(Arc::new);
        Ok(Local { text: own.text, dependencies: Vec::new(), record, indexes: None, writer })
    }

    fn adapt(
        &mut self,
        _schema: Option<&Schema>,
        registered: &Registered,
    ) -> Result<Local<Self::Writer>, Exception> {
        // The payload depends on the Connect schema only.
        let record = self.record_name(registered)?;
        let (text, dependencies) = (registered.text.clone(), registered.dependencies.clone());
        let writer = self.checker(registered)?.map(Arc::new);
        Ok(Local { text, dependencies, record, indexes: None, writer })
    }

    fn is_compatible(
        &mut self,
        local: &Local<Self::Writer>,
        registered: &Registered,
    ) -> Result<bool, Exception> {
        let own =
            Registered { text: local.text.clone(), dependencies: local.dependencies.clone(), version: None };
        compat::reads(registered, &own)
    }

    fn check(&mut self, registered: &Registered) -> Result<(), Exception> {
        documents::parse(registered).map(drop)
    }

    fn record_name(&mut self, registered: &Registered) -> Result<Option<String>, Exception> {
        let parsed = documents::parse(&Registered { dependencies: Vec::new(), ..registered.clone() })?;
        Ok(Documents::new(&parsed, false)?.title())
    }

    fn parse(&mut self, registered: &Registered) -> Result<JsonReader, Exception> {
        let parsed = documents::parse(registered)?;
        let mut documents = Documents::new(&parsed, self.rules.ignore_modern_dialects)?;
        let entries = load::load(&mut documents)?;
        let schema = convert::schema(self.rules, &documents, &entries, registered.version)?;
        Ok(JsonReader { schema, checker: self.checker(registered)? })
    }

    fn write(
        &mut self,
        _writer: &Self::Writer,
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

    fn check_written(&mut self, writer: &Self::Writer, payload: &[u8]) -> Result<(), Exception> {
        let Some(checker) = writer else { return Ok(()) };
        let failed =
            |cause| Exception::new(classes::SERIALIZATION, "Error serializing JSON message").caused_by(cause);
        let text = self.text(&Buf::from(payload)).map_err(|fault| match fault {
            Fault::Payload(error) | Fault::Mapping(error) => failed(error),
        })?;
        match checker.check(Doc::new(&text, &self.tape)).map_err(failed)? {
            None => Ok(()),
            Some(violation) => Err(violation.when_writing()),
        }
    }

    fn read(
        &mut self,
        reader: &mut JsonReader,
        _indexes: &[i32],
        payload: &Buf,
    ) -> Result<SchemaAndValue, Fault> {
        let text = self.text(payload)?;
        let doc = Doc::new(&text, &self.tape);
        if let Some(checker) = &reader.checker
            && let Some(violation) = checker.check(doc).map_err(Fault::Payload)?
        {
            return Err(Fault::Payload(violation.when_reading()));
        }
        let value = Reading::new(doc).value(&reader.schema, 0).map_err(Fault::Mapping)?;
        self.tape.recycle();
        Ok(SchemaAndValue { schema: Some(reader.schema.clone()), value })
    }
}

impl JsonSchema {
    /// What payloads of a schema must satisfy, if they are to be checked.
    fn checker(&self, registered: &Registered) -> Result<Option<Checker>, Exception> {
        let compile = || Checker::compile(registered, self.rules.ignore_modern_dialects);
        self.rules.fail_invalid.then(compile).transpose()
    }

    /// Parses `payload` into the tape.
    fn text(&mut self, payload: &Buf) -> Result<Text, Fault> {
        let fault = |error: Exception| Fault::Payload(error.cause().cloned().unwrap_or(error));
        let text = self.tape.text(payload).map_err(fault)?;
        self.tape.parse(&text, 0).map_err(fault)?;
        Ok(text)
    }
}

//! Avro: schemas and values, both ways.
//!
//! - `schema.rs`, `json.rs`, `parse.rs`: Avro schemas, printed and read
//! - `from_connect.rs`, `to_connect.rs`: schemas mapped
//! - `write.rs`, `read.rs`: values, over plans compiled once for a pair of schemas

mod from_connect;
mod json;
mod names;
mod parse;
mod read;
mod schema;
mod settings;
#[cfg(test)]
mod tests;
mod to_connect;
mod write;

use kconnect_api::{Buf, ConfigError, Exception, Schema, SchemaAndValue, Value};

use crate::format::{Fault, Format, Local, Registered, Written};
use parse::Parsed;
use read::{Pair, ReadPlan};
use schema::{Kind, Nodes};
use settings::AvroSettings;
use to_connect::ToConnect;
use write::WritePlan;

/// The format of `AvroConverter`.
pub(crate) struct Avro {
    settings: AvroSettings,
    /// Unions met, which are numbered when all formats share their names.
    unions: usize,
}

impl Format for Avro {
    const CLASS: &'static str = "io.confluent.connect.avro.AvroConverter";
    const TYPE: &'static str = "AVRO";
    type Settings = AvroSettings;
    type Writer = WritePlan;
    type Reader = ReadPlan;

    fn new(settings: AvroSettings) -> Result<Self, ConfigError> {
        Ok(Self { settings, unions: 0 })
    }

    fn map(&mut self, schema: Option<&Schema>, _value: &Value) -> Result<Local<WritePlan>, Exception> {
        let (nodes, root) = from_connect::from_connect(&self.settings, schema)?;
        let text = nodes.print(root)?;
        self.local(schema, text, &Parsed { nodes, root })
    }

    fn adapt(
        &mut self,
        schema: Option<&Schema>,
        registered: &Registered,
    ) -> Result<Local<WritePlan>, Exception> {
        self.local(schema, registered.text.clone(), &Parsed::of(registered)?)
    }

    fn is_compatible(
        &mut self,
        local: &Local<WritePlan>,
        registered: &Registered,
    ) -> Result<bool, Exception> {
        let writer = Parsed::read(&local.text, &local.dependencies)?;
        let reader = Parsed::of(registered)?;
        if read::is_anything(&reader.nodes, reader.root) {
            return Ok(read::is_anything(&writer.nodes, writer.root));
        }
        let mut unions = 0;
        let schema = ToConnect::new(&self.settings, &reader.nodes, &mut unions).root(reader.root, None)?;
        let pair =
            Pair { settings: &self.settings, writer: &writer.nodes, reader: &reader.nodes, strict: true };
        Ok(ReadPlan::compile(pair, writer.root, reader.root, &schema).is_ok())
    }

    fn check(&mut self, registered: &Registered) -> Result<(), Exception> {
        Parsed::of(registered).map(drop)
    }

    fn record_name(&mut self, registered: &Registered) -> Result<Option<String>, Exception> {
        let parsed = Parsed::of(registered)?;
        Ok(record_name(&parsed.nodes, parsed.root))
    }

    fn parse(&mut self, registered: &Registered) -> Result<ReadPlan, Exception> {
        let parsed = Parsed::of(registered)?;
        self.plan(&parsed, &parsed, registered.version)
    }

    fn parse_as(&mut self, written: &Registered, latest: &Registered) -> Result<ReadPlan, Exception> {
        self.plan(&Parsed::of(written)?, &Parsed::of(latest)?, latest.version)
    }

    fn write(
        &mut self,
        writer: &WritePlan,
        _schema: Option<&Schema>,
        value: &Value,
        out: &mut Vec<u8>,
    ) -> Result<Written, Exception> {
        writer.write(value, out)
    }

    fn read(
        &mut self,
        reader: &mut ReadPlan,
        _indexes: &[i32],
        payload: &Buf,
    ) -> Result<SchemaAndValue, Fault> {
        reader.read(payload)
    }
}

impl Avro {
    fn local(
        &self,
        schema: Option<&Schema>,
        text: String,
        parsed: &Parsed,
    ) -> Result<Local<WritePlan>, Exception> {
        Ok(Local {
            text,
            dependencies: Vec::new(),
            record: record_name(&parsed.nodes, parsed.root),
            indexes: None,
            writer: WritePlan::compile(&self.settings, schema, &parsed.nodes, parsed.root)?,
        })
    }

    fn plan(
        &mut self,
        writer: &Parsed,
        reader: &Parsed,
        version: Option<i32>,
    ) -> Result<ReadPlan, Exception> {
        if read::is_anything(&reader.nodes, reader.root) && read::is_anything(&writer.nodes, writer.root) {
            return Ok(ReadPlan::anything());
        }
        let schema =
            ToConnect::new(&self.settings, &reader.nodes, &mut self.unions).root(reader.root, version)?;
        let pair =
            Pair { settings: &self.settings, writer: &writer.nodes, reader: &reader.nodes, strict: false };
        ReadPlan::compile(pair, writer.root, reader.root, &schema)
    }
}

fn record_name(nodes: &Nodes, root: schema::NodeId) -> Option<String> {
    let node = nodes.get(root);
    matches!(node.kind, Kind::Record(_)).then(|| node.full_name())
}

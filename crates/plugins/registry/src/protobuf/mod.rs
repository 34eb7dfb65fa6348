//! ProtobufConverter: Connect data as Protobuf messages whose `.proto` texts lie in the registry.
//!
//! Writing: a Connect schema becomes a [`file::File`], which is printed (the text to register) and linked into a
//! [`link::Pool`]; a [`plan::Plan`] then writes values straight onto the wire. Reading: a registered text is parsed by
//! protox and linked; a [`shape::Shape`] per message tells what each field number does. No message object exists
//! between bytes and values.
//!
//! | module | owns |
//! |---|---|
//! | `settings.rs`, `names.rs` | the converter's settings; names and parameters on both sides |
//! | `file.rs`, `parse.rs`, `binary.rs`, `meta.rs` | files as texts say them, and their parsers |
//! | `known.rs`, `link.rs` | well-known files; names resolved |
//! | `from_connect.rs`, `print.rs`, `plan.rs`, `write.rs` | Connect to Protobuf |
//! | `shape.rs`, `defaults.rs`, `read.rs` | Protobuf to Connect |
//! | `scalar.rs`, `wire.rs`, `logical.rs`, `calendar.rs` | the wire format; dates, times and decimals |
//! | `compat.rs` | whether one schema reads what another wrote |
//!
//! Not here: the bytes before the payload (id and message indexes) and everything about the registry itself.

mod binary;
mod calendar;
mod compat;
mod defaults;
mod file;
mod from_connect;
mod known;
mod link;
mod logical;
mod meta;
mod names;
mod parse;
mod plan;
mod print;
mod read;
mod scalar;
mod settings;
mod shape;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use kconnect_api::{Buf, ConfigError, Exception, Schema, SchemaAndValue, Type, Value, classes};

use crate::format::{Dependency, Fault, Format, Local, Registered, Written};
use link::Pool;
use plan::{Plan, Planner};
use scalar::Scalar;
pub(crate) use settings::ProtobufSettings;
use settings::Rules;
use shape::{Compiler, Root, Shapes};
use write::Writer;

/// The format `PROTOBUF`.
pub(crate) struct Protobuf {
    rules: Rules,
}

/// How values of one Connect schema are written.
pub(crate) struct ProtobufWriter {
    target: Target,
    /// What the written messages are.
    pool: Option<Arc<Pool>>,
}

enum Target {
    /// Without schema there is only null.
    Nothing,
    /// A wrapper message.
    Wrapper {
        kind: Type,
        scalar: Scalar,
    },
    Message {
        schema: Schema,
        plan: Arc<Plan>,
    },
}

/// How messages of one registered schema are read.
pub(crate) struct ProtobufReader {
    pool: Pool,
    /// What the payloads were written with, when that is another text: it tells what message indexes mean.
    written: Option<Pool>,
    version: Option<i32>,
    /// By message indexes; what cannot be read is found out once, too.
    roots: HashMap<Box<[i32]>, Result<Arc<Root>, Exception>>,
    last: Option<(Box<[i32]>, Arc<Root>)>,
    /// Of all messages that were read so far: records may ask for each message of a large file in turn.
    shapes: Shapes,
}

/// Most messages of one file whose reading is remembered.
const ROOTS_MAX: usize = 100;

impl Format for Protobuf {
    const CLASS: &'static str = "io.confluent.connect.protobuf.ProtobufConverter";
    const TYPE: &'static str = "PROTOBUF";
    type Settings = ProtobufSettings;
    type Writer = ProtobufWriter;
    type Reader = ProtobufReader;

    fn new(settings: ProtobufSettings) -> Result<Self, ConfigError> {
        Ok(Self { rules: settings.rules })
    }

    fn map(&mut self, schema: Option<&Schema>, value: &Value) -> Result<Local<ProtobufWriter>, Exception> {
        let Some(schema) = schema else {
            return match value {
                Value::Null => Ok(nothing()),
                _ => Err(no_schema()),
            };
        };
        match schema.kind() {
            Type::Struct => self.map_struct(schema),
            _ => self.map_wrapper(schema),
        }
    }

    fn adapt(
        &mut self,
        schema: Option<&Schema>,
        registered: &Registered,
    ) -> Result<Local<ProtobufWriter>, Exception> {
        let mut local = self.map(schema, &Value::Null)?;
        let pool = pool(registered)?;
        let path = local.record.as_deref().map_or_else(|| vec![0], |name| pool.path(name));
        if let (Target::Message { schema, plan }, Some(own)) = (&mut local.writer.target, &local.writer.pool)
        {
            let message =
                pool.at(&path).ok_or_else(|| Exception::data("the registered text has no message"))?;
            let own_message = local.record.as_deref().and_then(|name| own.find(name));
            *plan = Planner::dictated(&pool, own, self.rules).plan(schema, message, own_message)?;
        }
        local.indexes = Some(path);
        local.text.clone_from(&registered.text);
        local.dependencies.clone_from(&registered.dependencies);
        Ok(local)
    }

    fn is_compatible(
        &mut self,
        local: &Local<ProtobufWriter>,
        registered: &Registered,
    ) -> Result<bool, Exception> {
        let registered = pool(registered)?;
        Ok(local.writer.pool.as_ref().is_none_or(|pool| compat::is_compatible(pool, &registered)))
    }

    fn check(&mut self, registered: &Registered) -> Result<(), Exception> {
        let own = std::iter::once(("default", &*registered.text));
        let others = registered.dependencies.iter().map(|other| (&*other.name, &*other.text));
        own.chain(others).try_for_each(|(name, text)| parse::parse(name, text).map(drop))
    }

    fn record_name(&mut self, registered: &Registered) -> Result<Option<String>, Exception> {
        let pool = pool(registered)?;
        Ok(pool.at(&[]).map(|first| pool.message(first).full_name.clone()))
    }

    fn parse(&mut self, registered: &Registered) -> Result<ProtobufReader, Exception> {
        Ok(ProtobufReader {
            pool: pool(registered)?,
            written: None,
            version: registered.version,
            roots: HashMap::new(),
            last: None,
            shapes: Shapes::new(),
        })
    }

    fn parse_as(&mut self, written: &Registered, latest: &Registered) -> Result<ProtobufReader, Exception> {
        Ok(ProtobufReader { written: Some(pool(written)?), ..self.parse(latest)? })
    }

    fn write(
        &mut self,
        writer: &ProtobufWriter,
        _schema: Option<&Schema>,
        value: &Value,
        out: &mut Vec<u8>,
    ) -> Result<Written, Exception> {
        if value.is_null() {
            return Ok(Written::Null);
        }
        let mut to = Writer { out, ignore_default: self.rules.ignore_default };
        match &writer.target {
            Target::Nothing => return Err(no_schema()),
            Target::Wrapper { kind, scalar } => to.wrapped(*kind, *scalar, value)?,
            Target::Message { schema, plan } => to.message(schema, plan, value)?,
        }
        Ok(Written::Payload)
    }

    fn read(
        &mut self,
        reader: &mut ProtobufReader,
        indexes: &[i32],
        payload: &Buf,
    ) -> Result<SchemaAndValue, Fault> {
        let root = reader.root(self.rules, indexes)?;
        let (schema, value) = read::read(&root, payload)?;
        Ok(SchemaAndValue { schema: Some(schema), value })
    }
}

fn pool(registered: &Registered) -> Result<Pool, Exception> {
    // Upstream's name for a text without one of its own.
    Pool::of_text("default", &registered.text, &registered.dependencies)
}

impl Protobuf {
    fn map_struct(&self, schema: &Schema) -> Result<Local<ProtobufWriter>, Exception> {
        let (file, full_name) = from_connect::file(self.rules, schema)?;
        let text = print::print(&file);
        let dependencies = match self.rules.skip_known_types {
            true => Vec::new(),
            false => file.imports.iter().filter_map(|name| dependency(name)).collect(),
        };
        let pool = Pool::of_file(file)?;
        let message = pool.find(&full_name).ok_or_else(|| Exception::data("the root message is missing"))?;
        let plan = Planner::new(&pool, self.rules).plan(schema, message, None)?;
        Ok(Local {
            text,
            dependencies,
            record: Some(full_name),
            indexes: Some(vec![0]),
            writer: ProtobufWriter {
                target: Target::Message { schema: schema.clone(), plan },
                pool: Some(Arc::new(pool)),
            },
        })
    }

    fn map_wrapper(&self, schema: &Schema) -> Result<Local<ProtobufWriter>, Exception> {
        let kind = schema.kind();
        let (Some(name), Some(scalar)) = (from_connect::wrapper(kind), plan::scalar_of(kind)) else {
            let message = format!("Unsupported root schema of type {kind}");
            return Err(Exception::new(classes::ILLEGAL_ARGUMENT, message));
        };
        if let Some(logical) = schema.logical() {
            // Upstream writes its message under the schema of a wrapper, which nobody can read.
            return Err(Exception::data(format!(
                "{} cannot be a whole Protobuf record; put it into a struct",
                logical.name()
            )));
        }
        let text = known::text(known::WRAPPERS).unwrap_or_default();
        let pool = Pool::of_text(known::WRAPPERS, text, &[])?;
        Ok(Local {
            text: text.to_owned(),
            dependencies: Vec::new(),
            record: Some(name.to_owned()),
            indexes: Some(pool.path(name)),
            writer: ProtobufWriter { target: Target::Wrapper { kind, scalar }, pool: Some(Arc::new(pool)) },
        })
    }
}

impl ProtobufReader {
    fn root(&mut self, rules: Rules, indexes: &[i32]) -> Result<Arc<Root>, Fault> {
        if let Some((last, root)) = &self.last
            && **last == *indexes
        {
            return Ok(Arc::clone(root));
        }
        let known = match self.roots.get(indexes) {
            Some(known) => known.clone(),
            None => {
                let message = self.message(indexes).ok_or_else(|| {
                    let message = format!("Invalid message indexes: {indexes:?}");
                    Fault::Payload(Exception::new(classes::ILLEGAL_ARGUMENT, message))
                })?;
                let mut compiler = Compiler::new(&self.pool, rules, std::mem::take(&mut self.shapes));
                let root = compiler.root(message, self.version).map(Arc::new);
                self.shapes = compiler.into_shapes();
                if self.roots.len() >= ROOTS_MAX {
                    self.roots.clear();
                }
                self.roots.insert(indexes.into(), root.clone());
                root
            }
        };
        let root = known?;
        self.last = Some((indexes.into(), Arc::clone(&root)));
        Ok(root)
    }

    /// The message at a path of what was written; one of that name, else the first one, of what it is read as.
    fn message(&self, indexes: &[i32]) -> Option<usize> {
        let Some(written) = &self.written else {
            return self.pool.at(indexes);
        };
        let found = written.message(written.at(indexes)?);
        self.pool.find(&found.full_name).or_else(|| self.pool.at(&[]))
    }
}

fn dependency(name: &str) -> Option<Dependency> {
    let text = known::text(name)?.to_owned();
    Some(Dependency { name: name.to_owned(), text, references: Vec::new() })
}

fn nothing() -> Local<ProtobufWriter> {
    let writer = ProtobufWriter { target: Target::Nothing, pool: None };
    Local { text: String::new(), dependencies: Vec::new(), record: None, indexes: Some(vec![0]), writer }
}

/// Upstream asks the missing schema for its name.
fn no_schema() -> Exception {
    let message = "Cannot invoke \"org.apache.kafka.connect.data.Schema.name()\" because \"schema\" is null";
    Exception::new(classes::NULL_POINTER, message)
}

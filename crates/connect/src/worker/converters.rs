//! The converters of one task: the connector's own, else the worker's with the worker's settings (configs.md §5.1).
//!
//! A step that needs something fetched first says so; [`Converters::resolve`] awaits it and the same step is made again.

use std::sync::Arc;

use kconnect_api::{
    Buf, Convert, Converter, ConverterRole, Exception, HeaderConverter, Headers, Need, Out, OutBytes, Props,
    RecordError, Schema, SchemaAndValue, TaskError, Topic, Value, WireHeader, WireHeaders, classes,
};

use super::chain::below;
use super::failure::{Failure, Stage};
use crate::registry::Registry;

/// Key, value and header converter.
pub(crate) struct Converters {
    key: Box<dyn Converter>,
    value: Box<dyn Converter>,
    header: Box<dyn HeaderConverter>,
    classes: [Arc<str>; 3],
}

/// Why a record is not converted (yet).
#[derive(Debug)]
pub(crate) enum Stuck {
    /// Resolve this, then convert again.
    Needs(ConverterRole, Need),
    /// It failed.
    Failed(Failure),
}

impl Converters {
    /// Converters for a connector of a worker; the first that cannot be made is the error.
    pub(crate) fn build(connector: &Props, worker: &Props, registry: &Registry) -> Result<Self, Exception> {
        let key = plain(connector, worker, registry, "key.converter", ConverterRole::Key)?;
        let value = plain(connector, worker, registry, "value.converter", ConverterRole::Value)?;
        Ok(Self::of(key, value, header(connector, worker, registry)?))
    }

    /// The same; all that cannot be made are the error, each with its setting.
    pub(crate) fn build_each(
        connector: &Props,
        worker: &Props,
        registry: &Registry,
    ) -> Result<Self, Vec<(&'static str, Exception)>> {
        let key = plain(connector, worker, registry, "key.converter", ConverterRole::Key);
        let value = plain(connector, worker, registry, "value.converter", ConverterRole::Value);
        match (key, value, header(connector, worker, registry)) {
            (Ok(key), Ok(value), Ok(header)) => Ok(Self::of(key, value, header)),
            (key, value, header) => {
                let errors = [
                    ("key.converter", key.err()),
                    ("value.converter", value.err()),
                    ("header.converter", header.err()),
                ];
                Err(errors.into_iter().filter_map(|(name, error)| Some((name, error?))).collect())
            }
        }
    }

    fn of(
        (key, key_class): Made<dyn Converter>,
        (value, value_class): Made<dyn Converter>,
        (header, header_class): Made<dyn HeaderConverter>,
    ) -> Self {
        Self { key, value, header, classes: [key_class, value_class, header_class] }
    }

    fn stuck(&self, role: ConverterRole, problem: Convert) -> Stuck {
        match problem {
            Convert::Needs(need) => Stuck::Needs(role, need),
            Convert::Bad(error) => Stuck::Failed(self.failure(role, error)),
        }
    }

    /// A failure of the converter of `role`.
    pub(crate) fn failure(&self, role: ConverterRole, error: RecordError) -> Failure {
        let (stage, class) = match role {
            ConverterRole::Key => (Stage::KeyConverter, &self.classes[0]),
            ConverterRole::Value => (Stage::ValueConverter, &self.classes[1]),
            ConverterRole::Header => (Stage::HeaderConverter, &self.classes[2]),
        };
        Failure { stage, class: Arc::clone(class), error }
    }

    /// Fetches what a step needs; an error is a failure of that step.
    pub(crate) async fn resolve(&mut self, role: ConverterRole, need: Need) -> Result<(), Failure> {
        let resolved = match role {
            ConverterRole::Key => self.key.resolve(need).await,
            ConverterRole::Value => self.value.resolve(need).await,
            ConverterRole::Header => self.header.resolve(need).await,
        };
        resolved.map_err(|error| {
            let retriable = matches!(error, TaskError::Retriable(_));
            self.failure(role, RecordError { exception: error.exception().clone(), retriable })
        })
    }

    /// Writes key and value of a source record. `wire` holds its converted headers and may be added to.
    #[inline]
    pub(crate) fn write<'a>(
        &mut self,
        topic: &Topic,
        (key_schema, key): (Option<&Schema>, &'a Value),
        (value_schema, value): (Option<&Schema>, &'a Value),
        wire: &mut WireHeaders,
        scratch: &mut Vec<u8>,
    ) -> Result<(OutBytes<'a>, OutBytes<'a>), Stuck> {
        let key = self.write_key(topic, (key_schema, key), wire, scratch)?;
        let value = self.write_value(topic, (value_schema, value), wire, scratch)?;
        Ok((key, value))
    }

    /// Writes the key alone.
    #[inline]
    pub(crate) fn write_key<'a>(
        &mut self,
        topic: &Topic,
        (schema, key): (Option<&Schema>, &'a Value),
        wire: &mut WireHeaders,
        scratch: &mut Vec<u8>,
    ) -> Result<OutBytes<'a>, Stuck> {
        let mut out = Out::new(scratch);
        match self.key.write(topic, schema, key, wire, &mut out) {
            Ok(()) => Ok(out.finish()),
            Err(problem) => Err(self.stuck(ConverterRole::Key, problem)),
        }
    }

    /// Writes the value alone.
    #[inline]
    pub(crate) fn write_value<'a>(
        &mut self,
        topic: &Topic,
        (schema, value): (Option<&Schema>, &'a Value),
        wire: &mut WireHeaders,
        scratch: &mut Vec<u8>,
    ) -> Result<OutBytes<'a>, Stuck> {
        let mut out = Out::new(scratch);
        match self.value.write(topic, schema, value, wire, &mut out) {
            Ok(()) => Ok(out.finish()),
            Err(problem) => Err(self.stuck(ConverterRole::Value, problem)),
        }
    }

    /// Converts the headers of a source record.
    pub(crate) fn write_headers(&mut self, topic: &Topic, headers: &Headers) -> Result<WireHeaders, Stuck> {
        let mut wire = WireHeaders::with_capacity(headers.len());
        for header in headers.iter() {
            let mut scratch = Vec::new();
            let mut out = Out::new(&mut scratch);
            let written =
                self.header.write(topic, &header.key, header.effective_schema(), &header.value, &mut out);
            if let Err(problem) = written {
                return Err(self.stuck(ConverterRole::Header, problem));
            }
            let value = out.bytes().map(Buf::from);
            wire.push(WireHeader { key: Arc::clone(&header.key), value });
        }
        Ok(wire)
    }

    /// Reads key and value of a consumed record.
    #[inline]
    pub(crate) fn read(
        &mut self,
        topic: &Topic,
        wire: &WireHeaders,
        key: Option<&Buf>,
        value: Option<&Buf>,
    ) -> Result<(SchemaAndValue, SchemaAndValue), Stuck> {
        let key = match self.key.read(topic, wire, key) {
            Ok(key) => key,
            Err(problem) => return Err(self.stuck(ConverterRole::Key, problem)),
        };
        match self.value.read(topic, wire, value) {
            Ok(value) => Ok((key, value)),
            Err(problem) => Err(self.stuck(ConverterRole::Value, problem)),
        }
    }

    /// Reads the headers of a consumed record.
    pub(crate) fn read_headers(&mut self, topic: &Topic, wire: &WireHeaders) -> Result<Headers, Stuck> {
        let mut headers = Headers::default();
        for header in wire {
            let read = match self.header.read(topic, &header.key, header.value.as_ref()) {
                Ok(read) => read,
                Err(problem) => return Err(self.stuck(ConverterRole::Header, problem)),
            };
            // Headers check what they are given; a converter may read null under a schema that requires a value.
            if let Err(mismatch) = headers.add(Arc::clone(&header.key), read.schema, read.value) {
                return Err(self.stuck(ConverterRole::Header, mismatch.into()));
            }
        }
        Ok(headers)
    }
}

/// An instance with the name of its class.
type Made<T> = (Box<T>, Arc<str>);

fn header(
    connector: &Props,
    worker: &Props,
    registry: &Registry,
) -> Result<Made<dyn HeaderConverter>, Exception> {
    let (class, props) = chosen(connector, worker, "header.converter", ConverterRole::Header);
    let class = class.unwrap_or_else(|| "org.apache.kafka.connect.storage.SimpleHeaderConverter".to_owned());
    let plugin = registry.find_converter(&class).ok_or_else(|| not_found("header.converter", &class))?;
    let header = plugin.header_converter(&props).ok_or_else(|| wrong(&class, "HeaderConverter"))??;
    Ok((header, plugin.info().class.as_ref().into()))
}

fn plain(
    connector: &Props,
    worker: &Props,
    registry: &Registry,
    name: &str,
    role: ConverterRole,
) -> Result<Made<dyn Converter>, Exception> {
    let (class, props) = chosen(connector, worker, name, role);
    let class = class.unwrap_or_default();
    let plugin = registry.find_converter(&class).ok_or_else(|| not_found(name, &class))?;
    let converter = plugin.converter(&props, role).ok_or_else(|| wrong(&class, "Converter"))??;
    Ok((converter, plugin.info().class.as_ref().into()))
}

/// Class and settings: all of the connector's when it names a class, else all of the worker's.
pub(crate) fn chosen(
    connector: &Props,
    worker: &Props,
    name: &str,
    role: ConverterRole,
) -> (Option<String>, Props) {
    let set = |props: &Props| {
        props.get(name).map(|class| class.trim().to_owned()).filter(|class| !class.is_empty())
    };
    let (class, from) = match set(connector) {
        Some(class) => (Some(class), connector),
        None => (set(worker), worker),
    };
    let mut props = below(from, &format!("{name}."));
    props.entry("converter.type".into()).or_insert_with(|| role.name().into());
    (class, props)
}

fn not_found(key: &str, class: &str) -> Exception {
    let text = format!("Invalid value {class} for configuration {key}: Class {class} could not be found.");
    Exception::new(classes::CONFIG, text)
}

fn wrong(class: &str, interface: &str) -> Exception {
    Exception::new(
        classes::CONFIG,
        format!("Class class {class} does not implement the {interface} interface"),
    )
}

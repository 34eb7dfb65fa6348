//! Converters: Connect data to the bytes of a Kafka key, value or header, and back.
//!
//! One instance a task and role, synchronous. What needs the network (a schema) is asked for by value
//! ([`Convert::Needs`]) and awaited by the runtime through [`Converter::resolve`], off the hot path and under
//! `errors.retry.*`; then the same call is made again.

use std::sync::Arc;

use crate::{
    BoxFuture, Buf, ConfigDef, ConfigError, PluginInfo, Props, RecordError, Schema, TaskError, Topic, Value,
};

/// A schema (`None`: schemaless) and a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SchemaAndValue {
    /// The schema.
    pub schema: Option<Schema>,
    /// The value.
    pub value: Value,
}

/// A header as it travels in Kafka.
#[derive(Clone, Debug, PartialEq)]
pub struct WireHeader {
    /// The key.
    pub key: Arc<str>,
    /// The value; `None` is null.
    pub value: Option<Buf>,
}

/// The headers of a Kafka record, in order. Converters may read and add.
pub type WireHeaders = Vec<WireHeader>;

/// Why a conversion did not happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Convert {
    /// Something must be fetched first; the runtime awaits [`Converter::resolve`] and calls again.
    Needs(Need),
    /// The record is bad.
    Bad(RecordError),
}

impl<E: Into<RecordError>> From<E> for Convert {
    fn from(error: E) -> Self {
        Self::Bad(error.into())
    }
}

/// What must be fetched; the number is the converter's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need(pub u64);

/// Where a converter puts the bytes of one key or value.
///
/// Two lifetimes, so that a finished output borrows only from the value (`'v`) and the scratch buffer (`'s`) is free
/// for the next one. Bytes that already exist are lent ([`Out::borrow`]), others are written into a scratch buffer that the runtime
/// recycles. Null when neither was done.
#[derive(Debug)]
pub struct Out<'s, 'v> {
    scratch: &'s mut Vec<u8>,
    state: State<'v>,
}

#[derive(Clone, Copy, Debug)]
enum State<'v> {
    Null,
    Borrowed(&'v [u8]),
    Written(usize),
}

impl<'s, 'v> Out<'s, 'v> {
    /// An output that appends to `scratch`.
    pub fn new(scratch: &'s mut Vec<u8>) -> Self {
        Self { scratch, state: State::Null }
    }

    /// The result is null.
    pub fn null(&mut self) {
        self.state = State::Null;
    }

    /// The result is `bytes` as they are: a pass-through converter copies nothing.
    pub fn borrow(&mut self, bytes: &'v [u8]) {
        self.state = State::Borrowed(bytes);
    }

    /// The buffer to append the result to.
    pub fn write(&mut self) -> &mut Vec<u8> {
        if !matches!(self.state, State::Written(_)) {
            self.state = State::Written(self.scratch.len());
        }
        self.scratch
    }

    /// The result; `None` is null.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self.state {
            State::Null => None,
            State::Borrowed(bytes) => Some(bytes),
            State::Written(from) => Some(&self.scratch[from..]),
        }
    }

    /// The result as [`OutBytes`], which gives up the borrow of the scratch buffer so that a second output (the value
    /// after the key) can append to the same one.
    #[must_use]
    pub fn finish(self) -> OutBytes<'v> {
        match self.state {
            State::Null => OutBytes::Null,
            State::Borrowed(bytes) => OutBytes::Borrowed(bytes),
            State::Written(from) => OutBytes::Scratch { from, to: self.scratch.len() },
        }
    }
}

/// A finished [`Out`].
#[derive(Clone, Copy, Debug)]
pub enum OutBytes<'a> {
    /// Null.
    Null,
    /// Lent bytes.
    Borrowed(&'a [u8]),
    /// A part of the scratch buffer.
    Scratch {
        /// First byte.
        from: usize,
        /// After the last byte.
        to: usize,
    },
}

impl<'a> OutBytes<'a> {
    /// The bytes, given the scratch buffer that was written to.
    #[must_use]
    pub fn resolve(self, scratch: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Null => None,
            Self::Borrowed(bytes) => Some(bytes),
            Self::Scratch { from, to } => Some(&scratch[from..to]),
        }
    }
}

/// Converts keys or values.
pub trait Converter: Send {
    /// Writes `value` to `out`. `headers` are those of the Kafka record; a converter may add its own.
    fn write<'a>(
        &mut self,
        topic: &Topic,
        schema: Option<&Schema>,
        value: &'a Value,
        headers: &mut WireHeaders,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert>;

    /// Reads `bytes` (`None`: null). The value may share `bytes`.
    fn read(
        &mut self,
        topic: &Topic,
        headers: &WireHeaders,
        bytes: Option<&Buf>,
    ) -> Result<SchemaAndValue, Convert>;

    /// Fetches what a call asked for.
    fn resolve(&mut self, need: Need) -> BoxFuture<'_, Result<(), TaskError>> {
        let _ = need;
        Box::pin(async { Ok(()) })
    }
}

/// Converts header values.
pub trait HeaderConverter: Send {
    /// Writes the value of header `key`.
    fn write<'a>(
        &mut self,
        topic: &Topic,
        key: &str,
        schema: Option<&Schema>,
        value: &'a Value,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert>;

    /// Reads the value of header `key`.
    fn read(&mut self, topic: &Topic, key: &str, bytes: Option<&Buf>) -> Result<SchemaAndValue, Convert>;

    /// Fetches what a call asked for.
    fn resolve(&mut self, need: Need) -> BoxFuture<'_, Result<(), TaskError>> {
        let _ = need;
        Box::pin(async { Ok(()) })
    }
}

/// What a converter instance is for (`converter.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConverterRole {
    /// Record keys.
    Key,
    /// Record values.
    Value,
    /// Header values.
    Header,
}

impl ConverterRole {
    /// Kafka's name: `key`, `value`, `header`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
            Self::Header => "header",
        }
    }
}

/// A converter class. Each class that upstream lists both as converter and as header converter gives both.
pub trait ConverterPlugin: Send + Sync {
    /// Class, aliases, version; the kind says whether it is listed as converter or only as header converter.
    fn info(&self) -> PluginInfo;
    /// Its settings, without prefix.
    fn config_def(&self) -> ConfigDef;
    /// A converter for keys or values; `None` for a class that only converts headers.
    fn converter(
        &self,
        props: &Props,
        role: ConverterRole,
    ) -> Option<Result<Box<dyn Converter>, ConfigError>>;
    /// A header converter; `None` for a class that cannot.
    fn header_converter(&self, props: &Props) -> Option<Result<Box<dyn HeaderConverter>, ConfigError>>;
}

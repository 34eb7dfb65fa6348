//! What a schema format must be able to do; everything else about a registry is the same for all of them.
//!
//! A format is pure mapping: it never sees a topic, a subject, an id or the network. The caller keeps what it returns:
//! a [`Local`] per Connect schema and a reader per registered schema, so `map`, `parse` and `adapt` may cost what they
//! like, while `write` and `read` run once a record.
//!
//! Errors: an [`Exception`] from `map` and `write` reaches the user as it is, except that one of the class
//! `SerializationException` is wrapped in the converter's own text, as a `catch` in upstream does it. Payloads come
//! from outside: `read` and `parse` bound their memory, time and recursion by the bytes given and never panic.

use kconnect_api::{Buf, ConfigError, Exception, Schema, SchemaAndValue, Settings, Value};

/// One of Avro, Protobuf, JSON Schema.
pub(crate) trait Format: Send + Sized + 'static {
    /// The converter's Java class.
    const CLASS: &'static str;
    /// The registry's word for the format: `AVRO`, `PROTOBUF`, `JSON`.
    const TYPE: &'static str;
    /// The format's own settings; those of registry and framing are declared elsewhere.
    type Settings: Settings;
    /// What `write` needs besides the Connect schema, compiled once for a schema.
    type Writer: Send;
    /// What `read` needs, compiled once for a registered schema (which includes the Connect schemas of all messages
    /// that it will return, so that records share them).
    type Reader: Send;

    /// A format with its settings.
    fn new(settings: Self::Settings) -> Result<Self, ConfigError>;

    /// Maps a Connect schema to the text to register, in the very words and order of upstream. `value` is the first
    /// value to be written with it, for schemaless data.
    fn map(&mut self, schema: Option<&Schema>, value: &Value) -> Result<Local<Self::Writer>, Exception>;

    /// Takes over a schema that the registry dictates (`use.latest.version`, `use.schema.id`, a text changed by the
    /// registry) for writing values of `schema`.
    fn adapt(
        &mut self,
        schema: Option<&Schema>,
        registered: &Registered,
    ) -> Result<Local<Self::Writer>, Exception>;

    /// Whether values written with `local` can be read as `registered` (the check behind
    /// `latest.compatibility.strict` and `id.compatibility.strict`: backward compatibility of the format).
    fn is_compatible(
        &mut self,
        local: &Local<Self::Writer>,
        registered: &Registered,
    ) -> Result<bool, Exception>;

    /// Whether a registered text is one of the format at all: what the parser says otherwise. Whatever else is wrong with
    /// it is found by those who take it apart.
    fn check(&mut self, registered: &Registered) -> Result<(), Exception>;

    /// The full name of a registered schema, as [`Local::record`] would have it (for the subject strategies on reading).
    fn record_name(&mut self, registered: &Registered) -> Result<Option<String>, Exception>;

    /// Compiles a registered schema for reading. A text that is no schema of the format is an exception of any class
    /// but Connect's own (`SchemaParseException`, `IOException`), which the caller wraps; one that Connect cannot hold is a
    /// `DataException`, which reaches the user as it is.
    fn parse(&mut self, registered: &Registered) -> Result<Self::Reader, Exception>;

    /// Compiles `written` for reading it as `latest` (`use.latest.version` of a sink). Formats whose payload can be
    /// read without the schema it was written with need nothing else.
    fn parse_as(&mut self, written: &Registered, latest: &Registered) -> Result<Self::Reader, Exception> {
        let _ = written;
        self.parse(latest)
    }

    /// Appends the payload (what follows the framing) to `out`. On an error `out` may hold a part of it.
    fn write(
        &mut self,
        writer: &Self::Writer,
        schema: Option<&Schema>,
        value: &Value,
        out: &mut Vec<u8>,
    ) -> Result<Written, Exception>;

    /// Checks a payload that `write` made for a schema that the registry has. Not called when a value is written for
    /// trial, since it may be another schema that it is written with in the end.
    fn check_written(&mut self, writer: &Self::Writer, payload: &[u8]) -> Result<(), Exception> {
        let _ = (writer, payload);
        Ok(())
    }

    /// Reads a payload. `indexes` is the path of the message within its file, empty for formats without one; texts
    /// and bytes of the value may be slices of `payload`.
    fn read(
        &mut self,
        reader: &mut Self::Reader,
        indexes: &[i32],
        payload: &Buf,
    ) -> Result<SchemaAndValue, Fault>;
}

/// A schema of ours, ready to be registered and written with.
#[derive(Clone, Debug)]
pub(crate) struct Local<W> {
    /// The text to register.
    pub(crate) text: String,
    /// Files that the text refers to and that are registered before it, each after those it needs itself. Most
    /// formats have none.
    pub(crate) dependencies: Vec<Dependency>,
    /// The full name for `RecordNameStrategy` and `TopicRecordNameStrategy`; `None` when the schema is no record.
    pub(crate) record: Option<String>,
    /// Protobuf: the path of the message in its file, from the root messages down. `None`: the format has no indexes.
    pub(crate) indexes: Option<Vec<i32>>,
    /// For [`Format::write`].
    pub(crate) writer: W,
}

/// A text that another one refers to by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The name by which the text refers to it: an Avro full name, a `.proto` path, a JSON Schema URI.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
    /// Names of the dependencies that it refers to itself.
    pub(crate) references: Vec<String>,
}

/// A schema from the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// Its text.
    pub(crate) text: String,
    /// All texts that it refers to, directly or not, each after those it needs itself.
    pub(crate) dependencies: Vec<Dependency>,
    /// Its version in the subject, which becomes the version of the Connect schema unless the text says otherwise.
    pub(crate) version: Option<i32>,
}

/// What a write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// The payload was appended.
    Payload,
    /// The record's key or value is null (a tombstone); nothing was appended and no schema needs to be registered.
    Null,
}

/// Why a payload was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes are not what the registered schema says. The caller wraps it as upstream's deserialiser does
    /// (`Error deserializing Avro message for id 5`).
    Payload(Exception),
    /// The bytes are fine but Connect cannot hold the result; reaches the user as it is.
    Mapping(Exception),
}

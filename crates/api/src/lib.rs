//! All that a plugin author imports: records, schemas, settings, traits, errors.
//!
//! A plugin crate depends on this crate and on nothing else of the project. What is *not* here: the Kafka
//! protocol, the runtime that calls a plugin, HTTP. The contract of every callback (who calls, when, how often,
//! which error does what) stands in the doc comment of its trait.
//!
//! | you write | implement | and hand to the registry |
//! |---|---|---|
//! | a source | [`SourceConnector`], [`SourceTask`] | [`source()`] |
//! | a sink | [`SinkConnector`], [`SinkTask`] | [`sink()`] |
//! | a converter | [`Converter`], [`ConverterPlugin`] | itself |
//! | a transform, a predicate | [`Transformation`], [`Predicate`] and their plugins | itself |
#![forbid(unsafe_code)]

pub mod base64;
mod budget;
mod buf;
mod calendar;
mod connector;
mod convert;
mod error;
mod headers;
mod java_date_format;
mod java_hash;
mod java_parse;
mod java_regex;
mod java_text;
pub mod json;
pub mod logical;
mod map;
mod number_parse;
mod number_text;
mod offsets;
mod plugin;
mod projector;
mod record;
mod schema;
pub mod settings;
mod sink;
mod source;
mod structs;
mod transform;
mod validate;
mod value;
pub mod values;

use java_text::java_struct_string;

pub use budget::{Budget, Charge, ReleaseHook};
pub use buf::{Buf, Text};
pub use connector::{
    Connector, ConnectorContext, ConnectorServices, SinkConnector, SourceConnector, sink, source,
};
pub use convert::{
    Convert, Converter, ConverterPlugin, ConverterRole, HeaderConverter, Need, Out, OutBytes, SchemaAndValue,
    WireHeader, WireHeaders,
};
pub use error::{Exception, RecordError, TaskError, classes};
pub use headers::{Header, Headers};
pub use java_date_format::DateFormat;
pub use java_hash::java_hash;
pub use java_parse::{
    java_parse_f32, java_parse_f64, java_parse_i8, java_parse_i16, java_parse_i32, java_parse_i64,
};
#[cfg(feature = "fuzzing")]
pub use java_regex::fuzzing;
pub use java_regex::{JavaRegex, RegexError, Replacement};
pub use java_text::{int_text, java_string, local_zone, utc_unless_told, write_int};
pub use logical::Logical;
pub use map::{Fate, KeyChange, MapLayout, MapValue, Places, hash_order};
pub use number_parse::{decimal_to_f32, parse_decimal};
pub use number_text::{java_decimal, java_f32, java_f64, write_decimal, write_f32, write_f64};
pub use offsets::{ObjectMap, OffsetChange, OffsetChanges, SourceOffset, SourcePartition};
pub use plugin::{BoxFuture, Plugin, PluginInfo, PluginKind, Props, Support, Task, TaskContext, TaskId};
pub use projector::project;
pub use record::{Origin, Record, TimestampType, Topic, TopicPartition};
pub use schema::{Field, Schema, SchemaBuilder, Type};
pub use settings::{
    ConfigDef, ConfigDefault, ConfigError, ConfigKey, ConfigType, ConfigValue, Importance, ParsedValue,
    ParsedValues, Reader, Recommender, Secret, Setting, Settings, Validator, Width,
};
pub use sink::{
    DynSinkTask, ErrantRecordReporter, Offsets, SinkBatch, SinkContext, SinkRecord, SinkRequests, SinkTask,
};
pub use source::{
    Ack, AckOutcome, Acks, DynSourceTask, Lane, LaneId, Mark, RawBatch, Row, RowId, RowMut, SourceBatch,
    SourceContext, SourceServices, SourceTask,
};
pub use structs::Struct;
pub use transform::{Predicate, PredicatePlugin, Room, TransformPlugin, Transformation, Verdict};
pub use value::{BytesClass, Value};

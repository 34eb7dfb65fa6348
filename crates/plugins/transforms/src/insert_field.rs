//! InsertField: adds what is known about a record, or a fixed text, as fields of its key or value.
//!
//! Required fields (`!` after the name) are only declared so: a record without partition or timestamp leaves them
//! unset, and the converter refuses it later, as upstream's does.

use std::sync::Arc;

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConfigError, Exception, Origin, Reader, Record, RecordError, Room, Schema, SchemaBuilder,
    Setting, Settings, Topic, Transformation, Value, Verdict,
};

use crate::checks::replace_null_with_default;
use crate::class::{Class, CopiedMap, change_struct, check_put, require_struct, side, with_default};
use crate::plans::SchemaCache;

const PURPOSE: &str = "field insertion";
const NAME: &str = "InsertField";

pub(crate) struct Config {
    topic: Option<String>,
    partition: Option<String>,
    offset: Option<String>,
    timestamp: Option<String>,
    fixed: Option<String>,
    fixed_value: Option<String>,
    replace_null_with_default: bool,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let topic = field(def, "topic.field", "the topic");
        let partition = field(def, "partition.field", "the Kafka partition");
        let offset = field(def, "offset.field", "the Kafka offset, which only records of a sink have");
        let timestamp = field(def, "timestamp.field", "the record's timestamp");
        let fixed = field(def, "static.field", "a fixed text");
        let fixed_value = def.field("static.value", string()).doc("The fixed text.").optional();
        let replace = replace_null_with_default(def);
        Box::new(move |values| Self {
            topic: values.get(&topic),
            partition: values.get(&partition),
            offset: values.get(&offset),
            timestamp: values.get(&timestamp),
            fixed: values.get(&fixed),
            fixed_value: values.get(&fixed_value),
            replace_null_with_default: values.get(&replace),
        })
    }
}

fn field(def: &mut ConfigDef, key: &str, what: &str) -> Setting<Option<String>> {
    let doc = format!(
        "Name of the field that gets {what}. With ! at its end the field is required, with ? optional."
    );
    def.field(key, string()).doc(doc).optional()
}

/// What not every record has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Present {
    partition: bool,
    timestamp: bool,
}

/// What a field gets.
#[derive(Clone, Copy, Debug)]
enum Source {
    Topic,
    Partition,
    Offset,
    Timestamp,
    Fixed,
}

#[derive(Debug)]
struct Insertion {
    source: Source,
    name: Arc<str>,
    key: Value,
    required: bool,
}

impl Insertion {
    fn new(source: Source, spec: &str) -> Self {
        let (name, required) = match (spec.strip_suffix('!'), spec.strip_suffix('?')) {
            (Some(name), _) => (name, true),
            (None, Some(name)) => (name, false),
            (None, None) => (spec, false),
        };
        Self { source, name: name.into(), key: Value::from(name), required }
    }

    fn schema(&self) -> Result<Schema, Exception> {
        let schema = match self.source {
            Source::Topic | Source::Fixed => Schema::optional_string(),
            Source::Partition => Schema::optional_int32(),
            Source::Offset => Schema::optional_int64(),
            Source::Timestamp => SchemaBuilder::timestamp().optional().build()?,
        };
        Ok(if self.required { schema.to_required() } else { schema })
    }
}

/// What is inserted from one record.
struct Known<'a> {
    /// Bytes of the texts.
    text: usize,
    topic: Option<&'a Value>,
    fixed: &'a Value,
    partition: Option<i32>,
    offset: Option<i64>,
    timestamp: Option<i64>,
}

pub(crate) struct InsertField<const KEY: bool> {
    /// In the order in which fields are appended.
    insertions: Vec<Insertion>,
    facts: Facts,
    maps: Maps,
    schemas: SchemaCache,
    replace_null_with_default: bool,
}

/// Values that many records share.
struct Facts {
    fixed: Value,
    wants_topic: bool,
    /// The last topic: topics repeat.
    topic: Option<(Topic, Value)>,
}

/// Copies of maps with what the last record had, and what that was.
struct Maps {
    copied: CopiedMap,
    present: Present,
}

impl<const KEY: bool> Class for InsertField<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.InsertField$Key"
    } else {
        "org.apache.kafka.connect.transforms.InsertField$Value"
    };
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let specs = [
            (Source::Topic, &config.topic),
            (Source::Partition, &config.partition),
            (Source::Offset, &config.offset),
            (Source::Timestamp, &config.timestamp),
            (Source::Fixed, &config.fixed),
        ];
        let insertions: Vec<Insertion> = specs
            .into_iter()
            .filter_map(|(source, spec)| Some(Insertion::new(source, spec.as_ref()?)))
            .collect();
        if insertions.is_empty() {
            return Err(ConfigError::text("topic.field", "No field insertion configured"));
        }
        if let (Some(name), None) = (&config.fixed, &config.fixed_value) {
            let detail = format!("No value specified for static field: {name}");
            return Err(ConfigError::invalid("static.value", "null", &detail));
        }
        let keys = insertions.iter().map(|insertion| insertion.key.clone()).collect();
        Ok(Self {
            facts: Facts {
                fixed: config.fixed_value.map_or(Value::Null, Value::from),
                wants_topic: config.topic.is_some(),
                topic: None,
            },
            maps: Maps {
                copied: CopiedMap::with(keys),
                present: Present { partition: true, timestamp: true },
            },
            insertions,
            schemas: SchemaCache::default(),
            replace_null_with_default: config.replace_null_with_default,
        })
    }
}

impl<const KEY: bool> Transformation for InsertField<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        self.apply_within(record, &mut Room::default())
    }

    fn apply_within(&mut self, record: &mut Record, room: &mut Room) -> Result<Verdict, RecordError> {
        let known = self.facts.of(record);
        let (schema, value) = side::<KEY>(record);
        if value.is_null() {
            return Ok(Verdict::Keep);
        }
        room.take(known.text, NAME)?;
        let insertions = &self.insertions;
        match schema {
            None => self.maps.extend(value, insertions, &known)?,
            Some(old) => {
                require_struct(value, old, PURPOSE)?;
                let new = self.schemas.get(old, || extended(old, insertions))?.clone();
                let replace_null = self.replace_null_with_default;
                change_struct(value, old, &new, PURPOSE, |values| {
                    extend_values(values, insertions, &new, &known, replace_null)
                })?;
                *schema = Some(new);
            }
        }
        Ok(Verdict::Keep)
    }
}

impl Facts {
    fn of(&mut self, record: &Record) -> Known<'_> {
        if self.wants_topic && self.topic.as_ref().is_none_or(|(topic, _)| *topic != record.topic) {
            self.topic = Some((record.topic.clone(), Value::from(record.topic.as_str())));
        }
        let offset = match record.origin {
            Origin::Sink { offset, .. } => Some(offset),
            Origin::Source { .. } => None,
        };
        let topic_length = if self.wants_topic { record.topic.len() } else { 0 };
        Known {
            text: topic_length + self.fixed.as_text().map_or(0, |text| text.as_bytes().len()),
            topic: self.topic.as_ref().map(|(_, value)| value),
            fixed: &self.fixed,
            partition: record.partition,
            offset,
            timestamp: record.timestamp,
        }
    }
}

impl Maps {
    fn extend(
        &mut self,
        map: &mut Value,
        insertions: &[Insertion],
        known: &Known<'_>,
    ) -> Result<(), Exception> {
        let present = Present { partition: known.partition.is_some(), timestamp: known.timestamp.is_some() };
        // What a record does not have is not put.
        let put = || insertions.iter().filter(move |insertion| present.has(insertion.source));
        if present != self.present {
            self.copied = CopiedMap::with(put().map(|insertion| insertion.key.clone()).collect());
            self.present = present;
        }
        let (map, places) = self.copied.make(map, PURPOSE)?;
        for (nth, insertion) in put().enumerate() {
            if let (Some(value), Some(place)) = (known.value(insertion.source)?, places.value(map, nth)) {
                *place = match value {
                    // Without a schema the timestamp is a number.
                    Value::Date(millis) => Value::Int64(millis),
                    value => value,
                };
            }
        }
        Ok(())
    }
}

fn extend_values(
    values: &mut Vec<Value>,
    insertions: &[Insertion],
    schema: &Schema,
    known: &Known<'_>,
    replace_null: bool,
) -> Result<(), Exception> {
    for (field, value) in schema.fields().iter().zip(&mut *values) {
        with_default(field, value, replace_null);
        check_put(field, value)?;
    }
    for insertion in insertions {
        // What is not known stays unset, even where it is required.
        values.push(known.value(insertion.source)?.unwrap_or_default());
    }
    Ok(())
}

impl Known<'_> {
    /// `None` when the record has no such thing.
    fn value(&self, source: Source) -> Result<Option<Value>, Exception> {
        Ok(match source {
            Source::Topic => self.topic.cloned(),
            Source::Partition => self.partition.map(Value::Int32),
            Source::Offset => match self.offset {
                Some(offset) => Some(Value::Int64(offset)),
                None => {
                    let found = "org.apache.kafka.connect.source.SourceRecord";
                    let message = format!("Only SinkRecord supported for [{PURPOSE}], found: {found}");
                    return Err(Exception::data(message));
                }
            },
            Source::Timestamp => self.timestamp.map(Value::Date),
            Source::Fixed => Some(self.fixed.clone()),
        })
    }
}

impl Present {
    fn has(self, source: Source) -> bool {
        match source {
            Source::Partition => self.partition,
            Source::Timestamp => self.timestamp,
            Source::Topic | Source::Offset | Source::Fixed => true,
        }
    }
}

/// The schema with the new fields. Name, version, doc and parameters stay; optional and default do not.
fn extended(schema: &Schema, insertions: &[Insertion]) -> Result<Schema, Exception> {
    let mut builder = SchemaBuilder::structure().copy_basics(schema);
    for field in schema.fields() {
        builder = builder.field(Arc::clone(field.shared_name()), field.schema().clone());
    }
    for insertion in insertions {
        builder = builder.field(Arc::clone(&insertion.name), insertion.schema()?);
    }
    builder.build()
}

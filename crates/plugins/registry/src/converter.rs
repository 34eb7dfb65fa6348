//! The converter around a [`Format`]: finds what belongs to a record, frames payloads, and says what it needs.
//!
//! What a record needs is found by topic and Connect schema (writing) or topic and id (reading), in maps that hold the
//! compiled result; the entry of the record before is tried first, by comparing pointers. Nothing of the registry is
//! touched on that way. When there is no entry, the value is written once for trial, so that a bad value never
//! registers a schema, and then [`Convert::Needs`] is answered; `resolve.rs` fetches and fills the maps.
//!
//! Maps are emptied when they are full (`max.schemas.per.subject`, and by the length of the texts that were compiled for
//! reading, since whoever may register a schema may register large ones): that is rare and costs a few calls, while an order
//! of use would cost every record. Entries that depend on what is latest may have an end (`latest.cache.ttl.sec`);
//! only those look at the clock.

use std::collections::HashMap;
use std::time::Instant;

use kconnect_api::{
    BoxFuture, Buf, ConfigError, Convert, Converter, ConverterRole, Exception, Need, Out, Props, Schema,
    SchemaAndValue, TaskError, Topic, Value, WireHeaders, classes,
};

use crate::client::{Registries, RegistryClient};
use crate::config::Config;
use crate::format::{Fault, Format, Local, Written};
use crate::frame::{Frame, IdReader, IdWriter, SchemaId};
use crate::subject::Strategy;
use crate::words::Words;

/// A converter for keys or for values.
pub(crate) struct RegistryConverter<F: Format> {
    pub(crate) format: F,
    pub(crate) shared: Shared,
    pub(crate) writing: Writing<F>,
    pub(crate) reading: Reading<F>,
    pending: Option<(u64, Pending)>,
    needs: u64,
    /// Indexes of the message being read, reused.
    indexes: Vec<i32>,
    /// For trial writes.
    scratch: Vec<u8>,
}

/// What does not change during a converter's life.
pub(crate) struct Shared {
    pub(crate) client: RegistryClient,
    pub(crate) config: Config,
    pub(crate) metadata: Option<Vec<(String, String)>>,
    pub(crate) strategy: Strategy,
    pub(crate) role: ConverterRole,
    pub(crate) id_writer: IdWriter,
    pub(crate) id_reader: IdReader,
    pub(crate) words: Words,
    /// How subjects of dependencies are named: `true` replaces slashes by dots.
    pub(crate) qualified_references: bool,
    capacity: usize,
}

/// What a call asked for.
pub(crate) enum Pending {
    /// The frame of a schema under a topic; the number is that of the local schema.
    Write(Topic, Option<Schema>, usize),
    /// The schema of an id under a topic.
    Read(Topic, SchemaId),
}

/// A schema that may be written under a topic.
pub(crate) struct Target<W> {
    pub(crate) frame: Frame,
    pub(crate) writer: TargetWriter<W>,
    pub(crate) end: End,
}

/// Until when something found may be used. The record that it was asked for may use it in any case: with
/// `latest.cache.ttl.sec=0` it is over when it comes.
pub(crate) struct End {
    at: Option<Instant>,
    is_new: bool,
}

impl End {
    /// The earliest of some ends.
    pub(crate) fn first(ends: impl IntoIterator<Item = Option<Instant>>) -> Self {
        Self { at: ends.into_iter().flatten().min(), is_new: true }
    }

    fn is_over(&mut self) -> bool {
        let is_new = std::mem::take(&mut self.is_new);
        !is_new && self.at.is_some_and(|end| Instant::now() >= end)
    }
}

/// What values are written with.
pub(crate) enum TargetWriter<W> {
    /// The schema as mapped here, by its number.
    Local(usize),
    /// One that the registry dictates.
    Dictated(W),
}

/// What was compiled for writing.
pub(crate) struct Writing<F: Format> {
    locals: Vec<Local<F::Writer>>,
    by_schema: HashMap<Schema, usize>,
    schemaless: Option<usize>,
    targets: Vec<Target<F::Writer>>,
    by_topic: HashMap<Topic, Targets>,
    last: Option<(Topic, Option<Schema>, usize)>,
}

#[derive(Default)]
struct Targets {
    by_schema: HashMap<Schema, usize>,
    schemaless: Option<usize>,
}

/// A reader, or why there is none: that does not change, so it is not tried again for each record.
pub(crate) type Slot<R> = (Result<R, Exception>, End);

/// What was compiled for reading.
pub(crate) struct Reading<F: Format> {
    slots: Vec<Slot<F::Reader>>,
    /// Of the texts that were compiled.
    bytes: usize,
    by_topic: HashMap<Topic, HashMap<SchemaId, usize>>,
    last: Option<(Topic, SchemaId, usize)>,
}

impl<F: Format> RegistryConverter<F> {
    pub(crate) fn new(
        format: F,
        config: Config,
        props: &Props,
        role: ConverterRole,
        registries: &Registries,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            format,
            shared: Shared::new(config, props, role, F::TYPE, registries)?,
            writing: Writing::default(),
            reading: Reading { slots: Vec::new(), bytes: 0, by_topic: HashMap::new(), last: None },
            pending: None,
            needs: 0,
            indexes: Vec::new(),
            scratch: Vec::new(),
        })
    }

    fn need(&mut self, pending: Pending) -> Convert {
        self.needs += 1;
        self.pending = Some((self.needs, pending));
        Convert::Needs(Need(self.needs))
    }

    /// A schema that was never written under this topic: map it, try the value, then ask for its id.
    #[cold]
    fn write_first(&mut self, topic: &Topic, schema: Option<&Schema>, value: &Value) -> Result<(), Convert> {
        let words = self.shared.words;
        let failed = |error| Convert::Bad(words.writing(topic, error));
        let local = match self.writing.local(schema) {
            Some(local) => local,
            None => {
                let mapped = self.format.map(schema, value).map_err(failed)?;
                self.writing.add_local(schema, mapped, self.shared.capacity)
            }
        };
        self.scratch.clear();
        let writer = &self.writing.locals[local].writer;
        match self.format.write(writer, schema, value, &mut self.scratch).map_err(failed)? {
            Written::Null => Ok(()),
            Written::Payload => Err(self.need(Pending::Write(topic.clone(), schema.cloned(), local))),
        }
    }
}

impl<F: Format> Converter for RegistryConverter<F> {
    fn write<'a>(
        &mut self,
        topic: &Topic,
        schema: Option<&Schema>,
        value: &'a Value,
        headers: &mut WireHeaders,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        out.null();
        if schema.is_none() && value.is_null() {
            return Ok(());
        }
        let Some(target) = self.writing.find(topic, schema) else {
            return self.write_first(topic, schema, value);
        };
        let target = &self.writing.targets[target];
        let writer = match &target.writer {
            TargetWriter::Local(local) => &self.writing.locals[*local].writer,
            TargetWriter::Dictated(writer) => writer,
        };
        let buffer = out.write();
        let from = buffer.len();
        buffer.extend_from_slice(target.frame.prefix());
        let payload = buffer.len();
        let written = self.format.write(writer, schema, value, buffer);
        let checked = written.and_then(|written| match written {
            Written::Payload => self.format.check_written(writer, &buffer[payload..]).map(|()| written),
            Written::Null => Ok(written),
        });
        match checked {
            Ok(Written::Payload) => {
                target.frame.add_header(headers);
                Ok(())
            }
            Ok(Written::Null) => {
                buffer.truncate(from);
                out.null();
                Ok(())
            }
            Err(error) => {
                buffer.truncate(from);
                out.null();
                Err(Convert::Bad(self.shared.words.writing(topic, error)))
            }
        }
    }

    fn read(
        &mut self,
        topic: &Topic,
        headers: &WireHeaders,
        bytes: Option<&Buf>,
    ) -> Result<SchemaAndValue, Convert> {
        let Some(bytes) = bytes else {
            return Ok(SchemaAndValue::default());
        };
        let words = self.shared.words;
        let failed = |error| Convert::Bad(words.reading(topic, error));
        let (id, payload) = self
            .shared
            .id_reader
            .split(self.shared.role, headers, bytes, F::TYPE == "PROTOBUF", &mut self.indexes)
            .map_err(failed)?;
        let Some(slot) = self.reading.find(topic, id) else {
            return Err(self.need(Pending::Read(topic.clone(), id)));
        };
        let reader = match &mut self.reading.slots[slot].0 {
            Ok(reader) => reader,
            Err(error) => return Err(failed(error.clone())),
        };
        self.format.read(reader, &self.indexes, &payload).map_err(|fault| match fault {
            Fault::Mapping(error) => Convert::Bad(error.into()),
            Fault::Payload(cause) => {
                let text = format!("Error deserializing {} message for id {id}", words.noun);
                failed(Exception::new(classes::SERIALIZATION, text).caused_by(cause))
            }
        })
    }

    fn resolve(&mut self, need: Need) -> BoxFuture<'_, Result<(), TaskError>> {
        // A need that was answered or forgotten costs nothing: the same call is made again and says what it lacks.
        let pending = self.pending.take().filter(|(number, _)| *number == need.0);
        Box::pin(async move {
            match pending {
                None => Ok(()),
                Some((_, Pending::Write(topic, schema, local))) => {
                    self.resolve_write(&topic, schema.as_ref(), local).await
                }
                Some((_, Pending::Read(topic, id))) => self.resolve_read(&topic, id).await,
            }
        })
    }
}

impl Shared {
    fn new(
        config: Config,
        props: &Props,
        role: ConverterRole,
        format: &str,
        registries: &Registries,
    ) -> Result<Self, ConfigError> {
        let name = role.name();
        let own = if role == ConverterRole::Key { &config.key } else { &config.value };
        let key = |what: &str| format!("{name}.{what}");
        let strategy = Strategy::of_class(&key("subject.name.strategy"), &own.subject_strategy, props)?;
        let id_writer = IdWriter::of_class(&key("schema.id.serializer"), &own.id_serializer)?;
        let id_reader = IdReader::of_class(&key("schema.id.deserializer"), &own.id_deserializer, props)?;
        if !config.context_strategy.ends_with("NullContextNameStrategy") {
            let text = "only NullContextNameStrategy is supported; put the context into schema.registry.url";
            return Err(ConfigError::text("context.name.strategy", text));
        }
        let metadata = config.latest_metadata.as_deref().map(pairs).transpose()?;
        let references = props.get("reference.subject.name.strategy");
        Ok(Self {
            client: RegistryClient::new(&config, props, registries)?,
            metadata,
            strategy,
            role,
            id_writer,
            id_reader,
            words: Words::of(format),
            qualified_references: references
                .is_some_and(|class| class.trim().ends_with("QualifiedReferenceSubjectNameStrategy")),
            capacity: usize::try_from(config.max_schemas).unwrap_or(0).max(1),
            config,
        })
    }
}

/// `name=value` with commas between.
fn pairs(text: &str) -> Result<Vec<(String, String)>, ConfigError> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim_matches('\'').to_owned(), value.trim_matches('\'').to_owned()))
    };
    let bad = || ConfigError::text("use.latest.with.metadata", format!("Could not parse string {text}"));
    text.split(',').map(|part| pair(part).ok_or_else(bad)).collect()
}

fn same_schema(a: Option<&Schema>, b: Option<&Schema>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is_same(b),
        (None, None) => true,
        _ => false,
    }
}

fn same_topic(a: &Topic, b: &Topic) -> bool {
    std::sync::Arc::ptr_eq(a.shared(), b.shared()) || a == b
}

impl<F: Format> Default for Writing<F> {
    fn default() -> Self {
        Self {
            locals: Vec::new(),
            by_schema: HashMap::new(),
            schemaless: None,
            targets: Vec::new(),
            by_topic: HashMap::new(),
            last: None,
        }
    }
}

impl<F: Format> Writing<F> {
    fn local(&self, schema: Option<&Schema>) -> Option<usize> {
        match schema {
            Some(schema) => self.by_schema.get(schema).copied(),
            None => self.schemaless,
        }
    }

    fn add_local(&mut self, schema: Option<&Schema>, mapped: Local<F::Writer>, capacity: usize) -> usize {
        if self.locals.len() >= capacity {
            *self = Self::default();
        }
        let number = self.locals.len();
        self.locals.push(mapped);
        match schema {
            Some(schema) => drop(self.by_schema.insert(schema.clone(), number)),
            None => self.schemaless = Some(number),
        }
        number
    }

    /// The schema that was mapped, unless it was forgotten since.
    pub(crate) fn mapped(&self, schema: Option<&Schema>, number: usize) -> Option<&Local<F::Writer>> {
        self.local(schema).filter(|local| *local == number).and_then(|local| self.locals.get(local))
    }

    fn find(&mut self, topic: &Topic, schema: Option<&Schema>) -> Option<usize> {
        if let Some((last_topic, last_schema, target)) = &self.last
            && same_topic(last_topic, topic)
            && same_schema(last_schema.as_ref(), schema)
            && self.targets[*target].end.at.is_none()
        {
            return Some(*target);
        }
        let targets = self.by_topic.get(topic)?;
        let target = match schema {
            Some(schema) => *targets.by_schema.get(schema)?,
            None => targets.schemaless?,
        };
        if self.targets[target].end.is_over() {
            return None;
        }
        self.last = Some((topic.clone(), schema.cloned(), target));
        Some(target)
    }

    /// Puts what was found for a schema under a topic in its place.
    pub(crate) fn add_target(&mut self, topic: &Topic, schema: Option<&Schema>, target: Target<F::Writer>) {
        let targets = self.by_topic.entry(topic.clone()).or_default();
        let known = match schema {
            Some(schema) => targets.by_schema.get(schema).copied(),
            None => targets.schemaless,
        };
        match known {
            Some(at) => self.targets[at] = target,
            None => {
                let at = self.targets.len();
                self.targets.push(target);
                match schema {
                    Some(schema) => drop(targets.by_schema.insert(schema.clone(), at)),
                    None => targets.schemaless = Some(at),
                }
            }
        }
    }

    /// Whether another target fits; when not, all is forgotten and found again as it is needed.
    pub(crate) fn make_room(&mut self, capacity: usize) {
        if self.targets.len() >= capacity {
            (self.targets, self.by_topic, self.last) = (Vec::new(), HashMap::new(), None);
        }
    }
}

/// Bytes of text whose compiled form a converter keeps; that form is up to some thirty times as large.
const MOST_COMPILED: usize = 32 << 20;

impl<F: Format> Reading<F> {
    fn find(&mut self, topic: &Topic, id: SchemaId) -> Option<usize> {
        if let Some((last_topic, last_id, slot)) = &self.last
            && *last_id == id
            && same_topic(last_topic, topic)
            && self.slots[*slot].1.at.is_none()
        {
            return Some(*slot);
        }
        let slot = *self.by_topic.get(topic)?.get(&id)?;
        if self.slots[slot].1.is_over() {
            return None;
        }
        self.last = Some((topic.clone(), id, slot));
        Some(slot)
    }

    /// Puts what was found for an id under a topic, compiled from so many `bytes` of text, in its place.
    pub(crate) fn add(
        &mut self,
        topic: &Topic,
        id: SchemaId,
        (slot, bytes): (Slot<F::Reader>, usize),
        capacity: usize,
    ) {
        if self.slots.len() >= capacity || self.bytes + bytes > MOST_COMPILED {
            (self.slots, self.by_topic, self.last) = (Vec::new(), HashMap::new(), None);
            self.bytes = 0;
        }
        self.bytes += bytes;
        let ids = self.by_topic.entry(topic.clone()).or_default();
        match ids.get(&id) {
            Some(at) => self.slots[*at] = slot,
            None => {
                ids.insert(id, self.slots.len());
                self.slots.push(slot);
            }
        }
    }
}

impl Shared {
    /// Most schemas kept.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }
}

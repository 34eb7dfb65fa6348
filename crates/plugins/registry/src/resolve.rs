//! Fetching what a conversion asked for: ids to write with, schemas to read with.
//!
//! The order in which a schema to write with is chosen is upstream's: registering, an id, a GUID, the latest with
//! metadata, the latest, what is registered. All errors leave here in the words of upstream's serialisers.

use std::collections::HashSet;
use std::time::Instant;

use kconnect_api::{Exception, Schema, TaskError, Topic, classes};

use crate::client::{CallError, Entity, Lasting, NewSchema, Reference, RulePhase};
use crate::converter::{End, RegistryConverter, Shared, Target, TargetWriter};
use crate::format::{Dependency, Format, Local, Registered};
use crate::frame::{Frame, SchemaId, guid_text};
use crate::subject::Strategy;
use crate::words::task_error;

/// Most schemas that one schema may need, directly or not.
const MOST_DEPENDENCIES: usize = 1000;
/// Most bytes of them together.
const MOST_TEXT: usize = 64 << 20;

/// The schema to write with: its name in the registry, and itself when it is not ours.
struct Chosen {
    entity: Entity,
    dictated: Option<Registered>,
    strict: Option<&'static str>,
    end: Option<Instant>,
}

impl<F: Format> RegistryConverter<F> {
    pub(crate) async fn resolve_write(
        &mut self,
        topic: &Topic,
        schema: Option<&Schema>,
        local: usize,
    ) -> Result<(), TaskError> {
        let target = self.find_target(topic, schema, local).await;
        match target.map_err(|error| task_error(self.shared.words.writing(topic, error)))? {
            None => Ok(()),
            Some(target) => {
                self.writing.make_room(self.shared.capacity());
                self.writing.add_target(topic, schema, target);
                Ok(())
            }
        }
    }

    /// `None` when the mapped schema was forgotten meanwhile.
    async fn find_target(
        &mut self,
        topic: &Topic,
        schema: Option<&Schema>,
        number: usize,
    ) -> Result<Option<Target<F::Writer>>, Exception> {
        let Some(mapped) = self.writing.mapped(schema, number) else { return Ok(None) };
        let record = mapped.record.clone();
        let own = Own {
            text: mapped.text.clone(),
            dependencies: mapped.dependencies.clone(),
            indexes: mapped.indexes.clone(),
        };
        let (subject, subject_end) = self.shared.subject(topic, record.as_deref()).await?;
        let chosen = self.shared.choose(F::TYPE, &subject, &own).await?;
        chosen
            .entity
            .check_rules(RulePhase::Write)
            .map_err(|error| serializing(self.shared.words.noun, error))?;
        let (writer, indexes) = match &chosen.dictated {
            None => (TargetWriter::Local(number), own.indexes),
            Some(registered) => {
                let noun = self.shared.words.noun;
                let Some(mapped) = self.writing.mapped(schema, number) else { return Ok(None) };
                self.format
                    .check(registered)
                    .map_err(|error| serializing(noun, invalid(F::TYPE, &chosen.entity, error)))?;
                let failed = |error| thrown_while_serializing(noun, error);
                if let Some(key) = chosen.strict
                    && !self.format.is_compatible(mapped, registered).map_err(failed)?
                {
                    return Err(serializing(noun, incompatible(F::TYPE, key)));
                }
                let dictated: Local<F::Writer> = self.format.adapt(schema, registered).map_err(failed)?;
                (TargetWriter::Dictated(dictated.writer), dictated.indexes)
            }
        };
        let (id, guid) = (chosen.entity.id, chosen.entity.guid.as_deref());
        let frame = Frame::new(self.shared.id_writer, self.shared.role, id, guid, indexes.as_deref())
            .map_err(|error| serializing(self.shared.words.noun, error))?;
        let end = End::first([chosen.end, subject_end]);
        Ok(Some(Target { frame, writer, end }))
    }

    pub(crate) async fn resolve_read(&mut self, topic: &Topic, id: SchemaId) -> Result<(), TaskError> {
        let slot = self.find_reader(topic, id).await;
        let slot = slot.map_err(|error| task_error(self.shared.words.reading(topic, error)))?;
        self.reading.add(topic, id, slot, self.shared.capacity());
        Ok(())
    }

    async fn find_reader(
        &mut self,
        topic: &Topic,
        id: SchemaId,
    ) -> Result<(crate::converter::Slot<F::Reader>, usize), Exception> {
        let words = format!(
            "Error retrieving {} {} schema for id {id}",
            self.shared.words.noun,
            self.shared.role.name()
        );
        let retrieving = |error: CallError| error.thrown(&words, &words);
        let early = match self.shared.strategy.uses_schema() {
            true => None,
            false => Some(self.shared.subject(topic, None).await?),
        };
        let by = early.as_ref().map(|(subject, _)| subject.as_str());
        let mut entity = self.shared.fetch(id, by).await.map_err(retrieving)?;
        let mut registered = self.shared.registered(&entity).await.map_err(retrieving)?;
        let no_schema = |entity: &Entity, error| unreadable(&words, invalid(F::TYPE, entity, error));
        let (subject, end) = match early {
            Some(subject) => subject,
            None => {
                self.format.check(&registered).map_err(|error| no_schema(&entity, error))?;
                let record =
                    self.format.record_name(&registered).map_err(|error| unreadable(&words, error))?;
                let subject = self.shared.subject(topic, record.as_deref()).await?;
                // Upstream asks again once it knows the subject, whose context may hold another schema.
                entity = self.shared.fetch(id, Some(&subject.0)).await.map_err(retrieving)?;
                registered = self.shared.registered(&entity).await.map_err(retrieving)?;
                subject
            }
        };
        let deserializing = format!("Error deserializing {} message for id {id}", self.shared.words.noun);
        entity
            .check_rules(RulePhase::Read)
            .map_err(|error| Exception::new(classes::SERIALIZATION, &*deserializing).caused_by(error))?;
        let latest = self.shared.latest_to_read(&subject).await;
        let latest = latest.map_err(|error| {
            Exception::new(classes::SERIALIZATION, &*deserializing).caused_by(error.exception())
        })?;
        let version = self.shared.version(F::TYPE, &subject, &entity, &registered).await;
        let of_version = format!(
            "Error retrieving {} {} schema version for id {id}",
            self.shared.words.noun,
            self.shared.role.name()
        );
        registered.version = Some(version.map_err(|error| error.thrown(&of_version, &of_version))?);
        // An error from here on is that of the schema, and remembered with it.
        let checked = self.format.check(&registered).map_err(|error| no_schema(&entity, error));
        let (reader, latest_end) = match latest {
            _ if checked.is_err() => (checked.and_then(|()| self.format.parse(&registered)), None),
            None => (self.format.parse(&registered), None),
            Some((latest, end)) => {
                let latest = Registered { version: registered.version, ..latest };
                (self.format.parse_as(&registered, &latest), end)
            }
        };
        let reader =
            reader.map_err(|error| match is_connects(&error) || error.class() == classes::SERIALIZATION {
                true => error,
                false => unreadable(&words, error),
            });
        let others = registered.dependencies.iter().map(|other| other.text.len());
        let bytes = registered.text.len() + others.sum::<usize>();
        Ok(((reader, End::first([end, latest_end])), bytes))
    }
}

/// The parts of a mapped schema that the registry is told.
struct Own {
    text: String,
    dependencies: Vec<Dependency>,
    indexes: Option<Vec<i32>>,
}

/// Whether an exception is one of Connect's, which upstream's converters let through.
fn is_connects(error: &Exception) -> bool {
    error.class().starts_with("org.apache.kafka.connect.")
}

fn unreadable(words: &str, error: Exception) -> Exception {
    Exception::new(classes::SERIALIZATION, words).caused_by(error)
}

/// Most bytes of a text that an error shows.
const TEXT_SHOWN: usize = 4096;

/// What upstream's client says of a text that its parser does not take; what is wrong with it is only logged there.
fn invalid(kind: &str, entity: &Entity, why: Exception) -> Exception {
    let text = entity.text().unwrap_or_default();
    let end = text.floor_char_boundary(TEXT_SHOWN);
    let more = if end < text.len() { "..." } else { "" };
    let shown =
        |it: &Reference| format!("{{name='{}', subject='{}', version={}}}", it.name, it.subject, it.version);
    let references: Vec<String> = entity.references.iter().map(shown).collect();
    let references = references.join(", ");
    let message = format!("Invalid schema {}{more} with refs [{references}] of type {kind}", &text[..end]);
    Exception::new(classes::IO, message).caused_by(why)
}

/// What a serializer makes of an exception while it takes a schema apart: only those of Connect get through.
fn thrown_while_serializing(noun: &str, error: Exception) -> Exception {
    match is_connects(&error) || error.class() == classes::SERIALIZATION {
        true => error,
        false => serializing(noun, error),
    }
}

fn serializing(noun: &str, cause: Exception) -> Exception {
    Exception::new(classes::SERIALIZATION, format!("Error serializing {noun} message")).caused_by(cause)
}

fn incompatible(kind: &str, key: &str) -> Exception {
    let tail = if key.starts_with("latest") { ". See log file for more details." } else { "" };
    let text = format!("Incompatible schema of type '{kind}'. Set {key}=false to disable this check{tail}");
    tracing::error!(kind, key, "what is to be written cannot be read as the chosen schema");
    Exception::new(classes::IO, text)
}

impl Shared {
    /// The subject of a schema, and when it must be asked for again.
    async fn subject(
        &self,
        topic: &Topic,
        record: Option<&str>,
    ) -> Result<(String, Option<Instant>), Exception> {
        let Strategy::Associated { namespace, fallback, expiry } = &self.strategy else {
            return Ok((self.strategy.subject(topic, self.role, record)?, None));
        };
        let associated = self.client.associations(namespace, topic, self.role.name(), *expiry).await;
        let Lasting { what: mut subjects, end } = associated.map_err(|error| {
            // Upstream loses here what may pass by itself; the words are its own.
            let words = error.exception().to_string();
            error.thrown(&words, &words)
        })?;
        let subject = match (subjects.len(), fallback) {
            (0, Some(fallback)) => fallback.subject(topic, self.role, record)?,
            (0, None) => self.strategy.subject(topic, self.role, record)?,
            (1, _) => subjects.swap_remove(0),
            _ => {
                let text = format!("Multiple associated subjects found for topic {topic}");
                return Err(Exception::new(classes::SERIALIZATION, text));
            }
        };
        Ok((subject, end))
    }

    /// The schema to write with.
    async fn choose(&self, kind: &str, subject: &str, own: &Own) -> Result<Chosen, Exception> {
        let noun = self.words.noun;
        let io = format!("Error serializing {noun} message");
        let failed = |what: &str| {
            let words = format!("{what}{}", own.text);
            let io = io.clone();
            move |error: CallError| error.thrown(&words, &io)
        };
        let config = &self.config;
        if config.auto_register {
            let failed = failed(&format!("Error registering {noun} schema"));
            let answer = self.register(kind, subject, own).await.map_err(failed)?;
            return Ok(Chosen { entity: answer, dictated: None, strict: None, end: None });
        }
        let id_strict = config.id_strict.then_some("id.compatibility.strict");
        if config.use_id >= 0 {
            let failed = failed("Error retrieving schema ID");
            let entity = self.client.by_id(config.use_id, Some(subject)).await.map_err(&failed)?;
            return self.dictated(entity, id_strict, None).await.map_err(failed);
        }
        if let Some(guid) = &config.use_guid {
            let failed = failed("Error retrieving schema GUID");
            let mut entity = self.client.by_guid(guid).await.map_err(&failed)?;
            let registered = self.registered(&entity).await.map_err(&failed)?;
            let known = self.lookup(kind, subject, &entity, &registered, false).await.map_err(&failed)?;
            entity.id = known.id;
            return Ok(Chosen { entity, dictated: Some(registered), strict: id_strict, end: None });
        }
        if let Some(metadata) = &self.metadata {
            let shown: Vec<String> = metadata.iter().map(|(k, v)| format!("{k}={v}")).collect();
            let failed = failed(&format!("Error retrieving latest with metadata '{{{}}}'", shown.join(", ")));
            let latest = self.client.latest_with(subject, metadata, self.latest_seconds()).await;
            let Lasting { what, end } = latest.map_err(&failed)?;
            return self.dictated(what, None, end).await.map_err(failed);
        }
        if config.use_latest {
            let failed = failed(&format!("Error retrieving latest version of {noun} schema"));
            let strict = config.latest_strict.then_some("latest.compatibility.strict");
            let latest = self.client.latest(subject, self.latest_seconds()).await;
            let Lasting { what, end } = latest.map_err(&failed)?;
            return self.dictated(what, strict, end).await.map_err(failed);
        }
        let failed = failed(&format!("Error retrieving {noun} schema"));
        let references = self.publish(kind, &own.dependencies, false).await.map_err(&failed)?;
        let schema = NewSchema { kind, text: &own.text, references: &references, propagate_tags: false };
        let entity = self.client.lookup(subject, &schema, config.normalize, false).await.map_err(failed)?;
        Ok(Chosen { entity, dictated: None, strict: None, end: None })
    }

    async fn register(&self, kind: &str, subject: &str, own: &Own) -> Result<Entity, CallError> {
        let references = self.publish(kind, &own.dependencies, true).await?;
        let propagate_tags = self.config.propagate_tags;
        let schema = NewSchema { kind, text: &own.text, references: &references, propagate_tags };
        self.client.register(subject, &schema, self.config.normalize).await
    }

    /// Registers (or looks up) what a schema needs and returns the references to it, all of them in order.
    async fn publish(
        &self,
        kind: &str,
        dependencies: &[Dependency],
        register: bool,
    ) -> Result<Vec<Reference>, CallError> {
        let mut published: Vec<Reference> = Vec::new();
        for dependency in dependencies {
            let needed = |it: &&Reference| dependency.references.contains(&it.name);
            let references: Vec<Reference> = published.iter().filter(needed).cloned().collect();
            let schema =
                NewSchema { kind, text: &dependency.text, references: &references, propagate_tags: false };
            let subject = match self.qualified_references {
                true => dependency.name.trim_end_matches(".proto").replace('/', "."),
                false => dependency.name.clone(),
            };
            if register {
                self.client.register(&subject, &schema, self.config.normalize).await?;
            }
            let found = self.client.lookup(&subject, &schema, self.config.normalize, false).await?;
            let version = found.version.map(i64::from).ok_or_else(no_version)?;
            published.push(Reference { name: dependency.name.clone(), subject, version });
        }
        Ok(published)
    }

    /// For how long what is latest is good; negative: for good.
    fn latest_seconds(&self) -> i64 {
        i64::from(self.config.latest_cache_ttl)
    }

    async fn dictated(
        &self,
        entity: Entity,
        strict: Option<&'static str>,
        end: Option<Instant>,
    ) -> Result<Chosen, CallError> {
        let dictated = Some(self.registered(&entity).await?);
        Ok(Chosen { entity, dictated, strict, end })
    }

    async fn fetch(&self, id: SchemaId, subject: Option<&str>) -> Result<Entity, CallError> {
        match id {
            SchemaId::Number(number) => self.client.by_id(number, subject).await,
            SchemaId::Guid(guid) => self.client.by_guid(&guid_text(&guid)).await,
        }
    }

    /// The version of a schema within a subject.
    async fn version(
        &self,
        kind: &str,
        subject: &str,
        entity: &Entity,
        registered: &Registered,
    ) -> Result<i32, CallError> {
        if let Some(version) = entity.pinned {
            return Ok(version);
        }
        let known = self.lookup(kind, subject, entity, registered, true).await?;
        known.version.ok_or_else(no_version)
    }

    async fn lookup(
        &self,
        kind: &str,
        subject: &str,
        entity: &Entity,
        registered: &Registered,
        deleted: bool,
    ) -> Result<Entity, CallError> {
        let schema =
            NewSchema { kind, text: &registered.text, references: &entity.references, propagate_tags: false };
        self.client.lookup(subject, &schema, false, deleted).await
    }

    /// The schema to read as, when that is not the one written with.
    async fn latest_to_read(
        &self,
        subject: &str,
    ) -> Result<Option<(Registered, Option<Instant>)>, CallError> {
        let seconds = self.latest_seconds();
        let Lasting { what, end } = match &self.metadata {
            Some(metadata) => self.client.latest_with(subject, metadata, seconds).await?,
            None if self.config.use_latest => self.client.latest(subject, seconds).await?,
            None => return Ok(None),
        };
        Ok(Some((self.registered(&what).await?, end)))
    }

    /// A schema with all that it refers to, each after what it needs itself.
    async fn registered(&self, entity: &Entity) -> Result<Registered, CallError> {
        let mut dependencies = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut bytes = entity.text()?.len();
        // A stack instead of recursion: how deep references go is the registry's word.
        let mut stack: Vec<Step> = entity.references.iter().rev().cloned().map(Step::Enter).collect();
        while let Some(step) = stack.pop() {
            let reference = match step {
                Step::Leave(dependency) => {
                    dependencies.push(dependency);
                    continue;
                }
                Step::Enter(reference) => reference,
            };
            if !seen.insert(reference.name.clone()) {
                continue;
            }
            let found = self.client.version(&reference.subject, reference.version).await?;
            let text = found.text()?.to_owned();
            bytes += text.len();
            if seen.len() > MOST_DEPENDENCIES || bytes > MOST_TEXT {
                return Err(CallError::Garbage("the schema refers to too many others".into()));
            }
            let references = found.references.iter().map(|it| it.name.clone()).collect();
            stack.push(Step::Leave(Dependency { name: reference.name, text, references }));
            stack.extend(found.references.into_iter().rev().map(Step::Enter));
        }
        Ok(Registered { text: entity.text()?.to_owned(), dependencies, version: entity.version })
    }
}

enum Step {
    Enter(Reference),
    Leave(Dependency),
}

fn no_version() -> CallError {
    CallError::Garbage("the schema registry's answer has no version".into())
}

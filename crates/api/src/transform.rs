//! Transforms and predicates: synchronous, one instance a task, one record at a time, changed in place.

use crate::{ConfigDef, ConfigError, Exception, PluginInfo, Props, Record, RecordError, Value};

/// What a transform decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Pass the record on.
    Keep,
    /// Filter it; later transforms do not see it.
    Drop,
}

/// Changes records.
pub trait Transformation: Send {
    /// Changes `record` in place. After an error the record is reported as it was *before* the chain, so a half
    /// changed one does no harm.
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError>;

    /// The same where the transforms of a record share `room`: what the runtime calls. To be written by a transform that
    /// can make a record larger than it was by more than its own settings are long, such as one that repeats a setting
    /// for every field; it takes from `room` before it adds.
    fn apply_within(&mut self, record: &mut Record, room: &mut Room) -> Result<Verdict, RecordError> {
        let _ = room;
        self.apply(record)
    }
}

/// How many bytes the transforms of one record may still add to it. Settings and records are bounded, their product is
/// not: a long delimiter between the names of many fields makes gigabytes of two megabytes.
///
/// What is added counts as it would be written out, also where it shares memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    left: usize,
    whole: usize,
}

impl Default for Room {
    /// 64 MiB: as much as all buffers of a task.
    fn default() -> Self {
        Self::of(64 << 20)
    }
}

impl Room {
    /// Room for `bytes`.
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        Self { left: bytes, whole: bytes }
    }

    /// Bytes that are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left
    }

    /// Takes `bytes`; a `DataException` that names `transform` when they are not there.
    #[inline]
    pub fn take(&mut self, bytes: usize, transform: &str) -> Result<(), Exception> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.exhausted(transform)),
        }
    }

    /// Takes what a copy of `value` adds, and looks no further than there is room.
    pub fn take_copy(&mut self, value: &Value, transform: &str) -> Result<(), Exception> {
        const FIXED: usize = 8;
        match value {
            Value::String(text) => self.take(text.as_bytes().len() + FIXED, transform),
            Value::Bytes(bytes, _) => self.take(bytes.len() + FIXED, transform),
            Value::Decimal(number) => {
                let bits = number.as_bigint_and_scale().0.bits();
                self.take(usize::try_from(bits / 8).unwrap_or(usize::MAX).saturating_add(FIXED), transform)
            }
            Value::Array(elements) => {
                self.take(FIXED, transform)?;
                elements.iter().try_for_each(|element| self.take_copy(element, transform))
            }
            Value::Map(map) => {
                self.take(FIXED, transform)?;
                map.iter().try_for_each(|(key, value)| {
                    self.take_copy(key, transform)?;
                    self.take_copy(value, transform)
                })
            }
            Value::Struct(inner) => {
                self.take(FIXED, transform)?;
                inner.entries().try_for_each(|(field, value)| {
                    self.take(field.name().len(), transform)?;
                    self.take_copy(value, transform)
                })
            }
            _ => self.take(FIXED, transform),
        }
    }

    #[cold]
    fn exhausted(&self, transform: &str) -> Exception {
        Exception::data(format!(
            "{transform} would make the record too large: all transforms together may add {} bytes to one record",
            self.whole
        ))
    }
}

/// Looks at records.
pub trait Predicate: Send {
    /// Whether the transform that names this predicate applies.
    fn test(&mut self, record: &Record) -> Result<bool, RecordError>;
}

/// A transform class.
pub trait TransformPlugin: Send + Sync {
    /// Class, aliases, version.
    fn info(&self) -> PluginInfo;
    /// Its settings, without prefix.
    fn config_def(&self) -> ConfigDef;
    /// An instance.
    fn configure(&self, props: &Props) -> Result<Box<dyn Transformation>, ConfigError>;
}

/// A predicate class.
pub trait PredicatePlugin: Send + Sync {
    /// Class, aliases, version.
    fn info(&self) -> PluginInfo;
    /// Its settings, without prefix.
    fn config_def(&self) -> ConfigDef;
    /// An instance.
    fn configure(&self, props: &Props) -> Result<Box<dyn Predicate>, ConfigError>;
}

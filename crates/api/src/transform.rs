//! Transforms and predicates: synchronous, one instance a task, one record at a time, changed in place.

use crate::{ConfigDef, ConfigError, PluginInfo, Props, Record, RecordError};

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

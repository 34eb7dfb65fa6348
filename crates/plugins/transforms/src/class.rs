//! What all classes share: plugins made of their settings, the two sides of a record, caches of changed schemas,
//! and upstream's words for a value of the wrong kind.

use std::marker::PhantomData;
use std::sync::Arc;

use kconnect_api::{
    ConfigDef, ConfigError, Exception, MapValue, PluginInfo, PluginKind, Predicate, PredicatePlugin, Props,
    Record, Schema, Settings, Struct, TransformPlugin, Transformation, Value,
};

/// A class with settings.
pub(crate) trait Class: Sized + 'static {
    /// The Java class name.
    const CLASS: &'static str;
    /// Its settings.
    type Config: Settings;
    /// A ready instance.
    fn new(config: Self::Config) -> Result<Self, ConfigError>;
}

struct Plugin<C>(PhantomData<fn() -> C>);

pub(crate) fn transform<C: Class + Transformation>() -> Arc<dyn TransformPlugin> {
    Arc::new(Plugin::<C>(PhantomData))
}

pub(crate) fn predicate<C: Class + Predicate>() -> Arc<dyn PredicatePlugin> {
    Arc::new(Plugin::<C>(PhantomData))
}

impl<C: Class> Plugin<C> {
    fn info(kind: PluginKind) -> PluginInfo {
        PluginInfo { class: C::CLASS.into(), kind, version: env!("CARGO_PKG_VERSION").into() }
    }

    fn build(props: &Props) -> Result<C, ConfigError> {
        let mut def = ConfigDef::new();
        let reader = C::Config::define(&mut def);
        match def.parse(props) {
            Ok(values) => C::new(reader(&values)),
            Err(mut errors) => Err(errors.swap_remove(0)),
        }
    }
}

impl<C: Class + Transformation> TransformPlugin for Plugin<C> {
    fn info(&self) -> PluginInfo {
        Self::info(PluginKind::Transformation)
    }
    fn config_def(&self) -> ConfigDef {
        ConfigDef::of::<C::Config>()
    }
    fn configure(&self, props: &Props) -> Result<Box<dyn Transformation>, ConfigError> {
        Ok(Box::new(Self::build(props)?))
    }
}

impl<C: Class + Predicate> PredicatePlugin for Plugin<C> {
    fn info(&self) -> PluginInfo {
        Self::info(PluginKind::Predicate)
    }
    fn config_def(&self) -> ConfigDef {
        ConfigDef::of::<C::Config>()
    }
    fn configure(&self, props: &Props) -> Result<Box<dyn Predicate>, ConfigError> {
        Ok(Box::new(Self::build(props)?))
    }
}

/// Schema and value of the side that a class works on.
pub(crate) fn side<const KEY: bool>(record: &mut Record) -> (&mut Option<Schema>, &mut Value) {
    if KEY {
        (&mut record.key_schema, &mut record.key)
    } else {
        (&mut record.value_schema, &mut record.value)
    }
}

/// The map of a value without schema.
pub(crate) fn require_map<'v>(value: &'v Value, purpose: &str) -> Result<&'v MapValue, Exception> {
    match value {
        Value::Map(map) => Ok(map),
        other => {
            let found = other.java_class();
            let message =
                format!("Only Map objects supported in absence of schema for [{purpose}], found: {found}");
            Err(Exception::data(message))
        }
    }
}

/// The struct of a value with a schema.
pub(crate) fn require_struct<'v>(value: &'v Value, purpose: &str) -> Result<&'v Struct, Exception> {
    match value {
        Value::Struct(inner) => Ok(inner),
        other => {
            let found = other.java_class();
            Err(Exception::data(format!("Only Struct objects supported for [{purpose}], found: {found}")))
        }
    }
}

/// Changed schemas by the schema they were made from: a record whose schema was seen costs a pointer comparison.
#[derive(Debug, Default)]
pub(crate) struct SchemaCache {
    /// The most recent first.
    entries: Vec<(Schema, Schema)>,
}

/// As many as upstream keeps.
const CACHED: usize = 16;

impl SchemaCache {
    /// The schema made from `from`, by `make` when it is new.
    pub(crate) fn get(
        &mut self,
        from: &Schema,
        make: impl FnOnce() -> Result<Schema, Exception>,
    ) -> Result<Schema, Exception> {
        if let Some((_, made)) = self.entries.first().filter(|(known, _)| known.is_same(from)) {
            return Ok(made.clone());
        }
        match self.entries.iter().position(|(known, _)| known == from) {
            Some(at) => self.entries[..=at].rotate_right(1),
            None => {
                let made = make()?;
                self.entries.truncate(CACHED - 1);
                self.entries.insert(0, (from.clone(), made));
            }
        }
        // The handle at hand, so that the next record with it is found at once.
        self.entries[0].0 = from.clone();
        Ok(self.entries[0].1.clone())
    }
}

//! Building schemas: each attribute once, checked as it is set.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::{Data, Field, MANY_FIELDS, Schema, Type};
use crate::logical::Logical;
use crate::{Exception, Value, classes};

/// Builds a [`Schema`]. The first wrong call is remembered and returned by [`SchemaBuilder::build`].
#[derive(Clone)]
#[must_use]
pub struct SchemaBuilder {
    data: Data,
    optional_set: bool,
    error: Option<Exception>,
}

impl SchemaBuilder {
    /// A builder of any type; ARRAY and MAP made this way have no element, key or value schema.
    pub fn new(kind: Type) -> Self {
        let data = Data {
            kind,
            optional: false,
            default: Value::Null,
            name: None,
            version: None,
            doc: None,
            parameters: None,
            fields: Vec::new(),
            positions: None,
            key: None,
            value: None,
            logical: None,
            builder: false,
            hash: 0,
        };
        Self { data, optional_set: false, error: None }
    }

    /// A STRUCT without fields yet.
    pub fn structure() -> Self {
        Self::new(Type::Struct)
    }

    /// An ARRAY of `element`.
    pub fn array(element: Schema) -> Self {
        let mut builder = Self::new(Type::Array);
        builder.data.value = Some(element);
        builder
    }

    /// A MAP from `key` to `value`.
    pub fn map(key: Schema, value: Schema) -> Self {
        let mut builder = Self::new(Type::Map);
        builder.data.key = Some(key);
        builder.data.value = Some(value);
        builder
    }

    /// A MAP with a key schema whose value schema is unknown: values parsed from text that have nothing in common.
    pub fn map_of_unknown(key: Schema) -> Self {
        let mut builder = Self::new(Type::Map);
        builder.data.key = Some(key);
        builder
    }

    /// Allows null.
    pub fn optional(self) -> Self {
        self.set_optional(true)
    }

    /// Requires a value, which is also what happens without any call.
    pub fn required(self) -> Self {
        self.set_optional(false)
    }

    fn set_optional(mut self, optional: bool) -> Self {
        if self.optional_set && self.data.optional != optional {
            return self.already("optional");
        }
        self.optional_set = true;
        self.data.optional = optional;
        self
    }

    /// Sets the default; it must fit the schema as built so far.
    pub fn default_value(mut self, value: Value) -> Self {
        if !self.data.default.is_null() {
            return self.already("default");
        }
        let shape = self.clone().finish(false);
        match shape.validate(&value) {
            Ok(()) => {
                self.data.default = value;
                self
            }
            // Upstream catches nothing else.
            Err(error) if error.class() != classes::DATA => self.fail(error),
            Err(cause) => {
                self.fail(Exception::new(classes::SCHEMA_BUILDER, "Invalid default value").caused_by(cause))
            }
        }
    }

    /// Sets the name.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        if self.data.name.is_some() {
            return self.already("name");
        }
        self.data.name = Some(name.into());
        self
    }

    /// Sets the version.
    pub fn version(mut self, version: i32) -> Self {
        if self.data.version.is_some() {
            return self.already("version");
        }
        self.data.version = Some(version);
        self
    }

    /// Sets the description.
    pub fn doc(mut self, doc: impl Into<Arc<str>>) -> Self {
        if self.data.doc.is_some() {
            return self.already("doc");
        }
        self.data.doc = Some(doc.into());
        self
    }

    /// Takes name, version, doc and parameters from `schema`; not optional nor default.
    pub fn copy_basics(mut self, schema: &Schema) -> Self {
        self.data.name.clone_from(&schema.0.name);
        self.data.version = schema.0.version;
        self.data.doc.clone_from(&schema.0.doc);
        // As upstream, which leaves no list of parameters without any.
        self.data.parameters = schema.0.parameters.clone().filter(|parameters| !parameters.is_empty());
        self
    }

    /// Sets one parameter.
    pub fn parameter(mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        let (key, value) = (key.into(), value.into());
        let parameters = self.data.parameters.get_or_insert_default();
        match parameters.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => parameters.push((key, value)),
        }
        self
    }

    /// Sets parameters; an empty list leaves the schema without parameters. Linear in their number.
    pub fn parameters<K, V>(mut self, parameters: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<Arc<str>>,
        V: Into<Arc<str>>,
    {
        let mut known = self.data.parameters.take().unwrap_or_default();
        let mut places: HashMap<Arc<str>, usize> =
            known.iter().enumerate().map(|(at, (key, _))| (Arc::clone(key), at)).collect();
        for (key, value) in parameters {
            let (key, value) = (key.into(), value.into());
            match places.get(&key).and_then(|&at| known.get_mut(at)) {
                Some((_, old)) => *old = value,
                None => {
                    places.insert(Arc::clone(&key), known.len());
                    known.push((key, value));
                }
            }
        }
        self.data.parameters = Some(known).filter(|known| !known.is_empty());
        self
    }

    /// Adds a field to a STRUCT.
    pub fn field(mut self, name: impl Into<Arc<str>>, schema: Schema) -> Self {
        let name = name.into();
        if self.data.kind != Type::Struct {
            let message = format!("Cannot create fields on type {}", self.data.kind);
            return self.fail(Exception::new(classes::SCHEMA_BUILDER, message));
        }
        if name.is_empty() {
            return self.fail(Exception::new(classes::SCHEMA_BUILDER, "fieldName cannot be null."));
        }
        if self.has_field(&name) {
            let message = format!("Cannot create field because of field name duplication {name}");
            return self.fail(Exception::new(classes::SCHEMA_BUILDER, message));
        }
        let index = self.data.fields.len();
        if let Some(positions) = &mut self.data.positions {
            positions.insert(name.clone(), index);
        }
        self.data.fields.push(Field { name, index, schema });
        if self.data.positions.is_none() && self.data.fields.len() >= MANY_FIELDS {
            self.data.positions = Some(self.data.fields.iter().map(|f| (f.name.clone(), f.index)).collect());
        }
        self
    }

    fn has_field(&self, name: &str) -> bool {
        match &self.data.positions {
            Some(positions) => positions.contains_key(name),
            None => self.data.fields.iter().any(|field| &*field.name == name),
        }
    }

    fn already(self, what: &str) -> Self {
        let message = format!("Invalid SchemaBuilder call: {what} has already been set.");
        self.fail(Exception::new(classes::SCHEMA_BUILDER, message))
    }

    fn fail(mut self, error: Exception) -> Self {
        self.error.get_or_insert(error);
        self
    }

    /// The `SchemaBuilderException` of the first wrong call so far.
    pub fn error(&self) -> Option<&Exception> {
        self.error.as_ref()
    }

    /// The schema, or the `SchemaBuilderException` of the first wrong call.
    pub fn build(self) -> Result<Schema, Exception> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.finish(false)),
        }
    }

    /// The schema as built so far, to convert a default with.
    pub fn peek(&self) -> Result<Schema, Exception> {
        self.clone().build()
    }

    /// Stands in for a schema without being built, as upstream lets a builder do. Such a schema equals only itself.
    pub fn unbuilt(self) -> Result<Schema, Exception> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.finish(true)),
        }
    }

    pub(super) fn finish(self, builder: bool) -> Schema {
        let mut data = self.data;
        data.builder = builder;
        data.logical = data.name.as_deref().and_then(Logical::of_name);
        Schema::seal(data)
    }
}

impl fmt::Debug for SchemaBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SchemaBuilder({:?})", self.data.kind)
    }
}

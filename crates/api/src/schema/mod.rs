//! Schemas: what kind of value a key, value, header or field holds.
//!
//! A [`Schema`] is a shared handle: cloning counts a reference (the constants do not even that, since every record
//! carries some), and comparing two handles of the same schema costs a pointer comparison. The hash is computed once when a schema is built, so caches keyed by schema are cheap and
//! unequal schemas are told apart by one number.
//!
//! Invariants: a built schema never changes; its default fits it; field names are distinct and not empty.
//! What is elsewhere: building in `builder.rs`, checking a value ([`Schema::validate`]) in `validate.rs`, logical types in `logical.rs`.

mod builder;

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use crate::logical::Logical;
use crate::{Exception, Value};

pub use builder::SchemaBuilder;

/// The types of Connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// 8-bit signed integer.
    Int8,
    /// 16-bit signed integer.
    Int16,
    /// 32-bit signed integer.
    Int32,
    /// 64-bit signed integer.
    Int64,
    /// 32-bit IEEE 754 number.
    Float32,
    /// 64-bit IEEE 754 number.
    Float64,
    /// True or false.
    Boolean,
    /// Text.
    String,
    /// Bytes.
    Bytes,
    /// A list of values of one schema.
    Array,
    /// Pairs of one key schema and one value schema.
    Map,
    /// Named fields, each with a schema.
    Struct,
}

impl Type {
    /// The name in lower case, as JSON schemas spell most of them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Array => "array",
            Self::Map => "map",
            Self::Struct => "struct",
        }
    }

    /// The name of the Java constant, as error texts spell it.
    #[must_use]
    pub fn constant(self) -> &'static str {
        match self {
            Self::Int8 => "INT8",
            Self::Int16 => "INT16",
            Self::Int32 => "INT32",
            Self::Int64 => "INT64",
            Self::Float32 => "FLOAT32",
            Self::Float64 => "FLOAT64",
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Bytes => "BYTES",
            Self::Array => "ARRAY",
            Self::Map => "MAP",
            Self::Struct => "STRUCT",
        }
    }

    /// Whether values of it have no parts.
    #[must_use]
    pub fn is_primitive(self) -> bool {
        !matches!(self, Self::Array | Self::Map | Self::Struct)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.constant())
    }
}

/// A field of a STRUCT schema.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    name: Arc<str>,
    index: usize,
    schema: Schema,
}

impl Field {
    /// The name, distinct within its schema.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The shared name.
    #[must_use]
    pub fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    /// The position within its schema, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The schema of its values.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field{{name={}, index={}, schema={}}}", self.name, self.index, self.schema)
    }
}

/// A shared, immutable schema.
#[derive(Clone)]
pub struct Schema(Handle);

#[derive(Clone)]
enum Handle {
    Shared(Arc<Data>),
    /// One of the constants. Cores that hand out one schema a record must not meet at its reference count.
    Constant(&'static Data),
}

impl Deref for Handle {
    type Target = Data;
    #[inline]
    fn deref(&self) -> &Data {
        match self {
            Self::Shared(data) => data,
            Self::Constant(data) => data,
        }
    }
}

#[derive(Clone)]
struct Data {
    kind: Type,
    optional: bool,
    /// `Null` stands for "no default": Java knows no other null default either.
    default: Value,
    name: Option<Arc<str>>,
    version: Option<i32>,
    doc: Option<Arc<str>>,
    parameters: Option<Vec<(Arc<str>, Arc<str>)>>,
    fields: Vec<Field>,
    /// Positions by name, only for schemas with many fields; few are searched in order.
    positions: Option<HashMap<Arc<str>, usize>>,
    key: Option<Schema>,
    value: Option<Schema>,
    /// The name looked up once: it selects logical types in every conversion.
    logical: Option<Logical>,
    /// Upstream lets an unfinished builder stand for a schema (a map parsed from text whose values disagree); such a
    /// one equals no built schema and answers `None` instead of an error.
    builder: bool,
    hash: u64,
}

/// From this many fields on, names are looked up in a table.
const MANY_FIELDS: usize = 12;

impl Schema {
    /// The type.
    #[must_use]
    pub fn kind(&self) -> Type {
        self.0.kind
    }

    /// Whether null is allowed.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.0.optional
    }

    /// The default value: a logical value, not its encoding.
    #[must_use]
    pub fn default_value(&self) -> Option<&Value> {
        (!self.0.default.is_null()).then_some(&self.0.default)
    }

    /// The name; a few names select logical types.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Option<i32> {
        self.0.version
    }

    /// The description.
    #[must_use]
    pub fn doc(&self) -> Option<&str> {
        self.0.doc.as_deref()
    }

    /// The parameters in insertion order; `None` when none was ever set, which differs from empty.
    #[must_use]
    pub fn parameters(&self) -> Option<&[(Arc<str>, Arc<str>)]> {
        self.0.parameters.as_deref()
    }

    /// One parameter.
    #[must_use]
    pub fn parameter(&self, key: &str) -> Option<&str> {
        self.0.parameters.as_ref()?.iter().find(|(k, _)| &**k == key).map(|(_, v)| &**v)
    }

    /// The logical type that the name selects, whatever the underlying type.
    #[must_use]
    pub fn logical(&self) -> Option<Logical> {
        self.0.logical
    }

    /// Fields of a STRUCT; empty for other types. See [`Schema::try_fields`].
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.0.fields
    }

    /// Fields of a STRUCT, a `DataException` for other types.
    pub fn try_fields(&self) -> Result<&[Field], Exception> {
        match self.0.kind {
            Type::Struct => Ok(&self.0.fields),
            _ => Err(Exception::data("Cannot list fields on non-struct type")),
        }
    }

    /// A field by name; `None` also for types without fields. See [`Schema::try_field`].
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        match &self.0.positions {
            Some(positions) => self.0.fields.get(*positions.get(name)?),
            None => self.0.fields.iter().find(|field| &*field.name == name),
        }
    }

    /// A field by name, a `DataException` for types without fields.
    pub fn try_field(&self, name: &str) -> Result<Option<&Field>, Exception> {
        match self.0.kind {
            Type::Struct => Ok(self.field(name)),
            _ => Err(Exception::data("Cannot look up fields on non-struct type")),
        }
    }

    /// Schema of a MAP's keys; `None` for other types. See [`Schema::try_key_schema`].
    #[must_use]
    pub fn key_schema(&self) -> Option<&Schema> {
        self.0.key.as_ref()
    }

    /// Schema of a MAP's keys, a `DataException` for other types.
    pub fn try_key_schema(&self) -> Result<Option<&Schema>, Exception> {
        match self.0.kind {
            Type::Map => Ok(self.0.key.as_ref()),
            _ if self.0.builder => Ok(None),
            _ => Err(Exception::data("Cannot look up key schema on non-map type")),
        }
    }

    /// Schema of a MAP's values or an ARRAY's elements; `None` for other types. See [`Schema::try_value_schema`].
    #[must_use]
    pub fn value_schema(&self) -> Option<&Schema> {
        self.0.value.as_ref()
    }

    /// Schema of a MAP's values or an ARRAY's elements, a `DataException` for other types.
    pub fn try_value_schema(&self) -> Result<Option<&Schema>, Exception> {
        match self.0.kind {
            Type::Map | Type::Array => Ok(self.0.value.as_ref()),
            _ if self.0.builder => Ok(None),
            _ => Err(Exception::data("Cannot look up value schema on non-array and non-map type")),
        }
    }

    /// Whether both handles are the same object.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(&*self.0, &*other.0)
    }

    /// Whether this is a builder that was never built (see [`SchemaBuilder::unbuilt`]).
    #[must_use]
    pub fn is_builder(&self) -> bool {
        self.0.builder
    }

    /// An ARRAY of `element`.
    #[must_use]
    pub fn array(element: Schema) -> Self {
        SchemaBuilder::array(element).finish(false)
    }

    /// An optional ARRAY of `element`.
    #[must_use]
    pub fn optional_array(element: Schema) -> Self {
        SchemaBuilder::array(element).optional().finish(false)
    }

    /// A MAP from `key` to `value`.
    #[must_use]
    pub fn map(key: Schema, value: Schema) -> Self {
        SchemaBuilder::map(key, value).finish(false)
    }

    /// A copy that allows null, with all else kept; the same handle when it allows null already.
    #[must_use]
    pub fn to_optional(&self) -> Self {
        self.with_optional(true)
    }

    /// A copy that requires a value, with all else kept; the same handle when it requires one already.
    #[must_use]
    pub fn to_required(&self) -> Self {
        self.with_optional(false)
    }

    fn with_optional(&self, optional: bool) -> Self {
        if self.0.optional == optional {
            return self.clone();
        }
        let mut data = (*self.0).clone();
        data.optional = optional;
        Self::seal(data)
    }

    /// A copy with another name or version where one is given. All else is kept as it is, a default too: a struct
    /// that is the default keeps the schema it has, as upstream leaves it.
    #[must_use]
    pub fn renamed(&self, name: Option<&str>, version: Option<i32>) -> Self {
        let mut data = (*self.0).clone();
        if let Some(name) = name {
            data.name = Some(name.into());
            data.logical = Logical::of_name(name);
        }
        data.version = version.or(data.version);
        Self::seal(data)
    }

    fn seal(mut data: Data) -> Self {
        let mut hasher = DefaultHasher::new();
        data.hash_into(&mut hasher);
        data.hash = hasher.finish();
        Self(Handle::Shared(Arc::new(data)))
    }
}

macro_rules! constants {
    ($($required:ident $optional:ident $kind:ident $article:literal;)*) => {
        impl Schema {
            $(
                #[doc = concat!("The shared ", $article, " schema without name that requires a value.")]
                #[must_use]
                pub fn $required() -> Self {
                    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| SchemaBuilder::new(Type::$kind).finish(false));
                    Schema(Handle::Constant(&SCHEMA.0))
                }
                #[doc = concat!("The shared ", $article, " schema without name that allows null.")]
                #[must_use]
                pub fn $optional() -> Self {
                    static SCHEMA: LazyLock<Schema> =
                        LazyLock::new(|| SchemaBuilder::new(Type::$kind).optional().finish(false));
                    Schema(Handle::Constant(&SCHEMA.0))
                }
            )*
        }
    };
}

constants! {
    int8 optional_int8 Int8 "INT8";
    int16 optional_int16 Int16 "INT16";
    int32 optional_int32 Int32 "INT32";
    int64 optional_int64 Int64 "INT64";
    float32 optional_float32 Float32 "FLOAT32";
    float64 optional_float64 Float64 "FLOAT64";
    boolean optional_boolean Boolean "BOOLEAN";
    string optional_string String "STRING";
    bytes optional_bytes Bytes "BYTES";
}

impl Data {
    fn hash_into(&self, state: &mut DefaultHasher) {
        (self.kind, self.optional, &self.default, &self.name, self.version, &self.doc).hash(state);
        (&self.fields, &self.key, &self.value, self.builder).hash(state);
        // Parameters are equal in any order, so their hashes are added up.
        let parameters = self.parameters.as_ref().map(|parameters| {
            parameters.iter().fold(0u64, |sum, pair| {
                let mut hasher = DefaultHasher::new();
                pair.hash(&mut hasher);
                sum.wrapping_add(hasher.finish())
            })
        });
        parameters.hash(state);
    }

    fn same_parameters(&self, other: &Self) -> bool {
        match (&self.parameters, &other.parameters) {
            (Some(a), Some(b)) => a.len() == b.len() && (a == b || a.iter().all(|pair| b.contains(pair))),
            (None, None) => true,
            _ => false,
        }
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&*self.0, &*other.0);
        std::ptr::eq(a, b)
            // A builder is equal to itself only.
            || !a.builder
                && !b.builder
                && a.hash == b.hash
                && a.kind == b.kind
                && a.optional == b.optional
                && a.version == b.version
                && a.name == b.name
                && a.doc == b.doc
                && a.default == b.default
                && a.fields == b.fields
                && a.key == b.key
                && a.value == b.value
                && a.same_parameters(b)
    }
}

impl Eq for Schema {}

impl Hash for Schema {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Schema{{{name}:{}}}", self.0.kind),
            None => write!(f, "Schema{{{}}}", self.0.kind),
        }
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = &*self.0;
        let mut out = f.debug_struct("Schema");
        out.field("type", &data.kind).field("optional", &data.optional);
        if !data.default.is_null() {
            out.field("default", &data.default);
        }
        for (label, text) in [("name", &data.name), ("doc", &data.doc)] {
            if let Some(text) = text {
                out.field(label, text);
            }
        }
        if let Some(version) = data.version {
            out.field("version", &version);
        }
        if let Some(parameters) = &data.parameters {
            out.field("parameters", parameters);
        }
        for (label, schema) in [("key", &data.key), ("value", &data.value)] {
            if let Some(schema) = schema {
                out.field(label, schema);
            }
        }
        if data.kind == Type::Struct {
            out.field("fields", &data.fields);
        }
        out.finish()
    }
}

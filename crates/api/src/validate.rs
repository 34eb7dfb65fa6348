//! Checking a value against its schema, with upstream's texts.

use std::fmt;

use crate::logical::Logical;
use crate::schema::{Schema, Type};
use crate::{Exception, Value};

/// What is being checked, for error texts.
#[derive(Clone, Copy)]
pub(crate) enum Location<'a> {
    /// The value itself.
    Value,
    /// A field of a struct.
    Field(&'a str),
    /// An element of an array at another location.
    Element(&'a Location<'a>),
    /// A key of a map at another location.
    MapKey(&'a Location<'a>),
    /// A value of a map at another location.
    MapValue(&'a Location<'a>),
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("value"),
            Self::Field(name) => write!(f, "field: \"{name}\""),
            Self::Element(of) => write!(f, "element of array {of}"),
            Self::MapKey(of) => write!(f, "key of map {of}"),
            Self::MapValue(of) => write!(f, "value of map {of}"),
        }
    }
}

impl Schema {
    /// Checks that `value` fits; a `DataException` says where it does not. A default does not make null valid.
    pub fn validate(&self, value: &Value) -> Result<(), Exception> {
        self.validate_at(Location::Value, value)
    }

    pub(crate) fn validate_at(&self, at: Location<'_>, value: &Value) -> Result<(), Exception> {
        if value.is_null() {
            return if self.is_optional() { Ok(()) } else { Err(self.null_error(at)) };
        }
        if !self.accepts(value) {
            return Err(self.class_error(at, value));
        }
        match (self.kind(), value) {
            (Type::Struct, Value::Struct(inner)) => {
                if inner.schema() != self {
                    return Err(Exception::data("Struct schemas do not match."));
                }
                inner.validate()
            }
            (Type::Array, Value::Array(elements)) => {
                let at = Location::Element(&at);
                let schema = part(self.value_schema(), at)?;
                elements.iter().try_for_each(|element| schema.validate_at(at, element))
            }
            (Type::Map, Value::Map(map)) => {
                let (key_at, value_at) = (Location::MapKey(&at), Location::MapValue(&at));
                let key_schema = part(self.key_schema(), key_at)?;
                let value_schema = part(self.value_schema(), value_at)?;
                map.iter().try_for_each(|(key, value)| {
                    key_schema.validate_at(key_at, key)?;
                    value_schema.validate_at(value_at, value)
                })
            }
            // A logical name on a container's schema: the value is of the logical class, and no container.
            (Type::Struct, other) => {
                Err(Exception::class_cast(other.java_class(), "org.apache.kafka.connect.data.Struct"))
            }
            (Type::Array, other) => Err(Exception::class_cast(other.java_class(), "java.util.List")),
            (Type::Map, other) => Err(Exception::class_cast(other.java_class(), "java.util.Map")),
            _ => Ok(()),
        }
    }

    /// Whether the class of `value` is the one expected: by logical name whatever the type, else by type.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        match (self.logical(), value) {
            (Some(Logical::Decimal), value) => matches!(value, Value::Decimal(_)),
            (Some(Logical::Date | Logical::Time | Logical::Timestamp), value) => {
                matches!(value, Value::Date(_))
            }
            (None, value) => value.kind() == Some(self.kind()),
        }
    }

    fn null_error(&self, at: Location<'_>) -> Exception {
        let kind = self.kind();
        Exception::data(format!("Invalid value: null used for required {at}, schema type: {kind}"))
    }

    fn class_error(&self, at: Location<'_>, value: &Value) -> Exception {
        let (kind, class) = (self.kind(), value.java_class());
        Exception::data(match self.name() {
            Some(name) => {
                format!("Invalid Java object for schema \"{name}\" with type {kind}: class {class} for {at}")
            }
            None => format!("Invalid Java object for schema with type {kind}: class {class} for {at}"),
        })
    }
}

fn part<'s>(schema: Option<&'s Schema>, at: Location<'_>) -> Result<&'s Schema, Exception> {
    schema.ok_or_else(|| Exception::data(format!("No schema defined for {at}")))
}

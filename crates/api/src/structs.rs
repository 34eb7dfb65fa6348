//! Structs: values of STRUCT schemas.

use std::fmt;
use std::sync::Arc;

use crate::schema::{Field, Schema, Type};
use crate::validate::Location;
use crate::{Buf, Exception, MapValue, Text, Value};

/// A value for each field of a STRUCT schema; unset fields are null.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Struct {
    schema: Schema,
    values: Vec<Value>,
}

impl Struct {
    /// All fields null; a `DataException` when `schema` is no STRUCT.
    pub fn new(schema: Schema) -> Result<Self, Exception> {
        if schema.kind() != Type::Struct {
            return Err(Exception::data(format!("Not a struct schema: {schema}")));
        }
        let values = vec![Value::Null; schema.fields().len()];
        Ok(Self { schema, values })
    }

    /// A struct of values that are known to fit: taken from another struct with equal field schemas, or made for their
    /// field. Costs no check, unlike [`Struct::put`]; whether required fields are null is for the caller to see to.
    ///
    /// # Panics
    /// When there is not one value for each field.
    #[must_use]
    pub fn assemble(schema: Schema, values: Vec<Value>) -> Self {
        let made = Self { schema, values };
        made.assert_whole();
        made
    }

    /// Becomes a struct of `schema` in its place: `change` makes the values that the new schema needs, which have to fit as
    /// those of [`Struct::assemble`] do. After an error all fields are null.
    ///
    /// # Errors
    /// What `change` says.
    ///
    /// # Panics
    /// When there is not one value for each field.
    pub fn become_of<E>(
        &mut self,
        schema: &Schema,
        change: impl FnOnce(&mut Vec<Value>) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Err(error) = change(&mut self.values) {
            self.values = vec![Value::Null; self.schema.fields().len()];
            return Err(error);
        }
        if !self.schema.is_same(schema) {
            self.schema = schema.clone();
        }
        self.assert_whole();
        Ok(())
    }

    fn assert_whole(&self) {
        let fields = self.schema.fields();
        assert_eq!(fields.len(), self.values.len(), "one value for each field");
        debug_assert!(
            fields.iter().zip(&self.values).all(|(f, v)| v.is_null() || f.schema().accepts(v)),
            "values fit their fields"
        );
    }

    /// The schema, and the values in the order of its fields, without defaults.
    #[must_use]
    pub fn into_parts(self) -> (Schema, Vec<Value>) {
        (self.schema, self.values)
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Values in the order of the fields, without defaults.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Each field with its value, without defaults.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&Field, &Value)> {
        self.schema.fields().iter().zip(&self.values)
    }

    /// Sets the field `name`; the value must fit it.
    pub fn put(&mut self, name: &str, value: Value) -> Result<&mut Self, Exception> {
        let index = self.lookup(name)?.index();
        self.put_at(index, value)
    }

    /// Sets the field at `index`; the value must fit it.
    ///
    /// # Panics
    /// When there is no such field.
    pub fn put_at(&mut self, index: usize, value: Value) -> Result<&mut Self, Exception> {
        let field = &self.schema.fields()[index];
        field.schema().validate_at(Location::Field(field.name()), &value)?;
        self.values[index] = value;
        Ok(self)
    }

    /// The value of the field `name`; its default when it is null and has one.
    pub fn get(&self, name: &str) -> Result<&Value, Exception> {
        let field = self.lookup(name)?;
        Ok(self.get_at(field.index()))
    }

    /// The value of the field at `index`; its default when it is null and has one.
    ///
    /// # Panics
    /// When there is no such field.
    #[must_use]
    pub fn get_at(&self, index: usize) -> &Value {
        match &self.values[index] {
            null @ Value::Null => self.schema.fields()[index].schema().default_value().unwrap_or(null),
            value => value,
        }
    }

    /// The value of the field `name` as it was set.
    pub fn get_without_default(&self, name: &str) -> Result<&Value, Exception> {
        Ok(&self.values[self.lookup(name)?.index()])
    }

    fn lookup(&self, name: &str) -> Result<&Field, Exception> {
        self.schema.field(name).ok_or_else(|| Exception::data(format!("{name} is not a valid field name")))
    }

    /// Checks that no required field without default is null, and every value against its schema.
    pub fn validate(&self) -> Result<(), Exception> {
        for (field, value) in self.entries() {
            let schema = field.schema();
            if value.is_null() && (schema.is_optional() || schema.default_value().is_some()) {
                continue;
            }
            schema.validate_at(Location::Field(field.name()), value)?;
        }
        Ok(())
    }

    fn typed(&self, name: &str, kind: Type) -> Result<&Value, Exception> {
        let field = self.lookup(name)?;
        if field.schema().kind() != kind {
            return Err(Exception::data(format!("Field '{name}' is not of type {kind}")));
        }
        Ok(&self.values[field.index()])
    }
}

macro_rules! getters {
    ($($getter:ident $kind:ident $variant:ident $out:ty, $pattern:ident => $value:expr;)*) => {
        /// Getters that check the field's type. Like upstream's they apply no default.
        impl Struct {
            $(
                #[doc = concat!("The ", stringify!($kind), " field `name`; `None` when it is null.")]
                pub fn $getter(&self, name: &str) -> Result<Option<$out>, Exception> {
                    match self.typed(name, Type::$kind)? {
                        Value::$variant($pattern, ..) => Ok(Some($value)),
                        _ => Ok(None),
                    }
                }
            )*
        }
    };
}

getters! {
    get_int8 Int8 Int8 i8, v => *v;
    get_int16 Int16 Int16 i16, v => *v;
    get_int32 Int32 Int32 i32, v => *v;
    get_int64 Int64 Int64 i64, v => *v;
    get_float32 Float32 Float32 f32, v => *v;
    get_float64 Float64 Float64 f64, v => *v;
    get_boolean Boolean Bool bool, v => *v;
    get_string String String &Text, v => v;
    get_bytes Bytes Bytes &Buf, v => v;
    get_array Array Array &[Value], v => v;
    get_map Map Map &MapValue, v => v;
    get_struct Struct Struct &Arc<Struct>, v => v;
}

impl fmt::Display for Struct {
    /// Upstream's `toString`: null fields left out, defaults not applied.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        crate::java_struct_string(self, &mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

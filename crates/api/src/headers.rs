//! Headers of a record: an ordered multimap from keys to values with schemas.

use std::fmt;
use std::sync::Arc;

use bigdecimal::BigDecimal;

use crate::{Exception, Logical, Schema, SchemaBuilder, Struct, Type, Value};

/// A header of a record: key, schema, value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The key; several headers may share one.
    pub key: Arc<str>,
    /// The schema, `None` for schemaless values; see [`Header::effective_schema`].
    pub schema: Option<Schema>,
    /// The value.
    pub value: Value,
}

impl Header {
    /// A header as it is; nothing is checked.
    #[must_use]
    pub fn new(key: impl Into<Arc<str>>, schema: Option<Schema>, value: Value) -> Self {
        Self { key: key.into(), schema, value }
    }

    /// The schema; a struct without one brings its own.
    #[must_use]
    pub fn effective_schema(&self) -> Option<&Schema> {
        match (&self.schema, &self.value) {
            (None, Value::Struct(inner)) => Some(inner.schema()),
            (schema, _) => schema.as_ref(),
        }
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectHeader(key={}, value={}, schema=", self.key, self.value.to_java_string())?;
        match self.effective_schema() {
            Some(schema) => write!(f, "{schema})"),
            None => f.write_str("null)"),
        }
    }
}

/// An ordered multimap of [`Header`]s. The empty one costs no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// No headers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of headers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All headers in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.0.iter()
    }

    /// All headers, to change them.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Header> {
        self.0.iter_mut()
    }

    /// Adds a header at the end, unchecked.
    pub fn push(&mut self, header: Header) -> &mut Self {
        self.0.push(header);
        self
    }

    /// Adds a header at the end; a `DataException` when the value does not go with the schema.
    pub fn add(
        &mut self,
        key: impl Into<Arc<str>>,
        schema: Option<Schema>,
        value: Value,
    ) -> Result<&mut Self, Exception> {
        if let Some(schema) = &schema {
            check(schema, &value)?;
        }
        Ok(self.push(Header::new(key, schema, value)))
    }

    /// Adds a STRING header.
    pub fn add_string(&mut self, key: &str, value: Option<&str>) -> &mut Self {
        let schema = if value.is_some() { Schema::string() } else { Schema::optional_string() };
        self.push(Header::new(key, Some(schema), value.map_or(Value::Null, Value::from)))
    }

    /// Adds a BYTES header.
    pub fn add_bytes(&mut self, key: &str, value: Option<&[u8]>) -> &mut Self {
        let schema = if value.is_some() { Schema::bytes() } else { Schema::optional_bytes() };
        self.push(Header::new(key, Some(schema), value.map_or(Value::Null, |v| Value::bytes(v.into()))))
    }

    /// Adds a number or boolean with the schema of its type.
    pub fn add_primitive(&mut self, key: &str, value: impl Into<Value>) -> &mut Self {
        let value = value.into();
        let schema = match value.kind() {
            Some(Type::Boolean) => Some(Schema::boolean()),
            Some(Type::Int8) => Some(Schema::int8()),
            Some(Type::Int16) => Some(Schema::int16()),
            Some(Type::Int32) => Some(Schema::int32()),
            Some(Type::Int64) => Some(Schema::int64()),
            Some(Type::Float32) => Some(Schema::float32()),
            Some(Type::Float64) => Some(Schema::float64()),
            Some(Type::String) => Some(Schema::string()),
            Some(Type::Bytes) => Some(Schema::bytes()),
            _ => None,
        };
        self.push(Header::new(key, schema, value))
    }

    /// Adds a Decimal with a schema of the value's scale; without a value, one without schema.
    pub fn add_decimal(&mut self, key: &str, value: Option<BigDecimal>) -> Result<&mut Self, Exception> {
        let Some(value) = value else {
            return Ok(self.push(Header::new(key, None, Value::Null)));
        };
        let (_, scale) = value.as_bigint_and_scale();
        let scale = i32::try_from(scale).map_err(|_| Exception::data("decimal scale beyond 32 bits"))?;
        let schema = SchemaBuilder::decimal(scale).build()?;
        Ok(self.push(Header::new(key, Some(schema), Value::Decimal(Arc::new(value)))))
    }

    /// Adds a Date, Time or Timestamp in milliseconds.
    pub fn add_temporal(&mut self, key: &str, logical: Logical, millis: i64) -> Result<&mut Self, Exception> {
        let schema = match logical {
            Logical::Date => SchemaBuilder::date(),
            Logical::Time => SchemaBuilder::time(),
            Logical::Timestamp => SchemaBuilder::timestamp(),
            Logical::Decimal => return Err(Exception::data("a decimal is no point in time")),
        };
        Ok(self.push(Header::new(key, Some(schema.build()?), Value::Date(millis))))
    }

    /// Adds a struct with its own schema; without a value, one without schema.
    pub fn add_struct(&mut self, key: &str, value: Option<Arc<Struct>>) -> &mut Self {
        match value {
            Some(value) => self.push(Header::new(key, Some(value.schema().clone()), Value::Struct(value))),
            None => self.push(Header::new(key, None, Value::Null)),
        }
    }

    /// The last header named `key`.
    #[must_use]
    pub fn last_with_name(&self, key: &str) -> Option<&Header> {
        self.0.iter().rfind(|header| &*header.key == key)
    }

    /// All headers named `key`, in order.
    pub fn all_with_name<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Header> {
        self.0.iter().filter(move |header| &*header.key == key)
    }

    /// Removes all headers named `key`.
    pub fn remove(&mut self, key: &str) -> &mut Self {
        self.0.retain(|header| &*header.key != key);
        self
    }

    /// Keeps only headers for which `keep` holds.
    pub fn retain(&mut self, keep: impl FnMut(&Header) -> bool) {
        self.0.retain(keep);
    }

    /// Removes all headers.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Of the headers named `key`, keeps only the last.
    pub fn retain_latest(&mut self, key: &str) -> &mut Self {
        if let Some(last) = self.0.iter().rposition(|header| &*header.key == key) {
            let mut at = 0;
            self.0.retain(|header| {
                at += 1;
                at - 1 == last || &*header.key != key
            });
        }
        self
    }

    /// Of each key, keeps only the last header; the order of those kept stays.
    pub fn retain_latest_of_each(&mut self) -> &mut Self {
        let mut seen = std::collections::HashSet::new();
        let keep: Vec<bool> = self.0.iter().rev().map(|header| seen.insert(header.key.clone())).collect();
        let mut keep = keep.into_iter().rev();
        self.0.retain(|_| keep.next().unwrap_or(true));
        self
    }

    /// Replaces each header by what `change` makes of it; `None` removes it.
    pub fn apply(&mut self, mut change: impl FnMut(Header) -> Option<Header>) -> &mut Self {
        self.0 = std::mem::take(&mut self.0).into_iter().filter_map(&mut change).collect();
        self
    }

    /// [`Headers::apply`] for headers named `key`; others stay.
    pub fn apply_to(&mut self, key: &str, mut change: impl FnMut(Header) -> Option<Header>) -> &mut Self {
        self.apply(|header| if &*header.key == key { change(header) } else { Some(header) })
    }
}

/// As upstream: a logical schema takes the logical and the encoded form.
fn check(schema: &Schema, value: &Value) -> Result<(), Exception> {
    if value.is_null() {
        return if schema.is_optional() {
            Ok(())
        } else {
            Err(Exception::data(format!("A null value requires an optional schema but was {schema}")))
        };
    }
    let fits = match (value, schema.logical()) {
        (Value::Decimal(_), logical) => logical == Some(Logical::Decimal) && schema.kind() == Type::Bytes,
        (Value::Date(_), Some(Logical::Date | Logical::Time)) => schema.kind() == Type::Int32,
        (Value::Date(_), Some(Logical::Timestamp)) => schema.kind() == Type::Int64,
        (value, _) => value.kind() == Some(schema.kind()),
    };
    if fits {
        return Ok(());
    }
    let text = value.to_java_string();
    Err(Exception::data(format!("The value {text} is not compatible with the schema {schema}")))
}

impl<'a> IntoIterator for &'a Headers {
    type Item = &'a Header;
    type IntoIter = std::slice::Iter<'a, Header>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for Headers {
    type Item = Header;
    type IntoIter = std::vec::IntoIter<Header>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Header> for Headers {
    fn from_iter<I: IntoIterator<Item = Header>>(headers: I) -> Self {
        Self(headers.into_iter().collect())
    }
}

impl fmt::Display for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectHeaders(headers=")?;
        if !self.0.is_empty() {
            f.write_str("[")?;
            for (at, header) in self.0.iter().enumerate() {
                write!(f, "{}{header}", if at > 0 { ", " } else { "" })?;
            }
            f.write_str("]")?;
        }
        f.write_str(")")
    }
}

//! What all classes share: plugins made of their settings, the two sides of a record, and upstream's words for a value
//! of the wrong kind.
//!
//! Transforms own the record, so they take values out of it ([`take_map`], [`take_fields`]) and put the changed ones
//! back; nothing is cloned unless somebody else still holds the old container.

use std::borrow::Cow;
use std::collections::HashSet;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;

use kconnect_api::{
    ConfigDef, ConfigError, ConfigType, Exception, Field, KeyChange, MapValue, ParsedValue, Places,
    PluginInfo, PluginKind, Predicate, PredicatePlugin, Props, Record, Schema, Settings, Struct,
    TransformPlugin, Transformation, Value, classes,
};

/// A class with settings.
pub(crate) trait Class: Sized + 'static {
    /// The Java class name.
    const CLASS: &'static str;
    /// Lists whose repeated items are dropped. Validation refuses them, but a task that gets them starts, as upstream's.
    const DISTINCT: &'static [&'static str] = &[];
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
        let props = distinct(props, C::DISTINCT)?;
        match def.parse(&props) {
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

fn distinct<'p>(props: &'p Props, lists: &[&str]) -> Result<Cow<'p, Props>, ConfigError> {
    let mut props = Cow::Borrowed(props);
    for &key in lists {
        let Some(Ok(ParsedValue::List(items))) = props.get(key).map(|text| ConfigType::List.parse(key, text))
        else {
            continue;
        };
        let mut seen = HashSet::new();
        let kept: Vec<&str> = items.iter().map(String::as_str).filter(|item| seen.insert(*item)).collect();
        if kept.len() < items.len() {
            if kept == [""] {
                // No text stands for a list of one empty item, which is what is left.
                return Err(ConfigError::text(
                    key,
                    format!("Configuration '{key}' values must not be empty."),
                ));
            }
            tracing::warn!(key, value = items.join(","), "a list names items twice; they count once");
            let text = kept.join(",");
            props.to_mut().insert(key.to_owned(), text);
        }
    }
    Ok(props)
}

/// The map of a value without schema.
pub(crate) fn require_map<'v>(value: &'v Value, purpose: &str) -> Result<&'v MapValue, Exception> {
    match value {
        Value::Map(map) => Ok(map),
        other => Err(class_of_map(other, purpose)),
    }
}

/// Takes the map out of a value without schema.
pub(crate) fn take_map(value: &mut Value, purpose: &str) -> Result<MapValue, Exception> {
    match std::mem::take(value) {
        Value::Map(map) => Ok(Arc::unwrap_or_clone(map)),
        other => Err(class_of_map(&other, purpose)),
    }
}

/// The map of a value, to be changed in its place.
pub(crate) fn map_mut<'v>(value: &'v mut Value, purpose: &str) -> Result<&'v mut MapValue, Exception> {
    match value {
        Value::Map(map) => Ok(Arc::make_mut(map)),
        other => Err(class_of_map(other, purpose)),
    }
}

/// Copies of maps as Java makes them by `new HashMap(map)`, into which fields are then put.
pub(crate) struct CopiedMap {
    fields: Vec<Value>,
    change: KeyChange,
}

impl CopiedMap {
    pub(crate) fn with(fields: Vec<Value>) -> Self {
        Self { change: KeyChange::watching(fields.iter().cloned()), fields }
    }

    /// How many fields are put.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The map of a value becomes such a copy; fields that were not in it are null, and all are found by their places.
    pub(crate) fn make<'v>(
        &mut self,
        value: &'v mut Value,
        purpose: &str,
    ) -> Result<(&'v mut MapValue, Places<'_>), Exception> {
        let map = map_mut(value, purpose)?;
        let fields = &self.fields;
        let Ok(places) = self.change.apply::<Infallible>(map, |map| {
            map.become_hashed();
            for field in fields {
                if !map.contains_key(field) {
                    map.insert(field.clone(), Value::Null);
                }
            }
            Ok(())
        });
        Ok((map, places))
    }
}

/// The complaint about a value that is no map.
pub(crate) fn class_of_map(value: &Value, purpose: &str) -> Exception {
    let found = value.java_class();
    Exception::data(format!(
        "Only Map objects supported in absence of schema for [{purpose}], found: {found}"
    ))
}

/// The struct of a value with the schema `schema`.
pub(crate) fn require_struct<'v>(
    value: &'v Value,
    schema: &Schema,
    purpose: &str,
) -> Result<&'v Struct, Exception> {
    match value {
        Value::Struct(inner) if inner.schema() == schema => Ok(inner),
        Value::Struct(_) => Err(Exception::data("Struct schemas do not match.")),
        other => Err(class_of_struct(other, purpose)),
    }
}

/// The complaint about a value that is no struct.
pub(crate) fn class_of_struct(value: &Value, purpose: &str) -> Exception {
    let found = value.java_class();
    Exception::data(format!("Only Struct objects supported for [{purpose}], found: {found}"))
}

/// Takes the values out of the struct of a value with the schema `schema`: one for each field, without defaults.
pub(crate) fn take_fields(
    value: &mut Value,
    schema: &Schema,
    purpose: &str,
) -> Result<Vec<Value>, Exception> {
    require_struct(value, schema, purpose)?;
    match std::mem::take(value) {
        Value::Struct(inner) => Ok(Arc::unwrap_or_clone(inner).into_parts().1),
        _ => Ok(Vec::new()),
    }
}

/// The struct of a value, which has the schema `old`, becomes one of `new` in its place, see [`Struct::become_of`].
pub(crate) fn change_struct(
    value: &mut Value,
    old: &Schema,
    new: &Schema,
    purpose: &str,
    change: impl FnOnce(&mut Vec<Value>) -> Result<(), Exception>,
) -> Result<(), Exception> {
    require_struct(value, old, purpose)?;
    match value {
        Value::Struct(inner) => Arc::make_mut(inner).become_of(new, change),
        _ => Ok(()),
    }
}

/// Puts a struct of `values` into a value; they must fit, see [`Struct::assemble`].
pub(crate) fn assemble(schema: &Schema, values: Vec<Value>) -> Value {
    Value::Struct(Arc::new(Struct::assemble(schema.clone(), values)))
}

/// The default of `field` in the place of null, where that is wanted (KIP-1040).
pub(crate) fn with_default(field: &Field, value: &mut Value, replace_null: bool) {
    if replace_null
        && value.is_null()
        && let Some(default) = field.schema().default_value()
    {
        *value = default.clone();
    }
}

/// The value at `field`, with its default in the place of null where that is wanted.
pub(crate) fn field_value<'v>(field: &'v Field, values: &'v [Value], replace_null: bool) -> &'v Value {
    match (&values[field.index()], field.schema().default_value()) {
        (Value::Null, Some(default)) if replace_null => default,
        (value, _) => value,
    }
}

/// What putting a value into a struct would refuse, for a value that is its field's own, its default, or null: null
/// where a value is required, and a struct that is a default, whose schema is never the field's since it has none.
pub(crate) fn check_put(field: &Field, value: &Value) -> Result<(), Exception> {
    match value {
        Value::Null if !field.schema().is_optional() => {
            let (name, kind) = (field.name(), field.schema().kind());
            Err(Exception::data(format!(
                "Invalid value: null used for required field: \"{name}\", schema type: {kind}"
            )))
        }
        Value::Struct(inner) if inner.schema() != field.schema() => {
            Err(Exception::data("Struct schemas do not match."))
        }
        _ => Ok(()),
    }
}

/// Java's complaint about a value that is no `wanted`, both classes of the JDK.
pub(crate) fn class_cast(value: &Value, wanted: &str) -> Exception {
    let found = value.java_class();
    Exception::new(
        classes::CLASS_CAST,
        format!(
            "class {found} cannot be cast to class {wanted} ({found} and {wanted} are in module java.base of loader 'bootstrap')"
        ),
    )
}

//! Envelopes to schemas and values.

use std::sync::Arc;

use kconnect_api::logical::DAY_MS;
use kconnect_api::{
    Logical, MapValue, Schema, SchemaAndValue, SchemaBuilder, Struct, Type, Value, base64, parse_decimal,
};

use super::json::{Chars, Json};

type Read<T> = Result<T, String>;

/// Deepest schema: its levels take more of the stack than those of values.
pub(super) const SCHEMA_DEPTH_MAX: usize = 150;
/// The same of a struct's that stands among values, which have taken of the stack already.
const TAGGED_DEPTH_MAX: usize = 30;

/// `{"schema":S,"payload":P}` or null.
pub(super) fn envelope(json: &Json<'_>) -> Read<SchemaAndValue> {
    let members = match json {
        Json::Null => return Ok(SchemaAndValue::default()),
        Json::Object(members) => members,
        other => return Err(format!("an envelope is an object or null, not {}", other.kind())),
    };
    let (mut schema, mut payload) = (&Json::Null, &Json::Null);
    for (name, member) in members {
        match name.as_str() {
            "schema" => schema = member,
            "payload" => payload = member,
            other => return Err(format!("an envelope has 'schema' and 'payload', not '{other}'")),
        }
    }
    let schema = self::schema(schema, 0)?;
    let value = self::payload(schema.as_ref(), payload)?;
    Ok(SchemaAndValue { schema, value })
}

/// A schema in the JSON converter's form; null is none.
fn schema(json: &Json<'_>, depth: usize) -> Read<Option<Schema>> {
    match json {
        Json::Null => Ok(None),
        Json::Object(members) => described(members, depth).map(|(schema, _)| Some(schema)),
        other => Err(format!("a schema is an object or null, not {}", other.kind())),
    }
}

/// The schema, and the name of the field that it describes.
fn described<'j>(members: &'j [(Chars<'_>, Json<'_>)], depth: usize) -> Read<(Schema, Option<&'j str>)> {
    if depth >= SCHEMA_DEPTH_MAX {
        return Err(format!(
            "a schema is nested too deeply; at most {SCHEMA_DEPTH_MAX} levels are read, {TAGGED_DEPTH_MAX} of a tagged struct's"
        ));
    }
    let find = |wanted: &str| members.iter().rfind(|(name, _)| name.as_str() == wanted).map(|(_, json)| json);
    let mut builder = shape(&find, depth + 1)?;
    let mut field = None;
    for (name, member) in members {
        if let Json::Null = member {
            continue;
        }
        builder = match name.as_str() {
            "optional" => match member {
                Json::Bool(true) => builder.optional(),
                Json::Bool(false) => builder,
                other => return Err(format!("'optional' is true or false, not {}", other.kind())),
            },
            "name" => builder.name(string("name", member)?),
            "doc" => builder.doc(string("doc", member)?),
            "version" => builder.version(integer("version", member)?),
            "parameters" => match member {
                Json::Object(parameters) => {
                    parameters.iter().try_fold(builder, |builder, (key, value)| {
                        Read::Ok(builder.parameter(key.as_str(), string("parameters", value)?))
                    })?
                }
                other => return Err(format!("'parameters' is an object of strings, not {}", other.kind())),
            },
            "field" => {
                field = Some(string("field", member)?);
                builder
            }
            "type" | "items" | "keys" | "values" | "fields" | "default" => builder,
            other => return Err(format!("a schema has no member '{other}'")),
        };
    }
    if let Some(default) = find("default") {
        // Its form depends on everything else.
        let shape = builder.peek().map_err(said)?;
        let default = payload(Some(&shape), default)?;
        builder = builder.default_value(default);
    }
    // A map with keys of one schema and values of none exists unfinished only.
    let unfinished = builder.peek().is_ok_and(|schema| {
        schema.kind() == Type::Map && schema.key_schema().is_some() && schema.value_schema().is_none()
    });
    let schema = if unfinished { builder.unbuilt() } else { builder.build() };
    Ok((schema.map_err(said)?, field))
}

/// What the type says.
fn shape<'j>(find: &impl Fn(&str) -> Option<&'j Json<'j>>, depth: usize) -> Read<SchemaBuilder> {
    let part = |name: &str| find(name).map_or(Ok(None), |json| schema(json, depth));
    let kind = match find("type") {
        Some(Json::String(name)) => name.as_str(),
        _ => return Err("a schema has a 'type'".to_owned()),
    };
    Ok(match kind {
        "array" => part("items")?.map_or_else(|| SchemaBuilder::new(Type::Array), SchemaBuilder::array),
        "map" => match (part("keys")?, part("values")?) {
            (Some(keys), Some(values)) => SchemaBuilder::map(keys, values),
            (Some(keys), None) => SchemaBuilder::map_of_unknown(keys),
            _ => SchemaBuilder::new(Type::Map),
        },
        "struct" => {
            let Some(Json::Array(fields)) = find("fields") else {
                return Err("a struct's schema has a list of 'fields'".to_owned());
            };
            fields.iter().try_fold(SchemaBuilder::structure(), |builder, field| {
                let Json::Object(members) = field else {
                    return Err(format!("a field is an object, not {}", field.kind()));
                };
                let (schema, name) = described(members, depth)?;
                let name = name.ok_or("the schema of a field names it with 'field'")?;
                Ok(builder.field(name, schema))
            })?
        }
        kind => SchemaBuilder::new(scalar(kind).ok_or_else(|| format!("there is no type '{kind}'"))?),
    })
}

fn scalar(name: &str) -> Option<Type> {
    Some(match name {
        "boolean" => Type::Boolean,
        "int8" => Type::Int8,
        "int16" => Type::Int16,
        "int32" => Type::Int32,
        "int64" => Type::Int64,
        "float" => Type::Float32,
        "double" => Type::Float64,
        "bytes" => Type::Bytes,
        "string" => Type::String,
        _ => return None,
    })
}

/// A value of `schema`; null is null everywhere.
fn payload(schema: Option<&Schema>, json: &Json<'_>) -> Read<Value> {
    let Some(schema) = schema else { return schemaless(json) };
    if let Json::Null = json {
        return Ok(Value::Null);
    }
    // A value that its schema does not allow; where objects are allowed, they are what they seem.
    if let Json::Object(members) = json
        && (schema.logical().is_some() || !matches!(schema.kind(), Type::Map | Type::Struct))
    {
        return tagged(members);
    }
    if let Some(logical) = schema.logical() {
        return logical_value(logical, json);
    }
    match schema.kind() {
        Type::Array => match json {
            Json::Array(elements) => list(schema.value_schema(), elements),
            other => Err(format!("an array is written as an array, not as {}", other.kind())),
        },
        Type::Map => map(schema, json),
        Type::Struct => match json {
            Json::Object(members) => structure(schema, members),
            other => Err(format!("a struct is written as an object, not as {}", other.kind())),
        },
        kind => plain(kind, json),
    }
}

fn plain(kind: Type, json: &Json<'_>) -> Read<Value> {
    let name = kind.name();
    Ok(match (kind, json) {
        (Type::Boolean, Json::Bool(value)) => Value::Bool(*value),
        (Type::String, Json::String(text)) => Value::String(text.to_text()),
        (Type::Bytes, Json::String(text)) => Value::bytes(bytes(text)?.into()),
        (Type::Int8, json) => Value::Int8(integer(name, json)?),
        (Type::Int16, json) => Value::Int16(integer(name, json)?),
        (Type::Int32, json) => Value::Int32(integer(name, json)?),
        (Type::Int64, json) => Value::Int64(integer(name, json)?),
        (Type::Float32, json) => Value::Float32(float(name, json)?),
        (Type::Float64, json) => Value::Float64(float(name, json)?),
        (_, other) => return Err(format!("{} is no value of type {name}", other.kind())),
    })
}

fn logical_value(logical: Logical, json: &Json<'_>) -> Read<Value> {
    Ok(match logical {
        Logical::Decimal => decimal(json)?,
        Logical::Date => {
            let days: i64 = integer("Date", json)?;
            Value::Date(days.checked_mul(DAY_MS).ok_or("a Date counts days, which are fewer")?)
        }
        Logical::Time => match integer("Time", json)? {
            millis @ 0..=DAY_MS => Value::Date(millis),
            _ => return Err("a Time is 0 to 86400000 milliseconds after midnight".to_owned()),
        },
        Logical::Timestamp => Value::Date(integer("Timestamp", json)?),
    })
}

fn list(element: Option<&Schema>, elements: &[Json<'_>]) -> Read<Value> {
    let mut values = Vec::with_capacity(elements.len());
    for json in elements {
        values.push(payload(element, json)?);
    }
    Ok(Value::Array(Arc::new(values)))
}

fn map(schema: &Schema, json: &Json<'_>) -> Read<Value> {
    let (keys, values) = (schema.key_schema(), schema.value_schema());
    let mut map = MapValue::new();
    match json {
        Json::Object(members) if keys.is_some_and(|keys| keys.kind() == Type::String) => {
            for (name, member) in members {
                map.insert(Value::String(name.to_text()), payload(values, member)?);
            }
        }
        Json::Array(pairs) => return pairs_of(keys, values, pairs),
        other => {
            let kind = other.kind();
            return Err(format!(
                "a map is written as an array of pairs, with keys of strings as an object, not as {kind}"
            ));
        }
    }
    Ok(Value::Map(Arc::new(map)))
}

fn pairs_of(keys: Option<&Schema>, values: Option<&Schema>, pairs: &[Json<'_>]) -> Read<Value> {
    let mut map = MapValue::new();
    for pair in pairs {
        let (key, value) = self::pair(pair)?;
        map.insert(payload(keys, key)?, payload(values, value)?);
    }
    Ok(Value::Map(Arc::new(map)))
}

fn pair<'j>(json: &'j Json<'j>) -> Read<(&'j Json<'j>, &'j Json<'j>)> {
    match json {
        Json::Array(pair) => match &pair[..] {
            [key, value] => Ok((key, value)),
            other => Err(format!("an entry of a map has a key and a value, not {} parts", other.len())),
        },
        other => Err(format!("an entry of a map is a pair in an array, not {}", other.kind())),
    }
}

fn structure(schema: &Schema, members: &[(Chars<'_>, Json<'_>)]) -> Read<Value> {
    let mut result = Struct::new(schema.clone()).map_err(said)?;
    for (name, member) in members {
        let name = name.as_str();
        let field = schema.field(name).ok_or_else(|| format!("the struct has no field '{name}'"))?;
        let value =
            payload(Some(field.schema()), member).map_err(|error| format!("field '{name}': {error}"))?;
        if !value.is_null() {
            result.put(name, value).map_err(said)?;
        }
    }
    Ok(Value::Struct(Arc::new(result)))
}

/// A value whose form says its type.
fn schemaless(json: &Json<'_>) -> Read<Value> {
    match json {
        Json::Array(elements) => list(None, elements),
        Json::Object(members) if members.iter().any(|(name, _)| name.as_str() == "$type") => tagged(members),
        Json::Object(members) => {
            let mut map = MapValue::new();
            for (name, member) in members {
                map.insert(Value::String(name.to_text()), schemaless(member)?);
            }
            Ok(Value::Map(Arc::new(map)))
        }
        json => schemaless_plain(json),
    }
}

fn schemaless_plain(json: &Json<'_>) -> Read<Value> {
    Ok(match json {
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(text) if text.contains(['.', 'e', 'E']) => Value::Float64(float("float64", json)?),
        Json::Number(_) => Value::Int64(integer("int64", json)?),
        Json::String(text) => Value::String(text.to_text()),
        _ => Value::Null,
    })
}

/// `{"$type":…,"value":…}`
fn tagged(members: &[(Chars<'_>, Json<'_>)]) -> Read<Value> {
    let (kind, json, of) = tag(members)?;
    match (kind, json) {
        ("array", Json::Array(elements)) => list(None, elements),
        ("map", Json::Array(pairs)) => pairs_of(None, None, pairs),
        ("struct", Json::Object(members)) => {
            let schema = schema(of, SCHEMA_DEPTH_MAX - TAGGED_DEPTH_MAX)?
                .filter(|schema| schema.kind() == Type::Struct);
            structure(&schema.ok_or("a tagged struct has the 'schema' of a struct")?, members)
        }
        (kind, json) => tagged_plain(kind, json),
    }
}

/// Tag, value and schema of a tagged value.
fn tag<'j>(members: &'j [(Chars<'_>, Json<'_>)]) -> Read<(&'j str, &'j Json<'j>, &'j Json<'j>)> {
    let (mut kind, mut value, mut of) = (None, None, &Json::Null);
    for (name, member) in members {
        match (name.as_str(), member) {
            ("$type", Json::String(name)) => kind = Some(name.as_str()),
            ("value", member) => value = Some(member),
            ("schema", member) => of = member,
            (other, _) => return Err(format!("a tagged value has '$type' and 'value', not '{other}'")),
        }
    }
    match (kind, value) {
        (Some(kind), Some(value)) => Ok((kind, value, of)),
        _ => Err("a tagged value has '$type', a string, and 'value'".to_owned()),
    }
}

fn tagged_plain(kind: &str, json: &Json<'_>) -> Read<Value> {
    let kind = match kind {
        "int8" => Type::Int8,
        "int16" => Type::Int16,
        "int32" => Type::Int32,
        "int64" => Type::Int64,
        "float32" => Type::Float32,
        "float64" => Type::Float64,
        "boolean" => Type::Boolean,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "decimal" => return decimal(json),
        "instant" => return Ok(Value::Date(integer("instant", json)?)),
        other => return Err(format!("{} is no value of '$type' '{other}'", json.kind())),
    };
    plain(kind, json)
}

fn decimal(json: &Json<'_>) -> Read<Value> {
    match json {
        Json::String(text) => parse_decimal(text.as_str())
            .map(Value::Decimal)
            .map_err(|error| format!("'{text}' is no decimal number: {error}", text = text.as_str())),
        other => Err(format!("a decimal number is written as a string, not as {}", other.kind())),
    }
}

pub(super) fn bytes(text: &Chars<'_>) -> Read<Vec<u8>> {
    base64::decode(text.as_str()).map_err(|error| format!("not base64: {error}"))
}

/// An integer that `N` holds.
pub(super) fn integer<N: TryFrom<i64>>(what: &str, json: &Json<'_>) -> Read<N> {
    let Json::Number(text) = json else {
        return Err(format!("{what} is an integer, not {}", json.kind()));
    };
    let number: Option<i64> = text.parse().ok();
    number
        .and_then(|number| N::try_from(number).ok())
        .ok_or_else(|| format!("{text} is no integer of {what}"))
}

fn float<N: std::str::FromStr>(what: &str, json: &Json<'_>) -> Read<N> {
    let text = match json {
        Json::Number(text) => text,
        Json::String(text) => match text.as_str() {
            "NaN" => "NaN",
            "Infinity" => "inf",
            "-Infinity" => "-inf",
            other => return Err(format!("'{other}' is no number of {what}")),
        },
        other => return Err(format!("{what} is a number, not {}", other.kind())),
    };
    text.parse().map_err(|_| format!("{text} is no number of {what}"))
}

fn string<'j>(what: &str, json: &'j Json<'_>) -> Read<&'j str> {
    match json {
        Json::String(text) => Ok(text.as_str()),
        other => Err(format!("'{what}' is a string, not {}", other.kind())),
    }
}

/// A source partition or offset: members are strings, numbers, booleans or null.
pub(super) fn primitive(json: &Json<'_>) -> Read<Value> {
    match json {
        Json::Array(_) | Json::Object(_) => Err(format!("a primitive value is wanted, not {}", json.kind())),
        json => schemaless(json),
    }
}

fn said(error: kconnect_api::Exception) -> String {
    error.message().unwrap_or("this cannot be").to_owned()
}

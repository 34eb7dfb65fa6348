//! Transforms and predicates over random schemas, values and settings.

use std::sync::Arc;

use kconnect_api::{
    ConfigDef, DateFormat, Headers, Logical, MapValue, ObjectMap, Origin, Predicate, Props, Record, Schema,
    SchemaBuilder, SourceOffset, Struct, Topic, Transformation, Type, Value, Verdict,
};

/// Classes with settings that make them start. Field names are those that schemas are made of.
const TRANSFORMS: &[(&str, &[(&str, &str)])] = &[
    ("Cast$Value", &[("spec", "a:string,b:int8,c:boolean,d:float64")]),
    ("Cast$Value", &[("spec", "int16")]),
    ("Cast$Value", &[("spec", "string")]),
    ("Cast$Key", &[("spec", "float32")]),
    ("ExtractField$Value", &[("field", "a.b.c"), ("field.syntax.version", "V2")]),
    ("ExtractField$Key", &[("field", "a"), ("replace.null.with.default", "false")]),
    ("Filter", &[]),
    ("Flatten$Value", &[]),
    ("Flatten$Key", &[("delimiter", "")]),
    ("HeaderFrom$Value", &[("fields", "a,b"), ("headers", "x,y"), ("operation", "move")]),
    ("HeaderFrom$Key", &[("fields", "a,a"), ("headers", "x,y"), ("operation", "copy")]),
    ("HoistField$Value", &[("field", "a")]),
    ("InsertField$Value", &[("topic.field", "e!"), ("partition.field", "f!"), ("timestamp.field", "g")]),
    ("InsertHeader", &[("header", "h"), ("value.literal", "[1, 2.5]")]),
    ("DropHeaders", &[("headers", "h")]),
    ("MaskField$Value", &[("fields", "a,b,c,d")]),
    ("MaskField$Value", &[("fields", "a,b"), ("replacement", "1e99")]),
    ("ReplaceField$Value", &[("exclude", "a"), ("renames", "b:c,c:b")]),
    ("ReplaceField$Value", &[("include", "a,b"), ("renames", "a:b"), ("replace.null.with.default", "false")]),
    ("SetSchemaMetadata$Value", &[("schema.name", "n"), ("schema.version", "3")]),
    ("TimestampConverter$Value", &[("target.type", "string"), ("format", "yyyy-MM-dd G z")]),
    ("TimestampConverter$Value", &[("field", "a"), ("target.type", "Timestamp"), ("format", "yyyy")]),
    (
        "TimestampConverter$Value",
        &[("field", "b"), ("target.type", "unix"), ("unix.precision", "nanoseconds")],
    ),
    ("TimestampRouter", &[]),
    ("RegexRouter", &[("regex", "(.)(.*)"), ("replacement", "$2$1")]),
    ("ValueToKey", &[("fields", "a,c")]),
];

const PREDICATES: &[(&str, &[(&str, &str)])] = &[
    ("HasHeaderKey", &[("name", "h")]),
    ("RecordIsTombstone", &[]),
    ("TopicNameMatches", &[("pattern", "(a|b)*")]),
];

/// The first byte picks a transform or a pattern of dates; the others are schemas, values, or pattern and text.
pub fn transforms(data: &[u8]) {
    let mut bytes = Bytes(data);
    match usize::from(bytes.next()) {
        pick if pick < 0x80 => transform(pick, &mut bytes),
        _ => dates(bytes.0),
    }
}

fn transform(pick: usize, bytes: &mut Bytes<'_>) {
    let (class, settings) = TRANSFORMS[pick % TRANSFORMS.len()];
    let mut transform = transformation(class, settings);
    let mut predicate = predicate(PREDICATES[usize::from(bytes.next()) % PREDICATES.len()]);
    // Twice, because the second record meets what was kept of the first.
    for _ in 0..2 {
        let mut record = record(bytes);
        let before = record.clone();
        let tombstone = predicate.test(&record).is_ok() && record.value.is_null();
        match transform.apply(&mut record) {
            Ok(Verdict::Keep) => {
                fits(class, record.key_schema.as_ref(), &record.key);
                fits(class, record.value_schema.as_ref(), &record.value);
                // Those that convert nulls give them a schema or a place.
                if tombstone && !class.starts_with("HoistField") {
                    assert!(record.value.is_null(), "{class} made a value of a tombstone: {before:?}");
                }
            }
            Ok(Verdict::Drop) => assert_eq!(class, "Filter"),
            Err(error) => assert!(error.exception.class().contains('.'), "{error}"),
        }
    }
}

/// What a transform made goes with its schema. Two things are left to converters, as upstream leaves them: fields that
/// are required and unset, and logical names on values that Cast made others of.
fn fits(class: &str, schema: Option<&Schema>, value: &Value) {
    let Some(schema) = schema else { return };
    match value {
        Value::Null => {}
        Value::Struct(inner) => {
            // A struct that is a default lacks the default in its schema, and an extracted one may be such.
            assert!(inner.schema() == schema || class.starts_with("ExtractField"), "{class}: {inner}");
            for (field, value) in inner.entries() {
                fits(class, Some(field.schema()), value);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|value| fits(class, schema.value_schema(), value)),
        Value::Map(map) => map.iter().for_each(|(key, value)| {
            fits(class, schema.key_schema(), key);
            fits(class, schema.value_schema(), value);
        }),
        value if schema.logical().is_none() => {
            schema.validate(value).unwrap_or_else(|error| panic!("{class}: {error}"));
        }
        _ => {}
    }
}

/// A pattern up to the first line feed, then a text: what was read is an instant that can be written.
fn dates(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (pattern, text) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(format) = DateFormat::new(pattern) else { return };
    let mut format = format.in_utc();
    let mut out = String::new();
    if let Ok(millis) = format.parse(text) {
        format.format(millis, &mut out);
    }
    for millis in [0, i64::MIN, i64::MAX, -12_219_292_800_001] {
        format.format(millis, &mut out);
    }
}

fn transformation(class: &str, settings: &[(&str, &str)]) -> Box<dyn Transformation> {
    let plugins = kconnect_transforms::transforms();
    let name = format!("org.apache.kafka.connect.transforms.{class}");
    let plugin = plugins.iter().find(|plugin| plugin.info().class == name).expect("a transform");
    known(&plugin.config_def(), settings);
    plugin.configure(&props(settings)).expect("the settings are valid")
}

/// A key that is none would leave the row what another one is.
fn known(def: &ConfigDef, settings: &[(&str, &str)]) {
    assert!(settings.iter().all(|(key, _)| def.get(key).is_some()), "{settings:?}");
}

fn predicate((class, settings): (&str, &[(&str, &str)])) -> Box<dyn Predicate> {
    let plugins = kconnect_transforms::predicates();
    let name = format!("org.apache.kafka.connect.transforms.predicates.{class}");
    let plugin = plugins.iter().find(|plugin| plugin.info().class == name).expect("a predicate");
    known(&plugin.config_def(), settings);
    plugin.configure(&props(settings)).expect("the settings are valid")
}

fn props(settings: &[(&str, &str)]) -> Props {
    settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// Choices made by the input; zeros when it is used up.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        match self.0 {
            [first, rest @ ..] => {
                self.0 = rest;
                *first
            }
            [] => 0,
        }
    }

    fn wide(&mut self) -> i64 {
        let bytes: [u8; 8] = std::array::from_fn(|_| self.next());
        // Both small numbers and large ones.
        i64::from_le_bytes(bytes) >> (self.next() & 63)
    }

    fn flag(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "", "e!"];
const DEEP: u8 = 4;

fn record(bytes: &mut Bytes<'_>) -> Record {
    let mut side = || match bytes.next() % 4 {
        0 => (None, untyped(bytes, DEEP)),
        1 => (Some(schema(bytes, DEEP)), Value::Null),
        _ => {
            let schema = schema(bytes, DEEP);
            let value = typed(bytes, &schema);
            (Some(schema), value)
        }
    };
    let ((key_schema, key), (value_schema, value)) = (side(), side());
    let mut headers = Headers::new();
    headers.add_string("h", Some("1"));
    Record {
        topic: Topic::from(if bytes.flag() { "ab" } else { "" }),
        partition: bytes.flag().then_some(1),
        key_schema,
        key,
        value_schema,
        value,
        timestamp: bytes.flag().then(|| bytes.wide()),
        headers,
        origin: Origin::Source { partition: Arc::new(ObjectMap::default()), offset: SourceOffset::None },
    }
}

fn schema(bytes: &mut Bytes<'_>, depth: u8) -> Schema {
    let pick = bytes.next() % if depth == 0 { 13 } else { 20 };
    let mut builder = match pick {
        0..9 => SchemaBuilder::new(
            [
                Type::Int8,
                Type::Int16,
                Type::Int32,
                Type::Int64,
                Type::Float32,
                Type::Float64,
                Type::Boolean,
                Type::String,
                Type::Bytes,
            ][usize::from(pick)],
        ),
        9 => SchemaBuilder::decimal(i32::from(bytes.next() as i8)),
        10 => SchemaBuilder::date(),
        11 => SchemaBuilder::time(),
        12 => SchemaBuilder::timestamp(),
        13 => SchemaBuilder::array(schema(bytes, depth - 1)),
        14 => SchemaBuilder::map(schema(bytes, depth - 1), schema(bytes, depth - 1)),
        _ => {
            let mut builder = SchemaBuilder::structure();
            for name in ["a", "b", "c", "a.b"].iter().take(usize::from(bytes.next() % 5)) {
                builder = builder.field(*name, schema(bytes, depth - 1));
            }
            builder
        }
    };
    if bytes.flag() {
        builder = builder.optional();
    }
    if pick < 9 && bytes.flag() {
        builder = builder.name("n").doc("d");
    }
    if bytes.next() % 4 == 0 {
        let shape = builder.peek().expect("the calls are right");
        let default = typed(bytes, &shape);
        if shape.validate(&default).is_ok() && !default.is_null() {
            builder = builder.default_value(default);
        }
    }
    builder.build().expect("the calls are right")
}

/// A value that fits `schema`; structs may lack fields.
fn typed(bytes: &mut Bytes<'_>, schema: &Schema) -> Value {
    if schema.is_optional() && bytes.next() % 4 == 0 {
        return Value::Null;
    }
    let number = bytes.wide();
    match (schema.logical(), schema.kind()) {
        (Some(Logical::Decimal), _) => decimal(bytes, number),
        (Some(_), _) => Value::Date(number),
        (None, Type::Array) => {
            let element = schema.value_schema().expect("it was made with one");
            let elements = (0..bytes.next() % 3).map(|_| typed(bytes, element)).collect();
            Value::Array(Arc::new(elements))
        }
        (None, Type::Map) => {
            let (key, value) =
                (schema.key_schema().expect("made so"), schema.value_schema().expect("made so"));
            let entries = (0..bytes.next() % 3).map(|_| (typed(bytes, key), typed(bytes, value)));
            Value::Map(Arc::new(entries.collect()))
        }
        (None, Type::Struct) => {
            let mut inner = Struct::new(schema.clone()).expect("a struct schema");
            for at in 0..schema.fields().len() {
                if bytes.next() % 4 != 0 {
                    let value = typed(bytes, schema.fields()[at].schema());
                    // A struct that lacks a required field does not go into another one.
                    drop(inner.put_at(at, value));
                }
            }
            Value::Struct(Arc::new(inner))
        }
        (None, kind) => primitive(bytes, kind, number),
    }
}

fn primitive(bytes: &mut Bytes<'_>, kind: Type, number: i64) -> Value {
    match kind {
        Type::Int8 => Value::Int8(number as i8),
        Type::Int16 => Value::Int16(number as i16),
        Type::Int32 => Value::Int32(number as i32),
        Type::Int64 => Value::Int64(number),
        Type::Float32 => Value::Float32(f32::from_bits(number as u32)),
        Type::Float64 => Value::Float64(f64::from_bits(number as u64)),
        Type::Boolean => Value::Bool(number & 1 == 1),
        Type::Bytes => Value::bytes(number.to_le_bytes().as_slice().into()),
        _ => text(bytes, number),
    }
}

fn text(bytes: &mut Bytes<'_>, number: i64) -> Value {
    Value::from(match bytes.next() % 5 {
        0 => number.to_string(),
        1 => format!("{}e{}", number % 1000, bytes.next() as i8),
        2 => format!(
            "{}-{}-{} {}",
            number,
            bytes.next(),
            bytes.next(),
            if bytes.flag() { "AD PST" } else { "BC" }
        ),
        3 => "true".to_owned(),
        _ => NAMES[usize::from(bytes.next()) % NAMES.len()].to_owned(),
    })
}

fn decimal(bytes: &mut Bytes<'_>, number: i64) -> Value {
    let exponent = i64::from(bytes.next() as i8) << (bytes.next() & 23);
    Value::Decimal(kconnect_api::parse_decimal(&format!("{number}E{exponent}")).expect("a number"))
}

/// A value without schema, of any kind.
fn untyped(bytes: &mut Bytes<'_>, depth: u8) -> Value {
    let number = bytes.wide();
    match bytes.next() % if depth == 0 { 12 } else { 20 } {
        0 => Value::Null,
        1 => Value::Date(number),
        2 => decimal(bytes, number),
        3 => primitive(bytes, Type::Bytes, number),
        4 => primitive(bytes, Type::Int8, number),
        5 => primitive(bytes, Type::Int32, number),
        6 => primitive(bytes, Type::Int64, number),
        7 => primitive(bytes, Type::Float32, number),
        8 => primitive(bytes, Type::Float64, number),
        9 => primitive(bytes, Type::Boolean, number),
        10 | 11 => text(bytes, number),
        12 => Value::Array(Arc::new((0..bytes.next() % 3).map(|_| untyped(bytes, depth - 1)).collect())),
        _ => {
            let mut map = if bytes.flag() { MapValue::hashed() } else { MapValue::new() };
            for _ in 0..bytes.next() % 5 {
                let key = match bytes.next() {
                    0xFF => Value::Null,
                    0xFE => Value::Int32(1),
                    pick => Value::from(NAMES[usize::from(pick) % NAMES.len()]),
                };
                map.insert(key, untyped(bytes, depth - 1));
            }
            Value::Map(Arc::new(map))
        }
    }
}

//! Every class over values of every kind, against what the JVM classes of Kafka 4.3.1 (JDK 25, UTC) made of them.
//!
//! `recorded-4.3.1.txt` has a `#` line for each configuration and below it a line for each input of [`inputs`].

use std::fmt::Write as _;
use std::sync::Arc;

use kconnect_api::{
    Exception, Headers, Logical, MapValue, ObjectMap, Origin, Props, Record, Schema, SchemaBuilder,
    SourceOffset, Struct, Topic, Type, Value, Verdict,
};

const T: i64 = 1_483_425_001_864;

#[test]
fn every_class_makes_of_every_value_what_the_jvm_makes() {
    let inputs = inputs();
    let (mut faults, mut rows) = (Vec::new(), 0);
    let mut config = "";
    for line in include_str!("recorded-4.3.1.txt").lines() {
        if let Some(next) = line.strip_prefix("# ") {
            config = next;
            continue;
        }
        let (label, expected) = line.split_once(" -> ").expect("a result");
        let (_, schema, value) = inputs.iter().find(|(l, ..)| *l == label).expect("a known input");
        let found = result(config, schema.clone(), value.clone());
        rows += 1;
        if found != expected {
            faults.push(format!("{config} | {label}\n  {found}\n  instead of\n  {expected}"));
        }
    }
    assert!(rows > 2900, "{rows} rows");
    assert!(faults.is_empty(), "{} of {rows}\n{}", faults.len(), faults.join("\n"));
}

/// What became of a record whose value is `value`, in the notation of the file.
fn result(config: &str, schema: Option<Schema>, value: Value) -> String {
    let mut parts = config.split('\t');
    let class = format!("org.apache.kafka.connect.transforms.{}", parts.next().unwrap_or_default());
    let mut props = Props::new();
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        props.insert(key.to_owned(), value.to_owned());
    }
    let plugins = crate::transforms();
    let plugin = plugins.iter().find(|plugin| plugin.info().class == class).expect("known class");
    let mut transform = plugin.configure(&props).expect("a good configuration");
    let mut headers = Headers::new();
    headers.add_string("old", Some("1"));
    let mut record = Record {
        topic: Topic::from("topic"),
        partition: None,
        key_schema: Some(Schema::string()),
        key: Value::from("k"),
        value_schema: schema,
        value,
        timestamp: Some(T),
        headers,
        origin: Origin::Source { partition: Arc::new(ObjectMap::default()), offset: SourceOffset::None },
    };
    let text = match transform.apply(&mut record) {
        Ok(Verdict::Drop) => "dropped".to_owned(),
        Ok(Verdict::Keep) => show_record(&record),
        Err(error) => show_error(&error.exception),
    };
    text.replace("org.apache.kafka.connect.", "o.a.k.c.").replace(" header old string = String:1", " +old")
}

pub(super) fn show_record(record: &Record) -> String {
    let side = |schema: &Option<Schema>, value: &Value| {
        let schema = schema.as_ref().map_or_else(|| "-".to_owned(), show_schema);
        format!("{schema} = {}", show(value))
    };
    let mut text = side(&record.value_schema, &record.value);
    if record.key != Value::from("k") {
        let _ = write!(text, " key {}", side(&record.key_schema, &record.key));
    }
    if &*record.topic != "topic" {
        let _ = write!(text, " topic {}", record.topic);
    }
    for header in &record.headers {
        let _ = write!(
            text,
            " header {} {}",
            header.key,
            side(&header.effective_schema().cloned(), &header.value)
        );
    }
    text
}

fn show_error(error: &Exception) -> String {
    error.trace().replace("\nCaused by: ", " < ").replacen("", "! ", 1)
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Date(millis) => format!("Date({millis})"),
        Value::Map(map) => {
            let entries: String = map.iter().map(|(k, v)| format!("{}={};", show(k), show(v))).collect();
            format!("{}{{{entries}}}", if map.is_hash_ordered() { "Hash" } else { "Linked" })
        }
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(|v| show(v) + ";").collect::<String>())
        }
        Value::Bytes(bytes, _) => {
            format!("Bytes:{}", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
        }
        Value::Struct(inner) => {
            let fields = inner.entries().map(|(field, value)| format!("{}={};", field.name(), show(value)));
            format!("Struct{{{}}}", fields.collect::<String>())
        }
        other => {
            let class = other.java_class().rsplit('.').next().unwrap_or_default();
            format!("{class}:{}", other.to_java_string())
        }
    }
}

pub(super) fn show_schema(schema: &Schema) -> String {
    let mut text = schema.kind().name().to_owned();
    if schema.is_optional() {
        text.push('?');
    }
    if let Some(name) = schema.name() {
        let _ = write!(text, " name={name}");
    }
    if let Some(version) = schema.version() {
        let _ = write!(text, " v{version}");
    }
    if let Some(doc) = schema.doc() {
        let _ = write!(text, " doc={doc}");
    }
    if let Some(parameters) = schema.parameters() {
        let pairs: Vec<String> = parameters.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let _ = write!(text, " params={{{}}}", pairs.join(", "));
    }
    if let Some(default) = schema.default_value() {
        let _ = write!(text, " default={}", show(default));
    }
    if schema.kind() == Type::Struct {
        let fields = schema.fields().iter().map(|f| format!("{}:{};", f.name(), show_schema(f.schema())));
        let _ = write!(text, "{{{}}}", fields.collect::<String>());
    }
    if let (Type::Array, Some(element)) = (schema.kind(), schema.value_schema()) {
        let _ = write!(text, "<{}>", show_schema(element));
    }
    text
}

type Input = (&'static str, Option<Schema>, Value);

fn inputs() -> Vec<Input> {
    let mut all = untyped();
    all.extend(structs());
    all.extend(nested());
    all.extend(typed());
    all
}

fn entries(entries: Vec<(Value, Value)>, mut map: MapValue) -> Value {
    for (key, value) in entries {
        map.insert(key, value);
    }
    Value::Map(Arc::new(map))
}

fn linked(pairs: Vec<(Value, Value)>) -> Value {
    entries(pairs, MapValue::new())
}

fn hashed(pairs: Vec<(Value, Value)>) -> Value {
    entries(pairs, MapValue::hashed())
}

fn list(elements: Vec<Value>) -> Value {
    Value::Array(Arc::new(elements))
}

fn bytes(bytes: &[u8]) -> Value {
    Value::bytes(bytes.into())
}

fn decimal(text: &str) -> Value {
    Value::Decimal(kconnect_api::parse_decimal(text).unwrap())
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn untyped() -> Vec<Input> {
    let int = Value::Int32;
    let deep = linked(vec![(text("b"), linked(vec![(text("c"), int(1))])), (text("d"), linked(vec![]))]);
    [
        ("null", Value::Null),
        ("int", int(5)),
        ("long", Value::Int64(T)),
        ("double", Value::Float64(300.9)),
        ("text", text("2020")),
        ("bool", Value::Bool(true)),
        ("date", Value::Date(T)),
        ("decimal", decimal("1.50")),
        ("bytes", bytes(&[1, 2])),
        ("list", list(vec![int(1)])),
        ("map empty", linked(vec![])),
        (
            "map",
            hashed(vec![
                (text("a"), int(1)),
                (text("b"), text("x")),
                (text("c"), Value::Null),
                (text("t"), Value::Date(T)),
            ]),
        ),
        (
            "map linked",
            linked(vec![
                (text("t"), text("2017")),
                (text("b"), Value::Int64(7)),
                (text("a"), Value::Int8(5)),
            ]),
        ),
        (
            "map nested",
            linked(vec![
                (text("a"), deep),
                (text("e"), Value::Null),
                (text("b"), list(vec![int(1)])),
                (text(""), linked(vec![(text("x"), int(1))])),
            ]),
        ),
        ("map int keys", linked(vec![(int(1), int(2)), (text("a"), int(3))])),
        ("map null key", linked(vec![(Value::Null, int(2)), (text("a"), int(3))])),
        ("map odd", linked(vec![(text("a"), decimal("1.5")), (text("b"), Value::Float32(2.5))])),
    ]
    .into_iter()
    .map(|(label, value)| (label, None, value))
    .collect()
}

fn fields(schema: &Schema, values: &[(&str, Value)]) -> Value {
    let mut built = Struct::new(schema.clone()).unwrap();
    for (name, value) in values {
        built.put(name, value.clone()).unwrap();
    }
    Value::Struct(Arc::new(built))
}

fn built(builder: SchemaBuilder) -> Schema {
    builder.build().unwrap()
}

fn structs() -> Vec<Input> {
    let nine = SchemaBuilder::new(Type::Int32).optional().default_value(Value::Int32(9)).name("nm").doc("x");
    let plain = SchemaBuilder::structure().name("S").version(2).doc("d").parameter("p", "q").optional();
    let plain = plain.field("a", built(nine)).field("b", Schema::string());
    let plain = built(plain.field("c", Schema::optional_float64()).field("t", Schema::optional_int64()));
    let seven = SchemaBuilder::new(Type::Int32).default_value(Value::Int32(7));
    let required = SchemaBuilder::structure().field("a", built(seven)).field("b", Schema::boolean());
    let required = built(required);
    let logical = SchemaBuilder::structure().name("L").field("t", built(SchemaBuilder::timestamp()));
    let logical = logical.field("a", built(SchemaBuilder::date().optional()));
    let logical =
        logical.field("b", built(SchemaBuilder::time())).field("c", built(SchemaBuilder::decimal(2)));
    let logical = built(logical);
    let with_default = SchemaBuilder::structure().name("D").field("a", Schema::int64());
    let with_default = with_default.field("t", Schema::optional_string());
    let default = fields(&with_default.peek().unwrap(), &[("a", Value::Int64(1)), ("t", text("2016"))]);
    let with_default = built(with_default.default_value(default));
    let x = ("b", text("x"));
    vec![
        ("struct without schema", None, fields(&plain, std::slice::from_ref(&x))),
        ("struct unset", Some(plain.clone()), fields(&plain, &[])),
        (
            "struct",
            Some(plain.clone()),
            fields(&plain, &[x, ("c", Value::Float64(1.5)), ("t", Value::Int64(T))]),
        ),
        ("struct default", Some(plain.clone()), fields(&plain, &[("b", text("5"))])),
        ("struct null", Some(plain), Value::Null),
        ("struct required", Some(required.clone()), fields(&required, &[("b", Value::Bool(true))])),
        (
            "struct logical",
            Some(logical.clone()),
            fields(
                &logical,
                &[
                    ("t", Value::Date(T)),
                    ("b", Value::Date(23_401_864)),
                    ("a", Value::Date(86_400_000)),
                    ("c", decimal("1.50")),
                ],
            ),
        ),
        (
            "struct with default",
            Some(with_default.clone()),
            fields(&with_default, &[("a", Value::Int64(2)), ("t", text("2017"))]),
        ),
    ]
}

fn nested() -> Vec<Input> {
    let yy = SchemaBuilder::new(Type::String).default_value(text("yy"));
    let inner = SchemaBuilder::structure().optional().field("x", Schema::int32()).field("y", built(yy));
    let inner = built(inner);
    let nine = SchemaBuilder::new(Type::Int32).default_value(Value::Int32(9));
    let with_default = SchemaBuilder::structure().field("x", Schema::int32()).field("y", built(nine));
    let default = fields(&with_default.peek().unwrap(), &[("x", Value::Int32(1))]);
    let with_default = built(with_default.default_value(default));
    let named = built(SchemaBuilder::array(Schema::int8()).name("nm"));
    let outer = SchemaBuilder::structure().name("N").field("a", inner.clone());
    let outer = outer.field("b", with_default.clone()).field("c", named);
    let outer = built(outer.field("t", Schema::optional_int64()));
    let one = ("c", list(vec![Value::Int8(1)]));
    let of_map = SchemaBuilder::structure().field("a", Schema::map(Schema::string(), Schema::int32()));
    let of_map = built(of_map.field("a.b", Schema::optional_int8()));
    let clashing = SchemaBuilder::structure()
        .field("a", built(SchemaBuilder::structure().field("b", Schema::int8())))
        .field("a.b", Schema::int8());
    let clashing = built(clashing);
    vec![
        ("struct nested unset", Some(outer.clone()), fields(&outer, std::slice::from_ref(&one))),
        (
            "struct nested",
            Some(outer.clone()),
            fields(
                &outer,
                &[
                    one,
                    ("a", fields(&inner, &[("x", Value::Int32(3))])),
                    ("b", fields(&with_default, &[("x", Value::Int32(4))])),
                ],
            ),
        ),
        (
            "struct of map",
            Some(of_map.clone()),
            fields(&of_map, &[("a", hashed(vec![(text("k"), Value::Int32(1))]))]),
        ),
        ("struct clash", Some(clashing.clone()), fields(&clashing, &[])),
    ]
}

fn typed() -> Vec<Input> {
    let named = SchemaBuilder::new(Type::Int32).optional().default_value(Value::Int32(300));
    let before = SchemaBuilder::new(Type::Int64).name(Logical::Timestamp.name()).version(1);
    let stamp = || built(SchemaBuilder::timestamp());
    [
        ("int32", Schema::int32(), Value::Int32(300)),
        ("int32 null", Schema::optional_int32(), Value::Null),
        ("int32 default", built(named.name("com.x").version(3).doc("dd")), Value::Int32(7)),
        ("int64", Schema::int64(), Value::Int64(T)),
        ("float64", Schema::optional_float64(), Value::Float64(-1e20)),
        ("string", built(SchemaBuilder::new(Type::String).default_value(text("2016"))), text("2017-01-03")),
        ("string number", Schema::string(), text("42")),
        ("boolean", Schema::boolean(), Value::Bool(true)),
        ("typed bytes", Schema::bytes(), bytes(&[1, 2])),
        ("Timestamp", stamp(), Value::Date(T)),
        ("Timestamp before", built(before.default_value(Value::Date(7))), Value::Date(-1)),
        ("Date", built(SchemaBuilder::date().optional().doc("d")), Value::Date(86_400_000)),
        ("Time", built(SchemaBuilder::time()), Value::Date(23_401_864)),
        ("Decimal", built(SchemaBuilder::decimal(2)), decimal("1.50")),
        ("Timestamp that is none", stamp(), Value::Int64(5)),
        ("array", Schema::array(Schema::int8()), list(vec![Value::Int8(1)])),
        (
            "typed map",
            Schema::map(Schema::string(), Schema::int8()),
            hashed(vec![(text("a"), Value::Int8(1))]),
        ),
    ]
    .into_iter()
    .map(|(label, schema, value)| (label, Some(schema), value))
    .collect()
}

//! Examples of each class, numbered: what goes in, how it is configured, what comes out. Expectations come from the JVM
//! classes of Kafka 4.3.1.

use std::sync::Arc;

use kconnect_api::{
    Exception, Header, Logical, MapValue, Record, Schema, SchemaBuilder, Struct, Topic, Type, Value, Verdict,
};

use super::recorded::{show_record, show_schema};
use super::{empty, map, nine_and_text, props, sink, source};

const T: i64 = 1_483_425_001_864;

/// `settings` are `key=value`, one a line.
fn transformed(class: &str, settings: &str, mut record: Record) -> String {
    let pairs: Vec<(&str, &str)> = settings.lines().filter_map(|line| line.trim().split_once('=')).collect();
    let plugins = crate::transforms();
    let name = format!("org.apache.kafka.connect.transforms.{class}");
    let plugin = plugins.iter().find(|plugin| plugin.info().class == name).expect("known class");
    let mut transform = match plugin.configure(&props(&pairs)) {
        Ok(transform) => transform,
        Err(error) => return format!("! {error}"),
    };
    match transform.apply(&mut record) {
        Ok(Verdict::Drop) => "dropped".to_owned(),
        Ok(Verdict::Keep) => {
            // The key is null everywhere but where it is the point.
            show_record(&record).replace("org.apache.kafka.connect.data.", "…").replace(" key - = null", "")
        }
        Err(error) => error_text(&error.exception),
    }
}

fn error_text(error: &Exception) -> String {
    let class = error.class().rsplit('.').next().unwrap_or_default();
    format!("! {class}: {}", error.message().unwrap_or("null"))
}

type Row = (u32, &'static str, &'static str, Record, &'static str);

fn check(rows: Vec<Row>) {
    let mut faults = Vec::new();
    for (number, class, settings, record, expected) in rows {
        let found = transformed(class, settings, record);
        if found != expected {
            faults.push(format!("{number}: {class} {settings}\n  {found}\n  instead of\n  {expected}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn typed(schema: Schema, value: impl Into<Value>) -> Record {
    sink(Some(schema), value.into())
}

fn untyped(value: impl Into<Value>) -> Record {
    sink(None, value.into())
}

fn schema(builder: SchemaBuilder) -> Schema {
    builder.build().unwrap()
}

fn decimal(text: &str) -> Value {
    Value::Decimal(kconnect_api::parse_decimal(text).unwrap())
}

fn date(logical: Logical, millis: i64) -> Record {
    let builder = match logical {
        Logical::Date => SchemaBuilder::date(),
        Logical::Time => SchemaBuilder::time(),
        _ => SchemaBuilder::timestamp(),
    };
    typed(schema(builder), Value::Date(millis))
}

fn fields(schema: &Schema, values: &[(&str, Value)]) -> Record {
    let mut inner = Struct::new(schema.clone()).unwrap();
    for (name, value) in values {
        inner.put(name, value.clone()).unwrap();
    }
    typed(schema.clone(), Value::Struct(Arc::new(inner)))
}

#[test]
fn cast_values() {
    let cast = "Cast$Value";
    let dec = |scale, text: &str| typed(schema(SchemaBuilder::decimal(scale)), decimal(text));
    let com_x = || {
        let builder = SchemaBuilder::new(Type::Int64).optional().name("com.x").version(3).doc("dd");
        schema(builder.default_value(Value::Int64(5)))
    };
    check(vec![
        (1, cast, "spec=int8", typed(Schema::int32(), 300), "int8 = Byte:44"),
        (2, cast, "spec=int8", typed(Schema::float64(), 300.9), "int8 = Byte:44"),
        (3, cast, "spec=int32", typed(Schema::float64(), 1e20), "int32 = Integer:2147483647"),
        (3, cast, "spec=int16", typed(Schema::float64(), 1e20), "int16 = Short:-1"),
        (3, cast, "spec=int64", typed(Schema::float32(), 1e20f32), "int64 = Long:9223372036854775807"),
        (4, cast, "spec=int32", typed(Schema::float64(), f64::NAN), "int32 = Integer:0"),
        (5, cast, "spec=boolean", typed(Schema::float64(), 0.5), "boolean = Boolean:false"),
        (5, cast, "spec=boolean", typed(Schema::float64(), 1.5), "boolean = Boolean:true"),
        (6, cast, "spec=float32", typed(Schema::boolean(), true), "float32 = Float:1.0"),
        (6, cast, "spec=string", typed(Schema::boolean(), true), "string = String:true"),
        (7, cast, "spec=int32", typed(Schema::string(), "+42"), "int32 = Integer:42"),
        (
            7,
            cast,
            "spec=int32",
            typed(Schema::string(), " 42"),
            "! DataException: Value ( 42) was out of range for requested data type",
        ),
        (
            7,
            cast,
            "spec=int32",
            typed(Schema::string(), "4.2"),
            "! DataException: Value (4.2) was out of range for requested data type",
        ),
        (8, cast, "spec=float64", typed(Schema::string(), "0x1p3"), "float64 = Double:8.0"),
        (8, cast, "spec=float32", typed(Schema::string(), " 1.5f "), "float32 = Float:1.5"),
        (9, cast, "spec=boolean", typed(Schema::string(), "1"), "boolean = Boolean:false"),
        (9, cast, "spec=boolean", typed(Schema::string(), "TrUe"), "boolean = Boolean:true"),
        (10, cast, "spec=string", typed(Schema::float64(), 1e7), "string = String:1.0E7"),
        (11, cast, "spec=int32", dec(2, "1.99"), "int32 name=…Decimal v1 params={scale=2} = Integer:1"),
        (11, cast, "spec=int64", dec(0, "1E+999999999"), "int64 name=…Decimal v1 params={scale=0} = Long:0"),
        (
            11,
            cast,
            "spec=float32",
            dec(0, "1E+999999999"),
            "float32 name=…Decimal v1 params={scale=0} = Float:Infinity",
        ),
        (
            11,
            cast,
            "spec=int64",
            dec(1, "18446744073709551617.5"),
            "int64 name=…Decimal v1 params={scale=1} = Long:1",
        ),
        (12, cast, "spec=string", dec(-3, "1E+3"), "string name=…Decimal v1 params={scale=-3} = String:1E+3"),
        (13, cast, "spec=int32", date(Logical::Date, 864_000_000), "int32 name=…Date v1 = Integer:10"),
        (
            13,
            cast,
            "spec=string",
            date(Logical::Date, 864_000_000),
            "string name=…Date v1 = String:1970-01-11",
        ),
        (
            14,
            cast,
            "spec=string",
            date(Logical::Time, 14_400_000),
            "string name=…Time v1 = String:04:00:00.000Z",
        ),
        (
            15,
            cast,
            "spec=int32",
            date(Logical::Timestamp, 1_566_570_894_346),
            "int32 name=…Timestamp v1 = Integer:-1092168694",
        ),
        (
            16,
            cast,
            "spec=string",
            date(Logical::Timestamp, 0),
            "string name=…Timestamp v1 = String:00:00:00.000Z",
        ),
        (17, cast, "spec=float32", untyped(16_777_217i64), "- = Float:1.6777216E7"),
        (
            18,
            cast,
            "spec=int64",
            untyped("9223372036854775808"),
            "! DataException: Value (9223372036854775808) was out of range for requested data type",
        ),
        (
            19,
            cast,
            "spec=int8",
            typed(com_x(), Value::Null),
            "int64? name=com.x v3 doc=dd default=Long:5 = null",
        ),
        (20, cast, "spec=int8", typed(com_x(), 7i64), "int8? name=com.x v3 doc=dd default=Byte:5 = Byte:7"),
        (
            23,
            cast,
            "spec=a:int8,zz:string",
            untyped(map(&[("b", Value::Int64(1)), ("a", "5".into())])),
            "- = Hash{String:zz=null;String:a=Byte:5;String:b=Long:1;}",
        ),
        (
            23,
            cast,
            "spec=int8",
            untyped(decimal("1")),
            "! DataException: Cast transformation was passed a value of type class java.math.BigDecimal which is not \
             supported by Connect's data API",
        ),
    ]);
}

#[test]
fn cast_fields() {
    let nine = SchemaBuilder::new(Type::Int32).optional().name("nm").default_value(Value::Int32(9));
    let s = SchemaBuilder::structure().optional().name("S").version(2).field("a", schema(nine));
    let s = schema(s.field("b", Schema::string()).field("t", schema(SchemaBuilder::timestamp())));
    let record = || fields(&s, &[("b", "x".into()), ("t", Value::Date(5))]);
    check(vec![
        (
            21,
            "Cast$Value",
            "spec=a:string,t:int64",
            record(),
            "struct? name=S v2{a:string? default=String:9;b:string;t:int64;} = \
             Struct{a=String:9;b=String:x;t=Long:5;}",
        ),
        (
            22,
            "Cast$Value",
            "spec=a:string,t:string\nreplace.null.with.default=false",
            record(),
            "struct? name=S v2{a:string? default=String:9;b:string;t:string;} = \
             Struct{a=null;b=String:x;t=String:00:00:00.005Z;}",
        ),
    ]);
}

#[test]
fn extract_field() {
    let nine = SchemaBuilder::new(Type::Int32).optional().name("nm").default_value(Value::Int32(9));
    let s = schema(SchemaBuilder::structure().field("a", schema(nine)));
    let inner = schema(SchemaBuilder::structure().field("c.d", Schema::optional_int32()));
    let outer = schema(SchemaBuilder::structure().field("a", inner.clone()));
    let seven = fields(&inner, &[("c.d", Value::Int32(7))]).value;
    let nested = map(&[("a", map(&[("0", Value::Int32(7))]))]);
    let extract = "ExtractField$Value";
    let v2 = "field=a.`c.d`\nfield.syntax.version=V2";
    check(vec![
        (24, extract, "field=a", fields(&s, &[]), "int32? name=nm default=Integer:9 = Integer:9"),
        (
            25,
            extract,
            "field=a\nreplace.null.with.default=false",
            fields(&s, &[]),
            "int32? name=nm default=Integer:9 = null",
        ),
        (26, extract, "field=a", typed(s.clone(), Value::Null), "int32? name=nm default=Integer:9 = null"),
        (27, extract, "field=zz", untyped(map(&[("a", Value::Int64(1))])), "- = null"),
        (
            28,
            extract,
            "field=zz",
            untyped("x"),
            "! DataException: Only Map objects supported in absence of schema for [field extraction], found: \
             java.lang.String",
        ),
        (29, extract, v2, fields(&outer, &[("a", seven)]), "int32? = Integer:7"),
        (30, extract, "field=a.0\nfield.syntax.version=V2", untyped(nested.clone()), "- = Integer:7"),
        (
            30,
            extract,
            "field=a.0.x\nfield.syntax.version=v2",
            untyped(nested),
            "! DataException: Only Map objects supported in absence of schema for [nested field access], found: \
             java.lang.Integer",
        ),
        (
            31,
            extract,
            "field=a\nfield.syntax.version=V3",
            untyped(Value::Null),
            "! Invalid value V3 for configuration field.syntax.version: String must be one of (case insensitive): V1, V2",
        ),
        (31, extract, "field=zz", fields(&s, &[]), "! IllegalArgumentException: Unknown field: zz"),
    ]);
}

#[test]
fn headers() {
    let with = |headers: &[(&str, i32)]| {
        let mut record = untyped(Value::Null);
        for (key, value) in headers {
            record.headers.push(Header::new(*key, Some(Schema::int32()), Value::Int32(*value)));
        }
        record
    };
    let s = nine_and_text();
    let b = fields(&s, &[("b", "x".into())]);
    let insert = |number, literal: &'static str, expected| {
        (number, "InsertHeader", literal, untyped(Value::Null), expected)
    };
    check(vec![
        (
            32,
            "DropHeaders",
            "headers=a,zz",
            with(&[("a", 1), ("b", 2), ("a", 3)]),
            "- = null header b int32 = Integer:2",
        ),
        insert(33, "header=h\nvalue.literal=1", "- = null header h int8 = Byte:1"),
        insert(33, "header=h\nvalue.literal=1.5", "- = null header h float32 = Float:1.5"),
        insert(33, "header=h\nvalue.literal=abc", "- = null header h string = String:abc"),
        insert(33, "header=h\nvalue.literal=", "- = null header h string = String:"),
        insert(33, "header=h\nvalue.literal=null", "- = null header h - = null"),
        insert(33, "header=h\nvalue.literal=true", "- = null header h boolean = Boolean:true"),
        insert(34, "header=h\nvalue.literal=[1,2]", "- = null header h array<int8> = [Byte:1;Byte:2;]"),
        insert(
            34,
            "header=h\nvalue.literal={\"a\":1,\"b\":2}",
            "- = null header h map = Linked{String:a=Byte:1;String:b=Byte:2;}",
        ),
        insert(
            34,
            "header=h\nvalue.literal=2019-08-23",
            "- = null header h int32 name=…Date v1 = Date(1566518400000)",
        ),
        (
            40,
            "HeaderFrom$Value",
            "fields=a,b\nheaders=ha,hb\noperation=move",
            b.clone(),
            "struct name=S v2 doc=d params={p=q}{} = Struct{} header ha int32? default=Integer:9 = Integer:9 header hb \
             string? = String:x",
        ),
        (
            41,
            "HeaderFrom$Value",
            "fields=a\nheaders=ha\noperation=copy\nreplace.null.with.default=false",
            b,
            "struct? name=S v2 doc=d params={p=q}{a:int32? default=Integer:9;b:string?;} = Struct{a=null;b=String:x;} \
             header ha int32? default=Integer:9 = null",
        ),
        (
            42,
            "HeaderFrom$Value",
            "fields=a,zz\nheaders=ha,hz\noperation=move",
            untyped(map(&[("a", Value::Int64(1)), ("b", Value::Int64(2))])),
            "- = Hash{String:b=Long:2;} header ha - = Long:1 header hz - = null",
        ),
    ]);
}

#[test]
fn flatten_and_hoist() {
    let linked = |pairs: &[(&str, Value)]| {
        let map: MapValue = pairs.iter().map(|(k, v)| (Value::from(*k), v.clone())).collect();
        Value::Map(Arc::new(map))
    };
    let (one, two) = (Value::Int64(1), Value::Int64(2));
    let inner = schema(SchemaBuilder::structure().field("x", Schema::int32()).optional());
    let outer = schema(SchemaBuilder::structure().field("in", inner));
    let clash = SchemaBuilder::structure().field("a.b", Schema::int8());
    let b = schema(SchemaBuilder::structure().field("b", Schema::int8()));
    let clash = schema(clash.field("a", b));
    let c = linked(&[("d", two)]);
    let deep = linked(&[
        ("a", one.clone()),
        ("b", linked(&[("c", c), ("e", Value::Null)])),
        ("l", Value::Array(Arc::new(vec![linked(&[("z", one)])]))),
    ]);
    let hollow = linked(&[("a", linked(&[])), ("b", Value::Null), ("c", linked(&[("d", linked(&[]))]))]);
    check(vec![
        (
            35,
            "Flatten$Value",
            "delimiter=_",
            untyped(deep),
            "- = Linked{String:a=Long:1;String:b_c_d=Long:2;String:b_e=null;String:l=[Linked{String:z=Long:1;};];}",
        ),
        (36, "Flatten$Value", "", untyped(hollow), "- = Linked{String:b=null;}"),
        (37, "Flatten$Value", "", fields(&outer, &[]), "struct{in.x:int32?;} = Struct{in.x=null;}"),
        (38, "Flatten$Key", "", untyped("v"), "- = String:v"),
        (
            39,
            "Flatten$Value",
            "",
            fields(&clash, &[]),
            "! SchemaBuilderException: Cannot create field because of field name duplication a.b",
        ),
        (
            43,
            "HoistField$Value",
            "field=m",
            typed(Schema::int32(), 4),
            "struct{m:int32;} = Struct{m=Integer:4;}",
        ),
        (44, "HoistField$Value", "field=m", untyped(Value::Null), "- = Hash{String:m=null;}"),
        (
            45,
            "HoistField$Value",
            "field=m",
            typed(Schema::optional_int32(), Value::Null),
            "struct{m:int32?;} = Struct{m=null;}",
        ),
    ]);
}

#[test]
fn insert_field() {
    let all = "topic.field=t!\npartition.field=p\noffset.field=o?\ntimestamp.field=ts\nstatic.field=st\nstatic.value=sv";
    let s = nine_and_text();
    let a = schema(SchemaBuilder::structure().field("a", Schema::optional_int32()));
    let from_source = Record { value_schema: Some(a.clone()), ..source(empty(&a)) };
    check(vec![
        (
            46,
            "InsertField$Value",
            all,
            fields(&s, &[]),
            "struct name=S v2 doc=d params={p=q}{a:int32? default=Integer:9;b:string?;t:string;p:int32?;o:int64?;\
             ts:int64? name=…Timestamp v1;st:string?;} = Struct{a=Integer:9;b=null;t=String:topic;p=Integer:3;o=Long:42;\
             ts=Date(1483425001864);st=String:sv;}",
        ),
        (
            47,
            "InsertField$Value",
            all,
            untyped(map(&[("x", Value::Int64(1))])),
            "- = Hash{String:x=Long:1;String:p=Integer:3;String:st=String:sv;String:t=String:topic;String:o=Long:42;\
             String:ts=Long:1483425001864;}",
        ),
        (
            48,
            "InsertField$Value",
            "partition.field=p!",
            from_source,
            "struct{a:int32?;p:int32;} = Struct{a=null;p=null;}",
        ),
        (
            49,
            "InsertField$Value",
            "topic.field=a",
            untyped(map(&[("a", Value::Int64(1))])),
            "- = Hash{String:a=String:topic;}",
        ),
    ]);
}

#[test]
fn mask_and_replace_fields() {
    let pairs = [
        ("bo", Value::Bool(true)),
        ("i8", Value::Int8(5)),
        ("f", Value::Float32(1.5)),
        ("s", "str".into()),
        ("dec", decimal("1.23")),
        ("d", Value::Date(5)),
        ("ar", Value::Array(Arc::new(vec![Value::Null]))),
        ("os", Value::Null),
    ];
    let linked: MapValue = pairs.iter().map(|(k, v)| (Value::from(*k), v.clone())).collect();
    let all = Value::Map(Arc::new(linked));
    let numbers = map(&[pairs[1].clone(), pairs[2].clone(), pairs[4].clone()]);
    let r = SchemaBuilder::structure().name("R").field("abc", Schema::int32());
    let q = SchemaBuilder::new(Type::String).default_value("q".into());
    let r = schema(r.field("def", schema(q)).field("xyz", Schema::boolean()));
    let row = || fields(&r, &[("abc", Value::Int32(1)), ("def", "d".into()), ("xyz", Value::Bool(true))]);
    let two = map(&[("abc", Value::Int64(1)), ("def", Value::Int64(2))]);
    check(vec![
        (
            50,
            "MaskField$Value",
            "fields=bo,i8,f,s,dec,d,ar,os",
            untyped(all),
            "- = Hash{String:ar=[];String:s=String:;String:dec=BigDecimal:0;String:d=Date(0);String:os=null;\
             String:f=Float:0.0;String:bo=Boolean:false;String:i8=Byte:0;}",
        ),
        (
            51,
            "MaskField$Value",
            "fields=i8,f,dec\nreplacement=42",
            untyped(numbers),
            "- = Hash{String:f=Float:42.0;String:dec=BigDecimal:42;String:i8=Byte:42;}",
        ),
        (
            52,
            "MaskField$Value",
            "fields=zz",
            untyped(map(&[("a", Value::Int64(1))])),
            "- = Hash{String:zz=null;String:a=Long:1;}",
        ),
        (
            63,
            "ReplaceField$Value",
            "exclude=def\nrenames=abc:foo,xyz:bar",
            row(),
            "struct name=R{foo:int32;bar:boolean;} = Struct{foo=Integer:1;bar=Boolean:true;}",
        ),
        (
            64,
            "ReplaceField$Value",
            "include=abc,def\nexclude=abc",
            row(),
            "struct name=R{def:string default=String:q;} = Struct{def=String:d;}",
        ),
        (
            65,
            "ReplaceField$Value",
            "renames=abc:xyz,xyz:abc",
            row(),
            "struct name=R{xyz:int32;def:string default=String:q;abc:boolean;} = \
             Struct{xyz=Integer:1;def=String:d;abc=Boolean:true;}",
        ),
        (
            66,
            "ReplaceField$Value",
            "include=abc,def\nrenames=abc:def",
            untyped(two),
            "- = Hash{String:def=Long:2;}",
        ),
        (
            67,
            "ReplaceField$Value",
            "exclude=*",
            untyped(map(&[("a", Value::Int64(1))])),
            "- = Hash{String:a=Long:1;}",
        ),
    ]);
}

#[test]
fn routers() {
    let route = |number, regex: &str, replacement: &str, topic: &str| {
        let settings = format!("regex={regex}\nreplacement={replacement}");
        let found = transformed("RegexRouter", &settings, untyped(Value::Null));
        let suffix = if topic == "topic" { String::new() } else { format!(" topic {topic}") };
        assert_eq!(found, format!("- = null{suffix}").as_str(), "{number}: {regex}");
    };
    for (number, regex, replacement, topic) in [
        (53, "topic", "x", "x"),
        (54, "(t)(.*)", "$2$1", "opict"),
        (55, "top", "x", "topic"),
        (56, "(?<n>.*)", "pre-${n}", "pre-topic"),
        (57, "(.*)opic", "$10", "t0"),
        (58, ".*", "\\$x", "$x"),
        (59, "(.*)", "", ""),
        (60, "to|topic", "x", "xpic"),
        (61, ".*?", "x", "xtopic"),
        (62, "topic(z)?", "[$1]", "[]"),
    ] {
        route(number, regex, replacement, topic);
    }
    for (number, settings, topic) in [
        (92, "", "topic-20170103"),
        (
            93,
            "topic.format=foo-${topic}-${timestamp}-${topic}\ntimestamp.format=YYYY-MM-dd HH",
            "foo-topic-2017-01-03 06-topic",
        ),
        (94, "topic.format=fixed", "fixed"),
        (
            95,
            "topic.format=${timestamp}\ntimestamp.format=yyyy/MM/dd HH:mm:ss.SSS Z",
            "2017/01/03 06:30:01.864 +0000",
        ),
    ] {
        let found = transformed("TimestampRouter", settings, untyped(Value::Null));
        assert_eq!(found, format!("- = null topic {topic}"), "{number}");
    }
    assert_eq!(
        transformed("TimestampRouter", "timestamp.format=bad", untyped(Value::Null)),
        "! IllegalArgumentException: Illegal pattern character 'b'"
    );
    let late = Record { timestamp: None, ..untyped(Value::Null) };
    let text = late.to_string();
    assert_eq!(
        transformed("TimestampRouter", "timestamp.format=bad", late),
        format!("! DataException: Timestamp missing on record: {text}")
    );
}

#[test]
fn a_timestamp_router_follows_topics_and_days() {
    let plugins = crate::transforms();
    let plugin = plugins.iter().find(|plugin| plugin.info().class.ends_with("TimestampRouter")).unwrap();
    let mut router = plugin.configure(&props(&[])).unwrap();
    let routed: Vec<String> = [("a", 0), ("a", 1), ("b", 1), ("b", 86_400_000), ("a", 0)]
        .into_iter()
        .map(|(topic, millis)| {
            let mut record =
                Record { topic: Topic::from(topic), timestamp: Some(millis), ..untyped(Value::Null) };
            router.apply(&mut record).unwrap();
            record.topic.to_string()
        })
        .collect();
    assert_eq!(routed, ["a-19700101", "a-19700101", "b-19700101", "b-19700102", "a-19700101"]);
}

#[test]
fn set_schema_metadata() {
    let a = SchemaBuilder::structure().name("R").optional().field("a", Schema::optional_int32());
    let s = schema(a);
    check(vec![
        (
            68,
            "SetSchemaMetadata$Value",
            "schema.name=n\nschema.version=7",
            fields(&s, &[("a", Value::Int32(1))]),
            "struct? name=n v7{a:int32?;} = Struct{a=Integer:1;}",
        ),
        (
            69,
            "SetSchemaMetadata$Value",
            "schema.name=n",
            typed(Schema::int32(), 5),
            "! DataException: Cannot list fields on non-struct type",
        ),
        (
            70,
            "SetSchemaMetadata$Value",
            "schema.name=n",
            typed(s, Value::Null),
            "struct? name=n{a:int32?;} = null",
        ),
    ]);
}

#[test]
fn timestamp_converter() {
    const PATTERN: &str = "\nformat=yyyy MM dd HH mm ss SSS Z";
    let convert = |target: &str, more: &str, record: Record| {
        transformed("TimestampConverter$Value", &format!("target.type={target}{more}"), record)
    };
    let stamp = |millis| date(Logical::Timestamp, millis);
    let unix = |count: i64| typed(Schema::int64(), count);
    for (number, found, expected) in [
        (71, convert("string", PATTERN, stamp(T)), "string = String:2017 01 03 06 30 01 864 +0000"),
        (72, convert("unix", PATTERN, stamp(T)), "int64 = Long:1483425001864"),
        (72, convert("Date", PATTERN, stamp(T)), "int32 name=…Date v1 = Date(1483401600000)"),
        (72, convert("Time", PATTERN, stamp(T)), "int32 name=…Time v1 = Date(23401864)"),
        (
            73,
            convert("string", PATTERN, date(Logical::Date, 1_483_401_600_000)),
            "string = String:2017 01 03 00 00 00 000 +0000",
        ),
        (74, convert("unix", "", date(Logical::Time, 23_401_864)), "int64 = Long:23401864"),
        (74, convert("Date", "", date(Logical::Time, 23_401_864)), "int32 name=…Date v1 = Date(0)"),
        (
            75,
            convert("Time", PATTERN, typed(Schema::string(), "2017 01 03 06 30 01 864 +0000")),
            "int32 name=…Time v1 = Date(23401864)",
        ),
        (76, convert("unix", "\nunix.precision=seconds", stamp(T)), "int64 = Long:1483425001"),
        (76, convert("unix", "\nunix.precision=microseconds", stamp(T)), "int64 = Long:1483425001864000"),
        (76, convert("unix", "\nunix.precision=nanoseconds", stamp(T)), "int64 = Long:1483425001864000000"),
        (
            77,
            convert("Timestamp", "\nunix.precision=seconds", unix(1_483_425_001)),
            "int64 name=…Timestamp v1 = Date(1483425001000)",
        ),
        (
            78,
            convert("Timestamp", "\nunix.precision=microseconds", unix(-1)),
            "int64 name=…Timestamp v1 = Date(0)",
        ),
        (79, convert("unix", "\nunix.precision=seconds", stamp(-1)), "int64 = Long:0"),
        (79, convert("Date", "", stamp(-1)), "int32 name=…Date v1 = Date(-86400000)"),
        (
            80,
            convert("unix", "\nunix.precision=nanoseconds", stamp(i64::MAX)),
            "int64 = Long:9223372036854775807",
        ),
        (
            83,
            convert("unix", "\nformat=yyyy-MM-dd", typed(Schema::string(), "2017-01-03T99")),
            "int64 = Long:1483401600000",
        ),
        (
            84,
            convert("unix", "\nformat=yyyy-MM-dd", typed(Schema::string(), "2017-13-32")),
            "int64 = Long:1517443200000",
        ),
    ] {
        assert_eq!(found, expected, "{number}");
    }
    for (number, pattern, expected) in [
        (85, "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2017-01-03T06:30:01.864Z"),
        (86, "EEE, d MMM yyyy HH:mm:ss z", "Tue, 3 Jan 2017 06:30:01 UTC"),
        (87, "YYYY-'W'ww-u", "2017-W01-2"),
        (88, "yy/M/d h:m:s a", "17/1/3 6:30:1 AM"),
        (89, "D F E W w k K S", "3 1 Tue 1 1 6 6 864"),
        (90, "SSSSSS", "000864"),
        (91, "yyyyMMdd''HH", "20170103'06"),
        (91, "G", "AD"),
        (91, "MMMM EEEE zzzz", "January Tuesday Coordinated Universal Time"),
    ] {
        let found = convert("string", &format!("\nformat={pattern}"), stamp(T));
        assert_eq!(found, format!("string = String:{expected}"), "{number}");
    }
}

#[test]
fn timestamp_converter_on_fields() {
    let t = SchemaBuilder::new(Type::Int64).optional().name("foo").doc("d");
    let s = SchemaBuilder::structure().optional().name("N").field("t", schema(t));
    let s = schema(s.field("o", Schema::string()));
    check(vec![
        (
            81,
            "TimestampConverter$Value",
            "field=t\ntarget.type=Timestamp",
            fields(&s, &[("t", Value::Int64(5)), ("o", "x".into())]),
            "struct? name=N{t:int64? name=…Timestamp v1;o:string;} = Struct{t=Date(5);o=String:x;}",
        ),
        (
            82,
            "TimestampConverter$Value",
            "field=zz\ntarget.type=Timestamp",
            untyped(map(&[("a", Value::Int32(1))])),
            "- = Hash{String:zz=null;String:a=Integer:1;}",
        ),
        (
            82,
            "TimestampConverter$Value",
            "field=a\ntarget.type=unix",
            untyped(map(&[("a", Value::Date(7))])),
            "- = Hash{String:a=Long:7;}",
        ),
        (
            83,
            "TimestampConverter$Value",
            "target.type=unix\nformat=yyyy-MM-dd",
            untyped("garbage"),
            "! DataException: Could not parse timestamp: value (garbage) does not match pattern (yyyy-MM-dd)",
        ),
    ]);
}

#[test]
fn value_to_key() {
    let r = SchemaBuilder::structure().name("R").field("abc", Schema::int32());
    let q = SchemaBuilder::new(Type::String).optional().default_value("q".into());
    let r = schema(r.field("def", schema(q)).field("xyz", Schema::boolean()));
    let row = || fields(&r, &[("abc", Value::Int32(1)), ("xyz", Value::Bool(true))]);
    let kept = "struct name=R{abc:int32;def:string? default=String:q;xyz:boolean;} = \
                Struct{abc=Integer:1;def=null;xyz=Boolean:true;}";
    for (number, settings, key) in [
        (96, "fields=xyz,abc", "struct{xyz:boolean;abc:int32;} = Struct{xyz=Boolean:true;abc=Integer:1;}"),
        (
            98,
            "fields=def\nreplace.null.with.default=false",
            "struct{def:string? default=String:q;} = Struct{def=null;}",
        ),
        (98, "fields=def", "struct{def:string? default=String:q;} = Struct{def=String:q;}"),
    ] {
        assert_eq!(transformed("ValueToKey", settings, row()), format!("{kept} key {key}"), "{number}");
    }
    let two = map(&[("b", Value::Int64(2))]);
    assert_eq!(
        transformed("ValueToKey", "fields=b,zz", untyped(two)),
        "- = Hash{String:b=Long:2;} key - = Hash{String:zz=null;String:b=Long:2;}",
        "97"
    );
    let nested = map(&[("a", map(&[("b", Value::Int64(1))]))]);
    assert!(
        transformed("ValueToKey", "fields=a.b", untyped(nested)).ends_with("key - = Hash{String:a.b=null;}"),
        "99"
    );
    assert_eq!(transformed("ValueToKey", "fields=zz", row()), "! DataException: Field does not exist: zz");
}

#[test]
fn schemas_that_are_equal_become_one_object() {
    for (class, settings) in [
        ("Cast$Value", "spec=a:string"),
        ("Flatten$Value", ""),
        ("HeaderFrom$Value", "fields=a\nheaders=h\noperation=move"),
        ("HoistField$Value", "field=f"),
        ("ReplaceField$Value", "exclude=a"),
        ("SetSchemaMetadata$Value", "schema.name=n"),
        ("TimestampConverter$Value", "field=b\ntarget.type=unix\nformat=yyyy"),
    ] {
        let pairs: Vec<(&str, &str)> = settings.lines().filter_map(|line| line.split_once('=')).collect();
        let name = format!("org.apache.kafka.connect.transforms.{class}");
        let plugins = crate::transforms();
        let plugin = plugins.iter().find(|plugin| plugin.info().class == name).unwrap();
        let mut transform = plugin.configure(&props(&pairs)).unwrap();
        let made: Vec<Schema> = (0..3)
            .map(|_| {
                // Made anew each time: equal, not the same.
                let mut record = fields(&nine_and_text(), &[]);
                transform.apply(&mut record).unwrap();
                record.value_schema.unwrap()
            })
            .collect();
        assert!(made[0].is_same(&made[1]) && made[1].is_same(&made[2]), "{class}: {}", show_schema(&made[0]));
    }
}

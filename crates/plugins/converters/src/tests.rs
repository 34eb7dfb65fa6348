//! Every class through its plugin, as the runtime uses it: rows of value and bytes. Expectations come from the JVM
//! classes of Kafka 4.3.1.

use std::sync::Arc;

use bigdecimal::BigDecimal;
use kconnect_api::{
    Buf, Convert, Converter, ConverterRole, Exception, MapValue, Out, Props, Schema, SchemaAndValue,
    SchemaBuilder, Struct, Topic, Type, Value, WireHeaders,
};

pub(crate) fn converter(class: &str, props: &[(&str, &str)]) -> Box<dyn Converter> {
    let plugins = crate::plugins();
    let plugin = plugins
        .iter()
        .find(|plugin| plugin.info().class.ends_with(&format!(".{class}")))
        .expect("known class");
    let props: Props = props.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    plugin.converter(&props, ConverterRole::Value).expect("converts values").expect("configured")
}

pub(crate) fn refusal(class: &str, props: &[(&str, &str)]) -> String {
    let plugins = crate::plugins();
    let plugin = plugins
        .iter()
        .find(|plugin| plugin.info().class.ends_with(&format!(".{class}")))
        .expect("known class");
    let props: Props = props.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    match plugin.converter(&props, ConverterRole::Value).expect("converts values") {
        Ok(_) => panic!("{class} accepted {props:?}"),
        Err(error) => error.to_string(),
    }
}

pub(crate) fn write(
    converter: &mut dyn Converter,
    schema: Option<&Schema>,
    value: &Value,
) -> Result<Option<Vec<u8>>, Exception> {
    let mut scratch = Vec::new();
    let mut out = Out::new(&mut scratch);
    match converter.write(&Topic::from("t"), schema, value, &mut WireHeaders::new(), &mut out) {
        Ok(()) => Ok(out.bytes().map(<[u8]>::to_vec)),
        Err(Convert::Bad(error)) => Err(error.exception),
        Err(Convert::Needs(_)) => panic!("nothing to fetch"),
    }
}

pub(crate) fn read(converter: &mut dyn Converter, bytes: Option<&[u8]>) -> Result<SchemaAndValue, Exception> {
    let bytes = bytes.map(Buf::from);
    match converter.read(&Topic::from("t"), &WireHeaders::new(), bytes.as_ref()) {
        Ok(found) => Ok(found),
        Err(Convert::Bad(error)) => Err(error.exception),
        Err(Convert::Needs(_)) => panic!("nothing to fetch"),
    }
}

fn text(result: Result<Option<Vec<u8>>, Exception>) -> String {
    match result {
        Ok(None) => "(null)".to_owned(),
        Ok(Some(bytes)) => String::from_utf8(bytes).expect("UTF-8"),
        Err(error) => format!("! {}", error.message().unwrap_or_default()),
    }
}

/// JSON of `value` with the options in `props`.
pub(crate) fn json(props: &[(&str, &str)], schema: Option<Schema>, value: Value) -> String {
    text(write(&mut *converter("JsonConverter", props), schema.as_ref(), &value))
}

/// What `input` is read as: the value's class and text.
pub(crate) fn from_json(props: &[(&str, &str)], input: &str) -> String {
    match read(&mut *converter("JsonConverter", props), Some(input.as_bytes())) {
        Ok(found) if found.value.is_null() => "null".to_owned(),
        Ok(found) => {
            let class = found.value.java_class().rsplit('.').next().unwrap_or_default().to_owned();
            format!("{class} {}", found.value.to_java_string())
        }
        Err(error) => format!("! {}", error.message().unwrap_or_default()),
    }
}

fn map(entries: &[(Value, Value)]) -> Value {
    Value::Map(Arc::new(entries.iter().cloned().collect::<MapValue>()))
}

fn array(elements: &[Value]) -> Value {
    Value::Array(Arc::new(elements.to_vec()))
}

pub(crate) fn decimal(text: &str) -> Value {
    Value::Decimal(Arc::new(text.parse::<BigDecimal>().expect("a decimal")))
}

pub(crate) fn built(builder: SchemaBuilder) -> Option<Schema> {
    Some(builder.build().expect("a schema"))
}

pub(crate) const OFF: &[(&str, &str)] = &[("schemas.enable", "false")];

#[test]
fn json_with_schema_is_an_envelope() {
    for (schema, value, expected) in [
        (
            Some(Schema::boolean()),
            Value::Bool(true),
            r#"{"schema":{"type":"boolean","optional":false},"payload":true}"#,
        ),
        (
            Some(Schema::optional_int8()),
            Value::Null,
            r#"{"schema":{"type":"int8","optional":true},"payload":null}"#,
        ),
        (
            built(
                SchemaBuilder::new(Type::Int32)
                    .optional()
                    .name("n")
                    .version(2)
                    .doc("d")
                    .parameters([("p", "q"), ("a", "b")])
                    .default_value(Value::Int32(7)),
            ),
            Value::Null,
            r#"{"schema":{"type":"int32","optional":true,"name":"n","version":2,"doc":"d","parameters":{"p":"q","a":"b"},"default":7},"payload":7}"#,
        ),
        (
            Some(Schema::array(Schema::optional_int64())),
            array(&[Value::Int64(1), Value::Null]),
            r#"{"schema":{"type":"array","items":{"type":"int64","optional":true},"optional":false},"payload":[1,null]}"#,
        ),
        (
            Some(Schema::map(Schema::string(), Schema::float64())),
            map(&[("k".into(), Value::Float64(1.0))]),
            r#"{"schema":{"type":"map","keys":{"type":"string","optional":false},"values":{"type":"double","optional":false},"optional":false},"payload":{"k":1.0}}"#,
        ),
        (
            Some(Schema::map(Schema::int32(), Schema::string())),
            map(&[(Value::Int32(1), "x".into())]),
            r#"{"schema":{"type":"map","keys":{"type":"int32","optional":false},"values":{"type":"string","optional":false},"optional":false},"payload":[[1,"x"]]}"#,
        ),
        (
            Some(Schema::map(Schema::optional_string(), Schema::int8())),
            map(&[(Value::Null, Value::Int8(1))]),
            r#"{"schema":{"type":"map","keys":{"type":"string","optional":true},"values":{"type":"int8","optional":false},"optional":false},"payload":{"null":1}}"#,
        ),
        (
            built(SchemaBuilder::decimal(2)),
            decimal("1.56"),
            r#"{"schema":{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}},"payload":"AJw="}"#,
        ),
        (None, Value::Int32(5), r#"{"schema":null,"payload":5}"#),
        (None, Value::Null, "(null)"),
    ] {
        assert_eq!(json(&[], schema, value), expected);
    }
}

#[test]
fn json_structs_take_schema_order_and_defaults_for_null() {
    let schema = built(
        SchemaBuilder::structure()
            .name("S")
            .version(1)
            .field("x", Schema::int32())
            .field("y", SchemaBuilder::new(Type::String).optional().doc("ydoc").build().unwrap()),
    );
    let mut value = Struct::new(schema.clone().unwrap()).unwrap();
    value.put("x", Value::Int32(1)).unwrap();
    assert_eq!(
        json(&[], schema, Value::Struct(Arc::new(value))),
        r#"{"schema":{"type":"struct","fields":[{"type":"int32","optional":false,"field":"x"},{"type":"string","optional":true,"doc":"ydoc","field":"y"}],"optional":false,"name":"S","version":1},"payload":{"x":1,"y":null}}"#
    );
    let with_default = |optional: bool| {
        let field = SchemaBuilder::new(Type::String).default_value("x".into());
        let field = if optional { field.optional() } else { field }.build().unwrap();
        built(SchemaBuilder::structure().field("a", field))
    };
    let unset =
        |schema: &Option<Schema>| Value::Struct(Arc::new(Struct::new(schema.clone().unwrap()).unwrap()));
    let off = [("schemas.enable", "false"), ("replace.null.with.default", "false")];
    let (required, optional) = (with_default(false), with_default(true));
    assert_eq!(json(OFF, required.clone(), unset(&required)), r#"{"a":"x"}"#);
    assert_eq!(
        json(&off, required.clone(), unset(&required)),
        "! Conversion error: null value for field that is required and has no default value"
    );
    assert_eq!(json(&off, optional.clone(), unset(&optional)), r#"{"a":null}"#);
    // A struct without its schema matches none.
    assert_eq!(json(OFF, None, unset(&optional)), "! Mismatching schema.");
}

#[test]
fn json_values_are_written_as_java_writes_them() {
    let numeric = [("schemas.enable", "false"), ("decimal.format", "numeric")];
    for (props, schema, value, expected) in [
        (OFF, built(SchemaBuilder::decimal(0)), decimal("-129"), "\"/38=\""),
        (&numeric, built(SchemaBuilder::decimal(2)), decimal("1.50"), "1.50"),
        (&numeric, built(SchemaBuilder::decimal(2)), decimal("1.5"), "1.5"),
        (
            &numeric,
            built(SchemaBuilder::decimal(-3)),
            Value::Decimal(Arc::new(BigDecimal::new(1.into(), -3))),
            "1E+3",
        ),
        (OFF, built(SchemaBuilder::date()), Value::Date(864_000_000_000), "10000"),
        (OFF, built(SchemaBuilder::time()), Value::Date(86_400_000), "86400000"),
        (OFF, built(SchemaBuilder::timestamp()), Value::Date(4_000_000_000), "4000000000"),
        (OFF, Some(Schema::bytes()), Value::bytes([0u8, 1, 255, 254][..].into()), "\"AAH//g==\""),
        (OFF, None, Value::bytes([0xFBu8, 0xFF][..].into()), "\"+/8=\""),
        (OFF, None, map(&[(Value::Int32(1), "a".into())]), r#"[[1,"a"]]"#),
        (OFF, None, map(&[(Value::Null, Value::Int32(1))]), "[[null,1]]"),
        (OFF, None, map(&[]), "{}"),
        (OFF, None, map(&[("a".into(), Value::Null)]), r#"{"a":null}"#),
        (OFF, None, Value::Float32(0.1), "0.1"),
        (OFF, None, Value::Float32(1.0e10), "1.0E10"),
        (OFF, None, Value::Float32(f32::NAN), "\"NaN\""),
        (OFF, None, Value::Float64(f64::NEG_INFINITY), "\"-Infinity\""),
        (OFF, None, Value::Float32(-0.0), "-0.0"),
        (OFF, None, Value::Float64(1.0e7), "1.0E7"),
        (OFF, None, Value::Float64(0.001), "0.001"),
        (OFF, None, Value::Float64(1.0e-4), "1.0E-4"),
        (OFF, None, Value::Float64(1.234_567_891_23e8), "1.23456789123E8"),
        (OFF, None, Value::Float64(5e-324), "4.9E-324"),
        (OFF, None, Value::Int64(i64::MIN), "-9223372036854775808"),
        (
            OFF,
            None,
            "a\"b\\c/d\n\t\u{1}\u{7f}é 😀 \u{2028}".into(),
            "\"a\\\"b\\\\c/d\\n\\t\\u0001\u{7f}é \\uD83D\\uDE00 \u{2028}\"",
        ),
        (OFF, Some(Schema::optional_int8()), Value::Null, "null"),
    ] {
        assert_eq!(json(props, schema, value.clone()), expected, "{value:?}");
    }
}

#[test]
fn json_refuses_values_that_contradict_their_schema() {
    for (schema, value, expected) in [
        (Some(Schema::int32()), Value::Int64(5), "! Invalid type for INT32: class java.lang.Long"),
        (Some(Schema::bytes()), "x".into(), "! Invalid type for bytes type: class java.lang.String"),
        (
            built(SchemaBuilder::date()),
            Value::Int32(5),
            "! Invalid type for Date, expected Date but was class java.lang.Integer",
        ),
        (
            built(SchemaBuilder::decimal(2)),
            Value::Int32(5),
            "! Invalid type for Decimal, expected BigDecimal but was class java.lang.Integer",
        ),
        (
            built(SchemaBuilder::decimal(2)),
            decimal("1.5"),
            "! Decimal value has mismatching scale for given Decimal schema. Schema has scale 2, value has scale 1.",
        ),
        (
            Some(Schema::int32()),
            Value::Null,
            "! Conversion error: null value for field that is required and has no default value",
        ),
        (
            None,
            decimal("1"),
            "! Java class class java.math.BigDecimal does not have corresponding schema type.",
        ),
        (None, Value::Date(0), "! Java class class java.util.Date does not have corresponding schema type."),
    ] {
        assert_eq!(json(OFF, schema, value), expected);
    }
}

#[test]
fn json_without_schema_is_read_into_java_s_types() {
    for (input, expected) in [
        ("", "null"),
        ("   ", "null"),
        ("1", "Long 1"),
        ("1.10", "Double 1.1"),
        ("1e2", "Double 100.0"),
        ("12345678901234567890", "Long -6101065172474983726"),
        ("0012", "Long 12"),
        ("-01", "Long -1"),
        ("-0", "Long 0"),
        ("-0.0", "Double 0.0"),
        ("1E400", "Double Infinity"),
        ("0.1e-400", "Double 0.0"),
        (r#"[1,"2",3.5,null,true,{}]"#, "ArrayList [1, 2, 3.5, null, true, {}]"),
        (r#"{"b":1,"a":2,"aa":3,"BB":4,"Aa":5}"#, "HashMap {aa=3, BB=4, Aa=5, a=2, b=1}"),
        (r#"{"a":1,"b":2,"a":3}"#, "HashMap {a=3, b=2}"),
        ("1 2", "Long 1"),
        ("{} {}", "HashMap {}"),
        ("\u{feff}1", "Long 1"),
        (r#""\uD83D""#, "String ?"),
        (r#""\uD83D\uDE00\n\/\u00e9""#, "String 😀\n/é"),
        (r#"{"":1}"#, "HashMap {=1}"),
    ] {
        assert_eq!(from_json(OFF, input), expected, "{input}");
    }
    let utf16: Vec<u8> = "[1,\"é\"]".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let found = read(&mut *converter("JsonConverter", OFF), Some(&utf16)).unwrap();
    assert_eq!(found.value.to_java_string(), "[1, é]");
}

#[test]
fn json_that_is_none_says_where() {
    for (input, expected) in [
        (
            "nul",
            "Unrecognized token 'nul': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1]",
        ),
        (
            "'a'",
            "Unexpected character (''' (code 39)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1]",
        ),
        (
            "[1,]",
            "Unexpected character (']' (code 93)): expected a value\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 4]",
        ),
    ] {
        let error = read(&mut *converter("JsonConverter", OFF), Some(input.as_bytes())).unwrap_err();
        assert_eq!(
            error.message(),
            Some("Converting byte[] to Kafka Connect data failed due to serialization error: ")
        );
        let cause = error.cause().expect("a cause");
        assert_eq!(cause.class(), "org.apache.kafka.common.errors.SerializationException");
        assert_eq!(cause.cause().expect("a cause").message(), Some(expected));
    }
    for input in [
        "{",
        "1x",
        "[1x]",
        "truex",
        "\"a\u{1}\"",
        "1.",
        "1e",
        "[1e99999999999]",
        "\"\\x\"",
        "// c\n1",
        "TRUE",
        "NaN",
        "{\"a\"}",
        "{a:1}",
        "[",
        "\"",
        "\"\\",
        "\"\\u12",
        "-",
        "{\"a\":1,}",
        "]",
        "\u{7f}",
    ] {
        let result = from_json(OFF, input);
        assert!(result.starts_with("! Converting byte[]"), "{input}: {result}");
    }
    let long = "1".repeat(1001);
    assert!(from_json(OFF, &format!("[{long}]")).starts_with('!'));
    let invalid = read(&mut *converter("JsonConverter", OFF), Some(b"\"\xff\""));
    assert!(invalid.is_err());
}

#[test]
fn json_a_thousand_levels_deep_is_read_and_written_on_a_small_stack_and_deeper_is_refused() {
    let run = || {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let objects = "{\"a\":".repeat(1000) + "1" + &"}".repeat(1000);
        for input in [deep(1000), objects] {
            let mut json = converter("JsonConverter", OFF);
            let found = read(&mut *json, Some(input.as_bytes())).unwrap();
            assert_eq!(text(write(&mut *json, None, &found.value)), input);
        }
        assert!(from_json(OFF, &deep(1001)).starts_with('!'));
        assert!(from_json(OFF, &deep(2_000_000)).starts_with('!'));
        let mut value = Value::Null;
        for _ in 0..1001 {
            value = array(&[value]);
        }
        assert!(json(OFF, None, value).starts_with("! Converting Kafka Connect data"));
        // With a schema: each level of it is two levels of JSON.
        let schema = "{\"type\":\"array\",\"items\":".repeat(900) + "{\"type\":\"int8\"}" + &"}".repeat(900);
        let input = format!("{{\"schema\":{schema},\"payload\":{}}}", deep(900));
        assert!(from_json(&[], &input).starts_with("ArrayList [["));
        let mut json = converter("JsonConverter", &[]);
        let found = read(&mut *json, Some(input.as_bytes())).unwrap();
        let again = write(&mut *json, found.schema.as_ref(), &found.value).unwrap().unwrap();
        assert_eq!(read(&mut *json, Some(&again)).unwrap(), found);
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

const NEEDS: &str = "! JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain \
                     additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in \
                     your converter configuration.";

#[test]
fn json_envelopes_are_read_with_upstream_s_leniency_and_messages() {
    let envelope = |schema: &str, payload: &str| format!(r#"{{"schema":{schema},"payload":{payload}}}"#);
    for input in ["null", "", "5", "{}", r#"{"schema":null}"#, r#"{"schema":null,"payload":1,"x":2}"#] {
        assert_eq!(from_json(&[], input), NEEDS, "{input}");
    }
    for (schema, payload, expected) in [
        ("null", r#"[1,{"a":2.5}]"#, "ArrayList [1, {a=2.5}]"),
        (r#"{"type":"int8"}"#, "300", "Byte 44"),
        (r#"{"type":"int32"}"#, "99999999999", "Integer 1215752191"),
        (r#"{"type":"int32"}"#, "1.9", "Integer 1"),
        (r#"{"type":"int32"}"#, "-1.9e1", "Integer -19"),
        (r#"{"type":"int32"}"#, "\"x\"", "Integer 0"),
        (r#"{"type":"int64"}"#, "1e400", "Long 0"),
        (r#"{"type":"float"}"#, "1e400", "Float Infinity"),
        (r#"{"type":"double"}"#, "\"NaN\"", "Double 0.0"),
        (r#"{"type":"boolean"}"#, "1", "Boolean false"),
        (r#"{"type":"string"}"#, "5", "null"),
        (r#"{"type":"bytes"}"#, "5", "null"),
        (r#"{"type":"bytes"}"#, "\"AA\"", "! Invalid bytes field"),
        (r#"{"type":"int8"}"#, "null", "! Invalid null value for required INT8 field"),
        (r#"{"type":"int8","optional":true}"#, "null", "null"),
        (r#"{"type":"int8","optional":"true"}"#, "null", "! Invalid null value for required INT8 field"),
        (r#"{"type":"int8","optional":true,"default":"x"}"#, "null", "Byte 0"),
        (r#"{"type":"int8","default":null}"#, "1", "! Invalid null value for required INT8 field"),
        (r#"{"type":"string","default":5}"#, "null", "! Invalid default value"),
        (r#"{"type":"array","items":{"type":"int8"}}"#, r#"{"a":1,"b":2}"#, "ArrayList [1, 2]"),
        (r#"{"type":"array","items":{"type":"int8"}}"#, "5", "ArrayList []"),
        (r#"{"type":"array"}"#, "5", "! Array schema did not specify the element type"),
        (r#"{"type":"map","values":{"type":"int8"}}"#, "5", "! Map schema did not specify the key type"),
        (r#"{"type":"map","keys":{"type":"int8"}}"#, "5", "! Map schema did not specify the value type"),
        (r#"{"type":"map","keys":{"type":"no"}}"#, "5", "! Map schema did not specify the value type"),
        (r#"{"type":"map","values":{"type":"no"}}"#, "5", "! Map schema did not specify the key type"),
        (r#"{"type":"map","keys":null,"values":{"type":"int8"}}"#, "5", "! keySchema cannot be null."),
        (
            r#"{"type":"map","keys":{"type":"string"},"values":{"type":"int8"}}"#,
            "[]",
            "! Maps with string fields should be encoded as JSON objects, but found ARRAY",
        ),
        (
            r#"{"type":"map","keys":{"type":"int8"},"values":{"type":"int8"}}"#,
            "{}",
            "! Maps with non-string fields should be encoded as JSON array of tuples, but found OBJECT",
        ),
        (
            r#"{"type":"map","keys":{"type":"int8"},"values":{"type":"int8"}}"#,
            "[5]",
            "! Found invalid map entry instead of array tuple: NUMBER",
        ),
        (
            r#"{"type":"map","keys":{"type":"int8"},"values":{"type":"int8"}}"#,
            "[[5]]",
            "! Found invalid map entry, expected length 2 but found :1",
        ),
        (r#"{"type":"map","keys":{"type":"int8"},"values":{"type":"int8"}}"#, "[[5,6]]", "HashMap {5=6}"),
        (
            r#"{"type":"struct","fields":[{"type":"int8","field":"a"},{"type":"string","optional":true,"field":"b"}]}"#,
            r#"{"b":"x","z":[{}],"\u0061":7}"#,
            "Struct Struct{a=7,b=x}",
        ),
        (
            r#"{"type":"struct","fields":[{"type":"int8","field":"a"}]}"#,
            "{}",
            "! Invalid null value for required INT8 field",
        ),
        (
            r#"{"type":"struct","fields":[{"type":"int8","field":"a"}]}"#,
            "[]",
            "! Structs should be encoded as JSON objects, but found ARRAY",
        ),
        (
            r#"{"type":"struct","fields":[{"type":"string","field":"a"}]}"#,
            r#"{"a":5}"#,
            "! Invalid value: null used for required field: \"a\", schema type: STRING",
        ),
        (r#"{"type":"struct"}"#, "{}", "! Struct schema's \"fields\" argument is not an array."),
        (
            r#"{"type":"struct","fields":[{"type":"int8"}]}"#,
            "{}",
            "! Struct schema's field name not specified properly",
        ),
        (
            r#"{"type":"struct","fields":[{"type":"int8","field":"a"},{"type":"int8","field":"a"}]}"#,
            "{}",
            "! Cannot create field because of field name duplication a",
        ),
        (r#"{"type":"bogus"}"#, "1", "! Unknown schema type: bogus"),
        ("5", "1", "! Schema must contain 'type' field"),
        (r#"{"type":"int8","parameters":{"a":1}}"#, "1", "! Schema parameters must have string values."),
        (
            r#"{"type":"string","name":"org.apache.kafka.connect.data.Date"}"#,
            "1.5",
            "! Invalid type for Date, underlying representation should be integer but was NUMBER",
        ),
        (
            r#"{"type":"int32","name":"org.apache.kafka.connect.data.Time"}"#,
            "-1",
            "! Time values must use number of milliseconds greater than 0 and less than 86400000",
        ),
        (
            r#"{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp"}"#,
            "1.5",
            "! Invalid type for Timestamp, underlying representation should be integral but was NUMBER",
        ),
        (
            r#"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}}"#,
            "true",
            "! Invalid type for Decimal, underlying representation should be numeric or bytes but was BOOLEAN",
        ),
        (
            r#"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}}"#,
            "\"AJw=\"",
            "BigDecimal 1.56",
        ),
        (r#"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal"}"#, "1.50", "BigDecimal 1.50"),
        (r#"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal"}"#, "1e3", "BigDecimal 1E+3"),
        (
            r#"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal"}"#,
            "\"AJw=\"",
            "! Invalid bytes for Decimal field",
        ),
    ] {
        assert_eq!(from_json(&[], &envelope(schema, payload)), expected, "{schema} {payload}");
    }
}

#[test]
fn json_schema_read_once_is_the_same_object_in_any_layout_of_the_envelope() {
    let mut json = converter("JsonConverter", &[]);
    let schema = r#"{"type":"struct","fields":[{"type":"int64","field":"a"}]}"#;
    let inputs = [
        format!(r#"{{"schema":{schema},"payload":{{"a":1}}}}"#),
        format!(r#"{{"schema":{schema},"payload":{{"a":1}}}} trailing"#),
        format!(r#"{{"payload":{{"a":1}},"schema":{schema}}}"#),
        format!(r#" {{ "schema" : {schema} , "payload" : {{"a" : 1}} }}"#),
        format!(r#"{{"schema":{schema},"payload":{{"a":2}},"payload":{{"a":1}}}}"#),
    ];
    let found: Vec<SchemaAndValue> =
        inputs.iter().map(|input| read(&mut *json, Some(input.as_bytes())).unwrap()).collect();
    for each in &found {
        assert_eq!(each.value.to_java_string(), "Struct{a=1}");
        assert!(each.schema.as_ref().unwrap().is_same(found[0].schema.as_ref().unwrap()));
    }
    // The quick way must not accept what the general way refuses.
    for input in [
        format!(r#"{{"schema":{schema},"payload":{{"a":1}},"x":1}}"#),
        format!(r#"{{"schema":{schema},"payload":{{"a":1}}"#),
        format!(r#"{{"schema":{schema},"payload":}}"#),
    ] {
        assert!(read(&mut *json, Some(input.as_bytes())).is_err(), "{input}");
    }
}

#[test]
fn json_schema_content_is_the_schema_of_every_value() {
    let content = |schema: &'static str| [("schema.content", schema)];
    let int = content(r#"{"type":"int32"}"#);
    for (input, expected) in
        [("5", "Integer 5"), (r#"{"schema":{"type":"string"},"payload":7}"#, "Integer 0"), ("", "Integer 0")]
    {
        assert_eq!(from_json(&int, input), expected);
    }
    assert_eq!(from_json(&content(r#"{"type":"int32","optional":true}"#), "null"), "null");
    assert_eq!(from_json(&content(""), "5"), NEEDS);
    assert_eq!(from_json(&[("schemas.enable", "false"), int[0]], "5"), "Long 5");
    assert_eq!(refusal("JsonConverter", &content(r#"{"type":"int3"}"#)), "Unknown schema type: int3");
    assert_eq!(
        refusal("JsonConverter", &content(r#"{"type":"int3"#)),
        "Failed to parse schema in converter config due to serialization error: "
    );
}

#[test]
fn json_round_trips_schemas_with_all_attributes() {
    let schema = SchemaBuilder::structure()
        .name("N")
        .version(3)
        .doc("doc \"x\"")
        .parameter("p", "q")
        .optional()
        .field("d", SchemaBuilder::decimal(2).default_value(decimal("1.50")).build().unwrap())
        .field("m", Schema::map(Schema::int32(), Schema::optional_array(Schema::bytes())))
        .field("t", SchemaBuilder::timestamp().optional().build().unwrap())
        .build()
        .unwrap();
    let mut json = converter("JsonConverter", &[]);
    let bytes = write(&mut *json, Some(&schema), &Value::Null).unwrap().unwrap();
    let found = read(&mut *json, Some(&bytes)).unwrap();
    assert_eq!(found.schema, Some(schema));
}

#[test]
fn bad_settings_have_upstream_s_messages() {
    for (class, key, value, expected) in [
        (
            "JsonConverter",
            "schemas.enable",
            "maybe",
            "Invalid value maybe for configuration schemas.enable: Expected value to be either true or false",
        ),
        (
            "JsonConverter",
            "decimal.format",
            "foo",
            "Invalid value foo for configuration decimal.format: String must be one of (case insensitive): NUMERIC, BASE64",
        ),
        (
            "JsonConverter",
            "schemas.cache.size",
            "x",
            "Invalid value x for configuration schemas.cache.size: Not a number of type INT",
        ),
        (
            "StringConverter",
            "converter.type",
            "x",
            "Invalid value x for configuration converter.type: String must be one of: key, value, header",
        ),
        ("StringConverter", "converter.encoding", "nope", "Unsupported encoding nope"),
    ] {
        assert_eq!(refusal(class, &[(key, value)]), expected);
    }
}

#[test]
fn strings_are_lent_and_other_values_print_as_java_prints_them() {
    let schema = SchemaBuilder::structure().field("a", Schema::int32()).field("b", Schema::optional_string());
    let mut inner = Struct::new(schema.build().unwrap()).unwrap();
    inner.put("a", Value::Int32(1)).unwrap();
    for (value, expected) in [
        (Value::from("é"), "é"),
        (Value::Struct(Arc::new(inner)), "Struct{a=1}"),
        (map(&[("k".into(), "v".into()), ("k2".into(), Value::Null)]), "{k=v, k2=null}"),
        (array(&[Value::Int32(1), "a".into(), Value::Null, Value::Float64(1.0)]), "[1, a, null, 1.0]"),
        (decimal("1E+3"), "1E+3"),
        (Value::Int64(5), "5"),
        (Value::Float64(1e10), "1.0E10"),
        (Value::Bool(true), "true"),
        (Value::Null, "(null)"),
    ] {
        assert_eq!(text(write(&mut *converter("StringConverter", &[]), None, &value)), expected);
    }
    let record = Buf::from("text".as_bytes());
    let found = converter("StringConverter", &[])
        .read(&Topic::from("t"), &WireHeaders::new(), Some(&record))
        .unwrap();
    let shared = found.value.as_text().unwrap().as_bytes().as_ptr();
    assert_eq!(shared, record.as_slice().as_ptr(), "reading copied the text");
}

#[test]
fn charsets_write_and_read_as_java_s() {
    for (charset, bytes, back) in [
        ("UTF-8", &b"a\xc3\xa9\xe2\x82\xac"[..], "aé€"),
        ("ISO-8859-1", b"a\xe9?", "aé?"),
        ("latin1", b"a\xe9?", "aé?"),
        ("UTF-16", b"\xfe\xff\0a\0\xe9\x20\xac", "aé€"),
        ("UTF-16LE", b"a\0\xe9\0\xac\x20", "aé€"),
        ("UTF-32", b"\0\0\0a\0\0\0\xe9\0\0\x20\xac", "aé€"),
        ("US-ASCII", b"a??", "a??"),
        ("cp1252", b"a\xe9\x80", "aé€"),
    ] {
        let mut converter = converter("StringConverter", &[("converter.encoding", charset)]);
        assert_eq!(write(&mut *converter, None, &"aé€".into()).unwrap().unwrap(), bytes, "{charset}");
        let found = read(&mut *converter, Some(bytes)).unwrap();
        assert_eq!((found.schema, found.value), (Some(Schema::optional_string()), back.into()), "{charset}");
    }
    let mut latin = converter("StringConverter", &[("converter.encoding", "ISO-8859-1")]);
    assert_eq!(read(&mut *latin, Some(b"\x80\x9f")).unwrap().value, "\u{80}\u{9f}".into());
    let mut utf8 = converter("StringConverter", &[]);
    assert_eq!(read(&mut *utf8, Some(b"a\xff")).unwrap().value, "a\u{fffd}".into());
}

#[test]
fn numbers_and_booleans_are_big_endian_bytes_of_exact_size() {
    for (class, value, bytes) in [
        ("ShortConverter", Value::Int16(-2), &b"\xff\xfe"[..]),
        ("IntegerConverter", Value::Int32(1), b"\0\0\0\x01"),
        ("LongConverter", Value::Int64(-1), b"\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("FloatConverter", Value::Float32(1.5), b"\x3f\xc0\0\0"),
        ("DoubleConverter", Value::Float64(f64::NAN), b"\x7f\xf8\0\0\0\0\0\0"),
        ("BooleanConverter", Value::Bool(true), b"\x01"),
        ("ByteArrayConverter", Value::bytes(b"xy"[..].into()), b"xy"),
    ] {
        let mut converter = converter(class, &[]);
        assert_eq!(write(&mut *converter, None, &value).unwrap().unwrap(), bytes, "{class}");
        assert_eq!(read(&mut *converter, Some(bytes)).unwrap().value, value, "{class}");
        assert_eq!(write(&mut *converter, None, &Value::Null).unwrap(), None);
        let null = read(&mut *converter, None).unwrap();
        assert!(null.value.is_null() && null.schema.unwrap().is_optional());
    }
    let fails = |class: &str, schema: Option<Schema>| {
        text(write(&mut *converter(class, &[]), schema.as_ref(), &"x".into()))
    };
    assert_eq!(
        fails("IntegerConverter", None),
        "! Failed to serialize to integer (was class java.lang.String): "
    );
    assert_eq!(
        fails("BooleanConverter", Some(Schema::int8())),
        "! Invalid schema type for BooleanConverter: INT8"
    );
    assert_eq!(
        fails("BooleanConverter", None),
        "! BooleanConverter is not compatible with objects of type class java.lang.String"
    );
    assert_eq!(
        fails("ByteArrayConverter", Some(Schema::string())),
        "! Invalid schema type for ByteArrayConverter: STRING"
    );
    let error = read(&mut *converter("FloatConverter", &[]), Some(b"x")).unwrap_err();
    assert_eq!(error.message(), Some("Failed to deserialize float: "));
    assert_eq!(error.cause().unwrap().message(), Some("Size of data received by Deserializer is not 4"));
}

#[test]
fn header_values_become_readable_text_and_are_guessed_back() {
    let plugins = crate::plugins();
    let plugin =
        plugins.iter().find(|plugin| plugin.info().class.ends_with(".SimpleHeaderConverter")).unwrap();
    let mut headers = plugin.header_converter(&Props::new()).unwrap().unwrap();
    let topic = Topic::from("t");
    for (value, bytes, back) in [
        (Value::from("plain"), "plain", "plain"),
        (Value::from("1.0"), "1.0", "1"),
        (Value::Int64(7), "7", "7"),
        (array(&[Value::Int32(1), "a".into()]), "[1,\"a\"]", "[1, a]"),
        (Value::bytes(b"\0\x9c"[..].into()), "AJw=", "AJw="),
    ] {
        let mut scratch = Vec::new();
        let mut out = Out::new(&mut scratch);
        headers.write(&topic, "k", None, &value, &mut out).unwrap();
        assert_eq!(out.bytes(), Some(bytes.as_bytes()));
        let found = headers.read(&topic, "k", Some(&bytes.as_bytes().into())).unwrap();
        assert_eq!(found.value.to_java_string(), back);
    }
    assert_eq!(headers.read(&topic, "k", None).unwrap(), SchemaAndValue::default());
}

//! Schemas, structs, validation, logical types.

use std::sync::Arc;

use bigdecimal::BigDecimal;
use kconnect_api::logical::{
    date_from_days, date_to_days, decimal_from_bytes, decimal_to_bytes, time_from_millis, time_to_millis,
    timestamp_millis,
};
use kconnect_api::{Buf, Exception, MapValue, Schema, SchemaBuilder, Struct, Text, Type, Value, java_hash};

fn message(result: Result<impl std::fmt::Debug, Exception>) -> String {
    let error = result.expect_err("refused");
    let class = error.class().rsplit('.').next().unwrap_or_default();
    format!("{class}: {}", error.message().unwrap_or_default())
}

fn decimal(text: &str) -> Arc<BigDecimal> {
    Arc::new(text.parse().expect("a decimal"))
}

#[test]
fn builders_refuse_a_second_different_call() {
    let int = || SchemaBuilder::new(Type::Int32);
    for (builder, expected) in [
        (int().optional().required(), "Invalid SchemaBuilder call: optional has already been set."),
        (int().name("a").name("b"), "Invalid SchemaBuilder call: name has already been set."),
        (int().version(1).version(2), "Invalid SchemaBuilder call: version has already been set."),
        (int().doc("a").doc("b"), "Invalid SchemaBuilder call: doc has already been set."),
        (
            int().default_value(Value::Int32(1)).default_value(Value::Int32(2)),
            "Invalid SchemaBuilder call: default has already been set.",
        ),
        (int().default_value(Value::Null), "Invalid default value"),
        (int().default_value(Value::Int64(1)), "Invalid default value"),
        (int().field("a", Schema::int8()), "Cannot create fields on type INT32"),
        (SchemaBuilder::structure().field("", Schema::int8()), "fieldName cannot be null."),
        (
            SchemaBuilder::structure().field("a", Schema::int8()).field("a", Schema::int16()),
            "Cannot create field because of field name duplication a",
        ),
    ] {
        assert_eq!(message(builder.build()), format!("SchemaBuilderException: {expected}"));
    }
    assert!(int().optional().optional().build().is_ok());
    assert!(int().optional().default_value(Value::Null).default_value(Value::Int32(1)).build().is_ok());
    // The first wrong call is the one reported.
    let twice = int().name("a").name("b").doc("a").doc("b").build();
    assert!(message(twice).contains("name has already"));
}

#[test]
fn many_fields_are_found_by_name_and_kept_distinct() {
    let names: Vec<String> = (0..100).map(|at| format!("f{at}")).collect();
    let build = |extra: Option<&str>| {
        let all = names.iter().map(String::as_str).chain(extra);
        all.fold(SchemaBuilder::structure(), |builder, name| builder.field(name, Schema::int32())).build()
    };
    let schema = build(None).unwrap();
    for (at, name) in names.iter().enumerate() {
        assert_eq!(schema.field(name).unwrap().index(), at);
    }
    assert!(schema.field("f100").is_none());
    assert!(build(Some("f50")).is_err());
}

#[test]
fn accessors_of_other_types_are_errors() {
    let int = Schema::int32();
    assert_eq!(message(int.try_fields()), "DataException: Cannot list fields on non-struct type");
    assert_eq!(message(int.try_field("a")), "DataException: Cannot look up fields on non-struct type");
    assert_eq!(message(int.try_key_schema()), "DataException: Cannot look up key schema on non-map type");
    assert_eq!(
        message(int.try_value_schema()),
        "DataException: Cannot look up value schema on non-array and non-map type"
    );
    let builder = SchemaBuilder::new(Type::Int32).unbuilt().unwrap();
    assert_eq!(builder.try_key_schema().unwrap(), None);
    assert_ne!(builder, Schema::int32());
    assert_eq!(builder, builder.clone());
}

#[test]
fn schemas_are_equal_by_all_attributes_and_parameters_in_any_order() {
    let base = || SchemaBuilder::new(Type::Int32).name("n").version(1).doc("d");
    let schema =
        base().parameter("a", "1").parameter("b", "2").default_value(Value::Int32(5)).build().unwrap();
    let same = base().parameter("b", "2").parameter("a", "1").default_value(Value::Int32(5)).build().unwrap();
    assert_eq!(schema, same);
    let hash = |schema: &Schema| {
        std::hash::BuildHasher::hash_one(
            &std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default(),
            schema,
        )
    };
    assert_eq!(hash(&schema), hash(&same));
    for other in [
        base().parameter("a", "1").build(),
        base().build(),
        base().parameter("a", "1").parameter("b", "2").build(),
        base().parameter("a", "1").parameter("b", "2").default_value(Value::Int32(6)).build(),
        base().parameter("a", "1").parameter("b", "2").default_value(Value::Int32(5)).optional().build(),
    ] {
        assert_ne!(schema, other.unwrap());
    }
    assert_ne!(Schema::int32(), Schema::optional_int32());
    assert_eq!(Schema::array(Schema::int8()), Schema::array(Schema::int8()));
    assert_ne!(Schema::array(Schema::int8()), Schema::array(Schema::int16()));
    assert_eq!(Schema::int8().to_optional(), Schema::optional_int8());
    assert!(Schema::int32().is_same(&Schema::int32()) && !schema.to_optional().is_same(&schema));
    // A default of NaN equals itself, as in Java; 0.0 and -0.0 differ.
    let float =
        |value| SchemaBuilder::new(Type::Float64).default_value(Value::Float64(value)).build().unwrap();
    assert_eq!(float(f64::NAN), float(f64::NAN));
    assert_ne!(float(0.0), float(-0.0));
}

#[test]
fn schemas_print_as_upstream_prints_them() {
    assert_eq!(Schema::int32().to_string(), "Schema{INT32}");
    let named = SchemaBuilder::new(Type::Int32).name("com.x.N").build().unwrap();
    assert_eq!(named.to_string(), "Schema{com.x.N:INT32}");
    let outer = SchemaBuilder::structure().field("a", Schema::int64()).build().unwrap();
    assert_eq!(outer.field("a").unwrap().to_string(), "Field{name=a, index=0, schema=Schema{INT64}}");
}

#[test]
fn values_are_checked_against_their_schema() {
    let bad = |schema: Schema, value: Value| message(schema.validate(&value));
    let list = |elements: &[Value]| Value::Array(Arc::new(elements.to_vec()));
    let map =
        |key: Value, value: Value| Value::Map(Arc::new([(key, value)].into_iter().collect::<MapValue>()));
    let named = SchemaBuilder::new(Type::String).name("org.apache.kafka.connect.data.Date").build().unwrap();
    for (schema, value, expected) in [
        (Schema::int32(), Value::Null, "Invalid value: null used for required value, schema type: INT32"),
        (
            Schema::int32(),
            "x".into(),
            "Invalid Java object for schema with type INT32: class java.lang.String for value",
        ),
        (
            Schema::int32(),
            Value::Int64(1),
            "Invalid Java object for schema with type INT32: class java.lang.Long for value",
        ),
        (
            SchemaBuilder::new(Type::Int32).name("n").build().unwrap(),
            "x".into(),
            "Invalid Java object for schema \"n\" with type INT32: class java.lang.String for value",
        ),
        (
            named.clone(),
            "x".into(),
            "Invalid Java object for schema \"org.apache.kafka.connect.data.Date\" with type STRING: class java.lang.String for value",
        ),
        (
            Schema::array(Schema::int8()),
            list(&[Value::Int8(1), "x".into()]),
            "Invalid Java object for schema with type INT8: class java.lang.String for element of array value",
        ),
        (
            Schema::map(Schema::int8(), Schema::string()),
            map("x".into(), "y".into()),
            "Invalid Java object for schema with type INT8: class java.lang.String for key of map value",
        ),
        (
            Schema::map(Schema::string(), Schema::array(Schema::bytes())),
            map("x".into(), list(&["y".into()])),
            "Invalid Java object for schema with type BYTES: class java.lang.String for element of array value of map value",
        ),
        (
            SchemaBuilder::new(Type::Array).build().unwrap(),
            list(&[]),
            "No schema defined for element of array value",
        ),
        (
            SchemaBuilder::map_of_unknown(Schema::string()).build().unwrap(),
            Value::Map(Arc::default()),
            "No schema defined for value of map value",
        ),
        (
            Schema::string(),
            Value::bytes(Buf::from(&b"x"[..])),
            "Invalid Java object for schema with type STRING: class [B for value",
        ),
        (
            Schema::string(),
            Value::byte_buffer(Buf::from(&b"x"[..])),
            "Invalid Java object for schema with type STRING: class java.nio.HeapByteBuffer for value",
        ),
    ] {
        assert_eq!(bad(schema, value), format!("DataException: {expected}"));
    }
    assert!(named.validate(&Value::Date(5)).is_ok());
    assert!(Schema::optional_int32().validate(&Value::Null).is_ok());
}

fn structure() -> Schema {
    let nine = SchemaBuilder::new(Type::Int32).default_value(Value::Int32(9)).build().expect("a schema");
    let builder = SchemaBuilder::structure().field("a", nine).field("b", Schema::optional_string());
    builder.field("c", Schema::optional_bytes()).build().expect("a schema")
}

#[test]
fn structs_give_defaults_only_where_upstream_does() {
    let mut value = Struct::new(structure()).unwrap();
    assert_eq!(value.get("a").unwrap(), &Value::Int32(9));
    assert_eq!(value.get_without_default("a").unwrap(), &Value::Null);
    assert_eq!(value.get_int32("a").unwrap(), None);
    // Left unset it is valid; set to null it is refused.
    assert!(value.validate().is_ok());
    assert_eq!(
        message(value.put("a", Value::Null).map(|_| ())),
        "DataException: Invalid value: null used for required field: \"a\", schema type: INT32"
    );
    assert_eq!(
        message(value.put("z", Value::Null).map(|_| ())),
        "DataException: z is not a valid field name"
    );
    assert_eq!(message(value.get("z")), "DataException: z is not a valid field name");
    assert_eq!(message(value.get_int8("a")), "DataException: Field 'a' is not of type INT8");
    assert_eq!(message(Struct::new(Schema::int8())), "DataException: Not a struct schema: Schema{INT8}");
    value.put("a", Value::Int32(1)).unwrap().put("b", "x".into()).unwrap();
    assert_eq!(value.to_string(), "Struct{a=1,b=x}");
    let other = SchemaBuilder::structure().field("s", structure()).build().unwrap();
    let wrong = Struct::new(SchemaBuilder::structure().build().unwrap()).unwrap();
    let mut outer = Struct::new(other).unwrap();
    assert_eq!(
        message(outer.put("s", Value::Struct(Arc::new(wrong))).map(|_| ())),
        "DataException: Struct schemas do not match."
    );
    outer.put("s", Value::Struct(Arc::new(value))).unwrap();
    assert_eq!(outer.to_string(), "Struct{s=Struct{a=1,b=x}}");
}

#[test]
fn decimals_are_minimal_two_s_complement() {
    for (text, scale, bytes) in [
        ("1.56", 2, &b"\x00\x9c"[..]),
        ("-129", 0, b"\xff\x7f"),
        ("0", 0, b"\x00"),
        ("127", 0, b"\x7f"),
        ("128", 0, b"\x00\x80"),
        ("-1", 0, b"\xff"),
    ] {
        let schema = SchemaBuilder::decimal(scale).build().unwrap();
        assert_eq!(decimal_to_bytes(&schema, &decimal(text)).unwrap(), bytes);
        assert_eq!(
            Value::Decimal(decimal_from_bytes(&schema, bytes).unwrap()),
            Value::Decimal(decimal(text))
        );
    }
    let two = SchemaBuilder::decimal(2).build().unwrap();
    assert_eq!(message(decimal_from_bytes(&two, b"")), "NumberFormatException: Zero length BigInteger");
    assert_eq!(
        message(decimal_to_bytes(&two, &decimal("1.5"))),
        "DataException: Decimal value has mismatching scale for given Decimal schema. Schema has scale 2, value has scale 1."
    );
    let scale = |parameters: &[(&str, &str)]| {
        SchemaBuilder::new(Type::Bytes)
            .parameters(parameters.iter().copied())
            .build()
            .unwrap()
            .decimal_scale()
    };
    assert_eq!(
        message(scale(&[("other", "2")])),
        "DataException: Invalid Decimal schema: scale parameter not found."
    );
    let none = SchemaBuilder::new(Type::Bytes).build().unwrap();
    assert_eq!(
        message(none.decimal_scale()),
        "NullPointerException: Cannot invoke \"java.util.Map.get(Object)\" because the return value of \"org.apache.kafka.connect.data.Schema.parameters()\" is null"
    );
    assert_eq!(
        message(scale(&[("scale", "x")])),
        "DataException: Invalid scale parameter found in Decimal schema: "
    );
    assert_eq!(scale(&[("scale", "-3")]), Ok(-3));
    // Equality counts the scale.
    assert_ne!(Value::Decimal(decimal("1.0")), Value::Decimal(decimal("1.00")));
}

#[test]
fn dates_and_times_are_encoded_with_upstream_s_checks() {
    let date = SchemaBuilder::date().build().unwrap();
    let time = SchemaBuilder::time().build().unwrap();
    let timestamp = SchemaBuilder::timestamp().build().unwrap();
    assert_eq!(date_to_days(&date, 864_000_000_000), Ok(10_000));
    assert_eq!(date_from_days(&date, -1), Ok(-86_400_000));
    assert_eq!(time_to_millis(&time, 14_400_000), Ok(14_400_000));
    assert_eq!(
        (time_to_millis(&time, 86_400_000), time_from_millis(&time, 86_400_000)),
        (Ok(86_400_000), Ok(86_400_000))
    );
    assert_eq!(timestamp_millis(&timestamp, -5), Ok(-5));
    for (result, expected) in [
        (
            date_to_days(&date, 1).map(i64::from),
            "Kafka Connect Date type should not have any time fields set to non-zero values.",
        ),
        (
            time_to_millis(&time, -1).map(i64::from),
            "Kafka Connect Time type should not have any date fields set to non-zero values.",
        ),
        (
            time_from_millis(&time, 86_400_001),
            "Time values must use number of milliseconds greater than 0 and less than 86400000",
        ),
        (date_from_days(&time, 1), "Requested conversion of Date object but the schema does not match."),
        (time_from_millis(&date, 1), "Requested conversion of Date object but the schema does not match."),
        (
            time_to_millis(&date, 1).map(i64::from),
            "Requested conversion of Time object but the schema does not match.",
        ),
        (
            timestamp_millis(&date, 1),
            "Requested conversion of Timestamp object but the schema does not match.",
        ),
    ] {
        assert_eq!(message(result), format!("DataException: {expected}"));
    }
}

#[test]
fn parameters_keep_their_first_place_and_many_of_them_take_no_quadratic_time() {
    let many = (0..200_000).map(|n| (format!("p{n}"), "x"));
    let pairs = [("a".to_owned(), "1"), ("b".to_owned(), "2"), ("a".to_owned(), "3")];
    let builder = SchemaBuilder::new(Type::String).parameter("b", "0").parameters(pairs);
    let schema = builder.clone().build().unwrap();
    let texts: Vec<String> = schema.parameters().unwrap().iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(texts, ["b=2", "a=3"]);
    let schema = builder.parameters(many).build().unwrap();
    assert_eq!(schema.parameters().unwrap().len(), 200_002);
    let none: [(&str, &str); 0] = [];
    assert_eq!(SchemaBuilder::new(Type::String).parameters(none).build().unwrap().parameters(), None);
}

#[test]
fn a_surrogate_without_partner_is_kept_and_shown_as_a_question_mark() {
    let broken = |tail: &[u8]| Text::from_wtf8([b"a\xED\xA0\xBD", tail].concat());
    let text = broken(b"\xC3\xA9");
    assert_eq!(text.as_str(), "a?\u{e9}");
    assert_eq!(text.as_bytes(), "a?\u{e9}".as_bytes());
    assert_eq!(text.wtf8(), b"a\xED\xA0\xBD\xC3\xA9");
    assert_eq!(text, broken(b"\xC3\xA9"));
    assert_ne!(text, Text::from("a?\u{e9}"));
    assert_ne!(text, Text::from_wtf8(b"a\xED\xA0\xBE\xC3\xA9".to_vec()));
    assert!(!Text::from_wtf8("plain \u{1F600}".into()).is_broken());
    assert_eq!(Text::from_wtf8(b"a\xFFb".to_vec()).as_str(), "a\u{FFFD}b", "what is no text at all");
    // "a\uD83D\u00E9".hashCode()
    assert_eq!(java_hash(&Value::String(text.clone())), 97 * 31 * 31 + 0xD83D * 31 + 0xE9);
    let map = MapValue::from_iter([(Value::String(text), Value::Int8(1))]);
    assert_eq!(map.get_str("a?\u{e9}"), None);
}

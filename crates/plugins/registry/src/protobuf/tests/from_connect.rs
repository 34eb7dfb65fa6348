//! Connect schemas and values as `.proto` texts and payloads.

use std::sync::Arc;

use kconnect_api::{MapValue, Schema, SchemaBuilder, Struct, Type, Value};

use super::*;

fn tagged(builder: SchemaBuilder, tag: i32) -> SchemaBuilder {
    builder.parameter("io.confluent.connect.protobuf.Tag", tag.to_string())
}

fn list(values: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(Arc::new(values.into_iter().collect()))
}

fn map(entries: impl IntoIterator<Item = (Value, Value)>) -> Value {
    Value::Map(Arc::new(entries.into_iter().collect::<MapValue>()))
}

#[test]
fn a_root_that_is_no_struct_is_a_wrapper_message_in_its_own_file() {
    let mut format = protobuf(&[]);
    for (kind, value, index, expected) in [
        (Type::Int8, Value::Int8(-1), 4, "08ffffffffffffffffff01"),
        (Type::Int16, Value::Int16(300), 4, "08ac02"),
        (Type::Int32, Value::Int32(5), 4, "0805"),
        (Type::Int64, Value::Int64(5), 2, "0805"),
        (Type::Float32, Value::Float32(12.2), 1, "0d33334341"),
        (Type::Float64, Value::Float64(12.2), 0, "096666666666662840"),
        (Type::Boolean, Value::Bool(true), 6, "0801"),
        (Type::String, Value::from("Hello"), 7, "0a0548656c6c6f"),
        (Type::Bytes, bytes(&[1, 2]), 8, "0a020102"),
        (Type::Int32, Value::Int32(0), 4, ""),
        (Type::String, Value::from(""), 7, ""),
    ] {
        let schema = SchemaBuilder::new(kind).build().unwrap();
        let (local, payload) = write(&mut format, &schema, &value).unwrap();
        assert_eq!(hex(&payload), expected, "{value:?}");
        assert_eq!(local.indexes, Some(vec![index]), "{value:?}");
        assert!(
            local.text.starts_with("syntax = \"proto3\";\npackage google.protobuf;\n\noption java_package")
        );
        assert!(local.text.ends_with("message BytesValue {\n  bytes value = 1;\n}\n"));
        let back = read(&mut format, &local.text, &[index], &payload).unwrap().value;
        // Narrow integers come back as the wrapper's own.
        let expected = match value {
            Value::Int8(number) => Value::Int32(number.into()),
            Value::Int16(number) => Value::Int32(number.into()),
            other => other,
        };
        assert_eq!(back, expected);
    }
}

#[test]
fn null_is_a_tombstone_and_other_roots_are_refused() {
    let mut format = protobuf(&[]);
    for schema in [None, Some(Schema::optional_string())] {
        let local = format.map(schema.as_ref(), &Value::Null).unwrap();
        let mut out = Vec::new();
        let written = format.write(&local.writer, schema.as_ref(), &Value::Null, &mut out);
        assert_eq!((written, out), (Ok(Written::Null), vec![]));
    }
    let unsupported = |kind| format!("IllegalArgumentException: Unsupported root schema of type {kind}");
    let no_schema = "NullPointerException: Cannot invoke \"org.apache.kafka.connect.data.Schema.name()\" because \
                     \"schema\" is null";
    for (schema, value, expected) in [
        (Some(Schema::array(Schema::int32())), list([]), unsupported("ARRAY")),
        (Some(Schema::map(Schema::string(), Schema::int32())), map([]), unsupported("MAP")),
        (None, Value::Int32(1), no_schema.to_owned()),
        (
            Some(SchemaBuilder::date().build().unwrap()),
            Value::Date(0),
            "DataException: org.apache.kafka.connect.data.Date cannot be a whole Protobuf record; put it into a struct"
                .to_owned(),
        ),
    ] {
        let error = format.map(schema.as_ref(), &value).err().unwrap();
        assert_eq!(error_text(&error), expected);
    }
}

#[test]
fn fields_are_numbered_typed_and_printed_as_upstream_does() {
    let typed = |kind, word: &str| {
        SchemaBuilder::new(kind).parameter("io.confluent.connect.protobuf.Type", word).build().unwrap()
    };
    let inner = SchemaBuilder::structure().name("other.Inner").field("x", Schema::int32()).build().unwrap();
    let named_like_field =
        SchemaBuilder::structure().name("same").field("y", Schema::string()).build().unwrap();
    let color = SchemaBuilder::new(Type::String)
        .name("Color")
        .parameter("io.confluent.connect.protobuf.Enum", "Color")
        .parameter("io.confluent.connect.protobuf.Enum.RED", "0")
        .parameter("io.confluent.connect.protobuf.Enum.BLUE", "7")
        .build()
        .unwrap();
    let schema = SchemaBuilder::structure()
        .name("com.acme.Order")
        .field("i8", Schema::int8())
        .field("i16", Schema::optional_int16())
        .field("i32", Schema::int32())
        .field("i64", Schema::int64())
        .field("zig", typed(Type::Int32, "sint32"))
        .field("wide", typed(Type::Int64, "uint32"))
        .field("f", Schema::float32())
        .field("tagged", tagged(SchemaBuilder::new(Type::Float64), 100).build().unwrap())
        .field("yes", Schema::boolean())
        .field("text", Schema::string())
        .field("raw", Schema::bytes())
        .field(
            "price",
            SchemaBuilder::decimal(2).parameter("connect.decimal.precision", "9").build().unwrap(),
        )
        .field("day", SchemaBuilder::date().build().unwrap())
        .field("at", SchemaBuilder::timestamp().build().unwrap())
        .field("time", SchemaBuilder::time().build().unwrap())
        .field("days", Schema::array(SchemaBuilder::date().build().unwrap()))
        .field("inner", inner.clone())
        .field("inners", Schema::array(inner))
        .field("same", named_like_field)
        .field("color", color)
        .field(
            "labels",
            SchemaBuilder::map(Schema::string(), Schema::int32()).name("my_labels").build().unwrap(),
        )
        .field("unnamed", SchemaBuilder::structure().field("z", Schema::int32()).build().unwrap())
        .build()
        .unwrap();
    let local = protobuf(&[]).map(Some(&schema), &Value::Null).unwrap();
    let expected = include_str!("order.proto");
    assert_eq!(local.text, expected, "{}", local.text);
    assert_eq!((local.record.as_deref(), local.indexes), (Some("com.acme.Order"), Some(vec![0])));
    assert_eq!(local.dependencies, []);
    let with_files = protobuf(&[("skip.known.types", "false")]).map(Some(&schema), &Value::Null).unwrap();
    let names: Vec<&str> = with_files.dependencies.iter().map(|dependency| &*dependency.name).collect();
    assert_eq!(
        names,
        [
            "confluent/type/decimal.proto",
            "google/type/date.proto",
            "google/protobuf/timestamp.proto",
            "google/type/timeofday.proto"
        ]
    );
}

#[test]
fn nullables_are_wrappers_or_optional_when_asked_for() {
    let schema = SchemaBuilder::structure()
        .name("M")
        .field("a", Schema::optional_int32())
        .field("b", Schema::optional_string())
        .field("c", Schema::string())
        .build()
        .unwrap();
    let zeros = data(&schema, &[("a", Value::Int32(0)), ("b", Value::from("")), ("c", Value::from(""))]);
    let nulls = data(&schema, &[("c", Value::from("x"))]);
    for (settings, text, zeros_payload) in [
        (&[][..], "  int32 a = 1;\n  string b = 2;\n  string c = 3;\n", ""),
        (
            &[("wrapper.for.nullables", "true")],
            "  google.protobuf.Int32Value a = 1;\n  google.protobuf.StringValue b = 2;\n  string c = 3;\n",
            "0a001200",
        ),
        (
            &[("optional.for.nullables", "true")],
            "  optional int32 a = 1;\n  optional string b = 2;\n  string c = 3;\n",
            "08001200",
        ),
    ] {
        let mut format = protobuf(settings);
        let (local, payload) = write(&mut format, &schema, &zeros).unwrap();
        assert!(local.text.contains(&format!("message M {{\n{text}}}\n")), "{}", local.text);
        assert_eq!(hex(&payload), zeros_payload, "{settings:?}");
        assert_eq!(hex(&write(&mut format, &schema, &nulls).unwrap().1), "1a0178");
        let read_back = read(&mut format, &local.text, &[0], &payload).unwrap();
        let Value::Struct(back) = read_back.value else { panic!() };
        assert_eq!(back.get("b").unwrap(), &Value::from(""), "{settings:?}");
    }
}

#[test]
fn unions_are_oneofs_and_their_first_set_member_is_written() {
    let member = |builder: SchemaBuilder, tag| tagged(builder.optional(), tag).build().unwrap();
    let union = SchemaBuilder::structure()
        .name("io.confluent.connect.protobuf.Union.choice")
        .optional()
        .field("number", member(SchemaBuilder::new(Type::Int32), 3))
        .field("text", member(SchemaBuilder::new(Type::String), 2))
        .build()
        .unwrap();
    let schema = SchemaBuilder::structure()
        .name("M")
        .field("choice_0", union.clone())
        .field("last", tagged(SchemaBuilder::new(Type::Int32), 9).build().unwrap())
        .build()
        .unwrap();
    let mut format = protobuf(&[]);
    let choose = |fields: &[(&str, Value)]| {
        data(&schema, &[("choice_0", data(&union, fields)), ("last", Value::Int32(1))])
    };
    let (local, payload) = write(&mut format, &schema, &choose(&[("number", Value::Int32(0))])).unwrap();
    assert_eq!(
        local.text,
        "syntax = \"proto3\";\n\nmessage M {\n  int32 last = 9;\n\n  oneof choice {\n    int32 number = 3;\n    string \
         text = 2;\n  }\n}\n"
    );
    // Zero is written: which member is set matters.
    assert_eq!(hex(&payload), "18004801");
    let both = choose(&[("text", Value::from("t")), ("number", Value::Int32(4))]);
    assert_eq!(hex(&write(&mut format, &schema, &both).unwrap().1), "18044801");
    assert_eq!(
        hex(&write(&mut format, &schema, &choose(&[("text", Value::from("t"))])).unwrap().1),
        "1201744801"
    );
    let error = write(&mut format, &schema, &choose(&[])).err().unwrap();
    assert_eq!(error_text(&error), "DataException: Cannot find non-null field");
    let none = data(&schema, &[("last", Value::Int32(1))]);
    assert_eq!(hex(&write(&mut format, &schema, &none).unwrap().1), "4801");
    let back = read(&mut format, &local.text, &[0], &payload).unwrap();
    assert_eq!(back.value.to_java_string(), "Struct{choice_0=Struct{number=0},last=1}");
}

#[test]
fn lists_maps_enums_and_structs_are_on_the_wire_as_protobuf_has_them() {
    let mut format = protobuf(&[]);
    let color = |kind| {
        SchemaBuilder::new(kind)
            .name("Color")
            .parameter("io.confluent.connect.protobuf.Enum", "Color")
            .parameter("io.confluent.connect.protobuf.Enum.RED", "0")
            .parameter("io.confluent.connect.protobuf.Enum.BLUE", "7")
            .build()
            .unwrap()
    };
    let inner = SchemaBuilder::structure().name("In").field("x", Schema::int32()).build().unwrap();
    let date = SchemaBuilder::date().build().unwrap();
    for (schema, value, expected) in [
        (Schema::array(Schema::int32()), list([]), ""),
        (Schema::array(Schema::int32()), list([1, 0, 300].map(Value::Int32)), "0a040100ac02"),
        (Schema::array(Schema::float64()), list([Value::Float64(0.0)]), "0a080000000000000000"),
        (Schema::array(Schema::string()), list([Value::from(""), Value::from("a")]), "0a000a0161"),
        (Schema::array(inner.clone()), list([data(&inner, &[("x", Value::Int32(0))])]), "0a00"),
        (Schema::array(date.clone()), list([Value::Date(0)]), "0a0708b20f10011801"),
        (Schema::array(color(Type::String)), list([Value::from("RED"), Value::from("BLUE")]), "0a020007"),
        (color(Type::String), Value::from("BLUE"), "0807"),
        (color(Type::String), Value::from("RED"), ""),
        (color(Type::Int32), Value::Int32(7), "0807"),
        (color(Type::Int32), Value::Int32(12), "080c"),
        (inner.clone(), data(&inner, &[("x", Value::Int32(0))]), "0a00"),
        (
            Schema::map(Schema::string(), Schema::int32()),
            map([(Value::from("a"), Value::Int32(1)), (Value::from(""), Value::Int32(0))]),
            "0a050a016110010a00",
        ),
        (
            Schema::map(Schema::int32(), inner.clone()),
            map([(Value::Int32(1), data(&inner, &[("x", Value::Int32(2))]))]),
            "0a06080112020802",
        ),
        (Schema::float32(), Value::Float32(-0.0), "0d00000080"),
        (Schema::int64(), Value::Int64(-1), "08ffffffffffffffffff01"),
        (SchemaBuilder::timestamp().build().unwrap(), Value::Date(1_500), "0a0808011080cab5ee01"),
    ] {
        let outer = SchemaBuilder::structure().name("M").field("f", schema).build().unwrap();
        let given = data(&outer, &[("f", value)]);
        assert_eq!(hex(&write(&mut format, &outer, &given).unwrap().1), expected, "{given:?}");
    }
}

#[test]
fn each_scalar_type_has_its_bytes() {
    let mut format = protobuf(&[]);
    for (kind, word, value, expected) in [
        (Type::Int32, "sint32", Value::Int32(-2), "0803"),
        (Type::Int32, "sfixed32", Value::Int32(-2), "0dfeffffff"),
        (Type::Int32, "int32", Value::Int32(-2), "08feffffffffffffffff01"),
        (Type::Int64, "sint64", Value::Int64(-2), "0803"),
        (Type::Int64, "uint64", Value::Int64(-2), "08feffffffffffffffff01"),
        (Type::Int64, "fixed64", Value::Int64(-2), "09feffffffffffffff"),
        (Type::Int64, "sfixed64", Value::Int64(-2), "09feffffffffffffff"),
        // Of 64 bits, the low half.
        (Type::Int64, "uint32", Value::Int64(4_294_967_294), "08feffffff0f"),
        (Type::Int64, "fixed32", Value::Int64(4_294_967_294), "0dfeffffff"),
        (Type::Int64, "uint32", Value::Int64(1 << 32), ""),
    ] {
        let field =
            SchemaBuilder::new(kind).parameter("io.confluent.connect.protobuf.Type", word).build().unwrap();
        let schema = SchemaBuilder::structure().name("M").field("f", field).build().unwrap();
        let given = data(&schema, &[("f", value.clone())]);
        let (local, payload) = write(&mut format, &schema, &given).unwrap();
        assert_eq!(hex(&payload), expected, "{word}");
        assert!(local.text.contains(&format!("  {word} f = 1;\n")));
        if !expected.is_empty() {
            let Value::Struct(back) = read(&mut format, &local.text, &[0], &payload).unwrap().value else {
                panic!()
            };
            assert_eq!(back.get("f").unwrap(), &value, "{word}");
        }
    }
}

#[test]
fn fields_come_in_the_order_of_their_numbers_and_defaults_are_written() {
    let mut format = protobuf(&[]);
    let with_default = tagged(SchemaBuilder::new(Type::String).optional().default_value(Value::from("d")), 1);
    let schema = SchemaBuilder::structure()
        .name("M")
        .field("late", tagged(SchemaBuilder::new(Type::Int32), 300).build().unwrap())
        .field("early", with_default.build().unwrap())
        .build()
        .unwrap();
    let given = data(&schema, &[("late", Value::Int32(1))]);
    assert_eq!(hex(&write(&mut format, &schema, &given).unwrap().1), "0a0164e01201");
    let mut format = protobuf(&[("ignore.default.for.nullables", "true")]);
    assert_eq!(hex(&write(&mut format, &schema, &given).unwrap().1), "e01201");
}

#[test]
fn names_that_protobuf_does_not_take_are_scrubbed_or_refused() {
    let schema = SchemaBuilder::structure()
        .name("org.acme-corp.invalid record-name")
        .field("invalid field-name", Schema::string())
        .build()
        .unwrap();
    let given = data(&schema, &[("invalid field-name", Value::from("foo"))]);
    let (local, payload) = write(&mut protobuf(&[("scrub.invalid.names", "true")]), &schema, &given).unwrap();
    assert_eq!(
        local.text,
        "syntax = \"proto3\";\npackage org.acme_corp;\n\nmessage invalid_record_name {\n  string invalid_field_name = \
         1;\n}\n"
    );
    assert_eq!(hex(&payload), "0a03666f6f");
    let error = write(&mut protobuf(&[]), &schema, &given).err().unwrap();
    assert_eq!(
        error_text(&error),
        "IllegalArgumentException: Invalid protobuf schema definition: org.acme-corp.invalid record-name: \"invalid \
         record-name\" is not a valid identifier."
    );
}

#[test]
fn a_schema_that_protobuf_forbids_says_why() {
    let field = |name: &str, schema| SchemaBuilder::structure().name("p.M").field(name, schema);
    let twice = tagged(SchemaBuilder::new(Type::Int32), 1).build().unwrap();
    let named_map = SchemaBuilder::map(Schema::string(), Schema::int32()).name("m").build().unwrap();
    let invalid = "IllegalArgumentException: Invalid protobuf schema definition: ";
    for (schema, expected) in [
        (
            field("na-me", Schema::int32()),
            format!("{invalid}p.M.na-me: \"na-me\" is not a valid identifier."),
        ),
        (
            field("a", Schema::int32()).field("b", twice),
            format!("{invalid}p.M.b: Field number 1 has already been used in \"p.M\" by field \"a\"."),
        ),
        (
            field("a", named_map.clone()).field("b", named_map),
            format!("{invalid}p.M.mEntry: \"mEntry\" is already defined in \"p.M\"."),
        ),
        (
            field("a", tagged(SchemaBuilder::new(Type::Int32), 0).build().unwrap()),
            format!("{invalid}p.M.a: Field numbers must be positive integers."),
        ),
        (
            field("a", Schema::array(Schema::array(Schema::int32()))),
            "IllegalArgumentException: Array cannot be nested".to_owned(),
        ),
        (
            field(
                "a",
                SchemaBuilder::new(Type::Int32)
                    .parameter("io.confluent.connect.protobuf.Type", "int128")
                    .build()
                    .unwrap(),
            ),
            format!("{invalid}p.M.a: \"int128\" is not defined."),
        ),
        (
            field(
                "a",
                SchemaBuilder::new(Type::Int32)
                    .parameter("io.confluent.connect.protobuf.Tag", "x")
                    .build()
                    .unwrap(),
            ),
            "NumberFormatException: For input string: \"x\"".to_owned(),
        ),
    ] {
        let error = protobuf(&[]).map(Some(&schema.build().unwrap()), &Value::Null).err().unwrap();
        assert_eq!(error_text(&error), expected);
    }
}

#[test]
fn a_value_that_does_not_fit_says_so() {
    let mut format = protobuf(&[]);
    let color = SchemaBuilder::new(Type::String)
        .name("Color")
        .parameter("io.confluent.connect.protobuf.Enum", "Color")
        .parameter("io.confluent.connect.protobuf.Enum.RED", "0")
        .build()
        .unwrap();
    let schema = SchemaBuilder::structure()
        .name("M")
        .field("a", Schema::optional_int32())
        .field("c", color.to_optional())
        .field("l", Schema::optional_array(Schema::optional_int32()))
        .build()
        .unwrap();
    let local = format.map(Some(&schema), &Value::Null).unwrap();
    // Values that a schema would refuse come from transforms that do not look.
    let forced = |a: Value, c: Value, l: Value| {
        Value::Struct(Arc::new(Struct::assemble(schema.clone(), vec![a, c, l])))
    };
    let other = SchemaBuilder::structure().name("M").build().unwrap();
    for (value, expected) in [
        (Value::from("x"), "DataException: Invalid type for STRUCT: class java.lang.String"),
        (data(&other, &[]), "DataException: Mismatching struct schema"),
        (
            forced(Value::Null, Value::from("GREEN"), Value::Null),
            "IllegalArgumentException: DynamicMessage should use EnumValueDescriptor to set Enum Value.",
        ),
        (forced(Value::Null, Value::Null, list([Value::Null])), "NullPointerException: null"),
    ] {
        let error = payload(&mut format, &local, &schema, &value).unwrap_err();
        assert_eq!(error_text(&error), expected);
    }
    let root = format.map(Some(&Schema::int32()), &Value::Null).unwrap();
    for (value, expected) in [
        (Value::from("x"), "DataException: Invalid type for INT32: class java.lang.String"),
        (Value::Bool(true), "DataException: Invalid type for INT32: class java.lang.Boolean"),
        (bytes(&[]), "DataException: Invalid type for INT32: class [B"),
    ] {
        let error = payload(&mut format, &root, &Schema::int32(), &value).unwrap_err();
        assert_eq!(error_text(&error), expected);
    }
    // Java narrows numbers.
    for (value, expected) in [
        (Value::Int64((1 << 32) + 5), "0805"),
        (Value::Float64(1e300), "08ffffffff07"),
        (Value::Int8(3), "0803"),
    ] {
        assert_eq!(hex(&payload(&mut format, &root, &Schema::int32(), &value).unwrap()), expected);
    }
}

#[test]
fn a_registered_text_lends_its_text_and_the_path_of_the_message() {
    let schema = SchemaBuilder::structure().name("p.Second").field("a", Schema::int32()).build().unwrap();
    let text =
        "syntax = \"proto3\"; package p; message First { message In {} } message Second { int32 a = 1; }";
    let mut format = protobuf(&[]);
    let local = format.adapt(Some(&schema), &registered(text)).unwrap();
    assert_eq!((local.indexes, &*local.text), (Some(vec![1]), text));
    let nested = SchemaBuilder::structure().name("p.First.In").build().unwrap();
    assert_eq!(format.adapt(Some(&nested), &registered(text)).unwrap().indexes, Some(vec![0, 0]));
    let unknown = SchemaBuilder::structure().name("p.Third").build().unwrap();
    assert_eq!(format.adapt(Some(&unknown), &registered(text)).unwrap().indexes, Some(vec![0]));
}

#[test]
fn a_text_of_the_registry_gets_each_value_where_it_belongs() {
    let inner = SchemaBuilder::structure().name("In").field("x", Schema::int32()).build().unwrap();
    let schema = SchemaBuilder::structure()
        .name("p.M")
        .field("a", Schema::int64())
        .field("b", Schema::int64())
        .field("old_name", Schema::string())
        .field("inners", Schema::array(inner.clone()))
        .field("color", Schema::optional_string())
        .field("note", Schema::optional_string())
        .field("extra", Schema::optional_int32())
        .build()
        .unwrap();
    // Other numbers, another name for number 3, an enum and a wrapper for texts, nothing for `extra`.
    let text = "syntax = \"proto3\"; package p; import \"google/protobuf/wrappers.proto\";
        message M { int64 b = 1; int64 a = 2; string new_name = 3; repeated In inners = 9; Color color = 10;
          google.protobuf.StringValue note = 11; }
        message In { string other = 1; int32 x = 5; } enum Color { RED = 0; BLUE = 4; }";
    let mut format = protobuf(&[]);
    let local = format.adapt(Some(&schema), &registered(text)).unwrap();
    let given = data(
        &schema,
        &[
            ("a", Value::Int64(1)),
            ("b", Value::Int64(2)),
            ("old_name", Value::from("n")),
            ("inners", list([data(&inner, &[("x", Value::Int32(7))])])),
            ("color", Value::from("BLUE")),
            ("note", Value::from("")),
        ],
    );
    let written = payload(&mut format, &local, &schema, &given).unwrap();
    assert_eq!(written, unhex("0802 1001 1a016e 4a022807 5004 5a00"));
    let back = read(&mut format, text, &[0], &written).unwrap();
    assert_eq!(
        back.value.to_java_string(),
        "Struct{b=2,a=1,new_name=n,inners=[Struct{other=,x=7}],color=BLUE,note=Struct{value=}}"
    );
    let extra = data(&schema, &[("extra", Value::Int32(1))]);
    let error = payload(&mut format, &local, &schema, &extra).unwrap_err();
    assert_eq!(error_text(&error), "DataException: Cannot find field with name extra");
}

#[test]
fn what_was_written_must_be_readable_with_the_latest_text() {
    let mut format = protobuf(&[]);
    let inner = SchemaBuilder::structure().name("In").field("x", Schema::int32()).build().unwrap();
    let schema = SchemaBuilder::structure()
        .name("p.M")
        .field("a", Schema::int32())
        .field("b", Schema::string())
        .field("c", inner)
        .build()
        .unwrap();
    let local = format.map(Some(&schema), &Value::Null).unwrap();
    let file = |fields: &str| format!("syntax = \"proto3\"; package p; message M {{ {fields} }}");
    let nested = "message In { int32 x = 1; }";
    for (fields, expected) in [
        (format!("int32 a = 1; string b = 2; In c = 3; {nested}"), true),
        (format!("int64 renamed = 1; bytes b = 2; In c = 3; int32 d = 4; {nested}"), true),
        (nested.to_owned(), true),
        (format!("sint32 a = 1; string b = 2; In c = 3; {nested}"), false),
        (format!("string a = 1; string b = 2; In c = 3; {nested}"), false),
        (format!("In a = 1; string b = 2; In c = 3; {nested}"), false),
        ("int32 a = 1; string b = 2;".to_owned(), false),
        ("int32 a = 1; In c = 3; message In { string x = 1; }".to_owned(), false),
        (format!("oneof o {{ int32 a = 1; string b = 2; }} In c = 3; {nested}"), false),
        (format!("oneof o {{ int32 a = 1; }} string b = 2; In c = 3; {nested}"), true),
    ] {
        let is_compatible = format.is_compatible(&local, &registered(&file(&fields))).unwrap();
        assert_eq!(is_compatible, expected, "{fields}");
    }
    let other_package = file(nested).replace("package p", "package q");
    assert!(!format.is_compatible(&local, &registered(&other_package)).unwrap());
}

#[test]
fn an_empty_list_is_nothing_on_the_wire() {
    let mut format = protobuf(&[]);
    let schema = SchemaBuilder::structure().field("l", Schema::array(Schema::int32())).build().unwrap();
    let value = data(&schema, &[("l", list([]))]);
    let (local, payload) = write(&mut format, &schema, &value).unwrap();
    assert_eq!((local.indexes, payload), (Some(vec![0]), vec![]));
}

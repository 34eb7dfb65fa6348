//! `.proto` texts and payloads as Connect schemas and values.

use kconnect_api::{Logical, Type};

use super::*;

const TAG: &str = "io.confluent.connect.protobuf.Tag";

fn proto3(body: &str) -> String {
    format!("syntax = \"proto3\";\npackage p;\n{body}")
}

/// The Connect schema that the first message of `text` is read with.
fn schema(format: &mut Protobuf, text: &str) -> Schema {
    read(format, text, &[], &[]).unwrap_or_else(|fault| panic!("{}", fault_text(&fault))).schema.unwrap()
}

/// The value's text in Java's form.
fn text(format: &mut Protobuf, proto: &str, payload: &str) -> String {
    match read(format, proto, &[], &unhex(payload)) {
        Ok(read) => read.value.to_java_string(),
        Err(fault) => fault_text(&fault),
    }
}

#[test]
fn every_scalar_has_its_connect_type_and_its_number() {
    let mut format = protobuf(&[]);
    for (word, kind, is_said) in [
        ("double", Type::Float64, false),
        ("float", Type::Float32, false),
        ("int32", Type::Int32, false),
        ("int64", Type::Int64, false),
        ("uint32", Type::Int64, true),
        ("uint64", Type::Int64, true),
        ("sint32", Type::Int32, true),
        ("sint64", Type::Int64, true),
        ("fixed32", Type::Int64, true),
        ("fixed64", Type::Int64, true),
        ("sfixed32", Type::Int32, true),
        ("sfixed64", Type::Int64, true),
        ("bool", Type::Boolean, false),
        ("string", Type::String, false),
        ("bytes", Type::Bytes, false),
    ] {
        let schema = schema(&mut format, &proto3(&format!("message M {{ {word} f = 12; }}")));
        assert_eq!((schema.name(), schema.version()), (Some("M"), None));
        let field = schema.field("f").unwrap().schema();
        assert_eq!((field.kind(), field.is_optional(), field.name()), (kind, true, None), "{word}");
        assert_eq!(field.parameter(TAG), Some("12"));
        let said = field.parameter("io.confluent.connect.protobuf.Type");
        assert_eq!(said, is_said.then_some(word), "{word}");
    }
}

#[test]
fn proto3_scalars_and_lists_are_always_there_and_messages_only_when_written() {
    let proto = proto3(
        "message M { int32 i = 1; string s = 2; bytes b = 3; repeated int32 l = 4; In m = 5; optional int32 o = 6; \
         map<string, int32> c = 7; E e = 8; double d = 9; bool t = 10; }
         message In { int64 x = 1; } enum E { ZERO = 0; ONE = 1; }",
    );
    let mut format = protobuf(&[]);
    assert_eq!(
        text(&mut format, &proto, ""),
        "Struct{i=0,s=,b=java.nio.HeapByteBuffer[pos=0 lim=0 cap=0],l=[],c={},e=ZERO,d=0.0,t=false}"
    );
    // A packed list and a single element, an empty message, zero with presence, an entry.
    assert_eq!(
        text(
            &mut format,
            &proto,
            "08ffffffffffffffffff01 220105 22020708 2007 2a00 3000 3a050a01611002 4001"
        ),
        "Struct{i=-1,s=,b=java.nio.HeapByteBuffer[pos=0 lim=0 cap=0],l=[5, 7, 8, 7],m=Struct{x=0},o=0,c={a=2},e=ONE,d=0.0,t=false}"
    );
    // An enum as a block is something unknown.
    assert_eq!(
        text(&mut format, &proto, "42 01 01"),
        "Struct{i=0,s=,b=java.nio.HeapByteBuffer[pos=0 lim=0 cap=0],l=[],c={},e=ZERO,d=0.0,t=false}"
    );
    let mut format = protobuf(&[("generate.struct.for.nulls", "true")]);
    assert_eq!(
        text(&mut format, &proto, ""),
        "Struct{i=0,s=,b=java.nio.HeapByteBuffer[pos=0 lim=0 cap=0],l=[],m=Struct{x=0},o=0,c={},e=ZERO,d=0.0,t=false}"
    );
}

#[test]
fn oneofs_come_first_as_structs_of_their_members() {
    let proto = proto3(
        "message M { int32 before = 1; oneof choice { string text = 2; In message = 3; } optional int32 o = 4; \
         oneof other { bool yes = 5; } } message In { repeated int32 l = 1; string s = 2; }",
    );
    let mut format = protobuf(&[]);
    let found = schema(&mut format, &proto);
    let names: Vec<&str> = found.fields().iter().map(|field| field.name()).collect();
    assert_eq!(names, ["choice_0", "other_1", "before", "o"]);
    let choice = found.field("choice_0").unwrap().schema();
    assert_eq!(choice.name(), Some("io.confluent.connect.protobuf.Union.choice"));
    assert!(choice.is_optional() && choice.parameter(TAG).is_none());
    assert_eq!(choice.field("message").unwrap().schema().parameter(TAG), Some("3"));
    for (payload, expected) in [
        ("", "Struct{before=0}"),
        ("120161", "Struct{choice_0=Struct{text=a},before=0}"),
        ("1200", "Struct{choice_0=Struct{text=},before=0}"),
        // The last member counts; parts of one message are merged unless another member came between.
        ("1201611a020801", "Struct{choice_0=Struct{message=Struct{l=[1],s=}},before=0}"),
        ("1a0208011a0512016108021a00", "Struct{choice_0=Struct{message=Struct{l=[1, 2],s=a}},before=0}"),
        ("1a0208011201611a020802", "Struct{choice_0=Struct{message=Struct{l=[2],s=}},before=0}"),
        ("28002001", "Struct{other_1=Struct{yes=false},before=0,o=1}"),
    ] {
        assert_eq!(text(&mut format, &proto, payload), expected, "{payload}");
    }
    let mut format =
        protobuf(&[("generate.index.for.unions", "false"), ("enhanced.protobuf.schema.support", "true")]);
    let found = schema(&mut format, &proto);
    assert_eq!((found.name(), found.fields()[0].name()), (Some("p.M"), "choice"));
    let union = found.fields()[0].schema();
    assert_eq!(union.name(), Some("io.confluent.connect.protobuf.Union.p.M.choice"));
    assert_eq!(union.field("message").unwrap().schema().name(), Some("p.In"));
    let mut format = protobuf(&[("generalized.sum.type.support", "true")]);
    let union = schema(&mut format, &proto).fields()[0].schema().clone();
    assert_eq!(union.name(), Some("choice"));
    assert_eq!(union.parameter("org.apache.kafka.connect.data.Union"), Some("choice"));
    let mut format = protobuf(&[("flatten.unions", "true")]);
    let names: Vec<String> =
        schema(&mut format, &proto).fields().iter().map(|field| field.name().to_owned()).collect();
    assert_eq!(names, ["text", "message", "yes", "before", "o"]);
    assert_eq!(text(&mut format, &proto, "1201611a020801"), "Struct{message=Struct{l=[1],s=},before=0}");
}

#[test]
fn enums_are_symbols_or_numbers() {
    let proto = proto3(
        "message M { Color c = 1; repeated Color l = 2; } enum Color { RED = 0; BLUE = 7; ALSO = 7; }",
    )
    .replace("RED = 0;", "option allow_alias = true; RED = 0;");
    let mut format = protobuf(&[]);
    let found = schema(&mut format, &proto);
    let color = found.field("c").unwrap().schema();
    assert_eq!((color.kind(), color.name(), color.is_optional()), (Type::String, Some("Color"), true));
    assert_eq!(color.parameter("io.confluent.connect.protobuf.Enum"), Some("Color"));
    assert_eq!(color.parameter("io.confluent.connect.protobuf.Enum.BLUE"), Some("7"));
    assert_eq!(
        text(&mut format, &proto, "0807120307000c"),
        "Struct{c=BLUE,l=[BLUE, RED, UNKNOWN_ENUM_VALUE_Color_12]}"
    );
    let mut format = protobuf(&[("int.for.enums", "true")]);
    assert_eq!(schema(&mut format, &proto).field("c").unwrap().schema().kind(), Type::Int32);
    assert_eq!(text(&mut format, &proto, "0807120307000c"), "Struct{c=7,l=[7, 0, 12]}");
}

#[test]
fn logical_types_are_recognised_by_their_messages() {
    let proto = proto3(
        "import \"google/protobuf/timestamp.proto\"; import \"google/type/date.proto\";
         import \"google/type/timeofday.proto\"; import \"confluent/type/decimal.proto\";
         import \"confluent/meta.proto\";
         message M { google.protobuf.Timestamp at = 1; google.type.Date day = 2; google.type.TimeOfDay time = 3;
           confluent.type.Decimal price = 4 [(confluent.field_meta) = { params: [
             { key: \"precision\", value: \"9\" }, { key: \"scale\", value: \"2\" } ] }];
           repeated google.protobuf.Timestamp all = 5;
           int32 small = 6 [(confluent.field_meta).params = { key: \"connect.type\", value: \"int8\" }];
           sint32 medium = 7 [(confluent.field_meta) = { params: { key: \"connect.type\" value: \"int16\" } }]; }",
    );
    let mut format = protobuf(&[]);
    let found = schema(&mut format, &proto);
    for (name, logical) in [
        ("at", Logical::Timestamp),
        ("day", Logical::Date),
        ("time", Logical::Time),
        ("price", Logical::Decimal),
    ] {
        let field = found.field(name).unwrap().schema();
        assert_eq!((field.logical(), field.is_optional()), (Some(logical), true));
    }
    let price = found.field("price").unwrap().schema();
    assert_eq!(
        (price.parameter("scale"), price.parameter("connect.decimal.precision")),
        (Some("2"), Some("9"))
    );
    assert_eq!(found.field("small").unwrap().schema().kind(), Type::Int8);
    assert_eq!(found.field("medium").unwrap().schema().kind(), Type::Int16);
    let payload =
        unhex("0a020801 120708b20f10011801 1a021801 22080a02009c10031802 2a00 2a020802 30ff01 3803");
    let read = read(&mut format, &proto, &[], &payload).unwrap();
    let Value::Struct(data) = read.value else { panic!() };
    assert_eq!(data.get("at").unwrap(), &Value::Date(1_000));
    assert_eq!(data.get("day").unwrap(), &Value::Date(0));
    assert_eq!(data.get("time").unwrap(), &Value::Date(1_000));
    assert_eq!(data.get("price").unwrap(), &Value::Decimal(std::sync::Arc::new("1.56".parse().unwrap())));
    assert_eq!(
        data.get("all").unwrap(),
        &Value::Array(std::sync::Arc::new(vec![Value::Date(0), Value::Date(2_000)]))
    );
    assert_eq!(data.get("small").unwrap(), &Value::Int8(-1));
    assert_eq!(data.get("medium").unwrap(), &Value::Int16(-2));
    data.validate().unwrap();
}

#[test]
fn wrappers_are_structs_or_nullable_scalars() {
    let proto = proto3(
        "import \"google/protobuf/wrappers.proto\";
         message M { google.protobuf.StringValue s = 1; google.protobuf.UInt32Value u = 2; int32 i = 3;
           oneof o { google.protobuf.BoolValue b = 4; string t = 5; } repeated google.protobuf.Int32Value l = 6; }",
    );
    let mut format = protobuf(&[]);
    let payload = "0a040a026869 120608feffffff0f 1801 22020801 3200 32020805";
    assert_eq!(
        text(&mut format, &proto, payload),
        "Struct{o_0=Struct{b=Struct{value=true}},s=Struct{value=hi},u=Struct{value=4294967294},i=1,l=[Struct{value=0}, \
         Struct{value=5}]}"
    );
    let mut format = protobuf(&[("wrapper.for.nullables", "true")]);
    assert_eq!(
        text(&mut format, &proto, payload),
        "Struct{o_0=Struct{b=true},s=hi,u=4294967294,i=1,l=[0, 5]}"
    );
    let found = schema(&mut format, &proto);
    let optional = |name: &str| found.field(name).unwrap().schema().is_optional();
    assert_eq!((optional("s"), optional("u"), optional("i"), optional("o_0")), (true, true, false, true));
    let union = found.field("o_0").unwrap().schema();
    let marker =
        |name: &str| union.field(name).unwrap().schema().parameter("io.confluent.connect.protobuf.Wrapper");
    assert_eq!((marker("b"), marker("t")), (Some("true"), None));
    // And back to the same bytes: the marker tells which member is a wrapper.
    let read = read(&mut format, &proto, &[], &unhex(payload)).unwrap();
    let (local, written) = write(&mut format, read.schema.as_ref().unwrap(), &read.value).unwrap();
    assert!(local.text.contains("google.protobuf.BoolValue b = 4;\n    string t = 5;"), "{}", local.text);
    assert_eq!(written, unhex(payload));
}

#[test]
fn a_root_wrapper_is_its_value_unless_switched_off() {
    let wrappers = super::super::known::text("google/protobuf/wrappers.proto").unwrap();
    let mut format = protobuf(&[]);
    let read_root = |format: &mut Protobuf, index, payload: &[u8]| {
        let mut reader = format.parse(&Registered { version: Some(3), ..registered(wrappers) }).unwrap();
        format.read(&mut reader, &[index], &Buf::from(payload)).unwrap()
    };
    let found = read_root(&mut format, 4, b"\x08\x05");
    let schema = found.schema.unwrap();
    assert_eq!((schema.kind(), schema.version(), schema.is_optional()), (Type::Int32, Some(3), false));
    assert_eq!(found.value, Value::Int32(5));
    assert_eq!(read_root(&mut format, 5, b"\x08\xff\xff\xff\xff\x0f").value, Value::Int64(4_294_967_295));
    assert_eq!(read_root(&mut format, 7, b"").value, Value::from(""));
    let mut format = protobuf(&[("wrapper.for.raw.primitives", "false")]);
    let found = read_root(&mut format, 4, b"\x08\x05");
    assert_eq!(found.value.to_java_string(), "Struct{value=5}");
    assert_eq!(found.schema.unwrap().version(), Some(3));
}

#[test]
fn entries_with_key_and_value_are_maps() {
    let proto = proto3(
        "message M { map<string, In> a = 1; repeated MyMapEntry b = 2; MyMapEntry single = 3;
           message MyMapEntry { int32 key = 1; Color value = 2; } }
         message In { int32 x = 1; } enum Color { RED = 0; BLUE = 1; }",
    );
    let mut format = protobuf(&[]);
    let found = schema(&mut format, &proto);
    let kinds: Vec<(Type, Option<&str>)> =
        found.fields().iter().map(|field| (field.schema().kind(), field.schema().name())).collect();
    assert_eq!(
        kinds,
        [(Type::Map, Some("a")), (Type::Map, Some("my_map")), (Type::Struct, Some("MyMapEntry"))]
    );
    assert!(found.field("a").unwrap().schema().is_optional());
    // What an entry does not say is there all the same, messages included; the last entry of a key counts.
    assert_eq!(
        text(&mut format, &proto, "0a030a0161 0a070a016212020805 1200 120408051001 120408051000 1a00"),
        "Struct{a={a=Struct{x=0}, b=Struct{x=5}},b={0=RED, 5=RED},single=Struct{key=0,value=RED}}"
    );
}

#[test]
fn proto2_has_defaults_required_fields_and_closed_enums() {
    let proto = "message M { optional int32 a = 1 [default = 5]; required string s = 2; repeated int32 l = 3 \
                 [packed = true]; optional E e = 4 [default = TWO]; optional bytes b = 5 [default = \"x\\001\"]; optional \
                 double d = 6 [default = -inf]; optional In m = 7; extensions 100 to 200;
                 optional group Gone = 8 { optional int32 g = 1; } }
                 message In { required int32 x = 1; required int32 y = 2; } enum E { ONE = 1; TWO = 2; }";
    let mut format = protobuf(&[]);
    let found = schema_of(&mut format, proto, "1200");
    assert_eq!(found.fields().len(), 7, "groups are left out");
    assert_eq!(text(&mut format, proto, "120161"), "Struct{s=a,l=[]}");
    assert_eq!(
        text(&mut format, proto, "0801 1200 1a020102 2002 2009"),
        "Struct{a=1,s=,l=[1, 2],e=TWO}",
        "a number that the enum does not have is unknown"
    );
    // A group, an extension, and text that is not UTF-8.
    assert_eq!(text(&mut format, proto, "43 0801 44 a00601 1201ff"), "Struct{s=\u{fffd},l=[]}");
    let missing = |fields: &str| {
        format!("payload InvalidProtocolBufferException: Message missing required fields: {fields}")
    };
    assert_eq!(text(&mut format, proto, ""), missing("s"));
    assert_eq!(text(&mut format, proto, "3a020801"), missing("s, m.y"));
    let mut format = protobuf(&[("optional.for.proto2", "false")]);
    assert_eq!(
        text(&mut format, proto, "1200"),
        "Struct{a=5,s=,l=[],e=TWO,b=java.nio.HeapByteBuffer[pos=0 lim=2 cap=2],d=-Infinity}"
    );
    let mut format = protobuf(&[("optional.for.nullables", "true")]);
    let found = schema_of(&mut format, proto, "1200");
    let optional = |name: &str| found.field(name).unwrap().schema().is_optional();
    assert_eq!((optional("a"), optional("s"), optional("l"), optional("m")), (true, false, true, true));
}

fn schema_of(format: &mut Protobuf, proto: &str, payload: &str) -> Schema {
    read(format, proto, &[], &unhex(payload)).unwrap().schema.unwrap()
}

#[test]
fn the_same_message_in_two_fields_keeps_each_fields_number() {
    let proto = proto3("message M { In a = 1; In b = 2; repeated In c = 3; } message In { int32 x = 1; }");
    let mut format = protobuf(&[]);
    let found = schema(&mut format, &proto);
    let tags: Vec<Option<&str>> = found.fields().iter().map(|field| field.schema().parameter(TAG)).collect();
    assert_eq!(tags, [Some("1"), Some("2"), Some("3")]);
    assert_eq!(text(&mut format, &proto, "1202080112001a00"), "Struct{b=Struct{x=1},c=[Struct{x=0}]}");
    let read = read(&mut format, &proto, &[], &unhex("1202080112001a00")).unwrap();
    let Value::Struct(data) = read.value else { panic!() };
    data.validate().unwrap();
}

#[test]
fn message_indexes_lead_to_messages_of_the_text() {
    let proto = proto3(
        "message A { map<string, string> m = 1; message In { int32 x = 1; message Deep { int32 y = 1; } } }
         message B { int32 z = 1; }",
    );
    let mut format = protobuf(&[]);
    for (indexes, name) in [(&[][..], "A"), (&[0], "A"), (&[1], "B"), (&[0, 0], "In"), (&[0, 0, 0], "Deep")] {
        let read = read(&mut format, &proto, indexes, &[]).unwrap();
        assert_eq!(read.schema.unwrap().name(), Some(name), "{indexes:?}");
    }
    for indexes in [&[2][..], &[-1], &[0, 1], &[1, 0], &[i32::MAX], &[0; 1000]] {
        let fault = read(&mut format, &proto, indexes, &[]).unwrap_err();
        assert!(
            fault_text(&fault).starts_with("payload IllegalArgumentException: Invalid message indexes: [")
        );
    }
}

#[test]
fn imports_come_from_references_and_public_ones_reach_through() {
    let main = "syntax = \"proto3\"; package p; import \"a/b.proto\"; message M { q.T t = 1; r.U u = 2; .q.E e = 3; }";
    let middle = "syntax = \"proto3\"; package q; import public \"c.proto\"; message T { int32 x = 1; } enum E { Z = 0; }";
    let last = "syntax = \"proto3\"; package r; message U { string s = 1; }";
    let mut format = protobuf(&[]);
    let registered = with_dependencies(main, &[("c.proto", last), ("a/b.proto", middle)]);
    let mut reader = format.parse(&registered).unwrap();
    let payload = Buf::from(unhex("0a020801 12030a0161"));
    let read = format.read(&mut reader, &[0], &payload).unwrap();
    assert_eq!(read.value.to_java_string(), "Struct{t=Struct{x=1},u=Struct{s=a},e=Z}");
    assert_eq!(format.record_name(&registered).unwrap().as_deref(), Some("p.M"));
}

#[test]
fn a_newer_text_reads_what_an_older_one_wrote() {
    let mut format = protobuf(&[]);
    let old = registered("syntax = \"proto3\"; message Other {} message M { int32 a = 1; }");
    let new = Registered {
        version: Some(2),
        ..registered("syntax = \"proto3\"; message M { int64 a = 1; string b = 2; }")
    };
    let mut reader = format.parse_as(&old, &new).unwrap();
    let read = format.read(&mut reader, &[1], &Buf::from(&[8, 5][..])).unwrap();
    assert_eq!(read.value.to_java_string(), "Struct{a=5,b=}");
    assert_eq!(read.schema.unwrap().version(), Some(2));
}

#[test]
fn a_text_in_base64_is_a_descriptor() {
    // FileDescriptorProto of: syntax proto3, package p, message M { int32 a = 1 [params connect.type int8];
    // optional string b = 2; oneof o { bool c = 3; } repeated E e = 4; } enum E { Z = 0; }
    let text = include_str!("descriptor.base64");
    let mut format = protobuf(&[]);
    let read = read(&mut format, text, &[], &unhex("08ff0118012001")).unwrap();
    assert_eq!(read.value.to_java_string(), "Struct{o_0=Struct{c=true},a=-1,e=[UNKNOWN_ENUM_VALUE_E_1]}");
    assert_eq!(read.schema.unwrap().field("a").unwrap().schema().kind(), Type::Int8);
    for text in ["CgE=", "CgX/", "====", "%%%"] {
        let error = format.parse(&registered(text)).err().map(|error| error_text(&error));
        assert!(
            error
                .is_none_or(|text| text.starts_with("IllegalArgumentException: Could not parse Protobuf - "))
        );
    }
}

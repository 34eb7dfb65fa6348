//! What upstream's binding (Jackson 2.21.2 with the entities of Kafka 4.3.1) says of bodies that do not fit.

use super::*;

fn check<T>(rows: &[(&str, &str)], bind: impl Fn(&[u8]) -> Result<T, Failure>) {
    let mut faults = Vec::new();
    for (body, text) in rows {
        let expect = text.replace("E.", "org.apache.kafka.connect.runtime.rest.entities.");
        match bind(body.as_bytes()) {
            Err(failure) if failure.message.as_deref() == Some(expect.as_str()) => {}
            Err(failure) => faults.push(format!("{body}: {:?}\n    instead of {expect}", failure.message)),
            Ok(_) => faults.push(format!("{body} is taken\n    instead of {expect}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_no_request_for_a_connector() {
    check(CREATE, create_request);
}

#[test]
fn what_is_no_list_of_offsets() {
    check(OFFSETS, offsets);
}

#[test]
fn what_is_no_configuration() {
    check(MAP, string_map);
}

#[test]
fn a_body_with_the_other_bracket_is_refused_for_it_whatever_comes_behind() {
    let array = "Cannot deserialize value of type `E.CreateConnectorRequest` from Array value (token `JsonToken.START_ARRAY`)";
    check(&[("[", array), ("[1", array), ("[1,", array), (" [/", array), ("[] 1", array)], create_request);
    let object = "Cannot deserialize value of type `java.util.ArrayList<java.util.Map<java.lang.String,java.lang.String>>` from Object value (token `JsonToken.START_OBJECT`)";
    check(&[("{", object), ("{\"a\":", object), ("{} x", object)], task_configs);
}

const CREATE: &[(&str, &str)] = &[
    (
        "5",
        "Cannot construct instance of `E.CreateConnectorRequest` (although at least one Creator exists): no int/Int-argument constructor/factory method to deserialize from Number value (5)",
    ),
    (
        "5.5",
        "Cannot construct instance of `E.CreateConnectorRequest` (although at least one Creator exists): no double/Double-argument constructor/factory method to deserialize from Number value (5.5)",
    ),
    (
        "true",
        "Cannot construct instance of `E.CreateConnectorRequest` (although at least one Creator exists): no boolean/Boolean-argument constructor/factory method to deserialize from boolean value (true)",
    ),
    (
        "\"x\"",
        "Cannot construct instance of `E.CreateConnectorRequest` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('x')",
    ),
    (
        "\"\"",
        "Cannot coerce empty String (\"\") to `E.CreateConnectorRequest` value (but could if coercion was enabled using `CoercionConfig`)",
    ),
    (
        "\" \"",
        "Cannot coerce empty String (\"\") to `E.CreateConnectorRequest` value (but could if coercion was enabled using `CoercionConfig`)",
    ),
    (
        "[]",
        "Cannot deserialize value of type `E.CreateConnectorRequest` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "[1]",
        "Cannot deserialize value of type `E.CreateConnectorRequest` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "99999999999",
        "Cannot construct instance of `E.CreateConnectorRequest` (although at least one Creator exists): no long/Long-argument constructor/factory method to deserialize from Number value (99999999999)",
    ),
    (
        "99999999999999999999",
        "Cannot construct instance of `E.CreateConnectorRequest` (although at least one Creator exists): no BigInteger-argument constructor/factory method to deserialize from Number value (99999999999999999999)",
    ),
    (
        "{\"name\":{}}",
        "Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)",
    ),
    (
        "{\"name\":[]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"config\":5}",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Integer value (token `JsonToken.VALUE_NUMBER_INT`)",
    ),
    (
        "{\"config\":\"\"}",
        "Cannot coerce empty String (\"\") to element of `java.util.LinkedHashMap` (but could if coercion was enabled using `CoercionConfig`)",
    ),
    (
        "{\"config\":\"x\"}",
        "Cannot construct instance of `java.util.LinkedHashMap` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('x')",
    ),
    (
        "{\"config\":[]}",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"config\":true}",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Boolean value (token `JsonToken.VALUE_TRUE`)",
    ),
    (
        "{\"config\":{\"a\":{}}}",
        "Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)",
    ),
    (
        "{\"config\":{\"a\":[]}}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"initial_state\":5}",
        "Cannot construct instance of `E.CreateConnectorRequest$InitialState`, problem: No enum constant E.CreateConnectorRequest.InitialState.5",
    ),
    (
        "{\"initial_state\":\"nope\"}",
        "Cannot construct instance of `E.CreateConnectorRequest$InitialState`, problem: No enum constant E.CreateConnectorRequest.InitialState.NOPE",
    ),
    (
        "{\"initial_state\":\"\"}",
        "Cannot construct instance of `E.CreateConnectorRequest$InitialState`, problem: No enum constant E.CreateConnectorRequest.InitialState.",
    ),
    (
        "{\"initial_state\":[]}",
        "Input mismatch reading Enum `E.CreateConnectorRequest$InitialState`: properties-based `@JsonCreator` ([method E.CreateConnectorRequest$InitialState#forValue(java.lang.String)]) expects String Value, got Array value (`JsonToken.START_ARRAY`)",
    ),
    (
        "{\"initial_state\":true}",
        "Cannot construct instance of `E.CreateConnectorRequest$InitialState`, problem: No enum constant E.CreateConnectorRequest.InitialState.TRUE",
    ),
    (
        "{\"offsets\":5}",
        "Unrecognized field \"offsets\" (class E.CreateConnectorRequest), not marked as ignorable (3 known properties: \"config\", \"name\", \"initial_state\")",
    ),
    (
        "{\"x\":1}",
        "Unrecognized field \"x\" (class E.CreateConnectorRequest), not marked as ignorable (3 known properties: \"config\", \"name\", \"initial_state\")",
    ),
];

const OFFSETS: &[(&str, &str)] = &[
    (
        "5",
        "Cannot construct instance of `E.ConnectorOffsets` (although at least one Creator exists): no int/Int-argument constructor/factory method to deserialize from Number value (5)",
    ),
    (
        "5.5",
        "Cannot construct instance of `E.ConnectorOffsets` (although at least one Creator exists): no double/Double-argument constructor/factory method to deserialize from Number value (5.5)",
    ),
    (
        "true",
        "Cannot construct instance of `E.ConnectorOffsets` (although at least one Creator exists): no boolean/Boolean-argument constructor/factory method to deserialize from boolean value (true)",
    ),
    (
        "\"x\"",
        "Cannot construct instance of `E.ConnectorOffsets` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('x')",
    ),
    (
        "\"\"",
        "Cannot coerce empty String (\"\") to `E.ConnectorOffsets` value (but could if coercion was enabled using `CoercionConfig`)",
    ),
    (
        "\" \"",
        "Cannot coerce empty String (\"\") to `E.ConnectorOffsets` value (but could if coercion was enabled using `CoercionConfig`)",
    ),
    (
        "[]",
        "Cannot deserialize value of type `E.ConnectorOffsets` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "[1]",
        "Cannot deserialize value of type `E.ConnectorOffsets` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "99999999999",
        "Cannot construct instance of `E.ConnectorOffsets` (although at least one Creator exists): no long/Long-argument constructor/factory method to deserialize from Number value (99999999999)",
    ),
    (
        "99999999999999999999",
        "Cannot construct instance of `E.ConnectorOffsets` (although at least one Creator exists): no BigInteger-argument constructor/factory method to deserialize from Number value (99999999999999999999)",
    ),
    (
        "{\"name\":{}}",
        "Unrecognized field \"name\" (class E.ConnectorOffsets), not marked as ignorable (one known property: \"offsets\")",
    ),
    (
        "{\"config\":5}",
        "Unrecognized field \"config\" (class E.ConnectorOffsets), not marked as ignorable (one known property: \"offsets\")",
    ),
    (
        "{\"initial_state\":5}",
        "Unrecognized field \"initial_state\" (class E.ConnectorOffsets), not marked as ignorable (one known property: \"offsets\")",
    ),
    (
        "{\"offsets\":5}",
        "Cannot deserialize value of type `java.util.ArrayList<E.ConnectorOffset>` from Integer value (token `JsonToken.VALUE_NUMBER_INT`)",
    ),
    (
        "{\"offsets\":\"x\"}",
        "Cannot deserialize value of type `java.util.ArrayList<E.ConnectorOffset>` from String value (token `JsonToken.VALUE_STRING`)",
    ),
    (
        "{\"offsets\":\"\"}",
        "Cannot deserialize value of type `java.util.ArrayList<E.ConnectorOffset>` from String value (token `JsonToken.VALUE_STRING`)",
    ),
    (
        "{\"offsets\":{}}",
        "Cannot deserialize value of type `java.util.ArrayList<E.ConnectorOffset>` from Object value (token `JsonToken.START_OBJECT`)",
    ),
    (
        "{\"offsets\":true}",
        "Cannot deserialize value of type `java.util.ArrayList<E.ConnectorOffset>` from Boolean value (token `JsonToken.VALUE_TRUE`)",
    ),
    (
        "{\"offsets\":5.5}",
        "Cannot deserialize value of type `java.util.ArrayList<E.ConnectorOffset>` from Floating-point value (token `JsonToken.VALUE_NUMBER_FLOAT`)",
    ),
    (
        "{\"offsets\":[5]}",
        "Cannot construct instance of `E.ConnectorOffset` (although at least one Creator exists): no int/Int-argument constructor/factory method to deserialize from Number value (5)",
    ),
    (
        "{\"offsets\":[\"x\"]}",
        "Cannot construct instance of `E.ConnectorOffset` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('x')",
    ),
    (
        "{\"offsets\":[true]}",
        "Cannot construct instance of `E.ConnectorOffset` (although at least one Creator exists): no boolean/Boolean-argument constructor/factory method to deserialize from boolean value (true)",
    ),
    (
        "{\"offsets\":[[]]}",
        "Cannot deserialize value of type `E.ConnectorOffset` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[{\"partition\":5}]}",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.Object>` from Integer value (token `JsonToken.VALUE_NUMBER_INT`)",
    ),
    (
        "{\"offsets\":[{\"partition\":\"x\"}]}",
        "Cannot construct instance of `java.util.LinkedHashMap` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('x')",
    ),
    (
        "{\"offsets\":[{\"partition\":[]}]}",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.Object>` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[{\"partition\":true}]}",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.Object>` from Boolean value (token `JsonToken.VALUE_TRUE`)",
    ),
    (
        "{\"offsets\":[{\"partition\":\"\"}]}",
        "Cannot coerce empty String (\"\") to element of `java.util.LinkedHashMap` (but could if coercion was enabled using `CoercionConfig`)",
    ),
    (
        "{\"x\":1}",
        "Unrecognized field \"x\" (class E.ConnectorOffsets), not marked as ignorable (one known property: \"offsets\")",
    ),
];

const MAP: &[(&str, &str)] = &[
    (
        "5",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Integer value (token `JsonToken.VALUE_NUMBER_INT`)",
    ),
    (
        "5.5",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Floating-point value (token `JsonToken.VALUE_NUMBER_FLOAT`)",
    ),
    (
        "true",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Boolean value (token `JsonToken.VALUE_TRUE`)",
    ),
    (
        "\"x\"",
        "Cannot construct instance of `java.util.LinkedHashMap` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('x')",
    ),
    (
        "\"\"",
        "Cannot coerce empty String (\"\") to element of `java.util.LinkedHashMap` (but could if coercion was enabled using `CoercionConfig`)",
    ),
    (
        "\" \"",
        "Cannot coerce empty String (\"\") to element of `java.util.LinkedHashMap` (but could if coercion was enabled using `CoercionConfig`)",
    ),
    (
        "[]",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "[1]",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "99999999999",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Integer value (token `JsonToken.VALUE_NUMBER_INT`)",
    ),
    (
        "99999999999999999999",
        "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Integer value (token `JsonToken.VALUE_NUMBER_INT`)",
    ),
    (
        "{\"name\":{}}",
        "Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)",
    ),
    (
        "{\"name\":[]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"config\":[]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"config\":{\"a\":{}}}",
        "Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)",
    ),
    (
        "{\"config\":{\"a\":[]}}",
        "Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)",
    ),
    (
        "{\"initial_state\":[]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":{}}",
        "Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)",
    ),
    (
        "{\"offsets\":[5]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[\"x\"]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[true]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[[]]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[{\"partition\":5}]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[{\"partition\":\"x\"}]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[{\"partition\":[]}]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[{\"partition\":true}]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
    (
        "{\"offsets\":[{\"partition\":\"\"}]}",
        "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
    ),
];

"""Judges JSON Schema payloads with the JSON serializer and deserializer of confluent-kafka against a real registry.

    pip install --requirement tests/it/requirements.txt
    python3 confluent_python.py http://127.0.0.1:8080/apis/ccompat/v7 [write | read]

With `write`, what the serializer makes of a few values goes to standard output, a frame and its value in a line; with
`read`, such lines are read from standard input and checked. Without either, what the converter writes (written.jsonl) is registered, framed and read back with validation by the schema. What the
serializer writes is recorded in python.jsonl, with the value that Connect must read, for the test of the same name.
"""

import json
import pathlib
import struct
import sys

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

HERE = pathlib.Path(__file__).parent
DRAFT = {"$schema": "http://json-schema.org/draft-07/schema#"}
client = SchemaRegistryClient({"url": sys.argv[1]})


def read_back():
    read = unchecked = refused = 0
    for n, line in enumerate(open(HERE / "written.jsonl", encoding="utf-8")):
        row = json.loads(line)
        if row.get("payload") is None:
            continue
        topic = f"w{n}"
        text = row["schema"]
        try:
            id = client.register_schema(f"{topic}-value", Schema(text, "JSON"))
        except SchemaRegistryError as error:
            # Apicurio 3.0 knows a JSON schema by properties or a dialect at its root only.
            assert error.http_status_code == 422, line
            refused += 1
            text = json.dumps({**DRAFT, **json.loads(text)}, ensure_ascii=False)
            id = client.register_schema(f"{topic}-value", Schema(text, "JSON"))
        frame = struct.pack(">bI", 0, id) + row["payload"].encode()
        context = SerializationContext(topic, MessageField.VALUE)
        try:
            value = JSONDeserializer(text, schema_registry_client=client)(frame, context)
        except Exception as error:
            # Random rows hold texts that are none of an enumeration, and unions whose members allow one value each;
            # upstream does not check either.
            if ".Enum." in line or ".OneOf" in line:
                unchecked += 1
                continue
            raise SystemExit(f"{line}\n{error}")
        assert value == json.loads(row["payload"]), line
        read += 1
    print(
        f"read back: {read}, outside of an enumeration or union: {unchecked}, with a dialect added: {refused}",
        file=sys.stderr,
    )


def prop(index, **schema):
    return {**schema, "connect.index": index}


ROW = {
    **DRAFT,
    "title": "Order",
    "type": "object",
    "properties": {
        "id": prop(0, type="integer"),
        "amount": prop(1, type="number"),
        "name": prop(2, type="string"),
        "paid": prop(3, type="boolean"),
        "note": {"oneOf": [{"type": "null"}, {"type": "string"}], "connect.index": 4},
        "tags": prop(5, type="array", items={"type": "string"}),
        "address": prop(
            6,
            type="object",
            properties={"city": prop(0, type="string"), "zip": prop(1, enum=["1", "2"])},
            required=["city"],
        ),
        "one": {
            "oneOf": [
                {"type": "integer"},
                {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]},
            ],
            "connect.index": 7,
        },
    },
    "required": ["id", "name"],
}
ONE = "io.confluent.connect.json.OneOf.field."
VALUES = [
    ({"id": 1, "name": "n"}, 'Struct{id=Long(1),name="n"}'),
    (
        {"id": 2**40, "amount": 1.5, "name": "é😀\n", "paid": True, "note": None, "tags": [], "one": 5},
        'Struct{id=Long(1099511627776),amount=Double(1.5),name="é😀\\n",paid=Boolean(true),tags=[],'
        "one=Struct{" + ONE + "0=Long(5)}}",
    ),
    (
        {
            "id": -1,
            "name": "",
            "amount": 3,
            "note": "x",
            "tags": ["a", "b"],
            "address": {"city": "c", "zip": "2"},
            "one": {"x": "y"},
        },
        'Struct{id=Long(-1),amount=Double(3.0),name="",note="x",tags=["a","b"],'
        'address=Struct{city="c",zip="2"},one=Struct{' + ONE + '1=Struct{x="y"}}}',
    ),
]
ROOTS = [
    ({"type": "integer"}, 5, "Long(5)"),
    ({"type": "string"}, "s", '"s"'),
    ({"type": "array", "items": {"type": "number"}}, [1.0, 2.5], "[Double(1.0),Double(2.5)]"),
    ({"type": ["null", "boolean"]}, True, "Boolean(true)"),
]


def record():
    with open(HERE / "python.jsonl", "w", encoding="utf-8") as out:
        for n, (schema, value, shown) in enumerate(cases()):
            context = SerializationContext(f"r{n}", MessageField.VALUE)
            text = json.dumps(schema)
            frame = JSONSerializer(text, client, to_dict=lambda value, _: value)(value, context)
            registered = client.get_latest_version(f"r{n}-value").schema.schema_str
            row = {"json": registered, "frame": frame.hex(), "shown": shown}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")



def cases():
    roots = [({**DRAFT, **schema}, value, shown) for schema, value, shown in ROOTS]
    return [(ROW, value, shown) for value, shown in VALUES] + roots


def write():
    for n, (schema, value, _) in enumerate(cases()):
        context = SerializationContext(f"r{n}", MessageField.VALUE)
        frame = JSONSerializer(json.dumps(schema), client, to_dict=lambda value, _: value)(value, context)
        print(frame.hex(), json.dumps(value), sep="\t")


def without_nulls(value):
    """Connect has no absent members of a struct: they come back as null."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def read():
    count = 0
    for n, line in enumerate(sys.stdin):
        frame, expected = line.rstrip("\n").split("\t")
        frame = bytes.fromhex(frame)
        text = client.get_schema(int.from_bytes(frame[1:5], "big")).schema_str
        # The schema says what the payload must be: what does not satisfy it is an error of the deserializer.
        context = SerializationContext(f"ours-{n}", MessageField.VALUE)
        found = JSONDeserializer(text, schema_registry_client=client)(frame, context)
        assert without_nulls(found) == without_nulls(json.loads(expected)), (found, expected)
        count += 1
    print(count, "frames hold their values")


if sys.argv[2:] == ["write"]:
    write()
elif sys.argv[2:] == ["read"]:
    read()
else:
    read_back()
    record()

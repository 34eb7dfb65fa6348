"""Records what Confluent's Python client and protobuf's own runtime make of messages, over a real registry.

Usage: record.py REGISTRY_URL OUT.json [FRAMES.json]   serialises with ProtobufSerializer, writes recorded.json and,
                                                       for the test over a real registry, the frames
       record.py - --check FRAMES.json.written   deserialises what that test wrote
That test (tests/it/protobuf.rs) runs both. PyPI: tests/it/requirements.txt.
The registry: Apicurio 3.0.9 at http://HOST:PORT/apis/ccompat/v7, or Confluent's.
"""
import importlib, json, os, sys, tempfile
import grpc_tools
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

PROTOS = {
    "shared/part.proto": 'syntax = "proto3"; package shared; message Part { string id = 1; int64 weight = 2; } '
                         "enum Kind { NONE = 0; BIG = 5; }",
    "all.proto": """syntax = "proto3"; package rec;
import "google/protobuf/wrappers.proto"; import "google/protobuf/timestamp.proto";
import "google/type/date.proto"; import "google/type/timeofday.proto"; import "shared/part.proto";
message First { message Inner { int32 a = 1; message Deep { string b = 1; } } }
message Scalars { double d = 1; float f = 2; int32 i32 = 3; int64 i64 = 4; uint32 u32 = 5; uint64 u64 = 6;
  sint32 s32 = 7; sint64 s64 = 8; fixed32 f32 = 9; fixed64 f64 = 10; sfixed32 sf32 = 11; sfixed64 sf64 = 12;
  bool t = 13; string text = 14; bytes raw = 15; }
message Nested { First.Inner inner = 1; shared.Part part = 2; shared.Kind kind = 3; Scalars scalars = 200; }
message Lists { repeated int32 packed = 1; repeated sint64 zigzag = 2; repeated double doubles = 3;
  repeated bool flags = 4; repeated string texts = 5; repeated shared.Part parts = 6; repeated shared.Kind kinds = 7;
  repeated google.protobuf.Timestamp times = 8; repeated fixed32 plain = 9 [packed = false]; }
message Maps { map<string, int32> counts = 1; map<int64, shared.Part> parts = 2; map<bool, shared.Kind> kinds = 3; }
message Choice { int32 before = 10; oneof choice { string text = 1; shared.Part part = 2; sint32 number = 3; }
  oneof second { bool yes = 4; google.protobuf.Timestamp at = 5; } }
message Wrapped { google.protobuf.StringValue s = 1; google.protobuf.Int32Value i = 2;
  google.protobuf.UInt32Value u = 3; google.protobuf.BoolValue b = 4; google.protobuf.DoubleValue d = 5;
  google.protobuf.BytesValue y = 6; }
message Times { google.protobuf.Timestamp at = 1; google.type.Date day = 2; google.type.TimeOfDay time = 3; }
message Optional { optional int32 i = 1; optional string s = 2; optional shared.Kind k = 3; int32 plain = 4;
  optional bool t = 5; }
""",
    "old.proto": """syntax = "proto2"; package old;
message Old { required int32 id = 1; optional string name = 2 [default = "none"]; repeated int32 n = 3;
  repeated int32 p = 4 [packed = true]; optional Color color = 5 [default = BLUE]; optional Old2 in = 6; }
message Old2 { optional double d = 1; } enum Color { RED = 1; BLUE = 2; }
""",
}

# Message, its fields, and the Connect value in JSON: integers of dates are milliseconds, bytes hexadecimal.
CASES = [
    ("rec.Scalars", {}, {"d": 0.0, "f": 0.0, "i32": 0, "i64": 0, "u32": 0, "u64": 0, "s32": 0, "s64": 0, "f32": 0,
        "f64": 0, "sf32": 0, "sf64": 0, "t": False, "text": "", "raw": ""}),
    ("rec.Scalars", dict(d=-0.5, f=1.5, i32=-1, i64=-2, u32=2**32 - 1, u64=2**64 - 1, s32=-(2**31), s64=-(2**63),
        f32=2**32 - 2, f64=2**63, sf32=-3, sf64=-4, t=True, text="h\u00e9\U0001f600", raw=b"\x00\xff"),
     {"d": -0.5, "f": 1.5, "i32": -1, "i64": -2, "u32": 2**32 - 1, "u64": -1, "s32": -(2**31), "s64": -(2**63),
        "f32": 2**32 - 2, "f64": -(2**63), "sf32": -3, "sf64": -4, "t": True, "text": "h\u00e9\U0001f600",
        "raw": "00ff"}),
    ("rec.First.Inner.Deep", dict(b="x"), {"b": "x"}),
    ("rec.Nested", dict(inner=dict(a=1), part=dict(id="p", weight=7), kind=5, scalars=dict(i32=300)),
     {"inner": {"a": 1}, "part": {"id": "p", "weight": 7}, "kind": "BIG", "scalars": {"d": 0.0, "f": 0.0,
        "i32": 300, "i64": 0, "u32": 0, "u64": 0, "s32": 0, "s64": 0, "f32": 0, "f64": 0, "sf32": 0, "sf64": 0,
        "t": False, "text": "", "raw": ""}}),
    ("rec.Nested", {}, {"kind": "NONE"}),
    ("rec.Lists", dict(packed=[1, -1, 300], zigzag=[-1, 2**40], doubles=[0.0, 1.5], flags=[True, False],
        texts=["", "a"], parts=[{}, dict(id="q")], kinds=[5, 0], times=[dict(seconds=1, nanos=2000000), {}],
        plain=[7, 8]),
     {"packed": [1, -1, 300], "zigzag": [-1, 2**40], "doubles": [0.0, 1.5], "flags": [True, False],
        "texts": ["", "a"], "parts": [{"id": "", "weight": 0}, {"id": "q", "weight": 0}], "kinds": ["BIG", "NONE"],
        "times": [1002, 0], "plain": [7, 8]}),
    ("rec.Lists", {}, {"packed": [], "zigzag": [], "doubles": [], "flags": [], "texts": [], "parts": [],
        "kinds": [], "times": [], "plain": []}),
    ("rec.Maps", dict(counts={"a": 1}, parts={-5: dict(id="z")}, kinds={True: 5}),
     {"counts": {"a": 1}, "parts": {"-5": {"id": "z", "weight": 0}}, "kinds": {"true": "BIG"}}),
    ("rec.Choice", dict(before=1, text=""), {"choice_0": {"text": ""}, "before": 1}),
    ("rec.Choice", dict(part=dict(weight=3), yes=False),
     {"choice_0": {"part": {"id": "", "weight": 3}}, "second_1": {"yes": False}, "before": 0}),
    ("rec.Choice", dict(number=-7, at=dict(seconds=5)),
     {"choice_0": {"number": -7}, "second_1": {"at": 5000}, "before": 0}),
    ("rec.Choice", dict(before=2), {"before": 2}),
    ("rec.Wrapped", dict(s=dict(value="w"), i=dict(value=-1), u=dict(value=2**32 - 1), b=dict(value=False),
        d=dict(value=2.5), y=dict(value=b"\x01")),
     {"s": {"value": "w"}, "i": {"value": -1}, "u": {"value": 2**32 - 1}, "b": {"value": False},
        "d": {"value": 2.5}, "y": {"value": "01"}}),
    ("rec.Times", dict(at=dict(seconds=-1, nanos=999000000), day=dict(year=2024, month=2, day=29),
        time=dict(hours=23, minutes=59, seconds=58, nanos=7000000)),
     {"at": -1, "day": 19782 * 86400000, "time": 86398007}),
    ("rec.Optional", dict(i=0, s="", k=0, t=False), {"i": 0, "s": "", "k": "NONE", "plain": 0, "t": False}),
    ("rec.Optional", {}, {"plain": 0}),
    ("old.Old", dict(id=3, name="", n=[1, 2], p=[3, 4], color=1, **{"in": {}}),
     {"id": 3, "name": "", "n": [1, 2], "p": [3, 4], "color": "RED", "in": {}}),
    ("old.Old", dict(id=-1), {"id": -1, "n": [], "p": []}),
]


def compile_all():
    folder = tempfile.mkdtemp()
    for name, text in PROTOS.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        open(os.path.join(folder, name), "w").write(text)
    import google.type
    include = [folder, os.path.join(os.path.dirname(grpc_tools.__file__), "_proto"),
               os.path.dirname(os.path.dirname(list(google.type.__path__)[0]))]
    arguments = [""] + ["-I" + path for path in include] + ["--python_out=" + folder] + list(PROTOS)
    assert protoc.main(arguments) == 0
    sys.path.insert(0, folder)
    classes = {}
    for name in PROTOS:
        module = importlib.import_module(
            name[:-6].replace("/", ".") + "_pb2")
        for message in module.DESCRIPTOR.message_types_by_name:
            classes[f"{module.DESCRIPTOR.package}.{message}"] = getattr(module, message)
    classes["rec.First.Inner.Deep"] = classes["rec.First"].Inner.Deep
    return classes


def fill(message, fields):
    for name, value in fields.items():
        field = message.DESCRIPTOR.fields_by_name[name]
        if field.message_type and field.message_type.GetOptions().map_entry:
            for key, entry in value.items():
                if isinstance(entry, dict):
                    fill(getattr(message, name)[key], entry)
                else:
                    getattr(message, name)[key] = entry
        elif isinstance(value, list):
            for element in value:
                if isinstance(element, dict):
                    fill(getattr(message, name).add(), element)
                else:
                    getattr(message, name).append(element)
        elif isinstance(value, dict):
            getattr(message, name).SetInParent()
            fill(getattr(message, name), value)
        else:
            setattr(message, name, value)
    return message


def texts(client, schema):
    """The text of a registered schema and of all that it refers to, deepest first."""
    found = []
    for reference in schema.references or []:
        version = client.get_version(reference.subject, reference.version)
        found += [one for one in texts(client, version.schema)[1] if one not in found]
        found.append({"name": reference.name, "text": version.schema.schema_str})
    return schema.schema_str, found


def record(url, out, frames=None):
    client, classes, cases, framed_all = SchemaRegistryClient({"url": url}), compile_all(), [], []
    for number, (name, fields, expected) in enumerate(CASES):
        message = fill(classes[name](), fields)
        context = SerializationContext(f"recorded-{number}", MessageField.VALUE)
        framed = ProtobufSerializer(classes[name], client, {"use.deprecated.format": False})(message, context)
        framed_all.append(framed.hex())
        schema = client.get_schema(int.from_bytes(framed[1:5], "big"))
        text, dependencies = texts(client, schema)
        payload = message.SerializeToString(deterministic=True)
        assert framed.endswith(payload)
        indexes = framed[5:len(framed) - len(payload)].hex()
        cases.append({"message": name, "schema": text, "dependencies": dependencies, "indexes": indexes,
                      "payload": payload.hex(), "value": expected})
    schemas, numbered = [], {}
    for case in cases:
        key = json.dumps([case.pop("schema"), case.pop("dependencies")])
        if key not in numbered:
            numbered[key] = len(schemas)
            text, dependencies = json.loads(key)
            schemas.append({"text": text, "dependencies": dependencies})
        case["schema"] = numbered[key]
    json.dump({"sources": PROTOS, "schemas": schemas, "cases": cases}, open(out, "w"), indent=1, ensure_ascii=True)
    if frames:
        json.dump(framed_all, open(frames, "w"))
    print(len(cases), "cases,", len(schemas), "schemas")


def check(frames):
    """Each frame of the tests holds the message that the case was made of."""
    classes, bad = compile_all(), 0
    frames = json.load(open(frames))
    assert len(frames) == len(CASES)
    for (name, fields, _), frame in zip(CASES, frames):
        context = SerializationContext("written", MessageField.VALUE)
        # Without a registry: Apicurio has no serialized form of a text, which the client would ask for.
        deserializer = ProtobufDeserializer(classes[name], {"use.deprecated.format": False})
        found = deserializer(bytes.fromhex(frame), context)
        if found != fill(classes[name](), fields):
            bad += 1
            print("differs:", name, fields, found)
    print(len(frames) - bad, "of", len(frames), "frames are the messages")
    sys.exit(bad != 0)


if __name__ == "__main__":
    if sys.argv[2] == "--check":
        check(sys.argv[3])
    record(*sys.argv[1:])

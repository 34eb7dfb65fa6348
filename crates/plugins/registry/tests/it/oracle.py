"""Confluent's Python client as a judge of Avro: writes records to standard output, or reads them from standard input.

oracle.py URL write|read, one record a line in hexadecimal. Needs the package confluent-kafka[avro].
"""

import sys, json, decimal, datetime
from confluent_kafka.schema_registry import SchemaRegistryClient, Schema
from confluent_kafka.schema_registry.avro import AvroSerializer, AvroDeserializer
from confluent_kafka.serialization import SerializationContext, MessageField
url, mode = sys.argv[1], sys.argv[2]
c = SchemaRegistryClient({'url': url})
ctx = SerializationContext('t', MessageField.VALUE)
def default(o):
    if isinstance(o, bytes): return 'b:' + o.hex()
    if isinstance(o, decimal.Decimal): return 'd:' + str(o)
    if isinstance(o, datetime.datetime): return 'ts:%d' % round(o.timestamp()*1000)
    return str(o)
if mode == 'read':
    d = AvroDeserializer(c)
    for line in sys.stdin:
        print(json.dumps(d(bytes.fromhex(line.strip()), ctx), default=default, sort_keys=True, ensure_ascii=False))
else:
    cases = [
     ({"type":"record","name":"Py","namespace":"py","fields":[
        {"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},{"name":"d","type":"double"},
        {"name":"b","type":"boolean"},{"name":"s","type":"string"},{"name":"raw","type":"bytes"},
        {"name":"o","type":["null","string"],"default":None},
        {"name":"u","type":["null","int","string",{"type":"record","name":"In","fields":[{"name":"x","type":"int"}]}],"default":None},
        {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
        {"name":"fx","type":{"type":"fixed","name":"F","size":3}},
        {"name":"arr","type":{"type":"array","items":["null","long"]}},
        {"name":"m","type":{"type":"map","values":"In"}},
        {"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"dt","type":{"type":"int","logicalType":"date"}},
        {"name":"dec","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
      ]}, [
        {"i":-1,"l":2**62,"f":1.5,"d":-2.25,"b":True,"s":"é😀","raw":b"\x00\xff","o":"x","u":{"x":7},"e":"B","fx":b"abc","arr":[1,None,-3],"m":{"k":{"x":1}},"ts":datetime.datetime(2024,1,2,3,4,5,678000,tzinfo=datetime.timezone.utc),"dt":datetime.date(2020,2,29),"dec":decimal.Decimal("-12.34")},
        {"i":0,"l":0,"f":0.0,"d":0.0,"b":False,"s":"","raw":b"","o":None,"u":"str","e":"A","fx":b"\0\0\0","arr":[],"m":{},"ts":datetime.datetime(1970,1,1,tzinfo=datetime.timezone.utc),"dt":datetime.date(1970,1,1),"dec":decimal.Decimal("0.00")},
      ]),
     ("string", ["abc", ""]), ("long", [5]), (["null","double"], [1.5]),
    ]
    for schema, values in cases:
        s = AvroSerializer(c, json.dumps(schema))
        for v in values: print(s(v, ctx).hex())

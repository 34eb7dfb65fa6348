#!/usr/bin/env python3
"""Fills a topic with Avro rows by Confluent's serializer: avro_fill.py BROKER REGISTRY TOPIC FIRST_ID COUNT"""

import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

SCHEMA = """{"type":"record","name":"Row","namespace":"bench","fields":[{"name":"id","type":"long"},{"name":"name","type":"string"},
{"name":"price","type":"double"},{"name":"flag","type":["null","boolean"],"default":null},{"name":"note","type":["null","string"],"default":null}]}"""

broker, registry, topic, first, count = sys.argv[1:]
serialize = AvroSerializer(SchemaRegistryClient({"url": registry}), SCHEMA)
context = SerializationContext(topic, MessageField.VALUE)
producer = Producer({"bootstrap.servers": broker, "batch.size": 16384, "linger.ms": 5, "enable.idempotence": True, "queue.buffering.max.messages": 1_000_000})
for n in range(int(count)):
    row = {"id": int(first) + n, "name": "abcdefghij", "price": 12.5, "flag": True, "note": "abcdefghij abcdefghij abcdefghij"}
    while True:
        try:
            producer.produce(topic, serialize(row, context), partition=0)
            break
        except BufferError:
            producer.poll(0.1)
    if n % 10_000 == 0:
        producer.poll(0)
if producer.flush(120):
    sys.exit("not all records arrived")

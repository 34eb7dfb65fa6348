#!/usr/bin/env python3
"""Converters and transforms in a pipeline, ours beside the JVM's: one real broker, one task, records of about 100 bytes.

    python3 benches/data_plane.py --libs FOLDER_WITH_KAFKA_JARS [--runs 5] [--records 2000000] [--case NAME]…
        [--binary NAME=PATH]… [--apicurio FOLDER_WITH_APICURIOS_CONVERTER --registry http://HOST:PORT]

| case | pipeline |
|---|---|
| envelope-out | file → topic: HoistField, InsertField, ReplaceField, JSON with its schema |
| schemaless-out | file → topic: the same transforms, JSON without schema |
| schemaless-in | topic → file: JSON without schema, InsertField, ReplaceField, Cast; the sink writes Java's text of the map |
| envelope-in | topic → file: JSON with its schema, the same transforms; the text of the struct |
| avro-out, avro-in | as the envelope cases with Avro and a registry: our AvroConverter beside Apicurio's |
| protobuf-out, jsonschema-out | as envelope-out with these converters and a registry; ours alone, no JVM's can be had |
| protobuf-in, jsonschema-in | topic → file: what the cases before wrote, InsertField and ReplaceField; ours alone |

Measured as benches/pipeline.py does, whose parts it uses. What each rival wrote is compared byte for byte with what the
others wrote (avro-out: not, the registered texts differ). Apicurio's registry must be running for all but JSON.
"""

import argparse, pathlib, subprocess, sys, tempfile

import pipeline
from pipeline import Broker, ROOT, Worker, kcat, measure, sink, source, throughput_table

JSON = "org.apache.kafka.connect.json.JsonConverter"
SMT = "org.apache.kafka.connect.transforms"
OUT = {
    "transforms": "hoist,insert,replace",
    "transforms.hoist.type": f"{SMT}.HoistField$Value",
    "transforms.hoist.field": "line",
    "transforms.insert.type": f"{SMT}.InsertField$Value",
    "transforms.insert.static.field": "source",
    "transforms.insert.static.value": "bench",
    "transforms.replace.type": f"{SMT}.ReplaceField$Value",
    "transforms.replace.renames": "line:text",
}
IN = {
    "transforms": "insert,replace,cast",
    "transforms.insert.type": f"{SMT}.InsertField$Value",
    "transforms.insert.static.field": "source",
    "transforms.insert.static.value": "bench",
    "transforms.replace.type": f"{SMT}.ReplaceField$Value",
    "transforms.replace.exclude": "flag",
    "transforms.replace.renames": "name:title",
    "transforms.cast.type": f"{SMT}.Cast$Value",
    "transforms.cast.spec": "id:string,price:float32",
}
FIELDS = (
    '{"type":"struct","fields":[{"type":"int64","optional":false,"field":"id"},{"type":"string","optional":false,"field":"name"},'
    '{"type":"double","optional":false,"field":"price"},{"type":"boolean","optional":true,"field":"flag"},'
    '{"type":"string","optional":true,"field":"note"}],"optional":false,"name":"bench.Row"}'
)
# Ten digits in each id, so that each line of an output is as long as the next.
FIRST = 1_000_000_000


def json_row(n):
    return f'{{"id":{FIRST + n},"name":"abcdefghij","price":12.5,"flag":true,"note":"abcdefghij abcdefghij abcdefghij"}}'


def envelope_row(n):
    return f'{{"schema":{FIELDS},"payload":{json_row(n)}}}'


def json(schemas):
    return {"value.converter": JSON, "value.converter.schemas.enable": schemas}


def avro(args):
    """Settings of both sides for the same registry."""

    def choose(rival):
        if rival == "JVM":
            key = "value.converter.apicurio.registry"
            return {
                "value.converter": "io.apicurio.registry.utils.converter.AvroConverter",
                f"{key}.url": f"{args.registry}/apis/registry/v2",
                f"{key}.auto-register": "true",
                f"{key}.headers.enabled": "false",
                f"{key}.id-handler": "io.apicurio.registry.serde.Legacy4ByteIdHandler",
                f"{key}.use-id": "contentId",
                "plugin.path": args.apicurio,
            }
        return {
            "value.converter": "io.confluent.connect.avro.AvroConverter",
            "value.converter.schema.registry.url": f"{args.registry}/apis/ccompat/v7",
        }

    return choose


def registered(args, converter):
    """Settings of ours for another format of the registry."""
    return {"value.converter": converter, "value.converter.schema.registry.url": f"{args.registry}/apis/ccompat/v7"}


# The formats without a rival: a struct of two texts, which the outward case has written, gets a third.
ALONE = {"protobuf": "io.confluent.connect.protobuf.ProtobufConverter", "jsonschema": "io.confluent.connect.json.JsonSchemaConverter"}
IN_ALONE = {
    "transforms": "insert,replace",
    "transforms.insert.type": f"{SMT}.InsertField$Value",
    "transforms.insert.static.field": "bench",
    "transforms.insert.static.value": "in",
    "transforms.replace.type": f"{SMT}.ReplaceField$Value",
    "transforms.replace.renames": "text:title",
}


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder, self.port = args, folder, args.port
        self.warmup, self.total = args.warmup, args.warmup + args.records
        self.broker = Broker(args.libs, folder, args.port)
        self.seen = {}

    def lines(self, name, row):
        path = self.folder / name
        if not path.exists():
            with path.open("w") as file:
                for at in range(0, self.total, 10_000):
                    file.write("".join(row(n) + "\n" for n in range(at, min(at + 10_000, self.total))))
        return path

    def filled(self, name, row):
        """A topic with one row a record, written once by kcat in batches of 16 KB."""
        if name not in self.seen:
            self.broker.create(name)
            small = ["-X", "batch.size=16384", "-X", "linger.ms=5", "-X", "enable.idempotence=true"]
            command = ["kcat", "-P", "-b", f"127.0.0.1:{self.broker.port}", "-t", name, "-p", "0", *small]
            subprocess.run([*command, "-l", self.lines(f"{name}.txt", row)], check=True)
            self.seen[name] = True
        return name

    def same(self, case, rival, found):
        """All rivals must have written the same."""
        first = self.seen.setdefault(case, (rival, found))
        if first[1] != found:
            sys.exit(f"{case}: {rival} wrote something else than {first[0]}")

    def plain(self):
        return self.lines("plain.txt", lambda n: f"{FIRST + n} abcdefghij abcdefghij abcdefghij abcdefghij abcdefghij abcdefghij abcdefghij abcdefg")

    def out(self, case, rival, topic, converters):
        file = self.plain()
        self.broker.create(topic)
        worker = Worker(rival, self.broker, self.folder / "worker", self.port + 10, [source("bench-source", topic, file) | OUT], converters)
        try:
            result = measure(worker, lambda: self.broker.end_of(topic), self.warmup, self.total)
        finally:
            worker.stop()
        reader = kcat(self.broker, topic, "-e")
        found = pipeline.digest(reader.stdout)
        reader.wait()
        self.broker.topics("--delete", topic)
        return result, found

    def into(self, case, rival, topic, filled, converters, transforms=IN):
        out = self.folder / "out.txt"
        out.unlink(missing_ok=True)
        connector = sink(f"bench-{topic}", filled, out) | transforms
        worker = Worker(rival, self.broker, self.folder / "worker", self.port + 10, [connector], converters)
        length = 0

        def lines():
            nonlocal length
            if not out.exists():
                return 0
            if not length:
                with out.open("rb") as stream:
                    head = stream.readline()
                length = len(head) if head.endswith(b"\n") else 0
            return out.stat().st_size // length if length else 0

        try:
            result = measure(worker, lines, self.warmup, self.total)
        finally:
            worker.stop()
        with out.open("rb") as stream:
            found = pipeline.digest(stream)
        out.unlink()
        return result, found

    def run(self, case, name, rival, number):
        topic = f"{case}-{number}-{name.lower()}"
        if case == "envelope-out":
            result, found = self.out(case, rival, topic, json("true"))
        elif case == "schemaless-out":
            result, found = self.out(case, rival, topic, json("false"))
        elif case == "schemaless-in":
            result, found = self.into(case, rival, topic, self.filled("schemaless", json_row), json("false"))
        elif case == "envelope-in":
            result, found = self.into(case, rival, topic, self.filled("envelope", envelope_row), json("true"))
        elif case == "avro-out":
            result, _ = self.out(case, rival, topic, avro(self.args)(rival))
            return result
        elif case.partition("-")[0] in ALONE:
            form, _, way = case.partition("-")
            converters = registered(self.args, ALONE[form])
            if way == "out":
                result, found = self.out(case, rival, topic, converters)
            else:
                result, found = self.into(case, rival, topic, self.written(form, rival, converters), converters, IN_ALONE)
        else:
            result, found = self.into(case, rival, topic, self.avro_topic(), avro(self.args)(rival))
        self.same(case, name, found)
        return result

    def written(self, form, binary, converters):
        """A topic with what our worker writes in a format."""
        if form not in self.seen:
            self.broker.create(form)
            connector = source("bench-source", form, self.plain()) | OUT | {"producer.override.batch.size": 16384}
            worker = Worker(binary, self.broker, self.folder / "worker", self.port + 10, [connector], converters)
            try:
                pipeline.until("the topic", lambda: self.broker.end_of(form) >= self.total, limit=300)
            finally:
                worker.stop()
            self.seen[form] = True
        return form

    def avro_topic(self):
        """A topic of Avro records, filled by Confluent's Python serializer in batches of 16 KB."""
        if "avro" not in self.seen:
            self.broker.create("avro")
            script = pathlib.Path(__file__).with_name("avro_fill.py")
            where = [f"127.0.0.1:{self.broker.port}", f"{self.args.registry}/apis/ccompat/v7", "avro"]
            subprocess.run([self.args.python, script, *where, str(FIRST), str(self.total)], check=True)
            self.seen["avro"] = True
        return "avro"


CASES = ["envelope-out", "schemaless-out", "schemaless-in", "envelope-in", "avro-out", "avro-in"]
CASES += [f"{form}-{way}" for form in ALONE for way in ("out", "in")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--libs", required=True, help="folder with Kafka's JARs")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--records", type=int, default=2_000_000, help="between the marks")
    parser.add_argument("--warmup", type=int, default=1_000_000)
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--binary", action="append", default=[], help="NAME=PATH of a build of ours")
    parser.add_argument("--no-jvm", action="store_true")
    parser.add_argument("--registry", help="address of a running Apicurio registry, for the Avro cases")
    parser.add_argument("--apicurio", help="plugin folder with Apicurio's converter for the JVM worker")
    parser.add_argument("--python", default=sys.executable, help="a Python with confluent-kafka[avro], for avro-in")
    parser.add_argument("--port", type=int, default=21900, help="first of the ports used")
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where the data goes (about 4 GB)")
    args = parser.parse_args()
    cases = args.case or [case for case in CASES if args.registry or not case.startswith(("avro", *ALONE))]
    everyone = pipeline.contestants(args)
    with tempfile.TemporaryDirectory(prefix="data-plane-bench-", dir=args.folder) as folder:
        bench = Bench(args, pathlib.Path(folder))
        try:
            for case in cases:
                alone = case.partition("-")[0] in ALONE
                rivals = {name: rival for name, rival in everyone.items() if not (alone and rival == "JVM")}
                results = {name: [] for name in rivals}
                for number in range(args.runs):
                    for name, rival in rivals.items():
                        results[name].append(bench.run(case, name, rival, number))
                        shown = " ".join(f"{key}={value:.3f}" for key, value in results[name][-1].items())
                        print(f"{case} {number} {name}: {shown}", file=sys.stderr, flush=True)
                throughput_table(f"{case}, {args.records / 1e6:g} M records, {args.runs} runs", results)
        finally:
            bench.broker.stop()


if __name__ == "__main__":
    main()

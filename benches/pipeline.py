#!/usr/bin/env python3
"""Our worker beside the JVM's: file → topic and topic → file on one real broker, one task each, 100-byte lines.

    python3 benches/pipeline.py --libs FOLDER_WITH_KAFKA_JARS [--runs 5] [--records 5000000]
        [--binary NAME=PATH]… [--no-jvm] [--only file-topic|topic-file|start]

`--binary kconnect=PATH` measures that build instead of making one; other names are further rivals. Needs Java and kcat. Starts a broker of its own (Apache Kafka, from the JARs) and stops it. Each run has a fresh topic or
a fresh file; runs alternate between the rivals. Between two marks, after the warm-up and at the end, it takes the wall
clock and the CPU time of the worker process (all its threads); the peak RSS is the process's high-water mark. The output
of every run is compared byte for byte with the input: the sink's file directly, the source's topic as kcat reads it.
The JVM has the options of Kafka's own start script. Prints Markdown tables of medians with their spread.
"""

import argparse, hashlib, os, pathlib, shutil, socket, statistics, struct, subprocess, sys, tempfile, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE = 100
STRING = "org.apache.kafka.connect.storage.StringConverter"
TICK = os.sysconf("SC_CLK_TCK")
# What bin/connect-standalone.sh gives its JVM by itself.
JVM = (
    "-Xms256M -Xmx2G -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 "
    "-XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true"
).split()


def until(what, found, limit=120.0, every=0.005):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(every)
    sys.exit(f"{what}: not within {limit:.0f} s")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid, field):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


class Broker:
    """A single Apache Kafka, and the one question asked of it: the end of a partition."""

    def __init__(self, libs, folder, port):
        self.port, self.libs, self.folder = port, libs, folder
        properties = folder / "broker.properties"
        properties.write_text(
            f"process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:{port + 1}\n"
            f"controller.listener.names=CONTROLLER\nlisteners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{port + 1}\n"
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n"
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n"
            f"log.dirs={folder}/data\noffsets.topic.replication.factor=1\noffsets.topic.num.partitions=1\n"
            "transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\nauto.create.topics.enable=false\n"
            "group.initial.rebalance.delay.ms=0\nlog.segment.delete.delay.ms=1000\n"
        )
        (folder / "log4j2.properties").write_text(
            "rootLogger.level=WARN\nrootLogger.appenderRefs=a\nrootLogger.appenderRef.a.ref=A\nappender.a.type=Console\n"
            "appender.a.name=A\nappender.a.layout.type=PatternLayout\nappender.a.layout.pattern=[%d] %p %m (%c)%n\n"
        )
        uuid = "AAAAAAAAQACAAAAAAAAAAQ"
        self.tool("kafka.tools.StorageTool", "format", "-t", uuid, "-c", properties)
        self.process = subprocess.Popen(
            self.java("-Xmx1g", "kafka.Kafka", properties), stdout=(folder / "broker.log").open("w"), stderr=subprocess.STDOUT
        )
        until("the broker", lambda: self.process.poll() is not None or self.answers())

    def java(self, heap, *command):
        logging = f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties"
        return ["java", heap, logging, "-cp", f"{self.libs}/*", *map(str, command)]

    def tool(self, *command):
        return subprocess.run(self.java("-Xmx256m", *command), check=True, stdout=subprocess.PIPE, text=True).stdout

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def topics(self, action, topic, *more):
        self.tool(
            "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", f"127.0.0.1:{self.port}", action, "--topic", topic, *more
        )

    def create(self, topic):
        self.topics("--create", topic, "--partitions", "1", "--replication-factor", "1", "--config", "segment.bytes=268435456")

    def end_of(self, topic):
        """Asks for ListOffsets version 1 over a connection that is kept."""
        if not hasattr(self, "asking"):
            self.asking = socket.create_connection(("127.0.0.1", self.port))
        text = lambda s: struct.pack(">h", len(s)) + s.encode()
        body = struct.pack(">hhi", 2, 1, 7) + text("bench") + struct.pack(">ii", -1, 1) + text(topic) + struct.pack(">iiq", 1, 0, -1)
        self.asking.sendall(struct.pack(">i", len(body)) + body)
        size = struct.unpack(">i", self.take(4))[0]
        answer = self.take(size)
        error, _, offset = struct.unpack(">hqq", answer[-18:])
        return offset if error == 0 else 0

    def take(self, size):
        data = b""
        while len(data) < size:
            more = self.asking.recv(size - len(data))
            if not more:
                sys.exit("the broker closed the connection")
            data += more
        return data

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Worker:
    """A standalone worker under test."""

    def __init__(self, rival, broker, folder, port, connectors, converters=None):
        self.rest = f"http://127.0.0.1:{port}/"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        properties = folder / "worker.properties"
        settings = {
            "bootstrap.servers": f"127.0.0.1:{broker.port}",
            "key.converter": STRING,
            "value.converter": STRING,
            "offset.storage.file.filename": f"{folder}/offsets",
            "listeners": f"http://127.0.0.1:{port}",
            **(converters or {}),
        }
        properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        files = []
        for connector in connectors:
            files.append(folder / f"{connector['name']}.properties")
            files[-1].write_text("".join(f"{key}={value}\n" for key, value in connector.items()))
        if rival == "JVM":
            logging = f"-Dlog4j2.configurationFile={broker.folder}/log4j2.properties"
            start = ["java", *JVM, logging, "-cp", f"{broker.libs}/*", "org.apache.kafka.connect.cli.ConnectStandalone"]
        else:
            start = [rival, "standalone"]
        self.log = folder / "worker.log"
        self.started = time.monotonic()
        self.process = subprocess.Popen([*start, properties, *files], stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        self.pid = self.process.pid

    def ready(self):
        def ask():
            if self.process.poll() is not None:
                sys.exit(f"the worker ended: {self.log.read_text()[-2000:]}")
            try:
                return urllib.request.urlopen(self.rest, timeout=1).status == 200
            except OSError:
                return False

        until("the REST interface", ask, every=0.002)
        return time.monotonic() - self.started

    def stop(self):
        self.process.terminate()
        self.process.wait()


def source(name, topic, file):
    return {"name": name, "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector", "tasks.max": 1, "file": file, "topic": topic}


def sink(name, topic, file):
    return {"name": name, "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "tasks.max": 1, "file": file, "topics": topic}


def measure(worker, progress, warmup, total):
    """Waits for both marks; what happened between them."""

    def mark(at):
        def reached():
            if worker.process.poll() is not None:
                sys.exit(f"the worker ended: {worker.log.read_text()[-2000:]}")
            now = progress()
            return (time.monotonic(), cpu_seconds(worker.pid), now) if now >= at else None

        return until(f"{at} records", reached, limit=900, every=0.02)

    first, last = mark(warmup), mark(total)
    records = last[2] - first[2]
    if records <= 0:
        sys.exit("no records between the marks: more --records")
    return {
        "rate": records / (last[0] - first[0]),
        "cpu": (last[1] - first[1]) * 1e9 / records,
        "peak": memory_mb(worker.pid, "VmHWM"),
    }


def digest(stream):
    whole = hashlib.sha256()
    while block := stream.read(1 << 20):
        whole.update(block)
    return whole.hexdigest()


def kcat(broker, topic, *more):
    command = ["kcat", "-C", "-b", f"127.0.0.1:{broker.port}", "-t", topic, "-p", "0", "-o", "beginning", "-q", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def file_to_topic(rival, bench, topic):
    bench.broker.create(topic)
    worker = Worker(rival, bench.broker, bench.folder / "worker", bench.port + 10, [source("bench-source", topic, bench.input)])
    try:
        result = measure(worker, lambda: bench.broker.end_of(topic), bench.warmup, bench.total)
    finally:
        worker.stop()
    reader = kcat(bench.broker, topic, "-e")
    if digest(reader.stdout) != bench.digest:
        sys.exit(f"{rival}: the topic differs from the file")
    reader.wait()
    bench.broker.topics("--delete", topic)
    return result


def topic_to_file(rival, bench, topic):
    out = bench.folder / "out.txt"
    out.unlink(missing_ok=True)
    name = f"bench-{topic}"
    worker = Worker(rival, bench.broker, bench.folder / "worker", bench.port + 10, [sink(name, "filled", out)])
    size = lambda: out.stat().st_size // (LINE + 1) if out.exists() else 0
    try:
        result = measure(worker, size, bench.warmup, bench.total)
    finally:
        worker.stop()
    with out.open("rb") as stream:
        if digest(stream) != bench.digest:
            sys.exit(f"{rival}: the file differs from the topic")
    out.unlink()
    return result


def start(rival, bench, topic):
    """Times from the start of the process, with a source of few lines and a sink; then its memory while idle."""
    bench.broker.create(topic)
    few = bench.folder / "few.txt"
    few.write_text("one\ntwo\nthree\n")
    out = bench.folder / "few.out"
    out.unlink(missing_ok=True)
    reader = kcat(bench.broker, topic, "-c", "1", "-X", "fetch.wait.max.ms=10000")
    time.sleep(1.0)  # The reader's fetch waits at the broker before the worker is started.
    connectors = [source("few-source", topic, few), sink(f"few-{topic}", topic, out)]
    worker = Worker(rival, bench.broker, bench.folder / "worker", bench.port + 10, connectors)
    try:
        ready = worker.ready()
        reader.wait(timeout=120)
        first = time.monotonic() - worker.started
        until("the sink", lambda: out.exists() and out.read_text() == few.read_text())
        copied = time.monotonic() - worker.started
        time.sleep(10.0)
        before = cpu_seconds(worker.pid)
        time.sleep(5.0)
        return {
            "ready": ready,
            "first": first,
            "copied": copied,
            "idle": memory_mb(worker.pid, "VmRSS"),
            "threads": len(os.listdir(f"/proc/{worker.pid}/task")),
            "idle_cpu": (cpu_seconds(worker.pid) - before) / 5.0,
        }
    finally:
        worker.stop()
        reader.kill()
        bench.broker.topics("--delete", topic)


class Bench:
    def __init__(self, args, folder):
        self.folder, self.port = folder, args.port
        self.warmup, self.total = args.warmup, args.warmup + args.records
        self.input = folder / "in.txt"
        whole, filler = hashlib.sha256(), ("abcdefghij " * LINE)[: LINE - 11]
        with self.input.open("wb") as file:
            for at in range(0, self.total, 10_000):
                lines = (f"{n:010d} {filler}\n" for n in range(at, min(at + 10_000, self.total)))
                block = "".join(lines).encode()
                whole.update(block)
                file.write(block)
        self.digest = whole.hexdigest()
        self.broker = Broker(args.libs, folder, args.port)

    def fill(self):
        """The topic that sinks read: batches of 16 KB, as the Java client writes by itself."""
        self.broker.create("filled")
        small = ["-X", "batch.size=16384", "-X", "linger.ms=5", "-X", "enable.idempotence=true"]
        broker = f"127.0.0.1:{self.broker.port}"
        subprocess.run(["kcat", "-P", "-b", broker, "-t", "filled", "-p", "0", *small, "-l", self.input], check=True)


def spread(values, scale=1.0, digits=0):
    values = [value / scale for value in values]
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def throughput_table(title, results):
    """One row a rival. Economy is records per CPU-second, speed records per second, both over those of the rival named JVM."""
    print(f"\n### {title}\n")
    print("| worker | k records/s | CPU-ns/record | peak RSS MB | economy | speed |")
    print("|---|---|---|---|---|---|")
    median = lambda rows, key: statistics.median(row[key] for row in rows)
    jvm = results.get("JVM")
    for name, rows in results.items():
        ratios = ["", ""]
        if jvm:
            ratios = [f"{median(jvm, 'cpu') / median(rows, 'cpu'):.1f}×", f"{median(rows, 'rate') / median(jvm, 'rate'):.1f}×"]
        column = lambda key, scale=1.0: spread([row[key] for row in rows], scale)
        print(f"| {name} | {column('rate', 1e3)} | {column('cpu')} | {column('peak')} | {ratios[0]} | {ratios[1]} |", flush=True)


def start_table(results):
    print("\n### Start and idle\n")
    print("| worker | REST ready s | first record in Kafka s | all lines in the sink s | idle RSS MB | threads | idle CPU % |")
    print("|---|---|---|---|---|---|---|")
    for name, rows in results.items():
        column = lambda key, digits, scale=1.0: spread([row[key] for row in rows], scale, digits)
        print(
            f"| {name} | {column('ready', 3)} | {column('first', 3)} | {column('copied', 3)} | {column('idle', 1)} "
            f"| {column('threads', 0)} | {column('idle_cpu', 2, 0.01)} |",
            flush=True,
        )


def contestants(args):
    """Names and binaries of ours, and the JVM."""
    rivals = {"kconnect": ROOT / "target/release/kconnect"}
    rivals.update((name, pathlib.Path(path).resolve()) for name, path in (b.split("=", 1) for b in args.binary))
    if rivals["kconnect"] == ROOT / "target/release/kconnect":
        subprocess.run(["cargo", "build", "--release", "--package", "kconnect-server"], cwd=ROOT, check=True)
    if not args.no_jvm:
        rivals["JVM"] = "JVM"
    return rivals


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--libs", required=True, help="folder with Kafka's JARs")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--records", type=int, default=5_000_000, help="between the marks")
    parser.add_argument("--warmup", type=int, default=1_000_000)
    parser.add_argument("--binary", action="append", default=[], help="NAME=PATH of a build of ours")
    parser.add_argument("--no-jvm", action="store_true")
    parser.add_argument("--only", choices=["file-topic", "topic-file", "start"])
    parser.add_argument("--port", type=int, default=21800, help="first of the ports used")
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where the data goes (about 3 GB)")
    args = parser.parse_args()
    rivals = contestants(args)
    with tempfile.TemporaryDirectory(prefix="pipeline-bench-", dir=args.folder) as folder:
        bench = Bench(args, pathlib.Path(folder))
        try:
            tasks = {"file-topic": file_to_topic, "topic-file": topic_to_file, "start": start}
            for task, run in tasks.items():
                if args.only not in (None, task):
                    continue
                if task == "topic-file":
                    bench.fill()
                results = {name: [] for name in rivals}
                for number in range(args.runs):
                    for name, rival in rivals.items():
                        result = run(rival, bench, f"{task}-{number}-{name.lower()}")
                        results[name].append(result)
                        shown = " ".join(f"{key}={value:.3f}" for key, value in result.items())
                        print(f"{task} {number} {name}: {shown}", file=sys.stderr, flush=True)
                if task == "start":
                    start_table(results)
                else:
                    title = "File → topic" if task == "file-topic" else "Topic → file"
                    throughput_table(f"{title}, {args.records / 1e6:g} M lines of {LINE} bytes, {args.runs} runs", results)
        finally:
            bench.broker.stop()


if __name__ == "__main__":
    main()

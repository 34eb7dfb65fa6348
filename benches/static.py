#!/usr/bin/env python3
"""What builds of the worker cost beside each other: the static binary on musl and one on glibc, for example.

    python3 benches/static.py NAME=PATH NAME=PATH… [--runs 5] [--records 5000000] [--port 21680]

One file source, then one file sink, 100-byte lines, String converters, against the null broker of the first binary, which
stores nothing; so nearly all that differs is the build. Counts the CPU time of the worker's process from the moment the
connector is posted until the last line is acknowledged, or until the sink's file has that many. Builds take turns. Prints a
Markdown table of medians with the spread; ratios are to the first build.
"""

import argparse, json, os, pathlib, re, statistics, subprocess, sys, tempfile, time, urllib.request

LINE = 100
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def until(what, found, limit=300.0):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.01)
    sys.exit(f"{what}: not within {limit:.0f} s")


class Worker:
    def __init__(self, binary, bootstrap, folder, port):
        self.folder, self.rest = folder, f"http://127.0.0.1:{port}"
        self.offsets = folder / "offsets"
        self.offsets.unlink(missing_ok=True)
        string = "org.apache.kafka.connect.storage.StringConverter"
        properties = folder / "worker.properties"
        properties.write_text(
            f"bootstrap.servers={bootstrap}\nkey.converter={string}\nvalue.converter={string}\nlisteners={self.rest}\n"
            f"offset.storage.file.filename={self.offsets}\noffset.flush.interval.ms=100\n"
        )
        log = (folder / "worker.log").open("w")
        self.process = subprocess.Popen([binary, "standalone", properties], stdout=log, stderr=log)
        until("the REST interface", self.answers)

    def answers(self):
        try:
            return urllib.request.urlopen(self.rest, timeout=1).status == 200
        except OSError:
            return False

    def post(self, name, config):
        body = json.dumps({"name": name, "config": config}).encode()
        request = urllib.request.Request(self.rest + "/connectors", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).read()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def source(worker, records, bench):
    """CPU time from posting until the offset of the whole file is stored."""
    stream = "org.apache.kafka.connect.file.FileStreamSourceConnector"
    before = cpu_seconds(worker.process.pid)
    worker.post("source", {"connector.class": stream, "tasks.max": "1", "file": str(bench.input), "topic": "bench"})
    end = b'"position":%d}' % bench.input.stat().st_size
    until("the source", lambda: worker.offsets.exists() and end in worker.offsets.read_bytes())
    return cpu_seconds(worker.process.pid) - before, records


def sink(worker, records, bench):
    """CPU time from posting until the file is long enough, and how long it is then."""
    out = bench.folder / "out.txt"
    out.unlink(missing_ok=True)
    stream = "org.apache.kafka.connect.file.FileStreamSinkConnector"
    before = cpu_seconds(worker.process.pid)
    worker.post("sink", {"connector.class": stream, "tasks.max": "1", "file": str(out), "topics": "bench",
                         "consumer.override.auto.offset.reset": "earliest"})
    size = lambda: out.exists() and out.stat().st_size // (LINE + 1)
    until("the sink", lambda: size() >= records)
    spent = cpu_seconds(worker.process.pid) - before
    lines = size()
    return spent, lines


class Bench:
    def __init__(self, folder, records):
        self.folder, self.input = folder, folder / "in.txt"
        filler = ("abcdefghij " * LINE)[: LINE - 11]
        with self.input.open("w") as file:
            for at in range(0, records, 10_000):
                file.writelines(f"{n:010d} {filler}\n" for n in range(at, min(at + 10_000, records)))


def one(name, task, binary, broker_binary, bench, args):
    broker = subprocess.Popen(
        [broker_binary, "broker", "--null", "--listen", f"127.0.0.1:{args.port}"], stdout=subprocess.PIPE, text=True
    )
    worker = None
    try:
        bootstrap = re.search(r"127\.0\.0\.1:\d+", broker.stdout.readline())[0]
        create = [broker_binary, "topic", "create", "-b", bootstrap, "-t", "bench", "--partitions", "1"]
        subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
        worker = Worker(binary, bootstrap, bench.folder, args.port + 1)
        spent, records = task(worker, args.records, bench)
        result = {"cpu": spent * 1e9 / records, "peak": peak_mb(worker.process.pid)}
        print(f"{task.__name__} {name}: {result['cpu']:.0f} CPU-ns, {result['peak']:.0f} MB", file=sys.stderr, flush=True)
        return result
    finally:
        worker and worker.stop()
        broker.kill()
        broker.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs="+", metavar="NAME=PATH")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--port", type=int, default=21680)
    args = parser.parse_args()
    builds = {name: pathlib.Path(path).resolve() for name, path in (build.split("=", 1) for build in args.builds)}
    broker = next(iter(builds.values()))
    with tempfile.TemporaryDirectory(prefix="static-bench-") as folder:
        bench = Bench(pathlib.Path(folder), args.records)
        print("| task | build | CPU-ns/record | ratio | peak MB |\n|---|---|---|---|---|")
        for task in (source, sink):
            results = {name: [] for name in builds}
            for _ in range(args.runs):
                for name, binary in builds.items():
                    results[name].append(one(name, task, binary, broker, bench, args))
            first = None
            for name, rows in results.items():
                cpu = [row["cpu"] for row in rows]
                median = statistics.median(cpu)
                first = first or median
                peak = max(row["peak"] for row in rows)
                title = "file → topic" if task is source else "topic → file"
                print(f"| {title} | {name} | {median:.0f} ({min(cpu):.0f}–{max(cpu):.0f}) | {median / first:.2f} | {peak:.0f} |", flush=True)


main()

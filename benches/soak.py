#!/usr/bin/env python3
"""Does the worker's memory stay flat? Connectors come and go, with lines of all sizes, until the time is over.

    python3 benches/soak.py --binary PATH [--minutes 30] [--megabytes 40] [--port 21690]

Starts an embedded broker and a standalone worker, both PATH. Each round creates a topic, a file source and a file sink
over REST, waits until the sink's file has every line, compares it with the input, and removes all three. Lines are of 1 to
60,000 bytes: each round has its own range. The resident memory of both processes is taken at the end of every round.
Prints the samples, and ends with status 1 if a file differs or if the last third of the rounds holds more memory than the
second third, by more than a tenth and 8 MB.
"""

import argparse, hashlib, json, pathlib, random, re, statistics, subprocess, sys, tempfile, time, urllib.request

RANGES = [(1, 40), (60, 140), (500, 1500), (4_000, 12_000), (10, 60_000)]


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    sys.exit(f"process {pid} has ended")


def until(what, found, limit=180.0):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.05)
    sys.exit(f"{what}: not within {limit:.0f} s")


class Soak:
    def __init__(self, args, folder):
        self.binary, self.folder, self.megabytes = args.binary, folder, args.megabytes
        broker = [args.binary, "broker", "--listen", f"127.0.0.1:{args.port}"]
        self.broker = subprocess.Popen(broker, stdout=subprocess.PIPE, text=True)
        self.bootstrap = re.search(r"127\.0\.0\.1:\d+", self.broker.stdout.readline())[0]
        self.rest = f"http://127.0.0.1:{args.port + 1}"
        string = "org.apache.kafka.connect.storage.StringConverter"
        properties = folder / "worker.properties"
        properties.write_text(
            f"bootstrap.servers={self.bootstrap}\nkey.converter={string}\nvalue.converter={string}\n"
            f"offset.storage.file.filename={folder}/offsets\nlisteners={self.rest}\n"
        )
        log = (folder / "worker.log").open("w")
        self.worker = subprocess.Popen([args.binary, "standalone", properties], stdout=log, stderr=log)
        until("the REST interface", self.answers)

    def answers(self):
        try:
            return self.ask("GET", "/") is not None
        except OSError:
            return False

    def ask(self, method, path, body=None):
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.rest + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def topic(self, action, topic):
        more = ["--partitions", "1"] if action == "create" else []
        subprocess.run([self.binary, "topic", action, "-b", self.bootstrap, "-t", topic, *more], check=True, stdout=subprocess.DEVNULL)

    def lines(self, number):
        """A file of random lines, and its digest."""
        low, high = RANGES[number % len(RANGES)]
        path, chosen, whole = self.folder / "in.txt", random.Random(number), hashlib.sha256()
        text, left = "0123456789abcdefghijklmnopqrstuvwxyz" * 2_000, self.megabytes * 1_000_000
        with path.open("w") as file:
            while left > 0:
                size = chosen.randint(low, high)
                line = text[size % 36 :][:size] + "\n"
                file.write(line)
                whole.update(line.encode())
                left -= len(line)
        return path, whole.digest()

    def round(self, number):
        name, out = f"soak-{number}", self.folder / "out.txt"
        source, digest = self.lines(number)
        out.unlink(missing_ok=True)
        self.topic("create", name)
        stream = "org.apache.kafka.connect.file.FileStream"
        self.ask("POST", "/connectors", {"name": f"{name}-source", "config": {
            "connector.class": f"{stream}SourceConnector", "tasks.max": "1", "file": str(source), "topic": name}})
        self.ask("POST", "/connectors", {"name": f"{name}-sink", "config": {
            "connector.class": f"{stream}SinkConnector", "tasks.max": "1", "file": str(out), "topics": name}})
        size = source.stat().st_size
        until(f"round {number}", lambda: out.exists() and out.stat().st_size >= size)
        self.ask("DELETE", f"/connectors/{name}-source")
        self.ask("DELETE", f"/connectors/{name}-sink")
        self.topic("delete", name)
        if hashlib.sha256(out.read_bytes()).digest() != digest:
            sys.exit(f"round {number}: the sink's file differs from the source's")

    def stop(self):
        for process in (self.worker, self.broker):
            process.terminate()
            process.wait()


def flat(name, samples):
    third = len(samples) // 3
    before, after = statistics.median(samples[third : 2 * third]), statistics.median(samples[2 * third :])
    print(f"{name}: {before:.0f} MB, then {after:.0f} MB; most {max(samples):.0f} MB", flush=True)
    return after <= before * 1.1 + 8


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--megabytes", type=int, default=40, help="a round")
    parser.add_argument("--port", type=int, default=21690, help="of the broker; the next is for REST")
    args = parser.parse_args()
    args.binary = args.binary.resolve()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak, samples = Soak(args, pathlib.Path(folder)), []
        try:
            end = time.monotonic() + args.minutes * 60
            while time.monotonic() < end or len(samples) < 6:
                soak.round(len(samples))
                samples.append((resident_mb(soak.worker.pid), resident_mb(soak.broker.pid)))
                print(f"round {len(samples)}: worker {samples[-1][0]:.1f} MB, broker {samples[-1][1]:.1f} MB", flush=True)
        finally:
            soak.stop()
        good = [flat("worker", [worker for worker, _ in samples]), flat("broker", [broker for _, broker in samples])]
        sys.exit(0 if all(good) else 1)


main()

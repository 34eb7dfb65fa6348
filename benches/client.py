#!/usr/bin/env python3
"""Our client beside librdkafka and the Java client, against the null broker.

    python3 benches/client.py [--runs 5] [--records 5000000] [--libs FOLDER_WITH_KAFKA_JARS]

Runs alternate between the rivals; each run has its own null broker. Prints a Markdown table of medians with the spread
(lowest to highest). A run during which the broker used more than 90 % of a core is invalid and stops the script.
"""

import argparse, json, os, pathlib, re, statistics, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TASKS = [("produce", 100), ("produce", 1000), ("consume", 100)]


def build():
    run = lambda *args, cwd=ROOT: subprocess.run(args, cwd=cwd, check=True)
    run("cargo", "build", "--release", "--package", "kconnect-server")
    run("cargo", "build", "--release", cwd=ROOT / "benches/rivals")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def null_broker(size):
    command = [ROOT / "target/release/kconnect", "broker", "--null", "--listen", "127.0.0.1:0"]
    environment = dict(os.environ, KCONNECT_NULL_RECORD_BYTES=str(size))
    broker = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    found = re.search(r"127\.0\.0\.1:\d+", broker.stdout.readline())
    if not found:
        sys.exit("the null broker printed no address")
    return broker, found.group(0)


def one(command, task, size, args):
    broker, bootstrap = null_broker(size)
    try:
        before, start = cpu_seconds(broker.pid), time.monotonic()
        records = args.records if size <= 100 else args.records // 5
        warmup = min(args.warmup, records)
        line = subprocess.run(
            [*command, task, bootstrap, str(size), str(warmup), str(records)], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        share = (cpu_seconds(broker.pid) - before) / (time.monotonic() - start)
        result = json.loads(line.strip().splitlines()[-1])
        result["broker"] = share
        return result
    finally:
        broker.kill()
        broker.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--warmup", type=int, default=1_000_000)
    parser.add_argument("--libs", help="folder with Kafka's JARs, for the Java client")
    parser.add_argument("--skip-build", action="store_true")
    args = parser.parse_args()
    if not args.skip_build:
        build()
    rivals = ROOT / "benches/rivals/target/release/rivals"
    clients = {"kconnect": [rivals, "ours"], "librdkafka": [rivals, "librdkafka"]}
    if args.libs:
        clients["Java"] = ["java", "-Xmx1g", "-cp", f"{args.libs}/*", ROOT / "benches/rivals/java/Rival.java"]

    print("| task | client | records/s | spread | CPU ns/record | peak MB | records/s, ratio | CPU, ratio | broker |")
    print("|---|---|---|---|---|---|---|---|---|")
    for task, size in TASKS:
        results = {name: [] for name in clients}
        for _ in range(args.runs):
            for name, command in clients.items():
                results[name].append(one(command, task, size, args))
        rate = {n: [r["records"] / r["wall_ns"] * 1e9 for r in rs] for n, rs in results.items()}
        cpu = {n: statistics.median(r["cpu_ns"] / r["records"] for r in rs) for n, rs in results.items()}
        for name, rs in results.items():
            median, ours = statistics.median(rate[name]), statistics.median(rate["kconnect"])
            print(
                f"| {task} {size} B | {name} | {median / 1e6:.2f} M | {min(rate[name]) / 1e6:.2f}–{max(rate[name]) / 1e6:.2f} M "
                f"| {cpu[name]:.0f} | {max(r['peak_kb'] for r in rs) / 1024:.0f} | {ours / median:.1f}× "
                f"| {cpu[name] / cpu['kconnect']:.1f}× | {max(r['broker'] for r in rs):.0%} |",
                flush=True,
            )
            if max(r["broker"] for r in rs) > 0.9:
                sys.exit("invalid: the null broker used more than 90 % of a core")


main()

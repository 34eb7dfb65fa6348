#!/usr/bin/env python3
"""Our client beside librdkafka and the Java client, against the null broker.

    python3 benches/client.py [--runs 5] [--records 5000000] [--libs FOLDER_WITH_KAFKA_JARS]

Runs alternate between the clients; each run is a process of its own with a null broker of its own, and counts from a
mark after the warm-up until the last record is acknowledged or seen. Prints a Markdown table of medians with the spread
(lowest to highest). A run between whose marks the broker used more than 90 % of a core is invalid: it measured the
broker. Its row says so, and the script ends with status 1.
"""

import argparse, json, os, pathlib, re, statistics, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KCONNECT = ROOT / "target/release/kconnect"
RIVALS = ROOT / "benches/rivals/target/release/rivals"
# What is done with values of how many bytes, and the share of the records that a run has. The null broker serves values
# of 100 bytes only, so that is the one size that is consumed.
TASKS = [("produce", 100, 1), ("produce", 1000, 1), ("consume", 100, 2)]


def build():
    subprocess.run(["cargo", "build", "--release", "--package", "kconnect-server"], cwd=ROOT, check=True)
    subprocess.run(["cargo", "build", "--release"], cwd=ROOT / "benches/rivals", check=True)


def cpu_ns(pid):
    """Run time of all threads of a process, as the scheduler counts it."""
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks)


def null_broker():
    command = [KCONNECT, "broker", "--null", "--listen", "127.0.0.1:0"]
    broker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = broker.stdout.readline()
    found = re.search(r"127\.0\.0\.1:\d+", line)
    if not found:
        broker.kill()
        sys.exit(f"the null broker printed no address but {line!r}")
    # Not every client creates the topic that it reads.
    create = [KCONNECT, "topic", "create", "-b", found[0], "-t", "bench", "--partitions", "1"]
    subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
    return broker, found[0]


def one(command, task, size, warmup, records):
    """One run: the line that the client printed, and the broker's share of a core between the marks."""
    broker, bootstrap = null_broker()
    client = None
    try:
        arguments = [*command, task, bootstrap, str(size), str(warmup), str(records)]
        client = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        if client.stdout.readline().strip() != "begin":
            sys.exit(f"{arguments} did not begin")
        cpu, start = cpu_ns(broker.pid), time.monotonic_ns()
        result = json.loads(client.stdout.readline() or "null")
        result and result.update(broker=(cpu_ns(broker.pid) - cpu) / (time.monotonic_ns() - start))
        if client.wait() != 0 or not result or result["records"] < records:
            sys.exit(f"{arguments} failed: {result}")
        return result
    finally:
        for process in filter(None, [client, broker]):
            process.kill()
            process.wait()


def row(task, size, name, results, ours):
    rates = [r["records"] / r["wall_ns"] * 1e3 for r in results]
    cpu = statistics.median(r["cpu_ns"] / r["records"] for r in results)
    rate, peak = statistics.median(rates), max(r["peak_kb"] for r in results) / 1024
    broker = max(r["broker"] for r in results)
    ours = ours or (rate, cpu)
    print(
        f"| {task} {size} B | {name} | {rate:.2f} M | {min(rates):.2f}–{max(rates):.2f} M | {cpu:.0f} | {peak:.0f} "
        f"| {ours[0] / rate:.1f}× | {cpu / ours[1]:.1f}× | {broker:.0%}{' (invalid)' * (broker > 0.9)} |",
        flush=True,
    )
    return ours, broker <= 0.9


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--warmup", type=int, default=1_000_000)
    parser.add_argument("--libs", help="folder with Kafka's JARs, for the Java client")
    parser.add_argument("--only", help="a task and a size, such as 'produce 100'")
    parser.add_argument("--skip-build", action="store_true")
    args = parser.parse_args()
    if not args.skip_build:
        build()
    clients = {"kconnect": [RIVALS, "ours"], "librdkafka": [RIVALS, "librdkafka"]}
    # Not a client: the least that copying, summing and sending the same bytes costs on this machine.
    floor = {"the floor": [RIVALS, "floor"]}
    if args.libs:
        clients["Java"] = ["java", "-Xmx1g", "-cp", f"{args.libs}/*", ROOT / "benches/rivals/java/Rival.java"]

    print("| task | client | records/s | spread | CPU-ns/record | peak MB | our speed | our economy | broker |")
    print("|---|---|---|---|---|---|---|---|---|")
    valid = True
    for task, size, share in TASKS:
        if args.only and args.only != f"{task} {size}":
            continue
        rows = clients | (floor if task == "produce" else {})
        results = {name: [] for name in rows}
        for _ in range(args.runs):
            for name, command in rows.items():
                run = one(command, task, size, int(args.warmup * min(share, 1)), int(args.records * share))
                results[name].append(run)
        ours = None
        for name in rows:
            ours, good = row(task, size, name, results[name], ours)
            valid &= good
    sys.exit(0 if valid else 1)


main()

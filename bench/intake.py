#!/usr/bin/env python3
"""Alert intake: how many alerts a second, and does an alert cost more when many are stored?

Fills a store through POST /provider/v1/alerts and stops at each mark (10 000, 100 000, 1 000 000
alerts) to time the next alerts in slices. An alert is read, normalised, deduplicated, correlated
and durable when its batch is answered. The cost is processor seconds of the server process, which
other load on the machine hardly touches; the growth is that cost at the last mark over the first.

    bench/intake.py --max 100000
    bench/intake.py --keep build/bench-data --lists
"""

import argparse
import json
import pathlib
import queue
import statistics
import sys
import tempfile
import threading
import time

import common
import lists
from alerts import Alerts

MARKS = [10_000, 100_000, 1_000_000]
BATCH = 1_000
SLICES = 5
SLICE = 2_000
TARGET = 1.5
PATH = "/provider/v1/alerts?source=suricata"


class Pusher:
    """Some connections that take batches from one queue."""

    def __init__(self, server, connections):
        self.connections = connections
        self.queue = queue.Queue(maxsize=2 * connections)
        self.failed = None
        self.refused = 0
        for _ in range(connections):
            threading.Thread(target=self.work, args=(server,), daemon=True).start()

    def work(self, server):
        try:
            client = server.client()
            while True:
                body = self.queue.get()
                if not self.failed:
                    report = json.loads(client.ask("POST", PATH, body, "application/x-ndjson"))
                    self.refused += len(report["refused"]) + report["duplicates"]
                self.queue.task_done()
        except BaseException as error:
            self.failed = self.failed or error
            while True:
                self.queue.task_done()
                self.queue.get()

    def push(self, bodies):
        """Sends them all and returns when the last is answered."""
        for body in bodies:
            self.queue.put(body)
        self.queue.join()
        if self.failed:
            sys.exit(f"a push failed: {self.failed}")


def fill(pusher, stream, count):
    """Grows the store; bodies are made while others are under way."""
    def bodies():
        left, shown = count, time.monotonic()
        while left:
            size = min(BATCH, left)
            left -= size
            yield stream.batch(size)
            if time.monotonic() - shown > 10:
                shown = time.monotonic()
                print(f"  … {stream.number:,} alerts", flush=True)
    pusher.push(bodies())


def measure(server, pusher, stream, connections):
    """Times the next alerts; their bodies are made beforehand."""
    size = min(BATCH, SLICE // connections)
    rates, costs = [], []
    for _ in range(SLICES):
        bodies = [stream.batch(size) for _ in range(SLICE // size)]
        cpu, begin = server.cpu(), time.perf_counter()
        pusher.push(bodies)
        seconds = time.perf_counter() - begin
        rates.append(SLICE / seconds)
        costs.append((server.cpu() - cpu) / SLICE)
    return statistics.median(rates), statistics.median(costs)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", help="default: target/release/yagura")
    options.add_argument("--max", type=int, default=MARKS[-1], help="alerts to stop at")
    options.add_argument("--connections", type=int, default=2, choices=[1, 2, 4])
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--keep", metavar="DIR", help="fill this new data directory and leave it")
    options.add_argument("--lists", action="store_true", help="run lists.py at every mark")
    args = options.parse_args()
    marks = [mark for mark in MARKS if mark <= args.max] or [args.max]

    scratch = tempfile.TemporaryDirectory(prefix="yagura-bench-")
    data = pathlib.Path(args.keep) if args.keep else pathlib.Path(scratch.name) / "data"
    if (data / "yagura.db").exists():
        sys.exit(f"{data} is not empty")
    stream, rows, listed = Alerts(args.seed), [], {}
    with common.Server(common.binary(args.binary), data) as server:
        pusher, client = Pusher(server, args.connections), server.client()
        for mark in marks:
            begin, before = time.perf_counter(), stream.number
            fill(pusher, stream, mark - before)
            filled = (mark - before) / (time.perf_counter() - begin)
            rate, cost = measure(server, pusher, stream, args.connections)
            incidents = int(client.ask("GET", "/v1.0/security/incidents/$count"))
            rows.append({
                "stored": mark, "alerts_per_second": rate, "cpu_seconds_per_alert": cost,
                "fill_alerts_per_second": filled, "incidents": incidents,
                "bytes_per_alert": common.folder_bytes(data) / stream.number,
                "resident_mib": server.memory() / 2**20,
            })
            print(f"{mark:,} stored: {rate:,.0f} alerts/s, {cost * 1e6:,.0f} µs of CPU each",
                  flush=True)
            if args.lists:
                listed[mark] = lists.measure(client)
        stored = int(client.ask("GET", "/v1.0/security/alerts_v2/$count"))
    if pusher.refused or stored != stream.number:
        sys.exit(f"{stream.number} sent, {stored} stored, {pusher.refused} refused or known")

    common.table(
        f"Intake, {args.connections} connections, batches of {BATCH}, median of {SLICES} slices",
        ["stored", "alerts/s", "CPU µs/alert", "fill alerts/s", "incidents", "bytes/alert", "MiB"],
        [[f"{it['stored']:,}", f"{it['alerts_per_second']:,.0f}",
          f"{it['cpu_seconds_per_alert'] * 1e6:,.0f}", f"{it['fill_alerts_per_second']:,.0f}",
          f"{it['incidents']:,}", f"{it['bytes_per_alert']:,.0f}", f"{it['resident_mib']:,.0f}"]
         for it in rows])
    result = {"connections": args.connections, "seed": args.seed, "marks": rows}
    if len(rows) > 1:
        growth = rows[-1]["cpu_seconds_per_alert"] / rows[0]["cpu_seconds_per_alert"]
        slower = rows[0]["alerts_per_second"] / rows[-1]["alerts_per_second"]
        result |= {"cost_growth": growth, "time_growth": slower, "target": TARGET}
        verdict = "within" if growth <= TARGET else "ABOVE"
        print(f"\ncost per alert, {rows[-1]['stored']:,} over {rows[0]['stored']:,} stored: "
              f"× {growth:.2f} ({verdict} the target of {TARGET}); wall time × {slower:.2f}")
    common.save("intake", result)
    if listed:
        for mark, found in listed.items():
            lists.show(mark, found)
        common.save("lists", {"stored": listed})
    if args.keep:
        print(f"kept: {data}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Alert intake: how many alerts a second, and does an alert cost more when many are stored?

Fills a store through POST /provider/v1/alerts and stops at each mark (10 000, 100 000, 1 000 000
alerts) to time the next alerts in slices. An alert is read, normalised, deduplicated, correlated
and durable when its batch is answered. The cost is processor seconds of the server process. Machines
are faster in one minute than in the next, so at each later mark a second server is filled to the
first mark, and slices go to the two in turn: the growth is the cost here over the cost there.

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
SLICES = 7
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


def measure(sides):
    """Times the next alerts of each (server, pusher, stream), in turn; answers rate and cost."""
    rates, costs = [[] for _ in sides], [[] for _ in sides]
    for _ in range(SLICES):
        for at, (server, pusher, stream) in enumerate(sides):
            size = min(BATCH, SLICE // pusher.connections)
            bodies = [stream.batch(size) for _ in range(SLICE // size)]
            cpu, begin = server.cpu(), time.perf_counter()
            pusher.push(bodies)
            rates[at].append(SLICE / (time.perf_counter() - begin))
            costs[at].append((server.cpu() - cpu) / SLICE)
    return [(statistics.median(rate), statistics.median(cost)) for rate, cost in zip(rates, costs)]


def beside(exe, side, args):
    """Measures one side, and in turn with it a store that is filled to the first mark only."""
    with tempfile.TemporaryDirectory(prefix="yagura-bench-") as scratch:
        with common.Server(exe, pathlib.Path(scratch) / "data") as small:
            pusher, stream = Pusher(small, args.connections), Alerts(args.seed)
            fill(pusher, stream, MARKS[0])
            return measure([side, (small, pusher, stream)])


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
    exe = common.binary(args.binary)
    with common.Server(exe, data) as server:
        pusher, client = Pusher(server, args.connections), server.client()
        for mark in marks:
            begin, before = time.perf_counter(), stream.number
            fill(pusher, stream, mark - before)
            filled = (mark - before) / (time.perf_counter() - begin)
            side = (server, pusher, stream)
            measured = measure([side]) if mark == MARKS[0] else beside(exe, side, args)
            (rate, cost), (small_rate, small_cost) = measured[0], measured[-1]
            incidents = int(client.ask("GET", "/v1.0/security/incidents/$count"))
            rows.append({
                "stored": mark, "alerts_per_second": rate, "cpu_seconds_per_alert": cost,
                "cost_growth": cost / small_cost, "time_growth": small_rate / rate,
                "fill_alerts_per_second": filled, "incidents": incidents,
                "bytes_per_alert": common.folder_bytes(data) / stream.number,
                "resident_mib": server.memory() / 2**20,
            })
            print(f"{mark:,} stored: {rate:,.0f} alerts/s, {cost * 1e6:,.0f} µs of CPU each; "
                  f"× {cost / small_cost:.2f} of a small store's", flush=True)
            if args.lists:
                listed[mark] = lists.measure(client)
        stored = int(client.ask("GET", "/v1.0/security/alerts_v2/$count"))
    if pusher.refused or stored != stream.number:
        sys.exit(f"{stream.number} sent, {stored} stored, {pusher.refused} refused or known")

    common.table(
        f"Intake, {args.connections} connections, batches of {BATCH}, median of {SLICES} slices",
        ["stored", "alerts/s", "CPU µs/alert", "× small", "fill alerts/s", "incidents", "bytes/alert", "MiB"],
        [[f"{it['stored']:,}", f"{it['alerts_per_second']:,.0f}",
          f"{it['cpu_seconds_per_alert'] * 1e6:,.0f}", f"{it['cost_growth']:.2f}",
          f"{it['fill_alerts_per_second']:,.0f}",
          f"{it['incidents']:,}", f"{it['bytes_per_alert']:,.0f}", f"{it['resident_mib']:,.0f}"]
         for it in rows])
    result = {"connections": args.connections, "seed": args.seed, "marks": rows}
    if len(rows) > 1:
        growth, slower = rows[-1]["cost_growth"], rows[-1]["time_growth"]
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

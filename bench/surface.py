#!/usr/bin/env python3
"""The API beside a peer that serves the same alerts as OData, and beside bare SQL.

Fills a store (see intake.py), copies its alerts to the peer's tables (peers/cds: SAP's Cloud
Application Programming model, with its own drivers for SQLite and PostgreSQL), and then asks all of
them the same in turn, a moment each, so that what else the machine does meets all alike. The floor is
the statement itself: by SQLite's library within a process, prepared once, and as a shell has it,
through a pipe and with rows as text; by PostgreSQL's pgbench, prepared once.

    (cd bench/peers/cds && npm install)
    bench/surface.py --sizes 10000,100000
    bench/surface.py --postgres postgres://me@127.0.0.1:5432 --sizes 10000
"""

import argparse
import functools
import pathlib
import statistics
import subprocess
import sys
import tempfile

import common
import intake
from alerts import Alerts
from surface_ask import asked
from surface_systems import BareFile, BareServer, Peer, Shell, Yagura

ROUNDS = 5
# Seconds of one turn, and the most requests in it, by how many ask at once.
TURNS = {1: (0.4, 60), 16: (1.0, 2_000)}


def fill(exe, data, flags, size):
    """A store with so many alerts, unless it is there."""
    with common.Server(exe, data, flags) as server:
        client = server.client()
        stored = int(client.ask("GET", "/v1.0/security/alerts_v2/$count"))
        if stored < size:
            stream = Alerts(7)
            for _ in range(stored):
                stream.line()
            intake.fill(intake.Pusher(server, 2), stream, size - stored)


def measure(systems, calls, rounds):
    """Everything asked of every system in turn; answers rows by call and system."""
    rows = {}
    for clients, (seconds, most) in TURNS.items():
        for turn in range(rounds if clients == 1 else max(2, rounds - 2)):
            for call in calls:
                for system in systems:
                    if system.name == "shell" and clients > 1:
                        continue
                    key = (call.name, system.name, clients)
                    it = rows.setdefault(key, {"times": [], "wall": 0.0, "cpu": 0.0, "first": 0})
                    if call.before and system.name == "yagura":
                        call.before()
                    if turn == 0:
                        system.ask(call, 1, it["first"], 0.0, 1)
                    before = system.cpu()
                    times, wall, own = system.ask(call, clients, it["first"], seconds, most)
                    after = system.cpu()
                    it["cpu"] += own if own is not None else after - before
                    it["times"] += times
                    it["wall"] += wall
                    it["first"] += len(times)
        print(f"  {clients} at once: done", flush=True)
    return {key: {
        "median_ms": statistics.median(it["times"]) * 1e3,
        "p99_ms": common.percentile(it["times"], 0.99) * 1e3,
        "per_second": len(it["times"]) / it["wall"],
        "cpu_ms": it["cpu"] / len(it["times"]) * 1e3,
        "requests": len(it["times"]),
    } for key, it in rows.items()}


def show(title, calls, rows):
    def cell(call, system, clients, what):
        it = rows.get((call, system, clients))
        return f"{it[what]:.2f}" if it else "–"

    def ratio(one, other):
        return f"{one / other:.1f}" if one and other else "–"

    def value(call, system, clients, what):
        return rows.get((call, system, clients), {}).get(what)

    for clients in TURNS:
        floor = ["bare"] if clients > 1 or not any(it[1] == "shell" for it in rows) else ["shell", "bare"]
        systems, table = ["yagura", "peer", *floor], []
        for call in calls:
            name = call.name
            own = {it: value(name, "yagura", clients, it)
                   for it in ("median_ms", "cpu_ms", "per_second")}
            table.append([
                name,
                *(f"{cell(name, it, clients, 'median_ms')} / {cell(name, it, clients, 'p99_ms')}"
                  for it in systems),
                *(cell(name, it, clients, "cpu_ms") for it in systems),
                ratio(own["per_second"], value(name, "peer", clients, "per_second")),
                ratio(value(name, "peer", clients, "cpu_ms"), own["cpu_ms"]),
                *(ratio(own["median_ms"], value(name, it, clients, "median_ms")) for it in floor),
            ])
        common.table(
            f"{title}, {clients} at once: median / p99 ms, processor ms a request, ratios",
            ["call", *systems, *(f"{it} CPU" for it in systems),
             "peer: × rate", "× CPU", *(f"× {it}" for it in floor)], table)


def growth(stores, rounds):
    """Yagura alone on every size in turn, one request at a time: what a call costs on a large store
    over what it costs on the smallest."""
    sizes, sides = sorted(stores), []
    try:
        for size in sizes:
            server = common.Server(*stores[size][:3])
            server.start()
            sides.append([server])
            bare = stores[size][3]()
            yagura = Yagura(server, bare.server)
            sides[-1] += [bare, yagura]
            sides[-1].append(asked(server, [yagura, bare]))
        merged = {}
        for _ in range(2 * rounds):
            for at in range(len(sides[0][3])):
                for size, (_, _, yagura, calls) in zip(sizes, sides):
                    rows = merged.setdefault(calls[at].name, {})
                    it = rows.setdefault(size, {"times": [], "cpu": 0.0})
                    if calls[at].before:
                        calls[at].before()
                    yagura.ask(calls[at], 1, 0, 0.0, 1)
                    before = yagura.cpu()
                    it["times"] += yagura.ask(calls[at], 1, len(it["times"]), *TURNS[1])[0]
                    it["cpu"] += yagura.cpu() - before
    finally:
        for side in sides:
            for system in reversed(side[:2]):
                system.stop()
    found = {name: {size: {"median_ms": statistics.median(it["times"]) * 1e3,
                           "cpu_ms": it["cpu"] / len(it["times"]) * 1e3}
                    for size, it in rows.items()} for name, rows in merged.items()}
    first = sizes[0]
    common.table(
        "Growth: Yagura on every size in turn, one at a time",
        ["call", *(f"ms at {it:,}" for it in sizes), *(f"CPU ms at {it:,}" for it in sizes),
         *(f"× at {it:,}" for it in sizes[1:]), *(f"CPU × at {it:,}" for it in sizes[1:])],
        [[name, *(f"{rows[it]['median_ms']:.2f}" for it in sizes),
          *(f"{rows[it]['cpu_ms']:.2f}" for it in sizes),
          *(f"{rows[it]['median_ms'] / rows[first]['median_ms']:.2f}" for it in sizes[1:]),
          *(f"{rows[it]['cpu_ms'] / max(rows[first]['cpu_ms'], 0.01):.2f}" for it in sizes[1:])]
         for name, rows in found.items()])
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", help="default: target/release/yagura")
    options.add_argument("--postgres", metavar="URL",
                         help="a PostgreSQL server where databases may be made; else SQLite")
    options.add_argument("--sizes", default="10000,100000,1000000")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--keep", metavar="DIR", help="leave what was filled there, or take it")
    options.add_argument("--no-peer", action="store_true")
    options.add_argument("--clients", type=int, choices=TURNS, help="only so many at once")
    options.add_argument("--growth-only", action="store_true")
    args = options.parse_args()
    if args.clients:
        for other in set(TURNS) - {args.clients}:
            del TURNS[other]
    exe = common.binary(args.binary)
    scratch = tempfile.TemporaryDirectory(prefix="yagura-bench-")
    folder = pathlib.Path(args.keep or scratch.name)
    found, stores = {}, {}
    for size in map(int, args.sizes.split(",")):
        data, flags = folder / f"yagura-{size}", ["--plain-http", "--hunting-lookback", "unlimited"]
        store = data / "yagura.db"
        if args.postgres:
            store = database(args.postgres, f"yagura_{size}")
            flags += ["--store", store]
        fill(exe, data, flags, size)
        open_bare = functools.partial(BareServer if args.postgres else BareFile, store)
        stores[size] = exe, data, flags, open_bare
        if args.growth_only:
            continue
        with common.Server(exe, data, flags) as server:
            systems = []
            try:
                bare = open_bare()
                systems = [Yagura(server, bare.server), bare]
                if not args.no_peer:
                    systems.insert(1, Peer(folder, size, store, args.postgres, bare.server))
                if not args.postgres:
                    systems.insert(-1, Shell(store))
                calls = asked(server, systems)
                print(f"{size:,} stored; asking", flush=True)
                found[size] = measure(systems, calls, args.rounds)
            finally:
                for system in systems:
                    system.stop()
        show(f"{size:,} alerts, {'PostgreSQL' if args.postgres else 'SQLite'}", calls, found[size])
    grown = growth(stores, args.rounds) if len(stores) > 1 else {}
    name = "surface-postgres" if args.postgres else "surface-sqlite"
    common.save(name, {"growth": grown, "sizes": {
        size: [dict(zip(("call", "system", "clients"), key), **it) for key, it in rows.items()]
        for size, rows in found.items()}})


def database(server, name):
    """The address of a database on the server, made unless it is there."""
    address = f"{server.rstrip('/')}/{name}"
    if subprocess.run(["psql", "-qAt", "-d", address, "-c", "SELECT 1"],
                      capture_output=True).returncode:
        subprocess.run(["psql", "-q", "-d", f"{server.rstrip('/')}/postgres",
                        "-c", f"CREATE DATABASE {name}"], check=True)
    return address


if __name__ == "__main__":
    sys.exit(main())

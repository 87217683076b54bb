#!/usr/bin/env python3
"""Start-up: seconds from exec to the line that says the server is ready, median of seven.

An empty directory pays for the first start (signing key, first application, authority and
certificate); `--data` adds a directory that holds many alerts, ended in order and taken down hard.

    bench/startup.py --data build/bench-data
"""

import argparse
import pathlib
import statistics
import tempfile

import common

TIMES = 7
TLS = ("--hunting-lookback", "unlimited")
PLAIN = ("--plain-http", *TLS)


def starts(exe, data, flags, hard=False, fresh=False):
    """Seconds of each start. `fresh` takes a new directory every time."""
    took = []
    for number in range(TIMES):
        folder = pathlib.Path(data) / f"fresh-{number}" if fresh else data
        server = common.Server(exe, folder, flags)
        took.append(server.start())
        server.stop(hard)
    return took


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", help="default: target/release/yagura")
    options.add_argument("--data", help="a data directory that intake.py kept")
    args = options.parse_args()
    exe = common.binary(args.binary)
    rows = {}
    with tempfile.TemporaryDirectory(prefix="yagura-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        rows["first start, plain http"] = starts(exe, scratch / "plain", PLAIN, fresh=True)
        rows["first start, TLS"] = starts(exe, scratch / "tls", TLS, fresh=True)
        rows["restart, no alerts, TLS"] = starts(exe, scratch / "tls" / "fresh-0", TLS)
    if args.data:
        with common.Server(exe, args.data) as server:
            path = "/v1.0/security/alerts_v2/$count"
            stored = int(server.client().ask("GET", path))
        rows[f"restart, {stored:,} alerts"] = starts(exe, args.data, PLAIN)
        rows[f"restart after kill -9, {stored:,} alerts"] = starts(exe, args.data, PLAIN, hard=True)
    common.table(
        f"Start-up, {TIMES} times each", ["case", "median ms", "slowest ms"],
        [[name, f"{statistics.median(took) * 1e3:.0f}", f"{max(took) * 1e3:.0f}"]
         for name, took in rows.items()])
    common.save("startup", {"seconds": rows})


if __name__ == "__main__":
    main()

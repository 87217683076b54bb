#!/usr/bin/env python3
"""Hunting queries over real events, beside DuckDB when its Python package is there.

Optional: needs the sample (`sample/*.ndjson.gz`) and the queries (`hunts/*.kql` with
`*.duckdb.sql` beside them) in a folder, by default ../shared/bench beside the checkout. Both
engines read Parquet files and use all cores; a query that the language cannot run yet is named
with its diagnostic and left out of the ratio.

    bench/hunts.py --events ../shared/bench
"""

import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import common

RUNS = 5
PATH = "/v1.0/security/runHuntingQuery"
TYPES = {"string": "VARCHAR", "datetime": "TIMESTAMP", "int": "INTEGER", "long": "BIGINT",
         "bool": "BOOLEAN", "real": "DOUBLE"}


def ours(client, text):
    """Median seconds and rows, or the diagnostic."""
    times, body = [], json.dumps({"Query": text})
    for _ in range(RUNS + 1):
        client.freshen()
        begin = time.perf_counter()
        client.link.request("POST", PATH, body,
                            client.headers | {"Content-Type": "application/json"})
        response = client.link.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            return None, answer["error"]["message"]
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:]), len(answer["results"])


def duckdb_over(events, scratch):
    """A DuckDB with a view per table over Parquet files of its own; none without the package."""
    try:
        import duckdb
    except ImportError:
        return None
    sys.path.insert(0, str(events))
    import mdetables
    db = duckdb.connect()
    for file in sorted((events / "sample").glob("*.ndjson.gz")):
        name = file.name.split(".")[0]
        columns = mdetables.TABLES[name]
        columns = columns.items() if isinstance(columns, dict) else columns
        fields = ", ".join(f"'{it}': '{TYPES.get(kind, 'VARCHAR')}'" for it, kind in columns)
        parquet = scratch / f"{name}.parquet"
        db.sql(f"COPY (SELECT * FROM read_json('{file}', format='newline_delimited', "
               f"columns={{{fields}}})) TO '{parquet}' (FORMAT parquet, COMPRESSION zstd)")
        db.sql(f"CREATE VIEW {name} AS SELECT * FROM '{parquet}'")
    return db


def theirs(db, sql):
    times = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        rows = db.sql(sql).fetchall()
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:]), len(rows)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", help="default: target/release/yagura")
    options.add_argument("--events", type=pathlib.Path, default=common.ROOT.parent / "shared/bench")
    args = options.parse_args()
    files = sorted((args.events / "sample").glob("*.ndjson.gz"))
    if not files:
        print(f"skipped: no sample events in {args.events}")
        return
    exe, rows, ratios = common.binary(args.binary), [], []
    with tempfile.TemporaryDirectory(prefix="yagura-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        feed = [exe, "feed", "--data", scratch / "data", "--json", *files]
        fed = json.loads(subprocess.run(feed, check=True, capture_output=True).stdout)
        print(f"{fed['events']:,} events taken in within {fed['seconds']:.1f} s "
              f"({fed['events'] / fed['seconds']:,.0f} a second)")
        db = duckdb_over(args.events, scratch)
        with common.Server(exe, scratch / "data") as server:
            client = server.client()
            for file in sorted((args.events / "hunts").glob("*.kql")):
                seconds, found = ours(client, file.read_text())
                if seconds is None:
                    rows.append([file.stem, "-", "-", "-", "-", str(found).split("\n")[0]])
                    continue
                row = [file.stem, f"{seconds * 1e3:.1f}", found, "-", "-", ""]
                sql = file.with_name(f"{file.stem}.duckdb.sql")
                if db and sql.exists():
                    other, count = theirs(db, sql.read_text())
                    ratios.append(seconds / other)
                    note = "" if count == found else f"DuckDB has {count} rows"
                    row[3:] = [f"{other * 1e3:.1f}", f"{ratios[-1]:.2f}", note]
                rows.append(row)
    common.table(f"Hunts, median of {RUNS}",
                 ["query", "ms", "rows", "DuckDB ms", "ratio", "note"], rows)
    result = {"events": fed["events"], "ingest_seconds": fed["seconds"], "hunts": rows}
    if ratios:
        mean = math.exp(statistics.fmean(map(math.log, ratios)))
        result["ratio"] = mean
        print(f"\ngeometric mean of {len(ratios)} ratios to DuckDB: {mean:.2f}")
    common.save("hunts", result)


if __name__ == "__main__":
    main()

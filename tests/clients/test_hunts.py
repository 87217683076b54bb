"""Every published hunt that the language can run, beside DuckDB's SQL over the same rows.

Usage: test_hunts.py DATA-DIRECTORY. Needs the sample events and hunts in ../shared/bench; without
them it says so and passes nothing.
"""

import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT.parent / "shared" / "bench"
# The diagnostic of an operator that the language knows and does not run yet.
NOT_YET = "KQL0103"


def main():
    if not BENCH.is_dir():
        print("skipped: no ../shared/bench beside the checkout, so no events to hunt in")
        print("0 passed, 0 failed, 1 skipped")
        return
    import duckdb

    sys.path.insert(0, str(BENCH))
    import mdetables

    binary, data = os.environ["YAGURA_BINARY"], sys.argv[1]
    files = sorted((BENCH / "sample").glob("*.ndjson.gz"))
    run = subprocess.run(
        [binary, "feed", "--data", data, "--json", *map(str, files)],
        check=True,
        capture_output=True,
    )
    fed = json.loads(run.stdout)
    print(f"{fed['events']} events of {len(files)} tables in {fed['seconds']:.1f} s")
    assert fed["refusedEvents"] == 0, fed

    db = duckdb.connect()
    total = 0
    for file in files:
        table = file.name.split(".")[0]
        rows = load(db, table, file, mdetables)
        total += rows
    assert total == fed["events"], f"{fed['events']} events taken in of {total}"

    passed, failed, skipped = 0, 0, 0
    for kql in sorted((BENCH / "hunts").glob("*.kql")):
        name = kql.stem
        expected = len(db.execute(kql.with_name(f"{name}.duckdb.sql").read_text()).fetchall())
        with tempfile.NamedTemporaryFile("w", suffix=".kql") as query:
            query.write(kql.read_text())
            query.flush()
            command = [binary, "hunt", "--data", data, "--format", "json", "--query-file", query.name]
            run = subprocess.run(command, capture_output=True, text=True)
        if NOT_YET in run.stderr:
            print(f"{name}: skipped, {run.stderr.strip().splitlines()[-1]}")
            skipped += 1
            continue
        if run.returncode != 0:
            print(f"{name}: FAILED: {run.stderr.strip()[:500]}")
            failed += 1
            continue
        rows = len(json.loads(run.stdout)["results"])
        verdict = "ok" if rows == expected else "FAILED"
        print(f"{name}: {rows} rows, DuckDB {expected}: {verdict}")
        passed, failed = passed + (rows == expected), failed + (rows != expected)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


def load(db, table, file, mdetables):
    """The same rows in DuckDB, by the bench's own table types."""
    types = {"string": "VARCHAR", "datetime": "TIMESTAMP", "int": "INTEGER", "long": "BIGINT",
             "bool": "BOOLEAN", "real": "DOUBLE", "dynamic": "VARCHAR"}
    columns = mdetables.TABLES[table]
    columns = columns.items() if isinstance(columns, dict) else columns
    fields = {name: types.get(kind, "VARCHAR") for name, kind in columns}
    listed = ", ".join(f"'{name}': '{kind}'" for name, kind in fields.items())
    db.execute(
        f"CREATE TABLE {table} AS SELECT * FROM read_json('{file}', format='newline_delimited', "
        f"columns={{{listed}}})"
    )
    with gzip.open(file, "rt") as lines:
        count = sum(1 for line in lines if line.strip())
    stored = db.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    assert count == stored, f"{table}: {count} lines, {stored} rows"
    return stored


if __name__ == "__main__":
    main()

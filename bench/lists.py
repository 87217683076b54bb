#!/usr/bin/env python3
"""Lists, filters and single reads over HTTP keep-alive: median and 99th percentile.

Run on a store that intake.py filled (`--keep DIR`), or at every size by `intake.py --lists`.

    bench/lists.py --data build/bench-data
"""

import argparse
import calendar
import json
import statistics
import time

import common

ALERTS = "/v1.0/security/alerts_v2"
INCIDENTS = "/v1.0/security/incidents"
# Requests of one kind: at least this many, then until the time is over, then no more.
LEAST, MOST, SECONDS = 20, 300, 5.0
# A request that takes very long is asked fewer times.
ENOUGH = 6 * SECONDS


def requests(client):
    """What is asked, by name; ids, dates and the hundredth page are taken from the store."""
    query = common.query
    top = client.get(f"{ALERTS}?{query(top=1, orderby='createdDateTime desc')}")["value"][0]
    low = client.get(f"{ALERTS}?{query(top=1, orderby='createdDateTime')}")["value"][0]
    open_and_high = "severity eq 'high' and status eq 'new'"
    tagged = "mitreTechniques/any(t:t eq 'T1190')"
    rare = "mitreTechniques/any(t:t eq 'T1573')"
    yield "alerts, first page", ALERTS
    yield "alerts, high and new, top 50, newest first", f"{ALERTS}?" + query(
        top=50, filter=open_and_high, orderby="createdDateTime desc")
    yield "alerts, created after the newest but few", f"{ALERTS}?" + query(
        top=50, filter=f"createdDateTime gt {before(top['createdDateTime'])}")
    yield "alerts, created after the oldest, oldest first", f"{ALERTS}?" + query(
        top=50, filter=f"createdDateTime gt {low['createdDateTime']}", orderby="createdDateTime")
    yield "alerts, updated since, as pollers ask", f"{ALERTS}?" + query(
        top=50, filter=f"lastUpdateDateTime ge {before(top['lastUpdateDateTime'])}",
        orderby="lastUpdateDateTime")
    yield "alerts, any() over techniques, frequent", f"{ALERTS}?" + query(top=50, filter=tagged)
    yield "alerts, any() over techniques, rare", f"{ALERTS}?" + query(top=50, filter=rare)
    yield "alerts, any() over evidence", f"{ALERTS}?" + query(
        top=50, filter="evidence/any(e:e/verdict eq 'suspicious')")
    nowhere = "microsoft.graph.security.ipEvidence/ipAddress eq '192.0.2.1'"
    yield "alerts, any() over evidence, finds nothing", f"{ALERTS}?" + query(
        top=50, filter=f"evidence/any(e:e/{nowhere})")
    yield "alerts, contains() in titles, finds nothing", f"{ALERTS}?" + query(
        top=50, filter="contains(title,'no such words')")
    yield "alerts, $count=true, high and new", f"{ALERTS}?" + query(
        top=50, count="true", filter=open_and_high)
    yield "alerts, $count=true, all", f"{ALERTS}?" + query(top=50, count="true")
    yield "alert by id", f"{ALERTS}/{top['id']}"
    yield "alerts, page 100 through nextLink", hundredth(client)
    yield "incidents, first page", INCIDENTS
    yield "incidents, top 10, $expand=alerts", f"{INCIDENTS}?" + query(top=10, expand="alerts")
    yield "incident by id, $expand=alerts", (
        f"{INCIDENTS}/{top['incidentId']}?{query(expand='alerts')}")


def before(moment):
    """The same time but one minute, as `$filter` writes it."""
    seconds = time.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S")
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(calendar.timegm(seconds) - 60))


def hundredth(client):
    """The address of page 100, or of the last one if there are fewer."""
    path = f"{ALERTS}?{common.query(top=50)}"
    for _ in range(99):
        link = client.get(path).get("@odata.nextLink")
        if not link:
            break
        path = link[len(client.server.base):]
    return path


def measure(client):
    """Every request some times over; answers rows by name."""
    found = {}
    for name, path in requests(client):
        times, began = [], time.monotonic()
        while len(times) < LEAST or (len(times) < MOST and time.monotonic() - began < SECONDS):
            try:
                seconds, body = client.timed("GET", path)
            except SystemExit as refused:
                # A scan beyond the server's own limit is an answer too.
                print(f"{name}: {refused}")
                break
            times.append(seconds)
            if time.monotonic() - began > ENOUGH:
                break
        if not times:
            continue
        answer = json.loads(body)
        rows = len(answer["value"]) if "value" in answer else 1
        found[name] = {
            "median_ms": statistics.median(times) * 1e3,
            "p99_ms": common.percentile(times, 0.99) * 1e3,
            "requests": len(times), "rows": rows, "bytes": len(body),
        }
    return found


def show(stored, found):
    common.table(
        f"Lists at {stored:,} alerts",
        ["request", "median ms", "p99 ms", "rows", "KiB", "times"],
        [[name, f"{it['median_ms']:.2f}", f"{it['p99_ms']:.2f}", it["rows"],
          f"{it['bytes'] / 1024:.0f}", it["requests"]] for name, it in found.items()])


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", help="default: target/release/yagura")
    options.add_argument("--data", required=True, help="data directory that intake.py kept")
    args = options.parse_args()
    with common.Server(common.binary(args.binary), args.data) as server:
        client = server.client()
        stored = int(client.ask("GET", f"{ALERTS}/$count"))
        found = measure(client)
    show(stored, found)
    common.save("lists", {"stored": {stored: found}})


if __name__ == "__main__":
    main()

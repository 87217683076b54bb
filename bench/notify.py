#!/usr/bin/env python3
"""Notifications: how fast a backlog reaches one endpoint, and how soon a single change is told.

The backlog is made while nobody listens; then the server is taken down hard and started again, so
the clock runs from the first message to the last. A single change is told while a second
subscription has a dead endpoint. Every change must arrive.

    bench/notify.py --changes 10000
"""

import argparse
import asyncio
import json
import tempfile
import threading
import time
import urllib.parse

import common
from alerts import Alerts

FLAGS = ("--plain-http", "--hunting-lookback", "unlimited", "--notify-plain-http",
         "--notify-network", "127.0.0.0/8")
BATCH = 500
SINGLES = 200


class Listener:
    """An endpoint on a thread of its own; it can be closed and opened again."""

    def __init__(self):
        self.open, self.seen, self.messages, self.arrived = True, set(), 0, []
        self.news = threading.Condition()
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self.run, args=(ready,), daemon=True).start()
        ready.wait()

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d/notify" % server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    async def serve(self, reader, writer):
        while head := await self.head(reader):
            lines = head.decode().split("\r\n")
            sizes = [line for line in lines if line.lower().startswith("content-length:")]
            body = await reader.readexactly(int(sizes[0].split(":")[1]) if sizes else 0)
            query = urllib.parse.urlsplit(lines[0].split(" ")[1]).query
            token = urllib.parse.parse_qs(query).get("validationToken", [""])[0]
            status = 200 if token or self.open else 503
            if not token and self.open:
                self.take(json.loads(body)["value"])
            answer = f"HTTP/1.1 {status} -\r\nContent-Type: text/plain\r\nContent-Length: {len(token)}\r\n\r\n{token}"
            writer.write(answer.encode())
            await writer.drain()

    @staticmethod
    async def head(reader):
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""

    def take(self, notes):
        now = time.perf_counter()
        with self.news:
            self.messages += 1
            self.arrived.append((now, len(notes)))
            self.seen.update((it["changeType"], it["resourceData"].get("@odata.etag"),
                              it["resourceData"]["id"]) for it in notes)
            self.news.notify_all()

    def wait(self, enough, patience=600):
        with self.news:
            if not self.news.wait_for(lambda: enough(self), patience):
                raise SystemExit(f"told {len(self.seen)} and no more")


def subscribe(client, url, kinds):
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))
    body = {"changeType": kinds, "notificationUrl": url, "resource": "/security/alerts_v2",
            "expirationDateTime": end, "clientState": "bench"}
    client.ask("POST", "/v1.0/subscriptions", json.dumps(body))


def backlog(exe, data, changes):
    listener = Listener()
    server = common.Server(exe, data, FLAGS)
    server.start()
    client = server.client()
    subscribe(client, listener.url, "created")
    listener.open = False
    stream = Alerts()
    for at in range(0, changes, BATCH):
        body = stream.batch(min(BATCH, changes - at))
        client.ask("POST", "/provider/v1/alerts?source=suricata", body, "application/x-ndjson")
    server.stop(hard=True)
    listener.open = True
    server.start()
    listener.wait(lambda it: len(it.seen) >= changes)
    took = listener.arrived[-1][0] - listener.arrived[0][0]
    told = sum(count for _, count in listener.arrived)
    used, memory = server.cpu(), server.memory()
    server.stop()
    return {"changes": changes, "told": told, "messages": listener.messages, "seconds": took,
            "per_second": (told - listener.arrived[0][1]) / took if took else 0.0,
            "server_cpu_seconds": used, "server_memory_mib": memory / 2**20}


def singles(exe, data):
    listener, dead = Listener(), Listener()
    with common.Server(exe, data, FLAGS) as server:
        client = server.client()
        subscribe(client, listener.url, "updated")
        subscribe(client, dead.url, "updated")
        dead.open = False
        alert = client.get("/v1.0/security/alerts_v2?$top=1&$select=id")["value"][0]["id"]
        waits = []
        for number in range(SINGLES):
            body = json.dumps({"assignedTo": f"analyst-{number}"})
            client.ask("PATCH", f"/v1.0/security/alerts_v2/{alert}", body)
            done = time.perf_counter()
            listener.wait(lambda it, number=number: it.messages > number, 30)
            waits.append(max(0.0, listener.arrived[-1][0] - done))
    return waits


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", help="default: target/release/yagura")
    options.add_argument("--changes", type=int, default=10_000)
    args = options.parse_args()
    exe = common.binary(args.binary)
    with tempfile.TemporaryDirectory(prefix="yagura-bench-") as data:
        rate = backlog(exe, data, args.changes)
        waits = singles(exe, data)
    common.table("A backlog to one endpoint", list(rate), [[
        f"{it:,.1f}" if isinstance(it, float) else f"{it:,}" for it in rate.values()]])
    middle, late = common.percentile(waits, 0.5), common.percentile(waits, 0.99)
    common.table(f"From the answer to a change to its notification, {SINGLES} one by one",
                 ["median ms", "p99 ms"], [[f"{middle * 1e3:.1f}", f"{late * 1e3:.1f}"]])
    common.save("notify", {"backlog": rate, "latency_seconds": waits})


if __name__ == "__main__":
    main()

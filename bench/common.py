"""What the benchmarks share: a server of their own, keep-alive connections, tables, results.

Standard library only. Each script starts the release binary on a data directory with plain http on
a free port, signs in with the credentials that the first start wrote, and stops it again.
"""

import http.client
import json
import math
import os
import pathlib
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results"
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
IDLE = 10.0
READY = "yagura is ready at "


def binary(wanted=None):
    """The release binary: the one named, else $YAGURA_BINARY, else the target folder's."""
    named = wanted or os.environ.get("YAGURA_BINARY")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    path = pathlib.Path(named) if named else target / "release" / "yagura"
    if not path.is_file():
        sys.exit(f"no binary at {path}; build it with: cargo build --release -p app")
    return path.resolve()


class Server:
    """`yagura serve`, from its start to the end of the `with` block."""

    def __init__(self, exe, data, flags=("--plain-http", "--hunting-lookback", "unlimited")):
        self.exe, self.data, self.flags = exe, pathlib.Path(data), flags
        self.child = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Starts it and answers the seconds from exec to the line that says it is ready."""
        command = [self.exe, "serve", "--data", self.data, "--listen", "127.0.0.1:0", *self.flags]
        begin = time.perf_counter()
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in self.child.stdout:
            if line.startswith(READY):
                took = time.perf_counter() - begin
                self.base = line[len(READY):].strip()
                text = (self.data / "credentials.json").read_text()
                self.credentials = json.loads(text)
                return took
        sys.exit(f"the server ended before it was ready: exit code {self.child.wait()}")

    def stop(self, hard=False):
        """Asks it to end, or takes it down at once as `kill -9` does."""
        if self.child:
            self.child.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
            self.child.wait()
            self.child.stdout.close()
            self.child = None

    def cpu(self):
        """Seconds of processor time the server has used, user and system."""
        text = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text()
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        """Bytes resident."""
        text = pathlib.Path(f"/proc/{self.child.pid}/statm").read_text()
        return int(text.split()[1]) * PAGE

    def client(self):
        return Client(self)


class Client:
    """One signed-in keep-alive connection."""

    def __init__(self, server):
        self.server = server
        self.host = urllib.parse.urlsplit(server.base).netloc
        self.connect()
        self.sign_in()

    def connect(self):
        self.used = time.monotonic()
        self.link = http.client.HTTPConnection(self.host, timeout=600)
        self.link.connect()
        self.link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def sign_in(self):
        known = self.server.credentials
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials",
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            "scope": "https://graph.microsoft.com/.default",
        })
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        path = f"/{known['tenant_id']}/oauth2/v2.0/token"
        self.link.request("POST", path, form, kind)
        response = self.link.getresponse()
        answer = json.loads(response.read())
        if "access_token" not in answer:
            sys.exit(f"sign-in refused: {answer}")
        # A token lives for an hour; a long run asks again in time.
        self.until = time.monotonic() + answer["expires_in"] / 2
        self.headers = {"Authorization": f"Bearer {answer['access_token']}"}

    def ask(self, method, path, body=None, kind="application/json"):
        """One request; answers the body's bytes, or ends the run when it was refused."""
        self.freshen()
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = kind
        self.link.request(method, path, body, headers)
        response = self.link.getresponse()
        data = response.read()
        if response.status >= 300:
            sys.exit(f"{method} {path[:200]}: {response.status} {data[:500].decode()}")
        return data

    def freshen(self):
        """A new connection when the old one lay idle so long that the server may have closed it,
        a new token when half of its time is over."""
        now = time.monotonic()
        if now - self.used > IDLE:
            self.link.close()
            self.connect()
        self.used = now
        if now > self.until:
            self.sign_in()

    def get(self, path):
        return json.loads(self.ask("GET", path))

    def timed(self, method, path, body=None, kind="application/json"):
        """Seconds until the whole answer is here, and the answer."""
        begin = time.perf_counter()
        data = self.ask(method, path, body, kind)
        return time.perf_counter() - begin, data


def query(**options):
    """`$filter=…&$top=…`, percent-encoded."""
    pairs = [(f"${name}", str(value)) for name, value in options.items()]
    return urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote, safe="$'(),:/")


def percentile(values, share):
    """The value that `share` of all are not above."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def folder_bytes(path):
    return sum(it.stat().st_size for it in pathlib.Path(path).rglob("*") if it.is_file())


def table(title, names, rows):
    """Prints rows, numbers to the right, names and notes to the left."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(str(column)) for column in [name, *(row[at] for row in cells)])
              for at, name in enumerate(names)]
    print(f"\n{title}")
    for row in [names, *cells]:
        placed = [f"{cell:<{width}}" if name in ("note", names[0]) else f"{cell:>{width}}"
                  for name, cell, width in zip(names, row, widths)]
        print("  ".join(placed).rstrip())


def machine():
    """What the figures were measured on."""
    model = platform.processor()
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    pages = os.sysconf("SC_PHYS_PAGES")
    return {"cpu": model, "cores": os.cpu_count(), "memory_gib": round(pages * PAGE / 2**30, 1)}


def save(name, result):
    """Writes `results/NAME.json` and says so."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    result = {"machine": machine(), "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
              **result}
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"\nwritten: {path.relative_to(ROOT)}")


def remove(path):
    shutil.rmtree(path, ignore_errors=True)

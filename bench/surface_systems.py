"""The systems that surface.py asks: Yagura, the peer, and the bare database."""

import json
import os
import pathlib
import random
import re
import socket
import subprocess
import tempfile
import time

import common
from surface_load import Line, burst, cpu, cpu_below, request

PEER = common.HERE / "peers" / "cds"


class Http:
    """A server that is asked over keep-alive connections."""

    def __init__(self, host, port, pid, headers, database):
        self.address, self.pid, self.headers, self.database = (host, port), pid, headers, database
        self.lines = []

    def ask(self, call, clients, first, seconds, most):
        while len(self.lines) < clients:
            self.lines.append(Line(*self.address))
        host = f"{self.address[0]}:{self.address[1]}"
        made = {}

        def nth(number):
            method, path, body = call.by[self.name](number)
            key = (method, path, body)
            if key not in made:
                made[key] = request(method, host, path, self.headers, body)
            return made[key]
        return *burst(self.lines[:clients], nth, first, seconds, most), None

    def cpu(self):
        return cpu(self.pid) + (cpu_below(self.database) if self.database else 0.0)

    def stop(self):
        pass


class Yagura(Http):
    name = "yagura"

    def __init__(self, server, database):
        host, port = server.base.split("//")[1].split(":")
        # A token lives for an hour, longer than a size takes.
        token = server.client().headers["Authorization"]
        super().__init__(host, int(port), server.child.pid, [f"Authorization: {token}"], database)


class Peer(Http):
    name = "peer"

    def __init__(self, folder, size, store, postgres, database):
        if not (PEER / "node_modules").is_dir():
            raise SystemExit(f"the peer is not there: cd {PEER} && npm install")
        if postgres:
            name = f"peer_{size}"
            target = f"{postgres.rstrip('/')}/{name}"
            new = subprocess.run(["psql", "-qAt", "-d", target, "-c", "SELECT 1"],
                                 capture_output=True).returncode != 0
            if new:
                subprocess.run(["psql", "-q", "-d", f"{postgres.rstrip('/')}/postgres", "-c",
                                f"CREATE DATABASE {name}"], check=True)
            parts = re.fullmatch(r"postgres://(?:([^:@]+)(?::([^@]*))?@)?([^:/]+)(?::(\d+))?", postgres)
            credentials = {"host": parts[3], "port": int(parts[4] or 5432), "user": parts[1],
                           "password": parts[2] or "", "database": name}
            profile = "server"
        else:
            file = folder / f"peer-{size}.db"
            new, target = not file.exists(), f"sqlite:{file}"
            credentials, profile = {"url": str(file)}, "file"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        config = {"requires": {"db": {"credentials": credentials}}}
        env = {**os.environ, "CDS_ENV": profile, "NODE_ENV": "production", "PORT": str(port),
               "CDS_CONFIG": json.dumps(config)}
        if new:
            print("  filling the peer's tables", flush=True)
            subprocess.run(["node_modules/.bin/cds-deploy"], cwd=PEER, env=env, check=True,
                           stdout=subprocess.DEVNULL)
            subprocess.run(["node", "load.js", str(store), target], cwd=PEER, env=env, check=True)
        self.child = subprocess.Popen(["node", "node_modules/.bin/cds-serve"], cwd=PEER, env=env,
                                      stdout=subprocess.DEVNULL)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        super().__init__("127.0.0.1", port, self.child.pid, [], database)

    def stop(self):
        for line in self.lines:
            line.link.close()
        self.child.terminate()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()


class BareFile:
    """Statements by SQLite's library, in a process of their own."""
    name, server, kind = "bare", None, "file"

    def __init__(self, file):
        self.child = subprocess.Popen(["node", PEER / "bare.js", file], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def say(self, **command):
        self.child.stdin.write(json.dumps(command) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def rows(self, text):
        return self.say(text=text)

    def ask(self, call, clients, first, seconds, most):
        text, args = call.by[self.name]
        turn = first % len(args)
        args = [*args[turn:], *args[:turn]]
        done = self.say(text=text.replace("?1", "?"), args=args, clients=clients, seconds=seconds, most=most)
        return done["times"], done["wall"], done["cpu"]

    def cpu(self):
        return 0.0

    def stop(self):
        self.child.stdin.close()
        self.child.wait()


class Shell(BareFile):
    """The same as a shell has it: a statement as text through a pipe, the rows as text back."""
    name = "shell"

    def ask(self, call, clients, first, seconds, most):
        text, args = call.by["bare"]
        pipe, times = self.child.stdout.fileno(), []
        begin = time.perf_counter()
        while not times or (len(times) < most and time.perf_counter() - begin < seconds):
            own = args[(first + len(times)) % len(args)]
            line = json.dumps({"shell": text.replace("?1", "?"), "args": own}) + "\n"
            begun = time.perf_counter()
            os.write(self.child.stdin.fileno(), line.encode())
            while not os.read(pipe, 1 << 20).endswith(b"\0\n"):
                pass
            times.append(time.perf_counter() - begun)
        return times, time.perf_counter() - begin, None

    def cpu(self):
        return cpu(self.child.pid)


class BareServer:
    """Statements by PostgreSQL's own pgbench, prepared."""
    name, kind = "bare", "server"

    def __init__(self, address):
        self.address = address
        folder = self.rows("SHOW data_directory")[0][0]
        try:
            self.server = int((pathlib.Path(folder) / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError):
            self.server = None

    def rows(self, text):
        done = subprocess.run(["psql", "-qAt", "-F", "\t", "-d", self.address, "-c",
                               f"SET search_path = yagura; {text}"],
                              check=True, capture_output=True, text=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def ask(self, call, clients, first, seconds, most):
        text, args = call.by[self.name]
        with tempfile.TemporaryDirectory() as folder:
            command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)),
                       "--log", f"--log-prefix={folder}/log", "--random-seed", str(first + 1)]
            # A script for each set of arguments; pgbench draws among them.
            for number, own in enumerate(random.Random(first).sample(args, min(len(args), 20))):
                script = pathlib.Path(folder) / f"{number}.sql"
                said = re.sub(r"\?(\d+)", lambda it: f":a{it[1]}", text)
                lines = [f"\\set a{at + 1} {it}" for at, it in enumerate(own) if isinstance(it, int)]
                for at, it in enumerate(own):
                    if isinstance(it, str):
                        literal = it.replace("'", "''")
                        said = said.replace(f":a{at + 1}", f"'{literal}'")
                script.write_text("\n".join([*lines, said.replace("\n", " ") + ";"]) + "\n")
                command += ["-f", str(script)]
            count = max(1, min(most, 60 if clients > 1 else 20) // (1 if clients == 1 else 4))
            env = {**os.environ, "PGOPTIONS": "-c search_path=yagura -c jit=off -c random_page_cost=1.1"}
            begin = time.perf_counter()
            subprocess.run([*command, "-t", str(count), self.address], check=True, env=env,
                           capture_output=True)
            wall = time.perf_counter() - begin
            times = [int(line.split()[2]) / 1e6 for log in pathlib.Path(folder).glob("log*")
                     for line in log.read_text().splitlines()]
        # Sessions begin within the wall time; what the requests took is the fairer sum.
        return times, min(wall, sum(times) / clients), None

    def cpu(self):
        return cpu_below(self.server) if self.server else 0.0

    def stop(self):
        pass

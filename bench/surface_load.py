"""Keep-alive HTTP with as little work per request as Python can do, and processor time by process.

The measured machine also makes the requests, so what a request costs here is taken from everybody
alike; compare processor seconds of the server where that matters.
"""

import os
import pathlib
import socket
import threading
import time

IDLE = 2.0
TICK = os.sysconf("SC_CLK_TCK")


class Line:
    """One connection; sends bytes made before and reads one answer."""

    def __init__(self, host, port):
        self.address = (host, port)
        self.room = bytearray(1 << 18)
        self.connect()

    def connect(self):
        self.link = socket.create_connection(self.address, timeout=120)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.used = time.monotonic()

    def freshen(self):
        """A new connection when the server may have closed this one for lying idle."""
        if time.monotonic() - self.used > IDLE:
            self.link.close()
            self.connect()

    def ask(self, request):
        """Status and body."""
        self.link.sendall(request)
        have = b""
        while (end := have.find(b"\r\n\r\n")) < 0:
            more = self.link.recv(65536)
            if not more:
                raise ConnectionError("the server hung up")
            have += more
        head, body = have[:end].lower(), have[end + 4:]
        status = int(head[9:12])
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            length = int(head[at + 17:].split(b"\r\n", 1)[0])
            return status, self.rest(body, length)
        if b"\r\ntransfer-encoding: chunked" in head:
            return status, self.chunks(body)
        return status, b""

    def rest(self, body, length):
        parts, left = [body], length - len(body)
        while left > 0:
            size = self.link.recv_into(self.room, min(left, len(self.room)))
            if not size:
                raise ConnectionError("the server hung up")
            parts.append(bytes(self.room[:size]))
            left -= size
        return b"".join(parts)

    def chunks(self, have):
        parts = []
        while True:
            while b"\r\n" not in have:
                have += self.link.recv(65536)
            size, have = have.split(b"\r\n", 1)
            size = int(size, 16)
            whole = self.rest(have, size + 2) if len(have) < size + 2 else have
            parts.append(whole[:size])
            have = whole[size + 2:]
            if not size:
                return b"".join(parts)


def burst(lines, requests, first, seconds, most):
    """Asks over all lines at once until the time is over or `most` were asked; `requests(n)` is
    the n-th. Answers seconds of each and the wall time."""
    taken, lock, times, wrong = [first], threading.Lock(), [], []
    for line in lines:
        line.freshen()
    begin = time.perf_counter()

    def work(line):
        own = []
        while not wrong:
            with lock:
                number = taken[0]
                taken[0] += 1
            begun = time.perf_counter()
            if own and (begun - begin > seconds or number - first >= most):
                break
            try:
                status, body = line.ask(requests(number))
            except OSError as error:
                wrong.append(repr(error))
                break
            own.append(time.perf_counter() - begun)
            if status >= 300:
                wrong.append(f"{status} {body[:300]!r} for {requests(number)[:300]!r}")
        line.used = time.monotonic()
        times.extend(own)

    if len(lines) == 1:
        work(lines[0])
    else:
        threads = [threading.Thread(target=work, args=(line,)) for line in lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if wrong:
        raise SystemExit(f"a request failed: {wrong[0]}")
    return times, time.perf_counter() - begin


def request(method, host, path, headers, body=None):
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers]
    data = b""
    if body is not None:
        data = body.encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join([*lines, "", ""]).encode() + data


def cpu(pid):
    """Processor seconds of a process and those of its children that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(it) for it in fields[11:15]) / TICK


def cpu_below(pid):
    """The same for a process and its children, as a database server has one per session."""
    total = cpu(pid)
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                total += cpu(child)
            except OSError:
                pass
    return total

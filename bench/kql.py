#!/usr/bin/env python3
"""How fast queries are parsed and bound, beside the reference's own parser and binder.

    python3 bench/kql.py YAGURA [--corpus FILE] [--oracle DIR]

YAGURA is a release build. Every query of the corpus is asked for once in its environment, on one core; the
time of starting up is measured with a single query and taken off. With --oracle, a folder with `check.mjs` and its
node_modules, the same lines go through the reference.
"""

import argparse
import json
import os
import resource
import subprocess


def processor_time():
    """Seconds that finished children have computed; what else the machine does is not in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command, lines, core=True):
    """Processor seconds that a filter takes for these lines."""
    if core and hasattr(os, "sched_setaffinity"):
        one = {min(os.sched_getaffinity(0))}
        prepare = lambda: os.sched_setaffinity(0, one)  # noqa: E731
    else:
        prepare = None
    started = processor_time()
    done = subprocess.run(
        command, input="".join(lines), text=True, capture_output=True, check=True, preexec_fn=prepare
    )
    took = processor_time() - started
    answers = sum(1 for line in done.stdout.splitlines() if line.strip())
    assert answers == len(lines), f"{answers} answers to {len(lines)} questions"
    return took


def measured(name, command, lines, times=3):
    """Best of some runs without the start, and the queries per second of it."""
    start = min(run(command, lines[:1]) for _ in range(times))
    whole = min(run(command, lines) for _ in range(times))
    took = max(whole - start, 1e-9)
    print(f"{name}: {len(lines)} queries in {took:.3f} s, {len(lines) / took:,.0f} a second "
          f"(start {start * 1000:.0f} ms)")
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("yagura")
    parser.add_argument("--corpus", default="../shared/kql/corpus/dev.jsonl")
    parser.add_argument("--oracle")
    args = parser.parse_args()
    lines = []
    with open(args.corpus, encoding="utf-8") as corpus:
        for line in corpus:
            entry = json.loads(line)
            ask = {"id": entry["id"], "query": entry["query"], "env": entry.get("env") or "unified"}
            lines.append(json.dumps(ask) + "\n")
    ours = measured("yagura", [args.yagura, "kql", "check", "--jsonl"], lines)
    if args.oracle:
        theirs = measured("reference", ["node", os.path.join(args.oracle, "check.mjs")], lines, 1)
        print(f"{theirs / ours:.1f} times as fast")


if __name__ == "__main__":
    main()

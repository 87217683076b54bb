#!/usr/bin/env bash
# Every benchmark: bench/run.sh [ALERTS]. Each prints a table and writes JSON to bench/results/.
# ALERTS is how many to grow the store to, a million when left out; that takes some GiB of disk.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-target}"
if [ -z "${YAGURA_BINARY:-}" ]; then
  cargo build --release --locked -p app
  export YAGURA_BINARY="$target/release/yagura"
fi
data="$(mktemp -d "${TMPDIR:-/tmp}/yagura-bench-XXXXXX")"
trap 'rm -rf "$data"' EXIT
python3 bench/intake.py --max "${1:-1000000}" --keep "$data/store" --lists
python3 bench/startup.py --data "$data/store"
python3 bench/notify.py
python3 bench/hunts.py
# The peer is optional; what is measured beside it needs Node.js.
if [ -d bench/peers/cds/node_modules ]; then
  python3 bench/surface.py --sizes 10000,100000
  if [ -n "${YAGURA_BENCH_POSTGRES:-}" ]; then
    python3 bench/surface.py --sizes 10000,100000 --postgres "$YAGURA_BENCH_POSTGRES"
  fi
fi

#!/usr/bin/env bash
# Unmodified SDKs against the started binary: tests/clients/run.sh PATH-TO-YAGURA
# Python and JavaScript packages are kept beside the target folder, so a second run is quick.
set -euo pipefail
binary="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
cd "$(dirname "$0")"
tools="$(dirname "$(dirname "$binary")")/clients"
mkdir -p "$tools"

# The newest there is: before 3.12, deep syntax trees are an error of Python's own.
python=python3
for name in python3.14 python3.13 python3.12; do
  if "$name" -c 'import venv, ensurepip' 2>/dev/null; then
    python="$name"
    break
  fi
done
stamp="$("$python" --version) $(cat requirements.txt js/package.json js/package-lock.json | cksum)"
if [ "$(cat "$tools/stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$tools/venv" "$tools/js" "$tools/stamp"
  "$python" -m venv "$tools/venv"
  "$tools/venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
  mkdir -p "$tools/js"
  cp js/package.json js/package-lock.json "$tools/js/"
  (cd "$tools/js" && npm ci --silent --no-audit --no-fund)
  echo "$stamp" >"$tools/stamp"
fi

work="$(mktemp -d)"
server=""
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
start() { # data directory, further flags
  "$binary" serve --data "$1" --listen 127.0.0.1:0 "${@:2}" >"$work/out" &
  server=$!
  for _ in $(seq 300); do
    grep -q "ready at" "$work/out" && return
    kill -0 "$server" || exit 1
    sleep 0.1
  done
  echo "the server did not become ready" >&2
  exit 1
}
stop() {
  kill "$server"
  wait "$server" || true
  server=""
}

feed() {
  [ -d "$work/scenario" ] ||
    "$binary" scenario --out "$work/scenario" --end 2026-03-01T12:00:00Z >/dev/null
  "$binary" feed --server "$(sed -n 's/.*"base_url": "\(.*\)".*/\1/p' "$YAGURA_CREDENTIALS")" \
    "$work/scenario" >/dev/null
}

start "$work/data" --hunting-lookback unlimited --notify-plain-http --notify-network 127.0.0.0/8
export YAGURA_BINARY="$binary" YAGURA_DATA="$work/data"
export YAGURA_CREDENTIALS="$work/data/credentials.json"
feed
"$tools/venv/bin/python" -B test_msgraph.py
"$tools/venv/bin/python" -B test_surface.py
cp js/*.mjs "$tools/js/"
NODE_EXTRA_CA_CERTS="$work/data/tls/ca.pem" node --test "$tools/js/"
stop

# Calls made of the OpenAPI documents, over a store of their own.
start "$work/fuzz"
export YAGURA_DATA="$work/fuzz" YAGURA_CREDENTIALS="$work/fuzz/credentials.json"
feed
"$tools/venv/bin/python" -B fuzz_surface.py
stop

# The published hunts over real events, beside DuckDB's SQL over the same rows.
"$tools/venv/bin/python" test_hunts.py "$work/hunts"

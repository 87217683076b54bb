#!/usr/bin/env bash
# Unmodified SDKs against the started binary: tests/clients/run.sh PATH-TO-YAGURA
# Python and JavaScript packages are kept beside the target folder, so a second run is quick.
set -euo pipefail
binary="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
cd "$(dirname "$0")"
tools="$(dirname "$(dirname "$binary")")/clients"
mkdir -p "$tools"

stamp="$(cat requirements.txt js/package.json js/package-lock.json | cksum)"
if [ "$(cat "$tools/stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$tools/venv" "$tools/js" "$tools/stamp"
  python3 -m venv "$tools/venv"
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

start "$work/data" --hunting-lookback unlimited
export YAGURA_BINARY="$binary" YAGURA_DATA="$work/data"
export YAGURA_CREDENTIALS="$work/data/credentials.json"
"$binary" scenario --out "$work/scenario" --end 2026-03-01T12:00:00Z >/dev/null
"$binary" feed --server "$(sed -n 's/.*"base_url": "\(.*\)".*/\1/p' "$YAGURA_CREDENTIALS")" \
  "$work/scenario" >/dev/null
"$tools/venv/bin/python" test_msgraph.py
cp js/*.mjs "$tools/js/"
NODE_EXTRA_CA_CERTS="$work/data/tls/ca.pem" node --test "$tools/js/"
stop

# The published hunts over real events, beside DuckDB's SQL over the same rows.
"$tools/venv/bin/python" test_hunts.py "$work/hunts"

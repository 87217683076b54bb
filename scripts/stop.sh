#!/usr/bin/env bash
# Stops the server that `make run` left in the background, if one is there.
set -euo pipefail
cd "$(dirname "$0")/.."
file="${YAGURA_DATA:-data}/server.pid"
[ -f "$file" ] || exit 0
pid=$(cat "$file")
if kill "$pid" 2>/dev/null; then
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  echo "stopped the server (process $pid)"
fi
rm -f "$file"

#!/usr/bin/env bash
# Fuzzes what reads text from outside: each target of fuzz/ for some seconds (15, or the first
# argument), or only the targets that the other arguments name. A crash, an assertion, an input that
# takes ten seconds or memory above 256 MB fails it, and the input is kept. What earlier runs found
# worth keeping is gone on with.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/need.sh
need c++ "Install a C++ compiler: apt-get install build-essential (Debian, Ubuntu)."
[ "$missing" = 0 ] || exit 1
seconds="${1:-15}"
shift || true

mkdir -p "$target"
target="$(cd "$target" && pwd)"
tools="$target/tools"
command -v cargo-fuzz >/dev/null 2>&1 || [ -x "$tools/bin/cargo-fuzz" ] ||
  cargo install --quiet --locked --root "$tools" cargo-fuzz
export PATH="$PATH:$tools/bin"
# Without a sanitizer the stable compiler is enough; the code has no `unsafe` of its own.
cargo fuzz build --sanitizer none --target-dir "$target/fuzz"
host="$(rustc -vV | sed -n 's/^host: //p')"

if [ $# = 0 ]; then
  # shellcheck disable=SC2046
  set -- $(cd fuzz/targets && ls -- *.rs | sed 's/\.rs$//')
fi
failed=0
printf '%-10s %12s %8s %8s %8s %6s\n' target runs runs/s edges inputs MB
for name in "$@"; do
  corpus="$target/fuzz-corpus/$name"
  finds="$target/fuzz-finds/$name"
  seeds="$target/fuzz-seeds/$name"
  rm -rf "$seeds"
  mkdir -p "$corpus" "$finds" "$seeds"
  # A seed is a line.
  (cd "$seeds" && awk 'NF { file = sprintf("%03d", NR); printf "%s", $0 > file; close(file) }') \
    <"fuzz/seeds/$name.txt"
  log="$finds/log"
  if ! "$target/fuzz/$host/release/$name" "$corpus" "$seeds" -max_total_time="$seconds" \
    -timeout=10 -rss_limit_mb=256 -max_len=16384 -dict="fuzz/words/$name.dict" \
    -artifact_prefix="$finds/" -print_final_stats=1 >"$log" 2>&1; then
    failed=1
    echo "$name: found something; the input is in $finds" >&2
    grep -v '^#\|NEW_FUNC' "$log" | tail -n 40 >&2
  fi
  told() { sed -n "s/^stat::$1: *//p" "$log" | tail -n 1; }
  seen() { sed -n "s/.* $1: \([0-9]*\).*/\1/p" "$log" | tail -n 1; }
  printf '%-10s %12s %8s %8s %8s %6s\n' "$name" "$(told number_of_executed_units)" \
    "$(told average_exec_per_sec)" "$(seen cov)" "$(seen corp)" "$(told peak_rss_mb)"
done
exit "$failed"

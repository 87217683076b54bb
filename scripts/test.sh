#!/usr/bin/env bash
# Every test. The clients (Python and JavaScript SDKs) are installed into the target folder.
set -euo pipefail
cd "$(dirname "$0")/.."
NEED_CLIENTS=1 . scripts/need.sh
cargo test --workspace --locked
# Once more over PostgreSQL, from the outside: what clients see, and what a kill leaves. The store's
# own suite has run over both already.
YAGURA_TEST_STORE=postgres cargo test --workspace --locked --test it -- \
  crash::no_ graph:: hunting:: isolation:: story::
tests/clients/run.sh "$target/debug/yagura"

#!/usr/bin/env bash
# Every test. The clients (Python and JavaScript SDKs) are installed into the target folder.
set -euo pipefail
cd "$(dirname "$0")/.."
NEED_CLIENTS=1 . scripts/need.sh
cargo test --workspace --locked
tests/clients/run.sh "$target/debug/yagura"

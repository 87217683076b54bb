#!/usr/bin/env bash
# What a machine can hold: formatting, lints, licences, unused dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/need.sh
cargo fmt --all --check
cargo clippy --workspace --all-targets --locked -- -D warnings
tools="$(cd "$(dirname "$target")" && pwd)/yagura-tools"
for tool in cargo-deny cargo-machete; do
  command -v "$tool" >/dev/null 2>&1 || [ -x "$tools/bin/$tool" ] ||
    cargo install --quiet --locked --root "$tools" "$tool"
done
export PATH="$PATH:$tools/bin"
cargo deny --offline check licenses bans sources
cargo machete

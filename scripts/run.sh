#!/usr/bin/env bash
# Builds a release, starts it on embedded defaults and feeds it: the scenario, two people, and every
# file of the folder in DATA. Ends with the server up in the background; `make stop` ends it.
# YAGURA_… variables configure the server, for example YAGURA_LISTEN and YAGURA_HUNTING_LOOKBACK.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/need.sh
started=$(date +%s)
data="${YAGURA_DATA:-data}"
export YAGURA_DATA="$data"

echo "building the release binary (the first time takes a while) …"
cargo build --release --locked -p app
binary="$target/release/yagura"

scripts/stop.sh
mkdir -p "$data"
setsid nohup "$binary" serve --data "$data" >"$data/server.log" 2>&1 &
server=$!
echo "$server" >"$data/server.pid"
until grep -q "ready at" "$data/server.log"; do
  kill -0 "$server" 2>/dev/null || {
    echo "the server did not start:" >&2
    cat "$data/server.log" >&2
    exit 1
  }
  sleep 0.1
done
base=$(sed -n 's/.*ready at //p' "$data/server.log")

# Once per data directory: told again at another time, it would be a second intrusion.
if [ ! -d "$data/scenario" ]; then
  "$binary" scenario --out "$data/scenario" >/dev/null
  echo
  echo "feeding the sample intrusion"
  "$binary" feed --server "$base" "$data/scenario"
  "$binary" user add --data "$data" --upn j.doe@contoso.example --name 'Jamie Doe'
  "$binary" user add --data "$data" --upn ada@contoso.example --name 'Ada Park'
fi
if [ -n "${DATA:-}" ]; then
  echo
  echo "feeding $DATA"
  "$binary" feed --server "$base" "$DATA" || echo "some lines were refused, see above"
fi

ca=""
[ ! -f "$data/tls/ca.pem" ] || ca="--cacert $data/tls/ca.pem"
count() { # path of a collection
  # shellcheck disable=SC2086
  curl --silent $ca -H "Authorization: Bearer $token" "$base/v1.0/security/$1/\$count"
}
token=$("$binary" token --data "$data")
echo
cat "$data/server.log"
echo
echo "alerts: $(count alerts_v2)   incidents: $(count incidents)   took $(($(date +%s) - started)) s"
cat <<EOF

A token, the serious incidents with their alerts, a hunt:

  TOKEN=\$($binary token --data $data)
  curl $ca -H "Authorization: Bearer \$TOKEN" "$base/v1.0/security/incidents?\\\$filter=severity%20eq%20'high'&\\\$expand=alerts&\\\$top=3"
  $binary hunt --server $base --data $data 'DeviceProcessEvents | where ProcessCommandLine has "sekurlsa" | project Timestamp, DeviceName, ProcessCommandLine'

The server goes on in the background; make stop ends it.
EOF

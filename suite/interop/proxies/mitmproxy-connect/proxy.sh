#!/usr/bin/env bash
# mitmproxy as a proxy for CONNECT that does not look into its tunnels, in the foreground: proxy.sh PORT BACKEND
set -euo pipefail
WSSPEC_INTEROP_DIR=${WSSPEC_INTEROP_DIR:-$(cd "$(dirname "$0")/../../../.." && pwd)/target/interop}
source "$(dirname "$0")/../../common.sh"
exec "$dir/venv/bin/mitmdump" --quiet --mode regular --listen-host 127.0.0.1 --listen-port "$1" \
  --set confdir="$dir/confdir" --set proxyauth=wsspec:tunnel --ignore-hosts '.*'

#!/usr/bin/env bash
# http-proxy as a reverse proxy for WebSocket, in the foreground: proxy.sh PORT BACKEND
set -euo pipefail
WSSPEC_INTEROP_DIR=${WSSPEC_INTEROP_DIR:-$(cd "$(dirname "$0")/../../../.." && pwd)/target/interop}
source "$(dirname "$0")/../../common.sh"
NODE_PATH=$dir/node_modules exec node "$here/proxy.js" "$1" "$2"

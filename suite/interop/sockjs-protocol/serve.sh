#!/usr/bin/env bash
# serve.sh PORT: runs the SockJS server on 127.0.0.1:PORT in the foreground; 0 picks a free port.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
port=${1:?usage: serve.sh PORT}
NODE_PATH=$dir/node_modules exec node "$here/server.js" "$port"

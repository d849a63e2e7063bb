#!/usr/bin/env bash
# serve.sh PORT: runs the echo server of the folder `hypercorn` on 127.0.0.1:PORT in the foreground; 0 picks a free port.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
port=${1:?usage: serve.sh PORT}
exec "$dir/venv/bin/python" "$here/../hypercorn/server.py" "$port"

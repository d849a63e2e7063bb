#!/usr/bin/env bash
# client.sh URL: connects the python-socketio client to URL, and ends when it is through.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
url=${1:?usage: client.sh URL}
exec "$dir/venv/bin/python" "$here/client.py" "$url"

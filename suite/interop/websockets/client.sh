#!/usr/bin/env bash
# client.sh URL: connects the websockets echo client to URL; ends when the connection does.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
url=${1:?usage: client.sh URL}
exec "$dir/venv/bin/python" "$here/client.py" "$url"

#!/usr/bin/env bash
# client.sh URL: connects the ws echo client to URL; ends when the connection does.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
url=${1:?usage: client.sh URL}
NODE_PATH=$dir/node_modules exec node "$here/client.js" "$url"

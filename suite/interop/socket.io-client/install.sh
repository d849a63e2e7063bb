#!/usr/bin/env bash
# Installs socket.io-client (Node.js) below target/interop; does nothing when it is there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
install_npm

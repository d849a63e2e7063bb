#!/usr/bin/env bash
# Installs stomp.py, a client of STOMP, and websocket-client below target/interop; does nothing when they are there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
install_pip

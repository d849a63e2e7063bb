#!/usr/bin/env bash
# Installs @stomp/stompjs, a client of STOMP, and ws below target/interop; does nothing when they are there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
install_npm

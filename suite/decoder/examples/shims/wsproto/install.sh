#!/usr/bin/env bash
# Installs wsproto (Python) below target/interop; does nothing if it is already there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
install_pip

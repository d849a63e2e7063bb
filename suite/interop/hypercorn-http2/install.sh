#!/usr/bin/env bash
# Installs hypercorn (Python), which has HTTP/2 itself, below target/interop; does nothing when it is there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
install_pip

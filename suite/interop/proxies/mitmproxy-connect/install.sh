#!/usr/bin/env bash
# Installs mitmproxy (Python) below target/interop; does nothing when it is there.
set -euo pipefail
WSSPEC_INTEROP_DIR=${WSSPEC_INTEROP_DIR:-$(cd "$(dirname "$0")/../../../.." && pwd)/target/interop}
source "$(dirname "$0")/../../common.sh"
install_pip

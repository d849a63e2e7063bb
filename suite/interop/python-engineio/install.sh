#!/usr/bin/env bash
# Installs python-engineio, uvicorn and aiohttp below target/interop; does nothing when they are there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
install_pip
